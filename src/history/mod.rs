//! What outlives a run: runs, their counts and reports, and what is excluded from the figures.
//!
//! It says what happened when. What follows from it for a window is for others to say.

mod address;
mod any;
mod error;
mod exclusion;
pub mod lines;
mod maintenance;
#[cfg(feature = "postgres")]
mod postgres;
pub mod reconcile;
mod run;
mod series;
mod spool;
mod sql;
mod sqlite;
mod store;
mod tally;
mod values;

pub use address::{HistoryUrl, PostgresUrl};
pub use any::History;
pub use error::HistoryError;
pub use exclusion::{Exclusion, Scope, fits};
pub use maintenance::{Maintenance, Weekly, When};
#[cfg(feature = "postgres")]
pub use postgres::PostgresStore;
pub use run::{EventCount, HealthProbe, Recorded, RunFilter, RunHead, RunRecord};
pub use series::{Series, SeriesHead};
pub use spool::{Delivery, Spool};
pub use sqlite::SqliteStore;
pub use store::HistoryStore;
pub use tally::{HealthRow, TallyRow};
