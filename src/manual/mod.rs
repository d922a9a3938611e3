//! The manual: the map of the code, what each number means, the decisions behind it and the changelog.

#[doc = include_str!("architecture.md")]
pub mod architecture {}

#[doc = include_str!("statistics.md")]
pub mod statistics {}

#[doc = include_str!("thresholds.md")]
pub mod thresholds {}

#[doc = include_str!("measurements.md")]
pub mod measurements {}

#[doc = include_str!("alerts.md")]
pub mod alerts {}

#[doc = include_str!("history.md")]
pub mod history {}

#[doc = include_str!("monitoring.md")]
pub mod monitoring {}

#[doc = include_str!("decisions.md")]
pub mod decisions {}

#[doc = include_str!("changelog.md")]
pub mod changelog {}
