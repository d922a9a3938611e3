//! The geometry of the charts. Places are shares of the width, in percent, so that a chart fits any
//! screen with its text at full size; heights are pixels.

mod gauge;
mod histogram;
mod percentiles;
mod scale;
mod series;
mod waterfall;

pub(super) use gauge::Gauge;
pub(super) use histogram::MirroredHistogram;
pub(super) use percentiles::PercentileCurve;
pub(super) use series::OverTime;
pub(super) use waterfall::Waterfall;

use serde::Serialize;

/// A labelled place on an axis.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Tick {
    /// Where, in percent of the axis.
    pub(super) at: f64,
    /// What stands there.
    pub(super) label: String,
    /// How its label is anchored: at the ends of an axis it must not stick out.
    pub(super) anchor: &'static str,
}

impl Tick {
    fn new(at: f64, label: String) -> Self {
        let anchor = match at {
            ..4.0 => "start",
            96.0.. => "end",
            _ => "middle",
        };
        Self { at: rounded(at), label, anchor }
    }
}

/// Leaves out the ticks that would run into the one before on a telephone's screen.
fn apart(ticks: impl IntoIterator<Item = Tick>) -> Vec<Tick> {
    const LEAST: f64 = 12.0;
    let mut apart: Vec<Tick> = Vec::new();
    for tick in ticks {
        if apart.last().is_none_or(|last| tick.at - last.at >= LEAST) {
            apart.push(tick);
        }
    }
    apart
}

/// Two decimals are a tenth of a pixel on the widest screen.
fn rounded(share: f64) -> f64 {
    (share * 100.0).round() / 100.0
}
