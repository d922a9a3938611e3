//! Runs that were kept, to be rendered again, compared or merged.

use std::fs;
use std::path::Path;

use super::history;
use crate::cli::KeptArgs;
use crate::config;
use crate::exit::Abort;
use crate::history::{History, HistoryStore};
use crate::report::Report;
use crate::report::model::ReadError;

/// The report of a run: of the file `name`, or of the run in the history whose id is or begins so.
///
/// # Errors
/// When there is none, it can't be read, or it was written by a later version.
pub(super) async fn run(name: &str, args: &KeptArgs) -> Result<Report, Abort> {
    if Path::new(name).exists() || !may_be_id(name) {
        return file(name);
    }
    let state_dir = config::state_dir(args.state_dir.as_deref())?;
    let url = history::url(args.history.history.as_deref(), Some(&state_dir))?;
    let found = match History::open(&url).await? {
        Some(mut store) => store.run(name).await?,
        None => None,
    };
    let record = found.ok_or_else(|| {
        Abort::usage(format!("there is no file {name}, and no run in the history whose id begins so"))
            .remedy("`rehearsal history list` lists the runs")
    })?;
    report(&format!("run {}", record.head.id), &record.report)
}

/// The report in the file `name`.
fn file(name: &str) -> Result<Report, Abort> {
    let text = fs::read_to_string(name)
        .map_err(|error| Abort::data(format!("{name} can't be read: {error}")).remedy(WHAT_TO_GIVE))?;
    report(name, &text)
}

const WHAT_TO_GIVE: &str = "give the JSON report of a run, as --report json=FILE writes it, or a run's id";

/// Ids are hexadecimal digits and dashes.
fn may_be_id(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-')
}

fn report(name: &str, text: &str) -> Result<Report, Abort> {
    Report::from_json(text).map_err(|error| {
        let remedy = match &error {
            ReadError::Newer { .. } => "read it with the version of rehearsal that wrote it, or a later one",
            ReadError::NotAReport | ReadError::Malformed { .. } => WHAT_TO_GIVE,
        };
        Abort::data(format!("{name}: {error}")).remedy(remedy)
    })
}
