//! What becomes of a report: which formats go where, and what the person sees meanwhile.

use std::io::IsTerminal;

use crate::cli::OutArgs;
use crate::exit::{Abort, Exit};
use crate::report::progress::{ProgressKind, ProgressView};
use crate::report::{Report, json, output};

/// What was asked of reports and progress.
#[derive(Debug)]
pub(super) struct Reporting {
    progress: ProgressKind,
}

impl Reporting {
    /// Reads what was typed.
    ///
    /// # Errors
    /// When a format is unknown.
    pub(super) fn of(args: &OutArgs) -> Result<Self, Abort> {
        let progress = if args.quiet || args.no_progress {
            ProgressKind::Silent
        } else if std::io::stderr().is_terminal() {
            ProgressKind::Bar
        } else {
            ProgressKind::Lines
        };
        Ok(Self { progress })
    }

    /// The view of a run that is under way.
    pub(super) fn progress(&self) -> ProgressView {
        ProgressView::new(self.progress)
    }

    /// Writes the report wherever it was asked for, and says how the process ends.
    ///
    /// # Errors
    /// When a report can't be written.
    pub(super) fn publish(&self, report: &Report) -> Result<Exit, Abort> {
        output::print(&json::render(report))?;
        Exit::ALL
            .into_iter()
            .find(|exit| exit.code() == report.verdict.exit_code)
            .ok_or_else(|| Abort::defect("the report has an exit code that is not documented"))
    }
}
