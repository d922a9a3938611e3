//! How one series stands.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::burn::ALERTS;
use super::exclusion::Excluded;
use super::moments::ago;
use super::reasons::{self, Findings};
use super::{Burn, EventType, Forecast, Health, Moments, Span, State, Tally, Window, forecast};
use crate::history::{Exclusion, HealthRow, Series, TallyRow};
use crate::verdict::Trust;

/// What is known of a series now.
#[derive(Debug)]
pub struct Observation<'history> {
    /// Whose windows they are.
    pub series: &'history Series,
    /// The moments between which the history has counted.
    pub moments: &'history Moments,
    /// Its sums of callbacks, one for each interval between two moments.
    pub callbacks: &'history [Vec<TallyRow>],
    /// Its sums of answers of the health path.
    pub health: &'history [Vec<HealthRow>],
    /// What a person excluded.
    pub exclusions: &'history [Exclusion],
    /// When the last run ended.
    pub last_run_at: Option<Timestamp>,
    /// When a callback was last good.
    pub last_good_at: Option<Timestamp>,
    /// The age from which on a last run says nothing about now.
    pub stale_after: Duration,
}

/// How one series stands: its state, why, and every figure behind it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Standing {
    /// The app's key; null where it is not known.
    pub app_key: Option<String>,
    /// Where the app runs.
    pub environment: Option<String>,
    /// Where the probe runs.
    pub location: Option<String>,
    /// How the app takes the probe's signature.
    pub trust: Trust,
    /// What the figures are.
    pub basis: Basis,
    /// The state.
    pub state: State,
    /// Why, the weightiest first; each a sentence.
    pub reasons: Vec<String>,
    /// When the last run ended.
    #[schemars(with = "Option<String>", extend("format" = "date-time"))]
    pub last_run_at: Option<Timestamp>,
    /// When a callback was last good; where the basis is reachability, when one last reached the app.
    #[schemars(with = "Option<String>", extend("format" = "date-time"))]
    pub last_good_at: Option<Timestamp>,
    /// The two windows, the shorter first.
    pub windows: Vec<Window>,
    /// How fast the budget is being spent, over three pairs of windows.
    pub burn: Vec<Burn>,
    /// Whether the window of 28 days will meet its objective 1, 7 and 28 days from now.
    pub forecast: Vec<Forecast>,
    /// What the window of 28 days holds of each event type.
    pub event_types: Vec<EventType>,
    /// The app's own health check, where it was asked.
    pub health: Option<Health>,
}

/// What the figures of a standing are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Basis {
    /// The installation callback success rate.
    Sli,
    /// Reachability: an upper bound of it.
    Reachability,
}

impl Standing {
    /// Adds up and judges.
    pub fn of(observed: &Observation<'_>) -> Self {
        let now = observed.moments.now();
        let Series { app_key, environment, location, trust } = observed.series;
        let excluded = Excluded::of(observed.series, observed.exclusions);
        let over = |length: Duration| {
            observed.moments.sum(length, observed.callbacks, |at, row| tallied(row, excluded.has(at, row)))
        };
        let health = observed.moments.sum(Span::FourWeeks.length(), observed.health, |at, row| {
            let mut tally = Tally::default();
            tally.count(row.verdict, row.count, excluded.has_health(at, row));
            tally
        });
        let (day, four_weeks) = (over(Span::Day.length()), over(Span::FourWeeks.length()));
        let windows = Span::ALL
            .map(|span| Window::of(span, ago(now, span.length()), now, &over(span.length())))
            .to_vec();
        let health = Health::of(&health);
        let basis = if *trust == Trust::None { Basis::Reachability } else { Basis::Sli };
        let (state, reasons) = reasons::judge(&Findings {
            basis,
            now,
            windows: &windows,
            health: health.as_ref(),
            last_run_at: observed.last_run_at,
            stale_after: observed.stale_after,
        });
        Self {
            app_key: named(app_key),
            environment: named(environment),
            location: named(location),
            trust: *trust,
            basis,
            state,
            reasons,
            last_run_at: observed.last_run_at,
            last_good_at: observed.last_good_at,
            windows,
            burn: ALERTS.map(|alert| Burn::of(alert, &over(alert.long), &over(alert.short))).to_vec(),
            forecast: forecast::DAYS
                .into_iter()
                .filter_map(|days| Forecast::of(days, &four_weeks, &over(forecast::kept_part(days)), &day))
                .collect(),
            event_types: event_types(observed, &excluded),
            health,
        }
    }

    /// The window of this span; a standing of our own has both.
    pub fn window(&self, span: Span) -> Option<&Window> {
        self.windows.iter().find(|window| window.span == span)
    }
}

fn tallied(row: &TallyRow, is_excluded: bool) -> Tally {
    let mut tally = Tally::default();
    tally.count(row.verdict, row.count, is_excluded);
    tally
}

fn event_types(observed: &Observation<'_>, excluded: &Excluded<'_>) -> Vec<EventType> {
    let mut types: BTreeMap<&str, Tally> = BTreeMap::new();
    for (at, rows) in observed.moments.cuts().iter().zip(observed.callbacks) {
        for row in rows {
            *types.entry(&row.event_type).or_default() += tallied(row, excluded.has(*at, row));
        }
    }
    types.into_iter().map(|(name, tally)| EventType::of(name.to_owned(), &tally)).collect()
}

fn named(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}
