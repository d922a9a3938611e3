//! The TLS side of a listener.

use std::fmt;
use std::sync::Arc;

use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::TlsAcceptor;

use super::StartError;

/// A certificate chain with its private key, ready to accept TLS 1.2 and 1.3 with ALPN `h2` and
/// `http/1.1`.
#[derive(Clone)]
pub struct ServerTls(Arc<ServerConfig>);

impl ServerTls {
    /// Takes a chain, the server's own certificate first, and its private key, both in PEM.
    ///
    /// # Errors
    /// When either can't be read, or the key does not belong to the certificate.
    pub fn from_pem(chain: &str, private_key: &str) -> Result<Self, StartError> {
        let unreadable = |what: &str| StartError::Tls(format!("{what} is not readable PEM"));
        let chain = CertificateDer::pem_slice_iter(chain.as_bytes())
            .collect::<Result<Vec<_>, _>>()
            .map_err(|_| unreadable("the certificate chain"))?;
        if chain.is_empty() {
            return Err(StartError::Tls("the certificate chain holds no certificate".to_owned()));
        }
        let private_key = PrivateKeyDer::from_pem_slice(private_key.as_bytes())
            .map_err(|_| unreadable("the private key"))?;
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .and_then(|builder| builder.with_no_client_auth().with_single_cert(chain, private_key))
            .map_err(|error| StartError::Tls(error.to_string()))?;
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Ok(Self(Arc::new(config)))
    }

    /// Takes a configuration as it is, whether or not a client will like it.
    pub fn from_config(config: ServerConfig) -> Self {
        Self(Arc::new(config))
    }

    pub(super) fn acceptor(&self) -> TlsAcceptor {
        TlsAcceptor::from(Arc::clone(&self.0))
    }
}

impl fmt::Debug for ServerTls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ServerTls(..)")
    }
}
