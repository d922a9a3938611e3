//! The addresses of this machine that connections come from.

use std::future::Future;
use std::io;
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::net::{TcpSocket, TcpStream};

use super::InvalidSetting;

/// The addresses that were given to connect from, used in turn: each has local ports of its own towards the
/// same server.
#[derive(Debug, Default)]
pub(super) struct LocalAddresses {
    v4: Turns,
    v6: Turns,
}

/// The addresses of one family.
#[derive(Debug, Default)]
struct Turns {
    addresses: Vec<IpAddr>,
    next: AtomicUsize,
}

impl Turns {
    fn next(&self) -> Option<IpAddr> {
        let turn = self.next.fetch_add(1, Ordering::Relaxed);
        self.addresses.get(turn.checked_rem(self.addresses.len())?).copied()
    }
}

impl LocalAddresses {
    /// Takes addresses of this machine, of either family.
    ///
    /// # Errors
    /// When one of them is not this machine's.
    pub(super) fn new(addresses: &[IpAddr]) -> Result<Self, InvalidSetting> {
        let mut local = Self::default();
        for &address in addresses {
            UdpSocket::bind(SocketAddr::new(address, 0)).map_err(|error| {
                InvalidSetting::new("source address", format!("{address} can't be connected from: {error}"))
            })?;
            let turns = if address.is_ipv4() { &mut local.v4 } else { &mut local.v6 };
            turns.addresses.push(address);
        }
        Ok(local)
    }

    /// Connects to an address, from the next of its family, or from where the system chooses if none was given.
    pub(super) fn connect(
        &self,
        to: SocketAddr,
    ) -> impl Future<Output = io::Result<TcpStream>> + Send + use<> {
        let turns = if to.is_ipv4() { &self.v4 } else { &self.v6 };
        let from = turns.next();
        async move {
            match from {
                None => TcpStream::connect(to).await,
                Some(from) => bound(from)?.connect(to).await,
            }
        }
    }
}

/// A socket of this address. Its port is chosen when it connects, so that only those in use towards the same
/// server are out of reach.
fn bound(from: IpAddr) -> io::Result<TcpSocket> {
    let socket = if from.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    #[cfg(target_os = "linux")]
    nix::sys::socket::setsockopt(&socket, nix::sys::socket::sockopt::IpBindAddressNoPort, &true)?;
    socket.bind(SocketAddr::new(from, 0))?;
    Ok(socket)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(target_os = "linux")]
    #[tokio::test]
    async fn addresses_take_turns() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let sources = ["127.0.0.1", "127.0.0.2", "127.0.0.3"].map(|text| text.parse().expect("an address"));
        let local = LocalAddresses::new(&sources).expect("all of 127.0.0.0/8 is this machine");
        let mut seen = Vec::new();
        for _ in 0..4 {
            let _stream = local.connect(listener.local_addr().expect("bound")).await.expect("listened on");
            seen.push(listener.accept().await.expect("connected").1.ip());
        }
        assert_eq!(seen, [sources[0], sources[1], sources[2], sources[0]]);
    }

    #[test]
    fn an_address_of_another_machine_is_refused() {
        let elsewhere = "192.0.2.1".parse().expect("an address");
        let refused = LocalAddresses::new(&[elsewhere]).expect_err("not ours");
        assert!(refused.problem.contains("192.0.2.1"), "{refused}");
    }
}
