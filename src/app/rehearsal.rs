//! One rehearsal from beginning to end: sign, note, send, clean up, report. `probe` and `demo` run it.

use std::cell::RefCell;
use std::path::{Path, PathBuf};
use std::time::Duration;

use aws_lc_rs::rand;
use hyper::header::{HeaderName, HeaderValue};
use jiff::Timestamp;
use serde_json::json;
use uuid::Uuid;

use super::assembly::{self, Background, Finished};
use super::audience::Audience;
use super::bounds::{self, RunFigures};
use super::description::Description;
use super::event_log::EventLog;
use super::interrupt::Interrupt;
use super::ledger_log::LedgerLog;
use super::recording::{Detail, EventCounts};
use super::script::{self, ScriptParts, ledger_failed};
use super::signing::Signing;
use super::subject::Subject;
use crate::atlassian::{RunTag, Tenant};
use crate::cli::{HowArgs, PlaceArgs, ProjectionArgs, TrustArgs, WhatArgs};
use crate::conclusion::CutShort;
use crate::engine::{self, ControlTargets, Extent, Rehearsed, Schedule, Script, Surroundings};
use crate::exit::Abort;
use crate::history::EventCount;
use crate::ledger::Ledger;
use crate::projection::{MixChoice, RetryCost};
use crate::report::model::{Advisory, Report, Run};
use crate::report::progress::ProgressView;
use crate::scenario::Plan;
use crate::threshold::Threshold;
use crate::transport::Transport;
use crate::verdict::Trust;

/// What a rehearsal needs to know.
pub(super) struct Rehearsal<'run> {
    /// The command that runs it.
    pub(super) command: &'static str,
    /// What was typed, without secrets.
    pub(super) arguments: Vec<String>,
    /// The app.
    pub(super) subject: Subject,
    /// What is rehearsed.
    pub(super) plan: Plan,
    /// What was typed about that.
    pub(super) what: &'run WhatArgs,
    /// When it ends.
    pub(super) extent: Extent,
    /// What fails the run, besides what always does.
    pub(super) fail_if: &'run [Threshold],
    /// What was typed about the place.
    pub(super) place: &'run PlaceArgs,
    /// What was typed about trust.
    pub(super) trust_args: &'run TrustArgs,
    /// What was typed about transport.
    pub(super) how: &'run HowArgs,
    /// How the app takes our signature.
    pub(super) trust: Trust,
    /// The key and its server.
    pub(super) signing: &'run Signing,
    /// Makes connections.
    pub(super) transport: Transport,
    /// Extra headers.
    pub(super) headers: Vec<(HeaderName, HeaderValue)>,
    /// Show whether our own network works.
    pub(super) control: Option<&'run ControlTargets>,
    /// Shares of the event types.
    pub(super) mix: MixChoice,
    /// What was typed about real events.
    pub(super) projection: &'run ProjectionArgs,
    /// How many blanks follow each payload, for faults that take a long request.
    pub(super) padding: usize,
    /// What becomes of its tenants.
    pub(super) cleanup: Cleanup,
    /// Where its tenants are noted before they are sent; none for an app that ends with the run.
    pub(super) state_dir: Option<&'run Path>,
    /// Where every exchange is written, if it is.
    pub(super) events: Option<&'run Path>,
}

/// What becomes of the tenants of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Cleanup {
    /// They are, where the app has a path for it.
    Uninstall,
    /// They stay.
    Leave,
    /// They stay, and are those that earlier runs named by this tag: the history knows them, so that they need
    /// no ledger.
    Keep(RunTag),
}

/// A rehearsal that was played and is not reported yet.
pub(super) struct Played {
    id: Uuid,
    started_at: Timestamp,
    script: Script,
    rehearsed: Rehearsed,
    residue: Vec<String>,
    cut_short: Option<CutShort>,
    incomplete_log: Option<Advisory>,
    /// Its events, for the history.
    pub(super) events: Vec<EventCount>,
}

