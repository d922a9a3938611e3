//! Ctrl-C, a second one, a kill; and cleaning up after them.

use std::fs;

use rehearsal::reference_app::ReferenceApp;
use serde_json::Value;

use super::bench::{Bench, Started, until};
use super::spy::{Answer, Spy, payload};

const ENDLESS: [&str; 4] = ["--scenario", "initial-install", "--repeat", "1000000"];

/// Starts a run without an end and waits until it has installed a few tenants.
async fn under_way(bench: &Bench, app: &ReferenceApp) -> Started {
    let started = bench.probe(app.base_url(), &ENDLESS).start();
    until("three tenants", || app.tenants().len() >= 3).await;
    started
}

fn residue(report: &Value) -> Vec<String> {
    let mut residue: Vec<String> = serde_json::from_value(report["residue"].clone()).unwrap();
    residue.sort();
    residue
}

#[tokio::test]
async fn ctrl_c_ends_well() {
    for signal in ["INT", "TERM"] {
        let bench = Bench::new().await;
        let app = bench.app().await;
        let run = under_way(&bench, &app).await;
        run.signal(signal);
        let ended = run.end().await.exits(130);
        assert_eq!(ended.report()["run"]["complete"], false);
        assert!(ended.reasons()[0].contains("interrupted"));
        assert!(ended.number("/sli/good") >= 3);
        assert_eq!(residue(&ended.report()), Vec::<String>::new());
        assert_eq!(app.tenants(), Vec::<String>::new());
        assert!(bench.ledgers().is_empty());
        ended.prints("interrupted");
    }
}

#[tokio::test]
async fn a_monitor_gets_one_status_line_of_an_interrupted_run() {
    let bench = Bench::new().await;
    let app = bench.app().await;
    let (key, state) = (bench.path("key.pem"), bench.path("state"));
    let args =
        ["probe", app.base_url(), "--signing-key", &key, "--key-server", "none", "--state-dir", &state];
    let run = bench.command(&args).with(&ENDLESS).with(&["--report", "nagios=-"]).start();
    until("three tenants", || app.tenants().len() >= 3).await;
    run.signal("INT");
    let ended = run.end().await.exits(3);
    assert_eq!(ended.out.matches("REHEARSAL ").count(), 1, "{}", ended.out);
}

#[tokio::test]
async fn ctrl_c_does_not_wait_for_a_silent_app() {
    let bench = Bench::new().await;
    let spy = Spy::start(|request, before| match request.uri().path() {
        "/installed" if before == 2 => Answer::Never,
        _ => 204.into(),
    })
    .await;
    let run =
        bench.probe(&spy.base_url(), &ENDLESS).with(&["--timeout", "5min", "--idle-timeout", "5min"]).start();
    until("the silence", || spy.requests("/installed").len() == 3).await;
    run.signal("INT");
    let ended = run.end().await.exits(130);
    assert_eq!((ended.number("/sli/good"), ended.outcomes("probe.cancelled", "excluded")), (2, 1));
    // Whether the silent app took the third is not known, so it is uninstalled as well.
    let key = |request| payload(&request)["clientKey"].as_str().unwrap().to_owned();
    let mut installed: Vec<_> = spy.requests("/installed").into_iter().map(key).collect();
    let mut uninstalled: Vec<_> = spy.requests("/uninstalled").into_iter().map(key).collect();
    installed.sort();
    uninstalled.sort();
    assert_eq!(installed, uninstalled);
    assert!(bench.ledgers().is_empty());
}

#[tokio::test]
async fn a_second_ctrl_c_says_what_is_left() {
    let bench = Bench::new().await;
    let spy = Spy::start(|request, before| match request.uri().path() {
        "/installed" if before == 2 => Answer::Never,
        "/uninstalled" => Answer::Never,
        _ => 204.into(),
    })
    .await;
    let run =
        bench.probe(&spy.base_url(), &ENDLESS).with(&["--timeout", "5min", "--idle-timeout", "5min"]).start();
    until("the silence", || spy.requests("/installed").len() == 3).await;
    run.signal("INT");
    until("the cleaning up", || !spy.requests("/uninstalled").is_empty()).await;
    run.signal("INT");
    let ended = run.end().await.exits(130);
    let left = residue(&ended.report());
    assert_eq!(left.len(), 3);
    assert_eq!(bench.ledgers().len(), 1);
    let id = ended.text("/run/id");
    for client_key in &left {
        assert!(
            ended.out.contains(client_key.as_str()) && ended.err.contains(client_key.as_str()),
            "{client_key}"
        );
    }
    ended.prints(&format!("rehearsal cleanup {id}"));
}

