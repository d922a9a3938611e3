//! What outlives a run: runs, their counts and reports, and what is excluded from the figures.
//!
//! It says what happened when. What follows from it for a window is for others to say.

mod address;
mod any;
mod error;
mod exclusion;
pub mod lines;
#[cfg(feature = "postgres")]
mod postgres;
mod run;
mod series;
mod spool;
mod sqlite;
mod store;
mod tally;
mod values;

pub use address::{HistoryUrl, PostgresUrl};
pub use any::History;
pub use error::HistoryError;
pub use exclusion::{Exclusion, Scope, fits};
#[cfg(feature = "postgres")]
pub use postgres::PostgresStore;
pub use run::{EventCount, HealthProbe, Recorded, RunFilter, RunHead, RunRecord};
pub use series::{Series, SeriesHead};
pub use spool::{Delivery, Spool};
pub use sqlite::SqliteStore;
pub use store::HistoryStore;
pub use tally::{HealthRow, TallyRow};
