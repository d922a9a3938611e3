//! A request to stop, passed from whoever decides to whoever runs.

use tokio::sync::watch;

/// The end that asks for a stop.
#[derive(Debug)]
pub struct StopSwitch(watch::Sender<bool>);

/// The end that heeds it.
#[derive(Debug, Clone)]
pub struct Stop(watch::Receiver<bool>);

impl StopSwitch {
    /// A switch and the stop it asks for.
    pub fn new() -> (Self, Stop) {
        let (sender, receiver) = watch::channel(false);
        (Self(sender), Stop(receiver))
    }

    /// Asks for the stop; asking again changes nothing.
    pub fn pull(&self) {
        self.0.send_replace(true);
    }
}

impl Stop {
    /// Whether the stop was asked for.
    pub fn requested(&self) -> bool {
        *self.0.borrow()
    }

    /// Waits until the stop is asked for; forever when it never can be.
    pub async fn wait(&self) {
        if self.0.clone().wait_for(|requested| *requested).await.is_err() {
            std::future::pending::<()>().await;
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
        assert!(!stop.requested());
        switch.pull();
        stop.wait().await;
        other.wait().await;
        drop(switch);
        assert!(other.requested());
    }
}
