//! A run over time when nobody knows how long it will be.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::{Callback, Interval};

/// How many slots a run is spread over at most.
const SLOTS: i64 = 60;

/// The events of a run over time, in slots whose width doubles when the run outgrows them.
///
/// Slots begin at multiples of their width since the beginning of 1970, so that those of two widths fit into each
/// other. Only slots in which something ended or was open are there.
#[derive(Debug, Clone)]
pub struct Timeline {
    width_ms: i64,
    slots: BTreeMap<i64, Interval>,
}

impl Default for Timeline {
    fn default() -> Self {
        Self { width_ms: 1, slots: BTreeMap::new() }
    }
}

impl Timeline {
    /// Adds a callback that ended, if it is an event of the success rate.
    pub fn record(&mut self, callback: &Callback) {
        if callback.verdict.is_none() {
            return;
        }
        let (began, ended) = self.room_for(callback.began_at(), callback.ended_at());
        for slot in began..ended {
            self.slots.entry(slot).or_default().in_flight += 1;
        }
        self.slots.entry(ended).or_default().record(callback);
    }

    /// The width of the slots, in milliseconds.
    pub fn width_ms(&self) -> u64 {
        self.width_ms.unsigned_abs()
    }

    /// The slots in order: how many milliseconds after the first one each begins, and what is in it.
    pub fn slots(&self) -> impl Iterator<Item = (u64, &Interval)> {
        let first = self.slots.keys().next().copied().unwrap_or_default();
        self.slots
            .iter()
            .map(move |(slot, interval)| ((slot - first).unsigned_abs() * self.width_ms(), interval))
    }

    fn slot_of(&self, at: Timestamp) -> i64 {
        at.as_millisecond().div_euclid(self.width_ms)
    }

    /// The slots of two moments, after as much widening as it takes to have them among the others.
    fn room_for(&mut self, began: Timestamp, ended: Timestamp) -> (i64, i64) {
        loop {
            let (began, ended) = (self.slot_of(began), self.slot_of(ended));
            let first = self.slots.keys().next().map_or(began, |first| began.min(*first));
            let last = self.slots.keys().next_back().map_or(ended, |last| ended.max(*last));
            if last - first < SLOTS {
                return (began, ended);
            }
            self.widen();
        }
    }

    fn widen(&mut self) {
        self.width_ms *= 2;
        for (slot, interval) in std::mem::take(&mut self.slots) {
            self.slots.entry(slot.div_euclid(2)).or_default().append(&interval);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use super::*;
    use crate::codes::Code;
    use crate::outcome::Outcome;
    use crate::recorder::{Asked, ControlAnswer, Place, Slot};
    use crate::verdict::Verdict;

    /// A good callback that was dispatched so many milliseconds after the start. Without an exchange it ended then.
    fn callback(millis: i64) -> Callback {
        Callback {
            place: Place::default(),
            slot: Slot::default(),
            tenant: "".into(),
            site: "".into(),
            at: Timestamp::from_millisecond(1_790_000_000_000 + millis).expect("a moment"),
            outcome: Outcome::Responded { status: 204 },
            code: Code::Status(204),
            verdict: Some(Verdict::Good),
            control: ControlAnswer::default(),
            lag: None,
            response_time: Some(Duration::from_millis(7)),
            exchange: None,
            asked: Asked { method: "POST", url: Arc::new("http://app/".parse().expect("a URL")) },
            checks: Vec::new(),
            earlier: Vec::new(),
        }
    }

    fn timeline(millis: impl IntoIterator<Item = i64>) -> Timeline {
        let mut timeline = Timeline::default();
        millis.into_iter().for_each(|millis| timeline.record(&callback(millis)));
        timeline
    }

    #[test]
    fn a_short_run_is_told_by_the_millisecond() {
        let short = timeline([0, 3, 3, 41]);
        let slots: Vec<_> = short.slots().map(|(start, interval)| (start, interval.good)).collect();
        assert_eq!((short.width_ms(), slots), (1, vec![(0, 1), (3, 2), (41, 1)]));
    }

    #[test]
    fn a_long_run_keeps_every_callback_in_few_slots_in_whatever_order_they_came() {
        let in_order = |number: i64| number * 20;
        let scattered = |number: i64| number * 7_919 % 100_003;
        for moment in [in_order, scattered] {
            let long = timeline((0..5_000).map(moment));
            assert!(long.slots().count() <= 60, "{}", long.slots().count());
            assert_eq!(long.slots().map(|(_, interval)| interval.good).sum::<u64>(), 5_000);
            assert_eq!(long.slots().map(|(_, interval)| interval.response.count()).sum::<u64>(), 5_000);
            let last = 100_003 + long.width_ms();
            assert!(long.slots().all(|(start, _)| start % long.width_ms() == 0 && start <= last));
        }
    }

    #[test]
    fn what_is_open_at_the_end_of_a_slot_is_in_flight() {
        let mut timeline = timeline([0]);
        let mut long = callback(20);
        long.earlier = vec![callback(17)];
        timeline.record(&long);
        let in_flight: Vec<_> =
            timeline.slots().map(|(start, interval)| (start, interval.in_flight)).collect();
        assert_eq!(in_flight, [(0, 0), (17, 1), (18, 1), (19, 1), (20, 0)]);
    }

    #[test]
    fn what_is_no_event_of_the_rate_is_left_out() {
        let mut timeline = Timeline::default();
        timeline.record(&Callback { verdict: None, ..callback(5) });
        assert_eq!(timeline.slots().count(), 0);
    }
}
