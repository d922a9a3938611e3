//! `rehearsal probe`.

use hyper::header::{HeaderName, HeaderValue};
use jiff::Timestamp;

use super::arguments;
use super::assembly::Background;
use super::history;
use super::interrupt::Interrupt;
use super::journal::Journal;
use super::recording::{self, Detail};
use super::rehearsal::{Cleanup, Rehearsal};
use super::reporting::Reporting;
use super::scenario;
use super::signing::Signing;
use super::subject::{self, Subject};
use super::windows;
use crate::atlassian::BaseUrl;
use crate::cli::estimate::GateMethod;
use crate::cli::{GateFlags, HowArgs, KeptArgs, PlatformArg, ProbeArgs, ProjectionArgs, WhatArgs};
use crate::config;
use crate::engine::{ControlTargets, Extent};
use crate::exit::{Abort, Exit};
use crate::projection::{Mix, MixChoice};
use crate::scenario::{Platform, ProtectedPath, Setting};
use crate::statistics::gate::{GatePlan, Method};
use crate::statistics::{OutOfRange, Probability};
use crate::transport::Transport;
use crate::verdict::Trust;

/// Replays the lifecycle scenarios against an app.
pub(super) async fn run(args: &ProbeArgs) -> Result<Exit, Abort> {
    let kept = KeptArgs { history: args.history.clone(), state_dir: args.cleanup.state_dir.clone() };
    let reporting = Reporting::of(&args.out, &kept).await?;
    let state_dir = config::state_dir(args.cleanup.state_dir.as_deref())?;
    let base = base_url(&args.base_url)?;
    let url = history::url(args.history.history.as_deref(), None)?;
    let mut history = Journal::open(&url, &state_dir).await?;
    let plan = scenario::plan(&args.what.scenario, &setting(&args.what)?)?;
    let mix = mix(&args.projection, &args.what)?;
    let headers = headers(&args.how)?;
    let trust = args.trust.trust.map_or(Trust::ProbeKey, Trust::from);
    let transport = transport(&args.how, &base)?;
    let control = control(&args.how, &transport)?;
    let interrupt = Interrupt::heed()?;
    let signing = Signing::start(&args.trust, trust, &base).await?;
    let subject =
        Subject::find(base, &args.place, args.what.product().unwrap_or_default(), &transport, None).await?;
    let rehearsal = Rehearsal {
        command: "probe",
        arguments: arguments::typed(),
        subject,
        plan,
        what: &args.what,
        extent: extent(args)?,
        fail_if: &args.thresholds.fail_if,
        place: &args.place,
        trust_args: &args.trust,
        how: &args.how,
        trust,
        signing: &signing,
        transport,
        headers,
        control: control.as_ref(),
        mix,
        projection: &args.projection,
        padding: 0,
        cleanup: if args.cleanup.no_cleanup { Cleanup::Leave } else { Cleanup::Uninstall },
        state_dir: Some(&state_dir),
        events: args.events.events.as_deref(),
    };
    let series = recording::series(&rehearsal.subject, &args.place, trust);
    let played = rehearsal.play(Detail::Steps, &interrupt, &reporting.progress()).await?;
    let background = match history.store() {
        Ok(store) => Background {
            so_far: windows::so_far(store, series.clone(), &config::maintenance()?, Timestamp::now()).await?,
            ..Background::default()
        },
        Err(_) => Background::default(),
    };
    let report = rehearsal.report(&played, background)?;
    let kept = history.keep(recording::record(&report, series, played.events, None)?).await;
    // Whatever becomes of the history, the report is had.
    let exit = reporting.publish(&report)?;
    kept.map(|()| exit)
}

/// Reads the base URL that was typed.
pub(super) fn base_url(text: &str) -> Result<BaseUrl, Abort> {
    BaseUrl::parse(text).map_err(|error| {
        Abort::usage(error.to_string())
            .remedy("give it as https://HOST[:PORT][/PATH], e.g. https://staging.example.com/connect")
    })
}

