//! The log of every exchange, written beside the run by a thread of its own.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::thread;
use std::time::Duration;

use crate::engine::load::Witness;
use crate::exit::Abort;
use crate::recorder::Callback;
use crate::redact::Redactor;
use crate::report::events::{Event, EventFormat};
use crate::report::model::{Advisory, Phases};
use crate::scenario::Plan;
use crate::transport::Exchange;

/// How many exchanges may wait to be written: some megabytes. What comes on top is lost, and counted.
const WAITING: usize = 4096;

/// A log that never makes the run wait: an exchange for which there is no room is counted and left out.
pub(super) struct EventLog {
    path: PathBuf,
    plan: Plan,
    sender: SyncSender<Event>,
    lost: AtomicU64,
    writer: thread::JoinHandle<io::Result<u64>>,
}

impl EventLog {
    /// Begins a log of what `plan` brings, in a new file or from the start of one that is there.
    ///
    /// # Errors
    /// When the file's ending names no form, or it can't be written.
    pub(super) fn create(path: &Path, plan: &Plan, redactor: Redactor) -> Result<Self, Abort> {
        let format = EventFormat::of(path).ok_or_else(|| {
            Abort::usage(format!("--events {}: the ending names no form", path.display()))
                .remedy("give a file that ends in .jsonl for JSON lines, or in .csv")
        })?;
        let file = File::create(path).map_err(|error| {
            Abort::unavailable(format!("--events: {} can't be written: {error}", path.display()))
        })?;
        Ok(Self::begin(path, plan, file, format, redactor))
    }

    fn begin(
        path: &Path,
        plan: &Plan,
        out: impl Write + Send + 'static,
        format: EventFormat,
        redactor: Redactor,
    ) -> Self {
        let (sender, receiver) = sync_channel(WAITING);
        let writer = thread::spawn(move || write(out, format, &receiver, &redactor));
        Self { path: path.to_owned(), plan: plan.clone(), sender, lost: AtomicU64::new(0), writer }
    }

    /// Notes every try of a callback.
    pub(super) fn note(&self, callback: &Callback) {
        for one in callback.tries() {
            match self.sender.try_send(event(one, &self.plan)) {
                Ok(()) => {}
                Err(TrySendError::Full(_) | TrySendError::Disconnected(_)) => {
                    self.lost.fetch_add(1, Ordering::Relaxed);
                }
            }
        }
    }

    /// Writes what waits and closes the file; what is missing in it is worth knowing.
    pub(super) fn close(self) -> Option<Advisory> {
        let lost = self.lost.into_inner();
        drop(self.sender);
        let path = self.path.display();
        let (detail, count) = match self.writer.join() {
            Ok(Ok(_)) if lost == 0 => return None,
            Ok(Ok(written)) => (
                format!(
                    "{path} holds {written} exchanges and misses {lost}, which came faster than it was written"
                ),
                lost,
            ),
            Ok(Err(error)) => (format!("{path} breaks off: {error}"), lost.max(1)),
            Err(_) => (format!("{path} breaks off: its writer failed"), lost.max(1)),
        };
        Some(Advisory { code: "events.incomplete".to_owned(), detail, count })
    }
}

impl Witness for EventLog {
    fn ended(&self, callback: &Callback) {
        self.note(callback);
    }
}

/// Writes until the run lets go of the channel, and says how many exchanges it wrote.
fn write(
    out: impl Write,
    format: EventFormat,
    events: &Receiver<Event>,
    redactor: &Redactor,
) -> io::Result<u64> {
    let mut out = BufWriter::new(out);
    out.write_all(format.head().as_bytes())?;
    let mut written = 0;
    for mut event in events {
        event.request = redactor.redact_text(&event.request);
        event.detail = event.detail.map(|detail| redactor.redact_text(&detail));
        out.write_all(format.line(&event).as_bytes())?;
        written += 1;
    }
    out.flush().map(|()| written)
}

fn event(callback: &Callback, plan: &Plan) -> Event {
    let place = callback.place;
    let scenario = &plan.scenarios[place.scenario];
    let step = &scenario.steps[place.step];
    let exchange = callback.exchange.as_deref();
    Event {
        at: callback.at,
        journey: callback.slot.journey,
        scenario: scenario.name.clone(),
        step: step.name.clone(),
        event: step.callbacks[place.callback].event.name().to_owned(),
        tenant: callback.tenant.to_string(),
        request: callback.asked.to_string(),
        code: callback.code.to_string(),
        verdict: callback.verdict,
        status: callback.outcome.status(),
        phase: callback.outcome.phase(),
        address: exchange.and_then(|exchange| Some(exchange.peer.as_ref()?.address.to_string())),
        reused_connection: exchange.is_some_and(|exchange| exchange.reused),
        response_us: micros(callback.response_time.unwrap_or_default()),
        service_us: callback.service_time().map(micros),
        phases_us: exchange.map(|exchange| Phases::from(&exchange.phases)).unwrap_or_default(),
        detail: exchange.and_then(Exchange::failure).map(|failure| failure.detail.clone()),
    }
}

fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::mpsc::{Sender, channel};

    use jiff::Timestamp;

    use super::*;
    use crate::codes::Code;
    use crate::outcome::Outcome;
    use crate::recorder::{Asked, ControlAnswer, Place, Slot};
    use crate::scenario::{Platform, Setting};
    use crate::verdict::Verdict;

    /// A disk that takes nothing until it is let go.
    struct Stuck(Receiver<()>);

    impl Write for Stuck {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let _ = self.0.recv();
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn plan() -> Plan {
        let setting =
            Setting { product: Default::default(), platform: Platform::Connect, protected_path: None };
        crate::app::scenario::plan(&["initial-install".to_owned()], &setting).expect("a built-in scenario")
    }

    fn callback(journey: u64) -> Callback {
        Callback {
            place: Place::default(),
            slot: Slot { journey, sequence: 0 },
            tenant: "rehearsal-000000000000-0".into(),
            site: "https://rehearsal-000000000000-0.atlassian.net".into(),
            at: Timestamp::UNIX_EPOCH,
            outcome: Outcome::Responded { status: 204 },
            code: Code::Status(204),
            verdict: Some(Verdict::Good),
            control: ControlAnswer::default(),
            lag: None,
            response_time: Some(Duration::from_millis(5)),
            exchange: None,
            asked: Asked { method: "POST", url: Arc::new("http://app/installed".parse().expect("a URL")) },
            checks: Vec::new(),
            earlier: Vec::new(),
        }
    }

    #[test]
    fn a_slow_disk_loses_events_and_never_holds_the_run_back() {
        let (release, gate): (Sender<()>, _) = channel();
        let (path, sent) = (Path::new("events.csv"), 2 * WAITING as u64);
        let log = EventLog::begin(path, &plan(), Stuck(gate), EventFormat::Csv, Redactor::default());
        for journey in 0..sent {
            log.note(&callback(journey));
        }
        drop(release);
        let advisory = log.close().expect("something is missing");
        assert_eq!(advisory.code, "events.incomplete");
        assert!(advisory.count > 0 && advisory.count <= sent - WAITING as u64, "{}", advisory.count);
        let written = sent - advisory.count;
        assert!(advisory.detail.contains(&format!("holds {written} exchanges")), "{}", advisory.detail);
    }

    #[test]
    fn a_name_that_tells_no_form_is_refused() {
        let Err(abort) = EventLog::create(Path::new("events.txt"), &plan(), Redactor::default()) else {
            panic!("no form")
        };
        assert!(abort.to_string().contains(".jsonl"), "{abort}");
    }
}
