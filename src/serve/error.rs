//! Why a listener could not start, with what to do about it.

use std::io;
use std::net::SocketAddr;

/// A listener that could not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Another process listens there already.
    #[error("{0} is taken: another process listens on that port")]
    AddressTaken(SocketAddr),
    /// The port is reserved for privileged users.
    #[error("listening on {0} is not permitted to this user")]
    NotPermitted(SocketAddr),
    /// The address is not one of this machine's.
    #[error("{0} is not an address of this machine")]
    NotLocal(SocketAddr),
    /// Anything else the operating system said.
    #[error("can't listen on {address}: {source}")]
    Listen {
        /// The address asked for.
        address: SocketAddr,
        /// What the operating system said.
        source: io::Error,
    },
    /// The certificate or the key can't be used.
    #[error("the TLS certificate or key can't be used: {0}")]
    Tls(String),
}

impl StartError {
    /// Tells the common refusals of the operating system apart.
    pub(crate) fn listen(address: SocketAddr, source: io::Error) -> Self {
        match source.kind() {
            io::ErrorKind::AddrInUse => Self::AddressTaken(address),
            io::ErrorKind::PermissionDenied => Self::NotPermitted(address),
            io::ErrorKind::AddrNotAvailable => Self::NotLocal(address),
            _ => Self::Listen { address, source },
        }
    }

    /// What the person can do about it.
    pub fn remedy(&self) -> String {
        match self {
            Self::AddressTaken(address) => format!(
                "Stop the process that `ss -ltnp 'sport = :{port}'` shows, or choose another port; port 0 picks a free one.",
                port = address.port()
            ),
            Self::NotPermitted(_) => {
                "Choose a port from 1024 up, or grant the right to bind low ports (CAP_NET_BIND_SERVICE)."
                    .to_owned()
            }
            Self::NotLocal(_) => {
                "Use 127.0.0.1 for this machine alone, 0.0.0.0 or [::] for all of its interfaces, or one of the addresses that `ip addr` shows.".to_owned()
            }
            Self::Listen { .. } => "Check the address, and whether this machine has such an interface.".to_owned(),
            Self::Tls(_) => {
                "Give the whole certificate chain and its own private key as PEM (`rehearsal keys ca` makes a pair)."
                    .to_owned()
            }
        }
    }
}
