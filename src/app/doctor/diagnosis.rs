//! One thing that the doctor has to say, and how a list of them reads.

use std::fmt::Write;

use anstyle::{AnsiColor, Style};
use serde_json::json;

use crate::atlassian::lint;

/// One thing that the doctor has to say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Diagnosis {
    /// What it is about.
    pub(super) area: Area,
    /// How bad it is.
    pub(super) severity: Severity,
    /// What was found, in one sentence.
    pub(super) finding: String,
    /// What to do about it; empty when there is nothing to do.
    pub(super) remedy: String,
}

/// What a diagnosis is about, in the order in which they are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Area {
    /// Names and addresses.
    Dns,
    /// Reaching the app.
    Connection,
    /// Certificates and protocol versions.
    Tls,
    /// The app's descriptor.
    Descriptor,
    /// Whether the app will take our signature.
    Trust,
    /// What a probe would do.
    Plan,
}

/// How bad a diagnosis is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Severity {
    /// As it should be.
    Good,
    /// Worth knowing.
    Info,
    /// It works today or here, and may not elsewhere.
    Warning,
    /// A probe, or Atlassian, would fail.
    Error,
}

impl Diagnosis {
    /// As it should be.
    pub(super) fn good(area: Area, finding: impl Into<String>) -> Self {
        Self { area, severity: Severity::Good, finding: finding.into(), remedy: String::new() }
    }

    /// Worth knowing.
    pub(super) fn info(area: Area, finding: impl Into<String>) -> Self {
        Self { area, severity: Severity::Info, finding: finding.into(), remedy: String::new() }
    }

    /// It works today or here, and may not elsewhere.
    pub(super) fn warning(area: Area, finding: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { area, severity: Severity::Warning, finding: finding.into(), remedy: remedy.into() }
    }

    /// A probe, or Atlassian, would fail.
    pub(super) fn error(area: Area, finding: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { area, severity: Severity::Error, finding: finding.into(), remedy: remedy.into() }
    }
}

impl From<lint::Severity> for Severity {
    fn from(severity: lint::Severity) -> Self {
        match severity {
            lint::Severity::Info => Self::Info,
            lint::Severity::Warning => Self::Warning,
            lint::Severity::Error => Self::Error,
        }
    }
}

impl Area {
    const fn name(self) -> &'static str {
        match self {
            Self::Dns => "dns",
            Self::Connection => "connection",
            Self::Tls => "tls",
            Self::Descriptor => "descriptor",
            Self::Trust => "trust",
            Self::Plan => "plan",
        }
    }
}

impl Severity {
    const fn name(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }

    /// A mark and its colour: the mark alone says enough.
    const fn mark(self) -> (&'static str, Style) {
        match self {
            Self::Good => ("✓", AnsiColor::Green.on_default()),
            Self::Info => ("·", Style::new()),
            Self::Warning => ("!", AnsiColor::Yellow.on_default()),
            Self::Error => ("✗", AnsiColor::Red.on_default().bold()),
        }
    }
}

/// The diagnoses for a person: by area, each with its remedy, and a sum at the end.
pub(super) fn as_text(subject: &str, diagnoses: &[Diagnosis]) -> String {
    let mut text = format!("{subject}\n");
    let mut sorted: Vec<_> = diagnoses.iter().collect();
    sorted.sort_by_key(|diagnosis| (diagnosis.area, std::cmp::Reverse(diagnosis.severity)));
    let mut area = None;
    for diagnosis in sorted {
        if area.replace(diagnosis.area) != Some(diagnosis.area) {
            let _ = writeln!(text, "\n{}", diagnosis.area.name());
        }
        let (mark, style) = diagnosis.severity.mark();
        let finding = inert(&diagnosis.finding);
        let _ = writeln!(text, "  {style}{mark}{style:#} {finding}");
        if !diagnosis.remedy.is_empty() {
            let _ = writeln!(text, "    {}", inert(&diagnosis.remedy));
        }
    }
    let count = |severity| diagnoses.iter().filter(|diagnosis| diagnosis.severity == severity).count();
    let _ = writeln!(
        text,
        "\n{}, {}. Nothing was installed.",
        counted(count(Severity::Error), "error"),
        counted(count(Severity::Warning), "warning")
    );
    text
}

fn counted(count: usize, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}

/// Text from outside can't move the cursor or change colours.
fn inert(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}

/// The diagnoses for a program.
pub(super) fn as_json(diagnoses: &[Diagnosis]) -> String {
    let rows: Vec<_> = diagnoses
        .iter()
        .map(|diagnosis| {
            json!({
                "area": diagnosis.area.name(),
                "severity": diagnosis.severity.name(),
                "finding": diagnosis.finding,
                "remedy": diagnosis.remedy,
            })
        })
        .collect();
    format!("{:#}\n", serde_json::Value::Array(rows))
}
