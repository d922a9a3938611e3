//! Ports that refuse, and ports that swallow.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use tokio::net::{TcpListener, TcpSocket, TcpStream, UdpSocket};
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::serve::StartError;

/// A port on which nobody listens, and nobody else can.
#[derive(Debug)]
pub(super) struct ReservedPort {
    address: SocketAddr,
    _socket: Reserved,
}

#[derive(Debug)]
enum Reserved {
    Tcp { _socket: TcpSocket },
    Udp { _socket: UdpSocket },
}

impl ReservedPort {
    /// A TCP port that refuses connections: bound, but never listened on.
    pub(super) fn tcp(address: SocketAddr) -> Result<Self, StartError> {
        let error = |source| StartError::listen(address, source);
        let socket = match address {
            SocketAddr::V4(_) => TcpSocket::new_v4(),
            SocketAddr::V6(_) => TcpSocket::new_v6(),
        };
        let socket = socket.map_err(error)?;
        socket.bind(address).map_err(error)?;
        let address = socket.local_addr().map_err(error)?;
        Ok(Self { address, _socket: Reserved::Tcp { _socket: socket } })
    }

    /// A UDP port that is unreachable: its socket is connected to itself, so that whatever comes from
    /// elsewhere is answered with "port unreachable".
    pub(super) async fn udp() -> Result<Self, StartError> {
        let address = (Ipv4Addr::LOCALHOST, 0).into();
        let error = |source| StartError::listen(address, source);
        let socket = UdpSocket::bind(address).await.map_err(error)?;
        let address = socket.local_addr().map_err(error)?;
        socket.connect(address).await.map_err(error)?;
        Ok(Self { address, _socket: Reserved::Udp { _socket: socket } })
    }

    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }
}

/// A TCP port that swallows connection attempts: a listener whose queue is full and never emptied.
#[derive(Debug)]
pub(super) struct Blackhole {
    address: SocketAddr,
    _listener: TcpListener,
    _queued: Vec<TcpStream>,
}

impl Blackhole {
    /// Fills the queue of a listener on `address`.
    pub(super) async fn at(address: SocketAddr) -> Result<Self, StartError> {
        Self::fill(address).await.map_err(|source| StartError::listen(address, source))
    }

    async fn fill(address: SocketAddr) -> io::Result<Self> {
        /// Far more than the queue of a listener with a backlog of 1 can hold.
        const MOST: usize = 32;
        /// On loopback a connection stands at once, or not at all.
        const AT_ONCE: Duration = Duration::from_millis(100);
        let socket = TcpSocket::new_v4()?;
        socket.set_reuseaddr(false)?;
        socket.bind(address)?;
        let listener = socket.listen(1)?;
        let address = listener.local_addr()?;
        let mut queued = Vec::new();
        let mut attempts = JoinSet::new();
        for _ in 0..MOST {
            attempts.spawn(timeout(AT_ONCE, TcpStream::connect(address)));
        }
        while let Some(attempt) = attempts.join_next().await {
            if let Ok(Ok(connected)) = attempt {
                queued.push(connected?);
            }
        }
        if queued.len() == MOST {
            return Err(io::Error::other("this system's listeners never refuse to queue"));
        }
        Ok(Self { address, _listener: listener, _queued: queued })
    }

    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }
}
