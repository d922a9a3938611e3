//! One tenant's way through the steps of a scenario.

use std::cell::RefCell;
use std::io;
use std::time::Duration;

use futures_util::future::try_join_all;

use super::call::{Call, Due, Made, Signed};
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

/// A journey whose tenant stands before its first call, with that call signed.
#[derive(Debug, Clone)]
pub(super) struct Opening {
    /// The tenant, as the first step finds it.
    pub(super) tenant: Tenant,
    /// Which scenario, by its index in the plan.
    scenario: usize,
    /// Which journey of the run.
    journey: u64,
    first: Option<Signed>,
}

impl Opening {
    /// Makes the tenant number `number` and signs the first call of its journey through a scenario.
    pub(super) fn new(
        script: &Script,
        scenario: usize,
        journey: u64,
        number: u64,
        random: &mut dyn FnMut(&mut [u8]),
    ) -> Self {
        let steps = &script.plan.scenarios[scenario];
        let profile = steps.profile(&steps.steps[0]);
        let mut tenant = Tenant::new(&script.tag, number, profile, &script.sites, random);
        prepare(&steps.steps[0], &mut tenant, random);
        let first = calls(script, scenario, 0, journey, &mut 0, &tenant)
            .first()
            .map(|call| call.sign(script, &tenant));
        Self { tenant, scenario, journey, first }
    }

    /// Which scenario it plays, by its index in the plan.
    pub(super) fn scenario(&self) -> usize {
        self.scenario
    }

    /// The same beginning of a journey of another number.
    pub(super) fn numbered(self, journey: u64) -> Self {
        Self { journey, ..self }
    }
}

/// Walks the tenant of `opening` through its scenario and hands every callback to `record`.
///
/// # Errors
/// When a tenant can't be noted in the log.
pub(super) async fn walk(
    around: &Surroundings<'_>,
    opening: &mut Opening,
    due: Due,
    connections: &mut Connections,
    record: &mut dyn FnMut(&Recorded),
) -> io::Result<End> {
    let Opening { tenant, scenario, journey, first } = opening;
    let mut ahead = Ahead { first: first.take(), due };
    let mut sequence = 0;
    for (index, step) in around.script.plan.scenarios[*scenario].steps.iter().enumerate() {
        if index > 0 {
            prepare(step, tenant, &mut *around.random.borrow_mut());
        }
        let calls = calls(around.script, *scenario, index, *journey, &mut sequence, tenant);
        let end = match step.pace {
            Pace::Together => together(around, &calls, &mut ahead, tenant, record).await?,
            Pace::OneAfterAnother { delay } => {
                in_turn(around, &calls, delay, &mut ahead, tenant, connections, record).await?
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

/// What the first call of a journey has been given ahead; the others find nothing left.
struct Ahead {
    first: Option<Signed>,
    due: Due,
}

impl Ahead {
    fn take(&mut self) -> (Option<Signed>, Due) {
        let next = match self.due {
            Due::OnTurn => Due::OnTurn,
            Due::At(_) | Due::Unscheduled => Due::Unscheduled,
        };
        (self.first.take(), std::mem::replace(&mut self.due, next))
    }
}

/// The calls of one step, as the tenant is now.
fn calls<'run>(
    script: &'run Script,
    scenario: usize,
    step: usize,
    journey: u64,
    sequence: &mut u32,
    tenant: &Tenant,
) -> Vec<Call<'run>> {
    let mut calls = Vec::new();
    for (index, callback) in script.plan.scenarios[scenario].steps[step].callbacks.iter().enumerate() {
        if !is_sent(script.trust, callback) {
            continue;
        }
        let place = Place { scenario, step, callback: index };
        let slot = Slot { journey, sequence: *sequence };
        *sequence += 1;
        calls.extend(Call::new(script, tenant, callback, place, slot));
    }
    calls
}

fn prepare(step: &Step, tenant: &mut Tenant, random: &mut dyn FnMut(&mut [u8])) {
    tenant.set_variants(step.variants.clone());
    for change in &step.changes {
        tenant.apply(*change, random);
    }
}

async fn together(
    around: &Surroundings<'_>,
    calls: &[Call<'_>],
    ahead: &mut Ahead,
    tenant: &mut Tenant,
    record: &mut dyn FnMut(&Recorded),
) -> io::Result<End> {
    let sender = &*tenant;
    let making = calls.iter().map(|call| {
        let (signed, due) = ahead.take();
        async move { call.make(around, sender, signed, due, &mut around.transport.connections()).await }
    });
    let all = try_join_all(making).await?;
    let ends: Vec<End> =
        calls.iter().zip(all).map(|(call, made)| settle(call, made, around, tenant, record)).collect();
    Ok(ends.into_iter().find(|end| *end != End::Completed).unwrap_or(End::Completed))
}

async fn in_turn(
    around: &Surroundings<'_>,
    calls: &[Call<'_>],
    delay: Duration,
    ahead: &mut Ahead,
    tenant: &mut Tenant,
    connections: &mut Connections,
    record: &mut dyn FnMut(&Recorded),
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
        let (signed, due) = ahead.take();
        let made = call.make(around, tenant, signed, due, connections).await?;
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
    record: &mut dyn FnMut(&Recorded),
) -> End {
    if let Some(event) = call.event() {
        tenant.settle(event, made.reception);
    }
    let verdict = made.recorded.verdict;
    let untrusted = made.recorded.code == Code::UntrustedInstallAccepted;
    let answered = made.recorded.outcome.status();
    record(&made.recorded);
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
