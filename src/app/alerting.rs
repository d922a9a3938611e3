//! Alerts about the passes of a check: what is worth saying goes out, and never holds up or changes the check.

use std::collections::BTreeMap;
use std::path::Path;

use futures_util::future::join_all;
use jiff::{SignedDuration, Timestamp};
use tokio::task::{JoinHandle, spawn_local};

use super::journal::{Journal, Missing};
use crate::alert::{
    self, Delivery, LeadingFailure, Memory, Occurrence, Patience, Signal, Subject, Undelivered, deliver,
};
use crate::atlassian::Product;
use crate::cli::AlertFlags;
use crate::codes::Code;
use crate::config::{self, Alerting};
use crate::exit::{Abort, Exit};
use crate::history::{HistoryError, HistoryStore, Series};
use crate::report::model::{Basis, Report, Status};
use crate::report::output;
use crate::slo::{State, Window};
use crate::verdict::Verdict;

/// The window in which the leading failure is looked for.
const LOOK_BACK: SignedDuration = SignedDuration::from_hours(24);

/// Who is told of the passes of a check.
pub(super) struct Alarm {
    alerting: Alerting,
    patience: Patience,
    product: Product,
    /// What is kept between passes where no history keeps it.
    kept: Option<Memory>,
    /// The pings that said that a pass begins.
    starting: Vec<JoinHandle<Result<(), Undelivered>>>,
}

impl Alarm {
    /// Reads what was typed, and the alerts of the settings file.
    ///
    /// # Errors
    /// When something of that is wrong.
    pub(super) fn prepare(
        flags: &AlertFlags,
        config: Option<&Path>,
        product: Product,
    ) -> Result<Self, Abort> {
        let alerting = config::alerting(config, &flags.alerts)?;
        Ok(Self { alerting, patience: flags.patience(), product, kept: None, starting: Vec::new() })
    }

    /// Tells the dead man's switches that a pass begins, and waits for none of them. Needs a [`LocalSet`].
    ///
    /// [`LocalSet`]: tokio::task::LocalSet
    pub(super) fn begin(&mut self) {
        self.starting = self
            .alerting
            .heartbeats
            .iter()
            .cloned()
            .map(|heartbeat| {
                spawn_local(async move { heartbeat.ping(Signal::Start, "a check begins").await })
            })
            .collect();
    }

    /// Tells everybody what a pass came to. Takes as long as the slowest sink may; what could not be sent is
    /// noted.
    pub(super) async fn conclude(&mut self, pass: Result<&Report, &Abort>, journal: &mut Journal) {
        let ping = match pass {
            Ok(report) if report.verdict.exit_code != Exit::Interrupted.code() => {
                (Signal::Success, report.verdict.status.name().to_owned())
            }
            Ok(_) => (Signal::Fail, "interrupted".to_owned()),
            Err(abort) => (Signal::Fail, abort.problem.clone()),
        };
        let starting = std::mem::take(&mut self.starting);
        let heartbeats = self.alerting.heartbeats.clone();
        let pings = async {
            // In the order in which they are meant.
            join_all(starting).await;
            let pings = heartbeats.iter().map(|heartbeat| heartbeat.ping(ping.0, &ping.1));
            for (heartbeat, result) in heartbeats.iter().zip(join_all(pings).await) {
                if let Err(error) = result {
                    output::note(&format!("{} was not pinged: {error}", heartbeat.name));
                }
            }
        };
        let alerts = async {
            if let Ok(report) = pass
                && ping.0 == Signal::Success
                && !self.alerting.sinks.is_empty()
                && let Err(why) = self.tell(report, journal).await
            {
                output::note(&format!("no alert can be sent or held back: {why}"));
            }
        };
        tokio::join!(pings, alerts);
    }

    async fn tell(&mut self, report: &Report, journal: &mut Journal) -> Result<(), String> {
        match journal.store() {
            Ok(store) => self.tell_by(report, store).await.map_err(|error| error.to_string()),
            Err(Missing::NotKept) => {
                let now = Timestamp::now();
                let mut memory = self.kept.take().unwrap_or_else(|| Memory::begin(now));
                self.observe(&mut memory, report, now, by_code(report));
                self.send(&mut memory).await;
                self.kept = Some(memory);
                Ok(())
            }
            Err(missing) => Err(missing.to_string()),
        }
    }

