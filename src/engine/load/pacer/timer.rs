//! The kernel's own timer.

use std::io;
use std::os::fd::OwnedFd;
use std::time::{Duration, Instant};

use rustix::time::{
    ClockId, Itimerspec, TimerfdClockId, TimerfdFlags, TimerfdTimerFlags, Timespec, clock_gettime,
    timerfd_create, timerfd_settime,
};
use tokio::io::unix::AsyncFd;

/// A timer of the kernel, set to absolute times.
#[derive(Debug)]
pub(super) struct TimerAlarm {
    timer: AsyncFd<OwnedFd>,
    /// The same moment on both clocks: the standard library does not show the kernel's.
    base: (Instant, Duration),
}

impl TimerAlarm {
    #[expect(
        deprecated,
        reason = "its successor is unsafe, for types that may close their descriptor early; an `OwnedFd` never does"
    )]
    pub(super) fn new() -> io::Result<Self> {
        let timer =
            timerfd_create(TimerfdClockId::Monotonic, TimerfdFlags::NONBLOCK | TimerfdFlags::CLOEXEC)?;
        Ok(Self { timer: AsyncFd::new(timer)?, base: same_moment() })
    }

    pub(super) async fn ring_at(&self, due: Instant) -> io::Result<()> {
        let (instant, since_boot) = self.base;
        let at = since_boot + due.saturating_duration_since(instant);
        let at = Timespec { tv_sec: at.as_secs() as i64, tv_nsec: i64::from(at.subsec_nanos()) };
        let never = Timespec { tv_sec: 0, tv_nsec: 0 };
        let spec = Itimerspec { it_interval: never, it_value: at };
        // Setting the timer forgets that it rang before, and so needs no read.
        timerfd_settime(&self.timer, TimerfdTimerFlags::ABSTIME, &spec)?;
        loop {
            self.timer.readable().await?.clear_ready();
            // Readiness may be left over from a ring that nobody waited for any more.
            if Instant::now() >= due {
                return Ok(());
            }
        }
    }
}

/// One moment on both clocks. The instant is read first, so that the timer is never early; when something
/// else ran in between, both are read again.
fn same_moment() -> (Instant, Duration) {
    let read = || {
        let instant = Instant::now();
        let kernel = clock_gettime(ClockId::Monotonic);
        let since_boot = Duration::new(kernel.tv_sec.unsigned_abs(), kernel.tv_nsec as u32);
        (instant.elapsed(), instant, since_boot)
    };
    let (_, instant, since_boot) =
        (0..10).map(|_| read()).min_by_key(|(took, _, _)| *took).expect("ten readings");
    (instant, since_boot)
}
