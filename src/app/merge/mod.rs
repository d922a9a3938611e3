//! `rehearsal merge`: the parts of a run, added up.

mod belonging;
mod rows;
mod sum;

use super::kept;
use super::reporting::Reporting;
use crate::cli::MergeArgs;
use crate::exit::{Abort, Exit};

/// Adds runs up and writes the sum as a report.
pub(super) fn run(args: &MergeArgs) -> Result<Exit, Abort> {
    let reporting = Reporting::of(&args.out)?;
    let parts = args.runs.iter().map(|name| kept::run(name)).collect::<Result<Vec<_>, _>>()?;
    belonging::check(&parts)?;
    reporting.publish(&sum::merge(&parts)?)
}
