//! Ctrl-C and termination signals: the first asks a run to end well, the second to end now. A service finishes
//! its pass first.

use crate::conclusion::CutShort;
use crate::engine::{Stop, StopSwitch};
use crate::exit::Abort;

/// Heeds signals for as long as the runtime lives.
#[derive(Debug, Clone)]
pub(super) struct Interrupt {
    /// Begin nothing new, and finish what is under way.
    pub(super) last: Stop,
    /// Send nothing more, clean up, report what there is.
    pub(super) soon: Stop,
    /// Leave the cleaning up as well.
    pub(super) now: Stop,
}

impl Interrupt {
    /// Starts to heed signals: the first asks to send nothing more, the second to leave the cleaning up. Needs
    /// a running runtime.
    ///
    /// # Errors
    /// When the operating system lets us install no handler.
    pub(super) fn heed() -> Result<Self, Abort> {
        let ((finish, last), (first, soon), (second, now)) =
            (StopSwitch::new(), StopSwitch::new(), StopSwitch::new());
        heed([vec![finish, first], vec![second]])?;
        Ok(Self { last, soon, now })
    }

    /// As [`heed`](Self::heed), with a signal before the others that asks to finish what is under way.
    ///
    /// # Errors
    /// When the operating system lets us install no handler.
    pub(super) fn heed_patiently() -> Result<Self, Abort> {
        let ((first, last), (second, soon), (third, now)) =
            (StopSwitch::new(), StopSwitch::new(), StopSwitch::new());
        heed([vec![first], vec![second], vec![third]])?;
        Ok(Self { last, soon, now })
    }

    /// Why a run has ended before it was done, if it has: because of what failed, or because of a signal.
    pub(super) fn cut_short(&self, failed: Option<Abort>) -> Option<CutShort> {
        match failed {
            Some(Abort { problem, remedy, .. }) => Some(CutShort::Unnoted(
                [Some(problem), remedy].into_iter().flatten().collect::<Vec<_>>().join("; "),
            )),
            None => self.soon.requested().then_some(CutShort::Interrupted),
        }
    }
}

/// Pulls the switches of each step when one more signal comes.
fn heed<const STEPS: usize>(steps: [Vec<StopSwitch>; STEPS]) -> Result<(), Abort> {
    let mut signals =
        signals().map_err(|error| Abort::unavailable(format!("signals can't be heeded: {error}")))?;
    tokio::spawn(async move {
        for switches in steps {
            signals.next().await;
            switches.iter().for_each(StopSwitch::pull);
        }
    });
    Ok(())
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
