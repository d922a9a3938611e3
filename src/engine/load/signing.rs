//! Signing ahead: threads that make tenants, note them and sign their first request before it is due.

use std::collections::{HashMap, HashSet, VecDeque};
use std::io;
use std::mem;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use tokio::sync::mpsc;

use super::arrival::DueSlot;
use super::plan::{LoadPlan, Tenants, Tokens};
use super::{TenantBook, cpu};
use crate::atlassian::Tenant;
use crate::engine::Script;
use crate::engine::journey::Opening;
use crate::recorder::SigningTally;

/// How long before it is due a request may be signed. Tokens live for 180 seconds; these are hardly older
/// than those of Atlassian, and ten seconds even out what a burst needs.
const AHEAD: Duration = Duration::from_secs(10);
/// The age at which a token is signed anew: well within its lifetime.
pub(super) const OLD: Duration = Duration::from_secs(60);
/// How many tenants are noted and handed over at once: they share the time that a disk takes to confirm and a
/// thread takes to wake.
const BATCH: usize = 32;
/// How many signed requests wait for one shard, at some 4 KiB each.
const WAITING: usize = 4_096;
/// How long a thread sleeps before it looks whether it is still needed.
const NAP: Duration = Duration::from_millis(50);

/// A journey that is ready to begin.
#[derive(Debug)]
pub(super) struct Prepared {
    /// Its slot.
    pub(super) slot: DueSlot,
    /// Its tenant and first request, which others may begin with as well.
    pub(super) opening: Arc<Opening>,
    /// When that was signed.
    pub(super) signed: Instant,
}

/// The job of one signing thread: each n-th slot of one shard.
pub(super) struct SigningJob {
    pub(super) plan: Arc<LoadPlan>,
    pub(super) script: Arc<Script>,
    pub(super) book: Arc<dyn TenantBook>,
    pub(super) random: fn(&mut [u8]),
    pub(super) start: Instant,
    /// The number of its first slot, and how far apart its slots are.
    pub(super) first: u64,
    pub(super) step: u64,
    pub(super) ready: mpsc::Sender<Vec<Prepared>>,
}

/// What a signing thread did.
#[derive(Debug, Default)]
pub(super) struct Signed {
    pub(super) tally: SigningTally,
    pub(super) cpu: Duration,
    /// Why tenants could not be noted: then none of them was sent, nor any after them.
    pub(super) failed: Option<io::Error>,
}

impl SigningJob {
    /// Signs until its slots are used up, nobody wants them, or tenants can't be noted.
    pub(super) fn run(self) -> Signed {
        let mut desk = Desk {
            job: &self,
            batch: Vec::new(),
            kept: HashMap::new(),
            noted: HashSet::new(),
            tally: SigningTally::default(),
        };
        let served = match self.plan.schedule() {
            Some(schedule) => {
                let slots = schedule.slots().skip(self.first as usize).step_by(self.step as usize);
                desk.serve(slots)
            }
            None => desk.serve(
                (self.first..)
                    .step_by(self.step as usize)
                    .map(|number| DueSlot { number, due: Duration::ZERO }),
            ),
        };
        Signed { tally: desk.tally, cpu: cpu::of_this_thread(), failed: served.err() }
    }
}

/// Where a signing thread works.
struct Desk<'job> {
    job: &'job SigningJob,
    batch: Vec<Prepared>,
    /// Journeys of pool tenants whose token is used again, by tenant and scenario.
    kept: HashMap<(u64, usize), (Arc<Opening>, Instant)>,
    /// The pool tenants that are noted already.
    noted: HashSet<u64>,
    tally: SigningTally,
}

