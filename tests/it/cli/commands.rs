//! The commands beside `probe`: what they print and how they end.

use rehearsal::reference_app::{AppTrust, Fault, Stage};
use serde_json::Value;

use super::bench::Bench;
use super::spy::{Spy, descriptor, text};

#[tokio::test]
async fn the_demo_is_good_and_a_fault_shows() {
    let bench = Bench::new().await;
    let ended = bench.reporting(&["demo"]).end().await.exits(0).prints("secret-rotation");
    assert_eq!(ended.text("/run/command"), "demo");
    assert_eq!(ended.number("/sli/good"), 13);
    let fault =
        bench.reporting(&["demo", "--fault", "status-503"]).end().await.exits(2).says("Expected: status.503");
    assert_eq!(fault.outcomes("status.503", "bad"), 1);
    bench
        .command(&["demo", "--fault", "tls-expird"])
        .end()
        .await
        .exits(64)
        .says("did you mean `tls-expired`?");
    bench.command(&["demo", "--list-faults"]).end().await.exits(0).prints("tls-expired");
    bench.command(&["demo", "--scenario", "no-such"]).end().await.exits(64);
}

/// What the doctor says about one area, each with its severity.
async fn findings(bench: &Bench, args: &[&str], code: i32) -> Vec<(String, String, String)> {
    let ended = bench.command(&["doctor", "--json"]).with(args).end().await.exits(code);
    let findings: Vec<Value> = serde_json::from_str(&ended.out).unwrap();
    let text = |finding: &Value, field: &str| finding[field].as_str().unwrap().to_owned();
    for finding in &findings {
        assert!(finding["severity"] != "error" || !text(finding, "finding").is_empty());
    }
    findings.iter().map(|row| (text(row, "area"), text(row, "severity"), text(row, "finding"))).collect()
}

fn finds(findings: &[(String, String, String)], area: &str, severity: &str, what: &str) {
    let found = findings.iter().any(|(a, s, text)| a == area && s == severity && text.contains(what));
    assert!(found, "{area} {severity} `{what}` is not in {findings:#?}");
}

#[tokio::test]
async fn the_doctor_finds_nothing_wrong_with_a_good_app_and_installs_nothing() {
    let bench = Bench::new().await;
    let app = bench.app().await;
    let found = findings(&bench, &[app.base_url()], 0).await;
    finds(&found, "connection", "good", "answers at");
    finds(&found, "descriptor", "good", "rehearsal-reference-app");
    finds(&found, "plan", "info", "/installed");
    assert_eq!(app.callbacks(), 0);
    let ended = bench.command(&["doctor", app.base_url()]).end().await.exits(0);
    ended.prints("0 errors").prints("Nothing was installed.");
}

#[tokio::test]
async fn the_doctor_names_what_is_wrong() {
    let bench = Bench::new().await;
    let page = Spy::start(|_, _| text(200, "<!doctype html><html></html>")).await;
    let elsewhere = format!("{}/elsewhere", page.base_url());
    finds(&findings(&bench, &[&elsewhere], 2).await, "descriptor", "error", "HTML");

    let legacy = bench.app_with(|settings| settings.trust = AppTrust::Legacy).await;
    finds(&findings(&bench, &[legacy.base_url()], 0).await, "trust", "warning", "signed installs");

    let fault = Fault::named("tls-expired").unwrap().start(&Stage::new(bench.trust())).await.unwrap();
    let flags = bench.flags(fault.setup());
    let flags: Vec<&str> = flags.iter().map(String::as_str).collect();
    let found = findings(&bench, &[&[fault.setup().base_url.as_str()], &flags[..]].concat(), 2).await;
    finds(&found, "tls", "error", "tls.certificate_expired");

    let found = findings(&bench, &["http://127.0.0.1:1"], 2).await;
    finds(&found, "connection", "error", "connect.refused");
    let fault = Fault::named("dns-nxdomain").unwrap().start(&Stage::new(bench.trust())).await.unwrap();
    let dns = fault.setup().dns_server.unwrap().to_string();
    let found = findings(&bench, &[&fault.setup().base_url, "--dns-server", &dns], 2).await;
    finds(&found, "dns", "error", "dns.nxdomain");
    bench.command(&["doctor", "app.example"]).end().await.exits(65).says("https://HOST[:PORT][/PATH]");
}

