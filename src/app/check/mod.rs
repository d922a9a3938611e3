//! `rehearsal check`: one light pass, recorded, and judged over 24 hours and 28 days.

mod forget;
mod health;
pub(super) mod memory;
mod pace;
mod service;

use std::path::{Path, PathBuf};
use std::time::Duration;

use hyper::header::{HeaderName, HeaderValue};
use jiff::Timestamp;
use tokio::task::LocalSet;

use self::health::HealthCheck;
use super::alerting::Alarm;
use super::arguments;
use super::assembly::Background;
use super::history;
use super::interrupt::Interrupt;
use super::journal::{Journal, Missing};
use super::probe;
use super::recording::{self, Detail};
use super::rehearsal::{Cleanup, Rehearsal, run_id};
use super::reporting::Reporting;
use super::scenario;
use super::signing::Signing;
use super::subject::Subject;
use super::telemetry::Telemetry;
use super::windows::{self, Fresh};
use crate::atlassian::BaseUrl;
use crate::cli::{CheckArgs, KeptArgs};
use crate::conclusion::Windows;
use crate::config;
use crate::engine::{ControlTargets, Extent};
use crate::exit::{Abort, Exit};
use crate::history::{HealthProbe, Maintenance, Series};
use crate::projection::MixChoice;
use crate::report::Report;
use crate::report::progress::ProgressView;
use crate::scenario::{Plan, builtin};
use crate::slo::{Span, Standing};
use crate::statistics::Counts;
use crate::transport::Transport;
use crate::verdict::Trust;

/// Makes a pass, or goes on making them, or takes the tenant of earlier ones out of the app.
pub(super) async fn run(args: &CheckArgs, config: Option<&Path>) -> Result<Exit, Abort> {
    LocalSet::new().run_until(on_this_thread(args, config)).await
}

async fn on_this_thread(args: &CheckArgs, config: Option<&Path>) -> Result<Exit, Abort> {
    let kept = KeptArgs { history: args.history.clone(), state_dir: args.cleanup.state_dir.clone() };
    let reporting = Reporting::of(&args.out, &kept).await?;
    let mut alarm = Alarm::prepare(&args.alert, config, args.what.product().unwrap_or_default())?;
    let mut check = Check::prepare(args).await?;
    if args.health.forget {
        return forget::run(&mut check).await;
    }
    let mut telemetry = Telemetry::start(config, &check.instance())?;
    if let Some(every) = args.service.every {
        let listeners = Listeners { reporting: &reporting, alarm: &mut alarm, telemetry };
        return service::run(&mut check, every, args.service.listen, listeners).await;
    }
    alarm.begin();
    let pass = check.pass(&reporting.progress()).await;
    let exit = match &pass {
        // Whatever becomes of the history, the report is had.
        Ok(pass) => reporting.publish(&pass.report).and_then(|exit| pass.kept.clone().map(|()| exit)),
        Err(abort) => Err(abort.clone()),
    };
    if let Some(telemetry) = &mut telemetry {
        telemetry.tell(pass.as_ref().ok().map(|pass| &pass.report), None);
    }
    alarm.conclude(pass.as_ref().and_then(Pass::kept), &mut check.history).await;
    if let Some(telemetry) = telemetry {
        telemetry.end().await;
    }
    exit
}

/// Who is told of the passes of a service.
struct Listeners<'check> {
    reporting: &'check Reporting,
    alarm: &'check mut Alarm,
    telemetry: Option<Telemetry>,
}

/// A pass that was made.
struct Pass {
    report: Report,
    /// Whether it could be kept anywhere.
    kept: Result<(), Abort>,
}

impl Pass {
    /// The report of a pass that was kept.
    fn kept(&self) -> Result<&Report, &Abort> {
        self.kept.as_ref().map(|()| &self.report)
    }
}

/// A check that is ready to make passes.
pub(super) struct Check<'args> {
    setup: Setup<'args>,
    history: Journal,
}

/// What stays the same from pass to pass.
struct Setup<'args> {
    args: &'args CheckArgs,
    base: BaseUrl,
    state_dir: PathBuf,
    plan: Plan,
    mix: MixChoice,
    headers: Vec<(HeaderName, HeaderValue)>,
    trust: Trust,
    transport: Transport,
    control: Option<ControlTargets>,
    health: Option<HealthCheck>,
    planned: Vec<Maintenance>,
    interrupt: Interrupt,
    signing: Signing,
}

