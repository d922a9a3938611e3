//! The largest rate that an app sustains: a search by short trials, each of which may mislead.
//!
//! A trial sends callbacks at one rate for a while. [`Goal`] says whether what was seen met the goal, and
//! in the middle of a trial whether it still can. [`Search`] says which rate to try next, when enough is
//! known, and what is known then: an interval, because near its edge an app meets the goal now and then.

mod belief;
mod goal;
mod search;

pub use goal::{Goal, Judgement, Shortfall, Trial};
pub use search::{Answer, Ending, Plan, Search};
