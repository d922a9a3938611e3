//! Every exit code that a probe can end with, and every verdict behind one.

use rehearsal::exit::Exit;

use super::bench::Bench;
use super::spy::Spy;

const ONE: [&str; 2] = ["--scenario", "initial-install"];

#[tokio::test]
async fn nothing_counted_is_no_data_and_never_a_pass() {
    let bench = Bench::new().await;
    let app = bench.app().await;
    let file = bench.write(
        "uncounted.json",
        r#"{
    "version": 1, "name": "uncounted", "title": "Nothing is counted", "actor": "customer", "case": "other",
    "steps": [{ "name": "install", "changes": ["new-tenant"],
                "callbacks": [{ "event": "installed", "counted": false }] }]
}"#,
    );
    let ended = bench.probe(app.base_url(), &["--scenario", &file]).end().await.exits(3);
    assert_eq!(ended.text("/verdict/status"), "no_data");
    assert!(ended.report()["sli"]["success_rate"].is_null());
    assert_eq!(ended.number("/sli/valid"), 0);
}

#[tokio::test]
async fn blame_that_cannot_be_told_is_unattributed() {
    let bench = Bench::new().await;
    let dead = ["--control-url", "http://127.0.0.1:1"];
    let alive = Spy::start(|_, _| 204.into()).await;
    let flags = ["--installed-path", "/installed"];
    let probe = |more: &[&str]| bench.probe("http://127.0.0.1:9", &flags).with(&ONE).with(more).end();
    // Our own network is dead, as far as can be seen: a proven fault of the probe is excluded.
    let ended = probe(&dead).await.exits(3);
    assert_eq!((ended.number("/sli/bad"), ended.number("/sli/valid")), (0, 0));
    assert_eq!(ended.number("/sli/excluded") + ended.number("/sli/unattributed"), 1);
    assert_eq!(ended.report()["sli"]["success_rate_with_exclusions_counted"], 0.0);
    // The control target answers: the app is to blame.
    let ended = probe(&["--control-url", &alive.base_url()]).await.exits(2);
    assert_eq!(ended.outcomes("connect.refused", "bad"), 1);
}

#[tokio::test]
async fn one_bad_callback_is_a_breach_without_a_gate() {
    let bench = Bench::new().await;
    let spy = Spy::start(|request, before| {
        let fails = request.uri().path() == "/installed" && before == 3;
        if fails { 503 } else { 204 }.into()
    })
    .await;
    let ended = bench.probe(&spy.base_url(), &ONE).with(&["--repeat", "10"]).end().await.exits(2);
    assert_eq!((ended.number("/sli/good"), ended.number("/sli/bad")), (9, 1));
    assert_eq!(ended.outcomes("status.503", "bad"), 1);
    assert_eq!(ended.report()["sli"]["success_rate"], 0.9);
    assert!(ended.reasons().iter().any(|why| why.contains("1 of 10 installed callbacks")));
}

#[tokio::test]
async fn a_monitor_knows_no_exit_code_above_3() {
    let bench = Bench::new().await;
    let app = bench.app().await;
    let nagios = ["--report", "nagios=-"];
    let key = bench.path("key.pem");
    let state = bench.path("state");
    let probe = |url: &str| {
        let args = ["probe", url, "--signing-key", &key, "--key-server", "none", "--state-dir", &state];
        bench.command(&args).with(&ONE).with(&nagios).end()
    };
    let good = probe(app.base_url()).await.exits(0);
    assert!(good.out.contains("OK") && good.out.contains('|'), "{}", good.out);
    let spy = Spy::start(|_, _| 500.into()).await;
    probe(&spy.base_url()).await.exits(2).prints("CRITICAL");
    let wrong = probe("no-scheme").await.exits(3).prints("UNKNOWN");
    assert_eq!(wrong.out.lines().count(), 1);
    let run = bench.command(&["probe", "no-scheme"]).env("REHEARSAL_REPORT", "nagios=-");
    run.end().await.exits(3).prints("UNKNOWN");
}

