//! From a finished run to its report: the one place where facts, verdicts, claims and words meet.

mod evidence;
mod figures;
mod gate;
mod hints;
mod load;
mod rows;

pub(super) use figures::{Expected, Totals, project, reachability, sli};
pub(super) use rows::sort_outcomes;

use jiff::Timestamp;

use self::hints::OwnPart;
pub(super) use self::load::{LoadFinished, littles_law};
use super::subject::{DescriptorMissing, Instead};
use crate::atlassian::lint::{Finding, Severity};
use crate::codes::Code;
use crate::conclusion::{BoundsSaid, Conclusion, CutShort, Grounds, Windows};
use crate::engine::Script;
use crate::outcome::Outcome;
use crate::projection::{MixChoice, RetryCost};
use crate::recorder::{OutcomeTally, Recorder, SentAgain};
use crate::redact::Redactor;
use crate::report::Report;
use crate::report::model::{self, Advisory, Basis, Claim, HealthRow, Measurement, Run, ScenarioRow, Schema};
use crate::statistics::Counts;
use crate::statistics::gate::Gate;
use crate::transport::Deadlines;
use crate::validity::{Validity, Weight};
use crate::verdict::{Trust, Verdict};

/// A run that has come to its end, whichever.
pub(super) struct Finished<'run> {
    /// What ran.
    pub(super) run: Run,
    /// What was rehearsed.
    pub(super) script: &'run Script,
    /// The deadlines in force.
    pub(super) deadlines: Deadlines,
    /// What was seen.
    pub(super) recorder: &'run Recorder,
    /// How often each scenario was begun, by its index in the plan.
    pub(super) iterations: &'run [u64],
    /// How many tenants were under way at once.
    pub(super) concurrency: u32,
    /// The gate, where there was one.
    pub(super) gate: Option<&'run Gate>,
    /// What bounds on the figures said.
    pub(super) bounds: BoundsSaid,
    /// How the load was generated, for a load test.
    pub(super) load: Option<LoadFinished<'run>>,
    /// Whether an app that should trust Atlassian alone accepted our install.
    pub(super) untrusted_install_accepted: bool,
    /// Why the run ended before it was done, if it did.
    pub(super) cut_short: Option<CutShort>,
    /// Whether our key server was asked for our key; none without a key server of ours.
    pub(super) key_fetched: Option<bool>,
    /// Why callbacks did not go by the descriptor, if they did not.
    pub(super) descriptor_missing: Option<String>,
    /// What is to be said about the descriptor.
    pub(super) findings: &'run [Finding],
    /// Shares of the event types.
    pub(super) mix: MixChoice,
    /// How many events the window is to have.
    pub(super) events_28d: Option<u64>,
    /// What one broken tenant costs, where the numbers for it were given.
    pub(super) retry: Option<RetryCost>,
    /// The clientKeys that remain in the app.
    pub(super) residue: Vec<String>,
    /// What takes secrets out of texts.
    pub(super) redactor: Redactor,
    /// What is known beyond the run.
    pub(super) background: Background<'run>,
}

/// What is known beyond the callbacks of a run.
pub(super) struct Background<'run> {
    /// What the window of 28 days holds already.
    pub(super) so_far: Counts,
    /// What the windows said.
    pub(super) windows: Windows<'run>,
    /// What the app's health path answered, where it was asked.
    pub(super) health: Option<HealthRow>,
}

impl Default for Background<'_> {
    /// Nothing is.
    fn default() -> Self {
        Self { so_far: Counts::NONE, windows: Windows::NotAsked, health: None }
    }
}

