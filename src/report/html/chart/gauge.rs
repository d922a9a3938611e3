//! A rate and its interval on a scale of nines.

use serde::Serialize;

use super::{Tick, rounded};
use crate::report::figures::percent;
use crate::report::model::Interval;

/// A rate and its interval on a scale of nines, against the objective and the warning.
#[derive(Debug, Clone, Serialize)]
pub(in crate::report::html) struct Gauge {
    low: f64,
    width: f64,
    rate: f64,
    ticks: Vec<Tick>,
    limits: Vec<Tick>,
}

impl Gauge {
    /// The gauge of a rate, when there is one.
    pub(in crate::report::html) fn of(
        rate: Option<f64>,
        interval: &Interval,
        objective: f64,
        warning: f64,
    ) -> Option<Self> {
        let (rate, low, high) = (rate?, interval.low?, interval.high?);
        let label = |rate: f64| Tick::new(at(rate), percent(rate));
        Some(Self {
            low: at(low),
            width: rounded(at(high) - at(low)),
            rate: at(rate),
            ticks: [0.5, 0.9, objective, warning, 1.0].map(label).into(),
            limits: vec![
                Tick::new(at(objective), "objective".to_owned()),
                Tick::new(at(warning), "warning".to_owned()),
            ],
        })
    }
}

/// 90 %, 99 % and 99.9 % lie equally far apart; 50 % and below stand at the left, 100 % at the right.
fn at(rate: f64) -> f64 {
    const FIRST: f64 = std::f64::consts::LOG10_2;
    const LAST: f64 = 4.0;
    if rate >= 1.0 {
        return 100.0;
    }
    let nines = (-(1.0 - rate).log10()).clamp(FIRST, LAST);
    rounded((nines - FIRST) / (LAST - FIRST) * 97.0)
}
