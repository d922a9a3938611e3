//! The JSON report and its schema.

use schemars::generate::SchemaSettings;

use super::Report;

/// The committed JSON Schema of the report.
pub const SCHEMA_DOCUMENT: &str = include_str!("report.schema.json");

/// Renders the report as JSON, for programs and for being read back.
pub fn render(report: &Report) -> String {
    pretty(report)
}

/// Generates the JSON Schema of the report as this version writes it: every field that is always
/// written is required, and further ones are allowed.
pub fn generate_schema() -> String {
    pretty(&SchemaSettings::draft2020_12().for_serialize().into_generator().into_root_schema_for::<Report>())
}

/// Any value as indented JSON that ends with a line break.
pub(super) fn pretty(value: &impl serde::Serialize) -> String {
    let mut text =
        serde_json::to_string_pretty(value).expect("text keys and finite numbers can be written as JSON");
    text.push('\n');
    text
}
