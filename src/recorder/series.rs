//! A run over time, in a bounded number of slots whose width doubles when they run out.

use std::mem;

use super::latency::PackedLatency;
use super::{Interval, Latency};

/// How many slots there are at most.
const SLOTS: usize = 300;

/// A run over time. Every slot but the last, which still fills, is packed: an hour takes hardly more room than a
/// minute.
#[derive(Debug, Clone)]
pub struct Series {
    width_s: u64,
    full: Vec<PackedSlot>,
    last: Option<SeriesSlot>,
}

/// One slot of a series.
#[derive(Debug, Clone)]
pub struct SeriesSlot {
    /// How many seconds of it have passed.
    pub seconds: u64,
    /// What ended in it.
    pub interval: Interval,
}

/// A slot whose response times are packed.
#[derive(Debug, Clone)]
struct PackedSlot {
    /// The slot without them.
    slot: SeriesSlot,
    response: PackedLatency,
}

impl SeriesSlot {
    fn packed(mut self) -> PackedSlot {
        let response = mem::replace(&mut self.interval.response, Latency::coarse()).packed();
        PackedSlot { slot: self, response }
    }

    fn append(&mut self, later: &Self) {
        self.seconds += later.seconds;
        self.interval.append(&later.interval);
    }
}

impl PackedSlot {
    fn unpacked(&self) -> SeriesSlot {
        let mut slot = self.slot.clone();
        slot.interval.response.merge(&self.response.unpacked());
        slot
    }
}

impl Default for Series {
    fn default() -> Self {
        Self { width_s: 1, full: Vec::with_capacity(SLOTS), last: None }
    }
}

impl Series {
    /// Adds the next second.
    pub fn push(&mut self, second: &Interval) {
        let second = SeriesSlot { seconds: 1, interval: second.clone() };
        match &mut self.last {
            Some(last) if last.seconds < self.width_s => return last.append(&second),
            Some(_) | None => {}
        }
        self.full.extend(self.last.replace(second).map(SeriesSlot::packed));
        if self.full.len() == SLOTS {
            self.widen();
        }
    }

    /// The width of every slot but the last, in seconds.
    pub fn width_s(&self) -> u64 {
        self.width_s
    }

    /// The slots in order.
    pub fn slots(&self) -> impl Iterator<Item = SeriesSlot> {
        self.full.iter().map(PackedSlot::unpacked).chain(self.last.clone())
    }

    /// Makes two slots of the same width one. The last one is the beginning of a wider slot.
    fn widen(&mut self) {
        self.width_s *= 2;
        for pair in 0..SLOTS / 2 {
            let mut slot = self.full[2 * pair].unpacked();
            slot.append(&self.full[2 * pair + 1].unpacked());
            self.full[pair] = slot.packed();
        }
        self.full.truncate(SLOTS / 2);
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn second(number: u64) -> Interval {
        let mut interval = Interval { good: number, in_flight: number, ..Interval::default() };
        interval.response.record(Duration::from_millis(number));
        interval
    }

    #[test]
    fn a_short_run_keeps_its_seconds() {
        let mut series = Series::default();
        (1..=3).for_each(|number| series.push(&second(number)));
        assert_eq!(series.width_s(), 1);
        assert_eq!(series.slots().map(|slot| slot.interval.good).collect::<Vec<_>>(), [1, 2, 3]);
    }

    #[test]
    fn a_long_run_loses_no_callback_and_stays_within_its_slots() {
        let mut series = Series::default();
        (1..=1_003).for_each(|number| series.push(&second(number)));
        assert_eq!(series.width_s(), 4);
        assert!(series.slots().count() <= SLOTS);
        assert_eq!(series.slots().map(|slot| slot.interval.good).sum::<u64>(), 1_003 * 1_004 / 2);
        assert_eq!(series.slots().map(|slot| slot.interval.response.count()).sum::<u64>(), 1_003);
        assert_eq!(series.slots().map(|slot| slot.seconds).sum::<u64>(), 1_003);
        let last = series.slots().last().expect("slots");
        assert_eq!((last.seconds, last.interval.in_flight), (3, 1_003));
    }
}
