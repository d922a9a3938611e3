//! A request to stop, passed from whoever decides to whoever runs.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::Notify;

/// The end that asks for a stop.
#[derive(Debug)]
pub struct StopSwitch(Stop);

/// The end that heeds it. Asking it costs next to nothing.
#[derive(Debug, Clone)]
pub struct Stop(Arc<Wish>);

#[derive(Debug, Default)]
struct Wish {
    uttered: AtomicBool,
    told: Notify,
}

impl StopSwitch {
    /// A switch and the stop it asks for.
    pub fn new() -> (Self, Stop) {
        let stop = Stop(Arc::default());
        (Self(stop.clone()), stop)
    }

    /// Asks for the stop; asking again changes nothing.
    pub fn pull(&self) {
        let Stop(wish) = &self.0;
        wish.uttered.store(true, Ordering::Release);
        wish.told.notify_waiters();
    }
}

impl Stop {
    /// Whether the stop was asked for.
    pub fn requested(&self) -> bool {
        self.0.uttered.load(Ordering::Acquire)
    }

    /// Waits until the stop is asked for; forever when it never is.
    pub async fn wait(&self) {
        // Made before the look, so that no asking comes between the two.
        let told = self.0.told.notified();
        if !self.requested() {
            told.await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_stop_is_heard_by_all_and_stays() {
        let (switch, stop) = StopSwitch::new();
        let other = stop.clone();
        let waiting = tokio::spawn({
            let stop = stop.clone();
            async move { stop.wait().await }
        });
        tokio::task::yield_now().await;
        assert!(!stop.requested() && !waiting.is_finished());
        switch.pull();
        waiting.await.expect("it ends");
        stop.wait().await;
        other.wait().await;
        drop(switch);
        assert!(other.requested());
    }
}
