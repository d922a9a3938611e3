//! The open model: journeys begin on a schedule, whatever became of those before.

use std::collections::VecDeque;
use std::io;
use std::pin::pin;
use std::rc::Rc;
use std::time::Instant;

use super::Shard;
use super::walker::Walker;
use crate::engine::Stop;
use crate::engine::load::arrival::{DueSlot, Schedule};
use crate::engine::load::pacer::Pacer;
use crate::engine::load::plan::WhenFull;
use crate::engine::load::signing::Supply;

/// Begins the journeys of a schedule.
pub(super) struct Sender {
    shard: Rc<Shard>,
    index: u32,
    supply: Supply,
    /// What is due and not begun, in order.
    waiting: VecDeque<Waiting>,
}

/// A slot that is due and not begun.
#[derive(Debug, Clone, Copy)]
struct Waiting {
    slot: DueSlot,
    /// Whether it found too many open.
    for_room: bool,
    /// Whether it found its request not signed yet.
    for_token: bool,
}

impl Waiting {
    const fn new(slot: DueSlot) -> Self {
        Self { slot, for_room: false, for_token: false }
    }
}

/// Why the first slot that waits can't begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Obstacle {
    /// Too many are open.
    Full,
    /// It is not signed yet.
    Unsigned(u64),
}

impl Sender {
    /// A sender for the shard of this index, with its part of what is signed ahead.
    pub(super) fn new(shard: Rc<Shard>, index: u32, supply: Supply) -> Self {
        Self { shard, index, supply, waiting: VecDeque::new() }
    }

    /// Begins every slot of the shard's part of a schedule when it is due, whatever became of those before.
    pub(super) async fn follow(&mut self, schedule: &Schedule, end: &Stop) -> io::Result<()> {
        let shards = self.shard.plan.shards;
        let mut slots = schedule.slots().skip(self.index as usize).step_by(shards as usize).peekable();
        let mut pacer = Pacer::new(schedule.peak_rate() / f64::from(shards))?;
        let mut end = pin!(end.wait());
        loop {
            let now = Instant::now();
            while let Some(slot) = slots.next_if(|slot| self.shard.start + slot.due <= now) {
                if self.shard.plan.stage(slot.due).is_some() {
                    self.shard.tally.borrow_mut().scheduled += 1;
                }
                self.waiting.push_back(Waiting::new(slot));
            }
            let obstacle = self.begin_waiting();
            if self.shard.halted.get() || (slots.peek().is_none() && self.waiting.is_empty()) {
                return Ok(());
            }
            let next = slots.peek().map(|slot| self.shard.start + slot.due);
            let alarm = async {
                match next {
                    Some(due) => pacer.until(due).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                biased;
                () = &mut end => return Ok(()),
                rang = alarm => rang?,
                () = self.shard.room.notified() => {}
                coming = async {
                    match obstacle {
                        Some(Obstacle::Unsigned(number)) => self.supply.is_coming(number).await,
                        Some(Obstacle::Full) | None => std::future::pending().await,
                    }
                } => if !coming { return Ok(()) },
            }
        }
    }

    /// Begins what waits, as far as can be, and says what the first of the rest waits for.
    fn begin_waiting(&mut self) -> Option<Obstacle> {
        let shard = &self.shard;
        while let Some(first) = self.waiting.front_mut() {
            let slot = first.slot;
            if shard.is_full() {
                match shard.plan.when_full {
                    WhenFull::Queue => {
                        first.for_room = true;
                        shard.wants_room.set(true);
                        return Some(Obstacle::Full);
                    }
                    WhenFull::Drop => {
                        self.waiting.pop_front();
                        shard.drop_slot(slot);
                        continue;
                    }
                }
            }
            let Some(prepared) = self.supply.take(slot.number) else {
                let first_time = !std::mem::replace(&mut first.for_token, true);
                shard.tally.borrow_mut().signing.waited += u64::from(first_time);
                return Some(Obstacle::Unsigned(slot.number));
            };
            let errand = shard.begin(prepared, shard.start + slot.due, Instant::now(), first.for_room);
            Walker::send(shard, errand);
            self.waiting.pop_front();
        }
        None
    }

    /// Counts what is due and will not be begun any more.
    pub(super) fn give_up(&mut self) {
        for waiting in self.waiting.drain(..) {
            self.shard.drop_slot(waiting.slot);
        }
    }
}
