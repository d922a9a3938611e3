//! What broke an exchange on a connection that stood: first what the taps saw, then what HTTP says, then
//! how the connection ended. Types are asked, texts never.

use std::io;
use std::net::SocketAddr;

use super::record::{Notes, ReadEnd, Record};
use super::tls::{Seen, Tls};
use super::{errors, os_error};
use crate::codes::FailureCause;

/// A connection that failed, with all that may say why.
pub(super) struct Scene<'a> {
    pub(super) record: &'a Record,
    pub(super) seen: &'a Seen,
    pub(super) tls: &'a Tls,
    pub(super) address: SocketAddr,
    pub(super) head_limit: usize,
}

/// The least that a head with too many headers takes. hyper calls a Content-Length that no number holds too
/// large as well, in a head that is not.
const SMALLEST_LARGE_HEAD: usize = 1024;

/// How far the response had come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Awaited {
    /// Its head was not complete.
    Head,
    /// Its body was not complete.
    Body,
}

impl Scene<'_> {
    /// The cause, and what there is to read about it. `ended` is how the connection ended, where it says
    /// more than the request's own error.
    pub(super) fn cause(
        &self,
        awaited: Awaited,
        error: &hyper::Error,
        ended: Option<&hyper::Error>,
    ) -> (FailureCause, String) {
        if let Some(told) = self.read_failure(awaited) {
            return told;
        }
        for error in [Some(error), ended].into_iter().flatten() {
            if let Some(cause) = self.of_http(awaited, error) {
                return (cause, self.describe(error));
            }
        }
        if let Some(told) = self.write_failure(awaited) {
            return told;
        }
        let closed =
            matches!(self.record.notes().read_end, Some(ReadEnd::Closed | ReadEnd::ClosedWithoutNotify));
        if closed || error.is_incomplete_message() {
            return (closed_cause(awaited), self.describe(error));
        }
        (FailureCause::Unrecognised, self.describe(error))
    }

    fn read_failure(&self, awaited: Awaited) -> Option<(FailureCause, String)> {
        // Taken out for the moment: judging it needs the other notes.
        let taken = self.record.notes().read_end.take();
        let Some(ReadEnd::Failed(error)) = &taken else {
            self.record.notes().read_end = taken;
            return None;
        };
        let told = (self.of_io(awaited, error), errors::text(error));
        self.record.notes().read_end = taken;
        Some(told)
    }

    fn write_failure(&self, awaited: Awaited) -> Option<(FailureCause, String)> {
        let taken = self.record.notes().write_error.take()?;
        let told = (self.of_io(awaited, &taken), errors::text(&taken));
        self.record.notes().write_error = Some(taken);
        Some(told)
    }

    fn of_io(&self, awaited: Awaited, error: &io::Error) -> FailureCause {
        if errors::find::<rustls::Error>(error).is_some() {
            return self.tls.cause(error, self.seen, self.record).unwrap_or(FailureCause::Unrecognised);
        }
        // A peer that vanished is told by the operating system after minutes without an answer.
        if os_error::is_reset(error) || error.kind() == io::ErrorKind::TimedOut {
            return match awaited {
                Awaited::Head => FailureCause::ResetBeforeResponse,
                Awaited::Body => FailureCause::ResetDuringBody,
            };
        }
        os_error::of_connect(error, self.address)
    }

    fn of_http(&self, awaited: Awaited, error: &hyper::Error) -> Option<FailureCause> {
        if error.is_parse_too_large() && self.has_received_more_than(SMALLEST_LARGE_HEAD) {
            return Some(FailureCause::HeadTooLarge);
        }
        if error.is_parse() {
            return Some(FailureCause::MalformedResponse);
        }
        if let Some(error) = errors::find::<h2::Error>(error) {
            return self.of_h2(awaited, error);
        }
        let io = errors::innermost_io(error)?;
        match (awaited, io.kind()) {
            (Awaited::Body, io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData) => {
                Some(FailureCause::MalformedBody)
            }
            (Awaited::Body, io::ErrorKind::UnexpectedEof) => Some(FailureCause::TruncatedBody),
            (Awaited::Head | Awaited::Body, _) => None,
        }
    }

    fn of_h2(&self, awaited: Awaited, error: &h2::Error) -> Option<FailureCause> {
        if error.is_io() {
            return None;
        }
        if error.is_remote() && error.is_go_away() {
            return Some(FailureCause::H2Goaway);
        }
        if error.is_remote() && error.is_reset() {
            return Some(FailureCause::H2Reset);
        }
        // h2 answers a head over our limit as any breach of the protocol, but it is the only one that takes
        // so many bytes: others show in the first frame.
        if awaited == Awaited::Head && self.has_received_more_than(self.head_limit) {
            return Some(FailureCause::HeadTooLarge);
        }
        Some(FailureCause::H2ProtocolError)
    }

    fn has_received_more_than(&self, bytes: usize) -> bool {
        self.record.notes().received_bytes >= bytes as u64
    }

    fn describe(&self, error: &hyper::Error) -> String {
        let notes = self.record.notes();
        let mut text = errors::text(error);
        // What an HTTP/2 server said of itself is in the error; its frames say nothing to a person.
        let said_itself = errors::find::<h2::Error>(error).is_some_and(h2::Error::is_remote);
        if let Some(beginning) = beginning(&notes).filter(|_| !said_itself) {
            text = format!("{text}; received: {beginning}");
        }
        if self.seen.client_certificate_wanted {
            text.push_str("; the server had asked for a client certificate");
        }
        text
    }
}

fn closed_cause(awaited: Awaited) -> FailureCause {
    match awaited {
        Awaited::Head => FailureCause::ClosedBeforeResponse,
        Awaited::Body => FailureCause::TruncatedBody,
    }
}

/// The first bytes received, as a person can read them.
fn beginning(notes: &Notes) -> Option<String> {
    /// Bytes that are enough to recognise another protocol.
    const SHOWN: usize = 48;
    let shown = &notes.received[..notes.received.len().min(SHOWN)];
    (!shown.is_empty()).then(|| format!("`{}`", shown.escape_ascii()))
}
