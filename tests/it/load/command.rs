//! What the command sends, counts, refuses and leaves behind.

use std::collections::BTreeSet;
use std::fs;

use serde_json::Value;

use crate::cli::bench::{Bench, Ended, Run};

/// Sites that nobody could call by mistake.
const SITES: &str = "https://site-{n}.rehearsal.invalid";

/// A load test that signs with the bench's key and writes its report.
pub(super) fn load(bench: &Bench, base_url: &str, more: &[&str]) -> Run {
    let (key, state) = (bench.path("key.pem"), bench.path("state"));
    let flags =
        ["--signing-key", &key, "--key-server", "none", "--state-dir", &state, "--site-template", SITES];
    bench.reporting(&["load", base_url]).with(&flags).with(more)
}

/// The conservation of counts, which holds for every load test however it ended.
#[track_caller]
pub(super) fn counts(ended: &Ended) -> [u64; 5] {
    let of = |name: &str| ended.number(&format!("/load/{name}"));
    let counts = ["scheduled", "dispatched", "completed", "dropped", "censored"].map(of);
    let [scheduled, dispatched, completed, dropped, censored] = counts;
    assert_eq!(scheduled, completed + dropped + censored, "{counts:?}");
    assert_eq!(dispatched, completed + censored, "{counts:?}");
    counts
}

#[tokio::test]
async fn a_rate_sends_what_it_says_and_leaves_nothing_behind() {
    let bench = Bench::new().await;
    let app = bench.app().await;
    let flags = ["--rate", "40/s", "--duration", "2s", "--warm-up", "500ms"];
    let ended = load(&bench, app.base_url(), &flags).end().await;
    assert_eq!(counts(&ended)[..3], [80, 80, 80]);
    assert_eq!((ended.number("/sli/good"), ended.number("/sli/bad")), (80, 0));
    assert_eq!(ended.number("/load/warm_up/good"), 20);
    assert_eq!(ended.number("/load/stages/0/good"), 80);
    assert_eq!(ended.number("/load/signing/tokens"), 100);
    let series = ended.report()["load"]["series"].clone();
    let in_series: u64 = series.as_array().unwrap().iter().filter_map(|slot| slot["good"].as_u64()).sum();
    assert_eq!(in_series, 80);
    assert_eq!(app.tenants(), [""; 0]);
    assert_eq!(bench.ledgers(), [""; 0].map(std::path::PathBuf::from));
    // Each installed and enabled, and uninstalled afterwards.
    assert_eq!(app.callbacks(), 100 * 3);
}

#[tokio::test]
async fn every_exchange_of_every_thread_is_written_down() {
    let bench = Bench::new().await;
    let app = bench.app().await;
    let (lines, rows) = (bench.path("events.jsonl"), bench.path("events.csv"));
    let flags = ["--rate", "40/s", "--duration", "1s", "--warm-up", "500ms", "--threads", "2"];
    let ended = load(&bench, app.base_url(), &flags).with(&["--events", &lines]).end().await;
    let events: Vec<Value> =
        fs::read_to_string(&lines).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let of = |event: &str| events.iter().filter(|line| line["event"] == event).count();
    assert_eq!((events.len(), of("installed"), of("enabled")), (120, 60, 60));
    let tenants: BTreeSet<&str> = events.iter().map(|line| line["tenant"].as_str().unwrap()).collect();
    assert_eq!(tenants.len(), 60);
    assert_eq!(ended.number("/sli/good"), 40);
    assert!(!ended.report()["advisories"].to_string().contains("events."));

    load(&bench, app.base_url(), &flags).with(&["--events", &rows]).end().await;
    assert_eq!(fs::read_to_string(&rows).unwrap().lines().count(), 121);
    let sent = app.callbacks();
    load(&bench, app.base_url(), &flags)
        .with(&["--events", "events.txt"])
        .end()
        .await
        .exits(64)
        .says(".jsonl");
    assert_eq!(app.callbacks(), sent);
}