/// Assembles the report of a finished run.
pub(super) fn assemble(finished: Finished<'_>) -> Report {
    let mut validity = validity(finished.recorder);
    if let Some(load) = finished.load {
        load.doubt(&mut validity);
    }
    let scenarios = rows::scenarios(finished.script, finished.recorder, finished.iterations);
    let conclusion = Conclusion::draw(&grounds(&finished, &scenarios, &validity));
    let counts = Totals::of(finished.recorder);
    let trust = finished.script.trust;
    let mut projection = match trust {
        // A load test shows what the app does under load, not what a month will bring.
        Trust::ProbeKey | Trust::Legacy if finished.load.is_some() => model::Projection::default(),
        Trust::None => model::Projection::default(),
        Trust::ProbeKey | Trust::Legacy => {
            let expected = Expected {
                mix: &finished.mix,
                events_28d: finished.events_28d,
                so_far: finished.background.so_far,
            };
            figures::projection(finished.recorder, &finished.script.plan, &expected)
        }
    };
    projection.gate = finished.gate.map(gate::row);
    projection.retry = finished.retry.map(figures::retry);
    Report {
        schema: Schema,
        verdict: model::Conclusion {
            status: conclusion.status,
            basis: if trust == Trust::None { Basis::Reachability } else { Basis::Sli },
            claim: if finished.gate.is_some() { Claim::Rate } else { Claim::Contract },
            exit_code: conclusion.exit.code(),
            reasons: conclusion.reasons,
        },
        measurement: measurement(&validity),
        sli: sli(&counts, figures::n_effective(finished.recorder), trust),
        reachability: (trust == Trust::None).then(|| reachability(&counts)),
        projection,
        scenarios,
        outcomes: rows::outcomes(
            &finished.script.plan,
            finished.recorder,
            &finished.deadlines,
            &finished.redactor,
        ),
        advisories: advisories(&finished),
        latency: rows::latency_of(finished.recorder),
        series: finished.recorder.timeline().map(load::timeline).unwrap_or_default(),
        load: finished.load.map(|load| load.section()),
        windows: match finished.background.windows {
            Windows::Judged(standing) => Some(standing.clone()),
            Windows::NotAsked | Windows::OutOfReach(_) => None,
        },
        health: finished.background.health,
        residue: finished.residue,
        run: Run { finished_at: Timestamp::now(), ..finished.run },
    }
}

fn validity(recorder: &Recorder) -> Validity {
    let mut validity = Validity::default();
    let own_faults = recorder.count(Verdict::Excluded);
    if own_faults > 0 {
        let codes: Vec<_> = recorder
            .outcomes()
            .filter(|tally| tally.verdict == Verdict::Excluded)
            .map(|tally| tally.code.to_string())
            .collect();
        let what = if own_faults == 1 { "1 callback was" } else { &format!("{own_faults} callbacks were") };
        validity.suspect(format!("{what} excluded: {}", codes.join(", ")));
    }
    validity
}

fn measurement(validity: &Validity) -> Measurement {
    Measurement {
        validity: match validity.heaviest() {
            None => model::Validity::Valid,
            Some(Weight::Suspect) => model::Validity::Suspect,
            Some(Weight::Invalid) => model::Validity::Invalid,
        },
        reasons: validity.doubts().iter().map(|doubt| doubt.reason.clone()).collect(),
    }
}

fn grounds<'run>(
    finished: &Finished<'run>,
    scenarios: &[ScenarioRow],
    validity: &'run Validity,
) -> Grounds<'run> {
    let recorder = finished.recorder;
    Grounds {
        trust: finished.script.trust,
        good: recorder.count(Verdict::Good) + recorder.count(Verdict::Reached),
        bad: recorder.count(Verdict::Bad),
        unattributed: recorder.count(Verdict::Unattributed),
        explanations: explanations(finished),
        failed_checks: failed_checks(finished),
        unseen: unseen(scenarios, finished.load.is_some()),
        gate: finished.gate.map(gate::said),
        windows: finished.background.windows,
        bounds: finished.bounds.clone(),
        untrusted_install_accepted: finished.untrusted_install_accepted,
        cut_short: finished.cut_short.clone(),
        validity,
    }
}

/// The scenarios of which something was never seen. A load test need not see all.
pub(in crate::app) fn unseen(scenarios: &[ScenarioRow], is_load: bool) -> Vec<String> {
    let unseen = scenarios.iter().filter(|scenario| !is_load && scenario.is_unseen());
    unseen.map(|scenario| scenario.name.clone()).collect()
}