impl<'args> Check<'args> {
    /// Reads what was typed, starts the key server and opens the history.
    ///
    /// # Errors
    /// When something of that is wrong or can't be had. A history out of reach is no error: the pass is made
    /// all the same.
    pub(super) async fn prepare(args: &'args CheckArgs) -> Result<Self, Abort> {
        long_enough(args.retention.keep)?;
        let state_dir = config::state_dir(args.cleanup.state_dir.as_deref())?;
        let url = history::url(args.history.history.as_deref(), Some(&state_dir))?;
        let history = Journal::open(&url, &state_dir).await?;
        Ok(Self { setup: Setup::new(args, state_dir).await?, history })
    }

    /// What tells the metrics of this check from those of others.
    fn instance(&self) -> String {
        let Setup { args, base, trust, .. } = &self.setup;
        let place = [args.place.environment.as_deref(), args.place.location.as_deref()];
        let parts = [Some(base.to_string()), Some(trust.name().to_owned())].into_iter().flatten();
        parts.chain(place.into_iter().flatten().map(str::to_owned)).collect::<Vec<_>>().join(" ")
    }

    /// Sends what is to be sent, judges the windows with it, and records the run. The report holds how the app
    /// stands, unless the history is out of reach or none is kept.
    ///
    /// # Errors
    /// When nothing could be sent.
    async fn pass(&mut self, view: &ProgressView) -> Result<Pass, Abort> {
        let Self { setup, history } = self;
        let subject = setup.subject(history).await?;
        let series = recording::series(&subject, &setup.args.place, setup.trust);
        let cleanup = setup.cleanup(history, &series).await;
        let rehearsal = setup.rehearsal(subject, cleanup);
        let played = rehearsal.play(Detail::Tenants, &setup.interrupt, view).await?;
        let probe = setup.ask_health().await;
        let fresh = Fresh { events: &played.events, health: probe.as_ref() };
        let judged = setup.judge(history, series.clone(), fresh).await;
        let background = Background {
            so_far: judged.standing().map_or(Counts::NONE, windows::so_far_of),
            windows: judged.windows(),
            health: setup.health.as_ref().zip(probe.as_ref()).map(|(check, probe)| check.row(probe)),
        };
        let report = rehearsal.report(&played, background)?;
        let kept = history.keep(recording::record(&report, series, played.events, probe)?).await;
        if let Some(keep) = setup.args.retention.keep {
            history.forget(Timestamp::now().checked_sub(keep).unwrap_or(Timestamp::MIN)).await;
        }
        Ok(Pass { report, kept })
    }
}

/// What the windows say, or why they say nothing.
enum Judged {
    Standing(Box<Standing>),
    NotKept,
    OutOfReach(String),
}

impl Judged {
    fn standing(&self) -> Option<&Standing> {
        match self {
            Self::Standing(standing) => Some(standing),
            Self::NotKept | Self::OutOfReach(_) => None,
        }
    }

    fn windows(&self) -> Windows<'_> {
        match self {
            Self::Standing(standing) => Windows::Judged(standing),
            Self::NotKept => Windows::NotAsked,
            Self::OutOfReach(why) => Windows::OutOfReach(why),
        }
    }
}

impl<'args> Setup<'args> {
    async fn new(args: &'args CheckArgs, state_dir: PathBuf) -> Result<Self, Abort> {
        let base = probe::base_url(&args.base_url)?;
        let trust = said_trust(args, &base)?;
        let transport = probe::transport(&args.how, &base)?;
        let single = [builtin::SINGLE_INSTALL.to_owned()];
        let wanted = if args.what.scenario.is_empty() { &single[..] } else { &args.what.scenario };
        let health = match &args.health.health_path {
            Some(path) => Some(HealthCheck::new(&base, path, config::transport_to(&args.how, base.url())?)?),
            None => None,
        };
        Ok(Self {
            plan: scenario::plan(wanted, &probe::setting(&args.what)?)?,
            mix: probe::mix(&args.projection, &args.what)?,
            headers: probe::headers(&args.how)?,
            control: probe::control(&args.how, &transport)?,
            transport,
            interrupt: match args.service.every {
                Some(_) => Interrupt::heed_patiently()?,
                None => Interrupt::heed()?,
            },
            signing: Signing::start(&args.trust, trust, &base).await?,
            args,
            base,
            state_dir,
            trust,
            health,
            planned: config::maintenance()?,
        })
    }

