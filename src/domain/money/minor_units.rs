//! Exact amounts as whole numbers: how many of a currency's smallest unit.

use std::iter::Sum;
use std::ops::{Add, AddAssign, Mul};

/// An amount in the minor unit of a currency that stands beside it: cents of a dollar, yen of a yen.
///
/// What a quote adds up is far below the end of the range: a million units, 120 months and 50 boards of the largest fee
/// are 25 digits, of 38.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct MinorUnits(u128);

impl MinorUnits {
    /// Nothing.
    pub const ZERO: MinorUnits = MinorUnits(0);

    /// This many.
    pub const fn new(number: u64) -> MinorUnits {
        MinorUnits(number as u128)
    }

    /// How many.
    pub fn get(self) -> u128 {
        self.0
    }

    /// Whether it is nothing.
    pub fn is_zero(self) -> bool {
        self.0 == 0
    }

    /// The part of it that is one of `parts`, which are not 0: rounded to the nearest, half to even.
    pub fn divided_by(self, parts: u64) -> MinorUnits {
        let parts = u128::from(parts);
        let (quotient, rest) = (self.0 / parts, self.0 % parts);
        let is_up = match (2 * rest).cmp(&parts) {
            std::cmp::Ordering::Less => false,
            std::cmp::Ordering::Equal => quotient % 2 == 1,
            std::cmp::Ordering::Greater => true,
        };
        MinorUnits(quotient + u128::from(is_up))
    }
}

impl Add for MinorUnits {
    type Output = MinorUnits;

    fn add(self, other: MinorUnits) -> MinorUnits {
        MinorUnits(self.0 + other.0)
    }
}

impl AddAssign for MinorUnits {
    fn add_assign(&mut self, other: MinorUnits) {
        self.0 += other.0;
    }
}

impl Mul<u64> for MinorUnits {
    type Output = MinorUnits;

    fn mul(self, times: u64) -> MinorUnits {
        MinorUnits(self.0 * u128::from(times))
    }
}

impl Sum for MinorUnits {
    fn sum<I: Iterator<Item = MinorUnits>>(amounts: I) -> MinorUnits {
        amounts.fold(MinorUnits::ZERO, Add::add)
    }
}

/// The two digits of every number below 100.
const PAIRS: [[u8; 2]; 100] = {
    let mut pairs = [[b'0'; 2]; 100];
    let mut number = 0;
    while number < pairs.len() {
        pairs[number] = [b'0' + (number / 10) as u8, b'0' + (number % 10) as u8];
        number += 1;
    }
    pairs
};

/// An amount below 10,000.00 of a currency with two decimals as a decimal text, as nearly every amount is: written
/// without a step for each digit.
#[derive(Debug, Clone, Copy)]
pub struct ShortDecimal {
    bytes: [u8; 8],
    length: usize,
}

impl ShortDecimal {
    /// `amount` of a currency with `digits` decimals; `None` where it takes more room.
    #[inline]
    pub(super) fn of(amount: MinorUnits, digits: u32) -> Option<ShortDecimal> {
        if digits != 2 || amount.0 >= 1_000_000 {
            return None;
        }
        let amount = amount.0 as usize;
        let (whole, cents) = (amount / 100, amount % 100);
        let pair = |number: usize| u64::from(u16::from_le_bytes(PAIRS[number]));
        let padded =
            pair(whole / 100) | pair(whole % 100) << 16 | u64::from(b'.') << 32 | pair(cents) << 40;
        let zeros = usize::from(whole < 1_000) + usize::from(whole < 100) + usize::from(whole < 10);
        Some(ShortDecimal {
            bytes: (padded >> (8 * zeros)).to_le_bytes(),
            length: 7 - zeros,
        })
    }

    /// The text in ASCII, and after it bytes that are none of it: to be copied whole, and cut at the [`length`].
    ///
    /// [`length`]: Self::length
    #[inline]
    pub fn padded(&self) -> &[u8; 8] {
        &self.bytes
    }

    /// How many bytes the text has.
    #[inline]
    pub fn length(&self) -> usize {
        self.length
    }
}

/// The longest text: all digits of the largest number, and a point.
const MAX_BYTES: usize = 40;

/// An amount as a decimal text, which needs no memory of its own.
#[derive(Debug, Clone, Copy)]
pub struct DecimalText {
    bytes: [u8; MAX_BYTES],
    start: usize,
    digits: usize,
}

