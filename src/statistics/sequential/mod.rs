//! Tests that decide while they go: when each stops, and how often it is right.
//!
//! A test looks at the bad events so far and the number of probes. Since one more good probe never
//! speaks against shipping, and one more bad one never for it, a test is two tables: from which probe on
//! `bad` failures ship, and up to which they block. [`StoppingRule`] is that pair, [`Characteristics`]
//! the exact consequences, [`SlotOrder`] what brings outcomes into the order they must be fed in.

mod characteristics;
mod confidence_sequence;
mod e_process;
mod fixed;
mod slot_order;
mod sprt;

pub use characteristics::{Characteristics, Truncation};
pub use confidence_sequence::{Mixture, confidence_sequence};
pub use e_process::EProcess;
pub use fixed::FixedPlan;
pub use slot_order::{SlotError, SlotOrder};
pub use sprt::{Limits, Sprt};

/// When a test ships and when it blocks, in whole probes.
///
/// Both tables never fall as `bad` grows, and no number of probes is in both.
pub trait StoppingRule {
    /// The probe from which on `bad` failures so far ship; `None` when they never do.
    fn ship_at(&self, bad: u64) -> Option<u64>;

    /// The last probe at which `bad` failures so far block; `None` when they never do.
    fn block_by(&self, bad: u64) -> Option<u64>;

    /// What the test says after `probes` probes, `bad` of them bad.
    fn decide(&self, probes: u64, bad: u64) -> Decision {
        if self.ship_at(bad).is_some_and(|ship_at| probes >= ship_at) {
            Decision::Ship
        } else if self.block_by(bad).is_some_and(|block_by| probes <= block_by) {
            Decision::Block
        } else {
            Decision::Continue
        }
    }
}

/// What a sequential test says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    /// Neither is shown yet: send another probe.
    Continue,
    /// The objective is shown to be met.
    Ship,
    /// The objective is shown to be missed, or the plan's room for failures is used up.
    Block,
}
