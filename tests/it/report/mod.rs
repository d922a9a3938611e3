//! Reports: the model, its schema and every format, from a few fixed samples.

mod comparison;
mod formats;
mod html;
pub(crate) mod json;
mod look;
pub(crate) mod sample;
mod terminal;
