//! `rehearsal.slo/1`: how the series of a history stand, for programs.

use std::borrow::Cow;

use jiff::Timestamp;
use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, SchemaGenerator, json_schema};
use serde::Serialize;

use super::json::pretty;
use crate::slo::{Standing, State};

/// The name and version of the form.
const FORM: &str = "rehearsal.slo/1";

/// The committed JSON Schema of the form.
pub const SCHEMA_DOCUMENT: &str = include_str!("slo.schema.json");

/// How the series of a history stand.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[schemars(title = "Rehearsal SLO report")]
pub struct SloReport {
    schema: Form,
    /// When it was asked.
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub at: Timestamp,
    /// The age from which on a last run says nothing about now, in seconds.
    pub stale_after_s: u64,
    /// The worst state of all; `no_data` without a series.
    pub state: State,
    /// How the process ended.
    pub exit_code: u8,
    /// Each series, never pooled.
    pub series: Vec<Standing>,
}

impl SloReport {
    /// The report of these series.
    pub fn new(at: Timestamp, stale_after_s: u64, series: Vec<Standing>) -> Self {
        let state = series.iter().map(|standing| standing.state).max().unwrap_or(State::NoData);
        Self { schema: Form, at, stale_after_s, state, exit_code: state.exit().code(), series }
    }

    /// As JSON.
    pub fn json(&self) -> String {
        pretty(self)
    }
}

/// Generates the JSON Schema of the form as this version writes it.
pub fn generate_schema() -> String {
    let settings = SchemaSettings::draft2020_12().for_serialize();
    pretty(&settings.into_generator().into_root_schema_for::<SloReport>())
}

/// The tag that opens the form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Form;

impl Serialize for Form {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(FORM)
    }
}

impl JsonSchema for Form {
    fn schema_name() -> Cow<'static, str> {
        "Form".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> schemars::Schema {
        json_schema!({ "const": FORM, "description": "The name and version of this form." })
    }
}
