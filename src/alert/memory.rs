//! What has to be kept of a series between checks: the watch, and alerts that no sink has taken yet.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::{Alert, Delivery, Occasion, Occurrence, Patience, Subject, Watch};
use crate::slo::State;

/// Letters kept for one sink; of more, the oldest are dropped.
const KEPT: usize = 8;

/// How long a letter is kept: by then the news is none.
const KEPT_FOR: SignedDuration = SignedDuration::from_hours(72);

/// What is kept of a series between checks, as small JSON.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Memory {
    watch: Watch,
    letters: Vec<Letter>,
}

/// An alert on its way to a sink.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Letter {
    /// The sink's name.
    pub sink: String,
    /// The alert.
    pub alert: Alert,
}

impl Memory {
    /// The memory of a series that is checked for the first time.
    pub fn begin(now: Timestamp) -> Self {
        Self { watch: Watch::begin(now), letters: Vec::new() }
    }

    /// Reads what was written.
    ///
    /// # Errors
    /// When it is nothing that this version wrote.
    pub fn read(text: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(text)
    }

    /// Writes it down.
    pub fn written(&self) -> String {
        serde_json::to_string(self).expect("texts, numbers and times can be written")
    }

    /// The state that was announced last.
    pub fn announced(&self) -> State {
        self.watch.announced()
    }

    /// The letters that are waiting, in the order they were written.
    pub fn letters(&self) -> &[Letter] {
        &self.letters
    }

    /// Takes note of what a check found, and writes a letter to each of `sinks` if that is worth one. What
    /// waits for a sink that is not among them is dropped.
    pub fn observe<'name>(
        &mut self,
        state: State,
        now: Timestamp,
        patience: &Patience,
        sinks: impl IntoIterator<Item = &'name str>,
        found: (Subject, Occurrence),
    ) {
        let sinks: Vec<&str> = sinks.into_iter().collect();
        self.letters.retain(|letter| {
            sinks.contains(&letter.sink.as_str()) && now.duration_since(letter.alert.at) < KEPT_FOR
        });
        let Some(announcement) = self.watch.observe(state, now, patience) else { return };
        let alert = Alert::new(&announcement, self.watch.began(), now, found.0, found.1);
        for sink in sinks {
            self.letters.push(Letter { sink: sink.to_owned(), alert: alert.clone() });
            let waiting = self.letters.iter().filter(|letter| letter.sink == sink).count();
            if waiting > KEPT
                && let Some(oldest) = self.letters.iter().position(|letter| letter.sink == sink)
            {
                self.letters.remove(oldest);
            }
        }
    }

    /// Forgets what was delivered, and reminders that were not: the next one is as good.
    pub fn settle(&mut self, deliveries: &[Delivery]) {
        let is_delivered = |letter: &Letter| {
            deliveries.iter().any(|delivery| {
                delivery.result.is_ok() && delivery.sink == letter.sink && delivery.key == letter.alert.key
            })
        };
        self.letters.retain(|letter| letter.alert.occasion != Occasion::Reminder && !is_delivered(letter));
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::alert::Undelivered;

    fn at(hour: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + hour * 3600).expect("in range")
    }

    fn observe(memory: &mut Memory, state: State, hour: i64, sinks: &[&str]) {
        let test = Alert::test(at(hour));
        let found = (test.subject, test.occurrence);
        memory.observe(state, at(hour), &Patience::default(), sinks.iter().copied(), found);
    }

    fn delivery(letter: &Letter, result: Result<(), Undelivered>) -> Delivery {
        Delivery { sink: letter.sink.clone(), key: letter.alert.key.clone(), elapsed: Duration::ZERO, result }
    }

    #[test]
    fn what_was_not_taken_waits_under_its_key() {
        let mut memory = Memory::begin(at(0));
        observe(&mut memory, State::Breach, 1, &["a", "b"]);
        let keys: Vec<_> = memory.letters().iter().map(|letter| letter.alert.key.clone()).collect();
        assert_eq!(keys[0], keys[1]);
        let [a, b] = memory.letters() else { panic!("two letters") };
        memory.settle(&[delivery(a, Ok(())), delivery(b, Err(Undelivered::passing("busy")))]);
        let mut memory = Memory::read(&memory.written()).expect("readable");
        observe(&mut memory, State::Breach, 2, &["a", "b"]);
        let waiting: Vec<_> =
            memory.letters().iter().map(|letter| (letter.sink.as_str(), &letter.alert.key)).collect();
        assert_eq!(waiting, [("b", &keys[1])]);
        // The change and its recovery go in this order.
        observe(&mut memory, State::Ok, 3, &["a", "b"]);
        observe(&mut memory, State::Ok, 4, &["a", "b"]);
        let waiting: Vec<_> = memory
            .letters()
            .iter()
            .filter(|letter| letter.sink == "b")
            .map(|letter| letter.alert.state)
            .collect();
        assert_eq!(waiting, [State::Breach, State::Ok]);
    }

    #[test]
    fn reminders_old_news_and_letters_to_nobody_do_not_wait() {
        let mut memory = Memory::begin(at(0));
        observe(&mut memory, State::Breach, 0, &["a"]);
        observe(&mut memory, State::Breach, 24, &["a"]);
        assert_eq!(memory.letters().len(), 2);
        memory.settle(&[]);
        assert_eq!(memory.letters().len(), 1);
        let mut other = memory.clone();
        observe(&mut other, State::Breach, 25, &["b"]);
        assert_eq!(other.letters(), []);
        observe(&mut memory, State::Breach, 73, &["a"]);
        assert!(memory.letters().iter().all(|letter| letter.alert.occasion == Occasion::Reminder));
    }

    #[test]
    fn a_sink_that_is_down_for_long_fills_nothing() {
        let mut memory = Memory::begin(at(0));
        for minute in 0..100 {
            let state = if minute % 4 < 2 { State::Breach } else { State::Ok };
            let now = at(0) + SignedDuration::from_mins(minute);
            let test = Alert::test(now);
            memory.observe(state, now, &Patience::default(), ["a"], (test.subject, test.occurrence));
        }
        assert_eq!(memory.letters().len(), KEPT);
        assert!(memory.written().len() < 16_000, "{}", memory.written().len());
    }
}
