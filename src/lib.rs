//! Rehearsal plays Atlassian's part before it counts: a synthetic probe and load tester for the
//! installation callback of Atlassian Connect apps.
//!
//! The [`manual`] holds the map of the code, the decisions behind it and the changelog.

pub mod alert;
pub mod app;
pub mod atlassian;
pub mod cli;
pub mod codes;
pub mod conclusion;
pub mod config;
pub mod engine;
pub mod exit;
pub mod history;
pub mod ledger;
pub mod manual;
pub mod nearest;
pub mod outcome;
pub mod projection;
pub mod recorder;
pub mod redact;
pub mod reference_app;
pub mod report;
pub mod scenario;
pub mod serve;
pub mod slo;
pub mod statistics;
pub mod threshold;
pub mod transport;
pub mod validity;
pub mod verdict;
