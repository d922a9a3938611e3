//! The integration tests: one binary, one module for each subject.

mod architecture;
mod client;
mod reference_app;
mod report;
mod scenario;
#[cfg(test)]
mod serve;
mod tokens;
