//! Latency as an HDR histogram in microseconds.

use std::iter::Sum;
use std::time::Duration;

use hdrhistogram::Histogram;
use hdrhistogram::serialization::{Deserializer, Serializer as _, V2Serializer};

/// The largest time that is told apart: an hour. Longer ones count as this.
const MAX_MICROS: u64 = 3_600_000_000;
/// Significant decimal digits kept.
const DIGITS: u8 = 3;
/// Significant decimal digits kept of a coarse distribution.
const COARSE_DIGITS: u8 = 2;

/// A distribution of times. The histogram behind it is made by the first time recorded and grows with the
/// longest: some 20 KiB for milliseconds, 150 KiB for an hour. There is one for each step and phase.
#[derive(Debug, Clone)]
pub struct Latency {
    digits: u8,
    histogram: Option<Box<Histogram<u64>>>,
}

impl Default for Latency {
    fn default() -> Self {
        Self { digits: DIGITS, histogram: None }
    }
}

impl Latency {
    /// A distribution that keeps times to one in a hundred, in an eighth of the room.
    pub fn coarse() -> Self {
        Self { digits: COARSE_DIGITS, histogram: None }
    }

    /// Adds one time.
    pub fn record(&mut self, time: Duration) {
        let micros = u64::try_from(time.as_micros()).unwrap_or(MAX_MICROS);
        let recorded = self.histogram_mut().record(micros.clamp(1, MAX_MICROS));
        recorded.expect("a histogram that grows takes every time up to the maximum");
    }

    /// Adds all times of `other`: the result is the histogram of the union.
    pub fn merge(&mut self, other: &Self) {
        if let Some(other) = &other.histogram {
            self.histogram_mut()
                .add(other.as_ref())
                .expect("a histogram that grows takes all of another's times");
        }
    }

    /// The histogram, when anything was recorded.
    pub fn histogram(&self) -> Option<&Histogram<u64>> {
        self.histogram.as_deref()
    }

    /// How many times were recorded.
    pub fn count(&self) -> u64 {
        self.histogram.as_ref().map_or(0, |histogram| histogram.len())
    }

    fn histogram_mut(&mut self) -> &mut Histogram<u64> {
        self.histogram.get_or_insert_with(|| {
            Box::new(Histogram::new(self.digits).expect("both numbers of digits are constant and valid"))
        })
    }
}

impl<'a> Sum<&'a Self> for Latency {
    /// The distribution of all their times together.
    fn sum<I: Iterator<Item = &'a Self>>(parts: I) -> Self {
        let mut whole = Self::default();
        parts.for_each(|part| whole.merge(part));
        whole
    }
}

/// A distribution that is put away: about as large as the number of different times in it.
#[derive(Debug, Clone)]
pub(super) struct PackedLatency {
    digits: u8,
    histogram: Option<Box<[u8]>>,
}

impl Latency {
    /// Puts it away.
    pub(super) fn packed(&self) -> PackedLatency {
        let histogram = self.histogram.as_deref().map(|histogram| {
            let mut bytes = Vec::new();
            let written = V2Serializer::new().serialize(histogram, &mut bytes);
            written.expect("memory takes all that a histogram holds");
            bytes.into_boxed_slice()
        });
        PackedLatency { digits: self.digits, histogram }
    }
}

impl PackedLatency {
    /// The distribution as it was.
    pub(super) fn unpacked(&self) -> Latency {
        let mut latency = Latency { digits: self.digits, histogram: None };
        if let Some(mut bytes) = self.histogram.as_deref() {
            let histogram = Deserializer::new().deserialize(&mut bytes).expect("written by ourselves");
            // Into one that grows, which a histogram that was read does not.
            latency.merge(&Latency { digits: self.digits, histogram: Some(Box::new(histogram)) });
        }
        latency
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_merge_is_the_histogram_of_the_union() {
        let (mut left, mut right, mut both) = (Latency::default(), Latency::default(), Latency::default());
        for millis in [1, 20, 300, 4_000_000] {
            left.record(Duration::from_millis(millis));
            both.record(Duration::from_millis(millis));
        }
        right.record(Duration::from_nanos(10));
        both.record(Duration::from_nanos(10));
        left.merge(&right);
        assert_eq!(left.histogram(), both.histogram());
        assert_eq!(left.count(), 5);
    }

    #[test]
    fn what_is_put_away_comes_back_and_goes_on() {
        let mut times = Latency::coarse();
        assert!(times.packed().unpacked().histogram().is_none());
        (1..=500).for_each(|number| times.record(Duration::from_micros(number * number)));
        let packed = times.packed();
        assert!(packed.histogram.as_ref().is_some_and(|bytes| bytes.len() < 1_024));
        let mut back = packed.unpacked();
        for times in [&mut times, &mut back] {
            times.record(Duration::from_secs(4_000));
        }
        assert_eq!(back.histogram(), times.histogram());
    }

    #[test]
    fn nothing_recorded_is_no_histogram() {
        let mut empty = Latency::default();
        empty.merge(&Latency::default());
        assert!(empty.histogram().is_none());
    }
}
