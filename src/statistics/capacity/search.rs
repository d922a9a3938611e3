//! Which rate to try next, and when to stop.

use super::belief::Belief;
use crate::statistics::{Confidence, OutOfRange};

/// The quantiles of what is believed that are tried in turn. Trials on both sides of the edge show how
/// wide it is, which trials in its middle do not.
const ASKED: [f64; 2] = [0.25, 0.75];

/// Where to look for a capacity, and how long. Rates are callbacks per second.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Plan {
    /// The first rate that is tried.
    pub start: f64,
    /// The least rate that can be tried, above 0.
    pub least: f64,
    /// The greatest rate that can be tried.
    pub most: f64,
    /// How narrow the interval has to be for an early end: its length as a share of its lower bound.
    pub precision: f64,
    /// How likely it is that the interval holds the capacity.
    pub confidence: Confidence,
    /// The trials after which it ends in any case, at least 1.
    pub max_trials: u32,
}

/// A search for the largest rate that an app sustains.
///
/// It doubles the rate until a trial misses the goal, or halves it until one meets it. Then every trial
/// changes what is believed of the capacity, and the next one is made where that belief has a quartile.
#[derive(Debug, Clone)]
pub struct Search {
    plan: Plan,
    belief: Belief,
    trials: u32,
    greatest_met: Option<f64>,
    least_missed: Option<f64>,
}

/// What is known of the capacity. Rates are callbacks per second.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Answer {
    /// The rate at which half of the trials would meet the goal; none when it is above or below all that
    /// could be tried, or nothing was tried.
    pub rate: Option<f64>,
    /// The rate that is not too high at the plan's confidence; none when not even the least rate is.
    pub low: Option<f64>,
    /// The rate that is too high at the plan's confidence; none when not even the greatest rate is.
    pub high: Option<f64>,
    /// How the search ended.
    pub ending: Ending,
}

/// How a search ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// It has not.
    Unfinished,
    /// The interval is as narrow as was asked.
    Found,
    /// The greatest rate that can be tried is sustained.
    AboveAll,
    /// The least rate that can be tried is too much.
    BelowAll,
    /// As many trials were made as were allowed; the interval is wider than was asked.
    TrialsUsedUp,
}

impl Search {
    /// Begins a search.
    ///
    /// # Errors
    /// When the rates are out of order or not above 0, the precision is not above 0, or no trial is allowed.
    pub fn new(plan: Plan) -> Result<Self, OutOfRange> {
        let Plan { start, least, most, .. } = plan;
        if !(least > 0.0 && least <= start && start <= most && most.is_finite()) {
            let rates = format!("{least}, {start} and {most}");
            return Err(OutOfRange::new(
                "least, first and greatest rate",
                "above 0 and in this order",
                rates,
            ));
        }
        if plan.precision.is_nan() || plan.precision <= 0.0 {
            return Err(OutOfRange::new("the precision", "above 0", plan.precision));
        }
        if plan.max_trials == 0 {
            return Err(OutOfRange::new("the number of trials", "at least 1", 0));
        }
        let belief = Belief::between(least, most);
        Ok(Self { plan, belief, trials: 0, greatest_met: None, least_missed: None })
    }

    /// The rate to try next; none when the search is over.
    pub fn next_rate(&self) -> Option<f64> {
        if self.ending() != Ending::Unfinished {
            return None;
        }
        let rate = match (self.greatest_met, self.least_missed) {
            (None, None) => self.plan.start,
            (Some(met), None) => met * 2.0,
            (None, Some(missed)) => missed / 2.0,
            (Some(_), Some(_)) => self.belief.quantile(ASKED[self.trials as usize % ASKED.len()]),
        };
        Some(rate.min(self.plan.most).max(self.plan.least))
    }

