//! Tests that decide while they go: when each stops, and how often it is right.
//!
//! A test looks at the bad events so far and the number of probes. Since one more good probe never
//! speaks against shipping, and one more bad one never for it, a test is two tables: from which probe on
//! `bad` failures ship, and up to which they block. [`StoppingRule`] is that pair, [`Characteristics`]
//! the exact consequences, [`SlotOrder`] what brings outcomes into the order they must be fed in.

mod characteristics;
mod confidence_sequence;
mod e_process;
mod fixed;
mod slot_order;
mod sprt;

pub use characteristics::{Characteristics, Truncation};
pub use confidence_sequence::{Mixture, confidence_sequence};
pub use e_process::EProcess;
pub use fixed::FixedPlan;
pub use slot_order::{SlotError, SlotOrder};
pub use sprt::{Limits, Sprt};

/// When a test ships and when it blocks, in whole probes.
///
/// Both tables never fall as `bad` grows, and no number of probes is in both.
pub trait StoppingRule {
    /// The probe from which on `bad` failures so far ship; `None` when they never do.
    fn ship_at(&self, bad: u64) -> Option<u64>;

    /// The last probe at which `bad` failures so far block; `None` when they never do.
    fn block_by(&self, bad: u64) -> Option<u64>;

    /// What the test says after `probes` probes, `bad` of them bad.
    fn decide(&self, probes: u64, bad: u64) -> Decision {
        if self.ship_at(bad).is_some_and(|ship_at| probes >= ship_at) {
            Decision::Ship
        } else if self.block_by(bad).is_some_and(|block_by| probes <= block_by) {
            Decision::Block
        } else {
            Decision::Continue
        }
    }
}

