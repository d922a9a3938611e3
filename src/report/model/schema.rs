//! The version tag that opens a report, and reading a report back.

use std::borrow::Cow;

use schemars::{JsonSchema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::Report;

/// The name and version of the report's form.
pub const SCHEMA: &str = "rehearsal.report/1";

/// The tag `rehearsal.report/1`: a value of this type was written by a version we understand.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Schema;

impl Serialize for Schema {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(SCHEMA)
    }
}

impl<'de> Deserialize<'de> for Schema {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let tag = Cow::<str>::deserialize(deserializer)?;
        if tag == SCHEMA {
            Ok(Self)
        } else {
            Err(de::Error::invalid_value(de::Unexpected::Str(&tag), &SCHEMA))
        }
    }
}

impl JsonSchema for Schema {
    fn schema_name() -> Cow<'static, str> {
        "Schema".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> schemars::Schema {
        json_schema!({ "const": SCHEMA })
    }
}

/// Says in the schema what a timestamp looks like.
pub(super) struct UtcTime;

impl JsonSchema for UtcTime {
    fn schema_name() -> Cow<'static, str> {
        "UtcTime".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> schemars::Schema {
        json_schema!({
            "type": "string",
            "format": "date-time",
            "pattern": "Z$",
            "description": "A moment in UTC, RFC 3339.",
        })
    }
}

/// Why a text is no report that this version can read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// A later version of this program wrote it.
    #[error(
        "the report has the form `rehearsal.report/{major}`; this version of rehearsal reads up to `{SCHEMA}`"
    )]
    Newer {
        /// The major version it states.
        major: u32,
    },
    /// It is JSON, but no report.
    #[error("this is no report: its `schema` is not `{SCHEMA}`")]
    NotAReport,
    /// It is a report with a mistake, or no JSON at all.
    #[error("{place}: {problem}")]
    Malformed {
        /// Where in the report, e.g. `at run.started_at`.
        place: String,
        /// What is wrong there, with line and column.
        problem: String,
    },
}

impl Report {
    /// Reads a report back.
    ///
    /// Fields that this version does not know are ignored: minor additions don't change the form.
    ///
    /// # Errors
    /// When the text is no report, has a mistake, or was written in a later form.
    pub fn from_json(text: &str) -> Result<Self, ReadError> {
        check_version(text)?;
        parse(text)
    }
}

/// The opening of any version of a report.
#[derive(Deserialize)]
struct Opening {
    schema: Option<String>,
}

fn check_version(text: &str) -> Result<(), ReadError> {
    let opening: Opening = parse(text)?;
    let Some(schema) = opening.schema else { return Err(ReadError::NotAReport) };
    if schema == SCHEMA {
        return Ok(());
    }
    match schema.strip_prefix("rehearsal.report/").and_then(|major| major.parse().ok()) {
        Some(major @ 2..) => Err(ReadError::Newer { major }),
        Some(_) | None => Err(ReadError::NotAReport),
    }
}

fn parse<'de, T: Deserialize<'de>>(text: &'de str) -> Result<T, ReadError> {
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let value = serde_path_to_error::deserialize(&mut deserializer).map_err(|error| {
        ReadError::Malformed { place: place(error.path()), problem: error.inner().to_string() }
    })?;
    deserializer.end().map_err(|error| ReadError::Malformed {
        place: "after the report".to_owned(),
        problem: error.to_string(),
    })?;
    Ok(value)
}

fn place(path: &serde_path_to_error::Path) -> String {
    match path.iter().next() {
        Some(_) => format!("at {path}"),
        None => "in the report".to_owned(),
    }
}
