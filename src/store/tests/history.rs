//! Every version that ever was can be loaded as it was.

use super::samples::*;
use super::{Scratch, version};
use crate::domain::board::{Channel, ChannelFees, ChannelState, VendorRow};
use crate::domain::curated::CuratedEntry;
use crate::domain::fee::SourceKind;
use crate::domain::rows::{RowChanges, SourceRows};

/// Numbers that look random and are the same for the same seed (xorshift64).
pub(super) struct Dice(pub(super) u64);

impl Dice {
    pub(super) fn below(&mut self, sides: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % sides
    }
}

fn some_answer(dice: &mut Dice, kind: SourceKind) -> ChannelFees {
    match dice.below(6) {
        0 => said(kind, ChannelState::None),
        1 => said(kind, ChannelState::Unpublished),
        2 => ChannelFees::NOTHING_RECORDED,
        3 => charged(kind, fees_of_every_shape(kind)),
        fees => {
            let fee = |number| fee(kind, &format!("fee_{number}"), dice.below(100), 9);
            charged(kind, (0..fees - 2).map(fee).collect())
        }
    }
}

fn some_vendor_row(dice: &mut Dice, board: u64) -> VendorRow {
    let kind = SourceKind::ResellerApi;
    let mut row = vendor(
        &board.to_string(),
        some_answer(dice, kind),
        some_answer(dice, kind),
    );
    row.active = dice.below(4) > 0;
    row
}

fn some_entry(dice: &mut Dice, board: u64, channel: Channel) -> CuratedEntry {
    let mut entry = curated(
        &board.to_string(),
        channel,
        some_answer(dice, SourceKind::Curated),
    );
    entry.overrides_vendor = dice.below(2) == 0;
    entry
}

/// Changes that fit onto `rows`: each board and entry at most once, nothing removed that is not there.
pub(super) fn some_changes(dice: &mut Dice, rows: &SourceRows) -> RowChanges {
    let mut changes = RowChanges::default();
    for board in 0..12 {
        if dice.below(4) == 0 {
            changes.vendor.push(some_vendor_row(dice, board));
        }
        for channel in Channel::ALL {
            let id = entry_id(&board.to_string(), *channel);
            match dice.below(6) {
                0 => changes.curated.push(some_entry(dice, board, *channel)),
                1 if rows.curated.contains_key(&id) => changes.curated_removed.push(id),
                _ => {}
            }
        }
    }
    changes
}

#[tokio::test]
async fn every_past_version_loads_as_it_was_published() {
    for seed in [1, 0x9e37_79b9, 0xdead_beef_cafe] {
        let scratch = Scratch::new().await;
        let mut dice = Dice(seed);
        let mut versions = vec![SourceRows::default()];
        for number in 1..=20 {
            let rows = versions.last().unwrap();
            let changes = some_changes(&mut dice, rows);
            versions.push(rows.clone().with(&changes));
            scratch.publish(number, &changes).await.unwrap();
        }
        for (number, rows) in (1..).zip(&versions[1..]) {
            let loaded = scratch.rows_of(number).await;
            assert_eq!(loaded, *rows, "seed {seed}, version {number}");
        }
        let newest = scratch.rows().await;
        assert_eq!(newest, *versions.last().unwrap(), "seed {seed}");
        assert!(
            newest.vendor.len() > 6 && newest.curated.len() > 6,
            "seed {seed} changes too little"
        );
        assert!(scratch.store.check_integrity().await.unwrap().is_empty());
    }
}

#[tokio::test]
async fn what_is_removed_and_comes_back_is_absent_in_between() {
    let scratch = Scratch::new().await;
    let entry = curated_charging("7", Channel::Direct, 15);
    let put = RowChanges {
        curated: vec![entry.clone()],
        ..RowChanges::default()
    };
    let removal = RowChanges {
        curated_removed: vec![entry.id.clone()],
        ..RowChanges::default()
    };
    scratch.publish(1, &put).await.unwrap();
    scratch.publish(2, &removal).await.unwrap();
    scratch.publish(3, &put).await.unwrap();
    for (number, entries) in [(1, 1), (2, 0), (3, 1)] {
        let rows = scratch.rows_of(number).await;
        assert_eq!(rows.curated.len(), entries, "version {number}");
    }
    assert_eq!(scratch.store.load_version(version(4)).await.unwrap(), None);
}
