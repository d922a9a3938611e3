//! Requests over the network, phase by phase: resolve, connect, TLS, write, wait, read. It states facts
//! and their causes, and knows nothing of scenarios, tenants, good or bad.
//!
//! A [`Transport`] is made once for a run and shared; each sender has [`Connections`] of its own:
//!
//! ```no_run
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! use std::time::Instant;
//! use rehearsal::transport::{Request, Settings, Target, Transport};
//!
//! let transport = Transport::new(Settings::default())?;
//! let target = Target::new(&"https://app.example/atlassian-connect.json".parse()?)?;
//! let exchange = transport.connections().exchange(Request::get(target), Instant::now()).await;
//! println!("{:?}", exchange.outcome());
//! # Ok(())
//! # }
//! ```

mod advise;
mod cause;
mod connections;
mod dial;
mod driven;
mod errors;
mod establish;
mod exchange;
mod http1;
mod http2;
mod link;
mod local;
mod os_error;
mod outgoing;
mod progress;
mod proxy;
mod record;
mod resolve;
mod settings;
mod tap;
mod target;
mod timer;
mod tls;
mod tunnel;
mod wire;

use std::pin::pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use url::Host;

use self::resolve::NoAddresses;
use self::timer::{Running, Timer};
use crate::outcome::{Failure, Phase};

pub use connections::Connections;
pub use exchange::{
    Attempt, AttemptResult, Body, Exchange, Head, Hop, Peer, Request, Retried, Stamps, TlsSession,
};
pub use proxy::Proxy;
pub use resolve::{Alias, Answer, FamilyAnswer, Resolution, Source};
pub use settings::{
    AddressFamily, ClientIdentity, Deadlines, DnsCache, DnsSettings, HttpVersion, InvalidSetting, Override,
    Redirects, Reuse, Roots, Settings, TlsSettings, Verification,
};
pub use target::{Scheme, Target};
pub use tls::Certificate;

/// What the connections of a run share: settings, trust store, resolver. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Transport {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    settings: Settings,
    resolver: resolve::Resolver,
    local: local::LocalAddresses,
    tls: tls::Tls,
}

impl Transport {
    /// Prepares what a run shares: the trust store is loaded here, once.
    ///
    /// # Errors
    /// When a certificate, key or revocation list can't be used, a trust store can't be read, or a source
    /// address is not one of this machine.
    pub fn new(settings: Settings) -> Result<Self, InvalidSetting> {
        let tls = tls::Tls::new(&settings)?;
        let local = local::LocalAddresses::new(&settings.sources)?;
        // Longer than ours, so that ours are the clocks that run out; but not beyond what hickory can add
        // to the time of day.
        let patience = settings.deadlines.total.min(Duration::from_secs(24 * 3600)) + Duration::from_secs(1);
        let resolver = resolve::Resolver::new(settings.dns.clone(), settings.family, patience);
        Ok(Self { shared: Arc::new(Shared { settings, resolver, local, tls }) })
    }

    /// The settings this was made with.
    pub fn settings(&self) -> &Settings {
        &self.shared.settings
    }

    /// Looks for the addresses of `host`, as for an exchange, under the clocks of resolving a name.
    ///
    /// # Errors
    /// When there are none, or no answer in time.
    pub async fn resolve(&self, host: &Host<String>) -> Result<Resolution, Failure> {
        let started = Instant::now();
        let mut timer = Timer::new(self.shared.settings.deadlines, started);
        let mut lookup = self.shared.resolver.lookup(host, 0);
        let waited = timer.limit(Running::connecting(started), pin!(lookup.enough())).await;
        if lookup.has_addresses() {
            return Ok(lookup.resolution());
        }
        let (cause, clock, detail) = match lookup.no_addresses(waited) {
            NoAddresses::Answer(cause, detail) => (cause, None, detail),
            NoAddresses::Silence(cause, clock) => {
                (cause, Some(clock), format!("no answer in {} ms", started.elapsed().as_millis()))
            }
        };
        Err(Failure { phase: Phase::Dns, cause, clock, detail })
    }

    /// Connections for one more sender.
    pub fn connections(&self) -> Connections {
        Connections::new(self.clone())
    }
}
