//! The gate: whether an app may be deployed, from probes fed one by one.
//!
//! It decides for the transient rate alone; that every cell of the contract passes is another gate.
//! Outcomes enter in slot order ([`super::sequential::SlotOrder`]), retries folded into one callback
//! first.

use serde::Serialize;

use super::interval;
use super::lag1::Lag1;
use super::sample_size::AttributePlan;
use super::search::least_whole;
pub use super::sequential::Decision;
use super::sequential::{Characteristics, EProcess, FixedPlan, Limits, Sprt, StoppingRule, Truncation};
use super::{Confidence, Counts, MAX_EVENTS, OutOfRange, Probability};

/// How the gate decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// Wald's sequential test of the objective against the alternative, with Ville's limits.
    Sprt,
    /// A plan of fixed size with this many failures allowed; it ends early once it has failed.
    Fixed {
        /// The failures allowed.
        allowed_bad: u64,
    },
    /// The e-process of a uniform mixture: needs no alternative, and takes more probes.
    EProcess,
}

/// What the gate asks, and how; all that its characteristics follow from.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct GatePlan {
    objective: Probability,
    alternative: Probability,
    confidence: Confidence,
    method: Method,
    max_probes: u64,
    #[serde(skip)]
    rule: Rule,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Rule {
    Sprt(Sprt),
    Fixed(FixedPlan),
    EProcess(EProcess),
}

impl GatePlan {
    /// A gate that ships an app at the objective with at most 1 − `confidence`, and blocks one at the
    /// alternative with about as much; it stays undecided after `max_probes`.
    ///
    /// # Errors
    /// When not 0 < objective < alternative < 1, when the fixed plan would need more than
    /// [`MAX_EVENTS`] probes, or when `max_probes` is 0 or exceeds [`MAX_EVENTS`].
    pub fn new(
        objective: Probability,
        alternative: Probability,
        confidence: Confidence,
        method: Method,
        max_probes: u64,
    ) -> Result<Self, OutOfRange> {
        if max_probes == 0 || max_probes > MAX_EVENTS {
            return Err(OutOfRange::new("the most probes of a gate", "from 1 to 10^9", max_probes));
        }
        // Made for every method: it is what says that objective and alternative are in order.
        let sprt = Sprt::new(objective, alternative, confidence, confidence, Limits::Ville)?;
        let rule = match method {
            Method::Sprt => Rule::Sprt(sprt),
            Method::Fixed { allowed_bad } => {
                let plan = AttributePlan::smallest(
                    interval::Method::ClopperPearson,
                    objective,
                    confidence,
                    allowed_bad,
                )?;
                Rule::Fixed(FixedPlan::new(plan)?)
            }
            Method::EProcess => Rule::EProcess(EProcess::new(objective, confidence)?),
        };
        Ok(Self { objective, alternative, confidence, method, max_probes, rule })
    }

    /// The alternative when none is given: a tenth of the failures that the objective leaves,
    /// 1 − (1 − p0)/10; 99.9 % for 99 %.
    pub fn usual_alternative(objective: Probability) -> Probability {
        Probability::new(objective.complement() / 10.0).map_or(Probability::ONE, Probability::not)
    }

    /// The probes after which a gate gives up when no number is given: 30/(1 − p0), 3,000 for 99 %. The
    /// sequential test of an app at the alternative then stays undecided once in a million runs.
    pub fn usual_max_probes(objective: Probability) -> u64 {
        ((30.0 / objective.complement()).round() as u64).clamp(1, MAX_EVENTS)
    }

    /// The success rate the app must be shown to have.
    pub const fn objective(&self) -> Probability {
        self.objective
    }

    /// The success rate of an app that should pass.
    pub const fn alternative(&self) -> Probability {
        self.alternative
    }

    /// How sure the gate is when it ships.
    pub const fn confidence(&self) -> Confidence {
        self.confidence
    }

    /// How it decides.
    pub const fn method(&self) -> Method {
        self.method
    }

    /// The probes after which it gives up.
    pub const fn max_probes(&self) -> u64 {
        self.max_probes
    }

