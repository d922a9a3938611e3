//! Prometheus' text format, for the node exporter's text files, a push gateway, or a service that is scraped.

use std::fmt::Write;

use super::escape::prometheus_label;
use super::inert;
use super::measures::{Labels, Measure, Times, Values};
use super::model::Distribution;

/// The figures as text. Distributions are summaries.
pub(super) fn text(measures: &[Measure<'_>]) -> String {
    let mut out = String::new();
    for Measure { name, help, values, .. } in measures {
        let kind = match values {
            Values::Gauge(_) => "gauge",
            Values::Counter(_) => "counter",
            Values::Times(_) => "summary",
        };
        let _ = writeln!(out, "# HELP rehearsal_{name} {help}\n# TYPE rehearsal_{name} {kind}");
        match values {
            Values::Gauge(samples) | Values::Counter(samples) => {
                samples.iter().for_each(|given| sample(&mut out, name, &given.labels, given.value));
            }
            Values::Times(times) => times.iter().for_each(|times| summary(&mut out, name, times)),
        }
    }
    out
}

fn summary(out: &mut String, name: &str, times: &Times<'_>) {
    let figures = times.figures;
    for (quantile, micros) in quantiles(figures) {
        let labels = [times.labels.clone(), vec![("quantile", quantile.to_owned())]].concat();
        sample(out, name, &labels, micros as f64 / 1e6);
    }
    sample(out, &format!("{name}_sum"), &times.labels, figures.sum_s());
    sample(out, &format!("{name}_count"), &times.labels, figures.count as f64);
}

fn sample(out: &mut String, name: &str, labels: &Labels, value: f64) {
    let _ = write!(out, "rehearsal_{name}");
    let labels: Vec<_> = labels
        .iter()
        .map(|(label, value)| format!("{label}=\"{}\"", prometheus_label(&inert::line(value))))
        .collect();
    if !labels.is_empty() {
        let _ = write!(out, "{{{}}}", labels.join(","));
    }
    let _ = writeln!(out, " {value}");
}

fn quantiles(times: &Distribution) -> impl Iterator<Item = (&'static str, u64)> + use<> {
    [
        ("0", times.min_us),
        ("0.5", times.p50_us),
        ("0.9", times.p90_us),
        ("0.95", times.p95_us),
        ("0.99", times.p99_us),
        ("0.999", times.p99_9_us),
        ("1", times.max_us),
    ]
    .into_iter()
    .filter_map(|(quantile, micros)| micros.map(|micros| (quantile, micros)))
}
