//! When passes are due: at even intervals from the first, each a little late by chance.

use std::time::Duration;

/// The part of an interval by which a pass may be late.
const JITTER: f64 = 0.1;

/// Even intervals. Pure: the time since the first pass and the chance come in as arguments.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Pace {
    every: Duration,
}

impl Pace {
    /// One pass `every` so often; not zero.
    pub(super) const fn new(every: Duration) -> Self {
        Self { every }
    }

    /// How long to wait for the next pass, `elapsed` after the first one was due. `chance`, from 0 up to 1,
    /// spreads the passes of many probes. Intervals that went by while a pass was under way are left out, and
    /// no pass moves those after it.
    pub(super) fn wait(&self, elapsed: Duration, chance: f64) -> Duration {
        let gone = elapsed.as_nanos() / self.every.as_nanos();
        let next = u32::try_from(gone).unwrap_or(u32::MAX).saturating_add(1);
        let due = self.every.saturating_mul(next) + self.every.mul_f64(JITTER * chance.clamp(0.0, 1.0));
        due.saturating_sub(elapsed)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const MINUTE: Duration = Duration::from_secs(60);

    #[test]
    fn intervals_that_went_by_are_left_out() {
        let pace = Pace::new(5 * MINUTE);
        assert_eq!(pace.wait(Duration::ZERO, 0.0), 5 * MINUTE);
        assert_eq!(pace.wait(MINUTE, 0.0), 4 * MINUTE);
        assert_eq!(pace.wait(12 * MINUTE, 0.0), 3 * MINUTE);
        assert_eq!(pace.wait(12 * MINUTE, 0.5), 3 * MINUTE + Duration::from_secs(15));
    }

    proptest! {
        /// Passes never drift: each begins in the first tenth of an interval, and no interval has two.
        #[test]
        fn passes_keep_to_their_intervals(
            every in 1u64..10_000, passes in prop::collection::vec((0.0f64..0.89, 0.0f64..1.0), 1..50),
        ) {
            let every = Duration::from_millis(every);
            let pace = Pace::new(every);
            let mut now = Duration::ZERO;
            for (index, (length, chance)) in passes.into_iter().enumerate() {
                now += every.mul_f64(length);
                now += pace.wait(now, chance);
                let due = every * (u32::try_from(index).expect("few") + 1);
                prop_assert!(now >= due && now <= due + every.mul_f64(JITTER), "{now:?} {due:?}");
            }
        }
    }
}
