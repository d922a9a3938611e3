//! Runs that were kept, to be rendered again, compared or merged.

use std::fs;

use crate::exit::Abort;
use crate::report::Report;
use crate::report::model::ReadError;

/// The report in the file `name`.
///
/// # Errors
/// When it can't be read, is no report, or was written by a later version.
pub(super) fn run(name: &str) -> Result<Report, Abort> {
    let text = fs::read_to_string(name).map_err(|error| {
        Abort::data(format!("{name} can't be read: {error}"))
            .remedy("give the JSON report of a run, as --report json=FILE writes it")
    })?;
    Report::from_json(&text).map_err(|error| {
        let remedy = match &error {
            ReadError::Newer { .. } => "read it with the version of rehearsal that wrote it, or a later one",
            ReadError::NotAReport | ReadError::Malformed { .. } => {
                "give the JSON report of a run, as --report json=FILE writes it"
            }
        };
        Abort::data(format!("{name}: {error}")).remedy(remedy)
    })
}
