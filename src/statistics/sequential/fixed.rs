//! A plan of fixed size that ends early once it has failed.

use super::{Characteristics, StoppingRule};
use crate::statistics::binomial::{at_most, more_than};
use crate::statistics::sample_size::AttributePlan;
use crate::statistics::{MAX_EVENTS, OutOfRange, Probability};

/// An attribute plan, curtailed: it blocks at the first failure too many and ships after the last
/// probe.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct FixedPlan {
    plan: AttributePlan,
}

impl FixedPlan {
    /// The plan, ended early.
    ///
    /// # Errors
    /// When the plan has no probe or more than [`MAX_EVENTS`], or allows as many failures as it has
    /// probes.
    pub fn new(plan: AttributePlan) -> Result<Self, OutOfRange> {
        if plan.probes > MAX_EVENTS {
            Err(OutOfRange::new("the number of probes", "at most 10^9", plan.probes))
        } else if plan.allowed_bad < plan.probes {
            Ok(Self { plan })
        } else {
            Err(OutOfRange::new(
                "allowed failures",
                &format!("below the number of probes, {}", plan.probes),
                plan.allowed_bad,
            ))
        }
    }

    /// What it does with an app whose callbacks are good with probability `p`, independently, when it is
    /// given up after `max_probes`: in closed form, for any number of probes.
    ///
    /// The probe of failure c + 1 is negative binomial, and its expectation where it comes by probe n is
    /// (c + 1)/q · P(at least c + 2 of n + 1 are bad).
    pub fn characteristics(&self, p: Probability, max_probes: u64) -> Characteristics {
        let AttributePlan { probes, allowed_bad } = self.plan;
        let (sent, q) = (probes.min(max_probes), p.not());
        let prob_open = at_most(allowed_bad, sent, q);
        let probes_until_blocked = if q.get() > 0.0 {
            (allowed_bad as f64 + 1.0) / q.get() * more_than(allowed_bad + 1, sent + 1, q)
        } else {
            0.0
        };
        let (prob_ship, prob_undecided) =
            if max_probes < probes { (0.0, prob_open) } else { (prob_open, 0.0) };
        Characteristics {
            prob_ship,
            prob_block: more_than(allowed_bad, sent, q),
            prob_undecided,
            expected_n: sent as f64 * prob_open + probes_until_blocked,
        }
    }

    /// The plan it curtails.
    pub const fn plan(&self) -> AttributePlan {
        self.plan
    }
}

impl StoppingRule for FixedPlan {
    fn ship_at(&self, bad: u64) -> Option<u64> {
        (bad <= self.plan.allowed_bad).then_some(self.plan.probes)
    }

    fn block_by(&self, bad: u64) -> Option<u64> {
        (bad > self.plan.allowed_bad).then_some(u64::MAX)
    }
}
