//! OTLP: the figures as an OpenTelemetry collector takes them, in protobuf.
//!
//! Names are Prometheus' without the unit's word, which a collector adds again, behind `rehearsal.`; units are UCUM.
//! Distributions are histograms with explicit bounds. They and counters are cumulative, from when the process began.

use std::collections::BTreeMap;

use hdrhistogram::Histogram as Recorded;
use jiff::Timestamp;
use opentelemetry_proto::tonic::collector::metrics::v1::{
    ExportMetricsServiceRequest, ExportMetricsServiceResponse,
};
use opentelemetry_proto::tonic::common::v1::{AnyValue, InstrumentationScope, KeyValue, any_value};
use opentelemetry_proto::tonic::metrics::v1::{
    AggregationTemporality, Gauge, Histogram, HistogramDataPoint, Metric, NumberDataPoint, ResourceMetrics,
    ScopeMetrics, Sum, metric, number_data_point,
};
use opentelemetry_proto::tonic::resource::v1::Resource;
use prost::Message;

use super::measures::{Labels, Measure, Sample, Times, Unit, Values, of_run};
use super::model::Distribution;
use super::{Report, Scrape};

const CUMULATIVE: i32 = AggregationTemporality::Cumulative as i32;

/// The bounds of the buckets in microseconds: those that OpenTelemetry advises for the duration of HTTP requests, and
/// three below them for phases on a near network.
const BOUNDS_US: [u64; 17] = [
    500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 75_000, 100_000, 250_000, 500_000, 750_000, 1_000_000,
    2_500_000, 5_000_000, 7_500_000, 10_000_000,
];

/// The metrics of a process, one request after another.
#[derive(Debug)]
pub struct Otlp {
    resource: Resource,
    began: Timestamp,
    /// What was added up of each distribution.
    times: BTreeMap<(&'static str, Labels), Buckets>,
}

/// What a collector did not take of a request that it took.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejection {
    /// How many values.
    pub points: i64,
    /// What it says about it, unredacted.
    pub message: String,
}

/// Times in buckets.
#[derive(Debug, Clone, Default)]
struct Buckets {
    counts: [u64; BOUNDS_US.len() + 1],
    sum_s: f64,
    min_us: Option<u64>,
    max_us: Option<u64>,
}

impl Otlp {
    /// Begins at `began` to tell of the process that these attributes tell from others. They win over its name and
    /// version, which it says itself.
    pub fn begin(attributes: impl IntoIterator<Item = (String, String)>, began: Timestamp) -> Self {
        let own = [("service.name", "rehearsal"), ("service.version", env!("CARGO_PKG_VERSION"))];
        let own = own.map(|(key, value)| (key.to_owned(), value.to_owned()));
        let attributes: BTreeMap<String, String> = own.into_iter().chain(attributes).collect();
        let attributes = attributes.into_iter().map(|(key, value)| attribute(&key, value)).collect();
        let resource = Resource { attributes, ..Resource::default() };
        Self { resource, began, times: BTreeMap::new() }
    }

    /// The request that tells, at `at`, of a pass, and of what a service has counted. Each pass is told once.
    pub fn request(&mut self, pass: Option<&Report>, service: Option<&Scrape>, at: Timestamp) -> Vec<u8> {
        let counters = service.map(Scrape::counters).unwrap_or_default();
        let figures = pass.map(of_run).unwrap_or_default();
        let at = nanoseconds(at);
        let metrics =
            counters.iter().chain(&figures).filter_map(|measure| self.metric(measure, at)).collect();
        let scope = InstrumentationScope {
            name: "rehearsal".to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            ..InstrumentationScope::default()
        };
        let scope_metrics = ScopeMetrics { scope: Some(scope), metrics, ..ScopeMetrics::default() };
        let resource_metrics = ResourceMetrics {
            resource: Some(self.resource.clone()),
            scope_metrics: vec![scope_metrics],
            ..ResourceMetrics::default()
        };
        ExportMetricsServiceRequest { resource_metrics: vec![resource_metrics] }.encode_to_vec()
    }

