//! A server that plays a script on each connection, over plain TCP or TLS.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::task::{JoinHandle, JoinSet};
use tokio_rustls::TlsAcceptor;

use super::dns_responder::{DnsResponder, HOST};
use super::identity::Identity;
use super::script::{Script, play};
use super::setup::{FaultSetup, Part, Running, Stage};
use crate::serve::StartError;

/// What a script's bytes travel over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Over {
    /// Plain TCP.
    Plain,
    /// Plain TCP, to a prober that keeps its connection: the last request that the script reads on the first
    /// one shows the fault.
    PlainKept,
    /// Plain TCP with a receive buffer so small that a request of 8 MiB does not fit into the buffers.
    PlainNarrow,
    /// Plain TCP at an https URL: the script plays the TLS server itself.
    InPlaceOfTls,
    /// TLS with a good certificate, HTTP/1.1.
    Tls,
    /// TLS with a good certificate, HTTP/2.
    Http2,
    /// The same, to a prober that keeps its connection, as above.
    Http2Kept,
}

/// Stages a script.
pub(super) async fn start(script: Script, over: Over, stage: &Stage) -> Result<Running, StartError> {
    match over {
        Over::Plain | Over::PlainKept | Over::PlainNarrow | Over::InPlaceOfTls => {
            let wire = Wire::listen(script, over, None, stage.pace).await?;
            let scheme = if over == Over::InPlaceOfTls { "https" } else { "http" };
            let mut setup = FaultSetup::at(format!("{scheme}://{}", wire.address));
            if over == Over::PlainKept {
                (setup.keep_alive, setup.exchange) = (true, script.requests());
            }
            if over == Over::PlainNarrow {
                setup.request_bytes = 8 * 1024 * 1024;
            }
            Ok(Running::new(setup, [Part::Wire(wire)]))
        }
        Over::Tls | Over::Http2 | Over::Http2Kept => {
            let identity = Identity::good()?;
            let protocol: &[u8] = if over == Over::Tls { b"http/1.1" } else { b"h2" };
            let acceptor = identity.acceptor(&[protocol])?;
            let wire = Wire::listen(script, over, Some(acceptor), stage.pace).await?;
            let responder = DnsResponder::loopback(stage.pace).await?;
            let mut setup = FaultSetup::at(format!("https://{HOST}:{}", wire.address.port()));
            setup.dns_server = Some(responder.address());
            setup.ca_pem = Some(identity.ca_pem);
            setup.http2 = over != Over::Tls;
            if over == Over::Http2Kept {
                (setup.keep_alive, setup.exchange) = (true, script.requests());
            }
            Ok(Running::new(setup, [Part::Wire(wire), Part::Dns(responder)]))
        }
    }
}

/// A listener that plays a script on each connection, until it is stopped or dropped.
#[derive(Debug)]
pub(super) struct Wire {
    address: SocketAddr,
    requests: Arc<AtomicU64>,
    task: JoinHandle<()>,
}

impl Wire {
    /// Plays `script` on a free port of loopback.
    pub(super) async fn plain(script: Script, pace: Duration) -> Result<Self, StartError> {
        Self::listen(script, Over::Plain, None, pace).await
    }

    async fn listen(
        script: Script,
        over: Over,
        acceptor: Option<TlsAcceptor>,
        pace: Duration,
    ) -> Result<Self, StartError> {
        let address = (Ipv4Addr::LOCALHOST, 0).into();
        let error = |source| StartError::listen(address, source);
        let socket = TcpSocket::new_v4().map_err(error)?;
        if over == Over::PlainNarrow {
            // The kernel makes the least it allows of it; accepted connections inherit it.
            socket.set_recv_buffer_size(1).map_err(error)?;
        }
        socket.bind(address).map_err(error)?;
        let listener = socket.listen(128).map_err(error)?;
        let address = listener.local_addr().map_err(error)?;
        let requests = Arc::new(AtomicU64::new(0));
        let task = tokio::spawn(accept(listener, script, acceptor, pace, Arc::clone(&requests)));
        Ok(Self { address, requests, task })
    }

    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }

    pub(super) fn requests(&self) -> u64 {
        self.requests.load(Ordering::Relaxed)
    }

    pub(super) async fn stop(mut self) {
        self.task.abort();
        // It ends by being aborted; waiting makes sure that the port is free.
        let _ = (&mut self.task).await;
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn accept(
    listener: TcpListener,
    script: Script,
    acceptor: Option<TlsAcceptor>,
    pace: Duration,
    requests: Arc<AtomicU64>,
) {
    let mut connections = JoinSet::new();
    let mut accepted = 0;
    loop {
        tokio::select! {
            Some(_) = connections.join_next() => {}
            Ok((stream, _)) = listener.accept() => {
                let acts = script.acts(accepted);
                accepted += 1;
                let (acceptor, requests) = (acceptor.clone(), Arc::clone(&requests));
                connections.spawn(async move {
                    let count = || {
                        requests.fetch_add(1, Ordering::Relaxed);
                    };
                    // A peer that goes early has seen enough.
                    let _ = serve(stream, acceptor, acts, pace, count).await;
                });
            }
        }
    }
}

async fn serve(
    mut stream: TcpStream,
    acceptor: Option<TlsAcceptor>,
    acts: &[super::script::Act],
    pace: Duration,
    on_request: impl FnMut(),
) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    match acceptor {
        None => play(acts, &mut stream, pace, on_request).await,
        Some(acceptor) => play(acts, &mut acceptor.accept(stream).await?, pace, on_request).await,
    }
}
