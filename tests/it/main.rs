//! The integration tests: one binary, one module for each subject.

<<<<<<< HEAD
mod architecture;
#[cfg(test)]
mod client;
#[cfg(test)]
mod reference_app;
#[cfg(test)]
mod serve;
=======
mod tokens;
>>>>>>> atlassian
