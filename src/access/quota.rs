//! How much one may ask in a minute: a quota for each key, as the generic cell rate algorithm has it.
//!
//! Of each key one moment is kept: until when what it has asked takes up its quota. Each request puts that off by one
//! step, a minute's part; who is a whole minute ahead of the time has none left. So a quota may be used at once, comes
//! back evenly, and a key whose moment has passed needs no place at all: the next one takes it over.

use std::hash::BuildHasher;
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::Duration;

use foldhash::quality::RandomState;

/// A minute, in nanoseconds.
const MINUTE_NS: u64 = 60_000_000_000;
/// A second, in nanoseconds.
const SECOND_NS: u64 = 1_000_000_000;
/// Places that a key may take. More keys than that in one set at a time are as rare as they are harmless.
const WAYS: usize = 8;
/// Sets whose memory is taken together, when the first key of any comes: 4 KiB.
const SETS_IN_BLOCK: usize = 32;

/// So many requests a minute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Rate {
    /// The time after which one more is there, in nanoseconds.
    step: u64,
    /// How far ahead of the time a key may be: all of its requests.
    most: u64,
}

impl Rate {
    fn per_minute(requests: NonZeroU32) -> Rate {
        let requests = u64::from(requests.get());
        let step = MINUTE_NS / requests;
        Rate {
            step,
            most: step * requests,
        }
    }

    /// The moment up to which the quota is taken when one more is asked at `now`; `None` when there is none left.
    fn put_off(self, until: u64, now: u64) -> Option<u64> {
        let next = until.max(now) + self.step;
        (next - now <= self.most).then_some(next)
    }
}

/// What is left of a key's quota.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    rate: Rate,
    /// How far the key is ahead of the time, in nanoseconds.
    ahead: u64,
}

impl Standing {
    /// How many more requests there are at once.
    pub fn left(self) -> u64 {
        (self.rate.most.saturating_sub(self.ahead)) / self.rate.step
    }

    /// Whether less than a tenth of the quota is left.
    pub fn is_low(self) -> bool {
        self.ahead > self.rate.most / 10 * 9
    }

    /// Whole seconds after which there is one more than now, at least 1.
    pub fn more_in_secs(self) -> u64 {
        let wanted = self.left() + 1;
        let enough = self.rate.most.saturating_sub(wanted * self.rate.step);
        let wait = self.ahead.saturating_sub(enough);
        wait.div_ceil(SECOND_NS).max(1)
    }
}

/// The quotas of many keys, in a bounded amount of memory: sixteen bytes a place, taken block by block as keys come.
///
/// Counting takes no lock where the key has a place. A key without one takes, alone among those of its block, that
/// of the one in its set that is the least ahead, mostly one that has asked nothing for a while and loses nothing by it.
/// Only a flood of keys, more than there are places within a minute, has keys begin anew that still owe something; it
/// never takes more memory than there are places.
#[derive(Debug)]
pub struct Quotas {
    rate: Rate,
    blocks: Box<[OnceLock<Block>]>,
    /// Seeded anew in each process, so that nobody can choose keys that share a set.
    hasher: RandomState,
}

/// Some sets of places, [`SETS_IN_BLOCK`] of them.
#[derive(Debug)]
struct Block {
    sets: Box<[[Place; WAYS]]>,
    /// Held while a place is taken over.
    taking: Mutex<()>,
}

/// One key's place.
#[derive(Debug, Default)]
struct Place {
    key: AtomicU64,
    /// Until when its quota is taken, in nanoseconds since the beginning.
    until: AtomicU64,
}

impl Quotas {
    /// A quota of `per_minute` requests for each key, with places for as many keys as `places` says, or a few more.
    pub fn of(per_minute: NonZeroU32, places: usize) -> Quotas {
        let blocks = places.div_ceil(WAYS * SETS_IN_BLOCK).next_power_of_two();
        Quotas {
            rate: Rate::per_minute(per_minute),
            blocks: (0..blocks).map(|_| OnceLock::new()).collect(),
            hasher: RandomState::default(),
        }
    }

    /// Counts a request of `key`, `since` the beginning.
    ///
    /// # Errors
    /// What is left, which is nothing, when the quota was used up; the request is not counted then.
    pub fn take(&self, key: u64, since: Duration) -> Result<Standing, Standing> {
        let now = u64::try_from(since.as_nanos()).unwrap_or(u64::MAX / 2);
        let rate = self.rate;
        let put_off = |until| rate.put_off(until, now);
        let place = self.place_of(key, now);
        let taken = place
            .until
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, put_off);
        let standing = |until: u64| Standing {
            rate,
            ahead: until.saturating_sub(now),
        };
        match taken {
            Ok(until) => Ok(standing(until.max(now) + rate.step)),
            Err(until) => Err(standing(until)),
        }
    }

    /// The place of `key`, which it has or takes over.
    fn place_of(&self, key: u64, now: u64) -> &Place {
        let hash = self.hasher.hash_one(key) as usize;
        let block = &self.blocks[(hash / SETS_IN_BLOCK) & (self.blocks.len() - 1)];
        let block = block.get_or_init(Block::new);
        let set = &block.sets[hash % SETS_IN_BLOCK];
        let find = || set.iter().find(|place| place.is_of(key));
        find().unwrap_or_else(|| {
            // Whatever panicked meanwhile, nothing is half done: a place has a key in any case.
            let _taking = block.taking.lock().unwrap_or_else(PoisonError::into_inner);
            // Somebody may have done it meanwhile: a key with two places would have two quotas.
            find().unwrap_or_else(|| take_over(set, key, now))
        })
    }
}

