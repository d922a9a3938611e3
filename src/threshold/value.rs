//! Values and how they compare.

use std::cmp::Ordering;
use std::fmt;
use std::time::Duration;

use super::{Count, Figures, Metric};
use crate::statistics::Objective;

/// What a figure is compared with.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Bound {
    /// So many.
    Number(u64),
    /// Such a share.
    Share(Objective),
    /// So long.
    Time(Duration),
    /// So many a second.
    Rate(f64),
}

/// A figure, in the unit of the bound it is compared with.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Reading {
    Number(u64),
    Share { part: u64, whole: u64 },
    Time(Duration),
    Rate(f64),
}

impl Bound {
    /// Whether a figure of this kind can be compared with it.
    pub(super) const fn suits(self, metric: Metric) -> bool {
        match (metric, self) {
            (Metric::Count(_), Self::Number(_) | Self::Share(_))
            | (Metric::SuccessRate, Self::Share(_))
            | (Metric::Rate, Self::Rate(_))
            | (Metric::Time(..), Self::Time(_)) => true,
            (Metric::Count(_), Self::Time(_) | Self::Rate(_))
            | (Metric::SuccessRate, Self::Number(_) | Self::Time(_) | Self::Rate(_))
            | (Metric::Rate, Self::Number(_) | Self::Share(_) | Self::Time(_))
            | (Metric::Time(..), Self::Number(_) | Self::Share(_) | Self::Rate(_)) => false,
        }
    }
}

impl Reading {
    /// Reads a figure; none when it is not there, or is a share of nothing.
    pub(super) fn take(metric: Metric, bound: Bound, figures: &impl Figures) -> Option<Self> {
        let share = |count: Count| {
            let whole = count.of().iter().map(|part| figures.count(*part)).sum::<Option<u64>>()?;
            let part = figures.count(count)?;
            (whole > 0).then_some(Self::Share { part, whole })
        };
        match (metric, bound) {
            (Metric::Count(count), Bound::Share(_)) => share(count),
            (Metric::Count(count), Bound::Number(_) | Bound::Time(_) | Bound::Rate(_)) => {
                figures.count(count).map(Self::Number)
            }
            (Metric::SuccessRate, _) => share(Count::Good),
            (Metric::Rate, _) => figures.rate().map(Self::Rate),
            (Metric::Time(timing, statistic), _) => figures.time(timing, statistic).map(Self::Time),
        }
    }

    /// How it compares with the bound. Numbers, shares and times are compared exactly.
    pub(super) fn compare(self, bound: Bound) -> Ordering {
        match (self, bound) {
            (Self::Number(number), Bound::Number(bound)) => number.cmp(&bound),
            (Self::Share { part, whole }, Bound::Share(bound)) => {
                let share = u128::from(part) * u128::from(bound.den());
                share.cmp(&(u128::from(bound.num()) * u128::from(whole)))
            }
            (Self::Time(time), Bound::Time(bound)) => time.cmp(&bound),
            (Self::Rate(rate), Bound::Rate(bound)) => rate.total_cmp(&bound),
            (Self::Number(_) | Self::Share { .. } | Self::Time(_) | Self::Rate(_), _) => {
                unreachable!("a reading is taken in the unit of its bound")
            }
        }
    }
}

impl fmt::Display for Reading {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Number(number) => write!(f, "{number}"),
            Self::Share { part, whole } => {
                let percent = format!("{:.4}", part as f64 * 100.0 / whole as f64);
                let percent = percent.trim_end_matches('0').trim_end_matches('.');
                write!(f, "{percent} % ({part} of {whole})")
            }
            Self::Time(time) if time < Duration::from_millis(1) => write!(f, "{} µs", time.as_micros()),
            Self::Time(time) if time < Duration::from_secs(1) => write!(f, "{} ms", time.as_secs_f64() * 1e3),
            Self::Time(time) => write!(f, "{} s", time.as_secs_f64()),
            Self::Rate(rate) => write!(f, "{rate:.2}/s"),
        }
    }
}
