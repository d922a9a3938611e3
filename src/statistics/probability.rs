//! A probability.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::OutOfRange;
use super::decimal::Decimal;

/// A probability: a number from 0 to 1.
///
/// Both the number and its complement are kept, so that the small one of the two is never the rounded
/// difference of two large ones.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd, Serialize, Deserialize)]
#[serde(into = "f64", try_from = "f64")]
pub struct Probability {
    value: f64,
    complement: f64,
}

impl Probability {
    /// Certain.
    pub const ONE: Self = Self { value: 1.0, complement: 0.0 };

    /// Takes a number from 0 to 1.
    ///
    /// # Errors
    /// When it is outside, or not a number.
    pub fn new(value: f64) -> Result<Self, OutOfRange> {
        if (0.0..=1.0).contains(&value) {
            let complement = Decimal::meant_by(value).map_or(1.0 - value, Decimal::complement);
            Ok(Self { value, complement })
        } else {
            Err(OutOfRange::new("a probability", "from 0 to 1", value))
        }
    }

    /// The probability `value`, from 0 to 1, whose complement is the plain difference: for searches, where
    /// the number was written by no one.
    pub(super) const fn at(value: f64) -> Self {
        Self { value, complement: 1.0 - value }
    }

    pub(super) fn of_decimal(decimal: Decimal) -> Self {
        Self { value: decimal.value(), complement: decimal.complement() }
    }

    /// The number.
    pub const fn get(self) -> f64 {
        self.value
    }

    /// The probability of the contrary, 1 − p.
    pub const fn complement(self) -> f64 {
        self.complement
    }

    /// The contrary.
    #[must_use]
    pub const fn not(self) -> Self {
        Self { value: self.complement, complement: self.value }
    }

    /// Whether it is neither impossible nor certain, nor so near to it that a ratio of two such numbers
    /// could overflow.
    pub fn is_open(self) -> bool {
        const NEAREST: f64 = 1e-15;
        self.value >= NEAREST && self.complement >= NEAREST
    }

    /// The natural logarithm, exact near 1 as well.
    pub fn ln(self) -> f64 {
        if self.value < 0.5 { self.value.ln() } else { (-self.complement).ln_1p() }
    }
}

impl TryFrom<f64> for Probability {
    type Error = OutOfRange;

    fn try_from(value: f64) -> Result<Self, Self::Error> {
        Self::new(value)
    }
}

impl From<Probability> for f64 {
    fn from(probability: Probability) -> Self {
        probability.value
    }
}

impl FromStr for Probability {
    type Err = OutOfRange;

    /// Reads `99.9`, `99.9%` or `0.999`.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Decimal::parse(text).map(Self::of_decimal)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_probability_is_refused() {
        for value in [-1e-300, 1.0 + f64::EPSILON, f64::NAN, f64::INFINITY] {
            assert!(Probability::new(value).is_err(), "{value}");
        }
        assert!(Probability::new(0.0).is_ok());
        assert!(Probability::new(1.0).is_ok());
    }

    #[test]
    fn the_logarithm_is_exact_at_both_ends() {
        let tiny = Probability::new(1e-300).expect("in range");
        assert!((tiny.ln() + 690.775_527_898_213_7).abs() < 1e-9);
        assert!((tiny.not().ln() + 1e-300).abs() < 1e-310);
    }
}
