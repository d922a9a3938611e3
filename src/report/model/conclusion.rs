//! What follows from a run, and how far the measurement can be trusted.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use crate::conclusion::Status;

/// What follows from a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Conclusion {
    /// The verdict.
    pub status: Status,
    /// The figure it rests on.
    pub basis: Basis,
    /// What it claims.
    pub claim: Claim,
    /// How the process ended.
    pub exit_code: u8,
    /// Why, the weightiest first; each a sentence.
    pub reasons: Vec<String>,
}

/// The figure a verdict rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Basis {
    /// The success rate.
    Sli,
    /// Reachability: an upper bound of the success rate.
    Reachability,
}

/// What a verdict claims.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Claim {
    /// Every scenario passed; nothing about a rate.
    Contract,
    /// The rate itself, through the gate.
    Rate,
}

/// Whether the measurement itself was sound.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Measurement {
    /// How sound.
    pub validity: Validity,
    /// Why not wholly; each a sentence.
    pub reasons: Vec<String>,
}

/// How sound a measurement was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Validity {
    /// Nothing speaks against it.
    Valid,
    /// Read with care.
    Suspect,
    /// It proves nothing.
    Invalid,
}
