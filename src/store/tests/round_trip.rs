//! What is published is what is loaded.

use super::samples::*;
use super::{Scratch, head, moment, version};
use crate::domain::board::{Channel, ChannelFees, ChannelState, Eligibility, FeeSet, Paperwork};
use crate::domain::curated::BoardDescription;
use crate::domain::fee::{Basis, Cadence, SourceKind, TierMode};
use crate::domain::rows::{RowChanges, SourceRows};
use crate::domain::run::{FailureClass, Outcome, Trigger};
use crate::domain::version::{Cause, Origin};

#[tokio::test]
async fn fees_of_every_shape_come_back_as_they_were() {
    let scratch = Scratch::new().await;
    let (api, staff) = (SourceKind::ResellerApi, SourceKind::Curated);
    let all = |kind| charged(kind, fees_of_every_shape(kind));
    let changes = RowChanges {
        vendor: vec![
            vendor("00123", all(api), all(api)),
            vendor("a/b", all(api), ChannelFees::NOTHING_RECORDED),
        ],
        curated: vec![
            curated("7", Channel::PassThrough, all(staff)),
            curated("7", Channel::Direct, all(staff)),
        ],
        curated_removed: vec![],
    };
    scratch.publish(1, &changes).await.unwrap();

    let (loaded_head, rows) = scratch.store.load_current().await.unwrap();

    assert_eq!(rows, SourceRows::default().with(&changes));
    assert_eq!(loaded_head, Some(head(1)));
    let fee = &rows.vendor[&id("00123")].board.direct.fees()[1];
    assert_eq!(fee.source().observed_at, moment(4));
    assert_eq!(fee.source().observed_at.timestamp_subsec_millis(), 789);
}

#[tokio::test]
async fn the_four_answers_stay_apart() {
    let scratch = Scratch::new().await;
    let (api, staff) = (SourceKind::ResellerApi, SourceKind::Curated);
    let states = [
        ChannelState::None,
        ChannelState::Unpublished,
        ChannelState::Unknown,
    ];
    let mut changes = RowChanges::default();
    for (state, number) in states.into_iter().zip(1..) {
        let board = number.to_string();
        let silent = ChannelFees::NOTHING_RECORDED;
        changes
            .vendor
            .push(vendor(&board, said(api, state.clone()), silent.clone()));
        changes.vendor.push(vendor(
            &format!("direct-{board}"),
            silent.clone(),
            said(api, state.clone()),
        ));
        changes
            .curated
            .push(curated(&board, Channel::Direct, said(staff, state.clone())));
        let unsigned = ChannelFees {
            source: None,
            ..said(staff, state)
        };
        changes
            .curated
            .push(curated(&board, Channel::PassThrough, unsigned));
    }
    let partial = ChannelFees {
        state: ChannelState::Charged {
            fees: FeeSet::new(vec![fee(api, "idx", 20, 0)]).unwrap(),
            partial: true,
        },
        ..said(api, ChannelState::None)
    };
    changes
        .vendor
        .push(vendor("partial", partial, ChannelFees::NOTHING_RECORDED));
    scratch.publish(1, &changes).await.unwrap();

    let rows = scratch.rows().await;

    assert_eq!(rows, SourceRows::default().with(&changes));
    assert!(rows.vendor[&id("1")].board.direct.is_nothing_recorded());
    assert!(rows.vendor[&id("partial")].board.pass_through.is_partial());
}

#[tokio::test]
async fn a_board_of_which_little_is_known_comes_back_as_it_was() {
    let scratch = Scratch::new().await;
    let mut bare = vendor(
        "1",
        ChannelFees::NOTHING_RECORDED,
        ChannelFees::NOTHING_RECORDED,
    );
    bare.active = false;
    bare.board.facts.abbreviation = None;
    bare.board.facts.states = vec![];
    bare.board.facts.coverage_url = None;
    bare.board.facts.eligibility = Eligibility::Unknown;
    bare.board.facts.paperwork = Paperwork::Unknown;
    let mut entry = curated_charging("1", Channel::Direct, 5);
    entry.board = BoardDescription::default();
    entry.overrides_vendor = false;
    let changes = RowChanges {
        vendor: vec![bare],
        curated: vec![entry],
        curated_removed: vec![],
    };
    scratch.publish(1, &changes).await.unwrap();
    assert_eq!(scratch.rows().await, SourceRows::default().with(&changes));
}

#[tokio::test]
async fn an_empty_database_has_no_version_and_no_rows() {
    let scratch = Scratch::new().await;
    assert_eq!(
        scratch.store.load_current().await.unwrap(),
        (None, SourceRows::default())
    );
    assert_eq!(scratch.store.load_head().await.unwrap(), None);
    assert_eq!(scratch.store.load_head_of(version(1)).await.unwrap(), None);
}

