//! Reports: the view model and its formats. The only room besides `main` that prints.

pub mod output;