    /// A figure; nothing while it has no value.
    fn metric(&mut self, measure: &Measure<'_>, at: u64) -> Option<Metric> {
        let began = nanoseconds(self.began);
        let points = |samples: &[Sample], began| -> Vec<_> {
            samples.iter().map(|sample| point(sample, began, at)).collect()
        };
        let data = match &measure.values {
            Values::Gauge(samples) | Values::Counter(samples) if samples.is_empty() => return None,
            Values::Gauge(samples) => metric::Data::Gauge(Gauge { data_points: points(samples, 0) }),
            Values::Counter(samples) => metric::Data::Sum(Sum {
                data_points: points(samples, began),
                aggregation_temporality: CUMULATIVE,
                is_monotonic: true,
            }),
            Values::Times(times) => {
                let times = times.iter().filter_map(|times| self.add(measure.name, times));
                let data_points: Vec<_> =
                    times.map(|(labels, buckets)| buckets.point(labels, began, at)).collect();
                if data_points.is_empty() {
                    return None;
                }
                metric::Data::Histogram(Histogram { data_points, aggregation_temporality: CUMULATIVE })
            }
        };
        Some(Metric {
            name: name(measure),
            description: measure.help.to_owned(),
            unit: measure.unit.ucum().to_owned(),
            data: Some(data),
            ..Metric::default()
        })
    }

    /// Adds a distribution to what it was before. One without a histogram can't be added up, and is left out.
    fn add(&mut self, name: &'static str, times: &Times<'_>) -> Option<(Labels, Buckets)> {
        let histogram = times.histogram?;
        let buckets = self.times.entry((name, times.labels.clone())).or_default();
        buckets.add(times.figures, histogram);
        Some((times.labels.clone(), buckets.clone()))
    }
}

impl Rejection {
    /// What the answer to a request says was not taken; nothing where it says nothing of it.
    pub fn in_answer(answer: &[u8]) -> Option<Self> {
        let rejected = ExportMetricsServiceResponse::decode(answer).ok()?.partial_success?;
        let message = rejected.error_message;
        (rejected.rejected_data_points > 0).then_some(Self { points: rejected.rejected_data_points, message })
    }
}

impl Buckets {
    fn add(&mut self, figures: &Distribution, histogram: &Recorded<u64>) {
        // The highest value that a bucket of the histogram may stand for can exceed the greatest value recorded.
        let max = histogram.max();
        for value in histogram.iter_recorded() {
            let micros = value.value_iterated_to().min(max);
            self.counts[BOUNDS_US.partition_point(|bound| *bound < micros)] +=
                value.count_since_last_iteration();
        }
        self.sum_s += figures.sum_s();
        self.min_us = self.min_us.into_iter().chain(figures.min_us).min();
        self.max_us = self.max_us.max(figures.max_us);
    }

    fn point(&self, labels: Labels, began: u64, at: u64) -> HistogramDataPoint {
        let seconds = |micros: u64| micros as f64 / 1e6;
        HistogramDataPoint {
            attributes: attributes(labels),
            start_time_unix_nano: began,
            time_unix_nano: at,
            count: self.counts.iter().sum(),
            sum: Some(self.sum_s),
            bucket_counts: self.counts.to_vec(),
            explicit_bounds: BOUNDS_US.map(seconds).to_vec(),
            min: self.min_us.map(seconds),
            max: self.max_us.map(seconds),
            ..HistogramDataPoint::default()
        }
    }
}

impl Unit {
    /// The unit in the Unified Code for Units of Measure.
    const fn ucum(self) -> &'static str {
        match self {
            Self::None => "",
            Self::Seconds => "s",
            Self::Ratio => "1",
            Self::CallbacksPerSecond => "{callback}/s",
            Self::Callbacks => "{callback}",
            Self::Passes => "{pass}",
            Self::Tenants => "{tenant}",
        }
    }

    /// The word for it in Prometheus' names, where a collector makes it from the unit.
    const fn word(self) -> &'static str {
        match self {
            Self::Seconds => "_seconds",
            Self::Ratio => "_ratio",
            Self::CallbacksPerSecond => "_per_second",
            Self::None | Self::Callbacks | Self::Passes | Self::Tenants => "",
        }
    }
}

