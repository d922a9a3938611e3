//! Response times above, service times below, on one logarithmic axis.

use hdrhistogram::Histogram;
use serde::Serialize;

use super::scale::LogScale;
use super::{Tick, apart, rounded};
use crate::report::figures::{count, duration};
use crate::report::model::Histograms;

/// The greatest height of a bar, in pixels.
const HEIGHT: f64 = 96.0;

/// Response times above, service times below, on one logarithmic axis.
#[derive(Debug, Clone, Serialize)]
pub(in crate::report::html) struct MirroredHistogram {
    response: Side,
    service: Side,
    ticks: Vec<Tick>,
}

/// The bars of one histogram and its percentiles.
#[derive(Debug, Clone, Serialize)]
struct Side {
    bars: Vec<HistogramBar>,
    marks: Vec<Tick>,
}

#[derive(Debug, Clone, Serialize)]
struct HistogramBar {
    x: f64,
    width: f64,
    height: f64,
    /// What the bar stands for, in words.
    title: String,
}

impl MirroredHistogram {
    /// The chart of both histograms, when there is more than one time to show.
    pub(in crate::report::html) fn of(histograms: &Histograms) -> Option<Self> {
        let (response, service) = (histograms.response.histogram(), histograms.service.histogram());
        if response.len().max(service.len()) < 2 {
            return None;
        }
        let recorded = || [response, service].into_iter().filter(|histogram| !histogram.is_empty());
        let scale = LogScale::over(
            recorded().map(Histogram::min).min().unwrap_or(0),
            recorded().map(Histogram::max).max().unwrap_or(0),
        );
        Some(Self {
            response: Side::of(response, &scale),
            service: Side::of(service, &scale),
            ticks: apart(scale.ticks()),
        })
    }
}

impl Side {
    fn of(histogram: &Histogram<u64>, scale: &LogScale) -> Self {
        // Few callbacks get wide bars, or they would stand like pickets.
        let bars = (4.0 * (histogram.len() as f64).sqrt()).clamp(12.0, 80.0) as usize;
        let width = 100.0 / bars as f64;
        let mut counts = vec![0; bars];
        for bucket in histogram.iter_recorded() {
            let bar = (scale.at(bucket.value_iterated_to() as f64) / width) as usize;
            counts[bar.min(bars - 1)] += bucket.count_at_value();
        }
        let most = counts.iter().copied().max().unwrap_or(0).max(1) as f64;
        let bars = counts.into_iter().enumerate().filter(|(_, count)| *count > 0).map(|(index, number)| {
            let x = index as f64 * width;
            let (from, to) = (scale.time_at(x) as u64, scale.time_at(x + width) as u64);
            HistogramBar {
                x: rounded(x),
                width: rounded(width * 0.88),
                height: (number as f64 / most * HEIGHT).max(2.0).round(),
                title: format!("{} to {}: {}", duration(from), duration(to), count(number)),
            }
        });
        let marks = [("p50", 0.5), ("p90", 0.9), ("p99", 0.99)].into_iter().filter(|_| !histogram.is_empty());
        let marks = marks.map(|(name, quantile)| {
            let micros = histogram.value_at_quantile(quantile).min(histogram.max());
            Tick::new(scale.at(micros as f64), format!("{name} {}", duration(micros)))
        });
        Self { bars: bars.collect(), marks: marks.collect() }
    }
}