    /// Takes in whether a trial at `rate`, above 0, met the goal.
    pub fn observe(&mut self, rate: f64, met: bool) {
        self.belief.observe(rate, met);
        self.trials += 1;
        if met {
            self.greatest_met = Some(self.greatest_met.map_or(rate, |greatest| greatest.max(rate)));
        } else {
            self.least_missed = Some(self.least_missed.map_or(rate, |least| least.min(rate)));
        }
    }

    /// Takes in that no trial can be made at `rate` or above: whoever sends can't. Then the greatest rate is
    /// half way, on the logarithmic scale, to the greatest that met the goal.
    pub fn cap(&mut self, rate: f64) {
        self.trials += 1;
        let met = self.greatest_met.unwrap_or(rate / 4.0);
        self.plan.most = (met * rate).sqrt().min(self.plan.most).max(self.plan.least);
    }

    /// What is known so far.
    pub fn answer(&self) -> Answer {
        let ending = self.ending();
        let (low, rate, high) = (Some(self.low()), Some(self.belief.quantile(0.5)), Some(self.high()));
        let none = Answer { rate: None, low: None, high: None, ending };
        match (ending, self.greatest_met, self.least_missed) {
            (_, None, None) => none,
            (Ending::AboveAll, _, _) => Answer { low: Some(self.plan.most), ..none },
            (Ending::BelowAll, _, _) => Answer { high: Some(self.plan.least), ..none },
            (_, Some(_), None) => Answer { low, ..none },
            (_, None, Some(_)) => Answer { high, ..none },
            (_, Some(_), Some(_)) => Answer { rate, low, high, ending },
        }
    }

    fn ending(&self) -> Ending {
        let level = self.plan.confidence.level();
        if self.belief.at_least(self.plan.most) >= level {
            Ending::AboveAll
        } else if self.belief.at_least(self.plan.least) <= 1.0 - level {
            Ending::BelowAll
        } else if self.greatest_met.is_some()
            && self.least_missed.is_some()
            && self.high() <= self.low() * (1.0 + self.plan.precision)
        {
            Ending::Found
        } else if self.trials >= self.plan.max_trials {
            Ending::TrialsUsedUp
        } else {
            Ending::Unfinished
        }
    }

    fn low(&self) -> f64 {
        self.belief.quantile(self.plan.confidence.alpha() / 2.0)
    }

