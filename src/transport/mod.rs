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

mod connections;
mod exchange;
mod proxy;
mod resolve;
mod settings;
mod target;
mod tls;

use std::sync::Arc;

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
}

impl Transport {
    /// Prepares what a run shares: the trust store is loaded here, once.
    ///
    /// # Errors
    /// When a certificate, key or revocation list can't be used, or a trust store can't be read.
    pub fn new(settings: Settings) -> Result<Self, InvalidSetting> {
        Ok(Self { shared: Arc::new(Shared { settings }) })
    }

    /// The settings this was made with.
    pub fn settings(&self) -> &Settings {
        &self.shared.settings
    }

    /// Connections for one more sender.
    pub fn connections(&self) -> Connections {
        Connections::new(self.clone())
    }
}
