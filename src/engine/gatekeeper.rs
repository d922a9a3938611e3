//! Feeds a gate from journeys that end in any order: it sees them in the order in which they were begun.

use crate::recorder::Callback;
use crate::statistics::gate::{Gate, GatePlan, Progress};
use crate::statistics::sequential::SlotOrder;
use crate::verdict::Verdict;

/// A gate, and the outcomes that still wait for journeys begun before theirs.
#[derive(Debug)]
pub(super) struct Gatekeeper {
    gate: Gate,
    waiting: SlotOrder<Vec<bool>>,
}

impl Gatekeeper {
    /// A gate that has seen nothing.
    pub(super) fn new(plan: GatePlan) -> Self {
        let most = usize::try_from(plan.max_probes()).unwrap_or(usize::MAX);
        // No more journeys than probes are ever begun, so none is too far ahead of the oldest open one.
        Self { gate: plan.start(), waiting: SlotOrder::new(most.saturating_add(1)) }
    }

    /// Takes the events of a journey that has ended; those that count neither way are passed over.
    pub(super) fn journey_ended(&mut self, journey: u64, outcomes: Vec<bool>) {
        self.waiting.fill(journey, outcomes).expect("each journey ends once, and few are begun at a time");
        while let Some(outcomes) = self.waiting.pop() {
            for good in outcomes {
                self.gate.observe(good);
            }
        }
    }

    /// Whether further journeys could change anything.
    pub(super) fn is_over(&self) -> bool {
        self.gate.is_over()
    }

    /// How far it is to ship and to block.
    pub(super) fn progress(&self) -> Progress {
        self.gate.progress()
    }

    /// The gate, once the run is over.
    pub(super) fn into_gate(self) -> Gate {
        self.gate
    }
}

/// What a gate makes of a callback; nothing of one that counts neither way.
pub(super) fn outcome(callback: &Callback) -> Option<bool> {
    match callback.verdict {
        Some(Verdict::Good) => Some(true),
        Some(Verdict::Bad) => Some(false),
        Some(Verdict::Reached | Verdict::Excluded | Verdict::Unattributed) | None => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::statistics::gate::Method;
    use crate::statistics::{Confidence, Probability};

    #[test]
    fn journeys_enter_in_the_order_of_their_beginning() {
        let objective = Probability::new(0.99).expect("a probability");
        let plan = GatePlan::new(
            objective,
            GatePlan::usual_alternative(objective),
            Confidence::NINETY_FIVE,
            Method::Sprt,
            100,
        )
        .expect("a plan");
        let mut keeper = Gatekeeper::new(plan);
        keeper.journey_ended(1, vec![true, false]);
        assert_eq!(keeper.gate.counts().n(), 0, "journey 0 is still open");
        keeper.journey_ended(0, vec![true]);
        assert_eq!((keeper.gate.counts().good(), keeper.gate.counts().bad()), (2, 1));
    }
}
