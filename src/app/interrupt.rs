//! Ctrl-C and termination signals: the first asks a run to end well, the second to end now.

use tokio::sync::watch;

use crate::exit::Abort;

/// How urgently the person wants the run to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Urgency {
    /// Not at all.
    None,
    /// Send nothing more, clean up, report what there is.
    Soon,
    /// Leave the cleaning up as well.
    Now,
}

/// Watches for signals for as long as it lives.
#[derive(Debug, Clone)]
pub(super) struct Interrupt {
    urgency: watch::Receiver<Urgency>,
}

impl Interrupt {
    /// Starts to watch; needs a running runtime.
    ///
    /// # Errors
    /// When the operating system lets us install no handler.
    pub(super) fn watch() -> Result<Self, Abort> {
        let (sender, urgency) = watch::channel(Urgency::None);
        let mut signals =
            signals().map_err(|error| Abort::unavailable(format!("signals can't be watched: {error}")))?;
        tokio::spawn(async move {
            for urgency in [Urgency::Soon, Urgency::Now] {
                signals.next().await;
                if sender.send(urgency).is_err() {
                    return;
                }
            }
            sender.closed().await;
        });
        Ok(Self { urgency })
    }

    /// How urgent it is at this moment.
    pub(super) fn urgency(&self) -> Urgency {
        *self.urgency.borrow()
    }

    /// Waits until it is at least this urgent.
    pub(super) async fn reached(&mut self, urgency: Urgency) {
        if self.urgency.wait_for(|now| *now >= urgency).await.is_err() {
            std::future::pending::<()>().await;
        }
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