impl DecimalText {
    /// `amount` of a currency with `digits` decimals.
    #[inline]
    pub(super) fn of(amount: MinorUnits, digits: u32) -> DecimalText {
        let digits = digits as usize;
        let mut text = DecimalText {
            bytes: [b'0'; MAX_BYTES],
            start: MAX_BYTES,
            digits,
        };
        match u64::try_from(amount.0) {
            // Nearly every amount: without a look at where the digits end.
            Ok(amount) if digits == 2 => {
                let [.., point, tens, ones] = &mut text.bytes;
                *point = b'.';
                *tens = b'0' + (amount % 100 / 10) as u8;
                *ones = b'0' + (amount % 10) as u8;
                text.start -= 3;
                text.put_whole(amount / 100);
            }
            _ => text.put_any(amount.0),
        }
        text
    }

    #[inline]
    fn put_whole(&mut self, mut left: u64) {
        for place in self.bytes[..self.start].iter_mut().rev() {
            *place = b'0' + (left % 10) as u8;
            left /= 10;
            self.start -= 1;
            if left == 0 {
                return;
            }
        }
    }

    fn put_any(&mut self, amount: u128) {
        let mut left = amount;
        for _ in 0..self.digits {
            self.start -= 1;
            self.bytes[self.start] = b'0' + (left % 10) as u8;
            left /= 10;
        }
        if self.digits > 0 {
            self.start -= 1;
            self.bytes[self.start] = b'.';
        }
        while left > u128::from(u64::MAX) {
            self.start -= 1;
            self.bytes[self.start] = b'0' + (left % 10) as u8;
            left /= 10;
        }
        self.put_whole(left as u64);
    }

    /// The text in ASCII.
    #[inline]
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes[self.start..]
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(self.as_bytes()).expect("digits and a point are ASCII")
    }

    /// The digits before the point, and the point with what follows it; empty where there is none.
    pub(super) fn split(&self) -> (&str, &str) {
        let text = self.as_str();
        let fraction = match self.digits {
            0 => 0,
            digits => digits + 1,
        };
        text.split_at(text.len() - fraction)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rust_decimal::{Decimal, RoundingStrategy};

    proptest! {
        #[test]
        fn amounts_are_written_and_divided_as_decimals_are(
            number in prop_oneof![0..2_000_u64, 0..10_000_000_000_u64, any::<u64>()],
            times in prop_oneof![Just(1_u64), 0..1_000_000_000_u64],
            digits in 0..=4_u32,
            parts in 1..=12_u64,
        ) {
            let amount = MinorUnits::new(number) * times;
            let exact = i128::try_from(amount.get()).unwrap();
            prop_assume!(Decimal::try_from_i128_with_scale(exact, digits).is_ok());
            let decimal = Decimal::from_i128_with_scale(exact, digits);
            let text = DecimalText::of(amount, digits);
            prop_assert_eq!(text.as_str(), format!("{decimal:.*}", digits as usize));

            let part = (decimal / Decimal::from(parts))
                .round_dp_with_strategy(digits, RoundingStrategy::MidpointNearestEven);
            let text = DecimalText::of(amount.divided_by(parts), digits);
            // A decimal has 28 digits, so that the quotient of a longer one is rounded twice.
            prop_assume!(number < u64::MAX / 1_000_000_000 || times == 1);
            prop_assert_eq!(text.as_str(), format!("{part:.*}", digits as usize));
        }
    }

    #[test]
    fn short_amounts_are_written_as_long_ones_are() {
        for number in (0..20_000).chain(95_000..105_000).chain(990_000..1_000_000) {
            let amount = MinorUnits::new(number);
            let short = ShortDecimal::of(amount, 2).unwrap();
            let text = &short.padded()[..short.length()];
            assert_eq!(text, DecimalText::of(amount, 2).as_bytes(), "{number}");
        }
        assert!(ShortDecimal::of(MinorUnits::new(1_000_000), 2).is_none());
        assert!(ShortDecimal::of(MinorUnits::new(1), 0).is_none());
    }

    #[test]
    fn the_largest_amount_has_room() {
        for digits in 0..=4 {
            let text = DecimalText::of(MinorUnits(u128::MAX), digits);
            let text = text.as_str().replace('.', "");
            assert_eq!(text, u128::MAX.to_string());
        }
        assert_eq!(DecimalText::of(MinorUnits::new(7), 3).as_str(), "0.007");
        assert_eq!(DecimalText::of(MinorUnits::ZERO, 0).as_str(), "0");
    }
}
