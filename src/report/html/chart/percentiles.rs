//! Latency by percentile, as HdrHistogram's plotter draws it.

use std::fmt::Write;

use hdrhistogram::Histogram;
use serde::Serialize;

use super::scale::LogScale;
use super::{Tick, apart, rounded};
use crate::report::figures::duration;
use crate::report::model::EncodedHistogram;

/// Latency by percentile: the axis gives each further nine the same room, times are logarithmic.
#[derive(Debug, Clone, Serialize)]
pub(in crate::report::html) struct PercentileCurve {
    curves: Vec<Curve>,
    percentiles: Vec<Tick>,
    times: Vec<Tick>,
}

#[derive(Debug, Clone, Serialize)]
struct Curve {
    name: &'static str,
    /// An SVG path in a square of 100 by 100.
    path: String,
    points: Vec<Point>,
}

#[derive(Debug, Clone, Serialize)]
struct Point {
    x: f64,
    y: f64,
    title: String,
}

impl PercentileCurve {
    /// The curves of two histograms by their names, when there is more than one time to compare.
    pub(in crate::report::html) fn of(named: [(&'static str, &EncodedHistogram); 2]) -> Option<Self> {
        let recorded: Vec<_> = named
            .into_iter()
            .map(|(name, encoded)| (name, encoded.histogram()))
            .filter(|(_, histogram)| histogram.len() > 1)
            .collect();
        let least = recorded.iter().map(|(_, histogram)| histogram.min()).min()?;
        let greatest = recorded.iter().map(|(_, histogram)| histogram.max()).max()?;
        let most = recorded.iter().map(|(_, histogram)| histogram.len()).max()?;
        let scale = LogScale::over(least, greatest);
        let nines = Nines { most: (most as f64).log10().max(1.0) };
        let labels = [
            (0.0, "min"),
            (0.5, "50 %"),
            (0.9, "90 %"),
            (0.99, "99 %"),
            (0.999, "99.9 %"),
            (0.9999, "99.99 %"),
        ];
        Some(Self {
            curves: recorded
                .iter()
                .map(|(name, histogram)| Curve::of(name, histogram, &scale, &nines))
                .collect(),
            percentiles: apart(
                labels
                    .into_iter()
                    .filter(|(quantile, _)| nines.holds(*quantile))
                    .map(|(quantile, label)| Tick::new(nines.at(quantile), label.to_owned())),
            ),
            times: scale
                .ticks()
                .into_iter()
                .map(|tick| Tick { at: rounded(100.0 - tick.at), ..tick })
                .collect(),
        })
    }
}

/// The axis of percentiles: how many nines a quantile has.
struct Nines {
    most: f64,
}

impl Nines {
    fn at(&self, quantile: f64) -> f64 {
        let nines = -(1.0 - quantile).max(f64::MIN_POSITIVE).log10();
        rounded((nines / self.most * 100.0).clamp(0.0, 100.0))
    }

    fn holds(&self, quantile: f64) -> bool {
        -(1.0 - quantile).log10() <= self.most
    }
}

impl Curve {
    fn of(name: &'static str, histogram: &Histogram<u64>, scale: &LogScale, nines: &Nines) -> Self {
        let y = |micros: u64| rounded(100.0 - scale.at(micros as f64));
        let mut path = format!("M0 {}", y(histogram.min()));
        let mut last = y(histogram.min());
        for step in histogram.iter_quantiles(8) {
            let (x, height) =
                (nines.at(step.quantile_iterated_to()), y(step.value_iterated_to().min(histogram.max())));
            // A quantile is a step: the time holds until the next callback was slower.
            let _ = write!(path, "L{x} {last}L{x} {height}");
            last = height;
        }
        let points = [("median", 0.5), ("90 %", 0.9), ("99 %", 0.99), ("99.9 %", 0.999)];
        let points =
            points.into_iter().filter(|(_, quantile)| nines.holds(*quantile)).map(|(label, quantile)| {
                let micros = histogram.value_at_quantile(quantile).min(histogram.max());
                Point {
                    x: nines.at(quantile),
                    y: y(micros),
                    title: format!("{name}, {label}: {}", duration(micros)),
                }
            });
        let end = Point {
            x: 100.0,
            y: y(histogram.max()),
            title: format!("{name}, greatest: {}", duration(histogram.max())),
        };
        Self { name, path, points: points.chain([end]).collect() }
    }
}
