//! The integration tests: one binary, one module for each subject.

mod architecture;
mod client;
#[cfg(test)]
mod faults;
#[cfg(test)]
mod keys;
mod reference_app;
mod report;
mod scenario;
#[cfg(test)]
mod serve;
mod tokens;