    /// The app, by its descriptor, or by what the history remembers of it when it is down.
    async fn subject(&self, history: &mut Journal) -> Result<Subject, Abort> {
        let base = &self.base;
        let known = match history.store() {
            Ok(store) => memory::known_app(store, base).await.unwrap_or_default(),
            Err(_) => None,
        };
        let product = self.args.what.product().unwrap_or_default();
        let subject =
            Subject::find(base.clone(), &self.args.place, product, &self.transport, known.as_ref()).await?;
        if subject.descriptor_missing.is_none()
            && let (Ok(store), Some(now)) = (history.store(), subject.known())
        {
            // What can't be remembered now is learnt again next time.
            let _ = memory::learn_app(store, base, known.as_ref(), &now).await;
        }
        Ok(subject)
    }

    /// The one callback comes from a tenant that stays; tenants of scenarios go. So does the one tenant where
    /// it can't be remembered, and where its secret would have to be: the history keeps none, and an app of
    /// the legacy kind wants the last one.
    async fn cleanup(&self, history: &mut Journal, series: &Series) -> Cleanup {
        let what = &self.args.what;
        let is_single = what.scenario.is_empty() && what.repeat == 1 && self.trust != Trust::Legacy;
        match history.store() {
            _ if self.args.cleanup.no_cleanup => Cleanup::Leave,
            Ok(store) if is_single => memory::tenant(store, &self.base, series, run_id())
                .await
                .map_or(Cleanup::Uninstall, Cleanup::Keep),
            Ok(_) | Err(_) => Cleanup::Uninstall,
        }
    }

    fn rehearsal(&self, subject: Subject, cleanup: Cleanup) -> Rehearsal<'_> {
        Rehearsal {
            command: recording::FEEDS_WINDOWS,
            arguments: arguments::typed(),
            subject,
            plan: self.plan.clone(),
            what: &self.args.what,
            extent: Extent::Repeat(self.args.what.repeat),
            fail_if: &[],
            place: &self.args.place,
            trust_args: &self.args.trust,
            how: &self.args.how,
            trust: self.trust,
            signing: &self.signing,
            transport: self.transport.clone(),
            headers: self.headers.clone(),
            control: self.control.as_ref(),
            mix: self.mix.clone(),
            projection: &self.args.projection,
            padding: 0,
            cleanup,
            state_dir: Some(&self.state_dir),
            events: self.args.events.events.as_deref(),
        }
    }

    async fn ask_health(&self) -> Option<HealthProbe> {
        match &self.health {
            Some(health) if !self.interrupt.soon.requested() => Some(health.ask(self.control.as_ref()).await),
            Some(_) | None => None,
        }
    }

    async fn judge(&self, history: &mut Journal, series: Series, fresh: Fresh<'_>) -> Judged {
        let stale_after = self.args.health.stale.stale_after;
        match history.store() {
            Ok(store) => {
                let now = Timestamp::now();
                match windows::standing_after(store, series, &self.planned, stale_after, now, fresh).await {
                    Ok(standing) => Judged::Standing(Box::new(standing)),
                    Err(error) => Judged::OutOfReach(error.to_string()),
                }
            }
            Err(Missing::NotKept) => Judged::NotKept,
            Err(Missing::OutOfReach(why)) => Judged::OutOfReach(why),
        }
    }
}

/// Runs that a window still counts are not forgotten by the check that judges it.
fn long_enough(keep: Option<Duration>) -> Result<(), Abort> {
    match keep {
        Some(keep) if keep < Span::FourWeeks.length() => Err(Abort::usage(
            "--keep: a check is judged over 28 days, and would forget runs that still count",
        )
        .remedy("keep 28d or more; `rehearsal history prune` forgets whatever it is told to")),
        Some(_) | None => Ok(()),
    }
}

/// How the app takes the signature. Away from this machine nobody should have to guess what a check from cron
/// does to an app.
fn said_trust(args: &CheckArgs, base: &BaseUrl) -> Result<Trust, Abort> {
    match args.trust.trust {
        Some(trust) => Ok(trust.into()),
        None if base.is_loopback() => Ok(Trust::ProbeKey),
        None => Err(Abort::usage("a check of an app on another machine wants --trust said").remedy(
            "--trust none for production that trusts Atlassian alone, --trust probe-key where the app takes our key",
        )),
    }
}
