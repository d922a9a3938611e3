//! Places that can't be written.

use std::fs;
use std::process::Stdio;

use super::bench::Bench;

const ONE: [&str; 2] = ["--scenario", "initial-install"];

#[tokio::test]
async fn nothing_is_sent_without_a_ledger() {
    let bench = Bench::new().await;
    let app = bench.app().await;
    let blocked = bench.write("a-file", "in the way");
    let (key, state) = (bench.path("key.pem"), format!("{blocked}/state"));
    let args =
        ["probe", app.base_url(), "--signing-key", &key, "--key-server", "none", "--state-dir", &state];
    let ended = bench.reporting(&args).end().await.exits(69).says("--state-dir").says(&blocked);
    assert!(!ended.has_report());
    assert_eq!(app.callbacks(), 0);
}

/// Its app ends with it, and every tenant with the app.
#[tokio::test]
async fn a_demo_needs_no_place_to_note_its_tenants() {
    let bench = Bench::new().await;
    let blocked = bench.write("a-file", "in the way");
    let demo = bench.reporting(&["demo", ONE[0], ONE[1]]);
    demo.env("XDG_STATE_HOME", &blocked).env("HOME", &blocked).end().await.exits(0);
}

#[tokio::test]
async fn an_unwritable_report_is_said_before_anything_is_sent() {
    let bench = Bench::new().await;
    let app = bench.app().await;
    let ended = bench
        .probe(app.base_url(), &ONE)
        .with(&["--report", "markdown=/no/such/folder/report.md"])
        .end()
        .await
        .exits(69)
        .says("/no/such/folder/report.md");
    assert!(!ended.has_report());
    assert_eq!(app.callbacks(), 0);
}

#[tokio::test]
async fn a_full_disk_is_said() {
    // Every write to it fails as on a full disk; systems other than Linux have no such device.
    let Ok(full) = fs::OpenOptions::new().write(true).open("/dev/full") else { return };
    let bench = Bench::new().await;
    let app = bench.app().await;
    let run = bench.probe(app.base_url(), &ONE).start_with_output(Stdio::from(full));
    run.end().await.exits_unlike_its_report(69).says("standard output");
    let (key, state) = (bench.path("key.pem"), bench.path("state"));
    let args =
        ["probe", app.base_url(), "--signing-key", &key, "--key-server", "none", "--state-dir", &state];
    let ended = bench.command(&args).with(&ONE).with(&["--report", "json=/dev/full"]).end().await;
    ended.exits(69).says("/dev/full");
}