#[tokio::test]
async fn every_head_can_be_loaded_again() {
    let scratch = Scratch::new().await;
    for number in 1..=3 {
        scratch
            .publish(number, &RowChanges::default())
            .await
            .unwrap();
    }
    assert_eq!(scratch.store.load_head().await.unwrap(), Some(head(3)));
    assert_eq!(
        scratch.store.load_head_of(version(2)).await.unwrap(),
        Some(head(2))
    );
    assert_eq!(scratch.store.load_head_of(version(4)).await.unwrap(), None);
}

#[tokio::test]
async fn a_row_that_makes_no_sense_is_named() {
    let cases = [
        (
            "UPDATE vendor_boards SET country = 'U$'",
            "vendor_boards, row 1 (1), country: \"U$\" is not a two-letter code",
        ),
        (
            "UPDATE vendor_boards SET board_id = 'a b'",
            "vendor_boards, row 1 (a b), board_id: \"a b\" is not a board id",
        ),
        (
            "UPDATE vendor_boards SET eligibility = 'all'",
            "vendor_boards, row 1 (1), eligibility: \"all\" is not one of",
        ),
        (
            "UPDATE vendor_boards SET direct_observed_at_ms = 9e18",
            "vendor_boards, row 1 (1), direct_observed_at_ms: ",
        ),
        (
            "UPDATE vendor_boards SET pass_through_status = 'none'",
            "(1), pass_through_status: \"none\" stands beside 1 fees",
        ),
        (
            "DELETE FROM vendor_fees",
            "vendor_boards, row 1 (1), pass_through_status: a charged channel needs a fee",
        ),
        (
            "UPDATE vendor_fees SET amount = '25,00'",
            "vendor_fees, row 1 (idx), amount: ",
        ),
        (
            "UPDATE vendor_fees SET effective_to = 'never'",
            "vendor_fees, row 1 (idx), effective_to: \"never\" is not a date",
        ),
        (
            "UPDATE curated_fees SET channel = 'direct'",
            "curated_entries, row 1 (1), channel: ",
        ),
        (
            "UPDATE curated_entries SET verified_on = '1.2.2026'",
            "curated_entries, row 1 (1), verified_on: ",
        ),
    ];
    for (damage, named) in cases {
        let scratch = Scratch::new().await;
        let changes = RowChanges {
            vendor: vec![vendor_charging("1", 20)],
            curated: vec![curated_charging("1", Channel::PassThrough, 30)],
            curated_removed: vec![],
        };
        scratch.publish(1, &changes).await.unwrap();
        sqlx::query(damage)
            .execute(&mut scratch.raw().await)
            .await
            .unwrap();
        let error = scratch
            .store
            .load_version(version(1))
            .await
            .unwrap_err()
            .to_string();
        assert!(error.contains(named), "{damage}: {error}");
    }
}

/// Which of two rows would hold is a question that cannot come up.
#[tokio::test]
async fn a_board_has_one_row_a_version() {
    let scratch = Scratch::new().await;
    let changes = RowChanges {
        vendor: vec![vendor_charging("1", 20)],
        curated: vec![curated_charging("1", Channel::PassThrough, 30)],
        curated_removed: vec![],
    };
    scratch.publish(1, &changes).await.unwrap();
    for second in [
        "INSERT INTO curated_entries SELECT 9, board_id, channel, 1, 2, NULL, NULL, '', NULL, 0, 'none', NULL, 0, NULL, \
         NULL, NULL, NULL FROM curated_entries",
        "INSERT INTO vendor_boards SELECT 9, board_id, 1, 2, 1, name, NULL, '', country, eligibility, paperwork, NULL, \
         'none', NULL, 0, NULL, NULL, NULL, NULL, 'none', NULL, 0, NULL, NULL, NULL, NULL, NULL FROM vendor_boards",
    ] {
        let mut connection = scratch.raw().await;
        let refused = sqlx::query(second).execute(&mut connection).await;
        let error = refused.unwrap_err().to_string();
        assert!(error.contains("UNIQUE constraint failed"), "{error}");
    }
}

/// The words that a column admits are those of its enum, neither more nor fewer.
#[test]
fn the_schema_admits_the_words_of_the_domain() {
    let schema = include_str!("../../../migrations/0001_catalog.sql");
    let words = |column: &str, words: Vec<&str>| {
        let check = format!("CHECK ({column} IN ('{}'))", words.join("', '"));
        assert!(schema.contains(&check), "{check}");
    };
    macro_rules! check_words {
        ($($column:literal: $words:ty),+ $(,)?) => {
            $(words($column, <$words>::ALL.iter().map(|word| word.as_str()).collect());)+
        };
    }
    check_words!(
        "started_by": Trigger,
        "outcome": Outcome,
        "failure_class": FailureClass,
        "origin": Origin,
        "cause": Cause,
        "eligibility": Eligibility,
        "paperwork": Paperwork,
        "channel": Channel,
        "pass_through_status": crate::domain::board::FeeStatus,
        "direct_status": crate::domain::board::FeeStatus,
        "status": crate::domain::board::FeeStatus,
        "cadence": Cadence,
        "billed": Cadence,
        "basis": Basis,
        "tier_mode": TierMode,
    );
}
