//! Failing apps: each with its own code, a breach, and a sentence that says what to do.

use std::collections::HashSet;
use std::time::Duration;

use futures_util::StreamExt;
use hyper::StatusCode;
use jiff::fmt::rfc2822::DateTimePrinter;
use jiff::{SignedDuration, Timestamp};
use rehearsal::codes::{Code, Owner};
use rehearsal::reference_app::{AppTrust, Fault, KeyHost, Misbehaviour, ShownBy, Stage};
use rehearsal::serve::reply;

use super::bench::{Bench, Ended, on_a_free_port};
use super::spy::{Answer, Spy};
use crate::faults::{has_ipv6, needs_ipv6};

/// The beat of slow faults; the clocks are 3, 5 and 10 of it.
const PACE: Duration = Duration::from_millis(200);
const CLOCKS: [&str; 6] = ["--connect-timeout", "600ms", "--idle-timeout", "1s", "--timeout", "2s"];

/// Whether the probe is given the app's descriptor in a file, or has to fetch it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Descriptor {
    Given,
    Fetched,
}

async fn probe(fault: &'static Fault, descriptor: Descriptor) -> Ended {
    let bench = Bench::new().await;
    let running = fault.start(&Stage { trust: bench.trust(), pace: PACE }).await.unwrap();
    let setup = running.setup();
    let flags = bench.flags(setup);
    // Where nothing is waited for, a busy machine gets the usual clocks.
    let clocks = if fault.name.contains("timeout") { &CLOCKS[..] } else { &[] };
    let run = bench.probe(&setup.base_url, clocks).with(&["--scenario", "initial-install"]).with(&flags);
    let file = bench.write("descriptor.json", &setup.descriptor);
    let ended = match descriptor {
        Descriptor::Given => run.with(&["--descriptor", &file]),
        Descriptor::Fetched => run,
    };
    ended.end().await
}

fn is_a_breach(ended: Ended, fault: &Fault, phase: Option<&str>) {
    let code = fault.expected.to_string();
    let ended = ended.exits(2);
    let report = ended.report();
    assert_eq!(report["verdict"]["status"], "breach", "{}", fault.name);
    assert_eq!(ended.outcomes(&code, "bad"), ended.number("/sli/bad"), "{}", fault.name);
    assert_eq!((ended.number("/sli/good"), ended.number("/sli/bad")), (0, 1), "{}", fault.name);
    assert_eq!(report["sli"]["success_rate"], 0.0);
    let reasons = ended.reasons();
    let remedy = fault.expected.entry().remedy;
    assert!(reasons.iter().any(|why| why.starts_with(&code) && why.contains(remedy)), "{reasons:?}");
    let example = &report["outcomes"][0]["examples"][0];
    assert!(!example["detail"].as_str().unwrap().is_empty(), "{}", fault.name);
    assert_eq!(report["outcomes"][0]["phase"].as_str(), phase, "{}", fault.name);
    if matches!(fault.expected, Code::Status(_)) {
        assert_eq!(example["response"]["status"], report["outcomes"][0]["status"]);
    }
    ended.prints(&code).prints("BREACH");
}

/// Faults, the phase in which they show, and whether they are met without the descriptor as well.
const FAULTS: [(&str, Option<&str>, bool); 16] = [
    ("status-500", None, true),
    ("status-302", None, true),
    ("status-201", None, false),
    ("status-401", None, true),
    ("status-404", None, false),
    ("status-999", None, true),
    ("connect-refused", Some("connect"), true),
    ("connect-timeout", Some("connect"), true),
    ("tls-wrong-name", Some("tls"), true),
    ("tls-expired", Some("tls"), true),
    ("tls-plain-http", Some("tls"), true),
    ("tls-client-certificate", Some("wait"), true),
    ("dns-nxdomain", Some("dns"), true),
    ("dns-timeout", Some("dns"), true),
    ("timeout-silent", Some("wait"), true),
    ("timeout-body", Some("body"), true),
];

#[tokio::test]
async fn each_has_its_code_a_breach_and_a_remedy() {
    let mut trials = Vec::new();
    for (name, phase, without_descriptor) in FAULTS {
        trials.push((name, phase, Descriptor::Given));
        trials.extend(without_descriptor.then_some((name, phase, Descriptor::Fetched)));
    }
    let runs = trials.into_iter().map(|(name, phase, descriptor)| async move {
        let fault = Fault::named(name).unwrap();
        let ended = probe(fault, descriptor).await;
        if descriptor == Descriptor::Fetched {
            let missing = "the descriptor at";
            assert!(
                ended.reasons().iter().any(|why| why.starts_with(missing)),
                "{name}: {:?}",
                ended.reasons()
            );
        }
        is_a_breach(ended, fault, phase);
    });
    // A few at once: more would only slow each other down.
    let mut runs = futures_util::stream::iter(runs).buffer_unordered(4);
    while runs.next().await.is_some() {}
}

/// The first fault of each cause that takes no more than any callback.
fn one_of_each_cause() -> impl Iterator<Item = &'static Fault> {
    let mut seen = HashSet::new();
    Fault::all()
        .filter(|fault| fault.shown_by == ShownBy::Callback && matches!(fault.expected, Code::Failure(_)))
        .filter(|fault| has_ipv6() || !needs_ipv6(fault))
        .filter(move |fault| seen.insert(fault.expected.to_string()))
}

