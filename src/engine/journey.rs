//! One tenant's way through the steps of a scenario.

use std::cell::RefCell;
use std::io;
use std::time::Duration;

use futures_util::future::try_join_all;

use super::call::{Call, Made};
use super::{ControlTargets, Script, Stop, TenantLog};
use crate::atlassian::Tenant;
use crate::codes::Code;
use crate::recorder::{Callback as Recorded, Place, Slot};
use crate::scenario::{Callback, Event, Pace, Step};
use crate::transport::{Connections, Transport};
use crate::verdict::{Trust, Verdict};

/// Fills bytes from the operating system's random source; shared by all journeys.
pub type RandomSource = RefCell<dyn FnMut(&mut [u8])>;

/// What surrounds the journeys of a run.
pub struct Surroundings<'run> {
    /// What stays the same throughout the run.
    pub script: &'run Script,
    /// Makes connections.
    pub transport: &'run Transport,
    /// Show whether our own network works.
    pub control: Option<&'run ControlTargets>,
    /// Is told about tenants before the app is.
    pub log: &'run dyn TenantLog,
    /// The source of secrets.
    pub random: &'run RandomSource,
    /// Asks to send nothing more.
    pub stop: &'run Stop,
}

/// How a journey ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// With its last step.
    Completed,
    /// At an install that the app did not take: what follows would make no sense.
    Broken,
    /// Because the run was asked to stop.
    Stopped,
    /// Because an app that should trust Atlassian alone accepted our install.
    UntrustedInstallAccepted,
}

/// Walks `tenant` through a scenario and hands every callback to `record`.
///
/// # Errors
/// When a tenant can't be noted in the log.
pub(super) async fn walk(
    around: &Surroundings<'_>,
    scenario: usize,
    journey: u64,
    tenant: &mut Tenant,
    connections: &mut Connections,
    record: &mut dyn FnMut(Recorded),
) -> io::Result<End> {
    let mut sequence = 0;
    for (index, step) in around.script.plan.scenarios[scenario].steps.iter().enumerate() {
        prepare(around, step, tenant);
        let mut calls = Vec::new();
        for (callback_index, callback) in step.callbacks.iter().enumerate() {
            if !is_sent(around.script.trust, callback) {
                continue;
            }
            let place = Place { scenario, step: index, callback: callback_index };
            let slot = Slot { journey, sequence };
            sequence += 1;
            calls.extend(Call::new(around.script, tenant, callback, place, slot));
        }
        let end = match step.pace {
            Pace::Together => together(around, &calls, tenant, record).await?,
            Pace::OneAfterAnother { delay } => {
                in_turn(around, &calls, delay, tenant, connections, record).await?
            }
        };
        if end != End::Completed {
            return Ok(end);
        }
    }
    Ok(End::Completed)
}

/// An app that does not trust us has taken none of our secrets: only installs can show that it is reached.
fn is_sent(trust: Trust, callback: &Callback) -> bool {
    trust != Trust::None || callback.event == Event::Installed
}

fn prepare(around: &Surroundings<'_>, step: &Step, tenant: &mut Tenant) {
    tenant.set_variants(step.variants.clone());
    let mut random = around.random.borrow_mut();
    for change in &step.changes {
        tenant.apply(*change, &mut *random);
    }
}

async fn together(
    around: &Surroundings<'_>,
    calls: &[Call<'_>],
    tenant: &mut Tenant,
    record: &mut dyn FnMut(Recorded),
) -> io::Result<End> {
    let sender = &*tenant;
    let making = calls
        .iter()
        .map(|call| async move { call.make(around, sender, &mut around.transport.connections()).await });
    let all = try_join_all(making).await?;
    let ends: Vec<End> =
        calls.iter().zip(all).map(|(call, made)| settle(call, made, around, tenant, record)).collect();
    Ok(ends.into_iter().find(|end| *end != End::Completed).unwrap_or(End::Completed))
}

async fn in_turn(
    around: &Surroundings<'_>,
    calls: &[Call<'_>],
    delay: Duration,
    tenant: &mut Tenant,
    connections: &mut Connections,
    record: &mut dyn FnMut(Recorded),
) -> io::Result<End> {
    for (index, call) in calls.iter().enumerate() {
        if index > 0 && !delay.is_zero() {
            tokio::select! {
                () = tokio::time::sleep(delay) => {}
                () = around.stop.wait() => {}
            }
        }
        if around.stop.requested() {
            return Ok(End::Stopped);
        }
        let made = call.make(around, tenant, connections).await?;
        let end = settle(call, made, around, tenant, record);
        if end != End::Completed {
            return Ok(end);
        }
    }
    Ok(End::Completed)
}

/// Lets the tenant know how the app took the call, records it, and says whether the journey goes on.
fn settle(
    call: &Call<'_>,
    made: Made,
    around: &Surroundings<'_>,
    tenant: &mut Tenant,
    record: &mut dyn FnMut(Recorded),
) -> End {
    if let Some(event) = call.event() {
        tenant.settle(event, made.reception);
    }
    let verdict = made.recorded.verdict;
    let untrusted = made.recorded.code == Code::UntrustedInstallAccepted;
    let answered = made.recorded.outcome.status();
    record(made.recorded);
    if untrusted {
        End::UntrustedInstallAccepted
    } else if around.stop.requested() {
        End::Stopped
    } else if call.is_essential() && verdict != Some(Verdict::Reached) && !matches!(answered, Some(200 | 204))
    {
        End::Broken
    } else {
        End::Completed
    }
}