/// The transport for requests to `base`.
pub(super) fn transport(how: &HowArgs, base: &BaseUrl) -> Result<Transport, Abort> {
    Transport::new(config::transport_to(how, base.url())?).map_err(|error| Abort::usage(error.to_string()))
}

/// What shows whether our own network works, where anything was given for it.
pub(super) fn control(how: &HowArgs, transport: &Transport) -> Result<Option<ControlTargets>, Abort> {
    if how.control_url.is_none() && how.control_name.is_none() {
        return Ok(None);
    }
    let url = how.control_url.as_ref().map(|url| subject::target("--control-url", url));
    Ok(Some(ControlTargets::new(transport.clone(), url.transpose()?, how.control_name.clone())))
}

/// The headers to add to every callback; their values are not for reports.
pub(super) fn headers(how: &HowArgs) -> Result<Vec<(HeaderName, HeaderValue)>, Abort> {
    let mut typed = config::headers(how)?;
    typed.extend(how.user_agent.iter().map(|value| ("User-Agent".to_owned(), value.clone())));
    typed
        .into_iter()
        .map(|(name, value)| {
            let wrong = || Abort::usage(format!("the value of header `{name}` can't be sent"));
            let parsed = HeaderName::try_from(name.as_str()).map_err(|_| wrong())?;
            let mut value = HeaderValue::try_from(value).map_err(|_| wrong())?;
            value.set_sensitive(parsed != hyper::header::USER_AGENT);
            Ok((parsed, value))
        })
        .collect()
}

/// The shares of the event types, as typed or assumed.
pub(super) fn mix(projection: &ProjectionArgs, what: &WhatArgs) -> Result<MixChoice, Abort> {
    if projection.mix.is_empty() {
        return Ok(MixChoice::Assumed(Mix::assumed(platform(what.platform) == Platform::Connect)));
    }
    Mix::parse(projection.mix.iter().map(String::as_str))
        .map(MixChoice::Given)
        .map_err(|problem| Abort::usage(format!("--mix: {problem}")))
}

fn extent(args: &ProbeArgs) -> Result<Extent, Abort> {
    let Some(objective) = args.gate.gate else { return Ok(Extent::Repeat(args.what.repeat)) };
    let plan = gate_plan(objective.probability(), &args.gate)
        .map_err(|error| Abort::usage(format!("--gate: {error}")))?;
    Ok(Extent::Gate { plan, max_time: args.gate.max_time })
}

fn gate_plan(objective: Probability, flags: &GateFlags) -> Result<GatePlan, OutOfRange> {
    let alternative = flags.alternative.unwrap_or_else(|| GatePlan::usual_alternative(objective));
    let method = match flags.method {
        GateMethod::Sprt => Method::Sprt,
        GateMethod::Fixed => Method::Fixed { allowed_bad: flags.allowed_failures },
        GateMethod::EProcess => Method::EProcess,
    };
    let max_probes = flags.max_probes.unwrap_or_else(|| GatePlan::usual_max_probes(objective));
    GatePlan::new(objective, alternative, flags.confidence, method, max_probes)
}

/// What the scenarios are fitted to.
pub(super) fn setting(what: &WhatArgs) -> Result<Setting, Abort> {
    let protected_path = what.protected_path.as_deref().map(str::parse::<ProtectedPath>).transpose();
    Ok(Setting {
        product: what.product().unwrap_or_default(),
        platform: platform(what.platform),
        protected_path: protected_path
            .map_err(|problem| Abort::usage(format!("--protected-path: {problem}")))?,
    })
}

/// The platform that was typed.
pub(super) const fn platform(platform: PlatformArg) -> Platform {
    match platform {
        PlatformArg::Connect => Platform::Connect,
        PlatformArg::ConnectOnForge => Platform::ConnectOnForge,
    }
}
