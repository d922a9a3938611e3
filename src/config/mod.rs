//! From what was typed to what is run: the only room that reads the environment.

mod github;
mod how;
mod layers;
mod state;

pub use github::step_summary;
pub use how::{headers, transport};
pub use layers::{Stop, command, given, parse};
pub use state::state_dir;
