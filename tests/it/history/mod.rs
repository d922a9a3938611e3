//! The history in a SQLite file.

mod crash;
mod sqlite;
#[path = "../../history/mod.rs"]
pub(crate) mod suite;
