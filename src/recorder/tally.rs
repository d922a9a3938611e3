//! Tallies: of a step, of a check, of an outcome.

use std::borrow::Cow;
use std::collections::BTreeMap;

use jiff::Timestamp;

use super::{Asked, Callback, Check, Latency};
use crate::codes::Code;
use crate::outcome::{Outcome, Phase};
use crate::verdict::Verdict;

/// What was recorded at one place of the plan.
#[derive(Debug, Clone, Default)]
pub struct StepTally {
    /// What was asked the first time.
    pub asked: Option<Asked>,
    /// How often each code was the answer, of every try.
    pub answers: BTreeMap<Code, u64>,
    /// From the intended moment to the end.
    pub response: Latency,
    /// From the first byte sent to the end.
    pub service: Latency,
    /// The time spent in each phase, in the order of [`Phase::ALL`].
    pub phases: [Latency; 6],
    /// The checks made here.
    pub checks: BTreeMap<&'static str, CheckTally>,
    verdicts: BTreeMap<Verdict, u64>,
}

impl StepTally {
    /// How many events of the success rate got this verdict here.
    pub fn count(&self, verdict: Verdict) -> u64 {
        self.verdicts.get(&verdict).copied().unwrap_or(0)
    }

    /// Whether events of the success rate were recorded here.
    pub(super) fn is_counted(&self) -> bool {
        !self.verdicts.is_empty()
    }

    pub(super) fn add(&mut self, callback: &Callback) {
        self.asked.get_or_insert_with(|| callback.asked.clone());
        for one in callback.tries() {
            *self.answers.entry(one.code).or_default() += 1;
        }
        if let Some(verdict) = callback.verdict {
            *self.verdicts.entry(verdict).or_default() += 1;
        }
        for check in &callback.checks {
            self.checks.entry(check.name).or_default().add(check);
        }
        if let Some(time) = callback.response_time {
            self.response.record(time);
        }
        let Some(exchange) = &callback.exchange else { return };
        if let Some(service_time) = callback.service_time() {
            self.service.record(service_time);
        }
        for (phase, duration) in exchange.phases.iter() {
            self.phases[phase as usize].record(duration);
        }
    }

    pub(super) fn merge(&mut self, other: Self) {
        self.asked = self.asked.take().or(other.asked);
        add_counts(&mut self.answers, other.answers);
        add_counts(&mut self.verdicts, other.verdicts);
        for (name, check) in other.checks {
            self.checks.entry(name).or_default().merge(check);
        }
        self.response.merge(&other.response);
        self.service.merge(&other.service);
        for (phase, other) in self.phases.iter_mut().zip(&other.phases) {
            phase.merge(other);
        }
    }
}

/// Adds each count of `more` to that of its name.
fn add_counts<K: Ord>(counts: &mut BTreeMap<K, u64>, more: BTreeMap<K, u64>) {
    for (name, count) in more {
        *counts.entry(name).or_default() += count;
    }
}

/// How often a check held, and what was seen when it first did not.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CheckTally {
    /// How often it held.
    pub passed: u64,
    /// How often it did not.
    pub failed: u64,
    /// What was seen: at the first failure if there was one, otherwise the first time.
    pub detail: Cow<'static, str>,
}

impl CheckTally {
    fn add(&mut self, check: &Check) {
        let is_first = self.passed + self.failed == 0;
        if is_first || (!check.passed && self.failed == 0) {
            self.detail.clone_from(&check.detail);
        }
        *(if check.passed { &mut self.passed } else { &mut self.failed }) += 1;
    }

    fn merge(&mut self, other: Self) {
        if self.passed + self.failed == 0 || (self.failed == 0 && other.failed > 0) {
            self.detail = other.detail;
        }
        self.passed += other.passed;
        self.failed += other.failed;
    }
}

/// What happened to the events of one code and verdict.
#[derive(Debug, Clone)]
pub struct OutcomeTally {
    /// The code.
    pub code: Code,
    /// What it counts as.
    pub verdict: Verdict,
    /// How often.
    pub count: u64,
    /// When first.
    pub first_seen: Timestamp,
    /// When last.
    pub last_seen: Timestamp,
    /// The first few that tell something, in full: failures, and callbacks that took more than one try.
    pub examples: Vec<Callback>,
    first: Outcome,
}

impl OutcomeTally {
    pub(super) fn new(first: &Callback, verdict: Verdict) -> Self {
        let (code, at, first) = (first.code, first.at, first.outcome);
        Self { code, verdict, count: 0, first_seen: at, last_seen: at, examples: Vec::new(), first }
    }

    /// The phase of the first of them, for a failure.
    pub fn phase(&self) -> Option<Phase> {
        self.first.phase()
    }

    /// The status of the first of them, for a response.
    pub fn status(&self) -> Option<u16> {
        self.first.status()
    }

    pub(super) fn merge(&mut self, other: Self, examples: usize) {
        self.count += other.count;
        self.first_seen = self.first_seen.min(other.first_seen);
        self.last_seen = self.last_seen.max(other.last_seen);
        self.examples.extend(other.examples);
        self.examples.truncate(examples);
    }

    pub(super) fn add(&mut self, callback: &Callback, examples: usize) {
        self.count += 1;
        self.first_seen = self.first_seen.min(callback.at);
        self.last_seen = self.last_seen.max(callback.at);
        let is_telling = self.verdict != Verdict::Good || !callback.earlier.is_empty();
        if is_telling && self.examples.len() < examples {
            self.examples.push(callback.clone());
        }
    }
}
