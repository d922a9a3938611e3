//! `rehearsal check --every`: a service.

use std::ffi::OsString;
use std::os::unix::net::UnixDatagram;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use hyper::StatusCode;
use hyper::header::CONTENT_TYPE;
use rehearsal::cli::Command;
use rehearsal::config;
use rehearsal::serve::empty;

use super::bench::{Bench, Run, until};
use super::spy::{Answer, Spy};
use crate::client::get;

fn service(bench: &Bench, app: &Spy, more: &[&str]) -> Run {
    let (key, state) = (bench.path("key.pem"), bench.path("state"));
    let args =
        ["check", &app.base_url(), "--signing-key", &key, "--key-server", "none", "--state-dir", &state];
    bench.command(&args).with(more)
}

#[tokio::test]
async fn it_makes_passes_and_shows_their_figures_until_it_is_told_to_stop() {
    let bench = Bench::new().await;
    let app = Spy::start(|_, before| if before == 1 { 502 } else { 204 }.into()).await;
    let port = super::bench::free_port();
    let address = format!("127.0.0.1:{port}");
    let heard = Arc::new(Mutex::new(String::new()));
    let manager = UnixDatagram::bind(bench.path("notify")).unwrap();
    let memory = Arc::clone(&heard);
    thread::spawn(move || {
        let mut buffer = [0; 256];
        while let Ok(length) = manager.recv(&mut buffer) {
            *memory.lock().unwrap() += std::str::from_utf8(&buffer[..length]).unwrap();
        }
    });
    let listen = || heard.lock().unwrap().clone();
    let run = service(&bench, &app, &["--every", "1s", "--listen", &address])
        .env("NOTIFY_SOCKET", &bench.path("notify"))
        .env("WATCHDOG_USEC", "400000")
        .start();
    until("readiness", || listen().contains("READY=1")).await;
    until("three passes", || app.requests("/installed").len() >= 3).await;
    let scraped = get(address.parse().unwrap(), "/metrics").await;
    assert!(scraped.headers()[CONTENT_TYPE].to_str().unwrap().starts_with("text/plain; version=0.0.4"));
    let text = String::from_utf8(scraped.body().to_vec()).unwrap();
    for line in [
        "rehearsal_passes_total{status=\"ok\"} 1",
        "rehearsal_events_total{code=\"status.502\",verdict=\"bad\"} 1",
    ] {
        assert!(text.contains(line), "{line} is not in\n{text}");
    }
    for family in ["last_run_timestamp_seconds", "last_success_timestamp_seconds", "window_success_ratio"] {
        assert!(
            text.contains(&format!("\nrehearsal_{family}{{app_key=\"spied-app\",trust=\"probe-key\"")),
            "{family} is not in\n{text}"
        );
    }
    assert_eq!(get(address.parse().unwrap(), "/").await.status(), StatusCode::NOT_FOUND);
    run.signal("TERM");
    let ended = run.end().await.exits(0);
    assert!(listen().contains("STOPPING=1") && listen().matches("WATCHDOG=1").count() > 3, "{}", listen());
    assert_eq!(
        ended.out.lines().count(),
        app.requests("/installed").len(),
        "a line for each pass:\n{}",
        ended.out
    );
    assert!(ended.out.lines().next().unwrap().contains("Z OK: "), "{}", ended.out);
    // Passes begin a second apart, and up to a tenth of that late; the lines have whole seconds of their ends.
    let times: Vec<jiff::Timestamp> =
        ended.out.lines().map(|line| line.split(' ').next().unwrap().parse().unwrap()).collect();
    assert!(times.is_sorted(), "{times:?}");
    let span = times[times.len() - 1].duration_since(times[0]);
    assert!(span.as_secs() >= times.len() as i64 - 2, "{times:?}");
}

#[tokio::test]
async fn a_pass_that_is_under_way_is_finished() {
    let bench = Bench::new().await;
    let slow = || Answer::After(Duration::from_millis(700), empty(StatusCode::NO_CONTENT));
    let app = Spy::start(move |_, _| slow()).await;
    let report = format!("json={}", bench.path("pass.json"));
    let run = service(&bench, &app, &["--every", "1h", "--report", &report]).start();
    until("a callback", || !app.requests("/installed").is_empty()).await;
    run.signal("TERM");
    run.end().await.exits(0);
    let pass: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string(bench.path("pass.json")).unwrap()).unwrap();
    assert_eq!((&pass["run"]["complete"], &pass["sli"]["good"]), (&true.into(), &1.into()));
}

#[tokio::test]
async fn what_makes_no_sense_is_refused() {
    let bench = Bench::new().await;
    let app = Spy::start(|_, _| 204.into()).await;
    service(&bench, &app, &["--every", "0s"]).end().await.exits(64).says("from 1s to 24h");
    service(&bench, &app, &["--listen", "127.0.0.1:0"]).end().await.exits(64).says("--every");
    bench.write("rehearsal.toml", &format!("[apps.one]\nbase-url = \"{}\"\n", app.base_url()));
    bench.command(&["check", "--all", "--every", "1h"]).end().await.exits(64).says("a service for each app");
    let taken = app.base_url();
    let taken = taken.trim_start_matches("http://");
    service(&bench, &app, &["--every", "1h", "--listen", taken]).end().await.exits(69).says("--listen");
}

#[tokio::test]
async fn the_recipes_of_the_manual_are_commands_that_parse() {
    let manual = include_str!("../../../src/manual/monitoring.md");
    let bench = Bench::new().await;
    let settings = manual.split_once("```toml\n").unwrap().1.split_once("```").unwrap().0;
    let settings = bench.write("settings.toml", settings);
    let typed =
        manual.lines().filter_map(|line| line.split_once("rehearsal check --config ")).map(|(_, rest)| {
            let end = ["2>&1", "`"].iter().filter_map(|end| rest.find(end)).min().unwrap_or(rest.len());
            format!("check --config {}", &rest[..end])
        });
    let listed = manual.lines().filter_map(|line| line.trim().strip_prefix("args: [")?.strip_suffix(']'));
    let commands: Vec<String> = typed.chain(listed.map(|args| args.replace(", ", " "))).collect();
    assert_eq!(commands.len(), 5, "{commands:?}");
    for command in commands {
        let words =
            command.replace("%i", "production").split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        let words =
            words.into_iter().map(|word| if word.ends_with(".toml") { settings.clone() } else { word });
        let words: Vec<_> = ["rehearsal".to_owned()].into_iter().chain(words).map(OsString::from).collect();
        match config::parse(&words, None).map(|cli| cli.command) {
            Ok(Command::Check(args)) => assert_eq!(args.alert.alerts, ["channel", "alive"], "{command}"),
            other => panic!("{command}: {other:?}"),
        }
    }
}