#[tokio::test]
async fn what_a_killed_run_left_is_cleaned_up() {
    let bench = Bench::new().await;
    let app = bench.app().await;
    let mut run = under_way(&bench, &app).await;
    run.child.kill().unwrap();
    let ended = run.end().await;
    assert_eq!(ended.code, None);
    let left = app.tenants();
    let ledgers = bench.ledgers();
    let ledger = fs::read_to_string(&ledgers[0]).unwrap();
    for client_key in &left {
        assert!(ledger.contains(client_key), "{client_key} is in the app and not in the ledger");
    }

    let state = bench.path("state");
    let listed =
        bench.command(&["cleanup", "--state-dir", &state]).end().await.exits(0).prints(app.base_url());
    let id = listed.out.split_whitespace().next().unwrap().to_owned();
    assert!(ledgers[0].to_str().unwrap().contains(&id));
    let key = bench.path("key.pem");
    let trust = ["--state-dir", &state, "--signing-key", &key, "--key-server", "none"];
    // A key that the app does not trust cleans nothing up, and says so.
    let stranger = ["cleanup", &id, "--state-dir", &state, "--key-server", "127.0.0.1:0"];
    bench.command(&stranger).end().await.exits(2).says("remains in the app");
    assert_eq!(app.tenants(), left);
    bench.command(&["cleanup", &id]).with(&trust).end().await.exits(0).prints("Uninstalled");
    assert_eq!(app.tenants(), Vec::<String>::new());
    assert!(bench.ledgers().is_empty());
    bench.command(&["cleanup", &id]).with(&trust).end().await.exits(64).says("rehearsal cleanup");
    bench
        .command(&["cleanup", "--state-dir", &state])
        .end()
        .await
        .exits(0)
        .prints("No run left anything behind");
}

#[tokio::test]
async fn an_app_without_an_uninstalled_path_keeps_what_is_then_named() {
    let bench = Bench::new().await;
    let app = bench.app().await;
    let flags = ["--installed-path", "/installed", "--app-key", "rehearsal-reference-app"];
    let ended = bench.probe(app.base_url(), &flags).end().await.exits(0);
    let report = ended.report();
    let steps =
        report["scenarios"].as_array().unwrap().iter().flat_map(|row| row["steps"].as_array().unwrap());
    for step in steps.filter(|step| step["event"] != "installed") {
        assert_eq!(step["answers"], Value::Array(Vec::new()), "only installs are sent: {step}");
    }
    assert_eq!(residue(&report), app.tenants());
    assert_eq!(app.tenants().len(), 7);
    let id = ended.text("/run/id");
    for client_key in app.tenants() {
        assert!(ended.out.contains(&client_key), "{client_key} is not in:\n{}", ended.out);
    }
    // With the path it can be finished later; without, it can only be forgotten.
    let state = bench.path("state");
    let cleanup = |more: &[&str]| bench.command(&["cleanup", &id, "--state-dir", &state]).with(more).end();
    cleanup(&["--signing-key", &bench.path("key.pem"), "--key-server", "none"]).await.exits(2);
    cleanup(&["--forget"]).await.exits(0).prints("Forgot 7 tenants");
    assert!(bench.ledgers().is_empty());

    let flags = [&flags[..], &["--uninstalled-path", "/uninstalled", "--scenario", "site-import"]].concat();
    let before = app.tenants().len();
    bench.probe(app.base_url(), &flags).end().await.exits(0);
    assert_eq!(app.tenants().len(), before);
}

#[tokio::test]
async fn a_refused_uninstall_is_named() {
    let bench = Bench::new().await;
    let spy =
        Spy::start(|request, _| if request.uri().path() == "/uninstalled" { 500 } else { 204 }.into()).await;
    let ended = bench.probe(&spy.base_url(), &["--scenario", "initial-install"]).end().await.exits(0);
    let left = residue(&ended.report());
    assert_eq!(left.len(), 1);
    assert_eq!(bench.ledgers().len(), 1);
    ended.says(&left[0]).says("status.500");
}
