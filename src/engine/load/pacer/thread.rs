//! A thread that sleeps in the runtime's stead, where there is no better timer.

use std::io;
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::Instant;

use tokio::sync::Notify;

/// A thread that sleeps until the moment it was last told, and ends with its owner.
#[derive(Debug)]
pub(super) struct ThreadAlarm {
    moments: mpsc::Sender<Instant>,
    rings: Arc<Notify>,
}

impl ThreadAlarm {
    pub(super) fn new() -> io::Result<Self> {
        let (moments, told) = mpsc::channel();
        let rings = Arc::new(Notify::new());
        let bell = Arc::clone(&rings);
        thread::Builder::new().name("pacer".to_owned()).spawn(move || ring(&told, &bell))?;
        Ok(Self { moments, rings })
    }

    pub(super) async fn ring_at(&self, due: Instant) -> io::Result<()> {
        self.moments.send(due).map_err(|_| io::Error::other("the pacer's thread has ended"))?;
        // It may still ring for a moment that nobody waits for any more.
        while Instant::now() < due {
            self.rings.notified().await;
        }
        Ok(())
    }
}

fn ring(told: &mpsc::Receiver<Instant>, bell: &Notify) {
    let Ok(mut due) = told.recv() else { return };
    loop {
        match told.recv_timeout(due.saturating_duration_since(Instant::now())) {
            Ok(next) => due = next,
            Err(mpsc::RecvTimeoutError::Disconnected) => return,
            Err(mpsc::RecvTimeoutError::Timeout) => {
                bell.notify_one();
                match told.recv() {
                    Ok(next) => due = next,
                    Err(mpsc::RecvError) => return,
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[tokio::test]
    async fn it_rings_at_the_last_moment_it_was_told() {
        let alarm = ThreadAlarm::new().expect("a thread");
        let start = Instant::now();
        let given_up = alarm.ring_at(start + Duration::from_secs(60));
        assert!(tokio::time::timeout(Duration::from_millis(2), given_up).await.is_err());
        for millis in [20, 10, 30] {
            let due = start + Duration::from_millis(millis);
            alarm.ring_at(due).await.expect("a thread");
            assert!(Instant::now() >= due);
        }
        assert!(start.elapsed() < Duration::from_secs(30));
    }
}
