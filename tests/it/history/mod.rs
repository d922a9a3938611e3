//! The history in a SQLite file, and the commands on it.

mod sqlite;
