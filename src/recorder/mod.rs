//! What a run adds up to: counts by step and by code, latency, advisories, and evidence for the first
//! few failures of each kind. Each driver owns its recorder.

mod interval;
mod latency;
mod load;
mod series;
mod tally;
mod timeline;

pub use interval::Interval;
pub use latency::Latency;
pub use load::{LoadTally, Occupancy, SigningTally, StageTally};
pub use series::{Series, SeriesSlot};
pub use tally::{CheckTally, OutcomeTally, StepTally};
pub use timeline::Timeline;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use url::Url;

use crate::codes::Code;
use crate::outcome::{Outcome, Phase};
use crate::transport::Exchange;
use crate::verdict::{Control, Verdict};

/// How many examples are kept of each code and verdict.
const EXAMPLES: usize = 3;

/// A step of the plan: which scenario, which step of it, which callback of the step.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// The scenario's index in the plan.
    pub scenario: usize,
    /// The step's index in the scenario.
    pub step: usize,
    /// The callback's index in the step.
    pub callback: usize,
}

/// A slot of the schedule. Slots, not completions, order the evidence of a gate.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Slot {
    /// Which journey of the run.
    pub journey: u64,
    /// Which callback of the journey.
    pub sequence: u32,
}

/// One callback that was sent, or could not be.
#[derive(Debug, Clone)]
pub struct Callback {
    /// Where in the plan it stands.
    pub place: Place,
    /// The slot of the schedule it belongs to.
    pub slot: Slot,
    /// The tenant's clientKey.
    pub tenant: Arc<str>,
    /// The tenant's site.
    pub site: Arc<str>,
    /// When it was dispatched.
    pub at: Timestamp,
    /// What became of it.
    pub outcome: Outcome,
    /// The name of what became of it.
    pub code: Code,
    /// What it counts as; none when it is no event of the success rate.
    pub verdict: Option<Verdict>,
    /// What was known about the probe's own network.
    pub control: ControlAnswer,
    /// How long after its moment in the schedule it was dispatched; none without such a moment.
    pub lag: Option<Duration>,
    /// From the intended moment to the end, all tries together, or to the moment it was given up: what a tenant
    /// feels. None
    /// when nothing was sent, or when no moment was intended.
    pub response_time: Option<Duration>,
    /// The exchange itself; none when nothing was sent.
    pub exchange: Option<Box<Exchange>>,
    /// What was asked.
    pub asked: Asked,
    /// The checks made on it, each with whether it passed.
    pub checks: Vec<Check>,
    /// The tries before this one, in order, each of them bad. All together are one callback.
    pub earlier: Vec<Self>,
}

/// What is asked of the app, without a token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// The method.
    pub method: &'static str,
    /// The URL.
    pub url: Arc<Url>,
}

impl fmt::Display for Asked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.method, self.url)
    }
}

/// What a control target said about the probe's own network.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ControlAnswer {
    /// What that shows.
    pub network: Control,
    /// What it said, in a sentence; none when it was not asked.
    pub said: Option<String>,
}

impl Default for ControlAnswer {
    /// Nobody was asked.
    fn default() -> Self {
        Self { network: Control::NotConfigured, said: None }
    }
}

impl Callback {
    /// Every try, this one last.
    pub fn tries(&self) -> impl Iterator<Item = &Self> {
        self.earlier.iter().chain([self])
    }

    /// When the first try was dispatched.
    pub fn began_at(&self) -> Timestamp {
        self.tries().next().unwrap_or(self).at
    }

    /// When the last try came to its end.
    pub fn ended_at(&self) -> Timestamp {
        let stamps = self.exchange.as_ref().map(|exchange| &exchange.stamps);
        let took = stamps.map(|stamps| stamps.ended.duration_since(stamps.dispatched)).unwrap_or_default();
        self.at.checked_add(took).unwrap_or(self.at)
    }

    /// From the first byte sent to the end: what the app took.
    pub fn service_time(&self) -> Option<Duration> {
        let stamps = &self.exchange.as_ref()?.stamps;
        Some(stamps.ended.duration_since(stamps.first_byte_sent?))
    }
}

/// A check on one callback.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// What is checked.
    pub name: &'static str,
    /// Whether it held.
    pub passed: bool,
    /// What was seen.
    pub detail: Cow<'static, str>,
}

/// Adds callbacks up.
#[derive(Debug, Clone)]
pub struct Recorder {
    steps: BTreeMap<Place, StepTally>,
    outcomes: BTreeMap<(Code, Verdict), OutcomeTally>,
    advisories: BTreeMap<&'static str, (String, u64)>,
    /// None where the order is not kept.
    events: Option<Vec<Event>>,
    /// None where others keep the time.
    timeline: Option<Timeline>,
    sent_again: SentAgain,
}

impl Default for Recorder {
    fn default() -> Self {
        Self { events: Some(Vec::new()), timeline: Some(Timeline::default()), ..Self::unordered() }
    }
}

