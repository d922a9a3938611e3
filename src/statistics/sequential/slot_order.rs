//! Outcomes brought into the order of their slots.
//!
//! Fast successes come back before slow timeouts: a test fed as answers arrive sees goods first and
//! ships apps that it should not. Deciding after probe k needs every slot up to k.

use std::collections::VecDeque;

/// Holds back what came early until everything before it has come.
///
/// Each slot from 0 up is filled exactly once; a slot that yields nothing to count (excluded, cancelled)
/// is filled too, with a value that says so. At most `capacity` slots are held.
#[derive(Debug, Clone)]
pub struct SlotOrder<T> {
    next: u64,
    waiting: VecDeque<Option<T>>,
    capacity: usize,
}

/// Why a slot could not be filled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SlotError {
    /// The slot has an outcome already.
    #[error("slot {0} has its outcome already")]
    Filled(u64),
    /// More slots than the buffer holds lie between this one and the oldest that is still open.
    #[error("slot {slot} is too far ahead of slot {oldest_open}, which is still open")]
    TooFarAhead {
        /// The slot that came.
        slot: u64,
        /// The oldest slot without an outcome.
        oldest_open: u64,
    },
}

impl<T> SlotOrder<T> {
    /// Holds at most `capacity` slots, at least one; as many as may be in flight are enough.
    pub fn new(capacity: usize) -> Self {
        Self { next: 0, waiting: VecDeque::new(), capacity: capacity.max(1) }
    }

    /// Fills a slot.
    ///
    /// # Errors
    /// When it is filled already, or too far ahead to be held. Nothing has changed then.
    pub fn fill(&mut self, slot: u64, outcome: T) -> Result<(), SlotError> {
        let ahead = slot.checked_sub(self.next).ok_or(SlotError::Filled(slot))?;
        let too_far = || SlotError::TooFarAhead { slot, oldest_open: self.oldest_open() };
        let index = usize::try_from(ahead).ok().filter(|index| *index < self.capacity).ok_or_else(too_far)?;
        if index >= self.waiting.len() {
            self.waiting.resize_with(index + 1, || None);
        }
        let place = &mut self.waiting[index];
        if place.is_some() {
            return Err(SlotError::Filled(slot));
        }
        *place = Some(outcome);
        Ok(())
    }

    /// The next outcome in slot order, once every slot before it has been given out.
    pub fn pop(&mut self) -> Option<T> {
        let outcome = self.waiting.front_mut()?.take()?;
        self.waiting.pop_front();
        self.next += 1;
        Some(outcome)
    }

    /// The oldest slot without an outcome: what a decision waits for.
    pub fn oldest_open(&self) -> u64 {
        let filled = self.waiting.iter().take_while(|outcome| outcome.is_some()).count();
        self.next + filled as u64
    }

    /// How many outcomes are held back.
    pub fn held(&self) -> usize {
        self.waiting.iter().flatten().count()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn an_early_slot_waits_for_those_before_it() {
        let mut order = SlotOrder::new(4);
        order.fill(1, 'b').expect("free");
        assert_eq!((order.pop(), order.held(), order.oldest_open()), (None, 1, 0));
        order.fill(0, 'a').expect("free");
        assert_eq!((order.pop(), order.pop(), order.pop()), (Some('a'), Some('b'), None));
        assert_eq!(order.oldest_open(), 2);
    }

    #[test]
    fn a_slot_is_filled_once_and_within_reach() {
        let mut order = SlotOrder::new(2);
        order.fill(0, ()).expect("free");
        assert_eq!(order.fill(0, ()), Err(SlotError::Filled(0)));
        assert_eq!(order.fill(2, ()), Err(SlotError::TooFarAhead { slot: 2, oldest_open: 1 }));
        order.pop();
        assert_eq!(order.fill(0, ()), Err(SlotError::Filled(0)), "given out is filled too");
        assert_eq!(order.fill(2, ()), Ok(()));
        assert!(order.fill(u64::MAX, ()).is_err());
    }

    proptest! {
        #[test]
        fn whatever_the_order_of_arrival_the_slots_come_in_order(
            arrival in Just((0..40_u64).collect::<Vec<_>>()).prop_shuffle(),
        ) {
            let mut order = SlotOrder::new(40);
            let mut given_out = Vec::new();
            for slot in arrival {
                order.fill(slot, slot).expect("free and within reach");
                while let Some(slot) = order.pop() {
                    given_out.push(slot);
                }
            }
            prop_assert_eq!(given_out, (0..40).collect::<Vec<_>>());
        }
    }
}
