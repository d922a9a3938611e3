//! The three clocks of an exchange.

use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};

use tokio::time::{Sleep, sleep_until};

use super::Deadlines;
use super::record::Record;
use crate::outcome::Clock;

/// The three clocks of one exchange after another on one alarm, which is set again only when it went off too
/// early: setting one for each exchange costs more than one that goes off for nothing now and then.
#[derive(Debug)]
pub(super) struct Timer {
    deadlines: Deadlines,
    total_at: Instant,
    /// Made when it is first needed.
    alarm: Option<Alarm>,
}

/// Wakes whoever waits.
#[derive(Debug)]
struct Alarm {
    sleep: Pin<Box<Sleep>>,
    at: Instant,
}

/// Which clocks run besides the total one.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Running<'a> {
    /// The connect clock, and since when.
    pub(super) connect_since: Option<Instant>,
    /// The idle clock of this connection.
    pub(super) idle_on: Option<&'a Record>,
}

impl Running<'_> {
    /// The connect clock alone.
    pub(super) fn connecting(since: Instant) -> Self {
        Self { connect_since: Some(since), idle_on: None }
    }
}

impl Timer {
    /// Starts the total clock at `dispatched`.
    pub(super) fn new(deadlines: Deadlines, dispatched: Instant) -> Self {
        Self { deadlines, total_at: after(dispatched, deadlines.total), alarm: None }
    }

    /// Starts the total clock anew, for another exchange.
    pub(super) fn restart(&mut self, dispatched: Instant) {
        self.total_at = after(dispatched, self.deadlines.total);
    }

    /// Runs `future` to its end, or until a clock runs out.
    pub(super) async fn limit<F: Future>(
        &mut self,
        running: Running<'_>,
        mut future: Pin<&mut F>,
    ) -> Result<F::Output, Clock> {
        poll_fn(|cx| match future.as_mut().poll(cx) {
            Poll::Ready(output) => Poll::Ready(Ok(output)),
            Poll::Pending => self.poll(running, cx).map(Err),
        })
        .await
    }

    /// Ready with the clock that ran out. The time is read anew at every poll, because tokio's timer
    /// never fires in a task that other work keeps busy.
    fn poll(&mut self, running: Running<'_>, cx: &mut Context<'_>) -> Poll<Clock> {
        loop {
            let (at, clock) = self.next(running);
            if Instant::now() >= at {
                return Poll::Ready(clock);
            }
            let alarm =
                self.alarm.get_or_insert_with(|| Alarm { sleep: Box::pin(sleep_until(at.into())), at });
            if at < alarm.at || alarm.sleep.is_elapsed() {
                alarm.sleep.as_mut().reset(at.into());
                alarm.at = at;
            }
            ready!(alarm.sleep.as_mut().poll(cx));
        }
    }

    /// The clock that runs out first, the narrower one of two at the same moment.
    fn next(&self, running: Running<'_>) -> (Instant, Clock) {
        let connect =
            running.connect_since.map(|since| (after(since, self.deadlines.connect), Clock::Connect));
        let idle =
            running.idle_on.map(|record| (after(record.notes().moved, self.deadlines.idle), Clock::Idle));
        [connect, idle, Some((self.total_at, Clock::Total))]
            .into_iter()
            .flatten()
            .min_by_key(|(at, _)| *at)
            .expect("the total clock always runs")
    }
}

/// The moment `deadline` after `start`. A deadline that no clock can count is one that never comes.
fn after(start: Instant, deadline: Duration) -> Instant {
    const NEVER: Duration = Duration::from_secs(30 * 365 * 24 * 3600);
    start + deadline.min(NEVER)
}

#[cfg(test)]
mod tests {
    use std::future::pending;

    use std::pin::pin;

    use super::*;

    fn timer(connect: u64, idle: u64, total: u64) -> Timer {
        let millis = Duration::from_millis;
        Timer::new(
            Deadlines { connect: millis(connect), idle: millis(idle), total: millis(total) },
            Instant::now(),
        )
    }

    #[tokio::test]
    async fn the_first_clock_to_run_out_is_named() {
        let record = Record::new();
        let all = Running { connect_since: Some(Instant::now()), idle_on: Some(&record) };
        assert_eq!(timer(20, 500, 500).limit(all, pin!(pending::<()>())).await, Err(Clock::Connect));
        assert_eq!(timer(500, 20, 500).limit(all, pin!(pending::<()>())).await, Err(Clock::Idle));
        assert_eq!(timer(500, 500, 20).limit(all, pin!(pending::<()>())).await, Err(Clock::Total));
        assert_eq!(timer(1, 1, 20).limit(Running::default(), pin!(pending::<()>())).await, Err(Clock::Total));
        assert_eq!(timer(20, 20, 20).limit(all, pin!(async { 7 })).await, Ok(7));
    }

    #[tokio::test]
    async fn a_deadline_beyond_all_time_never_comes() {
        let timer = Deadlines { connect: Duration::MAX, idle: Duration::MAX, total: Duration::MAX };
        let mut timer = Timer::new(timer, Instant::now());
        let running = Running::connecting(Instant::now());
        assert_eq!(timer.limit(running, pin!(tokio::time::sleep(Duration::from_millis(5)))).await, Ok(()));
    }

    #[tokio::test]
    async fn the_idle_clock_starts_again_whenever_bytes_move() {
        let record = Record::new();
        let mut timer = timer(500, 60, 500);
        let started = Instant::now();
        let trickle = async {
            for _ in 0..5 {
                tokio::time::sleep(Duration::from_millis(30)).await;
                record.notes().moved = Instant::now();
            }
            pending::<()>().await;
        };
        let running = Running { connect_since: None, idle_on: Some(&record) };
        assert_eq!(timer.limit(running, pin!(trickle)).await, Err(Clock::Idle));
        assert!(started.elapsed() >= Duration::from_millis(200), "{:?}", started.elapsed());
    }

    #[tokio::test]
    async fn work_that_never_rests_does_not_hold_the_clock_back() {
        let busy = async {
            loop {
                tokio::task::consume_budget().await;
            }
        };
        let started = Instant::now();
        assert_eq!(
            timer(500, 500, 50).limit(Running::default(), pin!(busy)).await,
            Err::<(), _>(Clock::Total)
        );
        assert!(started.elapsed() < Duration::from_millis(300));
    }
}
