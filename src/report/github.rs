//! Annotations of a GitHub workflow: its commands, read from standard output.

use super::escape::{workflow_data, workflow_property};
use super::model::{Report, Status};
use super::{inert, wording};
use crate::verdict::Verdict;

/// Renders the verdict, every failure and every failed check as an annotation.
pub(super) fn render(report: &Report) -> String {
    let status = report.verdict.status;
    let level = match status {
        Status::Ok => "notice",
        Status::AtRisk | Status::NoData | Status::Inconclusive | Status::Unattributed => "warning",
        Status::Breach => "error",
    };
    let title = format!("rehearsal {}: {}", report.run.command, wording::status(status));
    let mut out = command(
        level,
        &title,
        &wording::reasons(report).into_iter().map(inert::line).collect::<Vec<_>>().join("\n"),
    );
    for row in &report.outcomes {
        let level = match row.verdict {
            Verdict::Good | Verdict::Reached => continue,
            Verdict::Bad => "error",
            Verdict::Excluded | Verdict::Unattributed => "warning",
        };
        let title = format!("{} {}, owner: {}", row.code, wording::times(row.count), row.owner.name());
        let explained = wording::entry(&row.code)
            .map_or_else(String::new, |entry| format!("{}\n{}", entry.meaning, entry.remedy));
        out += &command(level, &title, &explained);
    }
    for scenario in &report.scenarios {
        for step in &scenario.steps {
            for check in step.checks.iter().filter(|check| !check.passed) {
                let title = format!("{} / {}: not {}", scenario.name, step.name, check.name);
                out += &command("error", &title, &inert::line(&check.detail));
            }
        }
    }
    for advisory in &report.advisories {
        out += &command("notice", &advisory.code, &inert::line(&advisory.detail));
    }
    out
}

fn command(level: &str, title: &str, message: &str) -> String {
    let title = workflow_property(&inert::line(title));
    format!("::{level} title={title}::{}\n", workflow_data(message))
}
