//! What becomes of a report: which formats go where, and what the person sees meanwhile.

use std::io::IsTerminal;

use anstream::ColorChoice;

use crate::cli::{ColorArg, OutArgs};
use crate::exit::{Abort, Exit};
use crate::report::live::LoadView;
use crate::report::progress::{ProgressKind, ProgressView};
use crate::report::{Report, ReportTargets, output, terminal};

/// How wide the report is where there is no terminal.
const DEFAULT_WIDTH: usize = 80;

/// What was asked of reports and progress.
#[derive(Debug)]
pub(super) struct Reporting {
    progress: ProgressKind,
    quiet: bool,
    targets: ReportTargets,
}

impl Reporting {
    /// Reads what was typed.
    ///
    /// # Errors
    /// When a format is unknown, or two reports would go to the same place.
    pub(super) fn of(args: &OutArgs) -> Result<Self, Abort> {
        match args.color {
            ColorArg::Auto => ColorChoice::Auto,
            ColorArg::Always => ColorChoice::Always,
            ColorArg::Never => ColorChoice::Never,
        }
        .write_global();
        let progress = if args.quiet || args.no_progress {
            ProgressKind::Silent
        } else if std::io::stderr().is_terminal() {
            ProgressKind::Bar
        } else {
            ProgressKind::Lines
        };
        Ok(Self { progress, quiet: args.quiet, targets: ReportTargets::parse(&args.report)? })
    }

    /// The view of a run that is under way.
    pub(super) fn progress(&self) -> ProgressView {
        ProgressView::new(self.progress)
    }

    /// The view of a load test that is under way.
    pub(super) fn load_view(&self) -> LoadView {
        LoadView::new(self.progress)
    }

    /// Writes the report wherever it was asked for, and says how the process ends. The terminal's own
    /// report comes on standard output unless another one goes there.
    ///
    /// # Errors
    /// When a report can't be written; the others are written all the same.
    pub(super) fn publish(&self, report: &Report) -> Result<Exit, Abort> {
        let written = self.targets.write(report);
        if !self.quiet && self.targets.on_standard_output().is_none() {
            let width = terminal_size::terminal_size().map(|(width, _)| usize::from(width.0));
            output::print(&terminal::render(report, width.unwrap_or(DEFAULT_WIDTH)))?;
        }
        written?;
        Exit::ALL
            .into_iter()
            .find(|exit| exit.code() == report.verdict.exit_code)
            .ok_or_else(|| Abort::defect("the report has an exit code that is not documented"))
    }
}
