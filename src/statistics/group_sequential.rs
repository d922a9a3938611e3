//! Plans that look at the outcomes a few times only.

use serde::Serialize;

use super::{MAX_EVENTS, OutOfRange, Probability, binomial};

/// One look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Stage {
    /// The probes sent by then, all stages together.
    pub n_cum: u64,
    /// Ship with at most this many bad ones so far; `None`: never at this stage.
    pub ship_if_bad_le: Option<u64>,
    /// Block with at least this many bad ones so far; `None`: never at this stage.
    pub block_if_bad_ge: Option<u64>,
}

/// A group-sequential plan: probes go out in batches, and a decision is taken between them alone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct GroupSequentialPlan {
    stages: Vec<Stage>,
}

/// What a plan does with an app whose callbacks are good with a known probability, independently.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct GroupSequentialCharacteristics {
    /// The probability that it ships.
    pub prob_ship: f64,
    /// The probability that it blocks.
    pub prob_block: f64,
    /// The probability that the last stage leaves it open.
    pub prob_undecided: f64,
    /// The probes it takes on average.
    pub expected_n: f64,
}

/// The most failures a threshold may name, and the most stages: some seconds of arithmetic.
const MAX_THRESHOLD: u64 = 2_000;
const MAX_STAGES: usize = 50;

impl GroupSequentialPlan {
    /// A plan with these stages.
    ///
    /// # Errors
    /// When there are none or more than 50, when the probes don't grow from stage to stage or exceed
    /// [`MAX_EVENTS`], when a stage ships and blocks the same number of failures, or when a threshold
    /// exceeds 2,000.
    pub fn new(stages: Vec<Stage>) -> Result<Self, OutOfRange> {
        if stages.is_empty() || stages.len() > MAX_STAGES {
            return Err(OutOfRange::new("the number of stages", "from 1 to 50", stages.len()));
        }
        let mut sent = 0;
        for stage in &stages {
            if stage.n_cum <= sent || stage.n_cum > MAX_EVENTS {
                return Err(OutOfRange::new("n_cum", &format!("above {sent} and at most 10^9"), stage.n_cum));
            }
            sent = stage.n_cum;
            if let (Some(ship), Some(block)) = (stage.ship_if_bad_le, stage.block_if_bad_ge)
                && ship >= block
            {
                return Err(OutOfRange::new(
                    "ship_if_bad_le",
                    &format!("below block_if_bad_ge = {block}"),
                    ship,
                ));
            }
            if let Some(high) = [stage.ship_if_bad_le, stage.block_if_bad_ge]
                .into_iter()
                .flatten()
                .find(|n| *n > MAX_THRESHOLD)
            {
                return Err(OutOfRange::new("a threshold", "at most 2,000", high));
            }
        }
        Ok(Self { stages })
    }

    /// Its exact characteristics.
    pub fn characteristics(&self, p: Probability) -> GroupSequentialCharacteristics {
        let q = p.not();
        // States are the bad probes so far; the last one stands for all beyond every threshold.
        let beyond = self.stages.iter().map(Stage::beyond).max().unwrap_or(0);
        let mut states = vec![0.0; beyond + 1];
        states[0] = 1.0;
        let mut result = GroupSequentialCharacteristics {
            prob_ship: 0.0,
            prob_block: 0.0,
            prob_undecided: 0.0,
            expected_n: 0.0,
        };
        let mut sent = 0;
        for stage in &self.stages {
            states = after_batch(&states, stage.n_cum - sent, q);
            sent = stage.n_cum;
            for (bad, probability) in (0_u64..).zip(&mut states) {
                let outcome = if stage.ship_if_bad_le.is_some_and(|most| bad <= most) {
                    &mut result.prob_ship
                } else if stage.block_if_bad_ge.is_some_and(|least| bad >= least) {
                    &mut result.prob_block
                } else {
                    continue;
                };
                *outcome += *probability;
                result.expected_n += *probability * sent as f64;
                *probability = 0.0;
            }
        }
        result.prob_undecided = states.iter().sum();
        result.expected_n += result.prob_undecided * sent as f64;
        result
    }
}

