//! Inputs of vectors that take more than one form.

use serde::Deserialize;

use crate::statistics::{Confidence, Counts, Objective, OutOfRange};

/// A whole number from 0 up, also when it is written as 299.0.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(try_from = "f64")]
pub(super) struct Whole(pub(super) u64);

impl TryFrom<f64> for Whole {
    type Error = OutOfRange;

    fn try_from(value: f64) -> Result<Self, Self::Error> {
        // Up to 2^53 a float holds every whole number.
        if (0.0..=9_007_199_254_740_992.0).contains(&value) && value.fract() == 0.0 {
            Ok(Self(value as u64))
        } else {
            Err(OutOfRange::new("a count", "a whole number from 0 to 2^53", value))
        }
    }
}

/// An error probability above 0 and below 1.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(try_from = "f64")]
pub(super) struct Alpha(pub(super) Confidence);

impl TryFrom<f64> for Alpha {
    type Error = OutOfRange;

    fn try_from(value: f64) -> Result<Self, Self::Error> {
        Confidence::from_alpha(value).map(Self)
    }
}

/// The objective `slo_num` / `slo_den`.
pub(super) fn objective(num: Whole, den: Whole) -> Result<Objective, OutOfRange> {
    Objective::new(num.0, den.0)
}

/// `good` of `n`.
pub(super) fn counts(good: Whole, n: Whole) -> Result<Counts, OutOfRange> {
    Counts::of_total(good.0, n.0)
}
