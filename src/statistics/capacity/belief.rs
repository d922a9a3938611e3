//! What is believed of a capacity after some trials.

/// The share of trials that say the contrary of what their rate would make them say: a pause of the app
/// at a low rate, a lucky moment at a high one.
const LAPSE: f64 = 0.01;

/// How wide the edge may be, on the logarithmic scale: from an app that breaks always at the same rate to
/// one that often breaks at a third of it less.
const SPREADS: [f64; 5] = [0.003, 0.01, 0.03, 0.08, 0.2];

/// The distance between neighbouring capacities, on the logarithmic scale: half a percent.
const STEP: f64 = 0.005;

/// How far the capacities go beyond the rates that can be tried, on the logarithmic scale: twofold.
const MARGIN: f64 = std::f64::consts::LN_2;

/// A distribution over capacities and over how wide the edge is.
///
/// A trial at the rate r meets its goal with the probability 1/(1 + (r/c)^(1/s)), but for lapses: c, the
/// capacity, is the rate at which half of the trials do, and s the spread. Every c on a logarithmic grid
/// is equally likely at first, and every s; the trials decide between them. So thresholds of perception
/// are measured (Watson and Pelli, "QUEST", 1983; Kontsevich and Tyler, "Bayesian adaptive estimation of
/// psychometric slope and threshold", 1999).
#[derive(Debug, Clone)]
pub(super) struct Belief {
    ln_lowest: f64,
    /// The weight of each capacity with each spread; together 1.
    weights: Vec<[f64; SPREADS.len()]>,
}

impl Belief {
    /// Nothing is known but that capacities about `least` to `most` are in question, 0 < `least` ≤ `most`.
    pub(super) fn between(least: f64, most: f64) -> Self {
        let ln_lowest = least.ln() - MARGIN;
        let count = ((most.ln() + MARGIN - ln_lowest) / STEP).ceil() as usize + 1;
        let weight = 1.0 / (count * SPREADS.len()) as f64;
        Self { ln_lowest, weights: vec![[weight; SPREADS.len()]; count] }
    }

    /// Takes in whether a trial at `rate` met its goal.
    pub(super) fn observe(&mut self, rate: f64, met: bool) {
        let sign = if met { 1.0 } else { -1.0 };
        let mut sum = 0.0;
        for (index, weights) in self.weights.iter_mut().enumerate() {
            let distance = sign * (rate.ln() - self.ln_lowest - index as f64 * STEP);
            for (weight, spread) in weights.iter_mut().zip(SPREADS) {
                *weight *= LAPSE + (1.0 - 2.0 * LAPSE) / (1.0 + (distance / spread).exp());
                sum += *weight;
            }
        }
        self.weights.iter_mut().flatten().for_each(|weight| *weight /= sum);
    }

    /// The capacity that is not exceeded with the probability `share`.
    pub(super) fn quantile(&self, share: f64) -> f64 {
        let mut sum = 0.0;
        let reached = self.capacities().find(|(_, weight)| {
            sum += weight;
            sum >= share
        });
        reached.or_else(|| self.capacities().last()).map_or(0.0, |(capacity, _)| capacity)
    }

    /// The probability that the capacity is at least `rate`.
    pub(super) fn at_least(&self, rate: f64) -> f64 {
        self.capacities().filter(|(capacity, _)| *capacity >= rate).map(|(_, weight)| weight).sum()
    }

    /// Each capacity with its weight, in ascending order.
    fn capacities(&self) -> impl Iterator<Item = (f64, f64)> {
        let capacity = |index: usize| (self.ln_lowest + index as f64 * STEP).exp();
        self.weights.iter().enumerate().map(move |(index, weights)| (capacity(index), weights.iter().sum()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn at_first_every_capacity_is_as_likely_as_its_multiples() {
        let belief = Belief::between(10.0, 1000.0);
        assert!((belief.quantile(0.5) / 100.0 - 1.0).abs() < 2.0 * STEP, "{}", belief.quantile(0.5));
        assert!((belief.at_least(100.0) - 0.5).abs() < 2.0 * STEP);
        assert!((belief.quantile(1.0) / 2000.0 - 1.0).abs() < 2.0 * STEP);
    }

    #[test]
    fn a_met_goal_speaks_for_more_and_a_missed_one_for_less() {
        let untouched = Belief::between(10.0, 1000.0);
        for rate in [15.0, 100.0, 900.0] {
            let after = |met| {
                let mut belief = untouched.clone();
                belief.observe(rate, met);
                belief
            };
            for share in [0.1, 0.5, 0.9] {
                assert!(after(true).quantile(share) > untouched.quantile(share));
                assert!(after(false).quantile(share) < untouched.quantile(share));
            }
        }
    }

    #[test]
    fn weights_survive_trials_that_contradict_each_other() {
        let mut belief = Belief::between(10.0, 1000.0);
        for _ in 0..500 {
            belief.observe(20.0, false);
            belief.observe(800.0, true);
        }
        let sum: f64 = belief.capacities().map(|(_, weight)| weight).sum();
        assert!((sum - 1.0).abs() < 1e-9, "{sum}");
    }
}
