//! Reports: the view model and its formats. The only room besides `main` that prints.

pub mod json;
pub mod model;
pub mod output;

pub use model::Report;
