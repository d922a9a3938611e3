//! A program that is run for every alert.

use std::process::Stdio;
use std::time::Duration;

use tokio::io::AsyncWriteExt;
use tokio::process::{Child, Command};
use tokio::time::{Instant, timeout_at};

use super::Alert;
use super::retry::Undelivered;

/// How long before the end of its time a program is ended, so that what became of it can be told.
const ENDING: Duration = Duration::from_millis(100);

/// A program with its arguments. It reads the alert as JSON from standard input, and its main parts from
/// the environment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Program {
    /// The program: a path, or a name that is looked for.
    pub program: String,
    /// Its arguments.
    pub arguments: Vec<String>,
}

impl Program {
    /// Runs it. It is not run again within a check, because it may have done half its work.
    ///
    /// # Errors
    /// When it can't be run, fails, or has not ended by `until`: then it is killed with all it started.
    pub(super) async fn send(&self, alert: &Alert, until: Instant) -> Result<(), Undelivered> {
        let failed = |what: String| Undelivered::lasting(format!("{} {what}", self.program));
        let json =
            serde_json::to_vec(alert).map_err(|error| failed(format!("has nothing to read: {error}")))?;
        let mut child = self.start(alert).map_err(|error| failed(format!("can't be run: {error}")))?;
        let input = child.stdin.take();
        let ended = async {
            if let Some(mut input) = input {
                // A program that reads nothing is none the worse.
                let _ = input.write_all(&json).await;
            }
            child.wait().await
        };
        match timeout_at(until - ENDING, ended).await {
            Ok(Ok(status)) if status.success() => Ok(()),
            Ok(Ok(status)) => Err(failed(format!("ended with {status}"))),
            Ok(Err(error)) => Err(failed(format!("can't be waited for: {error}"))),
            Err(_) => {
                kill(&mut child);
                Err(failed("did not end in time and was killed".to_owned()))
            }
        }
    }

    fn start(&self, alert: &Alert) -> std::io::Result<Child> {
        let mut command = Command::new(&self.program);
        command.args(&self.arguments).stdin(Stdio::piped()).stdout(Stdio::null()).kill_on_drop(true);
        #[cfg(unix)]
        command.process_group(0);
        for (name, value) in [
            ("KEY", alert.key.as_str()),
            ("INCIDENT", &alert.incident),
            ("STATE", alert.state.name()),
            ("BEFORE", alert.before.name()),
            ("APP_KEY", &alert.subject.app_key),
            ("TARGET", &alert.subject.target),
            ("ENVIRONMENT", &alert.subject.environment),
            ("LOCATION", &alert.subject.location),
            ("TITLE", &alert.title()),
            ("BODY", &alert.body()),
        ] {
            command.env(format!("REHEARSAL_ALERT_{name}"), value);
        }
        command.spawn()
    }
}

/// Kills a program and what it started.
fn kill(child: &mut Child) {
    #[cfg(unix)]
    if let Some(group) = child.id().and_then(|id| rustix::process::Pid::from_raw(id.cast_signed())) {
        // It may have ended just now.
        let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
    }
    let _ = child.start_kill();
}
