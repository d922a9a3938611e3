//! Fetching a public key from the key host.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Empty, Limited};
use hyper::client::conn::http1;
use hyper::header::HOST;
use hyper::{Request, StatusCode};
use hyper_util::rt::TokioIo;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

use super::KeyHost;

/// More than the PEM of any RSA key.
const KEY_BYTES: usize = 16 * 1024;

/// How long an app waits that has no timeout of its own. A task must still end some day.
const NO_TIMEOUT: Duration = Duration::from_secs(600);

/// What came of asking for a key.
#[derive(Debug)]
pub(super) enum Fetch {
    /// The key, as it was published.
    Key(String),
    /// The key host knows no such key.
    Unknown,
    /// The key host could not be asked.
    Failed,
}

/// Whether `kid` may be appended to a URL: nothing in it leads out of the key host's path.
pub(super) fn acceptable(kid: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
    !kid.is_empty()
        && kid.len() <= 256
        && kid.split('/').all(|segment| !segment.is_empty() && segment.chars().all(plain))
}

impl KeyHost {
    /// Asks for the key of an acceptable `kid`.
    pub(super) async fn fetch(&self, kid: &str, patient: bool) -> Fetch {
        let limit = if patient { NO_TIMEOUT } else { self.timeout };
        match timeout(limit, self.get(kid)).await {
            Ok(Ok((StatusCode::OK, pem))) => Fetch::Key(pem),
            Ok(Ok((StatusCode::FORBIDDEN | StatusCode::NOT_FOUND, _))) => Fetch::Unknown,
            Ok(Ok(_) | Err(_)) | Err(_) => Fetch::Failed,
        }
    }

    async fn get(&self, kid: &str) -> io::Result<(StatusCode, String)> {
        let url = url::Url::parse(&format!("{}/{kid}", self.url)).map_err(io::Error::other)?;
        let host = url.host_str().ok_or_else(|| io::Error::other("the key host's URL has no host"))?;
        let port = url.port_or_known_default().unwrap_or(443);
        let bare_host = host.trim_matches(['[', ']']);
        let stream = TcpStream::connect((bare_host, port)).await?;
        let request = Request::get(url.path())
            .header(HOST, format!("{host}:{port}"))
            .body(Empty::new())
            .map_err(io::Error::other)?;
        if url.scheme() == "https" {
            let name = ServerName::try_from(bare_host.to_owned()).map_err(io::Error::other)?;
            let connector = TlsConnector::from(Arc::new(self.client_config()?));
            exchange(connector.connect(name, stream).await?, request).await
        } else {
            exchange(stream, request).await
        }
    }

    fn client_config(&self) -> io::Result<ClientConfig> {
        let mut roots = RootCertStore::empty();
        match &self.ca_pem {
            Some(pem) => {
                for certificate in CertificateDer::pem_slice_iter(pem.as_bytes()) {
                    let certificate = certificate.map_err(io::Error::other)?;
                    roots.add(certificate).map_err(io::Error::other)?;
                }
            }
            None => roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned()),
        }
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let builder = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(io::Error::other)?;
        Ok(builder.with_root_certificates(roots).with_no_client_auth())
    }
}

async fn exchange<S>(stream: S, request: Request<Empty<Bytes>>) -> io::Result<(StatusCode, String)>
where
    S: AsyncRead + AsyncWrite + Unpin + Send,
{
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.map_err(io::Error::other)?;
    let answer = async {
        let response = sender.send_request(request).await.map_err(io::Error::other)?;
        let status = response.status();
        let body = Limited::new(response.into_body(), KEY_BYTES).collect().await.map_err(io::Error::other)?;
        let body = String::from_utf8(body.to_bytes().into()).map_err(io::Error::other)?;
        Ok((status, body))
    };
    // The connection is driven for as long as the answer takes, and no longer.
    tokio::pin!(answer);
    tokio::select! {
        answer = &mut answer => answer,
        ended = connection => {
            ended.map_err(io::Error::other)?;
            answer.await
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kid_must_not_lead_elsewhere() {
        for kid in ["0f8fad5b-d9cb-469f-a165-70867728950e", "a_b", "a/b/c-1"] {
            assert!(acceptable(kid), "{kid}");
        }
        for kid in
            ["", "..", "../x", "a/../b", "a//b", "/a", "a/", "a?b", "a#b", "a%2Fb", "a b", &"x".repeat(257)]
        {
            assert!(!acceptable(kid), "{kid}");
        }
    }
}