impl Rehearsal<'_> {
    /// Plays it and returns its report, without a history.
    ///
    /// # Errors
    /// As [`play`](Self::play) and [`report`](Self::report).
    pub(super) async fn run(&self, interrupt: &Interrupt, view: &ProgressView) -> Result<Report, Abort> {
        let played = self.play(Detail::Steps, interrupt, view).await?;
        self.report(&played, Background::default())
    }

    /// Plays it, and cleans up.
    ///
    /// # Errors
    /// When the ledger can't be begun: then nothing is sent.
    pub(super) async fn play(
        &self,
        detail: Detail,
        interrupt: &Interrupt,
        view: &ProgressView,
    ) -> Result<Played, Abort> {
        let events = self
            .events
            .map(|path| EventLog::create(path, &self.plan, script::redactor(&self.headers, &self.transport)))
            .transpose()?;
        let id = run_id();
        let started_at = Timestamp::now();
        let script = self.script(match &self.cleanup {
            Cleanup::Keep(tag) => tag.clone(),
            Cleanup::Uninstall | Cleanup::Leave => RunTag::of(id),
        })?;
        let log = self.log(id, started_at)?;
        let random = RefCell::new(fill_random);
        let counts = EventCounts::new(&script.plan, detail);
        let around = Surroundings {
            script: &script,
            transport: &self.transport,
            control: self.control,
            log: &log,
            random: &random,
            stop: &interrupt.soon,
        };
        let schedule = Schedule { extent: self.extent, concurrency: self.what.concurrency };
        let audience = Audience::new(view, events.as_ref(), &counts);
        let mut rehearsed = engine::rehearse(&around, schedule, &audience).await;
        let failed = rehearsed.failed.take();
        let failed = failed.map(|error| ledger_failed(&self.ledgers().unwrap_or_default(), &error));
        let tenants = std::mem::take(&mut rehearsed.residue);
        let residue = self.clean_up(&around, interrupt, tenants, view).await;
        if residue.is_empty() && log.discard().is_err() {
            view.note("the ledger of this run could not be removed; it holds nothing that is left to do");
        }
        view.finish();
        Ok(Played {
            id,
            started_at,
            rehearsed,
            residue: residue.iter().map(|tenant| tenant.client_key().to_string()).collect(),
            cut_short: interrupt.cut_short(failed),
            events: counts.into_events(),
            incomplete_log: events.and_then(EventLog::close),
            script,
        })
    }

    /// The report of what was played, before what is known beyond it.
    ///
    /// # Errors
    /// When a number that was typed is beyond what the formulas take.
    pub(super) fn report(&self, played: &Played, background: Background<'_>) -> Result<Report, Abort> {
        let rehearsed = &played.rehearsed;
        let mut report = assembly::assemble(Finished {
            run: self.describe(played.id, played.started_at, rehearsed.complete),
            script: &played.script,
            deadlines: self.transport.settings().deadlines,
            recorder: &rehearsed.recorder,
            iterations: &rehearsed.iterations,
            concurrency: self.what.concurrency,
            gate: rehearsed.gate.as_ref(),
            bounds: bounds::said(self.fail_if, &RunFigures { recorder: &rehearsed.recorder, load: None }),
            load: None,
            untrusted_install_accepted: rehearsed.untrusted_install_accepted,
            cut_short: played.cut_short.clone(),
            key_fetched: self.signing.was_fetched(),
            descriptor_missing: self.subject.descriptor_missing.as_ref().map(assembly::descriptor_missing),
            findings: &self.subject.findings,
            mix: self.mix.clone(),
            events_28d: self.projection.events_28d,
            retry: self.retry_cost()?,
            residue: played.residue.clone(),
            redactor: script::redactor(&self.headers, &self.transport),
            background,
        });
        report.advisories.extend(played.incomplete_log.clone());
        Ok(report)
    }

    /// The ledger of a new run, where there is one.
    fn log(&self, id: Uuid, started_at: Timestamp) -> Result<LedgerLog, Abort> {
        let Some(ledgers) = self.ledgers() else { return Ok(LedgerLog::without_ledger()) };
        let header = self.parts().ledger_header(id, started_at);
        Ledger::create(&ledgers, &header).map(LedgerLog::new).map_err(|error| ledger_failed(&ledgers, &error))
    }

    /// Where the ledger is kept. Tenants that the history knows are in none.
    fn ledgers(&self) -> Option<PathBuf> {
        match self.cleanup {
            Cleanup::Keep(_) => None,
            Cleanup::Uninstall | Cleanup::Leave => Some(self.state_dir?.join("ledgers")),
        }
    }

    /// What is rehearsed, by tenants that bear `tag`.
    pub(super) fn script(&self, tag: RunTag) -> Result<Script, Abort> {
        self.parts().script(tag)
    }

    fn parts(&self) -> ScriptParts<'_> {
        ScriptParts {
            subject: &self.subject,
            plan: &self.plan,
            trust_args: self.trust_args,
            trust: self.trust,
            signing: self.signing,
            headers: &self.headers,
            retries: self.what.retries,
            padding: self.padding,
        }
    }

    fn retry_cost(&self) -> Result<Option<RetryCost>, Abort> {
        let (Some(tenants), Some(retries)) = (self.projection.tenants, self.projection.retries_per_day)
        else {
            return Ok(None);
        };
        RetryCost::of_one_tenant(tenants, retries, self.projection.events_28d.unwrap_or_default())
            .map(Some)
            .map_err(|error| Abort::usage(format!("--retries-per-day: {error}")))
    }

    /// Uninstalls what the run installed. A second Ctrl-C leaves the rest.
    async fn clean_up(
        &self,
        around: &Surroundings<'_>,
        interrupt: &Interrupt,
        tenants: Vec<Tenant>,
        view: &ProgressView,
    ) -> Vec<Tenant> {
        let stays = match self.cleanup {
            Cleanup::Uninstall => false,
            Cleanup::Leave => true,
            // An app that trusts Atlassian alone and took an install all the same is not left with it.
            Cleanup::Keep(_) => self.trust != Trust::None,
        };
        if stays || tenants.is_empty() {
            return tenants;
        }
        view.stage("cleaning up");
        let around = Surroundings { stop: &interrupt.now, ..*around };
        let remaining = engine::remove(&around, tenants, self.what.concurrency, Duration::ZERO).await;
        for remaining in &remaining {
            view.note(&format!("{} remains in the app: {}", remaining.tenant.client_key(), remaining.why));
        }
        remaining.into_iter().map(|remaining| remaining.tenant).collect()
    }

    fn describe(&self, id: Uuid, started_at: Timestamp, complete: bool) -> Run {
        let redactor = script::redactor(&self.headers, &self.transport);
        let control_url = self.how.control_url.as_ref().map(|url| redactor.redact_text(url));
        Description {
            command: self.command,
            arguments: self.arguments.clone(),
            subject: &self.subject,
            plan: &self.plan,
            place: self.place,
            how: self.how,
            deadlines: self.transport.settings().deadlines,
            platform: self.what.platform,
            trust: self.trust,
            signing: self.signing,
            seed: self.what.seed,
        }
        .of_run(
            id,
            started_at,
            complete,
            [
                ("repeat", json!(self.what.repeat)),
                ("concurrency", json!(self.what.concurrency)),
                ("retries", json!(self.what.retries)),
                ("control_url", json!(control_url)),
                ("control_name", json!(self.how.control_name.as_ref().map(ToString::to_string))),
            ],
        )
    }
}

/// A fresh id, ordered by time (UUID version 7).
pub(super) fn run_id() -> Uuid {
    let mut random = [0; 10];
    fill_random(&mut random);
    let millis = u64::try_from(Timestamp::now().as_millisecond()).unwrap_or_default();
    uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid()
}

/// Fills `bytes` from the operating system's random source.
pub(super) fn fill_random(bytes: &mut [u8]) {
    rand::fill(bytes).expect("the operating system's random source is always there once it is seeded");
}
