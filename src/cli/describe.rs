//! Changes for people, on one line each.

use chrono::NaiveDate;

use super::output::visible;
use crate::catalog::{fee_label, fee_terms_label};
use crate::domain::board::{Board, Channel, FeeStatus};
use crate::domain::change::{Change, ChangeKind, Side};
use crate::domain::fee::{Fee, Source};
use crate::history::{BoardChange, Pictured};

/// One change between two pictures of a board, both of the day `on`.
pub(super) fn describe(change: &Change<'_>, on: NaiveDate) -> String {
    let (old, new) = (fee_of(&change.before), fee_of(&change.after));
    let what = match old.or(new) {
        Some((channel, _)) => {
            describe_fee(channel, old.map(|(_, fee)| fee), new.map(|(_, fee)| fee))
        }
        None => {
            let shown = |side| board_of(side).map(|board| Shown { board, on });
            describe_board(shown(&change.before), shown(&change.after))
        }
    };
    line(change.kind, change.board, &what)
}

/// One change of a version.
pub(super) fn describe_past(change: &BoardChange) -> String {
    let (old, new) = (shown(&change.before), shown(&change.after));
    let what = match &change.fee {
        Some(fee) => describe_fee(fee.channel, fee.before.as_ref(), fee.after.as_ref()),
        None => describe_board(old, new),
    };
    match new.or(old) {
        Some(shown) => line(change.kind, shown.board, &what),
        None => what,
    }
}

fn fee_of<'a>(side: &Option<Side<'a>>) -> Option<(Channel, &'a Fee)> {
    match side {
        Some(Side::Fee { channel, fee }) => Some((*channel, *fee)),
        Some(Side::Board(_)) | None => None,
    }
}

fn board_of<'a>(side: &Option<Side<'a>>) -> Option<&'a Board> {
    match side {
        Some(Side::Board(board)) => Some(*board),
        Some(Side::Fee { .. }) | None => None,
    }
}

fn shown(pictured: &Option<Pictured>) -> Option<Shown<'_>> {
    pictured.as_ref().map(|pictured| Shown {
        board: &pictured.board,
        on: pictured.as_of,
    })
}

/// A board, and the day it is shown for.
#[derive(Clone, Copy)]
struct Shown<'a> {
    board: &'a Board,
    on: NaiveDate,
}

/// `~ 12 Cedar Valley MLS: …`
fn line(kind: ChangeKind, board: &Board, what: &str) -> String {
    let sign = match kind {
        ChangeKind::BoardAdded | ChangeKind::FeeAdded => '+',
        ChangeKind::BoardRemoved | ChangeKind::FeeRemoved => '-',
        ChangeKind::BoardChanged | ChangeKind::FeeChanged => '~',
    };
    visible(&format!(
        "{sign} {} {}: {what}",
        board.facts.id, board.facts.name
    ))
}

fn describe_fee(channel: Channel, old: Option<&Fee>, new: Option<&Fee>) -> String {
    let what = match (old, new) {
        (Some(old), Some(new)) if terms(old) != terms(new) => {
            format!("{} {} -> {}", new.key(), terms(old), terms(new))
        }
        (Some(_), Some(new)) => format!("{} {}, told otherwise", new.key(), terms(new)),
        (Some(fee), None) | (None, Some(fee)) => format!("{} {}", fee.key(), terms(fee)),
        (None, None) => String::new(),
    };
    format!("{channel} {what}")
}

/// What a fee costs, and from when to when.
fn terms(fee: &Fee) -> String {
    let mut text = fee_terms_label(fee);
    if fee.billing_cadence() != fee.cadence() {
        text.push_str(&format!(", billed {}", fee.billing_cadence()));
    }
    if let Some(from) = fee.effective().from() {
        text.push_str(&format!(" from {from}"));
    }
    if let Some(to) = fee.effective().to() {
        text.push_str(&format!(" until {to}"));
    }
    text
}

fn describe_board(old: Option<Shown<'_>>, new: Option<Shown<'_>>) -> String {
    match (old, new) {
        (Some(old), Some(new)) if old.board.active && new.board.active => differences(old, new),
        (_, Some(shown)) | (Some(shown), None) => answers(shown),
        (None, None) => String::new(),
    }
}

/// What each channel says: `pass-through $20.00/mo, direct unknown`.
fn answers(shown: Shown<'_>) -> String {
    let answer = |channel| answer(shown, channel);
    format!(
        "pass-through {}, direct {}",
        answer(Channel::PassThrough),
        answer(Channel::Direct)
    )
}

fn answer(shown: Shown<'_>, channel: Channel) -> String {
    let fees = shown.board.channel(channel);
    match fees.status_on(shown.on) {
        FeeStatus::Charged => fee_label(fees, shown.on),
        status => status.to_string(),
    }
}

/// What differs, as `name "Bay" -> "Bay MLS"; pass-through $20.00/mo -> $25.00/mo`.
fn differences(old: Shown<'_>, new: Shown<'_>) -> String {
    let differing: Vec<String> = properties(old)
        .into_iter()
        .zip(properties(new))
        .filter(|(old, new)| old != new)
        .map(|((name, old), (_, new))| format!("{name} {old} -> {new}"))
        .collect();
    match differing.is_empty() {
        true => format!("{}, told otherwise", answers(new)),
        false => differing.join("; "),
    }
}

