//! The closed model: so many senders, each of which begins a journey when its last one has ended.

use std::iter::StepBy;
use std::ops::RangeFrom;
use std::pin::pin;
use std::rc::Rc;
use std::time::Instant;

use tokio::sync::Mutex;
use tokio::time::sleep;

use super::Shard;
use super::walker::Errand;
use crate::engine::Stop;
use crate::engine::load::arrival::DueSlot;
use crate::engine::load::signing::{Prepared, Supply};

/// Keeps the shard's part of `senders` busy until the time is over.
pub(super) async fn keep_busy(shard: &Rc<Shard>, index: u32, senders: u32, supply: Supply, end: &Stop) {
    let plan = &shard.plan;
    let numbers = (u64::from(index)..).step_by(plan.shards as usize);
    let queue = Rc::new(Mutex::new(Queue { numbers, supply }));
    let mut end = pin!(end.wait());
    sleep(shard.start.saturating_duration_since(Instant::now())).await;
    for _ in 0..plan.share(senders, index) {
        tokio::task::spawn_local(send(Rc::clone(shard), Rc::clone(&queue)));
    }
    let mut over = pin!(sleep((shard.start + plan.lasts()).saturating_duration_since(Instant::now())));
    while !shard.halted.get() {
        tokio::select! {
            () = &mut end => break,
            () = &mut over => break,
            () = shard.room.notified() => {}
        }
    }
    // Each sender looks before it begins its next journey.
    shard.halted.set(true);
}

/// One sender.
async fn send(shard: Rc<Shard>, queue: Rc<Mutex<Queue>>) {
    let mut connections = shard.transport.connections();
    loop {
        let next = queue.lock().await.next(&shard).await;
        let Some(errand) = next else { return };
        shard.walk(errand, &mut connections).await;
    }
}

/// Where the senders of a shard get their next journey.
struct Queue {
    numbers: StepBy<RangeFrom<u64>>,
    supply: Supply,
}

impl Queue {
    /// The next journey, begun; none when no more are to be begun.
    async fn next(&mut self, shard: &Shard) -> Option<Errand> {
        if shard.is_halted() {
            return None;
        }
        let number = self.numbers.next()?;
        let mut prepared = self.prepared(shard, number).await.filter(|_| !shard.is_halted())?;
        let now = Instant::now();
        prepared.slot = DueSlot { number, due: now.saturating_duration_since(shard.start) };
        if shard.plan.stage(prepared.slot.due).is_some() {
            shard.tally.borrow_mut().scheduled += 1;
        }
        Some(shard.begin(prepared, now, now, false))
    }

    async fn prepared(&mut self, shard: &Shard, number: u64) -> Option<Prepared> {
        if let Some(prepared) = self.supply.take(number) {
            return Some(prepared);
        }
        shard.tally.borrow_mut().signing.waited += 1;
        if self.supply.is_coming(number).await { self.supply.take(number) } else { None }
    }
}
