//! `rehearsal load`: sign ahead, note, send on schedule, clean up, report.

mod abort;
mod book;
mod capacity;
mod ceilings;
mod model;
mod safety;

use std::cell::RefCell;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use hyper::header::{HeaderName, HeaderValue};
use jiff::Timestamp;
use serde_json::json;
use uuid::Uuid;

use self::book::LedgerBook;
use self::capacity::Quest;
use self::ceilings::Ceilings;
use self::safety::Reach;
use super::assembly::{self, Background, Finished, LoadFinished};
use super::bounds::{self, RunFigures};
use super::description::{Description, millis};
use super::event_log::EventLog;
use super::history;
use super::interrupt::Interrupt;
use super::journal::Journal;
use super::ledger_log::LedgerLog;
use super::recording;
use super::rehearsal::{fill_random, run_id};
use super::reporting::Reporting;
use super::script::{self, ScriptParts, ledger_failed};
use super::signing::Signing;
use super::subject::Subject;
use super::{arguments, cleanup, probe, scenario};
use crate::atlassian::{RunTag, SiteTemplate, Tenant};
use crate::cli::{KeptArgs, LoadArgs, LoadWhatArgs};
use crate::conclusion::BoundsSaid;
use crate::config;
use crate::engine::load::{Brake, LoadPlan, LoadProgress, LoadSetup, Loaded, Tenants, Tokens, load};
use crate::engine::{self, Script, Surroundings};
use crate::exit::{Abort, Exit};
use crate::ledger::{Ledger, Leftover};
use crate::projection::{Mix, MixChoice};
use crate::report::live::{LoadStanding, LoadView};
use crate::report::model::{Capacity, Report, Run};
use crate::report::output;
use crate::scenario::{Plan, ProtectedPath, Setting};
use crate::transport::{DnsCache, Transport};
use crate::verdict::Trust;

/// How many tenants are uninstalled at once.
const REMOVED_AT_ONCE: u32 = 32;

/// Load-tests an app.
pub(super) async fn run(args: &LoadArgs) -> Result<Exit, Abort> {
    let kept = KeptArgs { history: args.history.clone(), state_dir: args.cleanup.state_dir.clone() };
    let reporting = Reporting::of(&args.out, &kept).await?;
    let state_dir = config::state_dir(args.cleanup.state_dir.as_deref())?;
    let url = history::url(args.history.history.as_deref(), None)?;
    let mut journal = Journal::open(&url, &state_dir).await?;
    let base = probe::base_url(&args.base_url)?;
    let trust = safety::trust(args, &base)?;
    let plan = scenario::plan(&args.what.scenario, &setting(&args.what)?)?;
    let load_plan = model::plan(args, plan.scenarios.len(), trust)?;
    let quest = args.capacity.find_capacity.then(|| Quest::of(args, &load_plan)).transpose()?;
    abort::admit(&args.abort.abort_if)?;
    script::site_template(&args.trust)?;
    let sites = args.trust.site_template.as_deref().unwrap_or(SiteTemplate::DEFAULT);
    safety::consent(&args.safety, &Reach::of(&load_plan, quest.is_some()), &base, sites)?;
    let headers = probe::headers(&args.how)?;
    let transport = transport(args, &base)?;
    let interrupt = Interrupt::heed()?;
    let redactor = script::redactor(&headers, &transport);
    let events = args.events.events.as_deref().map(|path| EventLog::create(path, &plan, redactor));
    let events = events.transpose()?.map(Arc::new);
    let signing = Signing::start(&args.trust, trust, &base).await?;
    let product = args.what.product().unwrap_or_default();
    let subject = Subject::find(base, &args.place, product, &transport, None).await?;
    let series = recording::series(&subject, &args.place, trust);
    let test = LoadTest {
        args,
        subject,
        plan,
        load_plan: &load_plan,
        trust,
        signing,
        transport,
        headers,
        ledgers: state_dir.join("ledgers"),
        events,
    };
    let report = test.run(quest, &interrupt, &reporting.load_view()).await?;
    let kept = journal.keep(recording::record(&report, series, Vec::new(), None)?).await;
    // Whatever becomes of the history, the report is had.
    let exit = reporting.publish(&report)?;
    kept.map(|()| exit)
}

