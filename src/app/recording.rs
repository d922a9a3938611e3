//! From a run to what the history keeps of it.

use std::cell::RefCell;
use std::collections::BTreeMap;

use uuid::Uuid;

use super::subject::Subject;
use crate::cli::PlaceArgs;
use crate::exit::Abort;
use crate::history::{EventCount, HealthProbe, RunHead, RunRecord, Series};
use crate::recorder::{Callback, Place};
use crate::report::{Report, json};
use crate::scenario::Plan;
use crate::verdict::{Trust, Verdict};

/// The command whose runs feed the windows.
pub(super) const FEEDS_WINDOWS: &str = "check";

/// How finely events are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Detail {
    /// By step and by what was seen. However long the run is, there are few of them.
    Steps,
    /// By tenant as well, so that instances can be excluded from the windows.
    Tenants,
}

/// Events that are counted together: place, code, verdict, and the tenant unless it does not matter.
type Kind = (Place, String, Verdict, String);

/// Counts the events of a run for the history.
pub(super) struct EventCounts<'plan> {
    plan: &'plan Plan,
    detail: Detail,
    counts: RefCell<BTreeMap<Kind, EventCount>>,
}

impl<'plan> EventCounts<'plan> {
    /// None yet of the scenarios of `plan`.
    pub(super) fn new(plan: &'plan Plan, detail: Detail) -> Self {
        Self { plan, detail, counts: RefCell::default() }
    }

    /// Counts a callback, if it is an event of the success rate.
    pub(super) fn note(&self, callback: &Callback) {
        let Some(verdict) = callback.verdict else { return };
        let (client_key, site) = match self.detail {
            Detail::Steps => (String::new(), String::new()),
            Detail::Tenants => (callback.tenant.to_string(), callback.site.to_string()),
        };
        let code = callback.code.to_string();
        let scenario = &self.plan.scenarios[callback.place.scenario];
        let step = &scenario.steps[callback.place.step];
        let mut counts = self.counts.borrow_mut();
        let kind = (callback.place, code.clone(), verdict, client_key.clone());
        let event = counts.entry(kind).or_insert_with(|| EventCount {
            at: callback.at,
            event_type: step.case.name().to_owned(),
            scenario: scenario.name.clone(),
            step: step.name.clone(),
            client_key,
            site,
            code,
            verdict,
            count: 0,
        });
        event.count += 1;
    }

    /// What was counted, in the order of the plan.
    pub(super) fn into_events(self) -> Vec<EventCount> {
        self.counts.into_inner().into_values().collect()
    }
}

/// Whose windows a run is about.
pub(super) fn series(subject: &Subject, place: &PlaceArgs, trust: Trust) -> Series {
    Series {
        app_key: Series::app(subject.key.as_ref().map(ToString::to_string), &subject.base),
        environment: place.environment.clone().unwrap_or_default(),
        location: place.location.clone().unwrap_or_default(),
        trust,
    }
}

/// What the history keeps of a run.
///
/// # Errors
/// When the report's id is none, which would be a defect.
pub(super) fn record(
    report: &Report,
    series: Series,
    events: Vec<EventCount>,
    health: Option<HealthProbe>,
) -> Result<RunRecord, Abort> {
    let run = &report.run;
    let id = Uuid::try_parse(&run.id).map_err(|_| Abort::defect("the run has no id that is one"))?;
    Ok(RunRecord {
        head: RunHead {
            id,
            series,
            command: run.command.clone(),
            target: run.target.clone(),
            started_at: run.started_at,
            finished_at: run.finished_at,
            complete: run.complete,
            feeds_windows: run.command == FEEDS_WINDOWS,
            status: report.verdict.status.name().to_owned(),
        },
        events,
        health,
        report: json::render(report),
    })
}
