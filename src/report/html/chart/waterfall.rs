//! The phases of a callback, one after another.

use serde::Serialize;

use super::rounded;
use crate::outcome::Phase;
use crate::report::figures::duration;
use crate::report::model::{Distribution, Phases};

/// The phases of a callback, one after another.
#[derive(Debug, Clone, Serialize)]
pub(in crate::report::html) struct Waterfall {
    /// The bars, in order.
    bars: Vec<Bar>,
    /// The sum of all phases, in microseconds.
    pub(in crate::report::html) total_us: u64,
}

/// One phase.
#[derive(Debug, Clone, Serialize)]
struct Bar {
    /// The name of the phase.
    phase: &'static str,
    x: f64,
    width: f64,
    title: String,
}

impl Waterfall {
    /// The phases of one callback; the whole width is `scale_us`, or the sum of the phases.
    pub(in crate::report::html) fn of(times: &Phases<Option<u64>>, scale_us: Option<u64>) -> Self {
        let total_us = Phase::ALL.iter().filter_map(|phase| *times.get(*phase)).sum();
        let scale = scale_us.unwrap_or(total_us).max(total_us).max(1) as f64;
        let mut done = 0;
        let mut bars = Vec::new();
        for phase in Phase::ALL {
            let Some(micros) = *times.get(phase) else { continue };
            bars.push(Bar {
                phase: phase.name(),
                x: rounded(done as f64 / scale * 100.0),
                width: rounded((micros as f64 / scale * 100.0).max(0.15)),
                title: format!("{} {}", phase.name(), duration(micros)),
            });
            done += micros;
        }
        Self { bars, total_us }
    }

    /// The medians of the phases.
    pub(in crate::report::html) fn of_medians(
        phases: &Phases<Option<Distribution>>,
        scale_us: Option<u64>,
    ) -> Self {
        Self::of(&medians(phases), scale_us)
    }
}

fn medians(phases: &Phases<Option<Distribution>>) -> Phases<Option<u64>> {
    Phases::of(|phase| phases.get(phase).as_ref().and_then(|times| times.p50_us))
}