fn name(measure: &Measure<'_>) -> String {
    let word = match measure.values {
        Values::Counter(_) => "_total",
        Values::Gauge(_) | Values::Times(_) => measure.unit.word(),
    };
    format!("rehearsal.{}", measure.name.replacen(word, "", 1))
}

fn point(sample: &Sample, began: u64, at: u64) -> NumberDataPoint {
    NumberDataPoint {
        attributes: attributes(sample.labels.clone()),
        start_time_unix_nano: began,
        time_unix_nano: at,
        value: Some(number_data_point::Value::AsDouble(sample.value)),
        ..NumberDataPoint::default()
    }
}

fn attributes(labels: Labels) -> Vec<KeyValue> {
    labels.into_iter().map(|(key, value)| attribute(key, value)).collect()
}

fn attribute(key: &str, value: String) -> KeyValue {
    let value = Some(AnyValue { value: Some(any_value::Value::StringValue(value)) });
    KeyValue { key: key.to_owned(), value, ..KeyValue::default() }
}

fn nanoseconds(at: Timestamp) -> u64 {
    u64::try_from(at.as_nanosecond()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn recorded(micros: &[u64]) -> Recorded<u64> {
        let mut histogram = Recorded::new(3).expect("three digits");
        micros.iter().for_each(|value| histogram.record(*value).expect("it grows"));
        histogram
    }

    #[test]
    fn a_bound_is_in_the_bucket_below_it_and_passes_add_up() {
        let mut buckets = Buckets::default();
        for micros in [&[400, 500, 501][..], &[], &[30_000_000]] {
            let histogram = recorded(micros);
            buckets.add(&Distribution::of(&histogram), &histogram);
        }
        let point = buckets.point(Vec::new(), 1, 2);
        assert_eq!((point.count, point.bucket_counts.len()), (4, point.explicit_bounds.len() + 1));
        assert_eq!((&point.bucket_counts[..2], point.bucket_counts[17]), (&[2, 1][..], 1));
        assert_eq!(point.min, Some(0.0004));
        // A histogram keeps three digits.
        for (value, expected) in [(point.max, 30.0), (point.sum, 30.001401)] {
            assert!((value.expect("some") / expected - 1.0).abs() < 0.001, "{value:?} is not {expected}");
        }
    }

    #[test]
    fn a_figure_without_values_is_left_out() {
        let mut otlp = Otlp::begin([], Timestamp::UNIX_EPOCH);
        let mut sent = |values| {
            let measure = Measure { name: "late_ratio", help: "Late ones.", unit: Unit::Ratio, values };
            otlp.metric(&measure, 1).map(|metric| metric.name)
        };
        assert_eq!(sent(Values::Gauge(Vec::new())), None);
        assert_eq!(sent(Values::Counter(Vec::new())), None);
        let figures = Distribution::default();
        let times = Times { labels: Vec::new(), figures: &figures, histogram: None };
        assert_eq!(sent(Values::Times(vec![times])), None);
        let sample = Sample { labels: Vec::new(), value: 0.5 };
        assert_eq!(sent(Values::Gauge(vec![sample])).as_deref(), Some("rehearsal.late"));
    }

    #[test]
    fn what_was_not_taken_is_read_from_the_answer() {
        assert_eq!(Rejection::in_answer(b""), None);
        assert_eq!(Rejection::in_answer(b"thank you"), None);
        let partial = |points, message: &str| {
            let partial_success =
                opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsPartialSuccess {
                    rejected_data_points: points,
                    error_message: message.to_owned(),
                };
            ExportMetricsServiceResponse { partial_success: Some(partial_success) }.encode_to_vec()
        };
        assert_eq!(Rejection::in_answer(&partial(0, "a hint")), None);
        let rejection = Rejection { points: 3, message: "too old".to_owned() };
        assert_eq!(Rejection::in_answer(&partial(3, "too old")), Some(rejection));
    }
}
