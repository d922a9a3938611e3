//! The TLS handshake: one configuration for all connections of a run, and all that a handshake shows.

mod cause;
mod certificate;
mod chains;
mod seen;
mod trusted;
mod verifier;

use std::convert::Infallible;
use std::future::{Ready, ready};
use std::sync::Arc;
use std::task::{Context, Poll};

use hyper::Uri;
use hyper_rustls::{FixedServerNameResolver, HttpsConnector, MaybeHttpsStream};
use hyper_util::rt::TokioIo;
use rustls::client::Resumption;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::ServerName;
use rustls::sign::CertifiedKey;
use rustls::{ClientConfig, ProtocolVersion};
use tower_service::Service;
use url::Host;

use self::cause::Circumstances;
pub use self::certificate::Certificate;
use self::chains::Chains;
pub(super) use self::seen::Seen;
use self::seen::Watched;
use self::verifier::{Identity, Verifier};
use super::exchange::TlsSession;
use super::record::Record;
use super::wire::Wire;
use super::{HttpVersion, InvalidSetting, Reuse, Settings, errors, os_error};
use crate::codes::FailureCause;

/// A connection, encrypted or not, as the tap above it sees it.
pub(super) type Stream = TokioIo<MaybeHttpsStream<TokioIo<Wire>>>;

/// The error of a handshake: [`errors::find`] gets at what it holds.
pub(super) type HandshakeError = Box<dyn std::error::Error + Send + Sync>;

/// What all handshakes of a run share.
#[derive(Debug)]
pub(super) struct Tls {
    config: Arc<ClientConfig>,
    verifier: Arc<Verifier>,
    server_name: Option<ServerName<'static>>,
    has_identity: bool,
    chains: Chains,
}

