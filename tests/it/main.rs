//! The integration tests: one binary, one module for each subject.

mod architecture;
#[cfg(test)]
mod client;
mod scenario;
#[cfg(test)]
mod serve;
