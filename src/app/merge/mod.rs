//! `rehearsal merge`: the parts of a run, added up.

mod belonging;
mod load;
mod rows;
mod sum;

use super::kept;
use super::reporting::Reporting;
use crate::cli::MergeArgs;
use crate::exit::{Abort, Exit};

/// Adds runs up and writes the sum as a report.
pub(super) async fn run(args: &MergeArgs) -> Result<Exit, Abort> {
    let reporting = Reporting::of(&args.out, &args.kept).await?;
    let mut parts = Vec::new();
    for name in &args.runs {
        parts.push(kept::run(name, &args.kept).await?);
    }
    belonging::check(&parts)?;
    reporting.publish(&sum::merge(&parts)?)
}
