//! The listener: accepts connections up to a bound and hands each to its own task.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::{sleep, timeout};

use super::{Handler, ServerTls, StartError, connection};

/// What a listener takes from its peers. Lifecycle callbacks have some 2 KB of head and body, so the
/// defaults leave room for any real one.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Connections at one time; more wait in the operating system's backlog.
    pub connections: usize,
    /// Bytes of a request's head. HTTP/1 refuses less than 8,192.
    pub head_bytes: usize,
    /// Bytes of a request's body; a longer one is answered 413.
    pub body_bytes: usize,
    /// How long a peer may keep the next request, or the rest of one, to itself.
    pub idle: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 4096,
            head_bytes: 64 * 1024,
            body_bytes: 1024 * 1024,
            idle: Duration::from_secs(60),
        }
    }
}

/// How long requests in progress may take to end once the listener stops.
const STOP_GRACE: Duration = Duration::from_millis(500);

/// How long to wait after the operating system refused a connection (it is out of descriptors, mostly).
const ACCEPT_PAUSE: Duration = Duration::from_millis(20);

/// A listener that answers requests until it is stopped or dropped.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    scheme: &'static str,
    /// Nothing is ever sent: the acceptor and the connections stop when this end is dropped.
    stop: watch::Sender<()>,
    acceptor: JoinHandle<()>,
}

impl Server {
    /// Listens on `address` (port 0 picks a free one) and answers with `handler`, under the default
    /// limits. Needs a tokio runtime.
    ///
    /// # Errors
    /// When the address can't be listened on.
    pub async fn start<H: Handler>(
        address: SocketAddr,
        tls: Option<ServerTls>,
        handler: H,
    ) -> Result<Self, StartError> {
        Self::start_limited(address, tls, Limits::default(), handler).await
    }

    /// Like [`Server::start`], under limits of the caller's.
    ///
    /// # Errors
    /// When the address can't be listened on.
    pub async fn start_limited<H: Handler>(
        address: SocketAddr,
        tls: Option<ServerTls>,
        limits: Limits,
        handler: H,
    ) -> Result<Self, StartError> {
        let listen_error = |source| StartError::listen(address, source);
        let listener = TcpListener::bind(address).await.map_err(listen_error)?;
        let address = listener.local_addr().map_err(listen_error)?;
        let scheme = if tls.is_some() { "https" } else { "http" };
        let (stop, stopping) = watch::channel(());
        let acceptor = tokio::spawn(accept(listener, tls, limits, Arc::new(handler), stopping));
        Ok(Self { address, scheme, stop, acceptor })
    }

    /// The address listened on, with the port that was picked.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Scheme, address and port, as a URL without a path.
    pub fn origin(&self) -> String {
        format!("{}://{}", self.scheme, self.address)
    }

    /// Stops listening, lets requests in progress end for half a second, and closes all connections.
    /// Dropping does the same without waiting for it.
    pub async fn stop(self) {
        drop(self.stop);
        // An error means that the acceptor ended with its runtime: it is stopped all the same.
        let _ = self.acceptor.await;
    }
}

/// Accepts until told to stop. The connections' tasks live in a set owned by this one, and end with it.
async fn accept<H: Handler>(
    listener: TcpListener,
    tls: Option<ServerTls>,
    limits: Limits,
    handler: Arc<H>,
    mut stop: watch::Receiver<()>,
) {
    let places = Arc::new(Semaphore::new(limits.connections));
    let mut connections = JoinSet::new();
    loop {
        let accepted = tokio::select! {
            _ = stop.changed() => break,
            Some(_) = connections.join_next() => continue,
            accepted = accept_one(&listener, &places) => accepted,
        };
        let Some((stream, place)) = accepted else { continue };
        let connection = connection::serve(stream, tls.clone(), Arc::clone(&handler), limits, stop.clone());
        connections.spawn(async move {
            connection.await;
            drop(place);
        });
    }
    drop(listener);
    let ended = async { while connections.join_next().await.is_some() {} };
    // What has not ended by then is aborted with the set.
    let _ = timeout(STOP_GRACE, ended).await;
}

async fn accept_one(
    listener: &TcpListener,
    places: &Arc<Semaphore>,
) -> Option<(TcpStream, OwnedSemaphorePermit)> {
    let place = Arc::clone(places).acquire_owned().await.ok()?;
    match listener.accept().await {
        Ok((stream, _)) => Some((stream, place)),
        Err(_) => {
            sleep(ACCEPT_PAUSE).await;
            None
        }
    }
}
