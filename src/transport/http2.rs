//! HTTP/2 on one connection.

use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use hyper::client::conn::http2::{Builder, Connection, SendRequest};
use hyper::rt::Executor;
use hyper_util::rt::TokioIo;
use tokio::task::JoinSet;

use super::driven::Driven;
use super::outgoing::Outgoing;
use super::tap::Tap;
use super::tls::Stream;

/// Window of a stream and of the connection. Bodies are read as they come, so it need not be large; it
/// bounds what a server can push at us.
const WINDOW: u32 = 256 * 1024;

/// An HTTP/2 connection. hyper wants tasks of its own for the frames; they end with this.
pub(super) struct Http2 {
    pub(super) sender: SendRequest<Outgoing>,
    pub(super) connection: Driven<Connection<TokioIo<Tap<Stream>>, Outgoing, Tasks>>,
    tasks: Tasks,
}

impl Http2 {
    /// Begins to speak HTTP/2.
    ///
    /// # Errors
    /// When the connection fails right away.
    pub(super) async fn open(stream: Tap<Stream>, head_limit: usize) -> hyper::Result<Self> {
        let tasks = Tasks::default();
        let (sender, connection) = Builder::new(tasks.clone())
            .initial_stream_window_size(WINDOW)
            .initial_connection_window_size(WINDOW)
            .max_header_list_size(head_limit.try_into().unwrap_or(u32::MAX))
            .handshake(TokioIo::new(stream))
            .await?;
        Ok(Self { sender, connection: Driven::new(connection), tasks })
    }
}

impl Drop for Http2 {
    fn drop(&mut self) {
        self.tasks.lock().abort_all();
    }
}

/// The tasks of one connection. They hold the executor that runs them, so they have to be ended by hand.
#[derive(Clone, Default)]
pub(super) struct Tasks(Arc<Mutex<JoinSet<()>>>);

impl Tasks {
    fn lock(&self) -> MutexGuard<'_, JoinSet<()>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<F: Future<Output = ()> + Send + 'static> Executor<F> for Tasks {
    fn execute(&self, task: F) {
        let mut tasks = self.lock();
        while tasks.try_join_next().is_some() {}
        tasks.spawn(task);
    }
}
