//! The JSON report and its schema.

use schemars::JsonSchema;
use schemars::generate::SchemaSettings;

use super::Report;
use super::model::Comparison;

/// The committed JSON Schema of the report.
pub const SCHEMA_DOCUMENT: &str = include_str!("report.schema.json");

/// The committed JSON Schema of the comparison.
pub const COMPARISON_SCHEMA_DOCUMENT: &str = include_str!("comparison.schema.json");

/// Renders the report as JSON, for programs and for being read back.
pub fn render(report: &Report) -> String {
    pretty(report)
}

/// Renders a comparison as JSON.
pub(super) fn render_comparison(comparison: &Comparison) -> String {
    pretty(comparison)
}

/// Generates the JSON Schema of the report as this version writes it: every field that is always
/// written is required, and further ones are allowed.
pub fn generate_schema() -> String {
    schema_of::<Report>()
}

/// Generates the JSON Schema of the comparison, likewise.
pub fn generate_comparison_schema() -> String {
    schema_of::<Comparison>()
}

fn schema_of<T: JsonSchema>() -> String {
    pretty(&SchemaSettings::draft2020_12().for_serialize().into_generator().into_root_schema_for::<T>())
}

/// Any value as indented JSON that ends with a line break.
pub(super) fn pretty(value: &impl serde::Serialize) -> String {
    let mut text =
        serde_json::to_string_pretty(value).expect("text keys and finite numbers can be written as JSON");
    text.push('\n');
    text
}
