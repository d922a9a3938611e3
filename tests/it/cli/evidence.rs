//! `--evidence DIR`: what a support ticket wants, as files.

use std::fs;

use rehearsal::reference_app::{Fault, Stage};
use serde_json::Value;

use super::bench::Bench;

const ONE: [&str; 2] = ["--scenario", "initial-install"];

/// Probes a fault and returns the text about its code.
async fn told(name: &str) -> String {
    let bench = Bench::new().await;
    let fault = Fault::named(name).unwrap();
    let running = fault.start(&Stage::new(bench.trust())).await.unwrap();
    let descriptor = bench.write("descriptor.json", &running.setup().descriptor);
    let (flags, folder) = (bench.flags(running.setup()), bench.path("to/evidence"));
    let run = bench.probe(&running.setup().base_url, &ONE).with(&flags);
    let ended =
        run.with(&["--descriptor", &descriptor, "--evidence", &folder, "--location", "eu-1"]).end().await;
    let read = |file: &str| fs::read_to_string(format!("{folder}/{file}")).unwrap();
    let report: Value = serde_json::from_str(&read("report.json")).unwrap();
    assert_eq!(report, ended.report());
    let (code, index) = (fault.expected.to_string(), read("index.txt"));
    assert!(index.contains(&format!("{code}.txt")) && index.contains(&ended.text("/run/id")), "{index}");
    let told = read(&format!("{code}.txt"));
    let entry = fault.expected.entry();
    for part in [
        &code,
        entry.meaning,
        entry.remedy,
        entry.owner.meaning(),
        "eu-1",
        "initial-install / ",
        "rehearsal-",
    ] {
        assert!(told.contains(part), "{part} is not in:\n{told}");
    }
    told
}

#[track_caller]
fn holds(told: &str, parts: &[&str]) {
    for part in parts {
        assert!(told.contains(part), "`{part}` is not in:\n{told}");
    }
}

#[tokio::test]
async fn each_kind_of_failure_brings_what_belongs_to_it() {
    let told_of = told("status-500").await;
    holds(
        &told_of,
        &["Response:\n    HTTP/1.1 500", "content-type: text/plain", "Start of the body:\n    This is 500."],
    );
    holds(
        &told_of,
        &["Request:\n    POST http://127.0.0.1", "authorization: [redacted]", "Phases       connect"],
    );

    let told_of = told("tls-expired").await;
    holds(
        &told_of,
        &["Certificate 1 of 1:", "subject      CN=app.rehearsal.test", "issuer       CN=Rehearsal Root"],
    );
    holds(
        &told_of,
        &[
            "names        app.rehearsal.test",
            "valid        1975-01-01",
            "SHA-256      ",
            "wrong        it expired",
        ],
    );
    holds(
        &told_of,
        &["A 127.0.0.1, kept 60 s", "AAAA: dns.no_data", "Addresses tried:\n    127.0.0.1:", ": connected"],
    );

    let told_of = told("dns-nxdomain").await;
    holds(
        &told_of,
        &["Name lookup:\n    app.rehearsal.test (dns) in ", "asked 127.0.0.1:", "A: dns.nxdomain"],
    );

    let told_of = told("connect-refused").await;
    holds(
        &told_of,
        &[
            "Addresses tried:\n    127.0.0.1:",
            "connect.refused: Connection refused",
            "Address      127.0.0.1:",
        ],
    );

    let told_of = told("http-banner").await;
    holds(&told_of, &["Received in place of a response:\n    SSH-2.0-OpenSSH_9.9"]);
}

#[tokio::test]
async fn a_run_without_failures_says_so_and_the_demo_keeps_evidence_as_well() {
    let bench = Bench::new().await;
    let folder = bench.path("good");
    bench.reporting(&["demo", "--evidence", &folder]).with(&ONE).end().await.exits(0);
    let mut files: Vec<_> =
        fs::read_dir(&folder).unwrap().map(|file| file.unwrap().file_name().into_string().unwrap()).collect();
    files.sort();
    assert_eq!(files, ["index.txt", "report.json"]);
    holds(&fs::read_to_string(format!("{folder}/index.txt")).unwrap(), &["OK, exit 0", "Nothing failed"]);
}

#[tokio::test]
async fn a_place_that_can_be_no_folder_is_told_before_anything_is_sent() {
    let bench = Bench::new().await;
    let app = bench.app().await;
    let blocked = bench.write("a-file", "in the way");
    let ended = bench.probe(app.base_url(), &ONE).with(&["--evidence", &blocked]).end().await;
    ended.exits(69).says("--evidence").says(&blocked);
    assert_eq!(app.callbacks(), 0);
}
