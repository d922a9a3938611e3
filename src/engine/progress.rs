//! How far a run is, for whoever shows it.

use crate::statistics::gate::Progress as GateProgress;
use crate::verdict::Verdict;

/// How far a run is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Progress {
    /// Journeys that came to their end.
    pub journeys: u64,
    /// Journeys to come in all, if that is known.
    pub total: Option<u64>,
    /// Callbacks sent, counted or not.
    pub sent: u64,
    /// Good events.
    pub good: u64,
    /// Bad events.
    pub bad: u64,
    /// Events that count neither way.
    pub other: u64,
    /// How far the gate is from its ends, where there is one.
    pub gate: Option<GateProgress>,
}

impl Progress {
    pub(super) fn count(&mut self, verdict: Option<Verdict>) {
        self.sent += 1;
        match verdict {
            Some(Verdict::Good) => self.good += 1,
            Some(Verdict::Bad) => self.bad += 1,
            Some(Verdict::Reached | Verdict::Excluded | Verdict::Unattributed) => self.other += 1,
            None => {}
        }
    }
}
