//! `rehearsal demo`: the reference app on loopback, and a rehearsal against it.

use std::sync::mpsc;
use std::thread;

use clap::Parser;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, CertificateRevocationListDer};
use tokio::sync::oneshot;

use super::arguments;
use super::interrupt::Interrupt;
use super::probe;
use super::rehearsal::{Cleanup, Rehearsal};
use super::reporting::Reporting;
use super::scenario;
use super::signing::Signing;
use super::subject::Subject;
use crate::cli::{Cli, Command, DemoArgs, KeptArgs, ProbeArgs, WhatArgs};
use crate::config;
use crate::engine::Extent;
use crate::exit::{Abort, Exit};
use crate::nearest::nearest;
use crate::reference_app::{AppTrust, Fault, FaultSetup, KeyHost, ReferenceApp, Settings, ShownBy, Stage};
use crate::report::output;
use crate::serve::StartError;
use crate::transport::{self, HttpVersion, Proxy, Reuse, Transport};
use crate::verdict::Trust;

/// The page of the reference app that wants the tenant's current secret.
const PROTECTED_PATH: &str = "/protected";

/// Rehearses the reference app, sound or with a fault.
pub(super) async fn run(args: &DemoArgs) -> Result<Exit, Abort> {
    if args.list_faults {
        output::print(&list())?;
        return Ok(Exit::Ok);
    }
    let fault = args.fault.as_deref().map(named).transpose()?;
    let reporting = Reporting::of(&args.out, &KeptArgs::default()).await?;
    // The flags that the demo does not offer have their defaults.
    let mut probe = defaults();
    probe.what = what(&args.what, fault);
    let interrupt = Interrupt::heed()?;
    let signing = Signing::start(&probe.trust, Trust::ProbeKey, &probe::base_url(&probe.base_url)?).await?;
    let key_host = signing.server().map(|server| KeyHost::new(server.url()));
    let app_trust = key_host.map_or(AppTrust::Anyone, AppTrust::KeyHost);
    let stage = OnStage::set(fault, app_trust)?;
    let setup = &stage.setup;
    if let Some(fault) = fault {
        output::note(&format!("{}: {}\nExpected: {}\n", fault.name, fault.description, fault.expected));
    }
    probe.what.repeat = probe.what.repeat.max(setup.exchange);
    let base = probe::base_url(&setup.base_url)?;
    let plan = scenario::plan(&probe.what.scenario, &probe::setting(&probe.what)?)?;
    let mix = probe::mix(&args.projection, &probe.what)?;
    let subject = Subject::of_descriptor(base, "of the reference app", &setup.descriptor)?;
    let rehearsal = Rehearsal {
        command: "demo",
        arguments: arguments::typed(),
        subject,
        plan,
        what: &probe.what,
        extent: Extent::Repeat(probe.what.repeat),
        fail_if: &probe.thresholds.fail_if,
        place: &probe.place,
        trust_args: &probe.trust,
        how: &probe.how,
        trust: Trust::ProbeKey,
        signing: &signing,
        transport: transport(&probe, setup)?,
        headers: Vec::new(),
        control: None,
        mix,
        projection: &args.projection,
        padding: setup.request_bytes,
        cleanup: Cleanup::Uninstall,
        state_dir: None,
        events: args.events.events.as_deref(),
    };
    let report = rehearsal.run(&interrupt, &reporting.progress()).await?;
    stage.strike();
    reporting.publish(&report)
}

fn defaults() -> ProbeArgs {
    let typed = ["rehearsal", "probe", "http://127.0.0.1", "--key-server", "127.0.0.1:0"];
    match Cli::parse_from(typed).command {
        Command::Probe(args) => *args,
        _ => unreachable!("the command line above is a probe"),
    }
}

/// What is played: a fault shows in one scenario, so that waiting for a deadline is done once.
fn what(typed: &WhatArgs, fault: Option<&Fault>) -> WhatArgs {
    let mut what = typed.clone();
    what.protected_path.get_or_insert_with(|| PROTECTED_PATH.to_owned());
    if what.scenario.is_empty()
        && let Some(fault) = fault
    {
        what.scenario = vec![match fault.shown_by {
            ShownBy::Scenario(name) => name.to_owned(),
            ShownBy::Callback | ShownBy::Checks => "initial-install".to_owned(),
        }];
    }
    what
}