    /// The fewest probes, all good, after which it ships; `None` beyond [`MAX_EVENTS`].
    pub fn fewest_probes_to_ship(&self) -> Option<u64> {
        self.ship_at(0)
    }

    /// How often it ships, blocks and stays undecided for an app whose callbacks are good with
    /// probability `p`, independently of one another, and how many probes it takes: exact.
    ///
    /// # Errors
    /// When objective and alternative are so close that the programme would take too long.
    pub fn characteristics(&self, p: Probability) -> Result<Characteristics, OutOfRange> {
        match self.rule {
            Rule::Fixed(plan) => Ok(plan.characteristics(p, self.max_probes)),
            Rule::Sprt(_) | Rule::EProcess(_) => {
                Characteristics::exact(self, p, self.max_probes, Truncation::Undecided)
            }
        }
    }

    /// A gate that has seen nothing.
    pub fn start(self) -> Gate {
        Gate { plan: self, counts: Counts::NONE, decision: Decision::Continue, lag1: Lag1::default() }
    }
}

impl StoppingRule for GatePlan {
    fn ship_at(&self, bad: u64) -> Option<u64> {
        match self.rule {
            Rule::Sprt(sprt) => sprt.ship_at(bad),
            Rule::Fixed(plan) => plan.ship_at(bad),
            Rule::EProcess(process) => process.ship_at(bad),
        }
    }

    fn block_by(&self, bad: u64) -> Option<u64> {
        match self.rule {
            Rule::Sprt(sprt) => sprt.block_by(bad),
            Rule::Fixed(plan) => plan.block_by(bad),
            Rule::EProcess(process) => process.block_by(bad),
        }
    }

    fn decide(&self, probes: u64, bad: u64) -> Decision {
        match self.rule {
            Rule::Sprt(sprt) => sprt.decide(probes, bad),
            Rule::Fixed(plan) => plan.decide(probes, bad),
            Rule::EProcess(process) => process.decide(probes, bad),
        }
    }
}

/// A gate at work.
#[derive(Debug, Clone, PartialEq)]
pub struct Gate {
    plan: GatePlan,
    counts: Counts,
    decision: Decision,
    lag1: Lag1,
}

/// How far a gate is from its ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Progress {
    /// The fewest further probes that would ship, all of them good, also beyond the plan's limit; `None`
    /// once blocked, or when not even [`MAX_EVENTS`] would do.
    pub good_to_ship: Option<u64>,
    /// The fewest further probes that would block, all of them bad; `None` once shipped.
    pub bad_to_block: Option<u64>,
    /// The probes left before it gives up; 0 once it is over.
    pub probes_left: u64,
}

/// What a gate concludes.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Conclusion {
    /// The objective is shown to be met.
    Ship,
    /// It is shown to be missed, or the plan's room for failures is used up.
    Block,
    /// Neither, and why.
    Inconclusive(Inconclusive),
}

/// Why a gate concludes nothing.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Inconclusive {
    /// The probes ended before the test did.
    NotEnoughProbes,
    /// Neighbouring outcomes are shown to be correlated, so the test's error rates do not hold.
    Correlated {
        /// The lower bound of the lag-1 correlation, above 0.
        lag1_lower_bound: f64,
    },
}

impl Gate {
    /// Takes the next outcome in slot order and says where the test stands. Once decided, further
    /// outcomes change nothing; nor do any beyond the plan's limit.
    pub fn observe(&mut self, good: bool) -> Decision {
        if self.is_over() {
            return self.decision;
        }
        self.counts = self.counts.with(good);
        self.lag1.observe(good);
        self.decision = self.plan.decide(self.counts.n(), self.counts.bad());
        self.decision
    }

    /// The plan.
    pub const fn plan(&self) -> &GatePlan {
        &self.plan
    }

    /// The outcomes that entered the test.
    pub const fn counts(&self) -> Counts {
        self.counts
    }

    /// Where the test stands, correlation left aside.
    pub const fn decision(&self) -> Decision {
        self.decision
    }

    /// Whether another probe could change anything.
    pub fn is_over(&self) -> bool {
        self.decision != Decision::Continue || self.counts.n() >= self.plan.max_probes
    }

