//! What one board says otherwise.

use rust_decimal::Decimal;

use crate::sandbox::board::{Amount, SandboxBoard};

/// By how much amounts jump.
const JUMP: Decimal = Decimal::ONE_HUNDRED;

/// Whether the board charges an amount that recurs.
pub(super) fn charges(board: &SandboxBoard) -> bool {
    number(&board.pass_through_fee).is_some_and(|amount| !amount.is_zero())
}

/// Nothing.
pub(in crate::sandbox::fault) fn nothing(_: &mut SandboxBoard) {}

/// Charges nothing.
pub(in crate::sandbox::fault) fn zero(board: &mut SandboxBoard) {
    for amount in amounts(board).into_iter().filter(|amount| amount.is_said()) {
        *amount = Amount::Text("0.00".to_owned());
    }
}

/// Charges a hundred times as much.
pub(in crate::sandbox::fault) fn jump(board: &mut SandboxBoard) {
    for amount in amounts(board) {
        if let Some(number) = number(amount) {
            *amount = Amount::Text((number * JUMP).to_string());
        }
    }
}

/// Charges `amount`, where it charges anything.
pub(in crate::sandbox::fault) fn charge(board: &mut SandboxBoard, amount: &str) {
    if charges(board) {
        board.pass_through_fee = Amount::Text(amount.to_owned());
    }
}

/// Charges in the other currency.
pub(in crate::sandbox::fault) fn other_currency(board: &mut SandboxBoard) {
    let is_canadian = match &board.currency {
        Some(currency) => currency == "CAD",
        None => board.country == "CA",
    };
    let other = if is_canadian { "USD" } else { "CAD" };
    board.currency = Some(other.to_owned());
}

/// Charges for another period.
pub(in crate::sandbox::fault) fn other_frequency(board: &mut SandboxBoard) {
    if let Some(frequency) = &mut board.pass_through_fee_frequency {
        let other = if frequency == "MONTHLY" {
            "ANNUAL"
        } else {
            "MONTHLY"
        };
        *frequency = other.to_owned();
    }
}

/// Is another board, far away, under the same id.
pub(in crate::sandbox::fault) fn become_another(board: &mut SandboxBoard) {
    let is_in_hawaii = board.state.contains("HI");
    board.name = "Quite Another Board of REALTORS".to_owned();
    board.abbreviation = "QABR".to_owned();
    board.state = if is_in_hawaii { "AK" } else { "HI" }.to_owned();
    board.country = "US".to_owned();
}

fn amounts(board: &mut SandboxBoard) -> [&mut Amount; 2] {
    [&mut board.pass_through_fee, &mut board.setup_fee]
}

fn number(amount: &Amount) -> Option<Decimal> {
    match amount {
        Amount::Text(text) => text.parse().ok(),
        Amount::Number(number) => number.as_str().parse().ok(),
        Amount::Absent | Amount::Null => None,
    }
}