/// A sender of many callbacks keeps what the name server said for as long as it may.
fn transport(args: &LoadArgs, base: &crate::atlassian::BaseUrl) -> Result<Transport, Abort> {
    let mut settings = config::transport_to(&args.how, base.url())?;
    settings.dns.cache = DnsCache::On;
    Transport::new(settings).map_err(|error| Abort::usage(error.to_string()))
}

fn setting(what: &LoadWhatArgs) -> Result<Setting, Abort> {
    let protected_path = what.protected_path.as_deref().map(str::parse::<ProtectedPath>).transpose();
    Ok(Setting {
        product: what.product().unwrap_or_default(),
        platform: probe::platform(what.platform),
        protected_path: protected_path
            .map_err(|problem| Abort::usage(format!("--protected-path: {problem}")))?,
    })
}

/// A load test that was carried out, or a search of which one trial is shown.
struct Carried {
    plan: LoadPlan,
    loaded: Loaded,
    capacity: Option<Capacity>,
    said: BoundsSaid,
}

/// One load test, ready to begin.
struct LoadTest<'run> {
    args: &'run LoadArgs,
    subject: Subject,
    plan: Plan,
    load_plan: &'run LoadPlan,
    trust: Trust,
    signing: Signing,
    transport: Transport,
    headers: Vec<(HeaderName, HeaderValue)>,
    ledgers: PathBuf,
    events: Option<Arc<EventLog>>,
}

