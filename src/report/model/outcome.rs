//! What happened: rows of codes with their examples, and advisories.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Evidence, schema::UtcTime};
use crate::codes::{Family, Owner};
use crate::outcome::Phase;
use crate::verdict::Verdict;

/// All callbacks that had the same code and verdict.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct OutcomeRow {
    /// The code, e.g. `status.204` or `dns.nxdomain`.
    pub code: String,
    /// Its kind.
    pub family: Family,
    /// Who has to act.
    pub owner: Owner,
    /// What it counts as.
    pub verdict: Verdict,
    /// The HTTP status, when a response arrived.
    pub status: Option<u16>,
    /// Where the first of them failed.
    pub phase: Option<Phase>,
    /// How many.
    pub count: u64,
    /// When the first ended.
    #[schemars(with = "UtcTime")]
    pub first_seen: Timestamp,
    /// When the last ended.
    #[schemars(with = "UtcTime")]
    pub last_seen: Timestamp,
    /// The first few, with all that is known.
    pub examples: Vec<Evidence>,
}

/// Something that does not change the verdict and should be known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Advisory {
    /// The code, e.g. `tls.certificate_expires_soon`.
    pub code: String,
    /// What was seen and what to do, in a sentence.
    pub detail: String,
    /// How often.
    pub count: u64,
}
