//! Faults of an HTTP proxy between the prober and the app.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};

use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};

use super::dns_responder::HOST;
use super::identity::{ClientCertificates, Identity};
use super::port::ReservedPort;
use super::script::{Act, Script};
use super::setup::{FaultSetup, Part, Running, Stage};
use super::wire::Wire;
use super::{Fault, answers, fails};
use crate::codes::FailureCause as F;
use crate::reference_app::{ReferenceApp, Settings};
use crate::serve::{ServerTls, StartError};

/// What the proxy does with the request for a tunnel, or that all is well with it.
#[derive(Debug, Clone, Copy)]
pub(super) enum Behaviour {
    Scripted(&'static [Act]),
    Down,
    Tunnels,
    Forwards,
}

const fn fault(name: &'static str, description: &'static str, cause: F, acts: &'static [Act]) -> Fault {
    Fault::new(name, description, fails(cause), super::Behaviour::Proxy(Behaviour::Scripted(acts)))
}

pub(super) const FAULTS: &[Fault] = &[
    fault(
        "proxy-forbids",
        "The proxy refuses the tunnel with 403.",
        F::ProxyRefused,
        &[
            Act::ReadRequest,
            Act::Send(b"HTTP/1.1 403 Forbidden\r\ncontent-length: 19\r\n\r\nForbidden by policy"),
            Act::Close,
        ],
    ),
    fault(
        "proxy-wants-credentials",
        "The proxy wants credentials.",
        F::ProxyRefused,
        &[
            Act::ReadRequest,
            Act::Send(
                b"HTTP/1.1 407 Proxy Authentication Required\r\nproxy-authenticate: Basic realm=\"bench\"\r\ncontent-length: 0\r\n\r\n",
            ),
            Act::Close,
        ],
    ),
    fault(
        "proxy-bad-gateway",
        "The proxy can't reach the app.",
        F::ProxyRefused,
        &[
            Act::ReadRequest,
            Act::Send(b"HTTP/1.1 502 Bad Gateway\r\ncontent-length: 0\r\n\r\n"),
            Act::Close,
        ],
    ),
    fault(
        "proxy-closes",
        "The proxy closes the connection instead of answering.",
        F::ProxyRefused,
        &[Act::ReadRequest, Act::Close],
    ),
    fault(
        "proxy-resets",
        "The proxy resets the connection instead of answering.",
        F::ProxyRefused,
        &[Act::ReadRequest, Act::Reset],
    ),
    fault(
        "proxy-garbage",
        "What the proxy answers is not HTTP.",
        F::ProxyRefused,
        &[Act::ReadRequest, Act::Send(b"\x05\x00\x00\x01garbage\r\n\r\n"), Act::Close],
    ),
    fault("proxy-silent", "The proxy never answers.", F::ProxyRefused, &[Act::ReadRequest, Act::Stall]),
    Fault::new(
        "proxy-down",
        "Nobody listens on the proxy's port.",
        fails(F::ProxyUnreachable),
        super::Behaviour::Proxy(Behaviour::Down),
    ),
    Fault::new(
        "proxy-tunnels",
        "The proxy opens a tunnel to an app behind TLS.",
        answers(204),
        super::Behaviour::Proxy(Behaviour::Tunnels),
    ),
    Fault::new(
        "proxy-forwards",
        "The proxy forwards a request in absolute form.",
        answers(204),
        super::Behaviour::Proxy(Behaviour::Forwards),
    ),
];

/// Stages a fault of the proxy.
pub(super) async fn start(behaviour: Behaviour, stage: &Stage) -> Result<Running, StartError> {
    let out_of_reach = || FaultSetup::at(format!("https://{HOST}"));
    let (mut setup, proxy, parts) = match behaviour {
        Behaviour::Scripted(acts) => {
            let wire = Wire::plain(Script::Always(acts), stage.pace).await?;
            (out_of_reach(), wire.address(), vec![Part::Wire(wire)])
        }
        Behaviour::Down => {
            let port = ReservedPort::tcp((Ipv4Addr::LOCALHOST, 0).into())?;
            (out_of_reach(), port.address(), vec![Part::Port(port)])
        }
        Behaviour::Tunnels => {
            let identity = Identity::good()?;
            let config = identity.server_config(
                rustls::ALL_VERSIONS,
                ClientCertificates::NotWanted,
                &[b"http/1.1"],
            )?;
            let mut settings = Settings::new(stage.trust.clone());
            settings.host = Some(HOST.to_owned());
            settings.tls = Some(ServerTls::from_config(config));
            let app = ReferenceApp::start(settings).await?;
            let tunnel = Tunnel::to(app.address()).await?;
            let setup = FaultSetup { ca_pem: Some(identity.ca_pem), ..FaultSetup::of(&app) };
            (setup, tunnel.address, vec![Part::App(app), Part::Tunnel(tunnel)])
        }
        Behaviour::Forwards => {
            // The app understands the absolute form itself, so it can stand for the proxy as well. Only the
            // proxy knows where the name leads.
            let mut settings = Settings::new(stage.trust.clone());
            settings.host = Some(HOST.to_owned());
            let app = ReferenceApp::start(settings).await?;
            (FaultSetup::of(&app), app.address(), vec![Part::App(app)])
        }
    };
    setup.proxy = Some(format!("http://{proxy}"));
    Ok(Running::new(setup, parts))
}

/// A proxy that opens a tunnel to one place, whatever it is asked for, until it is stopped or dropped.
#[derive(Debug)]
pub(super) struct Tunnel {
    address: SocketAddr,
    task: JoinHandle<()>,
}

impl Tunnel {
    async fn to(target: SocketAddr) -> Result<Self, StartError> {
        let address = (Ipv4Addr::LOCALHOST, 0).into();
        let error = |source| StartError::listen(address, source);
        let listener = TcpListener::bind(address).await.map_err(error)?;
        let address = listener.local_addr().map_err(error)?;
        let task = tokio::spawn(async move {
            let mut tunnels = JoinSet::new();
            loop {
                tokio::select! {
                    Some(_) = tunnels.join_next() => {}
                    Ok((stream, _)) = listener.accept() => {
                        tunnels.spawn(tunnel(stream, target));
                    }
                }
            }
        });
        Ok(Self { address, task })
    }

    pub(super) async fn stop(mut self) {
        self.task.abort();
        // It ends by being aborted; waiting makes sure that the port is free.
        let _ = (&mut self.task).await;
    }
}

impl Drop for Tunnel {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn tunnel(mut stream: TcpStream, target: SocketAddr) -> io::Result<()> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await?);
    }
    let answer: &[u8] = if head.starts_with(b"CONNECT ") {
        b"HTTP/1.1 200 Connection established\r\n\r\n"
    } else {
        b"HTTP/1.1 405 Method Not Allowed\r\ncontent-length: 0\r\n\r\n"
    };
    stream.write_all(answer).await?;
    let mut beyond = TcpStream::connect(target).await?;
    copy_bidirectional(&mut stream, &mut beyond).await.map(|_| ())
}