/// What explains the bad events: first what the probe itself can tell, then each code with its remedy.
fn explanations(finished: &Finished<'_>) -> Vec<String> {
    let mut bad: Vec<&OutcomeTally> =
        finished.recorder.outcomes().filter(|tally| tally.verdict == Verdict::Bad).collect();
    bad.sort_by_key(|tally| std::cmp::Reverse(tally.count));
    let own = OwnPart { key_fetched: finished.key_fetched, concurrent: finished.concurrency > 1 };
    let mut explanations: Vec<String> = bad.iter().flat_map(|tally| hints::hints(tally, own)).collect();
    let descriptor_missing = finished.descriptor_missing.clone().filter(|_| !bad.is_empty());
    explanations.extend(bad.into_iter().map(|tally| explained(tally.code, tally.count)));
    explanations.extend(descriptor_missing);
    let mut seen = std::collections::HashSet::new();
    explanations.retain(|explanation| seen.insert(explanation.clone()));
    explanations
}

/// A code with what it means and what to do.
pub(super) fn explained(code: Code, count: u64) -> String {
    let entry = code.entry();
    let times = if count == 1 { "once".to_owned() } else { format!("{count} times") };
    format!("{code} ({times}): {} {}", entry.meaning, entry.remedy)
}

/// The checks that failed. A gate weighs failures that come and go; a callback that fails every time is
/// no matter of rates but a broken contract.
fn failed_checks(finished: &Finished<'_>) -> Vec<String> {
    let mut failed = Vec::new();
    let is_weighed = matches!(finished.background.windows, Windows::Judged(_));
    let unhealthy =
        finished.background.health.iter().filter(|row| row.verdict == Verdict::Bad && !is_weighed);
    failed.extend(unhealthy.map(|row| format!("the health path answered with {}", row.code)));
    for (place, tally) in finished.recorder.steps() {
        let scenario = &finished.script.plan.scenarios[place.scenario];
        let step = &scenario.steps[place.step];
        let event = step.callbacks[place.callback].event.name();
        let bad = tally.count(Verdict::Bad);
        if finished.gate.is_some() && bad > 0 && tally.count(Verdict::Good) == 0 {
            failed.push(format!("{} / {} / {event} was bad each of {bad} times", scenario.name, step.name));
        }
        failed.extend(tally.checks.iter().filter(|(_, check)| check.failed > 0).map(|(name, check)| {
            format!("{} / {} / {event}: not {name}: {}", scenario.name, step.name, check.detail)
        }));
    }
    failed
}

fn advisories(finished: &Finished<'_>) -> Vec<Advisory> {
    let mut advisories = rows::advisories(finished.recorder);
    if let Some(why) = &finished.descriptor_missing {
        advisories.push(Advisory {
            code: "descriptor.unavailable".to_owned(),
            detail: why.clone(),
            count: 1,
        });
    }
    advisories.extend(sent_again(finished.recorder));
    let worth_saying = finished.findings.iter().filter(|finding| finding.severity != Severity::Info);
    advisories.extend(worth_saying.map(|finding| Advisory {
        code: format!("descriptor.{}", finding.severity.name()),
        detail: format!("{}: {}; {}", finding.pointer, finding.problem, finding.remedy),
        count: 1,
    }));
    advisories
}

/// What became of callbacks that were sent more than once.
fn sent_again(recorder: &Recorder) -> Option<Advisory> {
    let SentAgain { callbacks, mended } = recorder.sent_again();
    (callbacks > 0).then(|| Advisory {
        code: "callback.sent_again".to_owned(),
        detail: format!(
            "Bad callbacks were sent again, as --retries asked, and {mended} of {callbacks} were not bad in the end. Each counts once, by its last try; to Atlassian the first one counts."
        ),
        count: callbacks,
    })
}

/// Why callbacks don't go by the descriptor, in a sentence.
pub(super) fn descriptor_missing(missing: &DescriptorMissing) -> String {
    let url = &missing.url;
    let what = match missing.outcome {
        Outcome::Responded { status } => Code::Status(status),
        Outcome::Failed { cause, .. } | Outcome::NotSent { cause } => Code::Failure(cause),
    };
    let went = match missing.instead {
        Instead::Convention => "to /installed by convention",
        Instead::Remembered => "where it said when it was last had",
    };
    format!("the descriptor at {url} could not be had ({what}), so callbacks went {went}")
}
