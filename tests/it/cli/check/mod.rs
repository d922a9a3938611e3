//! `check` and `slo`: one light pass after another, judged by the windows.

mod exclusions;
mod health;
mod monitor;
mod record;

use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering};

use serde_json::Value;

use super::bench::{Bench, Ended, Run};
use super::spy::{Spy, payload};

/// A check that signs with the bench's key.
fn check(bench: &Bench, base_url: &str, more: &[&str]) -> Run {
    let (key, state) = (bench.path("key.pem"), bench.path("state"));
    let signing = ["--signing-key", &key, "--key-server", "none", "--state-dir", &state];
    bench.reporting(&["check", base_url]).with(&signing).with(more)
}

/// A check of an app that trusts Atlassian alone.
fn untrusted(bench: &Bench, base_url: &str) -> Run {
    let state = bench.path("state");
    bench.reporting(&["check", base_url, "--trust", "none", "--key-server", "none", "--state-dir", &state])
}

async fn slo(bench: &Bench, more: &[&str]) -> Ended {
    let state = bench.path("state");
    bench.command(&["slo", "--state-dir", &state]).with(more).end().await
}

fn json(ended: &Ended) -> Value {
    serde_json::from_str(&ended.out).unwrap()
}

/// An app whose installed callback answers with a status that the test may change.
async fn moody(status: &Arc<AtomicU16>) -> Spy {
    let mood = Arc::clone(status);
    Spy::start(move |request, _| match request.uri().path() {
        "/healthy" => 200.into(),
        "/created" => 204.into(),
        _ => mood.load(Ordering::Relaxed).into(),
    })
    .await
}

#[tokio::test]
async fn a_check_is_one_callback_of_the_same_tenant_with_another_secret() {
    let bench = Bench::new().await;
    let spy = moody(&Arc::new(AtomicU16::new(204))).await;
    for valid in 1..=3 {
        let ended = check(&bench, &spy.base_url(), &[]).end().await.exits(0);
        assert_eq!((ended.number("/sli/good"), ended.text("/run/command").as_str()), (1, "check"));
        assert_eq!(ended.number("/windows/windows/1/valid"), valid);
        assert_eq!(ended.number("/windows/windows/1/budget/good_until_a_failure_fits"), 99 - valid);
        assert_eq!(ended.text("/windows/state"), "ok");
    }
    let payloads: Vec<Value> = spy.callbacks().iter().map(payload).collect();
    assert_eq!(payloads.len(), 3);
    let differ = |field: &str| {
        let values: std::collections::BTreeSet<_> =
            payloads.iter().map(|payload| payload[field].to_string()).collect();
        values.len()
    };
    assert_eq!((differ("clientKey"), differ("baseUrl"), differ("sharedSecret")), (1, 1, 3));
    // The tenant stands there on purpose: it is no leftover, and it can be taken out.
    assert!(bench.ledgers().is_empty());
    let state = bench.path("state");
    bench.command(&["cleanup", "--state-dir", &state]).end().await.exits(0).prints("No run left anything");
    let key = payloads[0]["clientKey"].as_str().unwrap().to_owned();
    check(&bench, &spy.base_url(), &["--forget"]).end().await.exits(0).prints(&key);
    let last = spy.callbacks().pop().unwrap();
    assert_eq!(
        (payload(&last)["clientKey"].clone(), last.uri().path()),
        (key.clone().into(), "/uninstalled")
    );
    check(&bench, &spy.base_url(), &["--forget"]).end().await.exits(0).prints("keep no tenant");
    check(&bench, &spy.base_url(), &[]).end().await.exits(0);
    assert_ne!(payload(&spy.callbacks().pop().unwrap())["clientKey"], key.as_str());
}

#[tokio::test]
async fn the_windows_weigh_what_fails() {
    let bench = Bench::new().await;
    let status = Arc::new(AtomicU16::new(204));
    let spy = moody(&status).await;
    // Enough good callbacks for the 28 days to bear a failure, and too few for the day.
    let many = ["--scenario", "single-install", "--repeat", "150", "--concurrency", "8"];
    check(&bench, &spy.base_url(), &many).end().await.exits(0);
    status.store(502, Ordering::Relaxed);
    let ended = check(&bench, &spy.base_url(), &[]).end().await.exits(1);
    assert_eq!(
        (ended.text("/verdict/status"), ended.text("/windows/state")),
        ("at_risk".into(), "at_risk".into())
    );
    assert_eq!(ended.outcomes("status.502", "bad"), 1);
    ended.prints("AT RISK");
    check(&bench, &spy.base_url(), &[]).end().await.exits(2).prints("2 of 152 installation callbacks");
    status.store(204, Ordering::Relaxed);
    // It is the windows that are in breach, not the callback of now.
    let page = format!("html={}", bench.path("page.html"));
    let comment = format!("markdown={}", bench.path("comment.md"));
    let reports = ["--report", "nagios=-", "--report", &page, "--report", &comment];
    let ended = check(&bench, &spy.base_url(), &reports).end().await.exits(2);
    let read = |name: &str| std::fs::read_to_string(bench.path(name)).unwrap();
    assert!(read("page.html").contains("1\u{a0}too\u{a0}many"));
    assert!(read("comment.md").contains("151 of 153 good, bad events left: 1 too many"));
    assert!(ended.out.starts_with("REHEARSAL CRITICAL"), "{}", ended.out);
    assert!(ended.out.contains("budget_28d=-1;;;"), "{}", ended.out);
    let told = slo(&bench, &[]).await.exits(2);
    told.prints("spied-app · probe-key").prints("151 · 2").prints("1 too many");
}

