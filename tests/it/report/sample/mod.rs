//! Fixed reports: one for each kind of run, and one whose every text is hostile.

mod breach;
mod healthy;
mod hostile;
mod load;
mod parts;
mod reachability;

pub(super) use breach::breach;
pub(super) use healthy::{healthy, no_data, shipped};
pub(super) use hostile::hostile;
pub(super) use load::load;
pub(super) use reachability::reachability;

use rehearsal::report::Report;

/// Every sample with its name.
pub(super) fn all() -> [(&'static str, Report); 7] {
    [
        ("healthy", healthy()),
        ("breach", breach()),
        ("shipped", shipped()),
        ("reachability", reachability()),
        ("no-data", no_data()),
        ("load", load()),
        ("hostile", hostile()),
    ]
}
