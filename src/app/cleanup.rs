//! `rehearsal cleanup`: uninstalls what a killed run left behind.

use std::cell::RefCell;
use std::fmt::Write;
use std::path::Path;
use std::time::Duration;

use uuid::Uuid;

use super::interrupt::Interrupt;
use super::ledger_log::LedgerLog;
use super::probe;
use super::rehearsal::fill_random;
use super::signing::Signing;
use crate::atlassian::lifecycle::Introduction;
use crate::atlassian::target::LifecycleTargets;
use crate::atlassian::{AppKey, BaseUrl, ClientKey, LifecycleEvent, Profile, RunTag, SiteTemplate, Tenant};
use crate::cli::CleanupArgs;
use crate::config;
use crate::engine::{self, Script, Surroundings};
use crate::exit::{Abort, Exit};
use crate::ledger::{Header, Ledger, Leftover, Tenancy};
use crate::report::output;
use crate::scenario::Plan;
use crate::verdict::{ClassificationPolicy, Trust};

/// How many tenants are uninstalled at once.
const CONCURRENCY: u32 = 4;

/// Lists runs that left something behind, or cleans up after one.
pub(super) async fn run(args: &CleanupArgs) -> Result<Exit, Abort> {
    let ledgers = config::state_dir(args.state_dir.as_deref())?.join("ledgers");
    let Some(run) = &args.run else {
        output::print(&list(&ledgers)?)?;
        return Ok(Exit::Ok);
    };
    let leftover = Leftover::find(&ledgers, run)?;
    if args.forget {
        let forgotten = leftover.tenants.len();
        discard(LedgerLog::new(reopen(&leftover)?), &leftover)?;
        output::print(&format!("Forgot {forgotten} tenants of run {}.\n", leftover.header.run))?;
        return Ok(Exit::Ok);
    }
    clean_up(args, &leftover).await
}

fn list(ledgers: &Path) -> Result<String, Abort> {
    let mut text = String::new();
    for leftover in Leftover::all(ledgers)? {
        let Header { run, started_at, base_url, .. } = &leftover.header;
        let _ = writeln!(text, "{run}  {started_at:.0}  {base_url}  {} tenants", leftover.tenants.len());
    }
    if text.is_empty() {
        text = format!("No run left anything behind (looked in {}).\n", ledgers.display());
    }
    Ok(text)
}

async fn clean_up(args: &CleanupArgs, leftover: &Leftover) -> Result<Exit, Abort> {
    let header = &leftover.header;
    let interrupt = Interrupt::heed()?;
    let base = probe::base_url(&header.base_url)?;
    let trust = args.trust.trust.map_or_else(|| recorded_trust(header), Trust::from);
    let transport = probe::transport(&args.how, &base)?;
    let signing = Signing::start(&args.trust, trust, &base).await?;
    let script = script(header, base, trust, &signing, probe::headers(&args.how)?)?;
    let log = LedgerLog::new(reopen(leftover)?);
    let around = Surroundings {
        script: &script,
        transport: &transport,
        control: None,
        log: &log,
        random: &RefCell::new(fill_random),
        stop: &interrupt.soon,
    };
    let tenants = leftover.tenants.iter().map(recorded).collect::<Result<Vec<_>, _>>()?;
    let remaining = engine::remove(&around, tenants, CONCURRENCY, Duration::ZERO).await;
    for remaining in &remaining {
        output::note(&format!("{} remains in the app: {}", remaining.tenant.client_key(), remaining.why));
    }
    let removed = leftover.tenants.len() - remaining.len();
    output::print(&format!("Uninstalled {removed} of {} tenants.\n", leftover.tenants.len()))?;
    if remaining.is_empty() {
        discard(log, leftover)?;
        return Ok(Exit::Ok);
    }
    Ok(if interrupt.soon.requested() { Exit::Interrupted } else { Exit::Breach })
}

fn script(
    header: &Header,
    base: BaseUrl,
    trust: Trust,
    signing: &Signing,
    headers: Vec<(hyper::header::HeaderName, hyper::header::HeaderValue)>,
) -> Result<Script, Abort> {
    let targets = LifecycleTargets::new(base);
    let targets = match &header.uninstalled_path {
        Some(path) => targets.with(LifecycleEvent::Uninstalled, path),
        None => targets,
    };
    Ok(Script {
        plan: Plan::default(),
        tag: RunTag::of(Uuid::nil()),
        sites: SiteTemplate::default(),
        app_key: AppKey::new(&header.app_key).map_err(|error| broken(header, &error))?,
        signer: signing.signer(&header.audience),
        targets,
        trust,
        policy: ClassificationPolicy::new(trust, []),
        introduction: match trust {
            Trust::None => Introduction::AsProbe,
            Trust::ProbeKey | Trust::Legacy => Introduction::AsAtlassian,
        },
        headers,
        retries: 0,
        padding: 0,
    })
}

fn recorded_trust(header: &Header) -> Trust {
    Trust::named(&header.trust).unwrap_or(Trust::ProbeKey)
}

pub(super) fn recorded(tenancy: &Tenancy) -> Result<Tenant, Abort> {
    let wrong =
        |error: &dyn std::fmt::Display| Abort::data(format!("a tenant of the ledger is broken: {error}"));
    let client_key = ClientKey::new(&tenancy.client_key).map_err(|error| wrong(&error))?;
    let site = BaseUrl::parse(&tenancy.site).map_err(|error| wrong(&error))?;
    let profile = Profile { product: tenancy.product, ..Profile::default() };
    Ok(Tenant::recorded(&client_key, site, profile, &mut fill_random))
}

fn broken(header: &Header, error: &dyn std::fmt::Display) -> Abort {
    Abort::data(format!("the ledger of run {} is broken: {error}", header.run))
}

fn reopen(leftover: &Leftover) -> Result<Ledger, Abort> {
    Ledger::reopen(&leftover.path).map_err(|error| {
        Abort::unavailable(format!("the ledger {} can't be opened: {error}", leftover.path.display()))
    })
}

fn discard(log: LedgerLog, leftover: &Leftover) -> Result<(), Abort> {
    log.discard().map_err(|error| {
        Abort::unavailable(format!("the ledger {} can't be removed: {error}", leftover.path.display()))
    })
}
