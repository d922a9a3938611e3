//! A bad callback is sent once, unless `--retries` says otherwise; then every try shows, and all are one.

use super::bench::{Bench, Ended};
use super::spy::{Spy, text};

const ONE: [&str; 2] = ["--scenario", "initial-install"];

/// An app that fails with 503 as long as `fails` says, told how many installs came before.
async fn failing(fails: impl Fn(usize) -> bool + Send + Sync + 'static) -> Spy {
    Spy::start(move |request, before| {
        if request.uri().path() == "/installed" && fails(before) { text(503, "not yet") } else { 204.into() }
    })
    .await
}

/// What came back, of every try.
fn answers(ended: &Ended) -> Vec<(String, u64)> {
    let rows = ended.report()["scenarios"][0]["steps"][0]["answers"].clone();
    let row =
        |row: &serde_json::Value| (row["code"].as_str().unwrap().to_owned(), row["count"].as_u64().unwrap());
    rows.as_array().unwrap().iter().map(row).collect()
}

#[tokio::test]
async fn a_bad_callback_is_sent_once_unless_asked_otherwise() {
    let bench = Bench::new().await;
    let spy = failing(|_| true).await;
    let ended = bench.probe(&spy.base_url(), &ONE).end().await.exits(2);
    assert_eq!(spy.requests("/installed").len(), 1);
    assert_eq!(ended.number("/run/settings/retries"), 0);
    bench.probe(&spy.base_url(), &["--retries", "11"]).end().await.exits(64).says("--retries");
}

#[tokio::test]
async fn a_callback_that_a_retry_mends_is_good_and_every_try_shows() {
    let bench = Bench::new().await;
    let spy = failing(|before| before < 2).await;
    let ended = bench.probe(&spy.base_url(), &ONE).with(&["--retries", "3"]).end().await.exits(0);
    assert_eq!(spy.requests("/installed").len(), 3);
    assert_eq!((ended.number("/sli/good"), ended.number("/sli/bad")), (1, 0));
    assert_eq!(answers(&ended), [("status.204".to_owned(), 1), ("status.503".to_owned(), 2)]);
    let earlier = ended.example("status.204")["earlier"].clone();
    assert_eq!(earlier.as_array().unwrap().len(), 2);
    for one in earlier.as_array().unwrap() {
        assert_eq!(
            (&one["code"], &one["evidence"]["response"]["body_start"]),
            (&"status.503".into(), &"not yet".into())
        );
    }
    let report = ended.report();
    let advisories = report["advisories"].as_array().unwrap();
    assert!(advisories.iter().any(|row| row["code"] == "callback.sent_again" && row["count"] == 1));
    ended.prints("sent again").prints("503 ×2");
    // Each try is signed anew, about the same tenant.
    let tokens: std::collections::BTreeSet<_> =
        spy.requests("/installed").iter().map(|request| super::spy::payload(request).to_string()).collect();
    assert_eq!(tokens.len(), 1);
}

#[tokio::test]
async fn a_callback_that_stays_bad_is_bad_once() {
    let bench = Bench::new().await;
    let spy = failing(|_| true).await;
    let folder = bench.path("evidence");
    let flags = ["--retries", "2", "--evidence", &folder];
    let ended = bench.probe(&spy.base_url(), &ONE).with(&flags).end().await.exits(2);
    assert_eq!(spy.requests("/installed").len(), 3);
    assert_eq!((ended.number("/sli/good"), ended.number("/sli/bad")), (0, 1));
    assert_eq!(ended.example("status.503")["earlier"].as_array().unwrap().len(), 2);
    let told = std::fs::read_to_string(format!("{folder}/status.503.txt")).unwrap();
    assert!(told.contains("Try 1 of it: status.503") && told.contains("Try 2 of it: status.503"), "{told}");
    ended.prints("before");
}

#[tokio::test]
async fn a_gate_takes_all_tries_for_one() {
    let bench = Bench::new().await;
    // Every second request fails, so that each callback takes two tries.
    let spy = failing(|before| before.is_multiple_of(2)).await;
    let flags = ["--gate", "90", "--method", "fixed", "--retries", "1"];
    let ended = bench.probe(&spy.base_url(), &ONE).with(&flags).end().await.exits(0);
    assert_eq!((ended.number("/projection/gate/good"), ended.number("/projection/gate/bad")), (29, 0));
    assert_eq!(spy.requests("/installed").len(), 58);
}

#[tokio::test]
async fn an_accepted_untrusted_install_is_not_tried_again() {
    let bench = Bench::new().await;
    let spy = Spy::start(|_, _| 204.into()).await;
    let flags = ["--trust", "none", "--retries", "5"];
    bench.keyless_probe(&spy.base_url(), &ONE).with(&flags).end().await.exits(2);
    assert_eq!(spy.requests("/installed").len(), 1);
}
