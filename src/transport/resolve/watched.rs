//! Sockets for hickory that see what it does not tell.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use hickory_resolver::net::runtime::iocompat::AsyncIoTokioAsStd;
use hickory_resolver::net::runtime::{
    DnsUdpSocket, RuntimeProvider, TokioHandle, TokioRuntimeProvider, TokioTime,
};
use tokio::io::{AsyncRead, AsyncWrite, Interest, ReadBuf};
use tokio::net::{TcpStream, UdpSocket};

/// Sockets for one question.
///
/// hickory sends from unconnected UDP sockets, on which a closed port is silence; it skips answers that do
/// not fit the question without a word; and of several errors it may return the one that says least. Ours
/// are connected, so that the operating system reports the closed port, count what does not fit, so that a
/// resolver that talks nonsense is not taken for one that does not talk, and keep their first error. Over TCP
/// whatever comes is counted: where it was an answer, nobody asks for the count.
#[derive(Clone, Default)]
pub(super) struct WatchedSockets {
    tokio: TokioRuntimeProvider,
    notes: Arc<Notes>,
}

#[derive(Default)]
struct Notes {
    misfits: AtomicU32,
    error: OnceLock<io::Error>,
}

impl WatchedSockets {
    /// How often a resolver was heard without answering the question.
    pub(super) fn misfits(&self) -> u32 {
        self.notes.misfits.load(Ordering::Relaxed)
    }

    /// The first error of a socket.
    pub(super) fn error(&self) -> Option<&io::Error> {
        self.notes.error.get()
    }
}

impl Notes {
    fn misfit(&self) {
        self.misfits.fetch_add(1, Ordering::Relaxed);
    }

    /// Keeps an error if it is the first, and gives out its like.
    fn keep(&self, error: io::Error) -> io::Error {
        let like = match error.raw_os_error() {
            Some(number) => io::Error::from_raw_os_error(number),
            None => error.kind().into(),
        };
        self.error.get_or_init(|| error);
        like
    }
}

impl RuntimeProvider for WatchedSockets {
    type Handle = TokioHandle;
    type Timer = TokioTime;
    type Udp = WatchedUdp;
    type Tcp = AsyncIoTokioAsStd<WatchedTcp>;

    fn create_handle(&self) -> TokioHandle {
        self.tokio.create_handle()
    }

    fn connect_tcp(
        &self,
        server: SocketAddr,
        local: Option<SocketAddr>,
        timeout: Option<Duration>,
    ) -> Pin<Box<dyn Send + Future<Output = io::Result<Self::Tcp>>>> {
        let notes = Arc::clone(&self.notes);
        let connecting = self.tokio.connect_tcp(server, local, timeout);
        Box::pin(async move {
            match connecting.await {
                Ok(AsyncIoTokioAsStd(stream)) => Ok(AsyncIoTokioAsStd(WatchedTcp { stream, notes })),
                Err(error) => Err(notes.keep(error)),
            }
        })
    }

    fn bind_udp(
        &self,
        local: SocketAddr,
        server: SocketAddr,
    ) -> Pin<Box<dyn Send + Future<Output = io::Result<WatchedUdp>>>> {
        let notes = Arc::clone(&self.notes);
        Box::pin(
            async move { WatchedUdp::open(local, server, &notes).await.map_err(|error| notes.keep(error)) },
        )
    }
}

/// A connected UDP socket that counts what is no answer to its question.
pub(super) struct WatchedUdp {
    socket: Arc<UdpSocket>,
    server: SocketAddr,
    question: OnceLock<Vec<u8>>,
    notes: Arc<Notes>,
    refusal: Mutex<Option<Refusal>>,
}

impl WatchedUdp {
    async fn open(local: SocketAddr, server: SocketAddr, notes: &Arc<Notes>) -> io::Result<Self> {
        let socket = Arc::new(UdpSocket::bind(local).await?);
        socket.connect(server).await?;
        let refusal: Refusal = Box::pin(refusal(Arc::clone(&socket)));
        let (question, notes) = (OnceLock::new(), Arc::clone(notes));
        Ok(Self { socket, server, question, notes, refusal: Mutex::new(Some(refusal)) })
    }

