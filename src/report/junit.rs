//! JUnit XML: one suite for each scenario, one test case for each callback and each check.

use std::time::Duration;

use quick_junit::{NonSuccessKind, Property, TestCase, TestCaseStatus, TestSuite};

use super::figures::{count, duration, moment};
use super::model::{Check, Report, ScenarioRow, Status, StepRow};
use super::{inert, wording};

/// Renders the report as JUnit XML. A case fails where a callback was bad or a check was not passed; a
/// suite of its own holds the verdict, so that a gate that blocks fails the build as well.
pub(super) fn render(report: &Report) -> String {
    let mut junit = quick_junit::Report::new("rehearsal");
    junit.set_time(micros(report.run.finished_at.as_microsecond() - report.run.started_at.as_microsecond()));
    junit.add_test_suite(verdict(report));
    for scenario in &report.scenarios {
        junit.add_test_suite(suite(scenario));
    }
    junit.to_string().expect("XML can be written to memory")
}

fn micros(micros: i64) -> Duration {
    Duration::from_micros(u64::try_from(micros).unwrap_or(0))
}

fn verdict(report: &Report) -> TestSuite {
    let mut suite = TestSuite::new("verdict");
    let run = &report.run;
    for (name, value) in [
        ("run", run.id.as_str()),
        ("command", &run.command),
        ("target", &run.target),
        ("started_at", &moment(run.started_at)),
        ("tool_version", &run.tool_version),
    ] {
        suite.add_property(Property::new(name, inert::line(value)));
    }
    let reasons: Vec<_> = wording::reasons(report).into_iter().map(inert::line).collect();
    let status = match report.verdict.status {
        Status::Ok | Status::AtRisk => TestCaseStatus::success(),
        Status::Breach => failure(NonSuccessKind::Failure, "breach", reasons.join("\n")),
        Status::NoData | Status::Inconclusive | Status::Unattributed => {
            failure(NonSuccessKind::Error, wording::status(report.verdict.status), reasons.join("\n"))
        }
    };
    let mut case = TestCase::new(format!("{} of {}", run.command, inert::line(&run.target)), status);
    case.set_classname("rehearsal.verdict");
    case.set_system_out(inert::lines(&wording::limits(report).join("\n")));
    suite.add_test_case(case);
    suite
}

fn suite(scenario: &ScenarioRow) -> TestSuite {
    let name = inert::line(&scenario.name);
    let mut suite = TestSuite::new(&name);
    for step in &scenario.steps {
        let place = format!("{} / {}", inert::line(&step.name), inert::line(&step.event));
        let mut case = TestCase::new(&place, status(step));
        case.set_classname(format!("rehearsal.{name}"));
        if let Some(median) = step.latency.response.p50_us {
            case.set_time(Duration::from_micros(median));
        }
        suite.add_test_case(case);
        for check in &step.checks {
            let mut case =
                TestCase::new(format!("{place}: {}", inert::line(&check.name)), check_status(check));
            case.set_classname(format!("rehearsal.{name}"));
            suite.add_test_case(case);
        }
    }
    suite
}

/// Checks have cases of their own: this one is about the answer.
fn status(step: &StepRow) -> TestCaseStatus {
    if step.bad > 0 {
        let title = format!("{} of {} were bad", count(step.bad), count(step.sent()));
        return failure(NonSuccessKind::Failure, &worst(step), format!("{title}\n{}", explained(step)));
    }
    if step.sent() == 0 {
        return TestCaseStatus::skipped();
    }
    if step.counted && step.good + step.reached == 0 {
        let mut status = TestCaseStatus::skipped();
        status.set_message("no callback was counted").set_description(explained(step));
        return status;
    }
    TestCaseStatus::success()
}

/// The first answer that is not good.
fn worst(step: &StepRow) -> String {
    let bad = step.answers.iter().find(|row| !matches!(row.code.as_str(), "status.200" | "status.204"));
    bad.or(step.answers.first()).map_or_else(|| "unexpected".to_owned(), |row| inert::line(&row.code))
}

/// Every answer with what it means and what to do.
fn explained(step: &StepRow) -> String {
    let mut lines = Vec::new();
    for row in &step.answers {
        lines.push(format!("{} {}", inert::line(&row.code), wording::times(row.count)));
        if let Some(entry) = wording::entry(&row.code).filter(|_| !row.code.starts_with("status.20")) {
            lines.push(format!("  {}", entry.meaning));
            lines.push(format!("  Remedy: {}", entry.remedy));
        }
    }
    if let Some(median) = step.latency.response.p50_us {
        lines.push(format!("median response time {}", duration(median)));
    }
    lines.join("\n")
}

fn check_status(check: &Check) -> TestCaseStatus {
    if check.passed {
        return TestCaseStatus::success();
    }
    failure(NonSuccessKind::Failure, "check", inert::line(&format!("not {}: {}", check.name, check.detail)))
}

fn failure(kind: NonSuccessKind, code: &str, text: String) -> TestCaseStatus {
    let text = inert::lines(&text);
    let mut status = TestCaseStatus::non_success(kind);
    status.set_type(code).set_message(text.lines().next().unwrap_or_default()).set_description(text);
    status
}