#[test]
fn the_exit_codes_are_the_documented_ones() {
    assert_eq!(Exit::ALL.map(Exit::code), [0, 1, 2, 3, 64, 65, 69, 70, 130]);
}

#[tokio::test]
async fn a_gate_goes_on_until_a_rate_is_shown() {
    let bench = Bench::new().await;
    let good = Spy::start(|_, _| 204.into()).await;
    let bad =
        Spy::start(|request, _| if request.uri().path() == "/installed" { 500 } else { 204 }.into()).await;
    let gate = ["--gate", "90", "--scenario", "initial-install"];
    let probe = |spy: &Spy, more: &[&str]| bench.probe(&spy.base_url(), &gate).with(more).end();

    let shipped = probe(&good, &[]).await.exits(0);
    assert_eq!(
        (shipped.text("/verdict/status"), shipped.text("/verdict/claim")),
        ("ok".into(), "rate".into())
    );
    assert_eq!(shipped.text("/projection/gate/decision"), "ship");
    // A rate of 90 % is not shown by fewer than ln(0.05)/ln(0.9) good ones in a row.
    assert!(shipped.number("/sli/good") >= 28, "{}", shipped.number("/sli/good"));

    let blocked = probe(&bad, &[]).await.exits(2);
    assert_eq!(
        (blocked.text("/verdict/status"), blocked.text("/projection/gate/decision")),
        ("breach".into(), "block".into())
    );
    let open = probe(&good, &["--max-probes", "10"]).await.exits(3);
    assert_eq!(open.text("/verdict/status"), "inconclusive");
    assert_eq!(open.number("/sli/good"), 10);
    let fixed = probe(&good, &["--method", "fixed"]).await.exits(0);
    assert_eq!(fixed.number("/sli/good"), 29);

    let url = good.base_url();
    for wrong in [&["--gate", "100"][..], &["--gate", "0"], &["--max-probes", "5"], &["--max-time", "1min"]] {
        bench.probe(&url, wrong).end().await.exits(64);
    }
}

#[tokio::test]
async fn thresholds_fail_a_run_and_allow_what_they_allow() {
    let bench = Bench::new().await;
    let spy = || {
        Spy::start(|request, before| {
            let fails = request.uri().path() == "/installed" && before == 3;
            if fails { 503 } else { 204 }.into()
        })
    };
    let ended = async |flags: &[&str]| {
        let spy = spy().await;
        bench.probe(&spy.base_url(), &ONE).with(&["--repeat", "10"]).with(flags).end().await
    };
    ended(&["--fail-if", "bad > 10%"]).await.exits(0);
    ended(&["--fail-if", "success_rate < 90 %", "--fail-if", "response.p99>1m"]).await.exits(0);
    let crossed = ended(&["--fail-if", "bad > 9.9%"]).await.exits(2);
    assert_eq!(crossed.reasons()[0], "bad is 10 % (1 of 10), and the run was to fail if bad > 9.9%");
    // One that says nothing of bad events allows none.
    ended(&["--fail-if", "response.p99 > 1m"]).await.exits(2);
    ended(&["--fail-if", "bad > 10%", "--fail-if", "service.max > 1us"]).await.exits(2);
    // What was not measured is no pass.
    let unknown = ended(&["--fail-if", "bad > 10%", "--fail-if", "lag.p99 > 5ms"]).await.exits(3);
    assert_eq!(unknown.text("/verdict/status"), "inconclusive");
    let wrong = bench.probe("http://127.0.0.1:9", &["--fail-if", "respons.p99 > 2s"]).end().await.exits(64);
    for part in ["--fail-if", "at character 1", "did you mean `response.p99`?"] {
        assert!(wrong.err.contains(part), "{part}: {}", wrong.err);
    }
}