    /// Puts the question back into an answer that is an error's header alone, as some servers refuse. hickory
    /// takes no answer without it.
    fn put_question_back(&self, answer: &mut ReadBuf<'_>) {
        let Some(question) = self.question.get() else { return };
        let asked = asked_in(question);
        let is_bare_error = match answer.filled() {
            [n1, n2, flags, code, 0, 0, rest @ ..] => {
                Some([*n1, *n2].as_slice()) == question.get(NUMBER)
                    && rest.len() == HEADER - 6
                    && flags & IS_ANSWER != 0
                    && code & CODE != 0
            }
            _ => false,
        };
        if is_bare_error && answer.remaining() >= asked.len() {
            answer.filled_mut()[QUESTIONS] = 1;
            answer.put_slice(asked);
        }
    }

    /// Whether a datagram repeats the number and the one question of what was asked.
    fn is_answer(&self, datagram: &[u8]) -> bool {
        self.question.get().is_some_and(|question| {
            datagram.get(NUMBER) == question.get(NUMBER)
                && datagram.get(QUESTIONS) == Some(&1)
                && datagram.get(HEADER..).is_some_and(|rest| rest.starts_with(asked_in(question)))
        })
    }
}

/// The number of a DNS message, how many questions it holds, and how long its header is (RFC 1035, section
/// 4.1.1).
const NUMBER: std::ops::Range<usize> = 0..2;
const QUESTIONS: usize = 5;
const HEADER: usize = 12;
/// Bits of the two bytes after the number: that it is an answer, and the response code.
const IS_ANSWER: u8 = 0x80;
const CODE: u8 = 0x0f;

/// The question section of a query: a name as labels, the last of them empty, then type and class.
fn asked_in(query: &[u8]) -> &[u8] {
    let section = query.get(HEADER..).unwrap_or_default();
    let mut end = 0;
    while let Some(length) = section.get(end).filter(|length| **length != 0) {
        end += 1 + usize::from(*length);
    }
    section.get(..end + 5).unwrap_or(section)
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
            received.map_err(|error| self.notes.keep(error))?;
            self.put_question_back(&mut buf);
            if !self.is_answer(buf.filled()) {
                self.notes.misfit();
            }
            return Poll::Ready(Ok((buf.filled().len(), self.server)));
        }
        let mut waiting = self.refusal.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(refusal) = waiting.as_mut() else { return Poll::Pending };
        let error = ready!(refusal.as_mut().poll(cx));
        *waiting = None;
        Poll::Ready(Err(self.notes.keep(error)))
    }

    fn poll_send_to(&self, cx: &mut Context<'_>, buf: &[u8], _: SocketAddr) -> Poll<io::Result<usize>> {
        self.question.get_or_init(|| buf.to_vec());
        self.socket.poll_send(cx, buf).map_err(|error| self.notes.keep(error))
    }
}

/// A TCP connection that counts whatever comes, its end as well.
pub(super) struct WatchedTcp {
    stream: TcpStream,
    notes: Arc<Notes>,
}

impl AsyncRead for WatchedTcp {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let read = ready!(Pin::new(&mut self.stream).poll_read(cx, buf));
        self.notes.misfit();
        Poll::Ready(read)
    }
}

impl AsyncWrite for WatchedTcp {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_question_is_found_in_a_query() {
        let query = b"\x12\x34\x01\0\0\x01\0\0\0\0\0\x01\x03app\x07example\0\0\x01\0\x01\0\0\x29";
        assert_eq!(asked_in(query), b"\x03app\x07example\0\0\x01\0\x01");
        assert_eq!(asked_in(b"\x12"), b"");
        assert_eq!(asked_in(b"\0\0\0\0\0\0\0\0\0\0\0\0\x3fcut"), b"\x3fcut");
    }
}
