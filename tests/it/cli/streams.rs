//! Standard output carries the report and nothing else; what is no terminal gets no escape codes.

use std::io::{BufRead, BufReader};
use std::process::Stdio;

use super::bench::Bench;

const ONE: [&str; 2] = ["--scenario", "initial-install"];

#[tokio::test]
async fn the_report_alone_is_on_standard_output() {
    let bench = Bench::new().await;
    let app = bench.app().await;
    let (key, state) = (bench.path("key.pem"), bench.path("state"));
    let args =
        ["probe", app.base_url(), "--signing-key", &key, "--key-server", "none", "--state-dir", &state];
    let ended =
        bench.command(&args).with(&ONE).with(&["--report", "json=-", "--verbose"]).end().await.exits(0);
    let report: serde_json::Value = serde_json::from_str(&ended.out).unwrap();
    crate::report::json::validate_report(&report);
    assert!(!ended.err.contains('\u{1b}'), "{}", ended.err);

    let ended = bench.probe(app.base_url(), &ONE).end().await.exits(0);
    assert!(!ended.out.contains('\u{1b}') && !ended.err.contains('\u{1b}'));
    assert!(ended.out.lines().all(|line| line.chars().count() <= 80), "{}", ended.out);
    let ended = bench.probe(app.base_url(), &ONE).with(&["--color", "always"]).end().await.exits(0);
    assert!(ended.out.contains('\u{1b}'));
    let ended = bench.command(&["doctor", app.base_url(), "--color", "always"]).end().await;
    assert!(ended.out.contains('\u{1b}'), "every command has its colours when asked");
    let ended = bench.probe(app.base_url(), &ONE).with(&["--quiet"]).end().await.exits(0);
    assert_eq!((ended.out.as_str(), ended.err.as_str()), ("", ""));
    assert!(ended.has_report());
    bench.probe(app.base_url(), &["--quiet", "--verbose"]).end().await.exits(64);
    bench.probe(app.base_url(), &["--report", "json=-", "--report", "csv=-"]).end().await.exits(64);
}

#[tokio::test]
async fn errors_are_on_standard_error_alone() {
    let bench = Bench::new().await;
    for args in [&["probe", "x"][..], &["explain", "no.such.code"], &["scenario", "show", "nothing"]] {
        let ended = bench.command(args).end().await.exits(64);
        assert_eq!(ended.out, "", "{args:?}");
        assert!(ended.err.starts_with("error: "), "{}", ended.err);
        assert!(!ended.err.contains('\u{1b}'));
    }
}

#[tokio::test]
async fn a_reader_that_goes_away_is_no_failure() {
    let bench = Bench::new().await;
    let app = bench.app().await;
    for run in [
        bench.probe(app.base_url(), &ONE),
        bench.command(&["explain"]),
        bench.command(&["man"]),
        bench.command(&["demo", "--list-faults"]),
    ] {
        let mut started = run.start_with_output(Stdio::piped());
        // The other end is closed before anything is written.
        drop(started.child.stdout.take());
        started.end().await.exits(0);
    }
    let mut started = bench.command(&["explain"]).start_with_output(Stdio::piped());
    let mut first = String::new();
    BufReader::new(started.child.stdout.take().unwrap()).read_line(&mut first).unwrap();
    assert!(!first.is_empty());
    let ended = started.end().await.exits(0);
    assert!(!ended.err.contains("panicked"), "{}", ended.err);
}
