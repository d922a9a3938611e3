//! `rehearsal check` with a collector that takes OTLP.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use bytes::Bytes;
use hyper::StatusCode;
use opentelemetry_proto::tonic::collector::metrics::v1::{
    ExportMetricsPartialSuccess, ExportMetricsServiceRequest, ExportMetricsServiceResponse,
};
use opentelemetry_proto::tonic::common::v1::{KeyValue, any_value::Value};
use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use opentelemetry_proto::tonic::metrics::v1::{HistogramDataPoint, Metric, number_data_point};
use prost::Message;
use rehearsal::serve::{Request, reply};

use super::bench::{Bench, Run, until};
use super::spy::{Answer, Spy, header};

const ENDPOINT: &str = "OTEL_EXPORTER_OTLP_ENDPOINT";
/// In no output, whatever happens.
const SECRET: &str = "otlp-secret-4711";

/// The name and the labels of a value.
type Key = (String, BTreeMap<String, String>);

fn check(bench: &Bench, base_url: &str, more: &[&str]) -> Run {
    let (key, state) = (bench.path("key.pem"), bench.path("state"));
    let signing = ["--signing-key", &key, "--key-server", "none", "--state-dir", &state];
    bench.command(&["check", base_url]).with(&signing).with(more)
}

fn decoded(request: &Request) -> ExportMetricsServiceRequest {
    ExportMetricsServiceRequest::decode(request.body().as_ref()).unwrap()
}

fn metrics(request: &Request) -> Vec<Metric> {
    let mut resources = decoded(request).resource_metrics;
    assert_eq!(resources.len(), 1);
    let mut scopes = resources.pop().unwrap().scope_metrics;
    assert_eq!(scopes.len(), 1);
    scopes.pop().unwrap().metrics
}

fn metric(request: &Request, name: &str) -> Metric {
    metrics(request).into_iter().find(|metric| metric.name == name).unwrap_or_else(|| panic!("no {name}"))
}

fn texts(attributes: &[KeyValue]) -> BTreeMap<String, String> {
    let text = |attribute: &KeyValue| match attribute.value.as_ref().and_then(|value| value.value.as_ref()) {
        Some(Value::StringValue(text)) => (attribute.key.clone(), text.clone()),
        other => panic!("{other:?} is no text"),
    };
    attributes.iter().map(text).collect()
}

fn resource(request: &Request) -> BTreeMap<String, String> {
    texts(&decoded(request).resource_metrics[0].resource.as_ref().unwrap().attributes)
}

/// The name that Prometheus has for a metric, made from the unit as a collector makes it.
fn translated(metric: &Metric) -> String {
    let name = metric.name.strip_prefix("rehearsal.").unwrap();
    let word = match metric.unit.as_str() {
        "s" => "_seconds",
        "1" => "_ratio",
        "{callback}/s" => "_per_second",
        "" | "{callback}" | "{pass}" | "{tenant}" => "",
        other => panic!("{other} is not among the units"),
    };
    // Ours stands before the end of an interval.
    let end = ["_low", "_high"].into_iter().find(|end| name.ends_with(end)).unwrap_or_default();
    format!("rehearsal_{}{word}{end}", name.strip_suffix(end).unwrap())
}

/// The values of Prometheus' text, those of quantiles apart.
fn prometheus(text: &str) -> (BTreeMap<Key, f64>, BTreeMap<Key, f64>) {
    let (mut values, mut quantiles) = (BTreeMap::new(), BTreeMap::new());
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let (series, value) = line.rsplit_once(' ').unwrap();
        let (name, labels) = series.split_once('{').unwrap();
        let labels = labels.strip_suffix("\"}").unwrap().split("\",");
        let labels = labels.map(|label| label.split_once("=\"").unwrap());
        let labels: BTreeMap<_, _> = labels.map(|(key, value)| (key.to_owned(), value.to_owned())).collect();
        let map = if labels.contains_key("quantile") { &mut quantiles } else { &mut values };
        assert!(map.insert((name.to_owned(), labels), value.parse().unwrap()).is_none(), "{line} twice");
    }
    (values, quantiles)
}

/// The values of a request in the form of Prometheus' text, and its histograms.
fn flattened(request: &Request) -> (BTreeMap<Key, f64>, BTreeMap<Key, HistogramDataPoint>) {
    let (mut values, mut histograms) = (BTreeMap::new(), BTreeMap::new());
    for metric in metrics(request) {
        let name = translated(&metric);
        assert!(!metric.description.is_empty());
        match metric.data.unwrap() {
            Data::Gauge(gauge) => values.extend(gauge.data_points.into_iter().map(|point| {
                assert!(point.time_unix_nano > 0);
                let Some(number_data_point::Value::AsDouble(value)) = point.value else {
                    panic!("no double")
                };
                ((name.clone(), texts(&point.attributes)), value)
            })),
            Data::Histogram(histogram) => {
                assert_eq!(histogram.aggregation_temporality, 2, "cumulative");
                for point in histogram.data_points {
                    let labels = texts(&point.attributes);
                    values.insert((format!("{name}_count"), labels.clone()), point.count as f64);
                    values.insert((format!("{name}_sum"), labels.clone()), point.sum.unwrap());
                    histograms.insert((name.clone(), labels), point);
                }
            }
            other => panic!("{other:?}"),
        }
    }
    (values, histograms)
}

