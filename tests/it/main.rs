//! The integration tests: one binary, one module for each subject.

mod architecture;
mod client;
mod keys;
mod reference_app;
mod report;
mod serve;
mod tokens;
