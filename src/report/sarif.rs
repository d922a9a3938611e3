//! SARIF 2.1.0: failed checks and failures as findings, for code-scanning views.

use serde_json::{Value, json};

use super::model::Report;
use super::{inert, wording};
use crate::verdict::Verdict;

/// Renders the report as one run of SARIF (OASIS, version 2.1.0). The place of a finding is the URL that
/// was called, and within it the scenario and step.
pub(super) fn render(report: &Report) -> String {
    let (results, rules) = (results(report), rules(report));
    let document = json!({
        "$schema": "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": {
                "driver": { "name": "rehearsal", "semanticVersion": inert::line(&report.run.tool_version), "rules": rules }
            },
            "automationDetails": { "id": format!("rehearsal/{}/", inert::line(&report.run.command)) },
            "invocations": [{
                "executionSuccessful": report.run.complete,
                "exitCode": report.verdict.exit_code,
                "startTimeUtc": report.run.started_at.to_string(),
                "endTimeUtc": report.run.finished_at.to_string(),
            }],
            "results": results,
        }],
    });
    let mut text = serde_json::to_string_pretty(&document).expect("text keys can be written as JSON");
    text.push('\n');
    text
}

const FAILED_CHECK: &str = "check.failed";

fn rules(report: &Report) -> Vec<Value> {
    let mut rules: Vec<_> = report
        .outcomes
        .iter()
        .filter(|row| row.verdict == Verdict::Bad)
        .filter_map(|row| {
            let entry = wording::entry(&row.code)?;
            Some(json!({
                "id": row.code,
                "shortDescription": { "text": entry.meaning },
                "help": { "text": format!("Usually: {}. {}", entry.causes, entry.remedy) },
            }))
        })
        .collect();
    rules.push(json!({
        "id": FAILED_CHECK,
        "shortDescription": { "text": "The app did not do what the check asks for." },
    }));
    rules
}

fn results(report: &Report) -> Vec<Value> {
    let mut results = Vec::new();
    for row in report.outcomes.iter().filter(|row| row.verdict == Verdict::Bad) {
        let meaning = wording::entry(&row.code).map_or("", |entry| entry.meaning);
        let example = row.examples.first();
        let url =
            example.and_then(|example| example.request.as_ref()).map_or(&report.run.target, |sent| &sent.url);
        let place = example.map(|example| format!("{} / {}", example.scenario, example.step));
        let times = wording::times(row.count);
        results.push(result(
            &row.code,
            &format!("{meaning} ({times})"),
            url,
            place.as_deref().unwrap_or("callback"),
        ));
    }
    for scenario in &report.scenarios {
        for step in &scenario.steps {
            for check in step.checks.iter().filter(|check| !check.passed) {
                let message = format!("not {}: {}", check.name, check.detail);
                let place = format!("{} / {}", scenario.name, step.name);
                results.push(result(FAILED_CHECK, &message, &report.run.target, &place));
            }
        }
    }
    results
}

fn result(rule: &str, message: &str, url: &str, place: &str) -> Value {
    json!({
        "ruleId": inert::line(rule),
        "level": "error",
        "message": { "text": inert::line(message) },
        "locations": [{
            "physicalLocation": { "artifactLocation": { "uri": uri(url) } },
            "logicalLocations": [{ "fullyQualifiedName": inert::line(place), "kind": "function" }],
        }],
    })
}

/// A URL as the format wants it: what is no URL is encoded as a path.
fn uri(text: &str) -> String {
    url::Url::parse(text).map_or_else(
        |_| percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string(),
        |url| url.to_string(),
    )
}
