//! Reports: the model, its schema and every format, from a few fixed samples.

mod formats;
pub(crate) mod json;
mod look;
mod sample;
mod terminal;
