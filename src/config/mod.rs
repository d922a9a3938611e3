//! From what was typed to what is run: the only room that reads the environment.

mod alerts;
mod github;
mod how;
mod layers;
mod maintenance;
mod otlp;
mod state;
mod table;

pub use alerts::{Alerting, alerting};
pub use github::step_summary;
pub use how::{headers, transport, transport_to};
pub use layers::{Stop, command, every_app, given, parse, typed};
pub use maintenance::maintenance;
pub use otlp::{Export, export};
pub use state::{database_password, state_dir};
