//! A run over time, in a bounded number of slots whose width doubles when they run out.

use std::mem;

use super::Interval;

/// How many slots there are at most. Each has a coarse histogram of some 15 KiB.
const SLOTS: usize = 300;

/// A run over time.
#[derive(Debug, Clone)]
pub struct Series {
    width_s: u64,
    slots: Vec<SeriesSlot>,
}

/// One slot of a series.
#[derive(Debug, Clone)]
pub struct SeriesSlot {
    /// How many seconds of it have passed.
    pub seconds: u64,
    /// What ended in it.
    pub interval: Interval,
}

impl Default for Series {
    fn default() -> Self {
        Self { width_s: 1, slots: Vec::new() }
    }
}

impl Series {
    /// Adds the next second.
    pub fn push(&mut self, second: &Interval) {
        match self.slots.last_mut() {
            Some(last) if last.seconds < self.width_s => {
                last.seconds += 1;
                last.interval.append(second);
                return;
            }
            Some(_) | None => {}
        }
        if self.slots.len() == SLOTS {
            self.widen();
            return self.push(second);
        }
        self.slots.push(SeriesSlot { seconds: 1, interval: second.clone() });
    }

    /// The width of every slot but the last, in seconds.
    pub fn width_s(&self) -> u64 {
        self.width_s
    }

    /// The slots in order.
    pub fn slots(&self) -> &[SeriesSlot] {
        &self.slots
    }

    fn widen(&mut self) {
        self.width_s *= 2;
        let mut slots = mem::take(&mut self.slots).into_iter();
        while let Some(mut slot) = slots.next() {
            if let Some(next) = slots.next() {
                slot.seconds += next.seconds;
                slot.interval.append(&next.interval);
            }
            self.slots.push(slot);
        }
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
        assert_eq!(series.slots().iter().map(|slot| slot.interval.good).collect::<Vec<_>>(), [1, 2, 3]);
    }

    #[test]
    fn a_long_run_loses_no_callback_and_stays_within_its_slots() {
        let mut series = Series::default();
        (1..=1_003).for_each(|number| series.push(&second(number)));
        assert_eq!(series.width_s(), 4);
        assert!(series.slots().len() <= SLOTS);
        assert_eq!(series.slots().iter().map(|slot| slot.interval.good).sum::<u64>(), 1_003 * 1_004 / 2);
        assert_eq!(series.slots().iter().map(|slot| slot.interval.response.count()).sum::<u64>(), 1_003);
        assert_eq!(series.slots().iter().map(|slot| slot.seconds).sum::<u64>(), 1_003);
        let last = series.slots().last().expect("slots");
        assert_eq!((last.seconds, last.interval.in_flight), (3, 1_003));
    }
}
