//! Reports: the view model and its formats. The only room besides `main` that prints.

mod figures;
mod inert;
pub mod json;
pub mod model;
pub mod output;
pub mod progress;
pub mod terminal;
mod wording;

pub use model::Report;
