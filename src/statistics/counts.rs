//! How many events were good and how many bad.

use serde::Serialize;

use super::OutOfRange;

/// The most events that are counted: enough for a callback a second over thirty years, and few enough
/// that every sum below is exact in a floating-point number and every series ends in time.
pub const MAX_EVENTS: u64 = 1_000_000_000;

/// Good and bad events, at most [`MAX_EVENTS`] together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Counts {
    good: u64,
    bad: u64,
}

impl Counts {
    /// Nothing seen.
    pub const NONE: Self = Self { good: 0, bad: 0 };

    /// `good` and `bad` events.
    ///
    /// # Errors
    /// When they are more than [`MAX_EVENTS`].
    pub fn new(good: u64, bad: u64) -> Result<Self, OutOfRange> {
        match good.checked_add(bad) {
            Some(n) if n <= MAX_EVENTS => Ok(Self { good, bad }),
            _ => Err(OutOfRange::new(
                "the number of events",
                "at most 10^9",
                u128::from(good) + u128::from(bad),
            )),
        }
    }

    /// `good` events of `n`.
    ///
    /// # Errors
    /// When there are more good events than events, or more than [`MAX_EVENTS`].
    pub fn of_total(good: u64, n: u64) -> Result<Self, OutOfRange> {
        let bad = n.checked_sub(good);
        bad.map_or_else(
            || Err(OutOfRange::new("good", &format!("at most n = {n}"), good)),
            |bad| Self::new(good, bad),
        )
    }

    /// The good events.
    pub const fn good(self) -> u64 {
        self.good
    }

    /// The bad events.
    pub const fn bad(self) -> u64 {
        self.bad
    }

    /// All events.
    pub const fn n(self) -> u64 {
        self.good + self.bad
    }

    /// good / n; `None` without events.
    pub fn success_rate(self) -> Option<f64> {
        (self.n() > 0).then(|| self.good as f64 / self.n() as f64)
    }

    /// One event more; at [`MAX_EVENTS`] it is no longer counted.
    #[must_use]
    pub const fn with(self, good: bool) -> Self {
        let Self { good: goods, bad: bads } = self;
        if self.n() >= MAX_EVENTS {
            self
        } else if good {
            Self { good: goods + 1, bad: bads }
        } else {
            Self { good: goods, bad: bads + 1 }
        }
    }

    /// Good taken for bad and bad for good.
    #[must_use]
    pub(super) const fn swapped(self) -> Self {
        Self { good: self.bad, bad: self.good }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn too_many_are_refused() {
        assert!(Counts::new(MAX_EVENTS, 0).is_ok());
        assert!(Counts::new(MAX_EVENTS, 1).is_err());
        assert!(Counts::new(u64::MAX, u64::MAX).is_err());
        assert!(Counts::of_total(2, 1).is_err());
    }

    #[test]
    fn no_events_have_no_rate() {
        assert_eq!(Counts::NONE.success_rate(), None);
    }
}
