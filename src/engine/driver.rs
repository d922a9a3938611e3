//! The closed model: so many tenants at once, each on its journey, until all have been played or a gate
//! has decided.

use std::cell::{Cell, RefCell};
use std::io;
use std::time::{Duration, Instant};

use futures_util::future::join_all;

use super::call::Due;
use super::gatekeeper::{Gatekeeper, outcome};
use super::journey::{End, Opening, Surroundings, walk};
use super::{Progress, Watch};
use crate::atlassian::Tenant;
use crate::recorder::{Callback, Recorder};
use crate::statistics::gate::{Gate, GatePlan};

/// How many journeys, and how many at once.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Schedule {
    /// When it ends.
    pub extent: Extent,
    /// How many tenants are under way at once.
    pub concurrency: u32,
}

/// When a rehearsal ends.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Extent {
    /// When every scenario has been played so often.
    Repeat(u32),
    /// When a gate has decided, or this time is up.
    Gate {
        /// What the gate asks.
        plan: GatePlan,
        /// The time after which no journey is begun.
        max_time: Option<Duration>,
    },
}

/// What a rehearsal brought.
#[derive(Debug)]
pub struct Rehearsed {
    /// What was seen.
    pub recorder: Recorder,
    /// Tenants that may still be in the app.
    pub residue: Vec<Tenant>,
    /// How often each scenario was begun, by its index in the plan.
    pub iterations: Vec<u64>,
    /// Whether every journey that was begun came to its end.
    pub complete: bool,
    /// Whether an app that should trust Atlassian alone accepted our install.
    pub untrusted_install_accepted: bool,
    /// The gate, where there was one.
    pub gate: Option<Gate>,
    /// Why a tenant could not be noted: then no more were sent.
    pub failed: Option<io::Error>,
}

/// Plays the scenarios of the plan. Journeys alternate between scenarios, so that a run cut short has seen
/// all of them.
pub async fn rehearse(around: &Surroundings<'_>, schedule: Schedule, watch: &dyn Watch) -> Rehearsed {
    let stage = Stage::new(around, schedule.extent);
    let workers = (0..schedule.concurrency.min(stage.most_at_once())).map(|_| stage.work(watch));
    let residue = join_all(workers).await.concat();
    Rehearsed {
        residue,
        iterations: stage.iterations(),
        complete: stage.halted.get().is_none() && !around.stop.requested(),
        untrusted_install_accepted: stage.halted.get() == Some(End::UntrustedInstallAccepted),
        recorder: stage.recorder.into_inner(),
        gate: stage.gatekeeper.into_inner().map(Gatekeeper::into_gate),
        failed: stage.failed.into_inner(),
    }
}

/// What the workers of a run share. All of them live on one thread.
struct Stage<'run> {
    around: &'run Surroundings<'run>,
    scenarios: u64,
    /// The most journeys that are begun: for a gate as many as it takes events. Each brings one or more, and where
    /// none of them counts it would never end.
    limit: u64,
    ends_at: Option<Instant>,
    begun: Cell<u64>,
    halted: Cell<Option<End>>,
    /// The first tenant that could not be noted.
    failed: RefCell<Option<io::Error>>,
    progress: RefCell<Progress>,
    recorder: RefCell<Recorder>,
    gatekeeper: RefCell<Option<Gatekeeper>>,
}

impl<'run> Stage<'run> {
    fn new(around: &'run Surroundings<'run>, extent: Extent) -> Self {
        let scenarios = around.script.plan.scenarios.len() as u64;
        let (limit, ends_at, gatekeeper) = match extent {
            Extent::Repeat(times) => (scenarios * u64::from(times), None, None),
            Extent::Gate { plan, max_time } => {
                let ends_at = max_time.map(|time| Instant::now() + time);
                (plan.max_probes(), ends_at, Some(Gatekeeper::new(plan)))
            }
        };
        let total = gatekeeper.is_none().then_some(limit);
        Self {
            around,
            scenarios,
            limit,
            ends_at,
            begun: Cell::new(0),
            halted: Cell::new(None),
            failed: RefCell::default(),
            progress: RefCell::new(Progress { total, ..Progress::default() }),
            recorder: RefCell::default(),
            gatekeeper: RefCell::new(gatekeeper),
        }
    }

    fn most_at_once(&self) -> u32 {
        u32::try_from(self.limit).unwrap_or(u32::MAX)
    }

    /// The next journey, unless there is none.
    fn next(&self) -> Option<u64> {
        let journey = self.begun.get();
        let is_over = self.halted.get().is_some()
            || self.around.stop.requested()
            || journey >= self.limit
            || self.ends_at.is_some_and(|end| Instant::now() >= end)
            || self.gatekeeper.borrow().as_ref().is_some_and(Gatekeeper::is_over);
        if is_over {
            return None;
        }
        self.begun.set(journey + 1);
        Some(journey)
    }

    fn iterations(&self) -> Vec<u64> {
        let (whole, rest) = (self.begun.get() / self.scenarios, self.begun.get() % self.scenarios);
        (0..self.scenarios).map(|index| whole + u64::from(index < rest)).collect()
    }

    async fn work(&self, watch: &dyn Watch) -> Vec<Tenant> {
        let mut connections = self.around.transport.connections();
        let mut residue = Vec::new();
        while let Some(journey) = self.next() {
            let scenario = usize::try_from(journey % self.scenarios).expect("an index of the plan");
            let mut opening = self.open(scenario, journey);
            let mut outcomes = Vec::new();
            let mut record = |callback: &Callback| {
                outcomes.extend(outcome(callback));
                self.progress.borrow_mut().count(callback.verdict);
                watch.recorded(callback);
                watch.progressed(&self.progress.borrow());
                self.recorder.borrow_mut().record(callback);
            };
            let end = walk(self.around, &mut opening, Due::OnTurn, &mut connections, &mut record).await;
            let end = end.unwrap_or_else(|error| {
                self.failed.borrow_mut().get_or_insert(error);
                End::Stopped
            });
            residue.extend(opening.tenant.residue());
            self.ended(journey, outcomes, end);
            watch.progressed(&self.progress.borrow());
        }
        residue
    }

    fn open(&self, scenario: usize, journey: u64) -> Opening {
        let random = &mut *self.around.random.borrow_mut();
        Opening::new(self.around.script, scenario, journey, journey, random)
    }

    fn ended(&self, journey: u64, outcomes: Vec<bool>, end: End) {
        let mut progress = self.progress.borrow_mut();
        progress.journeys += 1;
        if let Some(gatekeeper) = &mut *self.gatekeeper.borrow_mut() {
            gatekeeper.journey_ended(journey, outcomes);
            progress.gate = Some(gatekeeper.progress());
        }
        match end {
            End::Completed | End::Broken => {}
            End::Stopped | End::UntrustedInstallAccepted => self.halted.set(Some(end)),
        }
    }
}
