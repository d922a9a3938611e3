//! What a connection's taps saw.

use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

/// What the two taps of one connection saw: [`Wire`](super::wire::Wire) below TLS,
/// [`Tap`](super::tap::Tap) above it. Shared between them and whoever drives the exchange.
#[derive(Debug, Clone)]
pub(super) struct Record(Arc<Mutex<Notes>>);

/// The notes themselves. Everything but the first two fields is of the current exchange alone.
#[derive(Debug)]
pub(super) struct Notes {
    /// When bytes last moved on the socket, either way, or their end came.
    pub(super) moved: Instant,
    /// The first bytes that the server ever sent on the socket.
    pub(super) wire_start: Vec<u8>,
    /// Whether an exchange has begun, so that a request has to be written next.
    is_exchanging: bool,
    /// When the first byte of the request was taken by the socket.
    pub(super) first_sent: Option<Instant>,
    /// When the last byte written so far had left for the socket; none while some have not.
    pub(super) flushed: Option<Instant>,
    /// Whether HTTP has taken the whole body of the request from us.
    pub(super) body_taken: bool,
    /// The first bytes received.
    pub(super) received: Vec<u8>,
    /// Bytes received.
    pub(super) received_bytes: u64,
    /// How reading ended, if it did.
    pub(super) read_end: Option<ReadEnd>,
    /// The error that ended writing.
    pub(super) write_error: Option<io::Error>,
}

/// How reading ended.
#[derive(Debug)]
pub(super) enum ReadEnd {
    /// The server closed the connection.
    Closed,
    /// The server closed the connection without the close_notify that TLS asks for.
    ClosedWithoutNotify,
    /// Reading failed.
    Failed(io::Error),
}

impl Record {
    /// Bytes of what the server sent that are kept at each tap.
    const KEPT: usize = 512;

    pub(super) fn new() -> Self {
        Self(Arc::new(Mutex::new(Notes {
            moved: Instant::now(),
            wire_start: Vec::new(),
            is_exchanging: false,
            first_sent: None,
            flushed: None,
            body_taken: false,
            received: Vec::new(),
            received_bytes: 0,
            read_end: None,
            write_error: None,
        })))
    }

    /// The notes. A panic elsewhere leaves them as usable as before.
    pub(super) fn notes(&self) -> MutexGuard<'_, Notes> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Turns to a new exchange on the same connection, which begins at this moment.
    pub(super) fn begin(&self, at: Instant) {
        let mut notes = self.notes();
        notes.moved = at;
        notes.is_exchanging = true;
        notes.first_sent = None;
        notes.flushed = None;
        notes.body_taken = false;
        notes.received.clear();
        notes.received_bytes = 0;
    }
}

impl Notes {
    /// Notes that bytes came off the wire, or none any more.
    pub(super) fn wire_received(&mut self, bytes: &[u8]) {
        self.moved = Instant::now();
        keep(&mut self.wire_start, bytes);
    }

    /// Notes that bytes of a response arrived.
    pub(super) fn plain_received(&mut self, bytes: &[u8]) {
        self.received_bytes += bytes.len() as u64;
        keep(&mut self.received, bytes);
    }

    /// Notes that bytes of a request were taken, which moved the wire below.
    pub(super) fn plain_sent(&mut self) {
        self.first_sent.get_or_insert(self.moved);
        self.flushed = None;
    }

    /// Whether a request is about to be written.
    pub(super) fn is_request_due(&self) -> bool {
        self.is_exchanging && self.first_sent.is_none() && self.write_error.is_none()
    }

    /// When the whole request had left, if it has.
    pub(super) fn sent(&self) -> Option<Instant> {
        self.flushed.filter(|_| self.body_taken)
    }

    /// Notes that all bytes taken have left.
    pub(super) fn plain_flushed(&mut self) {
        if self.first_sent.is_some() {
            self.flushed.get_or_insert(self.moved);
        }
    }
}

fn keep(kept: &mut Vec<u8>, bytes: &[u8]) {
    let room = Record::KEPT.saturating_sub(kept.len());
    kept.extend_from_slice(&bytes[..bytes.len().min(room)]);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_beginning_is_kept() {
        let record = Record::new();
        for _ in 0..100 {
            record.notes().plain_received(&[7; 100]);
        }
        let notes = record.notes();
        assert_eq!((notes.received.len(), notes.received_bytes), (Record::KEPT, 10_000));
    }

    #[test]
    fn what_was_written_since_the_last_flush_is_not_sent_yet() {
        let record = Record::new();
        record.notes().plain_flushed();
        assert_eq!(record.notes().flushed, None);
        record.notes().plain_sent();
        record.notes().plain_flushed();
        assert!(record.notes().flushed.is_some());
        record.notes().plain_sent();
        assert_eq!(record.notes().flushed, None);
    }
}