impl Tls {
    /// Loads the trust store and the client certificate.
    ///
    /// # Errors
    /// When one of them can't be used.
    pub(super) fn new(settings: &Settings) -> Result<Self, InvalidSetting> {
        let provider = Arc::new(aws_lc_rs::default_provider());
        let verifier = Arc::new(Verifier::new(&settings.tls, Arc::clone(&provider))?);
        let identity = match &settings.tls.identity {
            None => None,
            Some(identity) => Some(
                CertifiedKey::from_der(identity.chain.clone(), identity.key.clone_key(), &provider)
                    .map_err(|error| InvalidSetting::new("client certificate", error.to_string()))?,
            ),
        };
        let has_identity = identity.is_some();
        let mut config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| InvalidSetting::new("TLS", error.to_string()))?
            .dangerous()
            .with_custom_certificate_verifier(Arc::clone(&verifier) as _)
            .with_client_cert_resolver(Arc::new(Identity(identity.map(Arc::new))));
        config.alpn_protocols = match settings.http {
            HttpVersion::Http1 => vec![b"http/1.1".to_vec()],
            HttpVersion::Http2 => vec![b"h2".to_vec(), b"http/1.1".to_vec()],
        };
        if settings.reuse == Reuse::Fresh {
            config.resumption = Resumption::disabled();
        }
        Ok(Self {
            config: Arc::new(config),
            verifier,
            server_name: settings.tls.server_name.clone(),
            has_identity,
            chains: Chains::default(),
        })
    }

    /// The name to send and to look for in the certificate. None when no certificate can be for it.
    pub(super) fn server_name(&self, host: &Host<String>) -> Option<ServerName<'static>> {
        if let Some(name) = &self.server_name {
            return Some(name.clone());
        }
        match host {
            Host::Domain(name) => ServerName::try_from(name.trim_end_matches('.').to_owned()).ok(),
            Host::Ipv4(address) => Some(ServerName::IpAddress(std::net::IpAddr::V4(*address).into())),
            Host::Ipv6(address) => Some(ServerName::IpAddress(std::net::IpAddr::V6(*address).into())),
        }
    }

    /// Shakes hands. What the server shows is in `seen`, also when it fails or the future is dropped.
    ///
    /// # Errors
    /// When the handshake fails; [`Tls::cause`] knows why.
    pub(super) async fn handshake(
        &self,
        wire: Wire,
        name: ServerName<'static>,
        seen: &mut Seen,
    ) -> Result<Stream, HandshakeError> {
        let names = Arc::new(FixedServerNameResolver::new(name));
        let connected = Connected(Some(TokioIo::new(wire)));
        let mut connector = HttpsConnector::new(connected, Arc::clone(&self.config), true, names);
        let handshake = connector.call(Uri::from_static("https://name.of.the.resolver/"));
        Ok(TokioIo::new(Watched { handshake, seen }.await?))
    }

    /// What is known of the session: of the finished one in `stream`, or of the failed one in `seen`.
    pub(super) fn session(
        &self,
        stream: Option<&Stream>,
        seen: &Seen,
        name: &ServerName<'static>,
    ) -> TlsSession {
        let connection = stream.and_then(|stream| match stream.inner() {
            MaybeHttpsStream::Http(_) => None,
            MaybeHttpsStream::Https(stream) => Some(stream.inner().get_ref().1),
        });
        let resumed = connection.and_then(|connection| connection.peer_certificates()).unwrap_or_default();
        let chain = if seen.chain.is_empty() { resumed } else { &seen.chain };
        TlsSession {
            version: connection.and_then(|connection| connection.protocol_version()).and_then(version_name),
            suite: connection
                .and_then(|connection| connection.negotiated_cipher_suite())
                .and_then(|suite| suite.suite().as_str()),
            alpn: connection
                .and_then(|connection| connection.alpn_protocol())
                .map(|protocol| String::from_utf8_lossy(protocol).into_owned()),
            client_certificate_wanted: seen.client_certificate_wanted,
            overlooked: seen.overlooked.as_ref().map(ToString::to_string),
            chain: self.chains.describe(chain, name, &|subject| self.is_trusted(subject)),
        }
    }

    /// Why a handshake failed, or a read after it whose error came from TLS.
    pub(super) fn cause(
        &self,
        error: &(dyn std::error::Error + 'static),
        seen: &Seen,
        record: &Record,
    ) -> Option<FailureCause> {
        let notes = record.notes();
        let circumstances = Circumstances {
            seen,
            wire_start: &notes.wire_start,
            has_identity: self.has_identity,
            is_trusted: &|subject| self.is_trusted(subject),
        };
        if let Some(error) = errors::find::<rustls::Error>(error) {
            return Some(cause::of_error(error, &circumstances));
        }
        let error = errors::innermost_io(error)?;
        Some(match error.kind() {
            _ if !cause::is_tls(&notes.wire_start) => FailureCause::TlsNotTls,
            std::io::ErrorKind::UnexpectedEof => FailureCause::TlsClosedDuringHandshake,
            _ if os_error::is_reset(error) => FailureCause::TlsResetDuringHandshake,
            std::io::ErrorKind::TimedOut => FailureCause::TlsTimeout,
            _ => return os_error::own_fault(error),
        })
    }

    fn is_trusted(&self, subject: &[u8]) -> bool {
        chains::is_among(self.verifier.roots(), subject)
    }
}

fn version_name(version: ProtocolVersion) -> Option<&'static str> {
    match version {
        ProtocolVersion::TLSv1_2 => Some("TLSv1.2"),
        ProtocolVersion::TLSv1_3 => Some("TLSv1.3"),
        other => other.as_str(),
    }
}

/// Wraps a connection without TLS, so that both kinds are one type.
pub(super) fn plain(wire: Wire) -> Stream {
    TokioIo::new(MaybeHttpsStream::Http(TokioIo::new(wire)))
}

/// A "connector" whose connection stands already: ours are dialled phase by phase.
struct Connected(Option<TokioIo<Wire>>);

impl Service<Uri> for Connected {
    type Response = TokioIo<Wire>;
    type Error = Infallible;
    type Future = Ready<Result<TokioIo<Wire>, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Uri) -> Self::Future {
        ready(Ok(self.0.take().expect("each of these connectors is called once")))
    }
}
