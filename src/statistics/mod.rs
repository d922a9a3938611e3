//! What a probe may claim: intervals, plans, sequential tests, forecasts and the effects of dependence.
//!
//! Pure functions on numbers. Nothing here reads a clock, draws a random number or does I/O; every loop
//! is bounded, and every function returns for every value of its argument types.
//!
//! *Good* and *bad* are what the service level indicator makes of a callback; `p` is a probability that
//! a callback is good, `q` = 1 − `p` that it is bad, `alpha` the error a claim may have. From the bottom
//! up:
//!
//! - numbers that are what they should be: [`Probability`], [`Objective`], [`Confidence`], [`Counts`];
//! - distributions: `stirling`, `beta`, `binomial`, `normal`;
//! - what was seen: [`interval`], [`stratified`], [`dependence`], [`lag1`], and against what was seen before:
//!   [`two_rates`], [`shift`];
//! - how many probes, and when to stop: [`sample_size`], [`sequential`], [`group_sequential`], and
//!   [`gate`], which puts them together;
//! - what will be seen: [`forecast`], [`window`], [`burn`], [`retries`];
//! - how much an app can take: [`capacity`].

mod beta;
mod binomial;
pub mod burn;
pub mod capacity;
mod confidence;
mod counts;
mod decimal;
pub mod dependence;
pub mod forecast;
pub mod gate;
pub mod group_sequential;
pub mod interval;
pub mod lag1;
mod normal;
mod objective;
mod poisson;
mod probability;
pub mod retries;
pub mod sample_size;
mod search;
pub mod sequential;
pub mod shift;
mod stirling;
pub mod stratified;
pub mod two_rates;
pub mod window;

pub use confidence::Confidence;
pub use counts::{Counts, MAX_EVENTS};
pub use objective::Objective;
pub use probability::Probability;

use std::fmt;

/// A number outside the range in which a question has an answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct OutOfRange(String);

impl OutOfRange {
    /// "`name` must be `range`, not `value`".
    pub fn new(name: &str, range: &str, value: impl fmt::Display) -> Self {
        Self(format!("{name} must be {range}, not {value}"))
    }

    /// A sentence of its own, where more than one number is to blame.
    pub fn because(sentence: impl Into<String>) -> Self {
        Self(sentence.into())
    }
}
