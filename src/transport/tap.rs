//! The tap above TLS.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll, Waker, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::record::{ReadEnd, Record};

/// A connection as HTTP sees it, with notes of what passed and how it ended.
///
/// HTTP libraries turn errors into text, or stop at a write error before they have read the response
/// that explains it. So the errors stay here, typed: a failed write is noted and taken as done, after
/// which reading shows either the response or the end; and a close without close_notify reads as the
/// close it is.
///
/// hyper's HTTP/1.1 also takes bytes that come before its request is on its way for a breach of protocol.
/// They may be the response of a server that does not read requests, so they wait here until then.
///
/// And it goes on for as long as there is something to read, which a server can see to. So reading rests now
/// and then, for the clocks to have their turn.
#[derive(Debug)]
pub(super) struct Tap<S> {
    stream: S,
    record: Record,
    order: Order,
    waiting: Option<Waker>,
    /// Bytes read since reading last rested.
    since_rest: usize,
}

/// Bytes read in one go. As interim responses these are thousands, which take a while to be passed over.
const IN_ONE_GO: usize = 32 * 1024;

/// Who may speak first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    /// Either side.
    Any,
    /// We do: what comes earlier is read later.
    RequestFirst,
}

impl<S> Tap<S> {
    pub(super) fn new(stream: S, order: Order, record: Record) -> Self {
        Self { stream, record, order, waiting: None, since_rest: 0 }
    }

    /// Whether reading has to wait until something was written.
    fn has_to_wait(&self) -> bool {
        self.order == Order::RequestFirst && self.record.notes().is_request_due()
    }

    fn begin_to_read(&mut self) {
        if let Some(reader) = self.waiting.take() {
            reader.wake();
        }
    }

    fn note_written(&mut self, written: io::Result<usize>, offered: usize) -> io::Result<usize> {
        self.begin_to_read();
        let mut notes = self.record.notes();
        match written {
            Ok(count) => {
                if count > 0 {
                    notes.plain_sent();
                }
                Ok(count)
            }
            Err(error) => {
                notes.write_error = Some(error);
                Ok(offered)
            }
        }
    }

    fn is_broken(&self) -> bool {
        self.record.notes().write_error.is_some()
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Tap<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.has_to_wait() {
            self.waiting = Some(cx.waker().clone());
            return Poll::Pending;
        }
        if self.since_rest >= IN_ONE_GO {
            self.since_rest = 0;
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        let before = buf.filled().len();
        let read = ready!(Pin::new(&mut self.stream).poll_read(cx, buf));
        self.since_rest += buf.filled().len() - before;
        let mut notes = self.record.notes();
        Poll::Ready(match read {
            Ok(()) => {
                let received = &buf.filled()[before..];
                if received.is_empty() {
                    notes.read_end.get_or_insert(ReadEnd::Closed);
                } else {
                    notes.plain_received(received);
                }
                Ok(())
            }
            // A TCP stream never reads so: it is TLS, cut short.
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                notes.read_end.get_or_insert(ReadEnd::ClosedWithoutNotify);
                Ok(())
            }
            Err(error) => {
                let kind = error.kind();
                notes.read_end.get_or_insert(ReadEnd::Failed(error));
                Err(kind.into())
            }
        })
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Tap<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        if self.is_broken() {
            return Poll::Ready(Ok(buf.len()));
        }
        let written = ready!(Pin::new(&mut self.stream).poll_write(cx, buf));
        Poll::Ready(self.note_written(written, buf.len()))
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let offered = bufs.iter().map(|buf| buf.len()).sum();
        if self.is_broken() {
            return Poll::Ready(Ok(offered));
        }
        let written = ready!(Pin::new(&mut self.stream).poll_write_vectored(cx, bufs));
        Poll::Ready(self.note_written(written, offered))
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.is_broken() {
            return Poll::Ready(Ok(()));
        }
        let flushed = ready!(Pin::new(&mut self.stream).poll_flush(cx));
        let mut notes = self.record.notes();
        match flushed {
            Ok(()) => notes.plain_flushed(),
            Err(error) => notes.write_error = Some(error),
        }
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use std::time::Instant;

    use super::*;

    /// A stream whose calls all fail with `kind`.
    struct Failing(io::ErrorKind);

    impl AsyncRead for Failing {
        fn poll_read(self: Pin<&mut Self>, _: &mut Context<'_>, _: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Err(self.0.into()))
        }
    }

    impl AsyncWrite for Failing {
        fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, _: &[u8]) -> Poll<io::Result<usize>> {
            Poll::Ready(Err(self.0.into()))
        }

        fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Err(self.0.into()))
        }

        fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }
    }

    #[tokio::test]
    async fn a_failed_write_is_noted_and_does_not_stop_the_reading() {
        let record = Record::new();
        let mut tap = Tap::new(Failing(io::ErrorKind::BrokenPipe), Order::Any, record.clone());
        tap.write_all(b"request").await.expect("taken as done");
        tap.flush().await.expect("taken as done");
        let notes = record.notes();
        assert_eq!(notes.write_error.as_ref().map(io::Error::kind), Some(io::ErrorKind::BrokenPipe));
        assert!(notes.first_sent.is_none());
    }

    #[tokio::test]
    async fn tls_cut_short_reads_as_a_close_and_a_reset_as_a_reset() {
        let record = Record::new();
        let mut tap = Tap::new(Failing(io::ErrorKind::UnexpectedEof), Order::Any, record.clone());
        assert_eq!(tap.read(&mut [0; 8]).await.expect("the end"), 0);
        assert!(matches!(record.notes().read_end, Some(ReadEnd::ClosedWithoutNotify)));

        let record = Record::new();
        let mut tap = Tap::new(Failing(io::ErrorKind::ConnectionReset), Order::Any, record.clone());
        assert!(tap.read(&mut [0; 8]).await.is_err());
        assert!(matches!(record.notes().read_end, Some(ReadEnd::Failed(_))));
    }

    #[tokio::test]
    async fn a_stream_without_end_does_not_keep_the_clocks_from_their_turn() {
        let mut tap = Tap::new(tokio::io::repeat(b'x'), Order::Any, Record::new());
        let mut read = 0;
        let at_once = std::future::poll_fn(|cx| {
            let mut buffer = [0; 8 * 1024];
            let mut buffer = ReadBuf::new(&mut buffer);
            while let Poll::Ready(Ok(())) = Pin::new(&mut tap).poll_read(cx, &mut buffer) {
                read += buffer.filled().len();
                buffer.clear();
            }
            Poll::Ready(std::mem::take(&mut read))
        });
        assert_eq!(at_once.await, IN_ONE_GO);
        assert_eq!(tap.read(&mut [0; 8]).await.expect("more"), 8);
    }

    #[tokio::test]
    async fn what_comes_before_the_request_is_read_after_it() {
        let (near, mut far) = tokio::io::duplex(64);
        let record = Record::new();
        let mut tap = Tap::new(near, Order::RequestFirst, record.clone());
        far.write_all(b"early").await.expect("room");
        assert_eq!(tap.read(&mut [0; 5]).await.expect("no exchange yet"), 5);
        record.begin(Instant::now());
        far.write_all(b"early").await.expect("room");
        let (mut reader, mut writer) = tokio::io::split(tap);
        let read = tokio::spawn(async move { reader.read(&mut [0; 5]).await });
        tokio::task::yield_now().await;
        assert!(!read.is_finished());
        writer.write_all(b"request").await.expect("room");
        assert_eq!(read.await.expect("a task").expect("bytes"), 5);
    }
}
