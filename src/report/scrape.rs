//! What a service has counted since it began, and what a scraping Prometheus gets of it.

use std::collections::BTreeMap;

use super::Report;
use super::measures::{Measure, Measures, NO_LABELS, Unit, of_run};
use super::prometheus;

/// The metrics of a service. Counters begin at zero when it does, as Prometheus expects.
#[derive(Debug, Clone, Default)]
pub struct Scrape {
    /// Passes by their status.
    passes: BTreeMap<&'static str, u64>,
    failures: u64,
    /// Callbacks by code and verdict.
    callbacks: BTreeMap<(String, &'static str), u64>,
    last: String,
}

impl Scrape {
    /// Counts a pass in; its figures replace those of the one before.
    pub fn count(&mut self, report: &Report) {
        *self.passes.entry(report.verdict.status.name()).or_default() += 1;
        for row in &report.outcomes {
            *self.callbacks.entry((row.code.clone(), row.verdict.name())).or_default() += row.count;
        }
        self.last = prometheus::text(&of_run(report));
    }

    /// Counts a pass that could not be made.
    pub fn count_failure(&mut self) {
        self.failures += 1;
    }

    /// The metrics as text.
    pub fn render(&self) -> String {
        prometheus::text(&self.counters()) + &self.last
    }

    /// What was counted.
    pub(super) fn counters(&self) -> Vec<Measure<'static>> {
        let mut out = Measures::default();
        out.counter(
            "passes_total",
            Unit::Passes,
            "Passes since the service began, by their status.",
            self.passes.iter().map(|(status, count)| ([("status", *status)], *count as f64)),
        );
        out.counter(
            "pass_failures_total",
            Unit::Passes,
            "Passes that could not be made since the service began.",
            [(NO_LABELS, self.failures as f64)],
        );
        let callbacks = self.callbacks.iter().map(|((code, verdict), count)| {
            ([("code", code.as_str()), ("verdict", *verdict)], *count as f64)
        });
        out.counter(
            "events_total",
            Unit::Callbacks,
            "Callbacks since the service began, by what happened and what it counts as.",
            callbacks,
        );
        out.into_list()
    }
}
