//! Ctrl-C and termination signals: the first asks a run to end well, the second to end now.

use crate::engine::{Stop, StopSwitch};
use crate::exit::Abort;

/// Heeds signals for as long as the runtime lives.
#[derive(Debug, Clone)]
pub(super) struct Interrupt {
    /// Send nothing more, clean up, report what there is.
    pub(super) soon: Stop,
    /// Leave the cleaning up as well.
    pub(super) now: Stop,
}

impl Interrupt {
    /// Starts to heed signals; needs a running runtime.
    ///
    /// # Errors
    /// When the operating system lets us install no handler.
    pub(super) fn heed() -> Result<Self, Abort> {
        let (first, soon) = StopSwitch::new();
        let (second, now) = StopSwitch::new();
        let mut signals =
            signals().map_err(|error| Abort::unavailable(format!("signals can't be heeded: {error}")))?;
        tokio::spawn(async move {
            for switch in [first, second] {
                signals.next().await;
                switch.pull();
            }
        });
        Ok(Self { soon, now })
    }
}

#[cfg(unix)]
struct Signals {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

#[cfg(unix)]
fn signals() -> std::io::Result<Signals> {
    use tokio::signal::unix::{SignalKind, signal};
    Ok(Signals { interrupt: signal(SignalKind::interrupt())?, terminate: signal(SignalKind::terminate())? })
}

#[cfg(unix)]
impl Signals {
    async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
fn signals() -> std::io::Result<Signals> {
    Ok(Signals)
}

#[cfg(not(unix))]
impl Signals {
    async fn next(&mut self) {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
