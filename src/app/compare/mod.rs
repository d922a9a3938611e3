//! `rehearsal compare`: two runs beside each other.

mod judge;
mod sentences;

pub(super) use judge::compare;

use super::kept;
use super::reporting::Reporting;
use crate::cli::{CompareArgs, FailIf};
use crate::exit::{Abort, Exit};
use crate::report::model::Change;

/// How far response times have to move to count, where nobody says otherwise.
pub(super) const USUAL_TOLERANCE: f64 = 0.1;

/// Compares two runs, and fails where that was asked for and the second one is worse.
pub(super) async fn run(args: &CompareArgs) -> Result<Exit, Abort> {
    let reporting = Reporting::of(&args.out, &args.kept).await?;
    let before = kept::run(&args.before, &args.kept).await?;
    let after = kept::run(&args.after, &args.kept).await?;
    let comparison = compare(&before, &after, args.tolerance / 100.0)?;
    reporting.publish_comparison(&comparison)?;
    Ok(match (args.fail_if, comparison.verdict) {
        (Some(FailIf::Worse), Change::Worse) => Exit::Breach,
        (Some(FailIf::Worse), Change::Better | Change::NoDifferenceShown) | (None, _) => Exit::Ok,
    })
}
