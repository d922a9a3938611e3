//! The mark that tells one run's synthetic tenants from another's.

use std::fmt;

use uuid::Uuid;

/// The last twelve hexadecimal digits of a run's id, as they stand in clientKeys and site names.
///
/// These digits are random in UUIDs of version 4 and 7 alike, and leave a clientKey below 36 characters.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct RunTag(String);

impl RunTag {
    /// The tag of the run with this id.
    pub fn of(run: Uuid) -> Self {
        let hex = run.simple().to_string();
        Self(hex[hex.len() - 12..].to_owned())
    }

    /// The digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RunTag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
