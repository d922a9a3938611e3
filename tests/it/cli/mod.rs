//! The binary as a person runs it, against apps that live in the test's own process.

#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test that can't go on may panic anywhere")]

mod alerts;
pub(crate) mod bench;
mod canaries;
mod check;
mod commands;
mod control;
mod endings;
mod events;
mod evidence;
mod failures;
mod history;
mod interruption;
mod kept;
mod merge;
mod merge_load;
#[cfg(feature = "otlp")]
mod otlp;
mod places;
mod retries;
mod scenarios;
mod service;
mod settings;
mod spy;
mod streams;
mod transport;
mod trust;
mod wrong_input;
