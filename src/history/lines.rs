//! A history as lines of JSON, to be carried elsewhere.

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{Exclusion, RunRecord};

/// The version of this form.
pub const FORMAT: &str = "rehearsal.history/1";

/// One line after the first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Line {
    /// A run.
    Run(Box<RunRecord>),
    /// An exclusion.
    Exclusion(Box<Exclusion>),
}

/// The first line, which names the form.
pub fn first_line() -> String {
    format!("{}\n", json!({ "history": FORMAT }))
}

/// Checks that a first line names this form.
///
/// # Errors
/// What it is instead.
pub fn check_first_line(line: &str) -> Result<(), String> {
    let value: serde_json::Value = serde_json::from_str(line).unwrap_or_default();
    match value["history"].as_str() {
        Some(FORMAT) => Ok(()),
        Some(other) => Err(format!("it is of the form {other}, and this version reads {FORMAT}")),
        None => Err("it is no export of a history".to_owned()),
    }
}

impl Line {
    /// The line.
    pub fn to_text(&self) -> String {
        let text = serde_json::to_string(self).expect("records have text keys alone");
        format!("{text}\n")
    }

    /// Reads a line.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(text: &str) -> Result<Self, String> {
        serde_json::from_str(text).map_err(|error| error.to_string())
    }
}
