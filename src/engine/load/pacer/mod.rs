//! Waits for a moment more exactly than the runtime's own timer, which rounds to a millisecond.

#[cfg(any(test, not(target_os = "linux")))]
mod thread;
#[cfg(target_os = "linux")]
mod timer;

use std::time::{Duration, Instant};

#[cfg(not(target_os = "linux"))]
use self::thread::ThreadAlarm as Alarm;
#[cfg(target_os = "linux")]
use self::timer::TimerAlarm as Alarm;

/// Above this rate wake-ups are bundled.
const BUNDLED_ABOVE: f64 = 2_000.0;
/// The shortest time between bundled wake-ups. Each costs as much as sending a callback; a quarter of a
/// millisecond wins most of that back (see the measurements).
const QUANTUM: Duration = Duration::from_micros(250);

/// Wakes its shard when something is due, to some 20 µs.
#[derive(Debug)]
pub(super) struct Pacer {
    alarm: Alarm,
    quantum: Duration,
    woken: Instant,
}

impl Pacer {
    /// A pacer for so many wake-ups a second at most. Needs a running runtime.
    ///
    /// # Errors
    /// When the operating system gives no timer.
    pub(super) fn new(peak_rate: f64) -> std::io::Result<Self> {
        let quantum = if peak_rate > BUNDLED_ABOVE { QUANTUM } else { Duration::ZERO };
        Ok(Self { alarm: Alarm::new()?, quantum, woken: Instant::now() })
    }

    /// Waits until `due`; returns at once when that is over. It can be dropped and called anew.
    pub(super) async fn until(&mut self, due: Instant) -> std::io::Result<()> {
        let due = due.max(self.woken + self.quantum);
        if Instant::now() < due {
            self.alarm.ring_at(due).await?;
        }
        self.woken = Instant::now();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn it_is_never_early_and_rings_again() {
        let mut pacer = Pacer::new(100.0).expect("a timer");
        let start = Instant::now();
        for millis in [3, 1, 5, 9] {
            let due = start + Duration::from_millis(millis);
            pacer.until(due).await.expect("a timer");
            assert!(Instant::now() >= due, "{millis}");
        }
    }

    #[tokio::test]
    async fn a_wait_that_was_given_up_does_not_end_the_next_one() {
        let mut pacer = Pacer::new(100.0).expect("a timer");
        let start = Instant::now();
        let given_up =
            tokio::time::timeout(Duration::from_millis(5), pacer.until(start + Duration::from_millis(20)));
        assert!(given_up.await.is_err());
        tokio::time::sleep(Duration::from_millis(30)).await;
        let due = Instant::now() + Duration::from_millis(10);
        pacer.until(due).await.expect("a timer");
        assert!(Instant::now() >= due);
    }

    #[tokio::test]
    async fn wake_ups_of_a_great_rate_are_bundled() {
        let mut pacer = Pacer::new(20_000.0).expect("a timer");
        let start = Instant::now();
        for index in 1..=10 {
            pacer.until(start + Duration::from_micros(50 * index)).await.expect("a timer");
        }
        assert!(start.elapsed() >= 9 * QUANTUM, "{:?}", start.elapsed());
    }
}
