//! The integration tests: one binary, one module for each subject.

mod architecture;
mod capacity;
mod cli;
mod client;
mod endurance;
mod estimate;
mod faults;
mod faults_codes;
mod history;
mod keys;
mod load;
mod readme;
mod reference_app;
mod report;
mod scenario;
mod serve;
mod slo;
mod statistics;
mod tokens;
mod transport;