#[tokio::test]
async fn every_cause_is_told_by_the_program_with_its_owner_and_remedy() {
    let runs = one_of_each_cause().map(|fault| async move {
        let bench = Bench::new().await;
        let ended = bench.reporting(&["demo", "--fault", fault.name]).end().await;
        let (code, entry) = (fault.expected.to_string(), fault.expected.entry());
        let (verdict, exit) = if entry.owner == Owner::Probe { ("excluded", 3) } else { ("bad", 2) };
        assert_eq!(ended.outcomes(&code, verdict), 1, "{}: {}", fault.name, ended.out);
        let ended = ended.exits(exit);
        let told = ended.out.split_whitespace().collect::<Vec<_>>().join(" ");
        let owner = format!("{verdict} · owner: {}", entry.owner.name());
        for part in [&code, entry.meaning, entry.remedy, &owner] {
            assert!(told.contains(part), "{}: `{part}` is not in {told}", fault.name);
        }
        code
    });
    let told: HashSet<_> = futures_util::stream::iter(runs).buffer_unordered(6).collect().await;
    assert!(told.len() > 45 && !told.contains("unrecognised"), "{told:?}");
}

#[tokio::test]
async fn a_missing_descriptor_is_no_failing_app() {
    for name in ["status-404", "status-410", "status-200"] {
        let ended = probe(Fault::named(name).unwrap(), Descriptor::Fetched).await.exits(65);
        assert!(!ended.has_report());
        ended.says("--descriptor").says("--installed-path");
    }
}

#[tokio::test]
async fn a_refusal_without_a_fetch_is_explained_by_the_key_host_first() {
    for status in [400, 401, 404] {
        let bench = Bench::new().await;
        let spy = Spy::start(move |_, _| status.into()).await;
        let flags = ["--scenario", "initial-install"];
        let ended = bench.keyless_probe(&spy.base_url(), &flags).end().await.exits(2);
        assert!(
            ended.reasons()[0].starts_with("the app never asked our key server"),
            "{:?}",
            ended.reasons()
        );
        assert_eq!(ended.outcomes(&format!("status.{status}"), "bad"), 1);
        ended.prints("the app never asked our key server");
    }
    let bench = Bench::new().await;
    let spy = Spy::start(|_, _| 500.into()).await;
    let ended = bench.keyless_probe(&spy.base_url(), &["--scenario", "initial-install"]).end().await.exits(2);
    assert!(ended.reasons().iter().all(|why| !why.contains("never asked")), "{:?}", ended.reasons());
}

#[tokio::test]
async fn a_key_that_could_not_be_had_is_no_wrong_path() {
    for (status, body) in [
        (StatusCode::NOT_FOUND, "Could not get public key with keyId 1-2-3"),
        (StatusCode::BAD_REQUEST, "error:1E08010C:DECODER routines::unsupported"),
    ] {
        let bench = Bench::new().await;
        let spy = Spy::start(move |_, _| Answer::With(reply(status, "text/plain", body))).await;
        let ended = bench.probe(&spy.base_url(), &["--scenario", "initial-install"]).end().await.exits(2);
        let first = ended.reasons()[0].clone();
        assert!(first.contains("about the app's key host, not about a wrong path"), "{first}");
    }
}

#[tokio::test]
async fn a_refused_signature_names_its_candidates_and_the_one_that_is_ruled_out() {
    for (clock, said) in [
        (SignedDuration::ZERO, "its clock is ruled out"),
        (SignedDuration::from_mins(-10), "its clock is off, as its Date header shows"),
    ] {
        let bench = Bench::new().await;
        let spy = Spy::start(move |_, _| {
            let date =
                DateTimePrinter::new().timestamp_to_rfc9110_string(&(Timestamp::now() + clock)).unwrap();
            let mut response = reply(StatusCode::UNAUTHORIZED, "text/plain", "no");
            response.headers_mut().insert("date", date.parse().unwrap());
            Answer::With(response)
        })
        .await;
        let ended = bench.probe(&spy.base_url(), &["--scenario", "initial-install"]).end().await.exits(2);
        let first = ended.reasons()[0].clone();
        for part in
            ["most likely its aud", "then its qsh", said, "right key or secret can't be seen from here"]
        {
            assert!(first.contains(part), "`{part}` is not in {first}");
        }
    }
}

#[tokio::test]
async fn a_refusal_after_a_fetch_is_not_explained_by_the_key_host() {
    let ended = on_a_free_port(async |port| {
        let bench = Bench::new().await;
        // It asks for our key, and then insists on a field that the payload lacks.
        let app = bench
            .app_with(|settings| {
                settings.trust = AppTrust::KeyHost(KeyHost::new(format!("http://127.0.0.1:{port}")));
                settings.misbehaviours = [Misbehaviour::InsistsOnDisplayUrl].into();
            })
            .await;
        let scenario = bench.write("s.json", WITHOUT_DISPLAY_URL);
        let flags = ["--scenario", &scenario, "--key-server", &format!("127.0.0.1:{port}")];
        let state = bench.path("state");
        let run = bench.reporting(&["probe", app.base_url(), "--state-dir", &state]).with(&flags);
        Some(run.end().await).filter(|ended| ended.code != Some(69))
    });
    let ended = ended.await.exits(2);
    assert_eq!(ended.outcomes("status.400", "bad"), 1);
    assert!(ended.reasons().iter().all(|why| !why.contains("never asked")), "{:?}", ended.reasons());
}

const WITHOUT_DISPLAY_URL: &str = r#"{
    "version": 1, "name": "no-display-url", "title": "An install without displayUrl",
    "actor": "customer", "case": "initial-install", "variants": ["display-urls-omitted"],
    "steps": [{ "name": "install", "changes": ["new-tenant"], "callbacks": [{ "event": "installed" }] }]
}"#;
