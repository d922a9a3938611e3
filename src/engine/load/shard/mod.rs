//! One sending thread: its own runtime, connections, tenants and recorder. It shares with the others only
//! what asks it to stop; what it has seen leaves it once a second.

mod closed;
mod open;
mod walker;

use std::cell::{Cell, RefCell};
use std::io;
use std::pin::pin;
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::{Notify, mpsc};
use tokio::task::LocalSet;
use tokio::time::{MissedTickBehavior, interval_at, sleep};

use self::open::Sender;
use self::walker::{Errand, Walker};
use super::arrival::DueSlot;
use super::plan::{LoadPlan, Model, Tenants};
use super::signing::{OLD, Prepared, Supply};
use super::{TenantBook, Witness, cpu};
use crate::atlassian::Tenant;
use crate::engine::call::Due;
use crate::engine::journey::{End, Opening, Surroundings, walk};
use crate::engine::{Script, Stop, StopSwitch};
use crate::recorder::{Callback, Interval, LoadTally, Recorder};
use crate::transport::{Connections, Settings, Transport};
use crate::verdict::Trust;

/// How long the runtime is given to end what was cut off.
const CUT: Duration = Duration::from_secs(5);

/// What a shard is told.
pub(super) struct ShardJob {
    pub(super) index: u32,
    pub(super) plan: Arc<LoadPlan>,
    pub(super) script: Arc<Script>,
    pub(super) settings: Settings,
    pub(super) book: Arc<dyn TenantBook>,
    pub(super) witness: Option<Arc<dyn Witness>>,
    pub(super) random: fn(&mut [u8]),
    pub(super) start: Instant,
    pub(super) supply: Supply,
    /// Takes what has ended in each second since the warm-up.
    pub(super) seconds: mpsc::UnboundedSender<Second>,
    /// Asks to begin no more journeys.
    pub(super) end: Stop,
    /// Asks to drop those that are under way as well.
    pub(super) cut: Stop,
}

/// What a shard saw in one second.
#[derive(Debug)]
pub(super) struct Second {
    /// Which second since the warm-up.
    pub(super) number: u64,
    /// What ended in it.
    pub(super) interval: Interval,
    /// The processor time that the shard used in it.
    pub(super) cpu: Duration,
}

/// What a shard saw in all.
#[derive(Debug)]
pub(super) struct ShardEnd {
    pub(super) recorder: Recorder,
    pub(super) tally: LoadTally,
    pub(super) iterations: Vec<u64>,
    /// Tenants that may still be in the app, where they can't be had from the book.
    pub(super) residue: Vec<Tenant>,
    pub(super) cpu: Duration,
    /// When the last journey had ended, counted from the start.
    pub(super) ended: Duration,
    /// Why a tenant could not be noted: then no more journeys were begun.
    pub(super) failed: Option<io::Error>,
}

impl ShardJob {
    /// Sends until the plan is carried out or the run is stopped.
    ///
    /// # Errors
    /// When the operating system gives no runtime or timer.
    pub(super) fn run(self) -> io::Result<ShardEnd> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let end = LocalSet::new().block_on(&runtime, self.drive());
        runtime.shutdown_background();
        end
    }

    async fn drive(self) -> io::Result<ShardEnd> {
        // Made here, so that its resolver works on this runtime. The settings were tried before.
        let transport = Transport::new(self.settings).map_err(io::Error::other)?;
        let (cut_here, cut) = StopSwitch::new();
        let shard = Rc::new(Shard {
            limit: self.plan.share(self.plan.max_in_flight, self.index).max(1),
            start: self.start,
            transport,
            book: self.book,
            witness: self.witness,
            random: Box::new(RefCell::new(self.random)),
            cut,
            room: Notify::new(),
            wants_room: Cell::new(false),
            idle: RefCell::default(),
            recorder: RefCell::new(Recorder::unordered()),
            tally: RefCell::new(LoadTally::new(self.plan.stages())),
            interval: RefCell::default(),
            iterations: RefCell::new(vec![0; self.script.plan.scenarios.len()]),
            residue: RefCell::default(),
            failed: RefCell::default(),
            halted: Cell::new(false),
            plan: Arc::clone(&self.plan),
            script: self.script,
        });
        let clock = tokio::task::spawn_local(tell_seconds(Rc::clone(&shard), self.seconds.clone()));
        let cut_off = async {
            self.cut.wait().await;
            cut_here.pull();
        };
        let sending = async {
            match (&self.plan.model, self.plan.schedule()) {
                (Model::Open(_), Some(schedule)) => {
                    let mut sender = Sender::new(Rc::clone(&shard), self.index, self.supply);
                    sender.follow(&schedule, &self.end).await?;
                    sender.give_up();
                }
                (Model::Closed { senders, .. }, _) => {
                    closed::keep_busy(&shard, self.index, *senders, self.supply, &self.end).await;
                }
                (Model::Open(_), None) => {}
            }
            shard.come_to_rest().await;
            io::Result::Ok(())
        };
        let mut sending = pin!(sending);
        tokio::select! {
            result = &mut sending => result?,
            () = cut_off => sending.await?,
        }
        cut_here.pull();
        shard.are_over(CUT).await;
        clock.abort();
        shard.tell_second(&self.seconds, u64::MAX, Duration::ZERO);
        Ok(shard.finish())
    }
}

