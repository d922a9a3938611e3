//! The JSON report: its schema, and reading it back.

use std::path::Path;

use proptest::prelude::*;
use rehearsal::report::model::ReadError;
use rehearsal::report::{Report, json, slo};
use serde_json::{Value, json};

use super::sample;

/// Fails with every place at which `report` differs from the committed schema.
pub(crate) fn validate_report(report: &Value) {
    let schema: Value = serde_json::from_str(json::SCHEMA_DOCUMENT).expect("the committed schema is JSON");
    let validator = jsonschema::validator_for(&schema).expect("the committed schema is a schema");
    let mistakes: Vec<String> = validator
        .iter_errors(report)
        .map(|mistake| format!("{}: {mistake}", mistake.instance_path()))
        .collect();
    assert!(mistakes.is_empty(), "the report differs from its schema:\n{}", mistakes.join("\n"));
}

#[test]
fn the_committed_schema_is_the_one_of_the_model() {
    let generated = json::generate_schema();
    if std::env::var_os("BLESS").is_some() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/report/report.schema.json");
        std::fs::write(path, &generated).expect("the tree is writable");
    } else {
        assert!(
            generated == json::SCHEMA_DOCUMENT,
            "the model changed: run this test with BLESS=1 and commit src/report/report.schema.json"
        );
    }
}

#[test]
fn the_committed_schema_of_slo_is_the_one_of_its_model() {
    let generated = slo::generate_schema();
    if std::env::var_os("BLESS").is_some() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/report/slo.schema.json");
        std::fs::write(path, &generated).expect("the tree is writable");
    } else {
        assert!(
            generated == slo::SCHEMA_DOCUMENT,
            "the model changed: run this test with BLESS=1 and commit src/report/slo.schema.json"
        );
    }
}

#[test]
fn every_sample_satisfies_the_schema_and_reads_back_byte_for_byte() {
    for (name, report) in sample::all() {
        let text = json::render(&report);
        validate_report(&serde_json::from_str(&text).expect("JSON"));
        let again = Report::from_json(&text).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(again, report, "{name}");
        assert_eq!(json::render(&again), text, "{name}");
    }
}

#[test]
fn the_schema_refuses_what_is_no_report() {
    let schema: Value = serde_json::from_str(json::SCHEMA_DOCUMENT).expect("JSON");
    let validator = jsonschema::validator_for(&schema).expect("a schema");
    let good = serde_json::to_value(sample::breach()).expect("JSON");
    assert!(validator.is_valid(&good));
    for (pointer, value) in [
        ("/schema", json!("rehearsal.report/2")),
        ("/verdict/status", json!("fine")),
        ("/run/started_at", json!("2026-11-20T10:00:00+01:00")),
        ("/sli/success_rate", json!("0.99")),
        ("/outcomes/0/family", json!("other")),
    ] {
        let mut bad = good.clone();
        *bad.pointer_mut(pointer).expect("the place exists") = value;
        assert!(!validator.is_valid(&bad), "{pointer}");
    }
}

#[test]
fn a_newer_form_is_refused_politely() {
    let text = json::render(&sample::healthy()).replace("rehearsal.report/1", "rehearsal.report/2");
    let error = Report::from_json(&text).expect_err("a later form");
    assert_eq!(error, ReadError::Newer { major: 2 });
    insta::assert_snapshot!(error, @"the report has the form `rehearsal.report/2`; this version of rehearsal reads up to `rehearsal.report/1`");
    for text in ["{}", r#"{"schema": "rehearsal.scenario/1"}"#, r#"{"schema": "rehearsal.report/x"}"#] {
        assert_eq!(Report::from_json(text), Err(ReadError::NotAReport), "{text}");
    }
}

#[test]
fn a_mistake_is_named_with_its_place() {
    let problem = |text: &str| {
        let problem = Report::from_json(text).expect_err("a mistake").to_string();
        problem.split(" at line ").next().expect("at least one part").to_owned()
    };
    let mut report = serde_json::to_value(sample::breach()).expect("JSON");
    report["outcomes"][1]["examples"][0]["phases_us"]["dns"] = json!(-1);
    insta::assert_snapshot!(problem(&report.to_string()), @"at outcomes[1].examples[0].phases_us.dns: invalid value: integer `-1`, expected u64");
    insta::assert_snapshot!(problem("{\"schema\": \"rehearsal.report/1\"}"), @"in the report: missing field `run`");
    insta::assert_snapshot!(problem("[1"), @"at [0]: invalid type: integer `1`, expected a string");
    insta::assert_snapshot!(problem("<html>"), @"in the report: expected value");
    let mut report = serde_json::to_value(sample::breach()).expect("JSON");
    report["latency"]["histogram"]["service"] = json!("AAAA");
    insta::assert_snapshot!(problem(&report.to_string()), @"at latency.histogram.service: this is no compressed V2 HdrHistogram in base64: it begins with another mark");
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(24) })]

    #[test]
    fn a_damaged_report_is_an_error_or_a_report(
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
    ) {
        let mut bytes = json::render(&sample::healthy()).into_bytes();
        for (at, byte) in damage {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        let _ = Report::from_json(&String::from_utf8_lossy(&bytes));
    }
}