#[tokio::test]
async fn what_is_left_of_no_budget_is_said_in_words() {
    let bench = Bench::new().await;
    let status = Arc::new(AtomicU16::new(204));
    let spy = moody(&status).await;
    let comment = format!("markdown={}", bench.path("comment.md"));
    let read = || std::fs::read_to_string(bench.path("comment.md")).unwrap();
    let row = |ended: &Ended| {
        let row = ended.out.lines().find(|line| line.contains("bad events left")).unwrap();
        row.split("  ").map(str::trim).filter(|cell| !cell.is_empty()).map(str::to_owned).collect::<Vec<_>>()
    };
    let ended = check(&bench, &spy.base_url(), &["--report", &comment]).end().await.exits(0);
    assert_eq!(row(&ended), ["bad events left", "none may be", "none may be"]);
    assert!(read().contains("1 of 1 good, bad events left: none may be"), "{}", read());
    status.store(502, Ordering::Relaxed);
    let ended = check(&bench, &spy.base_url(), &["--report", &comment]).end().await.exits(2);
    assert_eq!(row(&ended), ["bad events left", "1 too many", "1 too many"]);
    assert!(read().contains("1 of 2 good, bad events left: 1 too many"), "{}", read());
    assert_eq!(row(&slo(&bench, &[]).await.exits(2)), ["bad events left", "1 too many", "1 too many"]);
}

#[tokio::test]
async fn windows_are_never_pooled_and_slo_tells_them_apart() {
    let bench = Bench::new().await;
    let status = Arc::new(AtomicU16::new(204));
    let spy = moody(&status).await;
    check(&bench, &spy.base_url(), &["--environment", "staging"]).end().await.exits(0);
    status.store(500, Ordering::Relaxed);
    check(&bench, &spy.base_url(), &["--location", "eu"]).end().await.exits(2);
    status.store(401, Ordering::Relaxed);
    let reached = untrusted(&bench, &spy.base_url()).end().await.exits(0);
    assert_eq!(reached.text("/windows/basis"), "reachability");
    reached.prints("upper bound");

    let all = json(&slo(&bench, &["--json"]).await.exits(2));
    assert_eq!(all["schema"], "rehearsal.slo/1");
    let schema: Value = serde_json::from_str(rehearsal::report::slo::SCHEMA_DOCUMENT).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let mistakes: Vec<_> = validator.iter_errors(&all).map(|mistake| mistake.to_string()).collect();
    assert!(mistakes.is_empty(), "{mistakes:?}");
    assert_eq!(all["series"].as_array().unwrap().len(), 3);
    for (flags, state) in [
        (["--environment", "staging"], "ok"),
        (["--location", "eu"], "breach"),
        (["--trust", "none"], "ok"),
        (["--app-key", "another"], "no_data"),
    ] {
        let one = json(&slo(&bench, &["--json", flags[0], flags[1]]).await);
        assert_eq!(one["state"], state, "{flags:?}");
        assert_eq!(one["series"].as_array().unwrap().len(), usize::from(state != "no_data"), "{flags:?}");
    }
    assert_eq!(json(&slo(&bench, &["--json", &spy.base_url()]).await)["series"].as_array().unwrap().len(), 3);
    // What is stale is no data, whatever it was.
    tokio::time::sleep(std::time::Duration::from_millis(1100)).await;
    let stale = slo(&bench, &["--stale-after", "1s", "--environment", "staging"]).await.exits(3);
    stale.prints("NO DATA").prints("says nothing about now");
}

#[tokio::test]
async fn no_trust_shows_an_app_that_is_gone_and_one_that_takes_anything() {
    let bench = Bench::new().await;
    let status = Arc::new(AtomicU16::new(401));
    let spy = moody(&status).await;
    untrusted(&bench, &spy.base_url()).end().await.exits(0);
    for bad in [404, 502] {
        status.store(bad, Ordering::Relaxed);
        let ended = untrusted(&bench, &spy.base_url()).end().await.exits(2);
        assert_eq!(ended.outcomes(&format!("status.{bad}"), "bad"), 1);
    }
    status.store(200, Ordering::Relaxed);
    let ended = untrusted(&bench, &spy.base_url()).end().await.exits(2);
    assert!(ended.reasons()[0].starts_with("security.untrusted_install_accepted"), "{:?}", ended.reasons());
}

