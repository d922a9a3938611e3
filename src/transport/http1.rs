//! HTTP/1.1 on one connection.

use std::pin::Pin;
use std::task::{Context, Waker};

use hyper::client::conn::http1::{Builder, Connection, SendRequest};
use hyper_util::rt::TokioIo;
use tokio::io::AsyncWrite;

use super::driven::Driven;
use super::outgoing::Outgoing;
use super::tap::Tap;
use super::tls::Stream;

/// Headers of a response that are read. The sender's HTTP library has no limit, hyper's own is 100.
const HEADERS: usize = 256;

/// An HTTP/1.1 connection.
pub(super) struct Http1 {
    pub(super) sender: SendRequest<Outgoing>,
    pub(super) connection: Driven<Connection<TokioIo<Tap<Stream>>, Outgoing>>,
}

impl Http1 {
    /// Begins to speak HTTP/1.1, with header names in the usual title case: lower case is legal, but
    /// some hand-made servers know no better.
    ///
    /// # Errors
    /// Whatever hyper finds to object to.
    pub(super) async fn open(stream: Tap<Stream>, head_limit: usize) -> hyper::Result<Self> {
        let (sender, connection) = Builder::new()
            .title_case_headers(true)
            .max_headers(HEADERS)
            .max_buf_size(head_limit)
            .handshake(TokioIo::new(stream))
            .await?;
        Ok(Self { sender, connection: Driven::new(connection) })
    }

    /// Closes the connection, saying goodbye without waiting for an answer. Tells whether bytes were
    /// left that no response had announced.
    pub(super) fn close(self) -> bool {
        let parts = self.connection.into_inner().into_parts();
        let mut stream = parts.io.into_inner();
        let mut cx = Context::from_waker(Waker::noop());
        // Whatever comes of it: the exchange is over.
        let _ = Pin::new(&mut stream).poll_shutdown(&mut cx);
        !parts.read_buf.is_empty()
    }
}
