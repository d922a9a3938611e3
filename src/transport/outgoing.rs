//! The body of a request on its way out.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use hyper::body::{Body, Frame, SizeHint};

use super::record::Record;

/// The body of a request, which notes when its last piece was taken.
///
/// On HTTP/2 a piece is taken only when the server's window has room, so a server that does not let the
/// request in is told from one that does not answer it.
#[derive(Debug)]
pub(super) struct Outgoing {
    rest: Bytes,
    piece: usize,
    record: Record,
}

impl Outgoing {
    /// A body handed over in pieces of at most `piece` bytes.
    pub(super) fn new(body: Bytes, piece: usize, record: Record) -> Self {
        if body.is_empty() {
            record.notes().body_taken = true;
        }
        Self { rest: body, piece, record }
    }
}

impl Body for Outgoing {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        if self.rest.is_empty() {
            return Poll::Ready(None);
        }
        let size = self.rest.len().min(self.piece);
        let piece = self.rest.split_to(size);
        if self.rest.is_empty() {
            self.record.notes().body_taken = true;
        }
        Poll::Ready(Some(Ok(Frame::data(piece))))
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.rest.len() as u64)
    }
}