/// Whether a quantile is where the histogram has it.
fn lies_in(histogram: &HistogramDataPoint, quantile: f64, value: f64) -> bool {
    if quantile == 0.0 || quantile == 1.0 {
        return [histogram.min, histogram.max][quantile as usize] == Some(value);
    }
    let bucket = histogram.explicit_bounds.partition_point(|bound| *bound < value);
    let below: u64 = histogram.bucket_counts[..bucket].iter().sum();
    let rank = (quantile * histogram.count as f64).ceil() as u64;
    below < rank && rank <= below + histogram.bucket_counts[bucket]
}

#[tokio::test]
async fn a_collector_gets_the_figures_that_prometheus_gets() {
    let bench = Bench::new().await;
    let app = Spy::start(|_, before| if before == 7 { 502 } else { 204 }.into()).await;
    let collector = Spy::start(|_, _| 200.into()).await;
    let file = format!("prometheus={}", bench.path("pass.prom"));
    let many = ["--scenario", "single-install", "--repeat", "40", "--report", &file, "--location", "eu"];
    check(&bench, &app.base_url(), &many).env(ENDPOINT, &collector.base_url()).end().await.exits(2);
    let requests = collector.requests("/v1/metrics");
    assert_eq!(requests.len(), 1);
    assert_eq!(header(&requests[0], "content-type"), "application/x-protobuf");

    let (expected, quantiles) = prometheus(&std::fs::read_to_string(bench.path("pass.prom")).unwrap());
    let (values, histograms) = flattened(&requests[0]);
    assert!(expected.len() > 40 && quantiles.len() > 20, "{} and {}", expected.len(), quantiles.len());
    assert_eq!(values, expected);
    for ((name, mut labels), value) in quantiles {
        let quantile = labels.remove("quantile").unwrap();
        let histogram = &histograms[&(name.clone(), labels)];
        assert!(
            lies_in(histogram, quantile.parse().unwrap(), value),
            "{name} {quantile} {value} {histogram:?}"
        );
    }
    for histogram in histograms.values() {
        assert_eq!(histogram.bucket_counts.iter().sum::<u64>(), histogram.count);
        assert!((1..histogram.time_unix_nano).contains(&histogram.start_time_unix_nano));
    }
    let resource = resource(&requests[0]);
    assert_eq!(resource["service.name"], "rehearsal");
    assert_eq!(resource["service.version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(resource["service.instance.id"], format!("{} probe-key eu", app.base_url()));
}

#[tokio::test]
async fn a_service_counts_on_and_says_who_it_is() {
    let bench = Bench::new().await;
    let app = Spy::start(|_, _| 204.into()).await;
    let collector = Spy::start(|_, _| 200.into()).await;
    let secret = bench.write("headers", &format!("api-key={SECRET}\n"));
    bench.write(
        "rehearsal.toml",
        &format!(
            "[otlp]\nmetrics-endpoint = \"{}/own\"\nheaders-file = \"{secret}\"\n\
             resource-attributes = \"service.name=probes,cloud.region=eu%20west\"\n",
            collector.base_url()
        ),
    );
    let run = check(&bench, &app.base_url(), &["--every", "1s"]).start();
    until("three requests", || collector.requests("/own").len() >= 3).await;
    run.signal("TERM");
    let ended = run.end().await.exits(0);
    assert!(!format!("{ended:?}").contains(SECRET));
    let requests = collector.requests("/own");
    assert_eq!(requests.len(), app.requests("/installed").len());
    let mut starts = Vec::new();
    for (number, request) in (1_u64..).zip(&requests) {
        assert_eq!(header(request, "api-key"), SECRET);
        let resource = resource(request);
        assert_eq!(
            (resource["service.name"].as_str(), resource["cloud.region"].as_str()),
            ("probes", "eu west")
        );
        let passes = metric(request, "rehearsal.passes");
        let Some(Data::Sum(sum)) = passes.data else { panic!("no sum") };
        assert!(sum.is_monotonic && sum.aggregation_temporality == 2);
        let point = &sum.data_points[0];
        assert_eq!(point.value, Some(number_data_point::Value::AsDouble(number as f64)));
        assert_eq!(texts(&point.attributes), BTreeMap::from([("status".to_owned(), "ok".to_owned())]));
        let Some(Data::Histogram(times)) = metric(request, "rehearsal.response").data else {
            panic!("no times")
        };
        assert_eq!(times.data_points[0].count, number, "times add up");
        starts.extend([point.start_time_unix_nano, times.data_points[0].start_time_unix_nano]);
    }
    starts.dedup();
    assert_eq!(starts.len(), 1, "all count from the beginning of the service");
}

#[tokio::test]
async fn a_collector_that_never_answers_holds_nothing_up() {
    let bench = Bench::new().await;
    let app = Spy::start(|_, _| 204.into()).await;
    let collector = Spy::start(|_, _| Answer::Never).await;
    let settings = |timeout: &str| {
        let text = format!("[otlp]\nendpoint = \"{}\"\ntimeout = \"{timeout}\"\n", collector.base_url());
        bench.write("rehearsal.toml", &text);
    };
    settings("1s");
    let report = format!("json={}", bench.path("pass.json"));
    let began = Instant::now();
    let ended = check(&bench, &app.base_url(), &["--report", &report]).end().await.exits(0);
    ended.says("the collector did not take the metrics: timeout.");
    assert!(began.elapsed() < Duration::from_secs(20), "{:?}", began.elapsed());
    let pass = std::fs::read_to_string(bench.path("pass.json")).unwrap();
    assert!(pass.contains("\"exit_code\": 0"), "{pass}");
    // A service goes on with its passes, and a second signal ends the waiting.
    settings("60s");
    let run = check(&bench, &app.base_url(), &["--every", "1s"]).start();
    let began = Instant::now();
    until("three more passes", || app.requests("/installed").len() >= 4).await;
    run.signal("TERM");
    run.signal("INT");
    run.end().await.exits(130);
    assert!(began.elapsed() < Duration::from_secs(30), "{:?}", began.elapsed());
}

#[tokio::test]
async fn what_is_not_taken_is_noted_without_secrets() {
    let bench = Bench::new().await;
    let app = Spy::start(|_, _| 204.into()).await;
    let answer = |status: u16, body: Bytes| {
        Answer::With(reply(StatusCode::from_u16(status).unwrap(), "application/x-protobuf", body))
    };
    let collector = Spy::start(move |request, before| {
        let partial_success = Some(ExportMetricsPartialSuccess {
            rejected_data_points: 3,
            error_message: format!("too old for {}", header(request, "api-key")),
        });
        let partial = ExportMetricsServiceResponse { partial_success }.encode_to_vec();
        match (request.uri().path(), before) {
            ("/refusing/v1/metrics", _) => answer(400, format!("not {}", header(request, "api-key")).into()),
            ("/failing/v1/metrics", _) => answer(500, Bytes::new()),
            ("/busy/v1/metrics", 0) => answer(503, Bytes::new()),
            ("/partial/v1/metrics", _) => answer(200, partial.into()),
            _ => 200.into(),
        }
    })
    .await;
    for (path, times, said) in [
        ("refusing", 1, "the collector did not take the metrics: status.400: not "),
        ("failing", 1, "the collector did not take the metrics: status.500"),
        ("busy", 2, ""),
        ("partial", 1, "the collector did not take 3 of the metrics: too old for "),
    ] {
        let endpoint = format!("{}/{path}", collector.base_url());
        let run = check(&bench, &app.base_url(), &[]).env(ENDPOINT, &endpoint);
        let ended = run.env("OTEL_EXPORTER_OTLP_HEADERS", &format!("api-key={SECRET}")).end().await.exits(0);
        assert_eq!(collector.requests(&format!("/{path}/v1/metrics")).len(), times, "{path}");
        assert!(!format!("{ended:?}").contains(SECRET), "{}", ended.err);
        assert_eq!(ended.err.contains("the collector"), !said.is_empty(), "{}", ended.err);
        drop(ended.says(said));
    }
}

#[tokio::test]
async fn settings_that_are_wrong_end_the_check_before_it_sends_anything() {
    let bench = Bench::new().await;
    let app = Spy::start(|_, _| 204.into()).await;
    bench.write("rehearsal.toml", "[otlp]\nheaders = \"api-key=otlp-secret-4711\"\n");
    let ended = check(&bench, &app.base_url(), &[]).end().await.exits(64).says("headers-env");
    assert!(!format!("{ended:?}").contains(SECRET));
    assert!(app.callbacks().is_empty());
}

#[tokio::test]
async fn the_manuals_settings_are_valid() {
    let bench = Bench::new().await;
    let app = Spy::start(|_, _| 204.into()).await;
    let manual = include_str!("../../../src/manual/monitoring.md");
    let mut settings =
        manual.split("```toml\n").map(|rest| rest.split_once("```").map_or("", |(block, _)| block));
    let settings = settings.find(|block| block.starts_with("[otlp]")).unwrap();
    bench.write("rehearsal.toml", settings);
    bench.write("otlp-headers", "api-key=4711");
    // Nothing leaves this machine: the environment's endpoint wins.
    let collector = Spy::start(|_, _| 200.into()).await;
    check(&bench, &app.base_url(), &[]).env(ENDPOINT, &collector.base_url()).end().await.exits(0);
    let requests = collector.requests("/v1/metrics");
    assert_eq!(resource(&requests[0])["deployment.environment.name"], "production");
    assert_eq!(header(&requests[0], "api-key"), "4711");
}
