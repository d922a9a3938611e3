//! Attribute plans: how many probes prove an objective.

use serde::Serialize;

use super::binomial::at_most;
use super::interval::{Method, supports};
use super::search::least_whole;
use super::{Confidence, Counts, MAX_EVENTS, OutOfRange, Probability};

/// Send `probes`, all of them, and claim the objective if at most `allowed_bad` are bad.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct AttributePlan {
    /// How many probes.
    pub probes: u64,
    /// How many of them may be bad.
    pub allowed_bad: u64,
}

impl AttributePlan {
    /// The fewest probes whose lower bound by `method` reaches `objective` with `allowed_bad` bad ones.
    ///
    /// # Errors
    /// When more than [`MAX_EVENTS`] probes are needed, as for an objective of 100 %.
    pub fn smallest(
        method: Method,
        objective: Probability,
        confidence: Confidence,
        allowed_bad: u64,
    ) -> Result<Self, OutOfRange> {
        let enough = |probes: u64| {
            Counts::of_total(probes - allowed_bad, probes)
                .is_ok_and(|counts| supports(method, counts, objective, confidence))
        };
        let probes = least_whole(allowed_bad.saturating_add(1), MAX_EVENTS, enough).ok_or_else(|| {
            OutOfRange::because(format!(
                "an objective of {} with {allowed_bad} allowed failures takes more than 10^9 probes",
                objective.get()
            ))
        })?;
        Ok(Self { probes, allowed_bad })
    }

    /// The chance that an app whose callbacks are good with probability `p` is shipped, were all probes
    /// sent or the plan curtailed.
    pub fn probability_to_ship(self, p: Probability) -> f64 {
        at_most(self.allowed_bad, self.probes, p.not())
    }
}

/// The rule of three: with 3/(1 − p) good events and no bad one, p is shown at 95 % confidence, nearly
/// (Hanley and Lippman-Hand, 1983). `None` for an objective of 100 %.
pub fn rule_of_three(objective: Probability) -> Option<f64> {
    let failure = objective.complement();
    (failure > 0.0).then(|| 3.0 / failure)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn smallest(method: Method, objective: &str, allowed_bad: u64) -> u64 {
        let objective = objective.parse().expect("a share");
        AttributePlan::smallest(method, objective, Confidence::NINETY_FIVE, allowed_bad)
            .expect("in range")
            .probes
    }

    #[test]
    fn the_well_known_plans() {
        let exact = |objective, failures: [u64; 4]| {
            failures.map(|bad| smallest(Method::ClopperPearson, objective, bad))
        };
        assert_eq!(exact("99", [0, 1, 2, 3]), [299, 473, 628, 773]);
        assert_eq!(exact("99.9", [0, 1, 2, 3]), [2995, 4742, 6294, 7752]);
        assert_eq!(smallest(Method::Wilson, "99", 0), 268);
        assert_eq!(smallest(Method::Jeffreys, "99", 0), 191);
    }

    #[test]
    fn wilson_and_jeffreys_pass_an_app_at_the_limit_too_often() {
        let objective: Probability = "99".parse().expect("a share");
        let passes = |probes| AttributePlan { probes, allowed_bad: 0 }.probability_to_ship(objective);
        assert!((passes(268) - 0.067_644_447).abs() < 1e-9);
        assert!((passes(191) - 0.146_663_542).abs() < 1e-9);
        assert!(passes(299) < 0.05);
    }

    #[test]
    fn a_tie_is_a_pass() {
        let plan = |objective: &str, confidence: &str| {
            let (objective, confidence) =
                (objective.parse().expect("a share"), confidence.parse().expect("a level"));
            AttributePlan::smallest(Method::ClopperPearson, objective, confidence, 0)
                .expect("in range")
                .probes
        };
        assert_eq!(plan("10", "99.9"), 3, "0.1^3 is 0.001");
        assert_eq!(plan("50", "75"), 2, "0.5^2 is 0.25");
        assert_eq!(plan("90", "19"), 2, "0.9^2 is 0.81");
    }

    #[test]
    fn what_no_number_of_probes_shows_is_said() {
        for method in Method::ALL {
            assert!(AttributePlan::smallest(method, Probability::ONE, Confidence::NINETY_FIVE, 0).is_err());
        }
        let objective: Probability = "99".parse().expect("a share");
        assert!(
            AttributePlan::smallest(Method::ClopperPearson, objective, Confidence::NINETY_FIVE, u64::MAX)
                .is_err()
        );
        assert_eq!(rule_of_three(Probability::ONE), None);
    }
}
