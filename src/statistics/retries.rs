//! What Atlassian's retries make of a few broken tenants.
//!
//! A callback that fails for a reason of its own is retried for as long as it fails, and every retry is
//! an event. A thousandth of broken tenants may so be a tenth of the events. A failure by chance is not
//! amplified: the retry is as good as any other callback.

use serde::Serialize;

use super::{OutOfRange, Probability};

/// Tenants that are called once, a part of which fails every time until mended.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rollout {
    /// The tenants, each called once.
    pub tenants: f64,
    /// Other good events in the window.
    pub organic_good: f64,
    /// The share of the tenants that is broken.
    pub broken_share: Probability,
    /// The retries of a broken tenant a day.
    pub retries_per_day: f64,
    /// The days until it is mended.
    pub days_to_fix: f64,
    /// What the last retry, after mending, counts as.
    pub eventual_success: EventualSuccess,
}

/// Whether a mended tenant's successful retry enters the figure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EventualSuccess {
    /// It is one more good event.
    Counts,
    /// The window has closed by then, or nothing is retried any more.
    Ignored,
}

/// The events of a rollout, and how much the objective of 99 % would bear.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Amplification {
    /// Good events.
    pub good: f64,
    /// Bad events.
    pub bad: f64,
    /// good / (good + bad); `None` without events.
    pub sli: Option<f64>,
    /// The broken share at which the figure is just 99 %, above 1 when every tenant may be broken;
    /// `None` when no share would miss it.
    pub max_broken_share_99: Option<f64>,
    /// The days until mended at which the figure is just 99 %; `None` when none would miss it.
    pub max_days_99: Option<f64>,
}

/// Good events for each bad one at 99 %.
const GOOD_PER_BAD: f64 = 99.0;

impl Rollout {
    /// What becomes of it.
    ///
    /// # Errors
    /// When a number is negative or not finite.
    pub fn amplification(self) -> Result<Amplification, OutOfRange> {
        let Self { tenants, organic_good, retries_per_day, days_to_fix, .. } = self;
        let named = [
            ("tenants", tenants),
            ("organic good events", organic_good),
            ("retries a day", retries_per_day),
            ("days to fix", days_to_fix),
        ];
        for (name, value) in named {
            if !(0.0..=1e12).contains(&value) {
                return Err(OutOfRange::new(name, "from 0 to 10^12", value));
            }
        }
        let broken = self.broken_share.get() * tenants;
        let good_at = |broken: f64| match self.eventual_success {
            EventualSuccess::Counts => tenants + organic_good,
            EventualSuccess::Ignored => tenants - broken + organic_good,
        };
        let (good, bad) = (good_at(broken), broken * retries_per_day * days_to_fix);
        // 99·bad = good, solved for the broken share.
        let bad_per_broken = retries_per_day * days_to_fix;
        let cost_per_broken = match self.eventual_success {
            EventualSuccess::Counts => GOOD_PER_BAD * bad_per_broken,
            EventualSuccess::Ignored => GOOD_PER_BAD * bad_per_broken + 1.0,
        };
        let ratio = |over: f64, under: f64| (under > 0.0).then(|| over / under);
        Ok(Amplification {
            good,
            bad,
            sli: ratio(good, good + bad),
            max_broken_share_99: ratio(good_at(0.0), tenants * cost_per_broken),
            max_days_99: ratio(good, GOOD_PER_BAD * broken * retries_per_day),
        })
    }
}

/// Failures by chance, the same for every attempt.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct IndependentRetries {
    /// The share of good attempts.
    pub attempt_sli: f64,
    /// Bad attempts for each tenant.
    pub expected_bad_per_tenant: f64,
    /// The share of bad attempts over what it is without retries: always 1.
    pub amplification: f64,
}

impl IndependentRetries {
    /// Attempts that fail with `failure` each, once or until one succeeds.
    ///
    /// # Errors
    /// When every attempt fails and they go on until one succeeds.
    pub fn new(failure: Probability, until_success: bool) -> Result<Self, OutOfRange> {
        let (bad, good) = (failure.get(), failure.complement());
        if until_success && good <= 0.0 {
            return Err(OutOfRange::new(
                "the failure of an attempt that is retried until it succeeds",
                "below 1",
                bad,
            ));
        }
        let expected_bad_per_tenant = if until_success { bad / good } else { bad };
        // Geometric attempts: E[bad] / (E[bad] + E[good]) is the failure of one.
        Ok(Self { attempt_sli: good, expected_bad_per_tenant, amplification: 1.0 })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn rollout(broken_share: f64, days_to_fix: f64, eventual_success: EventualSuccess) -> Rollout {
        Rollout {
            tenants: 1000.0,
            organic_good: 100.0,
            broken_share: Probability::new(broken_share).expect("in range"),
            retries_per_day: 4.0,
            days_to_fix,
            eventual_success,
        }
    }

    #[test]
    fn one_broken_tenant_of_a_thousand_is_a_breach() {
        let broken = rollout(0.001, 28.0, EventualSuccess::Ignored).amplification().expect("in range");
        assert!((broken.sli.expect("events") - 0.9075).abs() < 5e-5);
        assert!((broken.max_days_99.expect("it is broken") - 2.775).abs() < 5e-4);
    }

    #[test]
    fn what_can_t_miss_has_no_limit() {
        let whole = rollout(0.0, 0.0, EventualSuccess::Counts).amplification().expect("in range");
        assert_eq!((whole.sli, whole.max_broken_share_99, whole.max_days_99), (Some(1.0), None, None));
        let nothing =
            Rollout { tenants: 0.0, organic_good: 0.0, ..rollout(0.5, 1.0, EventualSuccess::Ignored) };
        assert_eq!(nothing.amplification().expect("in range").sli, None);
        assert!(
            Rollout { tenants: -1.0, ..rollout(0.5, 1.0, EventualSuccess::Ignored) }.amplification().is_err()
        );
        assert!(IndependentRetries::new(Probability::ONE, true).is_err());
    }

    proptest! {
        #[test]
        fn at_its_limits_the_figure_is_99_percent(
            share in 0.0001..1.0_f64,
            days in 0.1..28.0_f64,
            counts: bool,
        ) {
            let eventual = if counts { EventualSuccess::Counts } else { EventualSuccess::Ignored };
            let limits = rollout(share, days, eventual).amplification().expect("in range");
            let sli_at = |share, days| rollout(share, days, eventual).amplification().expect("in range").sli.expect("events");
            let (max_share, max_days) = (limits.max_broken_share_99.expect("it is retried"), limits.max_days_99.expect("it is broken"));
            prop_assert!((sli_at(max_share.min(1.0), days) - 0.99).abs() < 1e-9 || max_share > 1.0);
            prop_assert!((sli_at(share, max_days) - 0.99).abs() < 1e-9);
        }

        #[test]
        fn chance_is_not_amplified(failure in 0.0..0.999_f64) {
            let retried = IndependentRetries::new(Probability::new(failure).expect("in range"), true).expect("it may succeed");
            let bad = retried.expected_bad_per_tenant;
            prop_assert!((1.0 / (1.0 + bad) - retried.attempt_sli).abs() < 1e-12);
        }
    }
}
