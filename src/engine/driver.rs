//! The closed model: so many tenants at once, each on its journey, until all have been played.

use std::cell::{Cell, RefCell};
use std::io;

use futures_util::future::try_join_all;

use super::Progress;
use super::journey::{End, Surroundings, walk};
use crate::atlassian::Tenant;
use crate::recorder::Recorder;

/// How many journeys, and how many at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Schedule {
    /// How often each scenario is played.
    pub repeat: u32,
    /// How many tenants are under way at once.
    pub concurrency: u32,
}

/// What a rehearsal brought.
#[derive(Debug)]
pub struct Rehearsed {
    /// What was seen.
    pub recorder: Recorder,
    /// Tenants that may still be in the app.
    pub residue: Vec<Tenant>,
    /// Whether every journey was played, or the run ended before.
    pub complete: bool,
    /// Whether an app that should trust Atlassian alone accepted our install.
    pub untrusted_install_accepted: bool,
}

/// Plays every scenario of the plan as often as the schedule says. Journeys alternate between scenarios,
/// so that a run cut short has seen all of them.
///
/// # Errors
/// When a tenant can't be noted in the log.
pub async fn rehearse(
    around: &Surroundings<'_>,
    schedule: Schedule,
    watch: &dyn Fn(&Progress),
) -> io::Result<Rehearsed> {
    let scenarios = around.script.plan.scenarios.len() as u64;
    let total = scenarios * u64::from(schedule.repeat);
    let next = Cell::new(0);
    let halted = Cell::new(None);
    let progress = RefCell::new(Progress { total: Some(total), ..Progress::default() });
    let worker = async || {
        let mut connections = around.transport.connections();
        let mut recorder = Recorder::default();
        let mut residue = Vec::new();
        while halted.get().is_none() && !around.stop.requested() && next.get() < total {
            let journey = next.replace(next.get() + 1);
            let scenario = usize::try_from(journey % scenarios).expect("an index of the plan");
            let mut tenant = new_tenant(around, scenario, journey);
            let end = walk(around, scenario, journey, &mut tenant, &mut connections, &mut |recorded| {
                progress.borrow_mut().count(recorded.verdict);
                watch(&progress.borrow());
                recorder.record(recorded);
            })
            .await?;
            progress.borrow_mut().journeys += 1;
            watch(&progress.borrow());
            residue.extend(tenant.residue());
            if matches!(end, End::UntrustedInstallAccepted | End::Stopped) {
                halted.set(Some(end));
            }
        }
        io::Result::Ok((recorder, residue))
    };
    let workers = (0..schedule.concurrency.min(u32::try_from(total).unwrap_or(u32::MAX))).map(|_| worker());
    let mut recorder = Recorder::default();
    let mut residue = Vec::new();
    for (recorded, left) in try_join_all(workers).await? {
        recorder.merge(recorded);
        residue.extend(left);
    }
    Ok(Rehearsed {
        recorder,
        residue,
        complete: halted.get().is_none() && !around.stop.requested(),
        untrusted_install_accepted: halted.get() == Some(End::UntrustedInstallAccepted),
    })
}

fn new_tenant(around: &Surroundings<'_>, scenario: usize, journey: u64) -> Tenant {
    let script = around.script;
    let scenario = &script.plan.scenarios[scenario];
    let profile = scenario.profile(&scenario.steps[0]);
    Tenant::new(&script.tag, journey, profile, &script.sites, &mut *around.random.borrow_mut())
}
