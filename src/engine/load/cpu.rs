//! The processor time of a thread.

use std::time::Duration;

/// What the calling thread has used so far.
#[cfg(unix)]
pub(super) fn of_this_thread() -> Duration {
    let used = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    Duration::new(used.tv_sec.unsigned_abs(), used.tv_nsec as u32)
}

/// Not known here.
#[cfg(not(unix))]
pub(super) fn of_this_thread() -> Duration {
    Duration::ZERO
}
