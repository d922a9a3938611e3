//! Authorities, certificates and TLS servers for tests.

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, KeyUsagePurpose,
    SerialNumber, date_time_ymd,
};
use rehearsal::transport::{DnsSettings, Settings, TlsSettings};
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use rustls::{ServerConfig, SupportedProtocolVersion};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

/// The host of every test's URL.
pub(super) const HOST: &str = "app.test";

/// An authority with its key.
pub(super) type Authority = CertifiedIssuer<'static, KeyPair>;

/// A root authority of that name.
pub(super) fn root(name: &str) -> Authority {
    CertifiedIssuer::self_signed(authority_params(name), key()).expect("an authority")
}

/// An authority below `issuer`.
pub(super) fn intermediate(name: &str, issuer: &Authority) -> Authority {
    CertifiedIssuer::signed_by(authority_params(name), key(), issuer).expect("an authority")
}

fn authority_params(name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params
}

fn key() -> KeyPair {
    KeyPair::generate().expect("a key")
}

/// What a server shows.
pub(super) struct Shown {
    pub(super) chain: Vec<CertificateDer<'static>>,
    pub(super) key: KeyPair,
}

/// A server's certificate, valid for [`HOST`] unless `change` says otherwise.
pub(super) fn leaf(issuer: &Authority, change: impl FnOnce(&mut CertificateParams)) -> Shown {
    let mut params = CertificateParams::new([HOST.to_owned()]).expect("a name");
    params.not_before = date_time_ymd(2020, 1, 1);
    params.serial_number = Some(SerialNumber::from(4711));
    change(&mut params);
    let key = key();
    let certificate = params.signed_by(&key, issuer).expect("a certificate");
    Shown { chain: vec![certificate.der().clone()], key }
}

/// A certificate that is its own issuer.
pub(super) fn self_signed(is_ca: IsCa) -> Shown {
    let mut params = CertificateParams::new([HOST.to_owned()]).expect("a name");
    params.is_ca = is_ca;
    let key = key();
    let certificate = params.self_signed(&key).expect("a certificate");
    Shown { chain: vec![certificate.der().clone()], key }
}

impl Shown {
    /// The same with these certificates behind it.
    pub(super) fn with(mut self, more: &[&Authority]) -> Self {
        self.chain.extend(more.iter().map(|authority| authority.der().clone()));
        self
    }

    /// The certificate and key as a server has them.
    pub(super) fn certified(&self) -> CertifiedKey {
        let der = PrivateKeyDer::Pkcs8(self.key.serialize_der().into());
        let key = aws_lc_rs::sign::any_supported_type(&der).expect("a key");
        CertifiedKey::new(self.chain.clone(), key)
    }
}

#[derive(Debug)]
struct Always(Arc<CertifiedKey>);

impl ResolvesServerCert for Always {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.0))
    }
}

/// How a server shows `key`, in these versions of TLS.
pub(super) fn config(key: CertifiedKey, versions: &[&'static SupportedProtocolVersion]) -> ServerConfig {
    ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_protocol_versions(versions)
        .expect("versions")
        .with_no_client_auth()
        .with_cert_resolver(Arc::new(Always(Arc::new(key))))
}

/// A server that shakes hands and then does as `behave` says.
pub(super) async fn serve_tls<F, R>(config: ServerConfig, behave: F) -> SocketAddr
where
    F: Fn(TlsStream<TcpStream>) -> R + Clone + Send + Sync + 'static,
    R: Future<Output = ()> + Send + 'static,
{
    let acceptor = TlsAcceptor::from(Arc::new(config));
    super::bench::serve(move |stream, _| {
        let (acceptor, behave) = (acceptor.clone(), behave.clone());
        async move {
            if let Ok(stream) = acceptor.accept(stream).await {
                behave(stream).await;
            }
        }
    })
    .await
}

/// A server that shows this and answers 204.
pub(super) async fn healthy(shown: Shown) -> SocketAddr {
    serve_tls(config(shown.certified(), rustls::ALL_VERSIONS), answer_204).await
}

/// Answers 204 as a well-behaved server does.
pub(super) async fn answer_204(mut stream: TlsStream<TcpStream>) {
    use tokio::io::AsyncWriteExt;
    super::bench::read_request(&mut stream).await;
    stream.write_all(b"HTTP/1.1 204 No Content\r\n\r\n").await.ok();
    stream.shutdown().await.ok();
}

/// Settings that trust `authorities` and take [`HOST`] for this machine.
pub(super) fn trusting(address: SocketAddr, authorities: &[&Authority]) -> Settings {
    let given = format!("{HOST}:{}:127.0.0.1", address.port()).parse().expect("an override");
    Settings {
        dns: DnsSettings { overrides: vec![given], ..DnsSettings::default() },
        tls: TlsSettings {
            extra_authorities: authorities.iter().map(|authority| authority.der().clone()).collect(),
            ..TlsSettings::default()
        },
        ..Settings::default()
    }
}

/// The URL of a server at that address.
pub(super) fn url(address: SocketAddr) -> String {
    format!("https://{HOST}:{}/installed", address.port())
}
