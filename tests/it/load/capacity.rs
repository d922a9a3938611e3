//! `load --find-capacity` and thresholds of a load test, against apps whose figures are known.

use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use hyper::StatusCode;
use rehearsal::serve::{Request, Server, empty};
use tokio::time::{Instant, sleep, sleep_until};

use super::command::load;
use super::timing::{in_three_trials, within};
use crate::cli::bench::Bench;

const ANY_PORT: SocketAddr = SocketAddr::V4(SocketAddrV4::new(Ipv4Addr::LOCALHOST, 0));

/// How long a search may take.
const PATIENCE: Duration = Duration::from_secs(180);

/// An app whose workers each take their time for a callback, one after the other, and whose others wait.
async fn app_with(workers: usize, service: Duration) -> Server {
    let free_at = Arc::new(Mutex::new(vec![Instant::now(); workers]));
    let answer = move |_: Request| {
        let end = {
            let mut free_at = free_at.lock().expect("no panic");
            let free = free_at.iter_mut().min().expect("a worker");
            *free = (*free).max(Instant::now()) + service;
            *free
        };
        async move {
            sleep_until(end).await;
            empty(StatusCode::NO_CONTENT)
        }
    };
    Server::start(ANY_PORT, None, answer).await.expect("a free port")
}

/// An app that answers the n-th callback, from 0, with a status.
async fn app_of(status: impl Fn(usize) -> StatusCode + Send + Sync + 'static) -> Server {
    let count = AtomicUsize::new(0);
    let answer = move |_: Request| {
        let status = status(count.fetch_add(1, Ordering::Relaxed));
        async move { empty(status) }
    };
    Server::start(ANY_PORT, None, answer).await.expect("a free port")
}

/// By tenants whose tokens are signed once, so that signing limits nothing.
const FLAGS: [&str; 7] = [
    "--installed-path",
    "/installed",
    "--keep-alive",
    "--no-cleanup",
    "--tenants-pool",
    "50",
    "--reuse-tokens",
];

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
#[ignore = "takes minutes; run by .ci/run"]
async fn a_known_capacity_is_found() {
    const CAPACITY: f64 = 250.0;
    let bench = Bench::new().await;
    let app = app_with(5, Duration::from_millis(20)).await;
    let search =
        ["--find-capacity", "--rate", "200/s", "--duration", "4s", "--slo", "99.9%", "--p99", "120ms"];
    in_three_trials(async || {
        let mut started = load(&bench, &app.origin(), &FLAGS).with(&search).start();
        let began = Instant::now();
        // It takes most of a minute, which is more than other commands are given.
        while started.child.try_wait().expect("a child").is_none() && began.elapsed() < PATIENCE {
            sleep(Duration::from_millis(100)).await;
        }
        let ended = started.end().await;
        let capacity = &ended.report()["load"]["capacity"];
        let bound = |name: &str| capacity[name].as_f64().ok_or_else(|| format!("no {name}: {capacity:#}"));
        let (low, rate, high) = (bound("low")?, bound("rate")?, bound("high")?);
        within("capacity", rate, CAPACITY, 0.05)?;
        assert!(low <= rate && rate <= high, "{capacity:#}");
        let limits = capacity["limits"].as_array().expect("a list");
        assert!(limits.iter().any(|limit| limit["resource"] == "signing"), "{capacity:#}");
        let trials = capacity["trials"].as_array().expect("a list");
        assert!(trials.iter().all(|trial| trial["met"] == true || trial["why"].is_string()), "{capacity:#}");
        ended.exits(0);
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn an_app_that_is_always_bad_sustains_nothing() {
    let bench = Bench::new().await;
    let app = app_of(|_| StatusCode::INTERNAL_SERVER_ERROR).await;
    let search = ["--find-capacity", "--rate", "100/s", "--max-rate", "200/s", "--duration", "4s"];
    let ended = load(&bench, &app.origin(), &FLAGS).with(&search).end().await.exits(2);
    assert!(ended.report()["load"]["capacity"]["rate"].is_null());
    assert!(ended.reasons()[0].contains("no rate that was tried met the goal"), "{:?}", ended.reasons());
}

#[tokio::test]
async fn thresholds_judge_a_load_test_at_its_end_and_on_its_way() {
    let bench = Bench::new().await;
    let app = app_of(|number| match number % 20 {
        19 => StatusCode::SERVICE_UNAVAILABLE,
        _ => StatusCode::NO_CONTENT,
    })
    .await;
    let run = |more: &[&str]| load(&bench, &app.origin(), &FLAGS).with(&["--rate", "40/s"]).with(more).end();
    let short = ["--duration", "2s"];
    let allowed = ["--fail-if", "bad > 10%", "--fail-if", "dropped > 0", "--fail-if", "rate < 5/s"];
    run(&[&short[..], &allowed].concat()).await.exits(0);
    run(&[&short[..], &["--fail-if", "bad > 1%"]].concat()).await.exits(2);
    let aborted = run(&["--duration", "1min", "--abort-if", "bad > 1%"]).await.exits(2);
    assert!(aborted.reasons()[0].contains("the run was to stop if bad > 1%"), "{:?}", aborted.reasons());
    assert!(aborted.number("/load/completed") < 2_000);
    run(&["--duration", "1min", "--abort-if", "lag.p99 > 1s"]).await.exits(64);
}