/// What a sequential test says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    /// Neither is shown yet: send another probe.
    Continue,
    /// The objective is shown to be met.
    Ship,
    /// The objective is shown to be missed, or the plan's room for failures is used up.
    Block,
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::statistics::sample_size::AttributePlan;
    use crate::statistics::{Confidence, MAX_EVENTS, Probability};

    fn p(value: f64) -> Probability {
        Probability::new(value).expect("in range")
    }

    fn sprt(p0: f64, p1: f64, limits: Limits) -> Sprt {
        let alpha = Confidence::NINETY_FIVE;
        Sprt::new(p(p0), p(p1), alpha, alpha, limits).expect("in order")
    }

    #[test]
    fn the_decision_points_of_the_usual_gate() {
        let gate = sprt(0.99, 0.999, Limits::Ville);
        assert_eq!([0, 1, 2, 3].map(|bad| gate.ship_at(bad)), [Some(332), Some(587), Some(842), Some(1098)]);
        assert_eq!([0, 1, 2, 3].map(|bad| gate.block_by(bad)), [None, None, Some(179), Some(435)]);
    }

    #[test]
    fn the_e_process_ships_later() {
        let fewest = |p0| EProcess::new(p(p0), Confidence::NINETY_FIVE).expect("in range").ship_at(0);
        assert_eq!((fewest(0.99), fewest(0.999)), (Some(449), Some(4512)));
    }

    #[test]
    fn a_limit_met_exactly_is_met() {
        // ln(0.001/0.01) is ln β for β = 0.1: the first probe, bad, is on the limit.
        let (alpha, beta) = (Confidence::NINETY_FIVE, Confidence::from_alpha(0.1).expect("in range"));
        let gate = Sprt::new(p(0.99), p(0.999), alpha, beta, Limits::Ville).expect("in order");
        assert_eq!((gate.block_by(1), gate.decide(1, 1)), (Some(1), Decision::Block));
    }

    #[test]
    fn what_can_t_be_tested_is_refused() {
        let alpha = Confidence::NINETY_FIVE;
        let refused = |p0, p1| Sprt::new(p(p0), p(p1), alpha, alpha, Limits::Ville).is_err();
        assert!(refused(0.99, 0.99) && refused(0.999, 0.99) && refused(0.99, 1.0) && refused(0.0, 0.5));
        assert!(refused(5e-324, 0.5), "a ratio would overflow");
        let half = Confidence::from_alpha(0.5).expect("in range");
        assert!(Sprt::new(p(0.5), p(0.6), half, half, Limits::Wald).is_err(), "no room between the limits");
        assert!(EProcess::new(p(1.0), alpha).is_err());
        assert!(FixedPlan::new(AttributePlan { probes: 3, allowed_bad: 3 }).is_err());
        assert!(FixedPlan::new(AttributePlan { probes: MAX_EVENTS + 1, allowed_bad: 3 }).is_err());
    }

    /// Twelve probes, every sequence of outcomes.
    fn brute_force(rule: &dyn StoppingRule, p: f64) -> Characteristics {
        let decide = |n: u64, bad: u64| {
            if rule.ship_at(bad).is_some_and(|ship_at| n >= ship_at) {
                Decision::Ship
            } else if rule.block_by(bad).is_some_and(|block_by| n <= block_by) {
                Decision::Block
            } else {
                Decision::Continue
            }
        };
        let table: Vec<Vec<_>> = (0..=12).map(|n| (0..=n).map(|bad| decide(n, bad)).collect()).collect();
        let mut sum =
            Characteristics { prob_ship: 0.0, prob_block: 0.0, prob_undecided: 0.0, expected_n: 0.0 };
        for outcomes in 0..1_u32 << 12 {
            let decision_after = |n: usize| table[n][(outcomes & ((1 << n) - 1)).count_ones() as usize];
            let all_bad = outcomes.count_ones() as i32;
            let chance = (1.0 - p).powi(all_bad) * p.powi(12 - all_bad);
            let end = (1..=12).find(|n| decision_after(*n) != Decision::Continue).unwrap_or(12);
            match decision_after(end) {
                Decision::Ship => sum.prob_ship += chance,
                Decision::Block => sum.prob_block += chance,
                Decision::Continue => sum.prob_undecided += chance,
            }
            sum.expected_n += chance * end as f64;
        }
        sum
    }

    fn agree(one: &Characteristics, other: &Characteristics) -> bool {
        let parts = |c: &Characteristics| [c.prob_ship, c.prob_block, c.prob_undecided, c.expected_n];
        parts(one).iter().zip(parts(other)).all(|(a, b)| (a - b).abs() < 1e-11 * (1.0 + b))
    }

    #[test]
    fn the_exact_programme_is_a_sum_over_all_sequences() {
        let rules: [&dyn StoppingRule; 4] = [
            &sprt(0.5, 0.8, Limits::Ville),
            &sprt(0.6, 0.9, Limits::Wald),
            &EProcess::new(p(0.5), Confidence::from_alpha(0.3).expect("in range")).expect("in range"),
            &FixedPlan::new(AttributePlan { probes: 9, allowed_bad: 2 }).expect("in range"),
        ];
        for rule in rules {
            for true_p in [0.0, 0.3, 0.5, 0.8, 1.0] {
                let exact =
                    Characteristics::exact(rule, p(true_p), 12, Truncation::Undecided).expect("small");
                let brute = brute_force(rule, true_p);
                assert!(agree(&exact, &brute), "p = {true_p}: {exact:?}, not {brute:?}");
                let blocking = Characteristics::exact(rule, p(true_p), 12, Truncation::Block).expect("small");
                assert!((blocking.prob_block - exact.prob_block - exact.prob_undecided).abs() < 1e-15);
                let shipping = Characteristics::exact(rule, p(true_p), 12, Truncation::Ship).expect("small");
                assert!((shipping.prob_ship - exact.prob_ship - exact.prob_undecided).abs() < 1e-15);
            }
        }
    }

    #[test]
    fn no_probe_decides_nothing() {
        let none =
            Characteristics::exact(&sprt(0.99, 0.999, Limits::Ville), p(0.5), 0, Truncation::Undecided)
                .expect("small");
        assert_eq!((none.prob_undecided, none.expected_n), (1.0, 0.0));
    }

    #[test]
    fn a_programme_that_is_too_long_is_refused() {
        let close = sprt(0.5, 0.500_001, Limits::Ville);
        let within = |cells| Characteristics::exact_within(cells, &close, p(0.5), 100, Truncation::Undecided);
        assert!(within(1_000).is_err() && within(10_000).is_ok());
    }

    #[test]
    fn ville_keeps_what_wald_exceeds() {
        let at_the_objective = |limits| {
            let gate = sprt(0.99, 0.999, limits);
            Characteristics::exact(&gate, p(0.99), 3000, Truncation::Block).expect("small").prob_ship
        };
        assert!((at_the_objective(Limits::Ville) - 0.048_502_471).abs() < 1e-9);
        assert!(at_the_objective(Limits::Wald) > 0.051);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn tables_never_fall_and_never_meet(
            p0 in 0.5..0.999_f64,
            gap in 0.2..0.95_f64,
            alpha in 0.001..0.2_f64,
            ville: bool,
        ) {
            let alpha = Confidence::from_alpha(alpha).expect("in range");
            let limits = if ville { Limits::Ville } else { Limits::Wald };
            let sprt = Sprt::new(p(p0), p(1.0 - (1.0 - p0) * (1.0 - gap)), alpha, alpha, limits).expect("in order");
            let process = EProcess::new(p(p0), alpha).expect("in range");
            let rules: [&dyn StoppingRule; 2] = [&sprt, &process];
            for rule in rules {
                for bad in 0..8 {
                    let (ship_at, block_by) = (rule.ship_at(bad).expect("it can ship"), rule.block_by(bad));
                    prop_assert!(ship_at > bad && block_by.is_none_or(|block_by| block_by >= bad && block_by < ship_at));
                    prop_assert!(rule.ship_at(bad + 1) >= Some(ship_at) && rule.block_by(bad + 1) >= block_by);
                    prop_assert_eq!(rule.decide(ship_at, bad), Decision::Ship);
                    prop_assert!(rule.decide(ship_at - 1, bad) != Decision::Ship);
                    if let Some(block_by) = block_by {
                        prop_assert_eq!(rule.decide(block_by, bad), Decision::Block);
                        prop_assert!(rule.decide(block_by + 1, bad) != Decision::Block);
                    }
                }
            }
        }

        #[test]
        fn the_sum_and_the_tables_say_the_same(bad in 0..6_u64, good in 0..2000_u64) {
            let gate = sprt(0.99, 0.999, Limits::Ville);
            let sum = gate.log_likelihood_ratio(good, bad);
            prop_assume!((sum - gate.llr_ship).abs() > 1e-9 && (sum - gate.llr_block).abs() > 1e-9);
            let by_sum = if sum > gate.llr_ship { Decision::Ship } else if sum < gate.llr_block { Decision::Block } else { Decision::Continue };
            prop_assert_eq!(gate.decide(good + bad, bad), by_sum);
        }

        #[test]
        fn ville_s_errors_are_never_exceeded(
            p0 in 0.5..0.98_f64,
            gap in 0.3..0.9_f64,
            alpha in 0.01..0.2_f64,
        ) {
            let p1 = 1.0 - (1.0 - p0) * (1.0 - gap);
            let alpha = Confidence::from_alpha(alpha).expect("in range");
            let gate = Sprt::new(p(p0), p(p1), alpha, alpha, Limits::Ville).expect("in order");
            let exact = |true_p| Characteristics::exact(&gate, p(true_p), 3000, Truncation::Undecided).expect("small");
            prop_assert!(exact(p0).prob_ship <= alpha.alpha());
            prop_assert!(exact(p1).prob_block <= alpha.alpha());
            let (worse, better) = (exact(p0 * 0.9), exact(p1));
            prop_assert!(worse.prob_ship <= exact(p0).prob_ship + 1e-12 && better.prob_ship >= exact(p0).prob_ship);
            let sum = better.prob_ship + better.prob_block + better.prob_undecided;
            prop_assert!((sum - 1.0).abs() < 1e-10);
        }

        #[test]
        fn the_closed_form_of_a_fixed_plan_is_the_programme(
            probes in 1..400_u64,
            allowed in 0..6_u64,
            true_p in 0.8..1.0_f64,
            most in 1..500_u64,
        ) {
            let plan = FixedPlan::new(AttributePlan { probes, allowed_bad: allowed.min(probes - 1) }).expect("in range");
            let exact = Characteristics::exact(&plan, p(true_p), most, Truncation::Undecided).expect("small");
            prop_assert!(agree(&plan.characteristics(p(true_p), most), &exact));
        }
    }
}
