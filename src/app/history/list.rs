//! `rehearsal history list` and `show`.

use std::fmt::Write;

use jiff::Timestamp;

use super::moment::moment;
use crate::cli::ListArgs;
use crate::exit::{Abort, Exit};
use crate::history::{History, HistoryStore, RunFilter};
use crate::report::{Report, output, terminal};

/// Lists the runs that fit.
pub(super) async fn runs(args: &ListArgs, store: &mut History, now: Timestamp) -> Result<Exit, Abort> {
    let at = |flag, text: &Option<String>| text.as_deref().map(|text| moment(flag, text, now)).transpose();
    let filter = RunFilter {
        app_key: args.app_key.clone(),
        environment: args.environment.clone(),
        location: args.location.clone(),
        command: None,
        since: at("--since", &args.since)?,
        until: at("--until", &args.until)?,
        limit: Some(args.limit),
    };
    let mut text = String::new();
    for run in store.runs(&filter).await? {
        if args.json {
            let line = serde_json::to_string(&run).map_err(|error| Abort::defect(error.to_string()))?;
            let _ = writeln!(text, "{line}");
        } else {
            let interrupted = if run.complete { "" } else { "  (not finished)" };
            let _ = writeln!(
                text,
                "{}  {:.0}  {:8} {:12} {}{interrupted}",
                run.id, run.started_at, run.command, run.status, run.series
            );
        }
    }
    if text.is_empty() && !args.json {
        text.push_str("No run fits.\n");
    }
    output::print(&text)?;
    Ok(Exit::Ok)
}

/// Shows one run as it was reported.
pub(super) async fn show(id: &str, as_json: bool, store: &mut History) -> Result<Exit, Abort> {
    let run = store.run(id).await?.ok_or_else(|| {
        Abort::usage(format!("the history has no run `{id}`")).remedy("`rehearsal history list` lists them")
    })?;
    if as_json {
        output::print(&run.report)?;
        return Ok(Exit::Ok);
    }
    let report: Report = serde_json::from_str(&run.report)
        .map_err(|error| Abort::data(format!("the report of run {} can't be read: {error}", run.head.id)))?;
    let width = terminal_size::terminal_size().map(|(width, _)| usize::from(width.0));
    output::print(&terminal::render(&report, width.unwrap_or(crate::app::reporting::DEFAULT_WIDTH)))?;
    Ok(Exit::Ok)
}
