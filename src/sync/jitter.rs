//! How long after its slot a run begins: not all services of a vendor's customers ask in the same second.

use std::hash::{BuildHasher, RandomState};

use chrono::{DateTime, TimeDelta, Utc};

/// What share of the time between two slots a start is put off by at the most.
const SHARE: i32 = 10;

/// By how much starts are put off: the same for the same slot, another for another slot or seed.
#[derive(Debug, Clone, Copy)]
pub struct Jitter {
    most: TimeDelta,
    seed: u64,
}

impl Jitter {
    /// No run is put off.
    pub const NONE: Jitter = Jitter {
        most: TimeDelta::zero(),
        seed: 0,
    };

    /// Runs are put off by up to `most`; `seed` is any number, another one for each process.
    pub fn new(most: TimeDelta, seed: u64) -> Jitter {
        Jitter { most, seed }
    }

    /// Runs are put off by up to `most`, in another way than any other process's.
    pub fn up_to(most: TimeDelta) -> Jitter {
        Jitter::new(most, RandomState::new().hash_one(0))
    }

    /// How long after `slot` its run begins, when the next slot comes `gap` later: at most a tenth of that, so that a
    /// schedule of every minute stays one.
    pub(super) fn delay(self, slot: DateTime<Utc>, gap: TimeDelta) -> TimeDelta {
        let ceiling = self.most.min(gap / SHARE).num_milliseconds();
        let Ok(ceiling @ 1..) = u64::try_from(ceiling) else {
            return TimeDelta::zero();
        };
        let millis = mix(self.seed ^ slot.timestamp().cast_unsigned()) % (ceiling + 1);
        TimeDelta::milliseconds(millis.cast_signed())
    }
}

/// A number that looks random (the finaliser of splitmix64).
fn mix(number: u64) -> u64 {
    let number = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ (number >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slot(number: i32) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::hours(6) * number
    }

    #[test]
    fn starts_are_spread_over_the_whole_time_and_not_beyond() {
        let most = TimeDelta::seconds(60);
        let mut tenths = [0_u32; 10];
        for seed in 0..1_000 {
            let delay = Jitter::new(most, seed).delay(slot(1), TimeDelta::hours(6));
            assert!(delay >= TimeDelta::zero() && delay <= most, "{delay}");
            let tenth = usize::try_from(delay.num_milliseconds() / 6_001).unwrap();
            tenths[tenth] += 1;
        }
        assert!(
            tenths.iter().all(|starts| (70..130).contains(starts)),
            "{tenths:?}"
        );
    }

    #[test]
    fn a_slot_has_one_start_and_slots_have_different_ones() {
        let jitter = Jitter::new(TimeDelta::seconds(60), 7);
        let delay = |number: i32| jitter.delay(slot(number), TimeDelta::hours(6));
        assert_eq!(delay(1), delay(1));
        let distinct: std::collections::BTreeSet<TimeDelta> = (0..100).map(delay).collect();
        assert!(distinct.len() > 90, "{}", distinct.len());
    }

    #[test]
    fn slots_close_to_each_other_are_put_off_by_little() {
        let jitter = Jitter::new(TimeDelta::seconds(60), 7);
        for number in 0..100 {
            let delay = jitter.delay(slot(number), TimeDelta::seconds(60));
            assert!(delay <= TimeDelta::seconds(6), "{delay}");
        }
        assert_eq!(
            Jitter::NONE.delay(slot(1), TimeDelta::hours(6)),
            TimeDelta::zero()
        );
    }
}