/// What the journeys of a shard share.
struct Shard {
    plan: Arc<LoadPlan>,
    script: Arc<Script>,
    transport: Transport,
    book: Arc<dyn TenantBook>,
    witness: Option<Arc<dyn Witness>>,
    random: Box<crate::engine::RandomSource>,
    start: Instant,
    limit: u32,
    cut: Stop,
    /// Rings when the last journey that was under way has ended, when one has for whose end somebody waits, and
    /// when no more are to be begun.
    room: Notify,
    /// Whether somebody waits for a journey to end.
    wants_room: Cell<bool>,
    /// Those that have nothing to walk at the moment.
    idle: RefCell<Vec<Rc<Walker>>>,
    recorder: RefCell<Recorder>,
    tally: RefCell<LoadTally>,
    interval: RefCell<Interval>,
    iterations: RefCell<Vec<u64>>,
    residue: RefCell<Vec<Tenant>>,
    /// The first tenant that could not be noted.
    failed: RefCell<Option<io::Error>>,
    /// Whether nothing more is to be begun.
    halted: Cell<bool>,
}

impl Shard {
    /// Counted from the start.
    fn since_start(&self, moment: Instant) -> Duration {
        moment.saturating_duration_since(self.start)
    }

    /// Whether nothing more is to be begun.
    fn is_halted(&self) -> bool {
        self.halted.get() || self.cut.requested()
    }

    fn in_flight(&self) -> u64 {
        self.tally.borrow().in_flight.now()
    }

    fn is_full(&self) -> bool {
        self.in_flight() >= u64::from(self.limit)
    }

    /// Counts a slot that is not begun.
    fn drop_slot(&self, slot: DueSlot) {
        if self.plan.stage(slot.due).is_some() {
            self.tally.borrow_mut().dropped += 1;
            self.interval.borrow_mut().dropped += 1;
        }
    }

    /// Begins a journey. `queued` says that it had to wait for another one to end.
    fn begin(&self, prepared: Prepared, due: Instant, began: Instant, queued: bool) -> Errand {
        self.tally.borrow_mut().in_flight.enter(self.since_start(began));
        if self.plan.stage(prepared.slot.due).is_some() {
            self.tally.borrow_mut().dispatched += 1;
            self.interval.borrow_mut().dispatched += 1;
        }
        Errand { prepared, due, queued, began }
    }

    /// Walks a journey to its end.
    async fn walk(&self, errand: Errand, connections: &mut Connections) {
        let Errand { prepared, due, queued, began } = errand;
        let stage = self.plan.stage(prepared.slot.due);
        let mut opening = self.fresh(prepared, began);
        let mut scheduled = false;
        let mut record = |callback: &Callback| {
            scheduled |= callback.lag.is_some();
            self.record(callback, stage, queued);
        };
        let end = walk(&self.around(), &mut opening, Due::At(due), connections, &mut record).await;
        self.ended(&opening, end, stage, began, scheduled);
    }