#[tokio::test]
async fn a_recorded_load_test_is_rendered_again_byte_for_byte_and_compared() {
    let bench = Bench::new().await;
    let app = bench.app().await;
    let history = format!("sqlite:{}", bench.path("history.db"));
    let html = bench.path("first.html");
    let flags = ["--rate", "20/s", "--duration", "1s", "--history", &history];
    let first = load(&bench, app.base_url(), &flags).with(&["--report", &format!("html={html}")]).end().await;
    let id = first.text("/run/id");
    let again = bench.command(&["report", &id, "--history", &history, "--report", "html=-"]);
    assert_eq!(again.end().await.out, fs::read_to_string(&html).unwrap());
    let markdown = ["--baseline", &id, "--report", "markdown=-"];
    let second = load(&bench, app.base_url(), &flags).with(&markdown).end().await;
    second.prints("Against the baseline").prints("| Rate | ");
    // Only checks feed the windows.
    bench.command(&["slo", "--history", &history]).end().await.exits(3).prints("NO DATA");
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_log_that_breaks_off_is_told_and_the_load_goes_on() {
    let bench = Bench::new().await;
    let app = bench.app().await;
    let full = bench.path("full.csv");
    std::os::unix::fs::symlink("/dev/full", &full).unwrap();
    let flags = ["--rate", "40/s", "--duration", "1s", "--events", &full];
    let ended = load(&bench, app.base_url(), &flags).end().await;
    assert_eq!(ended.number("/sli/good"), 40);
    let advisories = ended.report()["advisories"].to_string();
    assert!(advisories.contains("events.incomplete"), "{advisories}");
}

#[tokio::test]
async fn senders_of_a_closed_model_wait_for_their_answers() {
    let bench = Bench::new().await;
    let app = bench.app().await;
    let flags =
        ["--concurrency", "3", "--duration", "1s", "--keep-alive", "--tenants-pool", "5", "--reuse-tokens"];
    let ended = load(&bench, app.base_url(), &flags).end().await;
    let [scheduled, _, completed, ..] = counts(&ended);
    assert!(completed >= 10 && scheduled >= completed, "{scheduled} {completed}");
    assert_eq!(ended.text("/load/model"), "closed");
    assert!(ended.number("/load/in_flight/max") <= 3);
    assert!(ended.number("/load/signing/tokens") <= 2 * 5);
    assert_eq!(ended.report()["load"]["signing"]["reused"], true);
    assert_eq!(app.tenants(), [""; 0]);
}

#[tokio::test]
async fn as_many_senders_as_were_asked_for_are_under_way() {
    let bench = Bench::new().await;
    let app = bench.app().await;
    // More than an open model has by default.
    let flags = ["--concurrency", "1100", "--duration", "1s", "--tenants-pool", "2", "--reuse-tokens"];
    let ended = load(&bench, app.base_url(), &flags).with(&["--no-cleanup"]).end().await;
    counts(&ended);
    assert_eq!(ended.number("/load/in_flight/limit"), 1_100);
    assert_eq!(ended.number("/load/in_flight/max"), 1_100);
    assert_eq!(ended.number("/load/dropped"), 0);
}

#[tokio::test]
async fn a_rollout_reaches_each_tenant_once_and_scenarios_keep_their_weights() {
    let bench = Bench::new().await;
    let app = bench.app().await;
    let flags = [
        "--rollout",
        "tenants=40,over=1h,speedup=3600",
        "--scenario",
        "initial-install,manual-upgrade",
        "--weights",
        "3,1",
        "--no-cleanup",
        "--threads",
        "2",
    ];
    let ended = load(&bench, app.base_url(), &flags).end().await;
    assert_eq!(counts(&ended)[..3], [40, 40, 40]);
    assert_eq!((ended.number("/scenarios/0/iterations"), ended.number("/scenarios/1/iterations")), (30, 10));
    assert_eq!(ended.number("/sli/bad"), 0);
    assert_eq!(app.tenants().len(), 40);
    assert_eq!(ended.report()["residue"].as_array().unwrap().len(), 40);
    // Later steps have no moment of their own: they stand in the service times alone.
    assert_eq!(ended.number("/latency/response/count"), 40);
    assert_eq!(ended.number("/latency/service/count"), ended.number("/sli/good"));
    assert!(ended.number("/sli/good") > 40);
}

#[tokio::test]
async fn a_bare_load_lists_the_models_and_sends_nothing() {
    let bench = Bench::new().await;
    let app = bench.app().await;
    let base = app.base_url();
    let mut run = load(&bench, base, &[]).end().await.exits(64).says("--rollout").says("--concurrency");
    for (flags, said) in [
        (&["--rate", "50/s"][..], "--duration"),
        (&["--rate", "50/s", "--duration", "1s", "--concurrency", "2"], "--concurrency"),
        (&["--rate", "lots", "--duration", "1s"], "50/s"),
        (&["--stages", "0:1s,10:1s", "--warm-up", "1s"], "--warm-up"),
        (&["--rate", "1/s", "--duration", "1s", "--trust", "none"], "--trust none"),
        (&["--rate", "1/s", "--duration", "1s", "--weights", "1,2"], "--weights"),
        (&["--rate", "1/s", "--duration", "1s", "--reuse-tokens"], "--tenants-pool"),
        (&["--rate", "1/s", "--duration", "1s", "--max-in-flight", "1000000"], "ulimit"),
    ] {
        run = load(&bench, base, flags).end().await.exits(64).says(said);
    }
    assert!(!run.has_report());
    assert_eq!(app.callbacks(), 0);
}

#[tokio::test]
async fn an_app_elsewhere_has_to_be_shown_to_be_ours() {
    let bench = Bench::new().await;
    let app = bench.app().await;
    let port = app.address().port();
    let elsewhere = format!("http://app.test:{port}");
    let resolve = format!("app.test:{port}:127.0.0.1");
    let rate = ["--rate", "10/s", "--duration", "1s", "--resolve", &resolve, "--descriptor"];
    let descriptor = bench.write("descriptor.json", &app.descriptor());
    let run = |more: &[&str]| load(&bench, &elsewhere, &rate).with(&[&descriptor]).with(more);

    run(&[]).end().await.exits(64).says("--trust has to be said");
    let fast = ["--trust", "probe-key", "--rate", "51/s", "--duration", "1s", "--resolve", &resolve];
    load(&bench, &elsewhere, &fast).end().await.exits(64).says("--yes-i-operate-this-app");
    let many = ["--trust", "probe-key", "--rate", "50/s", "--duration", "3s", "--resolve", &resolve];
    let atlassian = ["--site-template", "https://rehearsal-{run}-{n}.atlassian.net"];
    let state = bench.path("state");
    bench
        .command(&["load", &elsewhere, "--key-server", "none", "--state-dir", &state])
        .with(&many)
        .with(&atlassian)
        .end()
        .await
        .exits(64)
        .says("--acknowledge-egress");
    assert_eq!(app.callbacks(), 0);

    let ended = run(&["--trust", "probe-key"]).end().await;
    assert_eq!(counts(&ended)[..3], [10, 10, 10]);
    // Two proofs, and each tenant installed, enabled and uninstalled.
    assert_eq!(app.callbacks(), 2 + 1 + 10 * 3);
    assert_eq!(app.tenants(), [""; 0]);
}

#[tokio::test]
async fn an_app_that_takes_forged_installs_is_not_load_tested() {
    use rehearsal::reference_app::Misbehaviour;
    let bench = Bench::new().await;
    let app = bench.app_with(|settings| settings.misbehaviours.extend([Misbehaviour::SkipsSignature])).await;
    let port = app.address().port();
    let (elsewhere, resolve) = (format!("http://app.test:{port}"), format!("app.test:{port}:127.0.0.1"));
    let descriptor = bench.write("descriptor.json", &app.descriptor());
    let flags = [
        "--rate",
        "10/s",
        "--duration",
        "1s",
        "--resolve",
        &resolve,
        "--descriptor",
        &descriptor,
        "--trust",
        "probe-key",
    ];
    load(&bench, &elsewhere, &flags).end().await.exits(64).says("wrong key");
    assert_eq!(app.callbacks(), 2);
}

#[tokio::test]
async fn an_interrupted_run_reports_all_that_it_saw() {
    let bench = Bench::new().await;
    let app = bench.app().await;
    let started = load(&bench, app.base_url(), &["--rate", "20/s", "--duration", "10m"]).start();
    crate::cli::bench::until("callbacks arrive", || app.callbacks() > 40).await;
    started.signal("INT");
    let ended = started.end().await.exits(130);
    let [scheduled, _, completed, ..] = counts(&ended);
    assert!((10..=1_000).contains(&scheduled) && completed > 10, "{scheduled} {completed}");
    assert_eq!(ended.report()["run"]["complete"], false);
    assert_eq!(app.tenants(), [""; 0]);
}

#[tokio::test]
async fn the_brake_ends_a_run_against_an_app_that_is_down() {
    let bench = Bench::new().await;
    let port = crate::cli::bench::free_port();
    let flags = ["--rate", "30/s", "--duration", "10m", "--installed-path", "/installed"];
    let ended = load(&bench, &format!("http://127.0.0.1:{port}"), &flags).end().await.exits(2);
    let [scheduled, ..] = counts(&ended);
    assert!(scheduled < 30 * 60, "{scheduled}");
    assert!(ended.text("/load/ended_early").contains("brake"));
    assert_eq!(ended.outcomes("connect.refused", "bad"), ended.number("/sli/bad"));
    assert_eq!(ended.number("/load/failed/count"), ended.number("/load/completed"));
    assert!(
        matches!(&ended.report()["load"]["series"][0]["failures"][0]["code"], Value::String(code) if code == "connect.refused")
    );
}
