//! What a scraping Prometheus gets of a service: counters since it began, and the figures of the last pass.

use std::collections::BTreeMap;

use super::Report;
use super::prometheus::{self, Metrics};

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
        self.last = prometheus::render(report);
    }

    /// Counts a pass that could not be made.
    pub fn count_failure(&mut self) {
        self.failures += 1;
    }

    /// The metrics as text.
    pub fn render(&self) -> String {
        let mut out = Metrics::default();
        out.counter("passes_total", "Passes since the service began, by their status.");
        for (status, count) in &self.passes {
            out.sample("passes_total", &[("status", status)], *count as f64);
        }
        out.counter("pass_failures_total", "Passes that could not be made since the service began.");
        out.sample("pass_failures_total", &[], self.failures as f64);
        out.counter(
            "events_total",
            "Callbacks since the service began, by what happened and what it counts as.",
        );
        for ((code, verdict), count) in &self.callbacks {
            out.sample("events_total", &[("code", code), ("verdict", verdict)], *count as f64);
        }
        out.into_text() + &self.last
    }
}