/// Gives `key` the place in `set` whose owner is the least ahead, without what that one owes; only what he asks in this
/// very moment may be counted for the wrong one. Nobody else takes a place of the set over meanwhile.
fn take_over(set: &[Place], key: u64, now: u64) -> &Place {
    let until = |place: &&Place| place.until.load(Ordering::Relaxed);
    let place = set.iter().min_by_key(until).unwrap_or(&set[0]);
    // What is owed goes before the new owner comes, whose requests others count from then on.
    if until(&place) > now {
        place.until.store(0, Ordering::Relaxed);
    }
    place.key.store(key, Ordering::Release);
    place
}

impl Block {
    fn new() -> Block {
        Block {
            sets: (0..SETS_IN_BLOCK).map(|_| Default::default()).collect(),
            taking: Mutex::default(),
        }
    }
}

impl Place {
    fn is_of(&self, key: u64) -> bool {
        self.key.load(Ordering::Acquire) == key
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    use proptest::prelude::*;

    fn quotas(per_minute: u32) -> Quotas {
        Quotas::of(NonZeroU32::new(per_minute).unwrap(), 256)
    }

    fn secs(secs: u64) -> Duration {
        Duration::from_secs(secs)
    }

    #[test]
    fn a_quota_may_be_used_at_once_and_comes_back_evenly() {
        let quotas = quotas(3);
        let left: Vec<u64> = (0..3)
            .map(|_| quotas.take(7, secs(5)).unwrap().left())
            .collect();
        assert_eq!(left, [2, 1, 0]);
        for (at, wait) in [(5, 20), (6, 19), (24, 1)] {
            let refused = quotas.take(7, secs(at)).unwrap_err();
            assert_eq!((refused.left(), refused.more_in_secs()), (0, wait), "{at}");
        }
        assert_eq!(quotas.take(7, secs(25)).unwrap().left(), 0);
        assert_eq!(quotas.take(7, secs(26)).unwrap_err().more_in_secs(), 19);
        assert_eq!(quotas.take(7, secs(500)).unwrap().left(), 2);
    }

    #[test]
    fn each_key_has_its_own_and_0_is_a_key_too() {
        let quotas = quotas(1);
        for key in [0, 1, u64::MAX] {
            assert!(quotas.take(key, secs(0)).is_ok(), "{key}");
            assert!(quotas.take(key, secs(0)).is_err(), "{key}");
        }
    }

    #[test]
    fn less_than_a_tenth_is_low() {
        let quotas = quotas(100);
        let standings: Vec<Standing> = (0..100).map(|_| quotas.take(1, secs(0)).unwrap()).collect();
        let first_low = standings.iter().position(|standing| standing.is_low());
        assert_eq!(first_low.map(|first| standings[first].left()), Some(9));
        assert!(quotas.take(1, secs(0)).unwrap_err().is_low());
    }

    fn blocks_taken(quotas: &Quotas) -> usize {
        quotas.blocks.iter().flat_map(OnceLock::get).count()
    }

    #[test]
    fn memory_is_taken_when_a_key_comes_that_needs_it() {
        let quotas = Quotas::of(NonZeroU32::MIN, 65_536);
        assert_eq!(blocks_taken(&quotas), 0);
        for _ in 0..3 {
            let _ = quotas.take(7, secs(0));
            assert_eq!(blocks_taken(&quotas), 1);
        }
    }

    #[test]
    fn a_flood_of_keys_takes_no_memory_and_no_place_of_those_who_ask_on() {
        let quotas = quotas(60_000);
        for key in 1..100_000 {
            assert!(quotas.take(key, secs(0)).is_ok());
            assert!(quotas.take(0, secs(0)).is_ok() || key >= 60_000, "{key}");
        }
        assert_eq!(blocks_taken(&quotas) * SETS_IN_BLOCK * WAYS, 256);
        assert!(quotas.take(0, secs(0)).is_err());
    }

    #[test]
    fn threads_share_a_quota_to_the_request() {
        let quotas = quotas(10_000);
        let admitted: usize = std::thread::scope(|scope| {
            let count = || {
                (0..10_000)
                    .filter(|_| quotas.take(5, secs(1)).is_ok())
                    .count()
            };
            let threads: Vec<_> = (0..4).map(|_| scope.spawn(count)).collect();
            threads
                .into_iter()
                .map(|thread| thread.join().unwrap())
                .sum()
        });
        assert_eq!(admitted, 10_000);
    }

    proptest! {
        /// However it is spread, nobody gets more than the quota and what came back meanwhile; and who waits as long as
        /// told is let in.
        #[test]
        fn nobody_gets_more_than_a_quota_and_waiting_as_told_helps(
            per_minute in 1_u32..100_000,
            pauses_ms in prop::collection::vec(0_u64..2_000, 1..300),
        ) {
            let quotas = quotas(per_minute);
            let (mut now, mut admitted) = (Duration::ZERO, 0_u64);
            for pause in pauses_ms {
                now += Duration::from_millis(pause);
                match quotas.take(9, now) {
                    Ok(_) => admitted += 1,
                    Err(refused) => {
                        let told = now + Duration::from_secs(refused.more_in_secs());
                        prop_assert!(quotas.take(9, told).is_ok());
                        admitted += 1;
                        now = told;
                    }
                }
                let came_back = now.as_nanos() / u128::from(quotas.rate.step);
                prop_assert!(u128::from(admitted) <= u128::from(per_minute) + came_back);
            }
        }
    }
}