/// How many events of the success rate were sent more than once.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SentAgain {
    /// All of them.
    pub callbacks: u64,
    /// Those that were not bad in the end.
    pub mended: u64,
}

/// One event of the success rate in the order of the schedule, for what depends on order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Event {
    /// The slot of the schedule.
    pub slot: Slot,
    /// What it counts as.
    pub verdict: Verdict,
}

impl Recorder {
    /// A recorder that keeps neither the order nor the times of events, and so stays small however many there are.
    pub fn unordered() -> Self {
        Self {
            steps: BTreeMap::new(),
            outcomes: BTreeMap::new(),
            advisories: BTreeMap::new(),
            events: None,
            timeline: None,
            sent_again: SentAgain::default(),
        }
    }

    /// Adds one callback.
    pub fn record(&mut self, callback: &Callback) {
        self.steps.entry(callback.place).or_default().add(callback);
        let exchanges = callback.tries().filter_map(|one| one.exchange.as_ref());
        for advisory in exchanges.flat_map(|exchange| &exchange.advisories) {
            let (_, count) =
                self.advisories.entry(advisory.code()).or_insert_with(|| (advisory.to_string(), 0));
            *count += 1;
        }
        let Some(verdict) = callback.verdict else { return };
        if let Some(timeline) = &mut self.timeline {
            timeline.record(callback);
        }
        if let Some(events) = &mut self.events {
            events.push(Event { slot: callback.slot, verdict });
        }
        if !callback.earlier.is_empty() {
            self.sent_again.callbacks += 1;
            self.sent_again.mended += u64::from(verdict != Verdict::Bad);
        }
        self.outcomes
            .entry((callback.code, verdict))
            .or_insert_with(|| OutcomeTally::new(callback, verdict))
            .add(callback, EXAMPLES);
    }

    /// Adds all that `other` has seen.
    pub fn merge(&mut self, other: Self) {
        for (place, tally) in other.steps {
            self.steps.entry(place).or_default().merge(tally);
        }
        for (code, (detail, count)) in other.advisories {
            self.advisories.entry(code).or_insert((detail, 0)).1 += count;
        }
        for (key, tally) in other.outcomes {
            match self.outcomes.entry(key) {
                Entry::Vacant(vacant) => drop(vacant.insert(tally)),
                Entry::Occupied(mut occupied) => occupied.get_mut().merge(tally, EXAMPLES),
            }
        }
        self.sent_again.callbacks += other.sent_again.callbacks;
        self.sent_again.mended += other.sent_again.mended;
        self.events = self.events.take().zip(other.events).map(|(events, more)| [events, more].concat());
        self.timeline = None;
    }

    /// How many events of the success rate got this verdict.
    pub fn count(&self, verdict: Verdict) -> u64 {
        self.outcomes.iter().filter(|((_, of), _)| *of == verdict).map(|(_, tally)| tally.count).sum()
    }

    /// What was recorded at a place of the plan.
    pub fn step(&self, place: Place) -> Option<&StepTally> {
        self.steps.get(&place)
    }

    /// Every place at which something was recorded.
    pub fn steps(&self) -> impl Iterator<Item = (Place, &StepTally)> {
        self.steps.iter().map(|(place, tally)| (*place, tally))
    }

    /// What happened to the events of the success rate, one tally for each code and verdict.
    pub fn outcomes(&self) -> impl Iterator<Item = &OutcomeTally> {
        self.outcomes.values()
    }

    /// What is worth knowing although it counts nothing: code, first detail, count.
    pub fn advisories(&self) -> impl Iterator<Item = (&'static str, &str, u64)> {
        self.advisories.iter().map(|(code, (detail, count))| (*code, detail.as_str(), *count))
    }

    /// How many events of the success rate were sent more than once.
    pub fn sent_again(&self) -> SentAgain {
        self.sent_again
    }

    /// From the intended moment to the end, of the events of the success rate.
    pub fn response(&self) -> Latency {
        self.counted().map(|step| &step.response).sum()
    }

    /// From the first byte sent to the end, of the events of the success rate.
    pub fn service(&self) -> Latency {
        self.counted().map(|step| &step.service).sum()
    }

    /// The time that the events of the success rate spent in `phase`.
    pub fn phase(&self, phase: Phase) -> Latency {
        self.counted().map(|step| &step.phases[phase as usize]).sum()
    }

    fn counted(&self) -> impl Iterator<Item = &StepTally> {
        self.steps.values().filter(|step| step.is_counted())
    }

    /// The run over time, where it was kept. That of several recorders together is not.
    pub fn timeline(&self) -> Option<&Timeline> {
        self.timeline.as_ref()
    }

    /// The events of the success rate in the order of the schedule, where it was kept.
    pub fn events_in_order(&self) -> Option<Vec<Event>> {
        let mut events = self.events.clone()?;
        events.sort_unstable();
        Some(events)
    }
}
