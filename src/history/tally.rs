//! Sums over an interval of time.

use crate::verdict::Verdict;

/// Counted callbacks of an interval that were alike.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct TallyRow {
    /// What happened in the product, e.g. `initial-install`.
    pub event_type: String,
    /// The tenant.
    pub client_key: String,
    /// The tenant's site.
    pub site: String,
    /// The code of what was seen.
    pub code: String,
    /// What it counts as.
    pub verdict: Verdict,
    /// How many they are.
    pub count: u64,
}

/// Answers of the health path in an interval that were alike.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct HealthRow {
    /// The code of what was seen.
    pub code: String,
    /// What it counts as.
    pub verdict: Verdict,
    /// How many they are.
    pub count: u64,
}