fn transport(probe: &ProbeArgs, setup: &FaultSetup) -> Result<Transport, Abort> {
    let defect =
        |error: &dyn std::fmt::Display| Abort::defect(format!("the fault's stage is set wrongly: {error}"));
    let mut settings: transport::Settings = config::transport(&probe.how)?;
    settings.dns.server = setup.dns_server;
    if let Some(pem) = &setup.ca_pem {
        let authorities = CertificateDer::pem_slice_iter(pem.as_bytes()).collect::<Result<Vec<_>, _>>();
        settings.tls.extra_authorities = authorities.map_err(|error| defect(&error))?;
    }
    if let Some(pem) = &setup.crl_pem {
        let lists =
            CertificateRevocationListDer::pem_slice_iter(pem.as_bytes()).collect::<Result<Vec<_>, _>>();
        settings.tls.revocation_lists = lists.map_err(|error| defect(&error))?;
    }
    settings.proxy = setup.proxy.as_deref().map(Proxy::parse).transpose().map_err(|error| defect(&error))?;
    settings.http = if setup.http2 { HttpVersion::Http2 } else { HttpVersion::Http1 };
    settings.reuse = if setup.keep_alive { Reuse::KeepAlive } else { Reuse::Fresh };
    Transport::new(settings).map_err(|error| defect(&error))
}

/// The app or fault on a thread of its own, so that what it does is not counted as the probe's waiting.
struct OnStage {
    setup: FaultSetup,
    curtain: oneshot::Sender<()>,
    thread: thread::JoinHandle<()>,
}

impl OnStage {
    fn set(fault: Option<&'static Fault>, trust: AppTrust) -> Result<Self, Abort> {
        let (ready, setup) = mpsc::channel();
        let (curtain, falls) = oneshot::channel();
        let thread = thread::spawn(move || {
            let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
                Ok(runtime) => runtime,
                Err(error) => {
                    let _ = ready.send(Err(Abort::unavailable(format!("the runtime can't start: {error}"))));
                    return;
                }
            };
            runtime.block_on(play(fault, trust, ready, falls));
        });
        let setup = setup.recv().map_err(|_| Abort::defect("the reference app's thread ended"))??;
        Ok(Self { setup, curtain, thread })
    }

    fn strike(self) {
        // A thread that has ended needs no curtain.
        let _ = self.curtain.send(());
        let _ = self.thread.join();
    }
}

async fn play(
    fault: Option<&'static Fault>,
    trust: AppTrust,
    ready: mpsc::Sender<Result<FaultSetup, Abort>>,
    falls: oneshot::Receiver<()>,
) {
    let cannot = |error: StartError| {
        Abort::unavailable(format!("the reference app can't start: {error}")).remedy(error.remedy())
    };
    match fault {
        Some(fault) => match fault.start(&Stage::new(trust)).await {
            Ok(running) => {
                let _ = ready.send(Ok(running.setup().clone()));
                let _ = falls.await;
                running.stop().await;
            }
            Err(error) => drop(ready.send(Err(cannot(error)))),
        },
        None => match ReferenceApp::start(Settings::new(trust)).await {
            Ok(app) => {
                let _ = ready.send(Ok(FaultSetup::of(&app)));
                let _ = falls.await;
                app.stop().await;
            }
            Err(error) => drop(ready.send(Err(cannot(error)))),
        },
    }
}

fn named(name: &str) -> Result<&'static Fault, Abort> {
    Fault::named(name).ok_or_else(|| {
        let guess = nearest(name, Fault::all().map(|fault| fault.name))
            .map_or_else(String::new, |near| format!("did you mean `{near}`? "));
        Abort::usage(format!("--fault: there is no fault `{name}`"))
            .remedy(format!("{guess}`rehearsal demo --list-faults` lists them"))
    })
}

fn list() -> String {
    let width = Fault::all().map(|fault| fault.name.len()).max().unwrap_or(0);
    Fault::all().map(|fault| format!("{:width$}  {}\n", fault.name, fault.description)).collect()
}
