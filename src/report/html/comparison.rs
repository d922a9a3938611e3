//! What the template of a comparison needs besides the comparison.

use serde::Serialize;

use super::chart::PercentileCurve;
use crate::report::model::{Basis, Change, ComparedQuantile, Comparison};
use crate::report::wording;

/// What the template needs besides the comparison.
#[derive(Serialize)]
pub(super) struct ComparisonPage<'comparison> {
    tone: &'static str,
    mark: &'static str,
    word: &'static str,
    statuses: [&'static str; 2],
    rate_heading: &'static str,
    good: &'static str,
    quantiles: Vec<Quantile<'comparison>>,
    percentiles: Option<PercentileCurve>,
    limits: Vec<String>,
}

#[derive(Serialize)]
struct Quantile<'comparison> {
    name: String,
    row: &'comparison ComparedQuantile,
    shown: &'static str,
}

impl<'comparison> ComparisonPage<'comparison> {
    /// What the template needs to show this comparison.
    pub(super) fn of(comparison: &'comparison Comparison) -> Self {
        let (tone, mark) = match comparison.verdict {
            Change::Better => ("good", "✓"),
            Change::Worse => ("bad", "✗"),
            Change::NoDifferenceShown => ("same", "="),
        };
        let quantiles = comparison.latency.iter().map(|row| Quantile {
            name: wording::quantile(row.quantile),
            row,
            shown: match row.change {
                Change::Better => "✓ better",
                Change::Worse => "✗ worse",
                Change::NoDifferenceShown => "–",
            },
        });
        let histograms = comparison.histograms.as_ref();
        Self {
            tone,
            mark,
            word: wording::change(comparison.verdict),
            statuses: [&comparison.before, &comparison.after].map(|run| wording::status(run.status)),
            rate_heading: wording::rate_heading(comparison.basis),
            good: match comparison.basis {
                Basis::Sli => "good",
                Basis::Reachability => "reached",
            },
            quantiles: quantiles.collect(),
            percentiles: histograms
                .and_then(|both| PercentileCurve::of([("before", &both.before), ("after", &both.after)])),
            limits: wording::comparison_limits(comparison),
        }
    }
}