    /// The correlation of neighbouring outcomes.
    pub const fn lag1(&self) -> Lag1 {
        self.lag1
    }

    /// How far it is to ship and to block.
    pub fn progress(&self) -> Progress {
        let (n, bad) = (self.counts.n(), self.counts.bad());
        let probes_left = if self.is_over() { 0 } else { self.plan.max_probes - n };
        let most = MAX_EVENTS - n;
        // A run of good probes that ships does so when it is longer, too; and a run of bad ones that blocks.
        let (good_to_ship, bad_to_block) = match self.decision {
            Decision::Continue => (
                least_whole(1, most, |more| self.plan.decide(n + more, bad) == Decision::Ship),
                least_whole(1, most, |more| self.plan.decide(n + more, bad + more) == Decision::Block),
            ),
            Decision::Ship => (Some(0), None),
            Decision::Block => (None, Some(0)),
        };
        Progress { good_to_ship, bad_to_block, probes_left }
    }

    /// What follows when no more probes are sent.
    pub fn conclude(&self) -> Conclusion {
        let decided = match self.decision {
            Decision::Continue => return Conclusion::Inconclusive(Inconclusive::NotEnoughProbes),
            Decision::Ship => Conclusion::Ship,
            Decision::Block => Conclusion::Block,
        };
        let lag1_lower_bound = self.lag1.lower_bound(self.plan.confidence);
        if lag1_lower_bound > 0.0 {
            Conclusion::Inconclusive(Inconclusive::Correlated { lag1_lower_bound })
        } else {
            decided
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn plan(method: Method, max_probes: u64) -> GatePlan {
        let objective: Probability = "99".parse().expect("a share");
        let alternative = GatePlan::usual_alternative(objective);
        GatePlan::new(objective, alternative, Confidence::NINETY_FIVE, method, max_probes).expect("in range")
    }

    fn feed(gate: &mut Gate, good: bool, times: u64) -> Decision {
        (0..times).map(|_| gate.observe(good)).last().unwrap_or(gate.decision())
    }

    #[test]
    fn a_healthy_app_ships_after_332() {
        let mut gate = plan(Method::Sprt, 3000).start();
        assert_eq!(
            gate.progress(),
            Progress { good_to_ship: Some(332), bad_to_block: Some(2), probes_left: 3000 }
        );
        assert_eq!(feed(&mut gate, true, 331), Decision::Continue);
        assert_eq!(gate.progress().good_to_ship, Some(1));
        assert_eq!(gate.observe(true), Decision::Ship);
        assert_eq!(gate.conclude(), Conclusion::Ship);
        assert_eq!(gate.progress(), Progress { good_to_ship: Some(0), bad_to_block: None, probes_left: 0 });
    }

    #[test]
    fn a_failure_costs_255_good_probes() {
        let mut gate = plan(Method::Sprt, 3000).start();
        feed(&mut gate, true, 100);
        gate.observe(false);
        assert_eq!(gate.progress().good_to_ship, Some(587 - 101));
        assert_eq!(gate.progress().bad_to_block, Some(1), "the second failure blocks up to probe 179");
        feed(&mut gate, true, 100);
        assert_eq!(gate.progress().bad_to_block, Some(2), "and the third up to probe 435");
    }

    #[test]
    fn once_decided_nothing_changes_it() {
        let mut gate = plan(Method::Sprt, 3000).start();
        assert_eq!(feed(&mut gate, false, 2), Decision::Block);
        assert_eq!(feed(&mut gate, true, 1000), Decision::Block);
        assert_eq!(
            (gate.counts().good(), gate.counts().bad()),
            (0, 2),
            "what came later is not part of the test"
        );
        assert_eq!(gate.conclude(), Conclusion::Block);
    }

    #[test]
    fn out_of_probes_is_inconclusive() {
        let mut gate = plan(Method::Sprt, 50).start();
        assert_eq!(
            gate.progress(),
            Progress { good_to_ship: Some(332), bad_to_block: Some(2), probes_left: 50 }
        );
        assert_eq!(feed(&mut gate, true, 80), Decision::Continue);
        assert_eq!((gate.counts().n(), gate.is_over()), (50, true));
        let beyond = Progress { good_to_ship: Some(282), bad_to_block: Some(2), probes_left: 0 };
        assert_eq!(gate.progress(), beyond, "what was missing is still said");
        assert_eq!(gate.conclude(), Conclusion::Inconclusive(Inconclusive::NotEnoughProbes));
    }

    #[test]
    fn clumped_failures_conclude_nothing() {
        let mut gate = plan(Method::Sprt, 3000).start();
        feed(&mut gate, true, 400);
        gate = plan(Method::Sprt, 3000).start();
        feed(&mut gate, true, 300);
        assert_eq!(feed(&mut gate, false, 3), Decision::Block);
        let Conclusion::Inconclusive(Inconclusive::Correlated { lag1_lower_bound }) = gate.conclude() else {
            panic!("three failures in a row after 300 good ones: {:?}", gate.conclude());
        };
        assert!(lag1_lower_bound > 0.1);
    }

    #[test]
    fn the_other_methods_decide_by_their_own_rules() {
        let mut fixed = plan(Method::Fixed { allowed_bad: 0 }, 3000).start();
        assert_eq!(feed(&mut fixed, true, 298), Decision::Continue);
        assert_eq!(
            fixed.progress(),
            Progress { good_to_ship: Some(1), bad_to_block: Some(1), probes_left: 2702 }
        );
        assert_eq!(fixed.observe(false), Decision::Block);
        let mut process = plan(Method::EProcess, 3000).start();
        assert_eq!(process.progress().good_to_ship, Some(449));
        assert_eq!(feed(&mut process, true, 449), Decision::Ship);
    }

    #[test]
    fn characteristics_are_those_of_the_rule() {
        let exact =
            |method, p: &str| plan(method, 3000).characteristics(p.parse().expect("a share")).expect("small");
        assert!((exact(Method::Sprt, "99").prob_ship - 0.048_502_47).abs() < 1e-8);
        let healthy = exact(Method::Sprt, "99.9");
        assert!((healthy.prob_ship - 0.9774).abs() < 5e-5 && (healthy.expected_n - 423.0).abs() < 0.5);
        assert!((exact(Method::Fixed { allowed_bad: 0 }, "99.9").prob_ship - 0.741_448_48).abs() < 1e-8);
        let process = exact(Method::EProcess, "99");
        assert!(process.prob_ship <= 0.05 && process.prob_block <= 0.05, "at the objective neither is shown");
    }

    #[test]
    fn a_plan_that_asks_nothing_is_refused() {
        let new = |objective: &str, alternative: &str, max_probes| {
            let (objective, alternative) =
                (objective.parse().expect("a share"), alternative.parse().expect("a share"));
            GatePlan::new(objective, alternative, Confidence::NINETY_FIVE, Method::EProcess, max_probes)
        };
        assert!(new("99", "99.9", 0).is_err() && new("99", "99.9", MAX_EVENTS + 1).is_err());
        assert!(new("99.9", "99", 100).is_err() && new("99", "100", 100).is_err());
    }

    proptest! {
        #[test]
        fn progress_keeps_its_word(
            outcomes in prop::collection::vec(prop::bool::weighted(0.99), 0..600),
            fixed in 0..3_usize,
        ) {
            let method = [Method::Sprt, Method::Fixed { allowed_bad: 2 }, Method::EProcess][fixed];
            let mut gate = plan(method, 20_000).start();
            outcomes.iter().for_each(|good| { gate.observe(*good); });
            let progress = gate.progress();
            if let Some(good) = progress.good_to_ship.filter(|good| *good > 0) {
                let mut gate = gate.clone();
                prop_assert_eq!(feed(&mut gate, true, good - 1), Decision::Continue);
                prop_assert_eq!(gate.observe(true), Decision::Ship);
            }
            if let Some(bad) = progress.bad_to_block.filter(|bad| *bad > 0) {
                let mut gate = gate.clone();
                prop_assert_eq!(feed(&mut gate, false, bad - 1), Decision::Continue);
                prop_assert_eq!(gate.observe(false), Decision::Block);
            }
        }
    }
}
