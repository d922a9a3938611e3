//! What becomes of a report: which formats go where, and what the person sees meanwhile.

use std::fs::OpenOptions;
use std::io::{IsTerminal, Write};

use super::{compare, kept};
use crate::cli::{KeptArgs, OutArgs};
use crate::config;
use crate::exit::{Abort, Exit};
use crate::report::live::LoadView;
use crate::report::model::Comparison;
use crate::report::progress::{ProgressKind, ProgressView};
use crate::report::{EvidenceFolder, Format, Report, ReportTargets, markdown, output, terminal};

/// How wide the report is where there is no terminal.
pub(super) const DEFAULT_WIDTH: usize = 80;

/// What was asked of reports and progress.
#[derive(Debug)]
pub(super) struct Reporting {
    progress: ProgressKind,
    quiet: bool,
    targets: ReportTargets,
    evidence: Option<EvidenceFolder>,
    baseline: Option<Report>,
    github: bool,
}

impl Reporting {
    /// Reads what was typed. A baseline is looked for where `kept` says.
    ///
    /// # Errors
    /// When a format is unknown, two reports would go to the same place, one can't be written there, the baseline
    /// can't be read, or the folder for evidence can't be made.
    pub(super) async fn of(args: &OutArgs, kept: &KeptArgs) -> Result<Self, Abort> {
        let progress = if args.quiet || args.no_progress {
            ProgressKind::Silent
        } else if std::io::stderr().is_terminal() {
            ProgressKind::Bar
        } else {
            ProgressKind::Lines
        };
        let targets = ReportTargets::parse(&args.report)?;
        targets.try_out()?;
        if args.github && targets.on_standard_output().is_some() {
            return Err(Abort::usage(
                "--github: its annotations need standard output, which a --report takes",
            )
            .remedy("write that report to a file"));
        }
        let baseline = match &args.baseline {
            Some(name) => Some(kept::run(name, kept).await?),
            None => None,
        };
        let evidence = args.evidence.as_deref().map(EvidenceFolder::at).transpose()?;
        Ok(Self { progress, quiet: args.quiet, targets, evidence, baseline, github: args.github })
    }

    /// The view of a run that is under way.
    pub(super) fn progress(&self) -> ProgressView {
        ProgressView::new(self.progress)
    }

    /// The view of a load test that is under way.
    pub(super) fn load_view(&self) -> LoadView {
        LoadView::new(self.progress)
    }

    /// Annotates the workflow, and adds to the summary of its step.
    fn annotate(&self, report: &Report) -> Result<(), Abort> {
        output::print(&self.render(Format::Github, report)?)?;
        let Some(path) = config::step_summary() else { return Ok(()) };
        let markdown = self.render(Format::Markdown, report)?;
        let appended = OpenOptions::new().append(true).create(true).open(&path);
        appended.and_then(|mut file| file.write_all(markdown.as_bytes())).map_err(|error| {
            Abort::unavailable(format!("the step's summary {} can't be written: {error}", path.display()))
        })
    }

    fn render(&self, format: Format, report: &Report) -> Result<String, Abort> {
        match (format, &self.baseline) {
            (Format::Markdown, Some(baseline)) => {
                let change = compare::compare(baseline, report, compare::USUAL_TOLERANCE)?;
                Ok(markdown::render(report, Some(&change)))
            }
            (_, _) => format.render(report),
        }
    }

    /// Writes the report of one pass of many wherever it was asked for. Standard output gets a line, unless
    /// another report goes there.
    ///
    /// # Errors
    /// When a report can't be written; the others are written all the same.
    pub(super) fn publish_line(&self, report: &Report) -> Result<(), Abort> {
        let written = self.targets.write(|format| self.render(format, report));
        if !self.quiet && self.targets.on_standard_output().is_none() {
            output::print(&terminal::line(report))?;
        }
        written
    }

    /// Writes a comparison wherever it was asked for.
    ///
    /// # Errors
    /// When it has no such format, or can't be written.
    pub(super) fn publish_comparison(&self, comparison: &Comparison) -> Result<(), Abort> {
        let written = self.targets.write(|format| format.render_comparison(comparison));
        if !self.quiet && self.targets.on_standard_output().is_none() {
            output::print(&terminal::render_comparison(comparison, width()))?;
        }
        written
    }

    /// Writes the report and the evidence wherever they were asked for, and says how the process ends. The
    /// terminal's own report comes on standard output unless another one goes there.
    ///
    /// # Errors
    /// When a report can't be written; the others are written all the same.
    pub(super) fn publish(&self, report: &Report) -> Result<Exit, Abort> {
        let written = self.targets.write(|format| self.render(format, report));
        let kept = self.evidence.as_ref().map_or(Ok(()), |folder| folder.write(report));
        if !self.quiet && self.targets.on_standard_output().is_none() {
            output::print(&terminal::render(report, width()))?;
        }
        if self.github {
            self.annotate(report)?;
        }
        written.and(kept)?;
        Exit::ALL
            .into_iter()
            .find(|exit| exit.code() == report.verdict.exit_code)
            .ok_or_else(|| Abort::defect("the report has an exit code that is not documented"))
    }
}

/// How wide a report for the terminal is.
pub(super) fn width() -> usize {
    terminal_size::terminal_size().map_or(DEFAULT_WIDTH, |(width, _)| usize::from(width.0))
}