#[tokio::test]
async fn the_doctor_reads_files() {
    let bench = Bench::new().await;
    let good = bench.write("good.json", &descriptor("https://app.example").to_string());
    finds(&findings(&bench, &[&good], 0).await, "descriptor", "good", "spied-app");
    let lacking = bench
        .write("lacking.json", r#"{"baseUrl": "http://app.example", "authentication": {"type": "jwt"}}"#);
    let found = findings(&bench, &[&lacking], 2).await;
    finds(&found, "descriptor", "error", "key");
    let manifest = "app:\n  id: ari:cloud:ecosystem::app/1\n  connect:\n    key: my-app\n    remote: connect\n\
        connectModules:\n  jira:lifecycle:\n    - key: lifecycle\n      installed: /installed\n\
        remotes:\n  - key: connect\n    baseUrl: https://app.example\n";
    let manifest = bench.write("manifest.yml", manifest);
    finds(&findings(&bench, &[&manifest], 0).await, "descriptor", "good", "my-app");
    for broken in
        [bench.write("page.html", "<html>"), bench.write("broken.yml", ": ["), "/no/such".to_owned()]
    {
        bench.command(&["doctor", &broken]).end().await.exits(65).says(&broken);
    }
    let app = bench.app_with(|settings| settings.app_key = "my-app".to_owned()).await;
    let flags = ["--manifest", &manifest, "--scenario", "initial-install"];
    let ended = bench.probe(app.base_url(), &flags).end().await;
    assert_eq!(ended.text("/run/app_key"), "my-app");
}

#[tokio::test]
async fn codes_are_explained() {
    let bench = Bench::new().await;
    bench
        .command(&["explain", "tls.certificate_expired"])
        .end()
        .await
        .exits(0)
        .prints("tls.certificate_expired");
    bench.command(&["explain", "status.502"]).end().await.exits(0).prints("502");
    bench.command(&["explain", "security.untrusted_install_accepted"]).end().await.exits(0);
    bench.command(&["explain"]).end().await.exits(0).prints("dns.nxdomain").prints("connect.refused");
    let nearest = bench.command(&["explain", "tls.certificate_expird"]).end().await.exits(64);
    nearest.says("tls.certificate_expired");
    let json = bench.command(&["explain", "dns.nxdomain", "--json"]).end().await.exits(0);
    assert!(serde_json::from_str::<Value>(&json.out).is_ok());
}

#[tokio::test]
async fn scenarios_are_listed_shown_and_validated() {
    let bench = Bench::new().await;
    bench.command(&["scenario", "list"]).end().await.exits(0).prints("secret-rotation");
    let shown = bench.command(&["scenario", "show", "site-import"]).end().await.exits(0);
    let copy = bench.write("copy.json", &shown.out);
    bench.command(&["scenario", "validate", &copy]).end().await.exits(0).prints("valid");
    bench.command(&["scenario", "show", "site-imprt"]).end().await.exits(64).says("site-import");
    bench.command(&["scenario", "validate", "/no/such.json"]).end().await.exits(65);
    let schema = bench.command(&["scenario", "schema"]).end().await.exits(0);
    assert!(serde_json::from_str::<Value>(&schema.out).is_ok());
    // A copy can be rehearsed.
    let app = bench.app().await;
    bench.probe(app.base_url(), &["--scenario", &copy]).end().await.exits(0);
}

#[tokio::test]
async fn completions_and_the_manual_page_are_printed() {
    let bench = Bench::new().await;
    for shell in ["bash", "zsh", "fish"] {
        bench.command(&["completions", shell]).end().await.exits(0).prints("rehearsal");
    }
    bench.command(&["completions", "basic"]).end().await.exits(64);
    bench.command(&["man"]).end().await.exits(0).prints(".TH");
}