    /// The journey, signed anew when its token has grown old.
    fn fresh(&self, prepared: Prepared, now: Instant) -> Opening {
        let journey = prepared.slot.number;
        if now.saturating_duration_since(prepared.signed) < OLD {
            return Arc::unwrap_or_clone(prepared.opening).numbered(journey);
        }
        self.tally.borrow_mut().signing.renewed += 1;
        let number = self.plan.tenants.number(journey);
        let random = &mut *self.random.borrow_mut();
        Opening::new(&self.script, self.plan.mix.scenario(journey), journey, number, random)
    }

    fn around(&self) -> Surroundings<'_> {
        Surroundings {
            script: &self.script,
            transport: &self.transport,
            control: None,
            log: &*self.book,
            random: &*self.random,
            stop: &self.cut,
        }
    }

    fn record(&self, callback: &Callback, stage: Option<usize>, queued: bool) {
        if let Some(witness) = &self.witness {
            witness.ended(callback);
        }
        self.tally.borrow_mut().record(callback, stage, queued);
        if stage.is_some() {
            self.interval.borrow_mut().record(callback);
            self.recorder.borrow_mut().record(callback);
        }
    }

    fn ended(
        &self,
        opening: &Opening,
        end: io::Result<End>,
        stage: Option<usize>,
        began: Instant,
        scheduled: bool,
    ) {
        let now = Instant::now();
        let mut tally = self.tally.borrow_mut();
        tally.in_flight.leave(self.since_start(now));
        tally.journeys.record(now.saturating_duration_since(began));
        if stage.is_some() {
            // A journey may have nothing to send to this app.
            tally.completed += u64::from(!scheduled);
            self.iterations.borrow_mut()[opening.scenario()] += 1;
        }
        match end {
            Ok(End::Completed | End::Broken | End::Stopped) => {}
            Ok(End::UntrustedInstallAccepted) => self.halted.set(true),
            Err(error) => {
                self.failed.borrow_mut().get_or_insert(error);
                self.halted.set(true);
            }
        }
        if self.script.trust == Trust::Legacy {
            self.residue.borrow_mut().extend(opening.tenant.residue());
        }
        if matches!(self.plan.tenants, Tenants::UniqueFrom(_)) && !opening.tenant.has_residue() {
            self.book.gone(&opening.tenant);
        }
        if tally.in_flight.now() == 0 || self.halted.get() || self.wants_room.take() {
            self.room.notify_one();
        }
    }

    /// Waits until no journey is under way, or the grace period is over.
    async fn come_to_rest(&self) {
        tokio::select! {
            () = self.are_over(self.plan.grace) => {}
            () = self.cut.wait() => {}
        }
    }

    async fn are_over(&self, patience: Duration) {
        let mut patience = pin!(sleep(patience));
        while self.in_flight() > 0 {
            tokio::select! {
                () = self.room.notified() => {}
                () = &mut patience => return,
            }
        }
    }

    fn tell_second(&self, seconds: &mpsc::UnboundedSender<Second>, number: u64, cpu: Duration) {
        let mut interval = self.interval.take();
        interval.in_flight = self.in_flight();
        // Whoever is no longer there to hear it has what was told before.
        let _ = seconds.send(Second { number, interval, cpu });
    }

    fn finish(&self) -> ShardEnd {
        ShardEnd {
            recorder: self.recorder.replace(Recorder::unordered()),
            tally: self.tally.take(),
            iterations: self.iterations.take(),
            residue: self.residue.take(),
            cpu: cpu::of_this_thread(),
            ended: self.start.elapsed(),
            failed: self.failed.take(),
        }
    }
}

/// Tells what has ended once a second, from the end of the warm-up on.
async fn tell_seconds(shard: Rc<Shard>, seconds: mpsc::UnboundedSender<Second>) {
    let first = shard.start + shard.plan.warm_up + Duration::from_secs(1);
    let mut ticks = interval_at(first.into(), Duration::from_secs(1));
    ticks.set_missed_tick_behavior(MissedTickBehavior::Burst);
    let mut before = cpu::of_this_thread();
    for number in 0.. {
        ticks.tick().await;
        let now = cpu::of_this_thread();
        shard.tell_second(&seconds, number, now - before);
        before = now;
    }
}
