//! How one instance of the reference app is set up.

use std::collections::BTreeSet;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use hyper::StatusCode;

use super::Misbehaviour;
use crate::serve::{PathPrefix, Server, ServerTls};

/// Where the app asks for public keys.
#[derive(Debug, Clone)]
pub struct KeyHost {
    /// The URL to which `/{kid}` is appended.
    pub url: String,
    /// The CA that an `https` key host's certificate comes from, in PEM.
    pub ca_pem: Option<String>,
    /// How long a fetch may take.
    pub timeout: Duration,
}

impl KeyHost {
    /// A key host without TLS, or of no interest beyond its URL, with a timeout well below that of a
    /// callback.
    pub fn new(url: impl Into<String>) -> Self {
        Self { url: url.into(), ca_pem: None, timeout: Duration::from_secs(2) }
    }
}

/// Whose callbacks the app takes.
#[derive(Debug, Clone)]
pub enum AppTrust {
    /// Signed installs, with keys from this host.
    KeyHost(KeyHost),
    /// No signed installs: the first install comes unsigned, later ones under the previous secret.
    Legacy,
    /// Atlassian's keys alone, of which this app knows none: every kid is refused with this status.
    AtlassianOnly(StatusCode),
    /// Everybody's: nothing is verified. Such an app is wide open.
    Anyone,
}

/// How the app is set up.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The address to listen on; port 0 picks a free one.
    pub address: SocketAddr,
    /// The certificate, when the app serves TLS itself.
    pub tls: Option<ServerTls>,
    /// The host name in the base URL, when it is not the address.
    pub host: Option<String>,
    /// The path of the base URL.
    pub context_path: PathPrefix,
    /// The key of the app.
    pub app_key: String,
    /// Whose callbacks it takes.
    pub trust: AppTrust,
    /// A query that the descriptor's `lifecycle.installed` carries, without the question mark.
    pub installed_query: Option<String>,
    /// What the app does wrong.
    pub misbehaviours: BTreeSet<Misbehaviour>,
}

impl Settings {
    /// A correct app on a free port of loopback.
    pub fn new(trust: AppTrust) -> Self {
        Self {
            address: (Ipv4Addr::LOCALHOST, 0).into(),
            tls: None,
            host: None,
            context_path: PathPrefix::default(),
            app_key: "rehearsal-reference-app".to_owned(),
            trust,
            installed_query: None,
            misbehaviours: BTreeSet::new(),
        }
    }

    pub(super) fn base_url(&self, server: &Server) -> String {
        let origin = match &self.host {
            None => server.origin(),
            Some(host) => {
                let scheme = if self.tls.is_some() { "https" } else { "http" };
                format!("{scheme}://{host}:{}", server.address().port())
            }
        };
        format!("{origin}{}", self.context_path)
    }
}
