//! Load tests whose generator lacks something: they refuse their own figures, whatever the app did.

use std::time::Duration;

use super::command::{counts, load};
use super::pretender::Pretender;
use super::timing::PLAIN;
use crate::cli::bench::{Bench, until};

#[tokio::test]
async fn a_generator_that_was_stopped_refuses_its_own_figures() {
    let bench = Bench::new().await;
    let app = Pretender::start(vec![Duration::ZERO], None);
    let started = load(&bench, &app.base_url(), &PLAIN).with(&["--rate", "50/s", "--duration", "3s"]).start();
    until("callbacks arrive", || app.arrivals().len() > 30).await;
    started.signal("STOP");
    tokio::time::sleep(Duration::from_millis(600)).await;
    started.signal("CONT");
    let ended = started.end().await.exits(3);
    assert_eq!(counts(&ended)[2], 150);
    assert_eq!((ended.number("/sli/bad"), ended.text("/measurement/validity")), (0, "invalid".to_owned()));
    assert_eq!(ended.text("/verdict/status"), "inconclusive");
    assert!(
        ended.reasons().iter().any(|reason| reason.contains("generator was late")),
        "{:?}",
        ended.reasons()
    );
}

/// Tokens that come too slowly are the generator's fault.
#[tokio::test]
async fn a_run_that_waits_for_signatures_says_so() {
    let bench = Bench::new().await;
    let app = Pretender::start(vec![Duration::ZERO], None);
    let each_time = ["--installed-path", "/installed", "--no-cleanup"];
    let short =
        load(&bench, &app.base_url(), &each_time).with(&["--rate", "1/s", "--duration", "1s"]).end().await;
    let ceiling = short.report()["run"]["settings"]["ceiling_signatures_per_s"].as_f64().unwrap();
    // Two seconds' worth of signatures within a quarter of a second.
    let rate = format!("{}/s", (8.0 * ceiling).round());
    let flags = ["--rate", &rate, "--duration", "250ms", "--signing-threads", "1"];
    let ended = load(&bench, &app.base_url(), &each_time).with(&flags).end().await.exits(3);
    counts(&ended);
    assert!(ended.reasons().iter().any(|reason| reason.contains("signing-bound")), "{:?}", ended.reasons());
    assert!(ended.number("/load/signing/waited") > 0);
}

/// So many installs of one tenant at once that those of a few tenants take every descriptor.
const BURST: &str = r#"{
  "version": 1,
  "name": "burst",
  "title": "Many installs at once",
  "description": "One tenant, installed ten times at once.",
  "actor": "atlassian",
  "case": "initial-install",
  "order": "any",
  "steps": [{
    "name": "install",
    "changes": ["new-tenant"],
    "pace": "together",
    "callbacks": [CALLBACKS]
  }]
}"#;

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_generator_without_descriptors_refuses_its_figures() {
    let bench = Bench::new().await;
    let app = Pretender::start(vec![Duration::from_millis(300)], None);
    let burst = BURST.replace("CALLBACKS", &[r#"{ "event": "installed" }"#; 10].join(", "));
    let scenario = bench.write("burst.json", &burst);
    let flags = ["--installed-path", "/installed", "--no-cleanup", "--scenario", &scenario];
    let rate = ["--rate", "30/s", "--duration", "1s", "--max-in-flight", "16"];
    let run = load(&bench, &app.base_url(), &flags).with(&rate).with_descriptors(80);
    let ended = run.end().await.exits(3);
    let without = ended.outcomes("probe.too_many_open_files", "excluded");
    assert!(without > 0 && ended.number("/sli/excluded") == without, "{}", ended.report()["sli"]);
    assert_eq!((ended.number("/sli/bad"), ended.text("/measurement/validity")), (0, "invalid".to_owned()));
    assert!(ended.reasons().iter().any(|reason| reason.contains("ulimit -n")), "{:?}", ended.reasons());
}
