//! What a trial has to show.

use crate::statistics::interval::{Method, supports};
use crate::statistics::{Confidence, Counts, Objective};

/// The share of callbacks that have to be quick: what "the 99th percentile" means.
const QUICK: Objective = Objective::CLOUD_FORTIFIED;

/// The share of the callbacks that came which may pile up; an app that keeps up lets none.
const PILED_UP: f64 = 0.01;

/// How many standard deviations of chance are not taken for piling up.
const CHANCE: f64 = 2.0;

/// What an app has to do at a rate that it is said to sustain: enough good answers, 99 % of them in time,
/// and no queue that grows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Goal {
    /// The least share of good events.
    pub success: Objective,
}

/// What was seen in a trial.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Trial {
    /// Good and bad events.
    pub events: Counts,
    /// Events that were quick (good) and slow (bad); what is still open after the time allowed is slow.
    pub times: Counts,
    /// Callbacks in flight when a quarter of the trial was over.
    pub in_flight_before: u64,
    /// Callbacks in flight at its end.
    pub in_flight_after: u64,
    /// Callbacks that came between the two.
    pub arrived: u64,
}

/// What a trial showed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Judgement {
    /// Nothing speaks against the app sustaining the rate.
    Met,
    /// The app does not sustain the rate.
    Missed(Shortfall),
}

/// Why a rate is not sustained.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shortfall {
    /// Nothing was counted, which shows nothing.
    NoData,
    /// Too many events were bad.
    Failures,
    /// Too many events were slow.
    Slowness,
    /// Callbacks piled up: more came than were answered.
    Backlog,
}

impl Goal {
    /// Judges a trial. A share counts as missed when the events refute it at 95 %: one bad event of 300
    /// does not refute 99.9 %, two do.
    ///
    /// An app that is a little overloaded answers everything, only later and later; a short trial ends
    /// before that is slow. So its queue is looked at as well. The number of callbacks in flight changes
    /// by chance with a variance of twice itself at most, if they come and go independently.
    pub fn judge(self, trial: &Trial) -> Judgement {
        if trial.events.n() == 0 || trial.times.n() == 0 {
            return Judgement::Missed(Shortfall::NoData);
        }
        let grown = trial.in_flight_after as f64 - trial.in_flight_before as f64;
        let by_chance = CHANCE * (2.0 * trial.in_flight_before as f64).sqrt();
        if refuted(self.success, trial.events) {
            Judgement::Missed(Shortfall::Failures)
        } else if refuted(QUICK, trial.times) {
            Judgement::Missed(Shortfall::Slowness)
        } else if grown > PILED_UP * trial.arrived as f64 + by_chance {
            Judgement::Missed(Shortfall::Backlog)
        } else {
            Judgement::Met
        }
    }

    /// Whether a trial of `planned` events can no longer meet the goal after `bad` and `slow` ones, even
    /// if all that follows is good and quick.
    pub fn is_out_of_reach(self, planned: u64, bad: u64, slow: u64) -> bool {
        let at_best = |missed: u64| Counts::of_total(planned.saturating_sub(missed), planned.max(missed));
        let refuted_at_best = |objective, missed| at_best(missed).is_ok_and(|best| refuted(objective, best));
        refuted_at_best(self.success, bad) || refuted_at_best(QUICK, slow)
    }
}

/// Whether events as bad as these would be a surprise, at 95 %, if the objective were met.
fn refuted(objective: Objective, events: Counts) -> bool {
    let missed = objective.probability().not();
    events.bad() > 0 && supports(Method::ClopperPearson, events.swapped(), missed, Confidence::NINETY_FIVE)
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOAL: Goal = Goal { success: Objective::EARLY_WARNING };

    fn counts(good: u64, bad: u64) -> Counts {
        Counts::new(good, bad).expect("few")
    }

    fn trial(events: Counts, times: Counts) -> Trial {
        Trial { events, times, in_flight_before: 8, in_flight_after: 8, arrived: events.n() / 2 }
    }

    #[test]
    fn shares_are_missed_when_they_are_refuted() {
        let judged = |events, times| GOAL.judge(&trial(events, times));
        assert_eq!(judged(counts(300, 0), counts(300, 0)), Judgement::Met);
        assert_eq!(judged(counts(299, 1), counts(296, 4)), Judgement::Met);
        assert_eq!(judged(counts(298, 2), counts(300, 0)), Judgement::Missed(Shortfall::Failures));
        assert_eq!(judged(counts(300, 0), counts(292, 8)), Judgement::Missed(Shortfall::Slowness));
        assert_eq!(judged(counts(0, 5), counts(5, 0)), Judgement::Missed(Shortfall::Failures));
        assert_eq!(judged(Counts::NONE, Counts::NONE), Judgement::Missed(Shortfall::NoData));
    }

    #[test]
    fn an_objective_of_all_allows_none_and_one_of_nothing_all() {
        let judged = |num, bad| {
            let goal = Goal { success: Objective::new(num, 1).expect("a share") };
            goal.judge(&trial(counts(1000 - bad, bad), counts(1000, 0)))
        };
        assert_eq!(judged(1, 0), Judgement::Met);
        assert_eq!(judged(1, 1), Judgement::Missed(Shortfall::Failures));
        assert_eq!(judged(0, 1000), Judgement::Met);
    }

    #[test]
    fn a_queue_that_grows_is_a_miss_before_anything_is_slow() {
        let judged = |before, after| {
            let times = counts(1000, 0);
            GOAL.judge(&Trial {
                events: times,
                times,
                in_flight_before: before,
                in_flight_after: after,
                arrived: 500,
            })
        };
        assert_eq!(judged(20, 30), Judgement::Met);
        assert_eq!(judged(20, 38), Judgement::Missed(Shortfall::Backlog));
        assert_eq!(judged(0, 6), Judgement::Missed(Shortfall::Backlog));
        assert_eq!(judged(400, 20), Judgement::Met);
    }

    #[test]
    fn what_is_out_of_reach_stays_missed_however_it_ends() {
        let planned = 2_000;
        let first = (0..).find(|bad| GOAL.is_out_of_reach(planned, *bad, 0)).expect("some number");
        assert!((3..10).contains(&first), "{first}");
        let at_best = |bad| GOAL.judge(&trial(counts(planned - bad, bad), counts(planned, 0)));
        assert_eq!(at_best(first - 1), Judgement::Met);
        assert_eq!(at_best(first), Judgement::Missed(Shortfall::Failures));
        assert!(GOAL.is_out_of_reach(planned, 0, 40) && !GOAL.is_out_of_reach(planned, 0, 20));
        assert!(GOAL.is_out_of_reach(10, 20, 0), "more bad ones than were planned");
        assert!(!GOAL.is_out_of_reach(0, 0, 0));
    }
}
