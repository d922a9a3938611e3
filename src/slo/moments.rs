//! The moments between which the history counts apart, so that every window begins and ends at one.

use std::time::Duration;

use jiff::Timestamp;

use super::burn::ALERTS;
use super::{Span, Tally, forecast};
use crate::history::Exclusion;

/// The moments between which the history has to count apart, the first 28 days ago, the last now: where
/// windows begin, and where exclusions begin and end. Sums between them are exact for every window, and each
/// lies wholly in an exclusion or outside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moments(Vec<Timestamp>);

impl Moments {
    /// The moments that matter at `now`.
    pub fn at(now: Timestamp, exclusions: &[Exclusion]) -> Self {
        let lengths = Span::ALL.map(Span::length).into_iter();
        let lengths = lengths.chain(ALERTS.iter().flat_map(|alert| [alert.long, alert.short]));
        let lengths = lengths.chain(forecast::DAYS.map(forecast::kept_part));
        let first = ago(now, Span::FourWeeks.length());
        let edges = exclusions.iter().flat_map(|exclusion| [Some(exclusion.from), exclusion.to]).flatten();
        let mut moments: Vec<Timestamp> = lengths
            .map(|length| ago(now, length))
            .chain(edges.filter(|edge| (first..now).contains(edge)))
            .chain([now])
            .collect();
        moments.sort_unstable();
        moments.dedup();
        Self(moments)
    }

    /// All of them, ascending.
    pub fn cuts(&self) -> &[Timestamp] {
        &self.0
    }

    /// Now.
    pub fn now(&self) -> Timestamp {
        self.0[self.0.len() - 1]
    }

    /// Adds rows that the history does not hold yet to its sums, each to the interval of its moment.
    pub fn add<Row>(&self, sums: &mut [Vec<Row>], rows: impl IntoIterator<Item = (Timestamp, Row)>) {
        for (at, row) in rows {
            let interval = self.0.partition_point(|moment| *moment <= at).checked_sub(1);
            if let Some(rows) = interval.and_then(|interval| sums.get_mut(interval)) {
                rows.push(row);
            }
        }
    }

    /// Adds up the intervals of the last `length`, each by its beginning and what `tally` makes of it.
    pub(super) fn sum<Row>(
        &self,
        length: Duration,
        sums: &[Vec<Row>],
        tally: impl Fn(Timestamp, &Row) -> Tally,
    ) -> Tally {
        let from = ago(self.now(), length);
        let intervals = self.0.iter().zip(sums).filter(|(start, _)| **start >= from);
        let mut total = Tally::default();
        for (start, rows) in intervals {
            for row in rows {
                total += tally(*start, row);
            }
        }
        total
    }
}

/// The moment so long before `now`.
pub(super) fn ago(now: Timestamp, length: Duration) -> Timestamp {
    now.checked_sub(length).unwrap_or(Timestamp::MIN)
}
