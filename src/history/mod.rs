//! What outlives a run: runs, their counts and reports, and what is excluded from the figures.
//!
//! It says what happened when. What follows from it for a window is for others to say.

mod error;
mod exclusion;
mod run;
mod series;
mod sqlite;
mod store;
mod tally;
mod values;

pub use error::HistoryError;
pub use exclusion::{Exclusion, Scope, fits};
pub use run::{EventCount, HealthProbe, Recorded, RunFilter, RunHead, RunRecord};
pub use series::{Series, SeriesHead};
pub use sqlite::SqliteStore;
pub use store::HistoryStore;
pub use tally::{HealthRow, TallyRow};
