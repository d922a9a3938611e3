//! From what was typed to what is run: the only room that reads the environment.

mod layers;

pub use layers::{Stop, command, parse};
