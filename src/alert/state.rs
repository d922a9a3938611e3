//! How an app stands over its windows.

use serde::{Deserialize, Serialize};

/// How an app stands, in ascending gravity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Both windows are where they should be.
    Ok,
    /// Nothing is known.
    NoData,
    /// The 24-hour tripwire fired.
    AtRisk,
    /// The 28-day objective is missed.
    Breach,
}

impl State {
    /// Every state, in ascending gravity.
    pub const ALL: [Self; 4] = [Self::Ok, Self::NoData, Self::AtRisk, Self::Breach];

    /// The name that people read.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ok => "OK",
            Self::NoData => "NO DATA",
            Self::AtRisk => "AT RISK",
            Self::Breach => "BREACH",
        }
    }

    /// The name that programs read.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::NoData => "no_data",
            Self::AtRisk => "at_risk",
            Self::Breach => "breach",
        }
    }
}