    /// What was said is remembered before it is sent, and what was sent after that: a crash between the two
    /// sends it twice, under one key, rather than never.
    async fn tell_by(&mut self, report: &Report, store: &mut impl HistoryStore) -> Result<(), HistoryError> {
        let now = Timestamp::now();
        let series = series(report);
        let key = memory_key(&series);
        let before = store.memory(&key).await?;
        // What another version remembered in another form begins anew.
        let known = before.as_deref().and_then(|text| Memory::read(text).ok());
        let mut memory = known.unwrap_or_else(|| Memory::begin(now));
        let rows = store.tally(&series, &[now - LOOK_BACK, now]).await?.into_iter().flatten();
        let mut codes = BTreeMap::new();
        for row in rows.filter(|row| row.verdict == Verdict::Bad) {
            *codes.entry(row.code).or_default() += row.count;
        }
        self.observe(&mut memory, report, now, codes);
        let noted = memory.written();
        if before.as_ref() != Some(&noted) {
            store.remember(&key, &noted).await?;
        }
        if !memory.letters().is_empty() {
            self.send(&mut memory).await;
            store.remember(&key, &memory.written()).await?;
        }
        Ok(())
    }

    fn observe(&self, memory: &mut Memory, report: &Report, now: Timestamp, codes: BTreeMap<String, u64>) {
        let sinks = self.alerting.sinks.iter().map(|sink| sink.name.as_str());
        let found = (self.subject(report), occurrence(report, codes));
        memory.observe(state(report.verdict.status), now, &self.patience, sinks, found);
    }

    async fn send(&self, memory: &mut Memory) {
        let deliveries = deliver(&self.alerting.sinks, memory.letters()).await;
        for Delivery { sink, result, .. } in &deliveries {
            if let Err(error) = result {
                output::note(&format!("{sink} did not take an alert: {error}"));
            }
        }
        memory.settle(&deliveries);
    }

    fn subject(&self, report: &Report) -> Subject {
        let named = |text: &Option<String>| text.clone().unwrap_or_default();
        Subject {
            app_key: named(&report.run.app_key),
            target: report.run.target.clone(),
            product: self.product.name().to_owned(),
            environment: named(&report.run.environment),
            location: named(&report.run.location),
            trust: report.run.trust.name().to_owned(),
        }
    }
}

fn series(report: &Report) -> Series {
    let named = |text: &Option<String>| text.clone().unwrap_or_default();
    Series {
        app_key: Series::app(report.run.app_key.clone(), &report.run.target),
        environment: named(&report.run.environment),
        location: named(&report.run.location),
        trust: report.run.trust,
    }
}

fn memory_key(series: &Series) -> String {
    let Series { app_key, environment, location, trust } = series;
    format!("alerts {}", serde_json::json!([app_key, environment, location, trust.name()]))
}

/// How the app stands by the verdict of a pass: what settles nothing is no data.
const fn state(status: Status) -> State {
    match status {
        Status::Ok => State::Ok,
        Status::AtRisk => State::AtRisk,
        Status::Breach => State::Breach,
        Status::NoData | Status::Inconclusive | Status::Unattributed => State::NoData,
    }
}

/// How often each code was bad in this pass.
fn by_code(report: &Report) -> BTreeMap<String, u64> {
    let bad = report.outcomes.iter().filter(|row| row.verdict == Verdict::Bad);
    bad.map(|row| (row.code.clone(), row.count)).collect()
}

fn occurrence(report: &Report, codes: BTreeMap<String, u64>) -> Occurrence {
    let window = |window: &Window| alert::Window {
        seconds: window.span.length().as_secs(),
        good: window.good,
        bad: window.bad,
        success_rate: window.success_rate,
        threshold: window.objective,
    };
    let leading = codes.into_iter().max_by_key(|(_, count)| *count);
    let failure = leading.and_then(|(code, count)| {
        let entry = code.parse::<Code>().ok()?.entry();
        Some(LeadingFailure {
            code,
            count,
            owner: entry.owner.name().to_owned(),
            remedy: entry.remedy.to_owned(),
        })
    });
    Occurrence {
        basis: match report.verdict.basis {
            Basis::Sli => alert::Basis::Sli,
            Basis::Reachability => alert::Basis::Reachability,
        },
        windows: report.windows.iter().flat_map(|standing| &standing.windows).map(window).collect(),
        failure,
        reasons: report.verdict.reasons.clone(),
        more: match &report.run.app_key {
            Some(key) => format!("rehearsal slo --app-key {key}"),
            None => format!("rehearsal slo {}", report.run.target),
        },
    }
}
