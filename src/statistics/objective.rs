//! An objective, compared in integers.

use std::fmt;
use std::str::FromStr;

use serde::Serialize;

use super::decimal::Decimal;
use super::{Counts, OutOfRange, Probability};

/// The least share of good events that is still well, as a fraction.
///
/// Comparisons are made in integers, good·den ≥ num·n, so that 99 good of 100 meet 99 % on every
/// machine. The bound itself is well: an objective is missed *below* it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Objective {
    num: u64,
    den: u64,
}

impl Objective {
    /// 99 % over 28 days: the objective of the Cloud Fortified programme.
    pub const CLOUD_FORTIFIED: Self = Self { num: 99, den: 100 };
    /// 99.9 % over 24 hours: below it the programme warns.
    pub const EARLY_WARNING: Self = Self { num: 999, den: 1000 };

    /// The objective `num / den`.
    ///
    /// # Errors
    /// When the fraction has no value from 0 to 1.
    pub fn new(num: u64, den: u64) -> Result<Self, OutOfRange> {
        if den == 0 || num > den {
            return Err(OutOfRange::new("an objective", "a fraction from 0 to 1", format!("{num}/{den}")));
        }
        let Decimal { num, den } = Decimal { num, den }.reduced();
        Ok(Self { num, den })
    }

    /// The numerator, in lowest terms.
    pub const fn num(self) -> u64 {
        self.num
    }

    /// The denominator, in lowest terms.
    pub const fn den(self) -> u64 {
        self.den
    }

    /// Whether these events meet the objective; `None` without any event, which is never a pass.
    pub fn met_by(self, counts: Counts) -> Option<bool> {
        let (good, n) = (u128::from(counts.good()), u128::from(counts.n()));
        (n > 0).then(|| good * u128::from(self.den) >= u128::from(self.num) * n)
    }

    /// The most bad events among `n` that still meet the objective: ⌊n·(den − num) / den⌋.
    pub fn allowed_bad(self, n: u64) -> u64 {
        let allowed = u128::from(n) * u128::from(self.den - self.num) / u128::from(self.den);
        u64::try_from(allowed).expect("a part of n is no more than n")
    }

    /// The fewest events of which one may be bad: below that number a single failure breaches. `None`
    /// when not even a window without end has room for one.
    pub fn events_that_allow_one_bad(self) -> Option<u64> {
        (self.den > self.num).then(|| self.den.div_ceil(self.den - self.num))
    }

    /// The objective as a probability.
    pub fn probability(self) -> Probability {
        Probability::of_decimal(Decimal { num: self.num, den: self.den })
    }
}

impl FromStr for Objective {
    type Err = OutOfRange;

    /// Reads `99.9`, `99.9%` or `0.999`.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Decimal::parse(text).and_then(|Decimal { num, den }| Self::new(num, den))
    }
}

impl fmt::Display for Objective {
    /// As a percentage with as many decimals as it has.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let percent = self.num as f64 * 100.0 / self.den as f64;
        write!(f, "{percent} %")
    }
}

impl Serialize for Objective {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_f64(self.probability().get())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(good: u64, bad: u64) -> Counts {
        Counts::new(good, bad).expect("in range")
    }

    #[test]
    fn the_bound_itself_is_well() {
        assert_eq!(Objective::CLOUD_FORTIFIED.met_by(counts(99, 1)), Some(true));
        assert_eq!(Objective::CLOUD_FORTIFIED.met_by(counts(98, 1)), Some(false));
        assert_eq!(Objective::EARLY_WARNING.met_by(counts(999, 1)), Some(true));
        assert_eq!(Objective::EARLY_WARNING.met_by(counts(998, 1)), Some(false));
    }

    #[test]
    fn nothing_seen_is_no_pass() {
        assert_eq!(Objective::CLOUD_FORTIFIED.met_by(counts(0, 0)), None);
    }

    #[test]
    fn the_two_cliffs() {
        assert_eq!(Objective::CLOUD_FORTIFIED.events_that_allow_one_bad(), Some(100));
        assert_eq!(Objective::EARLY_WARNING.events_that_allow_one_bad(), Some(1000));
        assert_eq!(Objective::CLOUD_FORTIFIED.allowed_bad(99), 0);
        assert_eq!(Objective::CLOUD_FORTIFIED.allowed_bad(100), 1);
        assert_eq!(Objective::new(1, 1).expect("100 %").events_that_allow_one_bad(), None);
    }

    #[test]
    fn allowed_bad_is_the_last_that_is_met() {
        for objective in
            [Objective::CLOUD_FORTIFIED, Objective::EARLY_WARNING, Objective::new(2, 3).expect("in range")]
        {
            for n in 1..3000 {
                let allowed = objective.allowed_bad(n);
                assert_eq!(objective.met_by(counts(n - allowed, allowed)), Some(true));
                if allowed < n {
                    assert_eq!(objective.met_by(counts(n - allowed - 1, allowed + 1)), Some(false));
                }
            }
        }
    }

    #[test]
    fn shown_as_typed() {
        for text in ["99 %", "99.9 %", "99.95 %", "0 %", "100 %"] {
            assert_eq!(text.parse::<Objective>().expect("a share").to_string(), text);
        }
    }
}
