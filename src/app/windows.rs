//! From a history to how an app stands.

use std::time::Duration;

use jiff::Timestamp;

use crate::history::{
    EventCount, HealthProbe, HealthRow, HistoryError, HistoryStore, Maintenance, Series, SeriesHead, TallyRow,
};
use crate::slo::{Moments, Observation, Span, Standing};
use crate::statistics::Counts;
use crate::verdict::Verdict;

/// What a run saw just now, which the history does not hold yet.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Fresh<'run> {
    /// Its events.
    pub(super) events: &'run [EventCount],
    /// What the health path answered.
    pub(super) health: Option<&'run HealthProbe>,
}

/// How a series stands at `now`, by a history that knows `head` of it.
///
/// # Errors
/// When the history can't be read.
pub(super) async fn standing(
    history: &mut impl HistoryStore,
    head: &SeriesHead,
    planned: &[Maintenance],
    stale_after: Duration,
    now: Timestamp,
) -> Result<Standing, HistoryError> {
    standing_with(history, head, planned, stale_after, now, Fresh::default()).await
}

/// How a series stands once a run that ended `now` is counted in as well.
///
/// # Errors
/// When the history can't be read.
pub(super) async fn standing_after(
    history: &mut impl HistoryStore,
    series: Series,
    planned: &[Maintenance],
    stale_after: Duration,
    now: Timestamp,
    fresh: Fresh<'_>,
) -> Result<Standing, HistoryError> {
    let heads = history.series().await?;
    let before = heads.into_iter().find(|head| head.series == series);
    let is_good = |event: &&EventCount| matches!(event.verdict, Verdict::Good | Verdict::Reached);
    let good_at = fresh.events.iter().filter(is_good).map(|event| event.at).max();
    let head = SeriesHead {
        series,
        last_run_at: Some(now),
        last_good_at: good_at.or(before.and_then(|head| head.last_good_at)),
    };
    standing_with(history, &head, planned, stale_after, now, fresh).await
}

/// What checks have seen of a series in the 28 days before `now`, for the projection of other runs.
///
/// # Errors
/// When the history can't be read.
pub(super) async fn so_far(
    history: &mut impl HistoryStore,
    series: Series,
    planned: &[Maintenance],
    now: Timestamp,
) -> Result<Counts, HistoryError> {
    let head = SeriesHead { series, last_run_at: None, last_good_at: None };
    Ok(so_far_of(&standing(history, &head, planned, Duration::MAX, now).await?))
}

/// What the window of 28 days holds.
pub(super) fn so_far_of(standing: &Standing) -> Counts {
    let window = standing.window(Span::FourWeeks);
    window.and_then(|window| Counts::new(window.good, window.bad).ok()).unwrap_or(Counts::NONE)
}

async fn standing_with(
    history: &mut impl HistoryStore,
    head: &SeriesHead,
    planned: &[Maintenance],
    stale_after: Duration,
    now: Timestamp,
    fresh: Fresh<'_>,
) -> Result<Standing, HistoryError> {
    let mut exclusions = history.exclusions().await?;
    let past = now.checked_sub(Span::FourWeeks.length()).unwrap_or(Timestamp::MIN);
    exclusions.extend(planned.iter().flat_map(|maintenance| maintenance.exclusions(past, now)));
    let moments = Moments::at(now, &exclusions);
    let mut callbacks = history.tally(&head.series, moments.cuts()).await?;
    moments.add(&mut callbacks, fresh.events.iter().map(|event| (event.at, counted(event))));
    let mut health = history.health_tally(&head.series, moments.cuts()).await?;
    moments.add(&mut health, fresh.health.map(|probe| (probe.at, row(probe))));
    Ok(Standing::of(&Observation {
        series: &head.series,
        moments: &moments,
        callbacks: &callbacks,
        health: &health,
        exclusions: &exclusions,
        last_run_at: head.last_run_at,
        last_good_at: head.last_good_at,
        stale_after,
    }))
}

fn counted(event: &EventCount) -> TallyRow {
    TallyRow {
        event_type: event.event_type.clone(),
        client_key: event.client_key.clone(),
        site: event.site.clone(),
        code: event.code.clone(),
        verdict: event.verdict,
        count: event.count,
    }
}

fn row(probe: &HealthProbe) -> HealthRow {
    HealthRow { code: probe.code.clone(), verdict: probe.verdict, count: 1 }
}
