//! Fixed reports: one for each kind of run, and one whose every text is hostile.

mod breach;
mod healthy;
mod hostile;
mod load;
mod parts;
mod reachability;

pub(crate) use breach::breach;
pub(crate) use healthy::{healthy, no_data, shipped};
pub(crate) use hostile::hostile;
pub(crate) use load::{load, searched};
pub(crate) use reachability::reachability;

use rehearsal::report::Report;

/// Every sample with its name.
pub(crate) fn all() -> [(&'static str, Report); 8] {
    [
        ("healthy", healthy()),
        ("breach", breach()),
        ("shipped", shipped()),
        ("reachability", reachability()),
        ("no-data", no_data()),
        ("load", load()),
        ("searched", searched()),
        ("hostile", hostile()),
    ]
}
