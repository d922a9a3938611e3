//! Which scenario a slot plays.

/// A pattern of scenarios, by their index in the plan, that repeats: each as often as its weight, and
/// spread as evenly as can be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScenarioMix(Vec<usize>);

impl ScenarioMix {
    /// The greatest sum of weights.
    pub const MOST: u32 = 10_000;

    /// The mix of these weights, one for each scenario of the plan; none when all are zero or their sum is
    /// beyond [`ScenarioMix::MOST`].
    pub fn new(weights: &[u32]) -> Option<Self> {
        let sum = weights.iter().try_fold(0_u32, |sum, weight| sum.checked_add(*weight))?;
        if sum == 0 || sum > Self::MOST {
            return None;
        }
        // Smooth weighted round robin: each turn everyone gains their weight, and the foremost pays the sum.
        let mut credits = vec![0_i64; weights.len()];
        let pattern = (0..sum).map(|_| {
            for (credit, weight) in credits.iter_mut().zip(weights) {
                *credit += i64::from(*weight);
            }
            let foremost = (0..credits.len()).rev().max_by_key(|index| credits[*index]).unwrap_or_default();
            credits[foremost] -= i64::from(sum);
            foremost
        });
        Some(Self(pattern.collect()))
    }

    /// The scenario that a slot plays.
    pub fn scenario(&self, slot: u64) -> usize {
        self.0[(slot % self.0.len() as u64) as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_are_kept_and_spread() {
        let mix = ScenarioMix::new(&[3, 1]).expect("a mix");
        let played: Vec<usize> = (0..8).map(|slot| mix.scenario(slot)).collect();
        assert_eq!(played, [0, 0, 1, 0, 0, 0, 1, 0]);
        assert_eq!(ScenarioMix::new(&[0, 5, 0]).expect("a mix").scenario(9), 1);
    }

    #[test]
    fn no_weight_and_too_much_weight_are_no_mix() {
        assert_eq!(ScenarioMix::new(&[0, 0]), None);
        assert_eq!(ScenarioMix::new(&[10_000, 1]), None);
        assert_eq!(ScenarioMix::new(&[u32::MAX, u32::MAX]), None);
    }
}