    fn high(&self) -> f64 {
        self.belief.quantile(1.0 - self.plan.confidence.alpha() / 2.0)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn plan() -> Plan {
        Plan {
            start: 10.0,
            least: 1.0,
            most: 10_000.0,
            precision: 0.08,
            confidence: Confidence::NINETY_FIVE,
            max_trials: 40,
        }
    }

    /// Searches an app that meets the goal as `meets` says.
    fn searched(plan: Plan, mut meets: impl FnMut(f64) -> bool) -> (Answer, Vec<f64>) {
        let mut search = Search::new(plan).expect("a plan in order");
        let mut rates = Vec::new();
        while let Some(rate) = search.next_rate() {
            search.observe(rate, meets(rate));
            rates.push(rate);
        }
        (search.answer(), rates)
    }

    #[test]
    fn an_app_with_a_sharp_edge_is_found_in_some_twenty_trials() {
        for capacity in [3.0, 10.0, 47.0, 1234.5, 7_000.0] {
            let (answer, rates) = searched(plan(), |rate| rate <= capacity);
            assert_eq!(answer.ending, Ending::Found, "{capacity}: {answer:?}");
            let (low, rate, high) =
                (answer.low.expect("found"), answer.rate.expect("found"), answer.high.expect("found"));
            assert!(low <= capacity && capacity <= high, "{capacity}: {answer:?}");
            assert!((rate / capacity - 1.0).abs() < 0.03, "{capacity}: {answer:?}");
            assert!(rates.len() <= 24, "{capacity}: {rates:?}");
        }
    }

    #[test]
    fn it_comes_from_below() {
        let (_, rates) = searched(plan(), |rate| rate <= 300.0);
        assert_eq!(rates[..6], [10.0, 20.0, 40.0, 80.0, 160.0, 320.0]);
        assert!(rates.iter().all(|rate| *rate < 400.0), "{rates:?}");
    }

    #[test]
    fn what_lies_outside_is_said_to_be_outside() {
        let (answer, rates) = searched(plan(), |_| true);
        assert_eq!((answer.ending, answer.low, answer.rate), (Ending::AboveAll, Some(10_000.0), None));
        assert!(rates.len() < 15, "{rates:?}");
        let (answer, rates) = searched(plan(), |_| false);
        assert_eq!((answer.ending, answer.high, answer.rate), (Ending::BelowAll, Some(1.0), None));
        assert!(rates.len() < 10, "{rates:?}");
    }

    #[test]
    fn one_hiccup_does_not_mislead() {
        let mut trials = 0;
        let (answer, _) = searched(plan(), |rate| {
            trials += 1;
            trials != 3 && rate <= 300.0
        });
        let rate = answer.rate.expect("found");
        assert!((rate / 300.0 - 1.0).abs() < 0.05, "{answer:?}");
    }

    #[test]
    fn what_we_cannot_send_is_the_end_of_the_search_and_not_the_apps_capacity() {
        let mut search = Search::new(plan()).expect("a plan in order");
        while let Some(rate) = search.next_rate() {
            if rate > 200.0 { search.cap(rate) } else { search.observe(rate, true) }
        }
        let answer = search.answer();
        assert_eq!((answer.ending, answer.rate), (Ending::AboveAll, None));
        assert!(answer.low.is_some_and(|low| low > 100.0 && low <= 200.0), "{answer:?}");
    }

    #[test]
    fn nothing_tried_is_nothing_known() {
        let answer = Search::new(plan()).expect("a plan in order").answer();
        let nothing = Answer { rate: None, low: None, high: None, ending: Ending::Unfinished };
        assert_eq!(answer, nothing);
    }

    #[test]
    fn plans_out_of_order_are_refused() {
        let wrong = [
            Plan { least: 0.0, ..plan() },
            Plan { least: 20.0, ..plan() },
            Plan { most: 5.0, ..plan() },
            Plan { most: f64::INFINITY, ..plan() },
            Plan { start: f64::NAN, ..plan() },
            Plan { precision: 0.0, ..plan() },
            Plan { precision: f64::NAN, ..plan() },
            Plan { max_trials: 0, ..plan() },
        ];
        for plan in wrong {
            assert!(Search::new(plan).is_err(), "{plan:?}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]

        #[test]
        fn it_ends_whatever_the_app_does(answers in proptest::collection::vec(any::<bool>(), 40), most in 10.0..1e4) {
            let plan = Plan { most, ..plan() };
            let mut trials = 0;
            let (answer, rates) = searched(plan, |_| {
                trials += 1;
                answers[trials - 1]
            });
            prop_assert!(rates.len() <= 40);
            prop_assert!(rates.iter().all(|rate| (plan.least..=plan.most).contains(rate)));
            prop_assert!(answer.ending != Ending::Unfinished);
            let bounds = [answer.low, answer.rate, answer.high];
            prop_assert!(bounds.iter().flatten().is_sorted(), "{answer:?}");
        }

        #[test]
        fn a_trial_that_met_the_goal_instead_of_missing_it_never_lowers_the_answer(
            trials in proptest::collection::vec((10.0..1000.0, any::<bool>()), 1..20),
            changed in any::<proptest::sample::Index>(),
        ) {
            let changed = changed.index(trials.len());
            let after = |met: bool| {
                let mut search = Search::new(plan()).expect("a plan in order");
                for (index, (rate, as_drawn)) in trials.iter().enumerate() {
                    search.observe(*rate, if index == changed { met } else { *as_drawn });
                }
                [search.low(), search.belief.quantile(0.5), search.high()]
            };
            for (missed, met) in after(false).into_iter().zip(after(true)) {
                prop_assert!(missed <= met, "{missed} > {met}");
            }
        }
    }
}
