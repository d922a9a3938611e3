//! What a window may still bear.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::statistics::{Counts, Objective};

/// What a window may still bear before it misses its objective.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Budget {
    /// The bad events that the window may hold with the events it has.
    pub allowed: u64,
    /// Those that are left; below 0 once the objective is missed.
    pub remaining: i64,
    /// The part of the budget that is left, from 1 down; null without events.
    pub remaining_share: Option<f64>,
    /// The events from which on a window has room for one failure: 100 and 1,000 are the two cliffs.
    pub cliff: Option<u64>,
    /// The good events that have to come before one more failure would not miss the objective; 0 when it
    /// would not now. Null where no failure is ever allowed.
    pub good_until_a_failure_fits: Option<u64>,
}

impl Budget {
    /// What is left of `objective` with these events.
    pub(super) fn of(objective: Objective, counts: Counts) -> Self {
        let allowed = objective.allowed_bad(counts.n());
        let budget = counts.n() as f64 * objective.probability().complement();
        let cliff = objective.events_that_allow_one_bad();
        Self {
            allowed,
            remaining: signed(allowed) - signed(counts.bad()),
            remaining_share: (budget > 0.0).then(|| 1.0 - counts.bad() as f64 / budget),
            cliff,
            good_until_a_failure_fits: cliff.map(|_| good_until_a_failure_fits(objective, counts)),
        }
    }
}

/// The smallest k for which (bad + 1)·den ≤ (n + 1 + k)·(den − num).
fn good_until_a_failure_fits(objective: Objective, counts: Counts) -> u64 {
    let spare = objective.den() - objective.num();
    let needed = (u128::from(counts.bad()) + 1) * u128::from(objective.den());
    let needed = needed.div_ceil(u128::from(spare));
    let missing = needed.saturating_sub(u128::from(counts.n()) + 1);
    u64::try_from(missing).unwrap_or(u64::MAX)
}

fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn budget(objective: Objective, good: u64, bad: u64) -> Budget {
        Budget::of(objective, Counts::new(good, bad).expect("few events"))
    }

    #[test]
    fn it_is_spent_event_by_event() {
        let fresh = budget(Objective::CLOUD_FORTIFIED, 1000, 0);
        assert_eq!((fresh.allowed, fresh.remaining, fresh.remaining_share), (10, 10, Some(1.0)));
        let spent = budget(Objective::CLOUD_FORTIFIED, 985, 15);
        assert_eq!((spent.allowed, spent.remaining), (10, -5));
        assert!((spent.remaining_share.expect("events") + 0.5).abs() < 1e-9);
        assert_eq!(budget(Objective::CLOUD_FORTIFIED, 0, 0).remaining_share, None);
    }

    #[test]
    fn the_way_to_the_cliff_is_the_shortest() {
        for objective in [Objective::CLOUD_FORTIFIED, Objective::EARLY_WARNING] {
            for (good, bad) in [(0, 0), (50, 0), (98, 0), (99, 0), (99, 1), (998, 0), (999, 1), (5000, 7)] {
                let way = budget(objective, good, bad).good_until_a_failure_fits.expect("room for a failure");
                let fits = |more: u64| {
                    objective.met_by(Counts::new(good + more, bad + 1).expect("few events")) == Some(true)
                };
                assert!(fits(way), "{good}/{bad}: {way}");
                assert!(way == 0 || !fits(way - 1), "{good}/{bad}: {way} is not the least");
            }
        }
        assert_eq!(budget(Objective::CLOUD_FORTIFIED, 0, 0).good_until_a_failure_fits, Some(99));
        assert_eq!(budget(Objective::EARLY_WARNING, 24, 0).good_until_a_failure_fits, Some(975));
    }
}
