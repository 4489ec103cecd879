//! A small random generator of our own: the same seed gives the same boards on every machine and in every release.

/// SplitMix64 (Steele, Lea, Flood: "Fast splittable pseudorandom number generators", 2014). Not for secrets.
#[derive(Debug, Clone)]
pub(super) struct Random(u64);

impl Random {
    /// The stream that belongs to `seed`.
    pub(super) fn new(seed: u64) -> Random {
        Random(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number from 0 up to, not including, `bound`; 0 when `bound` is 0.
    pub(super) fn below(&mut self, bound: u32) -> u32 {
        let high_half = self.next() >> 32;
        let scaled = (high_half * u64::from(bound)) >> 32;
        u32::try_from(scaled).expect("a 32-bit share of a 32-bit bound fits 32 bits")
    }

    /// True in `percent` of 100 cases.
    pub(super) fn chance(&mut self, percent: u32) -> bool {
        self.below(100) < percent
    }

    /// An index into a list of `len` entries; `len` is not 0.
    pub(super) fn index(&mut self, len: usize) -> usize {
        let bound = u32::try_from(len).expect("no list here has four billion entries");
        self.below(bound) as usize
    }

    /// One of `choices`, which is not empty.
    pub(super) fn pick<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.index(choices.len())]
    }

    /// One of the rows of `table` (a weight and a value), each as often as its weight says.
    pub(super) fn weighted<T: Copy>(&mut self, table: &[(u32, T)]) -> T {
        let total: u32 = table.iter().map(|(weight, _)| weight).sum();
        let mut left = self.below(total);
        for &(weight, value) in table {
            if left < weight {
                return value;
            }
            left -= weight;
        }
        unreachable!("what is below the sum of the weights falls into one of them")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stream_is_the_published_one() {
        let mut random = Random::new(1_234_567);
        assert_eq!(random.next(), 6_457_827_717_110_365_317);
        assert_eq!(random.next(), 3_203_168_211_198_807_973);
    }

    #[test]
    fn a_weighted_draw_follows_its_weights() {
        let mut random = Random::new(7);
        let table = [(90, "often"), (10, "seldom"), (0, "never")];
        let drawn: Vec<&str> = (0..10_000).map(|_| random.weighted(&table)).collect();
        let seldom = drawn.iter().filter(|word| **word == "seldom").count();
        assert!((850..1_150).contains(&seldom), "{seldom} of 10000");
        assert!(!drawn.contains(&"never"));
    }

    #[test]
    fn every_index_below_the_bound_comes_and_none_above() {
        let mut random = Random::new(3);
        let mut seen = [false; 6];
        for _ in 0..200 {
            seen[random.index(6)] = true;
        }
        assert_eq!(seen, [true; 6]);
        assert_eq!(random.below(0), 0);
    }
}
