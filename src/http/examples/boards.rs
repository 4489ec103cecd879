//! The board that examples are about.

use chrono::{DateTime, Utc};

use crate::domain::board::{
    Board, BoardFacts, BoardId, ChannelFees, ChannelState, Code, Eligibility, FeeSet, Paperwork,
};
use crate::domain::fee::Source;
use crate::domain::fee_text::FeeText;

/// A board with a set-up fee and a monthly one of `monthly` US dollars, and nothing known of direct fees.
pub(super) fn cedar_valley(monthly: &str, seen: DateTime<Utc>) -> Board {
    let source = Source::reseller_api(seen);
    let fee = |key: &str, label: &str, amount: &str, cadence: &str| {
        let text = FeeText {
            key: key.to_owned(),
            label: label.to_owned(),
            amount: Some(amount.to_owned()),
            currency: "USD".to_owned(),
            cadence: cadence.to_owned(),
            basis: "account".to_owned(),
            ..FeeText::default()
        };
        text.parse(source.clone()).expect("a valid fee")
    };
    let fees = vec![
        fee("idx", "IDX pass-through fee", monthly, "monthly"),
        fee("setup", "Set-up fee", "100.00", "one_time"),
    ];
    let facts = BoardFacts {
        id: BoardId::parse("1001").expect("a valid id"),
        name: "Cedar Valley MLS".to_owned(),
        abbreviation: Some("CVMLS".to_owned()),
        states: vec![Code::parse("IA").expect("two letters")],
        country: Code::US,
        eligibility: Eligibility::AgentsAndBrokers,
        paperwork: Paperwork::Automatic,
        coverage_url: None,
    };
    Board {
        facts: facts.into(),
        active: true,
        held: vec![],
        pass_through: ChannelFees {
            state: ChannelState::Charged {
                fees: FeeSet::new(fees).expect("two fees of two keys"),
                partial: false,
            },
            note: None,
            source: Some(source.clone()),
        }
        .into(),
        direct: ChannelFees::NOTHING_RECORDED.into(),
    }
}
