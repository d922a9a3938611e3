//! `load --find-capacity` and thresholds of a load test, against apps whose figures are known.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use hyper::StatusCode;
use rehearsal::serve::{Request, Server, empty};
use tokio::time::{Instant, sleep_until};

use super::bench::{Bench, Run};
use super::spy::Spy;

/// An app whose workers each take their time for a callback, one after the other, and whose others wait.
async fn app_with(workers: usize, service: Duration) -> Server {
    let free_at = Arc::new(Mutex::new(vec![Instant::now(); workers]));
    let answer = move |_: Request| {
        let end = {
            let mut free_at = free_at.lock().unwrap();
            let free = free_at.iter_mut().min().unwrap();
            *free = (*free).max(Instant::now()) + service;
            *free
        };
        async move {
            sleep_until(end).await;
            empty(StatusCode::NO_CONTENT)
        }
    };
    Server::start("127.0.0.1:0".parse().unwrap(), None, answer).await.unwrap()
}

/// A load test by tenants whose tokens are signed once, so that signing limits nothing.
fn load(bench: &Bench, base_url: &str, more: &[&str]) -> Run {
    let (key, state) = (bench.path("key.pem"), bench.path("state"));
    bench
        .reporting(&["load", base_url, "--signing-key", &key, "--key-server", "none", "--state-dir", &state])
        .with(&["--installed-path", "/installed", "--keep-alive", "--no-cleanup", "--acknowledge-egress"])
        .with(&["--tenants-pool", "50", "--reuse-tokens"])
        .with(more)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_known_capacity_is_found() {
    const CAPACITY: f64 = 500.0;
    let bench = Bench::new().await;
    let app = app_with(5, Duration::from_millis(10)).await;
    let search = ["--find-capacity", "--rate", "200/s", "--duration", "2s", "--slo", "99.9%", "--p99", "1s"];
    let ended = load(&bench, &app.origin(), &search).end().await.exits(0);
    let report = ended.report();
    let capacity = &report["load"]["capacity"];
    let rate = capacity["rate"].as_f64().unwrap_or_else(|| panic!("not found: {capacity:#}"));
    assert!((rate / CAPACITY - 1.0).abs() < 0.05, "{rate} of {CAPACITY}: {capacity:#}");
    assert!(capacity["low"].as_f64() <= Some(rate) && Some(rate) <= capacity["high"].as_f64());
    let resources: Vec<_> = capacity["limits"].as_array().unwrap().iter().map(|l| &l["resource"]).collect();
    assert!(resources.len() >= 2 && resources.contains(&&"signing".into()), "{resources:?}");
    let trials = capacity["trials"].as_array().unwrap();
    assert!(trials.iter().all(|trial| trial["met"] == true || trial["why"].is_string()), "{trials:#?}");
}

#[tokio::test]
async fn an_app_that_is_always_bad_sustains_nothing() {
    let bench = Bench::new().await;
    let spy = Spy::start(|_, _| 500.into()).await;
    let search = ["--find-capacity", "--rate", "100/s", "--max-rate", "200/s", "--duration", "2s"];
    let ended = load(&bench, &spy.base_url(), &search).end().await.exits(2);
    assert!(ended.report()["load"]["capacity"]["rate"].is_null());
    assert!(ended.reasons()[0].contains("no rate that was tried met the goal"), "{:?}", ended.reasons());
}

#[tokio::test]
async fn thresholds_judge_a_load_test_at_its_end_and_on_its_way() {
    let bench = Bench::new().await;
    let spy = Spy::start(|_, before| if before % 20 == 19 { 503 } else { 204 }.into()).await;
    let run = |more: &[&str]| load(&bench, &spy.base_url(), &["--rate", "40/s"]).with(more).end();
    let short = ["--duration", "2s"];
    let allowed = ["--fail-if", "bad > 10%", "--fail-if", "dropped > 0", "--fail-if", "rate < 5/s"];
    run(&[&short[..], &allowed].concat()).await.exits(0);
    run(&[&short[..], &["--fail-if", "bad > 1%"]].concat()).await.exits(2);
    let aborted = run(&["--duration", "1min", "--abort-if", "bad > 1%"]).await.exits(2);
    assert!(aborted.reasons()[0].contains("the run was to stop if bad > 1%"), "{:?}", aborted.reasons());
    assert!(aborted.number("/load/completed") < 2_000);
    run(&["--duration", "1min", "--abort-if", "lag.p99 > 1s"]).await.exits(64);
}
