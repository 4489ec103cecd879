//! How long something takes on a machine that is shared: guessed, and corrected by what is met.

use std::time::Duration;

use crate::numbered::Dice;

/// No guess is longer.
const LONGEST: Duration = Duration::from_secs(5);

/// A guess at how long something takes, such that about every third time it is over at a random moment.
pub(crate) struct Span {
    guess: Duration,
}

impl Span {
    /// A guess after one measurement.
    pub(crate) fn of(measured: Duration) -> Span {
        Span { guess: measured }
    }

    /// A random moment of it, or shortly after it.
    pub(crate) fn moment(&self, dice: &mut Dice) -> Duration {
        dice.moment_of(self.guess)
    }

    /// Learns whether it was over at such a moment.
    pub(crate) fn correct(&mut self, was_over: bool) {
        self.guess = match was_over {
            true => self.guess * 17 / 20,
            false => (self.guess * 11 / 10).min(LONGEST),
        };
    }
}
