//! Sockets for hickory that see what it does not tell.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use hickory_resolver::net::runtime::{
    DnsUdpSocket, RuntimeProvider, TokioHandle, TokioRuntimeProvider, TokioTime,
};
use tokio::io::{Interest, ReadBuf};
use tokio::net::UdpSocket;

/// Sockets for one question.
///
/// hickory sends from unconnected UDP sockets, on which a closed port is silence, and it skips answers
/// that do not fit the question without a word. Ours are connected, so that the operating system reports
/// the closed port, and count what arrives, so that a resolver that talks nonsense is not taken for one
/// that does not talk.
#[derive(Clone, Default)]
pub(super) struct WatchedSockets {
    tokio: TokioRuntimeProvider,
    datagrams: Arc<AtomicU32>,
}

impl WatchedSockets {
    /// Datagrams received, but for those that only say to ask again over TCP.
    pub(super) fn datagrams(&self) -> u32 {
        self.datagrams.load(Ordering::Relaxed)
    }
}

impl RuntimeProvider for WatchedSockets {
    type Handle = TokioHandle;
    type Timer = TokioTime;
    type Udp = WatchedUdp;
    type Tcp = <TokioRuntimeProvider as RuntimeProvider>::Tcp;

    fn create_handle(&self) -> TokioHandle {
        self.tokio.create_handle()
    }

    fn connect_tcp(
        &self,
        server: SocketAddr,
        local: Option<SocketAddr>,
        timeout: Option<Duration>,
    ) -> Pin<Box<dyn Send + Future<Output = io::Result<Self::Tcp>>>> {
        self.tokio.connect_tcp(server, local, timeout)
    }

    fn bind_udp(
        &self,
        local: SocketAddr,
        server: SocketAddr,
    ) -> Pin<Box<dyn Send + Future<Output = io::Result<WatchedUdp>>>> {
        let datagrams = Arc::clone(&self.datagrams);
        Box::pin(async move {
            let socket = Arc::new(UdpSocket::bind(local).await?);
            socket.connect(server).await?;
            let refusal = Box::pin(refusal(Arc::clone(&socket)));
            Ok(WatchedUdp { socket, server, datagrams, refusal: Mutex::new(Some(refusal)) })
        })
    }
}

/// A connected UDP socket that counts what it receives.
pub(super) struct WatchedUdp {
    socket: Arc<UdpSocket>,
    server: SocketAddr,
    datagrams: Arc<AtomicU32>,
    refusal: Mutex<Option<Refusal>>,
}

type Refusal = Pin<Box<dyn Future<Output = io::Error> + Send>>;

/// Waits for the operating system's word that nobody listens. On Linux it comes as an error event, which
/// does not wake those who wait to read.
async fn refusal(socket: Arc<UdpSocket>) -> io::Error {
    let pending = || socket.take_error()?.ok_or_else(|| io::Error::from(io::ErrorKind::WouldBlock));
    match socket.async_io(Interest::ERROR, pending).await {
        Ok(error) | Err(error) => error,
    }
}

impl DnsUdpSocket for WatchedUdp {
    type Time = TokioTime;

    fn poll_recv_from(&self, cx: &mut Context<'_>, buf: &mut [u8]) -> Poll<io::Result<(usize, SocketAddr)>> {
        let mut buf = ReadBuf::new(buf);
        if let Poll::Ready(received) = self.socket.poll_recv(cx, &mut buf) {
            received?;
            if !is_truncated(buf.filled()) {
                self.datagrams.fetch_add(1, Ordering::Relaxed);
            }
            return Poll::Ready(Ok((buf.filled().len(), self.server)));
        }
        let mut waiting = self.refusal.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(refusal) = waiting.as_mut() else { return Poll::Pending };
        let error = ready!(refusal.as_mut().poll(cx));
        *waiting = None;
        Poll::Ready(Err(error))
    }

    fn poll_send_to(&self, cx: &mut Context<'_>, buf: &[u8], _: SocketAddr) -> Poll<io::Result<usize>> {
        self.socket.poll_send(cx, buf)
    }
}

/// Whether a message is a response with the TC bit (RFC 1035, section 4.1.1).
fn is_truncated(message: &[u8]) -> bool {
    const HEADER: usize = 12;
    const RESPONSE: u8 = 0x80;
    const TRUNCATED: u8 = 0x02;
    message.len() >= HEADER && message[2] & (RESPONSE | TRUNCATED) == RESPONSE | TRUNCATED
}
