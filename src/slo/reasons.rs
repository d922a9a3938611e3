//! From figures to a state and the reasons for it.

use std::time::Duration;

use jiff::Timestamp;

use super::{Basis, Health, Span, State, Window};

/// What a state follows from.
#[derive(Debug)]
pub(super) struct Findings<'figures> {
    pub(super) basis: Basis,
    pub(super) now: Timestamp,
    pub(super) windows: &'figures [Window],
    pub(super) health: Option<&'figures Health>,
    pub(super) last_run_at: Option<Timestamp>,
    pub(super) stale_after: Duration,
}

/// The state and its reasons, the weightiest first.
///
/// An objective that is missed weighs most, then a lack of data, then the tripwire of 24 hours. A day without
/// any run is a lack of data once the last run is stale; a day with runs of which nothing counted is one at
/// once.
pub(super) fn judge(findings: &Findings<'_>) -> (State, Vec<String>) {
    let mut found: Vec<(State, String)> = Vec::new();
    for window in findings.windows {
        found.extend(missed(window, findings.basis));
    }
    found.extend(findings.health.and_then(unhealthy));
    found.extend(too_old(findings));
    if found.is_empty() {
        found.extend(findings.windows.iter().map(|window| (State::Ok, met(window, findings.basis))));
    }
    found.sort_by_key(|(state, _)| std::cmp::Reverse(*state));
    let state = found.first().map_or(State::NoData, |(state, _)| *state);
    (state, found.into_iter().map(|(_, reason)| reason).collect())
}

fn missed(window: &Window, basis: Basis) -> Option<(State, String)> {
    if window.met? {
        return None;
    }
    let Window { bad, valid, budget, .. } = window;
    let (state, what) = match window.span {
        Span::FourWeeks => (State::Breach, "at least 99 % have to be well"),
        Span::Day => (State::AtRisk, "below 99.9 % the programme warns"),
    };
    let (noun, span) = (noun(basis, *valid), window.span.name());
    let allowed = match budget.allowed {
        0 => "none may".to_owned(),
        allowed => format!("{allowed} may"),
    };
    let verb = if *bad == 1 { "was" } else { "were" };
    Some((state, format!("{bad} of {valid} {noun} in the past {span} {verb} bad and {allowed} be: {what}")))
}

fn met(window: &Window, basis: Basis) -> String {
    let Window { good, valid, .. } = window;
    let (noun, span) = (noun(basis, *valid), window.span.name());
    let well = match basis {
        Basis::Sli => "good",
        Basis::Reachability => "reached the app",
    };
    match (basis, valid) {
        (_, 0) => format!("there was no run in the past {span}, and the last one is not stale yet"),
        (Basis::Sli, 1) => format!("the one {noun} in the past {span} was {well}"),
        (Basis::Sli, _) => format!("{good} of {valid} {noun} in the past {span} were {well}"),
        (Basis::Reachability, _) => format!("{good} of {valid} {noun} in the past {span} {well}"),
    }
}

fn unhealthy(health: &Health) -> Option<(State, String)> {
    if health.met? {
        return None;
    }
    let asked = health.good + health.bad;
    Some((
        State::Breach,
        format!(
            "the app's health check failed {} of {asked} times in the past 28 days: at least 99.9 % have to be well",
            health.bad
        ),
    ))
}

fn too_old(findings: &Findings<'_>) -> Option<(State, String)> {
    let Some(last) = findings.last_run_at else {
        return Some((State::NoData, "no check was ever recorded, and that is never a pass".to_owned()));
    };
    let age = findings.now.duration_since(last);
    if age > findings.stale_after.try_into().unwrap_or(jiff::SignedDuration::MAX) {
        let hours = age.as_secs_f64() / 3600.0;
        let allowed = findings.stale_after.as_secs_f64() / 3600.0;
        return Some((
            State::NoData,
            format!(
                "the last check ended {hours:.1} hours ago, and after {allowed:.1} it says nothing about now"
            ),
        ));
    }
    let empty = findings.windows.iter().find(|window| window.valid == 0 && last >= window.from)?;
    let apart = empty.excluded + empty.unattributed;
    Some((
        State::NoData,
        format!(
            "nothing was counted in the past {} ({apart} excluded or unattributed), and that is never a pass",
            empty.span.name()
        ),
    ))
}

const fn noun(basis: Basis, count: u64) -> &'static str {
    match (basis, count) {
        (Basis::Sli, 1) => "installation callback",
        (Basis::Sli, _) => "installation callbacks",
        (Basis::Reachability, 1) => "callback (reachability, an upper bound)",
        (Basis::Reachability, _) => "callbacks (reachability, an upper bound)",
    }
}
