//! Reports: the model, its schema and every format, from a few fixed samples.

mod json;
mod sample;

#[expect(unused_imports, reason = "other subjects validate their reports with it")]
pub(crate) use json::validate_report;