#[tokio::test]
async fn an_app_that_is_down_is_known_from_before() {
    let bench = Bench::new().await;
    let app = bench.app().await;
    let base_url = app.base_url().to_owned();
    let before = check(&bench, &base_url, &[]).end().await.exits(0);
    app.stop().await;
    let ended = check(&bench, &base_url, &[]).end().await.exits(2);
    assert_eq!(ended.text("/run/app_key"), before.text("/run/app_key"));
    assert_eq!(ended.number("/windows/windows/1/valid"), 2);
    assert_eq!(ended.outcomes("connect.refused", "bad"), 1);
    assert!(ended.report()["advisories"].to_string().contains("when it was last had"));
}

#[tokio::test]
async fn apps_that_were_never_up_are_told_apart_by_their_urls() {
    let bench = Bench::new().await;
    let [one, other, third] = [1, 2, 3].map(|host| format!("http://127.0.0.{host}:9"));
    for url in [&one, &other] {
        check(&bench, url, &[]).end().await.exits(2);
        let told = json(&slo(&bench, &[url, "--json"]).await);
        assert_eq!(told["series"].as_array().unwrap().len(), 1, "{told}");
        assert_eq!(
            (&told["series"][0]["app_key"], &told["series"][0]["windows"][1]["bad"]),
            (&url.as_str().into(), &1.into())
        );
    }
    slo(&bench, &[&third]).await.exits(3).prints("NO DATA");
}

#[tokio::test]
async fn away_from_this_machine_trust_has_to_be_said() {
    let bench = Bench::new().await;
    check(&bench, "https://app.example", &[]).end().await.exits(64).says("--trust");
}

#[tokio::test]
async fn a_legacy_app_gets_a_new_tenant_each_time() {
    let bench = Bench::new().await;
    let app = bench.app_with(|settings| settings.trust = rehearsal::reference_app::AppTrust::Legacy).await;
    let state = bench.path("state");
    for _ in 0..2 {
        let args =
            ["check", app.base_url(), "--trust", "legacy", "--key-server", "none", "--state-dir", &state];
        let ended = bench.reporting(&args).end().await.exits(0);
        assert_eq!(ended.report()["residue"], Value::Array(Vec::new()));
    }
    assert_eq!(app.tenants(), Vec::<String>::new());
    assert!(bench.ledgers().is_empty());
}

#[tokio::test]
async fn a_probe_counts_in_what_checks_saw_and_adds_nothing() {
    let bench = Bench::new().await;
    let spy = moody(&Arc::new(AtomicU16::new(204))).await;
    let many = ["--scenario", "single-install", "--repeat", "30", "--concurrency", "8"];
    check(&bench, &spy.base_url(), &many).end().await.exits(0);
    let history = format!("sqlite:{}", bench.path("state/history.db"));
    let flags = ["--scenario", "initial-install", "--events-28d", "90"];
    let alone = bench.probe(&spy.base_url(), &flags).end().await.exits(0).report()["projection"].clone();
    assert!(alone["window_good"].is_null());
    for _ in 0..2 {
        let flags = ["--scenario", "initial-install", "--events-28d", "90", "--history", &history];
        let ended = bench.probe(&spy.base_url(), &flags).end().await.exits(0);
        let projection = ended.report()["projection"].clone();
        assert_eq!((&projection["window_good"], &projection["window_bad"]), (&30.into(), &0.into()));
        let (alone, with) =
            (alone["p_meet_28d"].as_f64().unwrap(), projection["p_meet_28d"].as_f64().unwrap());
        assert_ne!(alone, with);
    }
    assert_eq!(json(&slo(&bench, &["--json"]).await)["series"][0]["windows"][1]["valid"], 30);
}

#[tokio::test]
async fn a_dozen_apps_are_checked_one_after_another() {
    let bench = Bench::new().await;
    let (good, bad) = (bench.app().await, moody(&Arc::new(AtomicU16::new(503))).await);
    let (key, state) = (bench.path("key.pem"), bench.path("state"));
    let mut file = format!(
        "signing-key = \"{key}\"\nkey-server = \"none\"\nstate-dir = \"{state}\"\nreport = \"json={{app}}.json\"\n"
    );
    for number in 0..11 {
        file += &format!(
            "[apps.good-{number}]\nbase-url = \"{}\"\nenvironment = \"e{number}\"\n",
            good.base_url()
        );
    }
    file += &format!("[apps.bad]\nbase-url = \"{}\"\n", bad.base_url());
    bench.write("rehearsal.toml", &file);
    let ended = bench.command(&["check", "--all", "--quiet"]).end().await.exits(2);
    assert_eq!(ended.out.lines().count(), 12, "{}", ended.out);
    ended.prints("bad      BREACH (exit 2)").prints("good-10  OK (exit 0)");
    let report: Value =
        serde_json::from_str(&std::fs::read_to_string(bench.path("good-7.json")).unwrap()).unwrap();
    assert_eq!(report["run"]["environment"], "e7");
    bench.command(&["check", "--all", "--report", "nagios=-"]).end().await.exits(3);
    bench.command(&["slo", "--app", "bad"]).end().await.exits(2).prints("spied-app");
    bench.command(&["slo", "--app", "good-3"]).end().await.exits(0).prints("e3");
    bench
        .command(&["check", "--all", "--config", "/no/such.toml"])
        .end()
        .await
        .exits(64)
        .says("/no/such.toml");
}
