//! How sure a claim has to be.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::OutOfRange;
use super::decimal::Decimal;

/// A confidence level, held as `alpha`, the error it leaves: 0.05 for 95 %.
///
/// Always above 0 and below 1. Holding the error keeps levels apart that differ by less than a
/// floating-point step below 1.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
pub struct Confidence {
    alpha: f64,
}

impl Confidence {
    /// The usual 95 %.
    pub const NINETY_FIVE: Self = Self { alpha: 0.05 };

    /// The confidence level `level`, e.g. 0.95.
    ///
    /// # Errors
    /// When it is not above 0 and below 1.
    pub fn from_level(level: f64) -> Result<Self, OutOfRange> {
        if level > 0.0 && level < 1.0 {
            Ok(Self { alpha: Decimal::meant_by(level).map_or(1.0 - level, Decimal::complement) })
        } else {
            Err(OutOfRange::new("a confidence level", "above 0 and below 1", level))
        }
    }

    /// The confidence that leaves the error `alpha`, e.g. 0.05.
    ///
    /// # Errors
    /// When it is not above 0 and below 1.
    pub fn from_alpha(alpha: f64) -> Result<Self, OutOfRange> {
        if alpha > 0.0 && alpha < 1.0 {
            Ok(Self { alpha })
        } else {
            Err(OutOfRange::new("alpha", "above 0 and below 1", alpha))
        }
    }

    /// The error it leaves.
    pub const fn alpha(self) -> f64 {
        self.alpha
    }

    /// The level.
    pub fn level(self) -> f64 {
        1.0 - self.alpha
    }

    /// The confidence that each of `claims` claims needs, so that all hold at once at this one
    /// (Bonferroni). No claim at all needs what one does.
    #[must_use]
    pub fn shared_by(self, claims: usize) -> Self {
        Self { alpha: (self.alpha / claims.max(1) as f64).max(f64::MIN_POSITIVE) }
    }
}

impl FromStr for Confidence {
    type Err = OutOfRange;

    /// Reads `95`, `95%` or `0.95`.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let decimal = Decimal::parse(text)?;
        if decimal.num == 0 || decimal.num == decimal.den {
            return Err(OutOfRange::new("a confidence level", "above 0 and below 100 %", text));
        }
        Self::from_alpha(decimal.complement())
    }
}

impl<'de> Deserialize<'de> for Confidence {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        f64::deserialize(deserializer)
            .and_then(|level| Self::from_level(level).map_err(serde::de::Error::custom))
    }
}

impl Serialize for Confidence {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_f64(self.level())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ends_are_refused() {
        for text in ["0", "1", "100", "100%"] {
            assert!(text.parse::<Confidence>().is_err(), "{text}");
        }
        for level in [0.0, 1.0, f64::NAN] {
            assert!(Confidence::from_level(level).is_err());
            assert!(Confidence::from_alpha(level).is_err());
        }
        assert_eq!("95".parse(), Ok(Confidence::NINETY_FIVE));
    }

    #[test]
    fn claims_share_the_error() {
        assert_eq!(Confidence::NINETY_FIVE.shared_by(2).alpha(), 0.025);
        assert_eq!(Confidence::NINETY_FIVE.shared_by(0), Confidence::NINETY_FIVE);
        let tiny = Confidence::from_alpha(5e-324).expect("in range");
        assert!(tiny.shared_by(10).alpha() > 0.0);
    }

    #[test]
    fn an_error_too_small_for_the_level_is_kept() {
        let sure = Confidence::from_alpha(1e-300).expect("in range");
        assert_eq!((sure.alpha(), sure.level()), (1e-300, 1.0));
    }
}
