//! `rehearsal report`: a run that is kept, in any format.

use super::kept;
use super::reporting::Reporting;
use crate::cli::ReportArgs;
use crate::exit::{Abort, Exit};

/// Renders a run again, as it was rendered the first time, and ends as it ended.
pub(super) async fn run(args: &ReportArgs) -> Result<Exit, Abort> {
    let reporting = Reporting::of(&args.out, &args.kept).await?;
    reporting.publish(&kept::run(&args.run, &args.kept).await?)
}
