//! How exchanges are made in one run. Every default here is the one the command line documents.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;
use std::time::Duration;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, CertificateRevocationListDer, PrivateKeyDer, ServerName};

use super::Proxy;

/// How exchanges are made: the same for every connection of a run.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The three clocks.
    pub deadlines: Deadlines,
    /// Whom to trust and how to present ourselves.
    pub tls: TlsSettings,
    /// How names become addresses.
    pub dns: DnsSettings,
    /// Which addresses are used.
    pub family: AddressFamily,
    /// The addresses of this machine that are connected from, in turn. Without one of the family that is
    /// connected to, the system chooses.
    pub sources: Vec<IpAddr>,
    /// The HTTP proxy, if any.
    pub proxy: Option<Proxy>,
    /// Which version of HTTP is spoken.
    pub http: HttpVersion,
    /// Whether connections are kept.
    pub reuse: Reuse,
    /// Whether redirects are followed.
    pub redirects: Redirects,
    /// Bytes of a response's body that are read before the connection is closed.
    pub body_limit: usize,
    /// Bytes of a response's head that are read before it counts as too large; at least 8,192.
    pub head_limit: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            deadlines: Deadlines::default(),
            tls: TlsSettings::default(),
            dns: DnsSettings::default(),
            family: AddressFamily::Any,
            sources: Vec::new(),
            proxy: None,
            http: HttpVersion::Http1,
            reuse: Reuse::Fresh,
            redirects: Redirects::Show,
            body_limit: 1024 * 1024,
            head_limit: 64 * 1024,
        }
    }
}

/// The three clocks of an exchange. Their defaults are those of Atlassian's Connect plugin of 2016, the
/// only public copy of the sender's code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Deadlines {
    /// For each of: resolving the name, opening the connection, the TLS handshake.
    pub connect: Duration,
    /// For a connection on which nothing moves.
    pub idle: Duration,
    /// For the whole exchange, from dispatch.
    pub total: Duration,
}

impl Default for Deadlines {
    fn default() -> Self {
        Self { connect: Duration::from_secs(3), idle: Duration::from_secs(5), total: Duration::from_secs(10) }
    }
}

/// Whom to trust and how to present ourselves.
#[derive(Debug, Default)]
pub struct TlsSettings {
    /// Where trusted authorities come from.
    pub roots: Roots,
    /// Authorities trusted besides.
    pub extra_authorities: Vec<CertificateDer<'static>>,
    /// Whether the server's certificate is verified.
    pub verification: Verification,
    /// The name sent as SNI and looked for in the certificate, if not the URL's host.
    pub server_name: Option<ServerName<'static>>,
    /// What we show a server that wants a client certificate.
    pub identity: Option<ClientIdentity>,
    /// Revocation lists. Only certificates that these lists cover are checked for revocation.
    pub revocation_lists: Vec<CertificateRevocationListDer<'static>>,
}

impl Clone for TlsSettings {
    fn clone(&self) -> Self {
        Self {
            roots: self.roots,
            extra_authorities: self.extra_authorities.clone(),
            verification: self.verification,
            server_name: self.server_name.clone(),
            identity: self.identity.clone(),
            revocation_lists: self.revocation_lists.clone(),
        }
    }
}

/// Where trusted authorities come from.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Roots {
    /// Mozilla's list, compiled in: the same verdict on every machine.
    #[default]
    Bundled,
    /// The operating system's store.
    Native,
}

/// Whether the server's certificate is verified.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Verification {
    /// It is.
    #[default]
    On,
    /// Anything is accepted; what is wrong with it is still reported.
    Off,
}

/// A client certificate with its key.
pub struct ClientIdentity {
    pub(super) chain: Vec<CertificateDer<'static>>,
    pub(super) key: PrivateKeyDer<'static>,
}

impl ClientIdentity {
    /// Reads the certificate chain and the private key from PEM.
    ///
    /// # Errors
    /// When either text holds none, naming which.
    pub fn from_pem(certificates: &[u8], key: &[u8]) -> Result<Self, InvalidSetting> {
        let chain: Vec<_> = CertificateDer::pem_slice_iter(certificates)
            .collect::<Result<_, _>>()
            .map_err(|error| InvalidSetting::new("client certificate", error.to_string()))?;
        if chain.is_empty() {
            return Err(InvalidSetting::new("client certificate", "holds no certificate"));
        }
        let key = PrivateKeyDer::from_pem_slice(key)
            .map_err(|error| InvalidSetting::new("client key", error.to_string()))?;
        Ok(Self { chain, key })
    }
}