impl Desk<'_> {
    fn serve(&mut self, slots: impl Iterator<Item = DueSlot>) -> io::Result<()> {
        for slot in slots {
            let now = self.wait_for(slot)?;
            if self.job.ready.is_closed() {
                return Ok(());
            }
            let prepared = self.prepare(slot, now);
            self.batch.push(prepared);
            if self.batch.len() == BATCH {
                self.hand_over()?;
            }
        }
        self.hand_over()
    }

    /// Waits until a slot may be signed for or nobody wants it, and says what time it is then.
    fn wait_for(&mut self, slot: DueSlot) -> io::Result<Instant> {
        let early = |now: Instant| (self.job.start + slot.due).saturating_duration_since(now + AHEAD);
        let mut now = Instant::now();
        if !early(now).is_zero() {
            self.hand_over()?;
        }
        while !early(now).is_zero() && !self.job.ready.is_closed() {
            thread::sleep(early(now).min(NAP));
            now = Instant::now();
        }
        Ok(now)
    }

    fn prepare(&mut self, slot: DueSlot, now: Instant) -> Prepared {
        let plan = &self.job.plan;
        let (number, scenario) = (plan.tenants.number(slot.number), plan.mix.scenario(slot.number));
        if plan.tokens == Tokens::Reused
            && let Some((opening, signed)) = self.kept.get(&(number, scenario))
            && now.saturating_duration_since(*signed) < OLD / 2
        {
            return Prepared { slot, opening: Arc::clone(opening), signed: *signed };
        }
        let random = &mut { self.job.random };
        let opening = Arc::new(Opening::new(&self.job.script, scenario, slot.number, number, random));
        self.tally.tokens += 1;
        self.tally.busy += now.elapsed();
        if plan.tokens == Tokens::Reused {
            self.kept.insert((number, scenario), (Arc::clone(&opening), now));
        }
        Prepared { slot, opening, signed: now }
    }

    /// Notes the tenants of the batch, and only then lets them be sent.
    fn hand_over(&mut self) -> io::Result<()> {
        let new: Vec<&Tenant> = self
            .batch
            .iter()
            .filter(|prepared| match self.job.plan.tenants {
                Tenants::UniqueFrom(_) => true,
                Tenants::Pool(_) => self.noted.insert(self.job.plan.tenants.number(prepared.slot.number)),
            })
            .map(|prepared| &prepared.opening.tenant)
            .collect();
        if !new.is_empty() {
            self.job.book.installing_all(&new)?;
        }
        if !self.batch.is_empty() {
            // Whoever wants no more closes the channel, which is looked at before each slot.
            let _ = self.job.ready.blocking_send(mem::take(&mut self.batch));
        }
        Ok(())
    }
}

/// The signed requests that wait for one shard, from each of its signing threads in turn.
#[derive(Debug)]
pub(super) struct Supply {
    shards: u64,
    sources: Vec<Source>,
}

/// What comes from one signing thread.
#[derive(Debug)]
struct Source {
    ready: mpsc::Receiver<Vec<Prepared>>,
    /// Those that have come and were not taken.
    here: VecDeque<Prepared>,
}

impl Supply {
    /// Ends of channels for `signers` threads, and the supply they fill.
    pub(super) fn new(signers: u32, shards: u32) -> (Vec<mpsc::Sender<Vec<Prepared>>>, Self) {
        let room = (WAITING / BATCH / signers as usize).max(2);
        let (senders, sources) = (0..signers)
            .map(|_| {
                let (sender, ready) = mpsc::channel(room);
                (sender, Source { ready, here: VecDeque::new() })
            })
            .unzip();
        (senders, Self { shards: u64::from(shards), sources })
    }

    /// The request for a slot, if it is ready. Slots are asked for in order; some may be left out.
    pub(super) fn take(&mut self, number: u64) -> Option<Prepared> {
        let source = self.source(number);
        loop {
            match source.here.pop_front() {
                Some(prepared) if prepared.slot.number == number => return Some(prepared),
                Some(_) => {}
                None => source.here.extend(source.ready.try_recv().ok()?),
            }
        }
    }

    /// Waits until the request for a slot is there to be taken. Says no when it will never be.
    pub(super) async fn is_coming(&mut self, number: u64) -> bool {
        let source = self.source(number);
        loop {
            while source.here.pop_front_if(|prepared| prepared.slot.number < number).is_some() {}
            if !source.here.is_empty() {
                return true;
            }
            match source.ready.recv().await {
                Some(batch) => source.here.extend(batch),
                None => return false,
            }
        }
    }

    fn source(&mut self, number: u64) -> &mut Source {
        let turn = number / self.shards % self.sources.len() as u64;
        &mut self.sources[turn as usize]
    }
}