impl Stage {
    /// The fewest failures that no threshold of this stage tells from more.
    fn beyond(&self) -> usize {
        let above_ship = self.ship_if_bad_le.map_or(0, |most| most + 1);
        let highest = above_ship.max(self.block_if_bad_ge.unwrap_or(0));
        usize::try_from(highest).expect("a threshold is at most 2,000")
    }
}

fn after_batch(states: &[f64], probes: u64, q: Probability) -> Vec<f64> {
    let beyond = states.len() - 1;
    let bad_in_batch: Vec<f64> = (0..).take(beyond).map(|bad| binomial::exactly(bad, probes, q)).collect();
    let mut after = vec![0.0; beyond + 1];
    for (before, probability) in states.iter().enumerate().filter(|(_, probability)| **probability > 0.0) {
        for (more, chance) in bad_in_batch.iter().take(beyond - before).enumerate() {
            after[before + more] += probability * chance;
        }
        let room = beyond - before;
        after[beyond] +=
            probability * room.checked_sub(1).map_or(1.0, |most| binomial::more_than(most as u64, probes, q));
    }
    after
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stage(n_cum: u64, ship: Option<u64>, block: Option<u64>) -> Stage {
        Stage { n_cum, ship_if_bad_le: ship, block_if_bad_ge: block }
    }

    fn p(text: &str) -> Probability {
        text.parse().expect("a share")
    }

    #[test]
    fn one_stage_is_a_fixed_plan() {
        let plan = GroupSequentialPlan::new(vec![stage(473, Some(1), Some(2))]).expect("in range");
        let exact = plan.characteristics(p("99.9"));
        let fixed = binomial::at_most(1, 473, Probability::at(0.001));
        assert!((exact.prob_ship - fixed).abs() < 1e-14 && (exact.prob_block - (1.0 - fixed)).abs() < 1e-14);
        assert_eq!((exact.prob_undecided, exact.expected_n.round()), (0.0, 473.0));
    }

    /// Twelve probes, every sequence of outcomes.
    #[test]
    fn brute_force_agrees() {
        let stages = [stage(4, None, Some(3)), stage(7, Some(0), None), stage(12, Some(2), Some(5))];
        let plan = GroupSequentialPlan::new(stages.to_vec()).expect("in range");
        let (mut ship, mut block, mut expected_n) = (0.0, 0.0, 0.0);
        for outcomes in 0..1_u32 << 12 {
            let chance =
                0.2_f64.powi(outcomes.count_ones() as i32) * 0.8_f64.powi(12 - outcomes.count_ones() as i32);
            let bad_after = |n: u64| u64::from((outcomes & ((1 << n) - 1)).count_ones());
            let decided = stages.iter().find_map(|s| {
                let bad = bad_after(s.n_cum);
                let ships = s.ship_if_bad_le.is_some_and(|most| bad <= most);
                let blocks = s.block_if_bad_ge.is_some_and(|least| bad >= least);
                (ships || blocks).then_some((ships, s.n_cum))
            });
            match decided {
                Some((true, _)) => ship += chance,
                Some((false, _)) => block += chance,
                None => {}
            }
            expected_n += chance * decided.map_or(12, |(_, n)| n) as f64;
        }
        let exact = plan.characteristics(p("80"));
        assert!((exact.prob_ship - ship).abs() < 1e-13 && (exact.prob_block - block).abs() < 1e-13);
        assert!((exact.expected_n - expected_n).abs() < 1e-12);
        assert!((exact.prob_ship + exact.prob_block + exact.prob_undecided - 1.0).abs() < 1e-13);
    }

    #[test]
    fn plans_that_contradict_themselves_are_refused() {
        let refused = |stages| GroupSequentialPlan::new(stages).is_err();
        assert!(refused(vec![]));
        assert!(refused(vec![stage(10, Some(1), Some(1))]));
        assert!(refused(vec![stage(10, Some(0), Some(2)), stage(10, Some(1), Some(2))]));
        assert!(refused(vec![stage(0, Some(0), Some(1))]));
        assert!(refused(vec![stage(u64::MAX, Some(0), Some(1))]));
        assert!(refused(vec![stage(10_000, Some(5_000), None)]));
    }
}
