//! What a fault needs to be staged, and what a prober must be told to see it.

use std::net::SocketAddr;
use std::time::Duration;

use super::dns_responder::DnsResponder;
use super::port::{Blackhole, ReservedPort};
use super::proxy::Tunnel;
use super::wire::Wire;
use crate::reference_app::descriptor::descriptor;
use crate::reference_app::{AppTrust, ReferenceApp, Settings};
use crate::serve::Server;

/// What a fault needs to be staged.
#[derive(Debug, Clone)]
pub struct Stage {
    /// Whose callbacks the app takes, where an app stands behind the fault.
    pub trust: AppTrust,
    /// The beat of all that is slow. It fits a prober whose clocks are 3, 5 and 10 times as long: for
    /// connecting, for a connection on which nothing moves, and for the whole callback.
    pub pace: Duration,
}

impl Stage {
    /// A stage for a prober with the default clocks of 3, 5 and 10 seconds.
    pub fn new(trust: AppTrust) -> Self {
        Self { trust, pace: Duration::from_secs(1) }
    }
}

/// What a prober must be told to see a fault.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FaultSetup {
    /// The app's base URL.
    pub base_url: String,
    /// The app's descriptor. Many faults keep it from being fetched.
    pub descriptor: String,
    /// The resolver to ask.
    pub dns_server: Option<SocketAddr>,
    /// The authority to trust besides the public ones, in PEM.
    pub ca_pem: Option<String>,
    /// The revocation list to heed, in PEM.
    pub crl_pem: Option<String>,
    /// The HTTP proxy to use.
    pub proxy: Option<String>,
    /// Whether to offer HTTP/2.
    pub http2: bool,
    /// Whether to keep connections.
    pub keep_alive: bool,
    /// Which exchange shows the fault, counted from 1; those before it are answered well.
    pub exchange: u32,
    /// How long the request's body must be for the fault to show.
    pub request_bytes: usize,
}

impl FaultSetup {
    /// A fault that shows at `base_url` without further ado.
    pub(super) fn at(base_url: impl Into<String>) -> Self {
        let base_url = base_url.into();
        let descriptor = descriptor(&Settings::new(AppTrust::Anyone), &base_url);
        Self {
            base_url,
            descriptor: format!("{descriptor:#}\n"),
            dns_server: None,
            ca_pem: None,
            crl_pem: None,
            proxy: None,
            http2: false,
            keep_alive: false,
            exchange: 1,
            request_bytes: 0,
        }
    }

    /// A fault around a whole app.
    pub fn of(app: &ReferenceApp) -> Self {
        Self { descriptor: app.descriptor(), ..Self::at(app.base_url()) }
    }
}

/// A fault that is being shown, until it is stopped or dropped.
#[derive(Debug)]
pub struct Running {
    setup: FaultSetup,
    parts: Vec<Part>,
}

/// What stands on the stage.
#[derive(Debug)]
pub(super) enum Part {
    App(ReferenceApp),
    Server(Server),
    Wire(Wire),
    Dns(DnsResponder),
    Tunnel(Tunnel),
    /// Held so that nobody else takes it.
    Port(ReservedPort),
    /// Held so that it stays full.
    Blackhole(Blackhole),
}

impl Running {
    pub(super) fn new(setup: FaultSetup, parts: impl IntoIterator<Item = Part>) -> Self {
        Self { setup, parts: parts.into_iter().collect() }
    }

    /// What a prober must be told to see the fault.
    pub fn setup(&self) -> &FaultSetup {
        &self.setup
    }

    /// How many requests arrived whole, where somebody reads them.
    pub fn requests(&self) -> u64 {
        self.parts
            .iter()
            .map(|part| match part {
                Part::App(app) => app.callbacks(),
                Part::Wire(wire) => wire.requests(),
                Part::Server(_) | Part::Dns(_) | Part::Tunnel(_) | Part::Port(_) | Part::Blackhole(_) => 0,
            })
            .sum()
    }

    /// Clears the stage: nothing listens any more, and all connections are closed.
    pub async fn stop(self) {
        for part in self.parts {
            match part {
                Part::App(app) => app.stop().await,
                Part::Server(server) => server.stop().await,
                Part::Wire(wire) => wire.stop().await,
                Part::Dns(responder) => responder.stop().await,
                Part::Tunnel(tunnel) => tunnel.stop().await,
                Part::Port(port) => drop(port),
                Part::Blackhole(blackhole) => drop(blackhole),
            }
        }
    }
}
