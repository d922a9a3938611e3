//! The brake: a run against an app that is down does it no good.

use std::collections::VecDeque;

use crate::recorder::Interval;

/// How far back it looks, in seconds.
const WINDOW: usize = 10;
/// The fewest events by which it decides.
const FEWEST: u64 = 20;

/// Decides, second by second, whether an app is too bad to go on.
#[derive(Debug, Clone, Default)]
pub struct Brake {
    window: VecDeque<(u64, u64)>,
}

impl Brake {
    /// Takes the next second, and gives a reason to stop once at least half of the events of the last ten
    /// seconds were bad, and there were at least twenty.
    pub fn observe(&mut self, second: &Interval) -> Option<String> {
        self.window.push_back((second.good, second.bad));
        if self.window.len() > WINDOW {
            self.window.pop_front();
        }
        let good: u64 = self.window.iter().map(|(good, _)| good).sum();
        let bad: u64 = self.window.iter().map(|(_, bad)| bad).sum();
        let is_bad = good + bad >= FEWEST && bad >= good;
        is_bad.then(|| {
            format!(
                "the brake was pulled: {bad} of the last {} callbacks, within {} s, were bad",
                good + bad,
                self.window.len()
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pulls(seconds: &[(u64, u64)]) -> bool {
        let mut brake = Brake::default();
        seconds
            .iter()
            .map(|(good, bad)| Interval { good: *good, bad: *bad, ..Interval::default() })
            .any(|second| brake.observe(&second).is_some())
    }

    #[test]
    fn half_of_twenty_within_ten_seconds_pull_it() {
        assert!(pulls(&[(10, 10)]));
        assert!(!pulls(&[(11, 10)]));
        assert!(!pulls(&[(9, 10)]));
        assert!(pulls(&[(1, 1); 10]));
        assert!(!pulls(&[(1, 1); 9]));
        assert!(!pulls(&[(2, 1); 100]));
        let mut later = vec![(100, 0)];
        later.extend([(0, 0); 10]);
        later.push((10, 10));
        assert!(pulls(&later), "what is older than ten seconds is forgotten");
    }
}
