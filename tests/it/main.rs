//! The integration tests: one binary, one module for each subject.

mod architecture;
#[cfg(test)]
mod client;
#[cfg(test)]
mod faults;
#[cfg(test)]
mod reference_app;
#[cfg(test)]
mod serve;