impl LoadTest<'_> {
    async fn run(
        self,
        quest: Option<Quest<'_>>,
        interrupt: &Interrupt,
        view: &LoadView,
    ) -> Result<Report, Abort> {
        let id = run_id();
        let parts = self.parts();
        let script = Arc::new(parts.script(RunTag::of(id))?);
        let ceilings = self.ceilings(&script)?;
        let header = parts.ledger_header(id, Timestamp::now());
        let ledger = Ledger::create(&self.ledgers, &header).map_err(|error| self.ledger_failed(&error))?;
        let path = ledger.path().to_owned();
        let (ledger, proven) = self.prove(&script, ledger, interrupt).await?;
        let book = Arc::new(LedgerBook::new(ledger));
        let Carried { plan, loaded, capacity, mut said } = match quest {
            None => self.whole(&script, &book, interrupt, view).await?,
            Some(quest) => self.seek(quest, &ceilings, &script, &book, interrupt, view).await?,
        };
        let residue = self.clean_up(&script, &book, &path, proven, &loaded, interrupt, view).await?;
        view.finish();
        let figures = RunFigures { recorder: &loaded.recorder, load: Some(&loaded) };
        said.add(bounds::said(&self.args.thresholds.fail_if, &figures));
        let doubts = LoadFinished { loaded: &loaded, plan: &plan, capacity: capacity.as_ref() };
        let is_complete = !interrupt.soon.requested() && loaded.failed.is_none();
        let mut report = assembly::assemble(Finished {
            run: self.describe(id, &plan, &loaded, &ceilings, is_complete),
            script: &script,
            deadlines: self.transport.settings().deadlines,
            recorder: &loaded.recorder,
            iterations: &loaded.iterations,
            concurrency: u32::MAX,
            gate: None,
            bounds: said,
            load: Some(doubts),
            untrusted_install_accepted: false,
            cut_short: interrupt.cut_short(loaded.failed.as_ref().map(|error| self.ledger_failed(error))),
            key_fetched: self.signing.was_fetched(),
            descriptor_missing: self.subject.descriptor_missing.as_ref().map(assembly::descriptor_missing),
            findings: &self.subject.findings,
            mix: MixChoice::Assumed(Mix::assumed(true)),
            events_28d: None,
            retry: None,
            residue,
            redactor: script::redactor(&self.headers, &self.transport),
            background: Background::default(),
        });
        report.advisories.extend(self.events.and_then(Arc::into_inner).and_then(EventLog::close));
        Ok(report)
    }

    fn parts(&self) -> ScriptParts<'_> {
        ScriptParts {
            subject: &self.subject,
            plan: &self.plan,
            trust_args: &self.args.trust,
            trust: self.trust,
            signing: &self.signing,
            headers: &self.headers,
            retries: 0,
            padding: 0,
        }
    }

    fn ceilings(&self, script: &Script) -> Result<Ceilings, Abort> {
        let settings = self.transport.settings();
        let ceilings =
            Ceilings::find(self.load_plan, script, settings, self.subject.base.is_loopback(), fill_random);
        ceilings.admit(self.load_plan)?;
        if !self.args.out.quiet {
            output::note(&ceilings.sentence(self.load_plan));
        }
        Ok(ceilings)
    }

    /// Off this machine, an app first has to show that it is ours.
    async fn prove(
        &self,
        script: &Script,
        ledger: Ledger,
        interrupt: &Interrupt,
    ) -> Result<(Ledger, Vec<Tenant>), Abort> {
        if self.subject.base.is_loopback() {
            return Ok((ledger, Vec::new()));
        }
        let path = ledger.path().to_owned();
        let log = LedgerLog::new(ledger);
        let random = RefCell::new(fill_random);
        let around = self.around(script, &log, &random, &interrupt.soon);
        let proof = safety::proofs(&around).await?;
        let ledger = Ledger::reopen(&path).map_err(|error| self.ledger_failed(&error))?;
        Ok((ledger, proof.residue))
    }

    /// Carries out the plan as it is.
    async fn whole(
        &self,
        script: &Arc<Script>,
        book: &Arc<LedgerBook>,
        interrupt: &Interrupt,
        view: &LoadView,
    ) -> Result<Carried, Abort> {
        let (mut brake, mut said) = (Brake::default(), BoundsSaid::default());
        let bounds = &self.args.abort.abort_if;
        let mut ends = |progress: &LoadProgress<'_>| {
            let crossed = abort::reason(bounds, progress.seconds, progress.total);
            said.crossed.extend(crossed.clone().filter(|_| said.crossed.is_empty()));
            crossed.or_else(|| brake.observe(progress.last))
        };
        let plan = self.load_plan.clone();
        let loaded = self.load(&plan, script, book, interrupt, view, &mut ends).await?;
        Ok(Carried { plan, loaded, capacity: None, said })
    }

    /// Makes one trial after the other until enough is known.
    async fn seek(
        &self,
        mut quest: Quest<'_>,
        ceilings: &Ceilings,
        script: &Arc<Script>,
        book: &Arc<LedgerBook>,
        interrupt: &Interrupt,
        view: &LoadView,
    ) -> Result<Carried, Abort> {
        let mut failed = None;
        while let Some(plan) = quest.next().filter(|_| !interrupt.soon.requested()) {
            let mut ends = |progress: &LoadProgress<'_>| quest.is_hopeless(&plan, progress);
            let mut loaded = self.load(&plan, script, book, interrupt, view, &mut ends).await?;
            failed = loaded.failed.take();
            if interrupt.soon.requested() || failed.is_some() {
                quest.break_off(plan, loaded);
                break;
            }
            let rest = quest.take(plan, loaded);
            tokio::select! {
                () = tokio::time::sleep(rest) => {}
                () = interrupt.soon.wait() => {}
            }
        }
        let mut carried = quest.end(ceilings).ok_or_else(|| Abort {
            exit: Exit::Interrupted,
            ..Abort::usage("interrupted before the first trial")
        })?;
        carried.loaded.failed = failed;
        Ok(carried)
    }

    async fn load(
        &self,
        plan: &LoadPlan,
        script: &Arc<Script>,
        book: &Arc<LedgerBook>,
        interrupt: &Interrupt,
        view: &LoadView,
        ends: &mut dyn FnMut(&LoadProgress<'_>) -> Option<String>,
    ) -> Result<Loaded, Abort> {
        let setup = LoadSetup {
            plan: plan.clone(),
            script: Arc::clone(script),
            settings: self.transport.settings().clone(),
            book: Arc::clone(book) as _,
            witness: self.events.clone().map(|events| events as _),
            random: fill_random,
        };
        view.begin(plan.model.lasts(), plan.warm_up);
        load(setup, &interrupt.soon, &mut |progress| {
            view.update(&LoadStanding {
                seconds: progress.seconds,
                target_rate: plan.rate_at(progress.seconds),
                last: progress.last,
                total: progress.total,
            });
            ends(progress)
        })
        .await
        .map_err(|error| Abort::unavailable(format!("the load test could not be begun: {error}")))
    }

    /// Uninstalls what the run installed, no faster than it was installed. A second Ctrl-C leaves the rest.
    #[expect(clippy::too_many_arguments, reason = "everything that a run leaves is looked at here once")]
    async fn clean_up(
        &self,
        script: &Script,
        book: &LedgerBook,
        path: &Path,
        proven: Vec<Tenant>,
        loaded: &Loaded,
        interrupt: &Interrupt,
        view: &LoadView,
    ) -> Result<Vec<String>, Abort> {
        let tenants = match self.trust {
            Trust::Legacy => proven.into_iter().chain(loaded.residue.iter().cloned()).collect(),
            Trust::ProbeKey | Trust::None => {
                let leftover = Leftover::find(&self.ledgers, &path.display().to_string())?;
                leftover.tenants.iter().map(cleanup::recorded).collect::<Result<Vec<_>, _>>()?
            }
        };
        let mut remaining: Vec<Tenant> = tenants;
        if !self.args.cleanup.no_cleanup && !remaining.is_empty() {
            view.stage(&format!("uninstalling {} tenants", remaining.len()));
            let random = RefCell::new(fill_random);
            let around = self.around(script, book, &random, &interrupt.now);
            let apart = loaded.took.div_f64((loaded.tally.completed.max(1)) as f64);
            let left =
                engine::remove(&around, remaining, REMOVED_AT_ONCE, apart.min(Duration::from_secs(1))).await;
            if let Some(first) = left.first() {
                view.note(&format!(
                    "{} tenants remain in the app, the first because {}",
                    left.len(),
                    first.why
                ));
            }
            remaining = left.into_iter().map(|left| left.tenant).collect();
        }
        if remaining.is_empty() && std::fs::remove_file(path).is_err() {
            view.note("the ledger of this run could not be removed; it holds nothing that is left to do");
        }
        Ok(remaining.into_iter().map(|tenant| tenant.client_key().to_string()).collect())
    }

    fn around<'a>(
        &'a self,
        script: &'a Script,
        log: &'a dyn engine::TenantLog,
        random: &'a engine::RandomSource,
        stop: &'a engine::Stop,
    ) -> Surroundings<'a> {
        Surroundings { script, transport: &self.transport, control: None, log, random, stop }
    }

    fn ledger_failed(&self, error: &std::io::Error) -> Abort {
        ledger_failed(&self.ledgers, error)
    }

    fn describe(
        &self,
        id: Uuid,
        plan: &LoadPlan,
        loaded: &Loaded,
        ceilings: &Ceilings,
        complete: bool,
    ) -> Run {
        let (what, complete) = (&self.args.what, complete && loaded.ended_early.is_none());
        let tenants = match plan.tenants {
            Tenants::UniqueFrom(_) => json!("unique"),
            Tenants::Pool(size) => json!(size),
        };
        let tokens = match plan.tokens {
            Tokens::EachTime => "one for each callback",
            Tokens::Reused => "one for each tenant, used again",
        };
        Description {
            command: "load",
            arguments: arguments::typed(),
            subject: &self.subject,
            plan: &self.plan,
            place: &self.args.place,
            how: &self.args.how,
            deadlines: self.transport.settings().deadlines,
            platform: what.platform,
            trust: self.trust,
            signing: &self.signing,
            seed: what.seed,
        }
        .of_run(
            id,
            loaded.started_at,
            complete,
            [
                ("weights", json!(what.weights)),
                ("tenants", tenants),
                ("tokens", json!(tokens)),
                ("warm_up_ms", millis(plan.warm_up)),
                ("grace_ms", millis(plan.grace)),
                ("max_in_flight", json!(plan.max_in_flight)),
                ("threads", json!(plan.shards)),
                ("signing_threads", json!(plan.signers)),
                ("ceiling_connections", json!(ceilings.connections)),
                ("ceiling_new_connections_per_s", json!(ceilings.new_connections.map(f64::round))),
                ("ceiling_signatures_per_s", json!(ceilings.signatures.round())),
            ],
        )
    }
}
