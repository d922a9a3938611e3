//! What was counted in a stretch of time.

use std::ops::AddAssign;

use crate::statistics::Counts;
use crate::verdict::Verdict;

/// What was counted in a stretch of time.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// Good events; without trust, those that reached the app.
    pub good: u64,
    /// Bad events.
    pub bad: u64,
    /// Events that don't count: proven faults of the probe, and what a person excluded.
    pub excluded: u64,
    /// Events of which it can't be told whether they are bad or excluded.
    pub unattributed: u64,
    /// The excluded events that were good.
    pub excluded_good: u64,
}

impl Tally {
    /// Adds `count` events of one verdict, which a person may have `excluded`.
    pub fn count(&mut self, verdict: Verdict, count: u64, excluded: bool) {
        let is_good = match verdict {
            Verdict::Good | Verdict::Reached => true,
            Verdict::Bad | Verdict::Excluded | Verdict::Unattributed => false,
        };
        let place = match verdict {
            _ if excluded => &mut self.excluded,
            Verdict::Good | Verdict::Reached => &mut self.good,
            Verdict::Bad => &mut self.bad,
            Verdict::Excluded => &mut self.excluded,
            Verdict::Unattributed => &mut self.unattributed,
        };
        *place = place.saturating_add(count);
        if excluded && is_good {
            self.excluded_good = self.excluded_good.saturating_add(count);
        }
    }

    /// Good and bad. More than the statistics count are none: no probe sees so many in 28 days.
    pub fn counts(&self) -> Counts {
        Counts::new(self.good, self.bad).unwrap_or(Counts::NONE)
    }

    /// Good of good and bad, had nothing been excluded: what a person excluded counts as what it was, and the
    /// faults of the probe and what can't be attributed count as bad.
    pub fn success_rate_with_exclusions_counted(&self) -> Option<f64> {
        let good = self.good.saturating_add(self.excluded_good);
        let all = [self.bad, self.excluded, self.unattributed]
            .iter()
            .fold(self.good, |sum, n| sum.saturating_add(*n));
        (all > 0).then(|| good as f64 / all as f64)
    }
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.good = self.good.saturating_add(other.good);
        self.bad = self.bad.saturating_add(other.bad);
        self.excluded = self.excluded.saturating_add(other.excluded);
        self.unattributed = self.unattributed.saturating_add(other.unattributed);
        self.excluded_good = self.excluded_good.saturating_add(other.excluded_good);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_rates_are_told() {
        let mut tally = Tally::default();
        tally.count(Verdict::Good, 90, false);
        tally.count(Verdict::Bad, 2, false);
        tally.count(Verdict::Bad, 3, true);
        tally.count(Verdict::Good, 4, true);
        tally.count(Verdict::Excluded, 1, false);
        assert_eq!((tally.counts().good(), tally.counts().bad(), tally.excluded), (90, 2, 8));
        assert_eq!(tally.success_rate_with_exclusions_counted(), Some(0.94));
        assert_eq!(Tally::default().success_rate_with_exclusions_counted(), None);
    }
}