fn properties(shown: Shown<'_>) -> Vec<(&'static str, String)> {
    let Shown { board, .. } = shown;
    let facts = &board.facts;
    let (pass_through, direct) = (&board.pass_through, &board.direct);
    let states: Vec<&str> = facts.states.iter().map(|state| state.as_str()).collect();
    let note = |note: &Option<String>| quoted(note.as_deref());
    vec![
        ("name", quoted(Some(&facts.name))),
        ("abbreviation", quoted(facts.abbreviation.as_deref())),
        ("states", states.join(" ")),
        ("country", facts.country.to_string()),
        ("eligibility", facts.eligibility.to_string()),
        ("paperwork", facts.paperwork.to_string()),
        ("page", quoted(facts.coverage_url.as_deref())),
        ("pass-through", answer(shown, Channel::PassThrough)),
        ("pass-through note", note(&pass_through.note)),
        ("pass-through source", source(pass_through.source.as_ref())),
        ("direct", answer(shown, Channel::Direct)),
        ("direct note", note(&direct.note)),
        ("direct source", source(direct.source.as_ref())),
    ]
}

fn quoted(text: Option<&str>) -> String {
    text.map_or_else(|| "nothing".to_owned(), |text| format!("\"{text}\""))
}

/// Who says so, without what only staff may see but the day they checked it.
fn source(source: Option<&Source>) -> String {
    let Some(source) = source else {
        return "nobody".to_owned();
    };
    match source.verified_on {
        Some(day) => format!("{} checked on {day}", source.kind),
        None => source.kind.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::board::*;
    use crate::domain::change::diff;
    use crate::domain::fee_text::FeeText;
    use chrono::DateTime;

    fn fee(amount: &str, from: Option<&str>, to: Option<&str>) -> Fee {
        let text = FeeText {
            key: "idx".into(),
            label: "IDX".into(),
            amount: Some(amount.into()),
            currency: "USD".into(),
            cadence: "monthly".into(),
            basis: "account".into(),
            effective_from: from.map(str::to_owned),
            effective_to: to.map(str::to_owned),
            ..FeeText::default()
        };
        text.parse(Source::reseller_api(DateTime::UNIX_EPOCH))
            .unwrap()
    }

    fn board(fees: Vec<Fee>) -> Board {
        Board {
            facts: BoardFacts {
                id: BoardId::parse("12").unwrap(),
                name: "Cedar\u{1b} Valley".into(),
                abbreviation: None,
                states: vec![Code::CA],
                country: Code::US,
                eligibility: Eligibility::Unknown,
                paperwork: Paperwork::Unknown,
                coverage_url: None,
            }
            .into(),
            active: true,
            held: vec![],
            pass_through: ChannelFees {
                state: ChannelState::Charged {
                    fees: FeeSet::new(fees).unwrap(),
                    partial: false,
                },
                note: None,
                source: None,
            }
            .into(),
            direct: ChannelFees::NOTHING_RECORDED.into(),
        }
    }

    fn lines(old: Option<&Board>, new: Option<&Board>) -> Vec<String> {
        let on = "2026-07-01".parse().unwrap();
        let changes = diff(old, new);
        changes.iter().map(|change| describe(change, on)).collect()
    }

    #[test]
    fn what_came_and_went_shows_its_fees() {
        let present = board(vec![fee("20", None, None)]);
        let gone = Board {
            active: false,
            held: vec![],
            ..present.clone()
        };
        let told = "12 Cedar\u{fffd} Valley: pass-through $20.00/mo, direct unknown";
        assert_eq!(lines(None, Some(&present)), [format!("+ {told}")]);
        assert_eq!(lines(Some(&present), Some(&gone)), [format!("- {told}")]);
        assert_eq!(lines(Some(&present), None), [format!("- {told}")]);
    }

    #[test]
    fn what_changed_shows_both_sides() {
        let old = board(vec![fee("20", None, None)]);
        let mut new = board(vec![
            fee("25", None, Some("2027-01-01")),
            fee("30", Some("2027-01-01"), None),
        ]);
        new.facts.paperwork = Paperwork::Manual;
        new.direct.state = ChannelState::Unpublished;
        assert_eq!(
            lines(Some(&old), Some(&new)),
            [
                "~ 12 Cedar\u{fffd} Valley: paperwork unknown -> manual; pass-through $20.00/mo -> $25.00/mo; \
                 direct unknown -> unpublished",
                "~ 12 Cedar\u{fffd} Valley: pass_through idx $20.00/mo -> $25.00/mo until 2027-01-01",
                "+ 12 Cedar\u{fffd} Valley: pass_through idx $30.00/mo from 2027-01-01",
            ]
        );
    }

    #[test]
    fn the_calendar_shows_the_amounts_of_both_days() {
        let rising = board(vec![
            fee("20", None, Some("2026-07-01")),
            fee("25", Some("2026-07-01"), None),
        ]);
        let on = |day: &str| {
            Some(Pictured {
                board: rising.clone().into(),
                as_of: day.parse().unwrap(),
            })
        };
        let change = BoardChange {
            board_id: rising.facts.id.clone(),
            kind: ChangeKind::BoardChanged,
            fee: None,
            before: on("2026-06-30"),
            after: on("2026-07-01"),
        };
        assert_eq!(
            describe_past(&change),
            "~ 12 Cedar\u{fffd} Valley: pass-through $20.00/mo -> $25.00/mo"
        );
    }
}
