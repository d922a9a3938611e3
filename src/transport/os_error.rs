//! What the operating system's errors mean, at each place where they can meet us.

use std::io;
use std::net::{SocketAddr, UdpSocket};

use crate::codes::FailureCause;

/// Too many descriptors in this process and in the whole system: `EMFILE` and `ENFILE`, the same numbers
/// on every Unix. The standard library has no kind for them.
const DESCRIPTORS_EXHAUSTED: [i32; 2] = [24, 23];

/// No buffer space (`ENOBUFS`), host down (`EHOSTDOWN`), address family not supported (`EAFNOSUPPORT`).
#[cfg(target_os = "linux")]
const NO_BUFFERS_HOST_DOWN_NO_FAMILY: (i32, i32, i32) = (105, 112, 97);
/// The same on macOS and the BSDs.
#[cfg(not(target_os = "linux"))]
const NO_BUFFERS_HOST_DOWN_NO_FAMILY: (i32, i32, i32) = (55, 64, 47);

/// Other words for what a host or router said over ICMP: `ENOPROTOOPT`, `EOPNOTSUPP`, `EPROTO`, `ENONET`.
#[cfg(target_os = "linux")]
const TURNED_AWAY: [i32; 4] = [92, 95, 71, 64];
/// The same on macOS and the BSDs, which have no `ENONET`.
#[cfg(not(target_os = "linux"))]
const TURNED_AWAY: [i32; 3] = [42, 102, 100];

/// A fault of the probe's own machine, if that is what `error` shows. It can come from any call.
pub(super) fn own_fault(error: &io::Error) -> Option<FailureCause> {
    let (no_buffers, _, _) = NO_BUFFERS_HOST_DOWN_NO_FAMILY;
    match (error.raw_os_error(), error.kind()) {
        (Some(number), _) if DESCRIPTORS_EXHAUSTED.contains(&number) => Some(FailureCause::TooManyOpenFiles),
        (Some(number), _) if number == no_buffers => Some(FailureCause::OutOfMemory),
        (_, io::ErrorKind::OutOfMemory) => Some(FailureCause::OutOfMemory),
        (_, io::ErrorKind::NetworkDown) => Some(FailureCause::OwnNetworkDown),
        (_, io::ErrorKind::PermissionDenied) => Some(FailureCause::ConnectForbidden),
        (_, _) => None,
    }
}

/// Whether a cause is a proven fault of the probe's own machine.
pub(super) fn is_own(cause: FailureCause) -> bool {
    matches!(
        cause,
        FailureCause::TooManyOpenFiles
            | FailureCause::LocalPortsExhausted
            | FailureCause::OutOfMemory
            | FailureCause::OwnNetworkDown
            | FailureCause::ConnectForbidden
    )
}

/// What a failed try to connect to `address` means.
pub(super) fn of_connect(error: &io::Error, address: SocketAddr) -> FailureCause {
    if let Some(cause) = own_fault(error) {
        return cause;
    }
    let (_, host_down, no_family) = NO_BUFFERS_HOST_DOWN_NO_FAMILY;
    match (error.raw_os_error(), error.kind()) {
        (Some(number), _) if number == host_down => FailureCause::ConnectHostUnreachable,
        (Some(number), _) if number == no_family => FailureCause::ConnectNetworkUnreachable,
        (_, io::ErrorKind::ConnectionRefused) => FailureCause::ConnectRefused,
        (_, io::ErrorKind::ConnectionReset | io::ErrorKind::ConnectionAborted) => FailureCause::ConnectReset,
        (_, io::ErrorKind::TimedOut) => FailureCause::ConnectTimeout,
        (Some(number), _) if TURNED_AWAY.contains(&number) => FailureCause::ConnectHostUnreachable,
        (_, io::ErrorKind::HostUnreachable) => FailureCause::ConnectHostUnreachable,
        // A link-local address of IPv6 can't be used without naming a network, which no URL and no DNS does.
        (_, io::ErrorKind::NetworkUnreachable | io::ErrorKind::InvalidInput) => {
            FailureCause::ConnectNetworkUnreachable
        }
        (_, io::ErrorKind::AddrInUse) => FailureCause::LocalPortsExhausted,
        (_, io::ErrorKind::AddrNotAvailable) if has_source_for(address) => FailureCause::LocalPortsExhausted,
        (_, io::ErrorKind::AddrNotAvailable) => FailureCause::ConnectNetworkUnreachable,
        (_, _) => FailureCause::Unrecognised,
    }
}

/// Whether this machine has a source address for `address`. `EADDRNOTAVAIL` means that the ports ran
/// out or that the whole family is missing; a UDP socket has ports of its own and so tells the two apart.
fn has_source_for(address: SocketAddr) -> bool {
    let unspecified = if address.is_ipv4() { "0.0.0.0:0" } else { "[::]:0" };
    UdpSocket::bind(unspecified).and_then(|socket| socket.connect(address)).is_ok()
}

/// Whether `error` says that the other side, or something on the way, cut the connection.
pub(super) fn is_reset(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionReset | io::ErrorKind::ConnectionAborted | io::ErrorKind::BrokenPipe
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn connect(number: i32) -> FailureCause {
        of_connect(&io::Error::from_raw_os_error(number), SocketAddr::from(([127, 0, 0, 1], 1)))
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn every_errno_of_connect_has_its_cause() {
        let table = [
            (111, FailureCause::ConnectRefused),
            (104, FailureCause::ConnectReset),
            (103, FailureCause::ConnectReset),
            (110, FailureCause::ConnectTimeout),
            (101, FailureCause::ConnectNetworkUnreachable),
            (97, FailureCause::ConnectNetworkUnreachable),
            (113, FailureCause::ConnectHostUnreachable),
            (112, FailureCause::ConnectHostUnreachable),
            (92, FailureCause::ConnectHostUnreachable),
            (64, FailureCause::ConnectHostUnreachable),
            (22, FailureCause::ConnectNetworkUnreachable),
            (24, FailureCause::TooManyOpenFiles),
            (23, FailureCause::TooManyOpenFiles),
            (12, FailureCause::OutOfMemory),
            (105, FailureCause::OutOfMemory),
            (99, FailureCause::LocalPortsExhausted),
            (98, FailureCause::LocalPortsExhausted),
            (100, FailureCause::OwnNetworkDown),
            (1, FailureCause::ConnectForbidden),
            (13, FailureCause::ConnectForbidden),
        ];
        for (number, cause) in table {
            assert_eq!(connect(number), cause, "errno {number}");
        }
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn an_address_without_a_source_is_unreachable_rather_than_out_of_ports() {
        // Documentation prefix with port 0: no machine routes a family it does not have.
        let address = SocketAddr::from(([127, 0, 0, 1], 9));
        assert!(has_source_for(address));
    }
}
