//! How far a quantile of one sample lies from the same quantile of another.
//!
//! The interval is the percentile interval of the bootstrap (Efron and Tibshirani, "An Introduction to the
//! Bootstrap", 1993, chapter 13), without its random numbers: the k-th of n values drawn again from a sample
//! is at most v when at least k of them are, which is binomial (Maritz and Jarrett, "A note on estimating
//! the variance of the sample median", 1978). So the bootstrap's distribution of a quantile is known exactly,
//! and the same two histograms always give the same interval.

use super::{Confidence, Probability, binomial};

/// How many values must lie on either side of a quantile. Near the ends of a sample the bootstrap is not
/// consistent (Bickel and Freedman, "Some asymptotic theory for the bootstrap", 1981).
const LEAST_BEYOND: f64 = 5.0;
/// The part of a distribution that is left out at its ends.
const NEGLIGIBLE: f64 = 1e-12;

/// How far a quantile moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shift {
    /// The quantile of the first sample.
    pub before: u64,
    /// The quantile of the second one.
    pub after: u64,
    /// The lower end of the interval of the difference, second less first.
    pub low: i64,
    /// Its upper end.
    pub high: i64,
}

impl Shift {
    /// Compares a quantile of two samples, each given as ascending values with their counts. None where a
    /// sample has too few values to say anything about this quantile.
    pub fn of(
        before: &[(u64, u64)],
        after: &[(u64, u64)],
        quantile: Probability,
        confidence: Confidence,
    ) -> Option<Self> {
        let (first, second) = (Resampled::of(before, quantile)?, Resampled::of(after, quantile)?);
        let tail = confidence.alpha() / 2.0;
        Some(Self {
            before: first.seen,
            after: second.seen,
            low: difference_at(&first, &second, tail),
            high: difference_at(&first, &second, 1.0 - tail),
        })
    }
}

/// What a quantile would be in samples drawn again from a sample.
struct Resampled {
    /// The quantile of the sample itself.
    seen: u64,
    /// Ascending values, each with its probability.
    values: Vec<(u64, f64)>,
}

impl Resampled {
    fn of(sample: &[(u64, u64)], quantile: Probability) -> Option<Self> {
        let n: u64 = sample.iter().map(|(_, count)| count).sum();
        let beyond = n as f64 * quantile.get().min(quantile.complement());
        if beyond < LEAST_BEYOND - 1e-9 {
            return None;
        }
        // 0.9 · 10 is 9, not 10, whatever the rounding.
        let rank = (n as f64 * quantile.get() - 1e-9).ceil() as u64;
        let (mut seen, mut values) = (None, Vec::new());
        let (mut counted, mut below) = (0, 0.0);
        for (value, count) in sample.iter().filter(|(_, count)| *count > 0) {
            counted += count;
            if counted >= rank {
                seen.get_or_insert(*value);
            }
            let at_most = binomial::more_than(rank - 1, n, Probability::at(counted as f64 / n as f64));
            if at_most - below > NEGLIGIBLE {
                values.push((*value, at_most - below));
                below = at_most;
            }
            if at_most > 1.0 - NEGLIGIBLE {
                break;
            }
        }
        Some(Self { seen: seen?, values })
    }

    fn ends(&self) -> (i64, i64) {
        let value = |end: Option<&(u64, f64)>| end.map_or(0, |(value, _)| signed(*value));
        (value(self.values.first()), value(self.values.last()))
    }
}

/// The difference "second less first" that is not exceeded with probability `share`: halves the gap between
/// the least and the greatest until one is left.
fn difference_at(first: &Resampled, second: &Resampled, share: f64) -> i64 {
    let ((first_low, first_high), (second_low, second_high)) = (first.ends(), second.ends());
    let (mut below, mut above) = (second_low - first_high - 1, second_high - first_low);
    while above - below > 1 {
        let middle = below + (above - below) / 2;
        if at_most(first, second, middle) >= share - NEGLIGIBLE {
            above = middle;
        } else {
            below = middle;
        }
    }
    above
}

/// P(second less first is at most `difference`), in one walk through both.
fn at_most(first: &Resampled, second: &Resampled, difference: i64) -> f64 {
    let (mut sum, mut cumulative) = (0.0, 0.0);
    let mut rest = second.values.iter().peekable();
    for (value, probability) in &first.values {
        while let Some((_, more)) = rest.next_if(|(other, _)| signed(*other) <= signed(*value) + difference) {
            cumulative += more;
        }
        sum += probability * cumulative;
    }
    sum
}

fn signed(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX / 4).min(i64::MAX / 4)
}

#[cfg(test)]
mod tests {
    use super::*;

    const BEFORE: [(u64, u64); 6] = [(1000, 40), (1100, 60), (1200, 50), (1500, 30), (2000, 15), (9000, 5)];
    const AFTER: [(u64, u64); 6] = [(1000, 10), (1200, 60), (1300, 60), (1600, 40), (2500, 20), (12000, 10)];

    fn shift(before: &[(u64, u64)], after: &[(u64, u64)], quantile: f64, confidence: f64) -> Option<Shift> {
        let confidence = Confidence::from_alpha(1.0 - confidence).expect("in range");
        Shift::of(before, after, Probability::at(quantile), confidence)
    }

    /// 40,000 resamples with numpy 2 gave these intervals, none of whose ends lay on a step's edge.
    #[test]
    fn the_interval_is_the_one_that_resampling_gives() {
        for (quantile, confidence, before, after, low, high) in [
            (0.5, 0.95, 1100, 1300, 100, 200),
            (0.9, 0.9, 1500, 2500, 500, 1000),
            (0.95, 0.95, 2000, 2500, 500, 10_000),
        ] {
            let shift = shift(&BEFORE, &AFTER, quantile, confidence);
            assert_eq!(shift, Some(Shift { before, after, low, high }), "{quantile}");
        }
    }

    #[test]
    fn a_sample_against_itself_shows_nothing_and_order_only_turns_the_sign() {
        let same = shift(&BEFORE, &BEFORE, 0.9, 0.95).expect("enough values");
        assert!(same.low < 0 && same.high > 0 && same.before == same.after, "{same:?}");
        let (there, back) = (shift(&BEFORE, &AFTER, 0.5, 0.95), shift(&AFTER, &BEFORE, 0.5, 0.95));
        let (there, back) = (there.expect("enough values"), back.expect("enough values"));
        assert_eq!((there.low, there.high), (-back.high, -back.low));
    }

    #[test]
    fn too_few_values_say_nothing_about_an_extreme_quantile() {
        assert!(shift(&BEFORE, &AFTER, 0.99, 0.95).is_none(), "2 of 200 lie above");
        assert!(shift(&[(1, 9)], &AFTER, 0.5, 0.95).is_none());
        assert!(shift(&[], &AFTER, 0.5, 0.95).is_none());
        assert!(
            shift(&[(1, 10)], &[(2, 10)], 0.5, 0.95).is_some_and(|shift| shift.low == 1 && shift.high == 1)
        );
    }
}
