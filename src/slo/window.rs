//! A rolling window and its figures.

use std::time::Duration;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Budget, Tally};
use crate::statistics::Objective;

/// One of the two windows of the programme.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub enum Span {
    /// The past 24 hours, with their warning.
    #[serde(rename = "24h")]
    Day,
    /// The past 28 days, with their objective.
    #[serde(rename = "28d")]
    FourWeeks,
}

impl Span {
    /// Both, the shorter first.
    pub const ALL: [Self; 2] = [Self::Day, Self::FourWeeks];

    /// How long it is.
    pub const fn length(self) -> Duration {
        match self {
            Self::Day => Duration::from_secs(24 * 3600),
            Self::FourWeeks => Duration::from_secs(28 * 24 * 3600),
        }
    }

    /// What it is held against.
    pub const fn objective(self) -> Objective {
        match self {
            Self::Day => Objective::EARLY_WARNING,
            Self::FourWeeks => Objective::CLOUD_FORTIFIED,
        }
    }

    /// Its name in a sentence.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Day => "24 hours",
            Self::FourWeeks => "28 days",
        }
    }
}

/// A rolling window and its figures.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Window {
    /// Which of the two.
    pub span: Span,
    /// Where it begins.
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub from: Timestamp,
    /// Where it ends: now.
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub to: Timestamp,
    /// Good events; where the basis is reachability, those that reached the app.
    pub good: u64,
    /// Bad events.
    pub bad: u64,
    /// Events that don't count: proven faults of the probe, and what a person excluded.
    pub excluded: u64,
    /// Events of which it can't be told whether they are bad or excluded.
    pub unattributed: u64,
    /// Good and bad together.
    pub valid: u64,
    /// Good of valid; null without any.
    pub success_rate: Option<f64>,
    /// The same as though nothing had been excluded or left unattributed.
    pub success_rate_with_exclusions_counted: Option<f64>,
    /// The share that is still well.
    pub objective: f64,
    /// Whether the success rate is that or more, compared in integers; null without events.
    pub met: Option<bool>,
    /// What it may still bear.
    pub budget: Budget,
}

impl Window {
    pub(super) fn of(span: Span, from: Timestamp, to: Timestamp, tally: &Tally) -> Self {
        let counts = tally.counts();
        let objective = span.objective();
        Self {
            span,
            from,
            to,
            good: counts.good(),
            bad: counts.bad(),
            excluded: tally.excluded,
            unattributed: tally.unattributed,
            valid: counts.n(),
            success_rate: counts.success_rate(),
            success_rate_with_exclusions_counted: tally.success_rate_with_exclusions_counted(),
            objective: objective.probability().get(),
            met: objective.met_by(counts),
            budget: Budget::of(objective, counts),
        }
    }
}
