//! A connection that works while its user waits.

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::{Context, Poll};

/// hyper's half of a connection. Whoever waits for a response polls it, which saves a task and keeps its
/// end in reach.
#[derive(Debug)]
pub(super) struct Driven<C> {
    connection: C,
    end: Option<hyper::Result<()>>,
}

impl<C: Future<Output = hyper::Result<()>> + Unpin> Driven<C> {
    pub(super) fn new(connection: C) -> Self {
        Self { connection, end: None }
    }

    /// Lets the connection work.
    pub(super) fn poll(&mut self, cx: &mut Context<'_>) {
        if self.end.is_none()
            && let Poll::Ready(end) = Pin::new(&mut self.connection).poll(cx)
        {
            self.end = Some(end);
        }
    }

    /// Lets the connection work until `future` is done.
    pub(super) async fn until<F: Future>(&mut self, mut future: Pin<&mut F>) -> F::Output {
        poll_fn(|cx| {
            self.poll(cx);
            future.as_mut().poll(cx)
        })
        .await
    }

    /// Whether the connection has not ended.
    pub(super) fn is_open(&self) -> bool {
        self.end.is_none()
    }

    /// Why the connection ended, if it ended in an error.
    pub(super) fn error(&self) -> Option<&hyper::Error> {
        self.end.as_ref()?.as_ref().err()
    }

    /// The connection itself.
    pub(super) fn into_inner(self) -> C {
        self.connection
    }
}
