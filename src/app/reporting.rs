//! What becomes of a report: which formats go where, and what the person sees meanwhile.

use std::io::IsTerminal;
use std::path::PathBuf;

use anstream::ColorChoice;

use crate::cli::{ColorArg, OutArgs};
use crate::exit::{Abort, Exit};
use crate::report::progress::{ProgressKind, ProgressView};
use crate::report::{Report, json, output, terminal};

/// How wide the report is where there is no terminal.
const DEFAULT_WIDTH: usize = 80;

/// What was asked of reports and progress.
#[derive(Debug)]
pub(super) struct Reporting {
    progress: ProgressKind,
    quiet: bool,
    json: Vec<PathBuf>,
}

impl Reporting {
    /// Reads what was typed.
    ///
    /// # Errors
    /// When a format is unknown.
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
        let json = args
            .report
            .iter()
            .map(|target| {
                let path = target.strip_prefix("json=");
                path.map(PathBuf::from)
                    .ok_or_else(|| Abort::usage(format!("--report {target}: unknown format")))
            })
            .collect::<Result<_, _>>()?;
        Ok(Self { progress, quiet: args.quiet, json })
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
        let mut printed = false;
        for path in &self.json {
            if path.as_os_str() == "-" {
                output::print(&json::render(report))?;
                printed = true;
            } else {
                std::fs::write(path, json::render(report))
                    .map_err(|error| Abort::unavailable(format!("{}: {error}", path.display())))?;
            }
        }
        if !printed && !self.quiet {
            let width = terminal_size::terminal_size().map(|(width, _)| usize::from(width.0));
            output::print(&terminal::render(report, width.unwrap_or(DEFAULT_WIDTH)))?;
        }
        Exit::ALL
            .into_iter()
            .find(|exit| exit.code() == report.verdict.exit_code)
            .ok_or_else(|| Abort::defect("the report has an exit code that is not documented"))
    }
}