impl Clone for ClientIdentity {
    fn clone(&self) -> Self {
        Self { chain: self.chain.clone(), key: self.key.clone_key() }
    }
}

impl fmt::Debug for ClientIdentity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ClientIdentity({} certificates, key redacted)", self.chain.len())
    }
}

/// How names become addresses.
#[derive(Debug, Clone, Default)]
pub struct DnsSettings {
    /// Addresses given by hand, tried before anything else.
    pub overrides: Vec<Override>,
    /// The resolver to ask instead of the system's.
    pub server: Option<SocketAddr>,
    /// Whether answers are kept for their time to live.
    pub cache: DnsCache,
}

/// Whether DNS answers are kept.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum DnsCache {
    /// Every exchange asks anew, as a single callback would.
    #[default]
    Off,
    /// Answers are kept for their time to live, as a sender of many callbacks would.
    On,
}

/// Addresses for one host and port, given by hand in curl's form `HOST:PORT:ADDR[,ADDR]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Override {
    pub(super) host: String,
    pub(super) port: u16,
    pub(super) addresses: Vec<IpAddr>,
}

impl FromStr for Override {
    type Err = InvalidSetting;

    fn from_str(text: &str) -> Result<Self, InvalidSetting> {
        let invalid = || InvalidSetting::new("override", format!("`{text}` is not HOST:PORT:ADDR"));
        let (host, rest) = match text.strip_prefix('[') {
            Some(rest) => rest.split_once("]:").ok_or_else(invalid)?,
            None => text.split_once(':').ok_or_else(invalid)?,
        };
        let (port, addresses) = rest.split_once(':').ok_or_else(invalid)?;
        let addresses = addresses
            .split(',')
            .map(|address| address.trim_start_matches('[').trim_end_matches(']').parse())
            .collect::<Result<Vec<IpAddr>, _>>()
            .map_err(|_| invalid())?;
        if host.is_empty() {
            return Err(invalid());
        }
        Ok(Self { host: host.to_ascii_lowercase(), port: port.parse().map_err(|_| invalid())?, addresses })
    }
}

/// Which addresses are used.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum AddressFamily {
    /// Both families, as RFC 8305 mixes them.
    #[default]
    Any,
    /// IPv4 alone.
    V4,
    /// IPv6 alone.
    V6,
}

/// Which version of HTTP is spoken.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum HttpVersion {
    /// HTTP/1.1.
    #[default]
    Http1,
    /// HTTP/2 where the TLS handshake agrees on it, else HTTP/1.1; over plain text without asking.
    Http2,
}

/// Whether connections are kept.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Reuse {
    /// A new connection for every exchange, TLS sessions not resumed: the harder test.
    #[default]
    Fresh,
    /// Connections are kept as long as the server keeps them, as the product's sender does.
    KeepAlive,
}

/// Whether redirects are followed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Redirects {
    /// A redirect is the response.
    #[default]
    Show,
    /// The request is sent again to where a redirect points, method and body unchanged, ten times at most.
    Follow,
}

/// A setting that can't be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what}: {problem}")]
pub struct InvalidSetting {
    /// Which setting.
    pub what: &'static str,
    /// What is wrong with it.
    pub problem: String,
}

impl InvalidSetting {
    pub(super) fn new(what: &'static str, problem: impl Into<String>) -> Self {
        Self { what, problem: problem.into() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn overrides_read_as_curl_reads_them() {
        let read: Override = "App.Example:443:192.0.2.7,[2001:db8::1]".parse().expect("valid");
        assert_eq!((read.host.as_str(), read.port, read.addresses.len()), ("app.example", 443, 2));
        let read: Override = "[::1]:80:127.0.0.1".parse().expect("valid");
        assert_eq!(read.host, "::1");
        for text in
            ["", "a", "a:1", "a:x:127.0.0.1", ":1:127.0.0.1", "a:1:", "a:1:nonsense", "[::1:80:127.0.0.1"]
        {
            assert!(text.parse::<Override>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_client_key_does_not_show_itself() {
        let made = rcgen::generate_simple_self_signed(["client".to_owned()]).expect("certificate");
        let key = made.signing_key.serialize_pem();
        let identity =
            ClientIdentity::from_pem(made.cert.pem().as_bytes(), key.as_bytes()).expect("identity");
        assert_eq!(format!("{identity:?}"), "ClientIdentity(1 certificates, key redacted)");
        assert_eq!(
            ClientIdentity::from_pem(b"", key.as_bytes()).map(|_| ()).expect_err("empty").what,
            "client certificate"
        );
    }
}
