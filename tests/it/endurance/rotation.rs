//! One port behind which faults of the bench take turns: every connection meets the next one.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use rehearsal::reference_app::{AppTrust, Fault, Running, ShownBy, Stage};
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;
use url::Url;

/// The beat of what is slow; the prober's clocks are 3, 5 and 10 times as long.
pub(crate) const PACE: Duration = Duration::from_millis(100);

/// Faults that take turns, until this is dropped.
pub(crate) struct Rotation {
    address: SocketAddr,
    size: usize,
    _running: Vec<Running>,
    _runtime: Runtime,
}

impl Rotation {
    /// Every fault that shows in a callback to a URL of this scheme, on a connection of its own.
    ///
    /// # Errors
    /// When an address can't be listened on.
    pub(crate) fn of_scheme(scheme: &str) -> io::Result<Self> {
        let faults = Fault::all().filter(|fault| {
            fault.shown_by == ShownBy::Callback
                && ["tls", "timeout", "http", "status"].contains(&fault.family())
        });
        Self::start(faults, |running| {
            let setup = running.setup();
            setup.base_url.starts_with(&format!("{scheme}://")) && !setup.http2 && !setup.keep_alive
        })
    }

    /// One fault alone.
    ///
    /// # Errors
    /// When an address can't be listened on.
    pub(crate) fn of_one(name: &str) -> io::Result<Self> {
        Self::start(Fault::named(name).into_iter(), |_| true)
    }

    fn start(
        faults: impl Iterator<Item = &'static Fault>,
        fits: impl Fn(&Running) -> bool,
    ) -> io::Result<Self> {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
        let (running, address) = runtime.block_on(async {
            let stage = Stage { trust: AppTrust::Anyone, pace: PACE };
            let mut running = Vec::new();
            for fault in faults {
                let started = fault.start(&stage).await.map_err(io::Error::other)?;
                if fits(&started) {
                    running.push(started);
                }
            }
            let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
            let address = listener.local_addr()?;
            tokio::spawn(take_turns(listener, running.iter().map(port).collect()));
            io::Result::Ok((running, address))
        })?;
        Ok(Self { address, size: running.len(), _running: running, _runtime: runtime })
    }

    /// How many faults take turns.
    pub(crate) fn size(&self) -> usize {
        self.size
    }

    /// The base URL of them all.
    pub(crate) fn base_url(&self, scheme: &str) -> String {
        format!("{scheme}://{}", self.address)
    }
}

fn port(running: &Running) -> u16 {
    let url: Option<Url> = running.setup().base_url.parse().ok();
    url.and_then(|url| url.port_or_known_default()).unwrap_or(0)
}

async fn take_turns(listener: TcpListener, ports: Arc<[u16]>) {
    for turn in 0.. {
        let Ok((mut client, _)) = listener.accept().await else { return };
        let port = ports[turn % ports.len()];
        tokio::spawn(async move {
            let passed_on = async {
                let mut server = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await?;
                copy_bidirectional(&mut client, &mut server).await
            };
            // A fault that resets is to be felt as a reset.
            if passed_on.await.is_err() {
                let _ = client.set_zero_linger();
            }
        });
    }
}
