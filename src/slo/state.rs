//! The states of an app, as the Cloud Fortified programme would see it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::exit::Exit;

/// How an app stands. The order is that of weight, for the worst of several.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Both windows are well.
    Ok,
    /// The 24-hour tripwire fired: less than 99.9 % over the past 24 hours.
    AtRisk,
    /// Nothing was counted, or the last run is too old to say anything.
    NoData,
    /// The objective is missed: less than 99 % over 28 days.
    Breach,
}

impl State {
    /// The name used in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::AtRisk => "at_risk",
            Self::NoData => "no_data",
            Self::Breach => "breach",
        }
    }

    /// How a command that asks for it ends.
    pub const fn exit(self) -> Exit {
        match self {
            Self::Ok => Exit::Ok,
            Self::AtRisk => Exit::AtRisk,
            Self::NoData => Exit::NoData,
            Self::Breach => Exit::Breach,
        }
    }
}
