//! How the way to the server is protected: libpq's `sslmode`.

use std::sync::Arc;

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, aws_lc_rs, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{CertificateError, ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme};
use tokio_postgres::config::SslMode;
use tokio_postgres_rustls::MakeRustlsConnect;

use super::{Answer, Problem};

/// How the way to the server is protected.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Mode {
    negotiation: SslMode,
    check: Check,
    root_certificate: Option<String>,
}

/// What is checked of the server's certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Check {
    /// Nothing: a listener on the way is kept out, an impostor is not.
    Nothing,
    /// That an authority we trust has signed it.
    Authority,
    /// That it is for the server's name as well.
    Name,
}

impl Mode {
    /// The mode for `sslmode` and `sslrootcert` as given. Without `sslmode`, a server on another machine has
    /// to prove who it is; one on this machine (`near`) need not even encrypt.
    pub(super) fn of(mode: Option<&str>, root_certificate: Option<&str>, near: bool) -> Answer<Self> {
        let (negotiation, check) = match (mode, root_certificate) {
            (Some("disable"), _) => (SslMode::Disable, Check::Nothing),
            (Some("prefer"), _) => (SslMode::Prefer, Check::Nothing),
            (Some("require"), None) => (SslMode::Require, Check::Nothing),
            // As libpq has it: who names an authority wants it asked.
            (Some("require" | "verify-ca"), _) => (SslMode::Require, Check::Authority),
            (Some("verify-full"), _) | (None, Some(_)) => (SslMode::Require, Check::Name),
            (None, None) if near => (SslMode::Prefer, Check::Nothing),
            (None, None) => (SslMode::Require, Check::Name),
            (Some(_), _) => {
                let known = "disable, prefer, require, verify-ca and verify-full";
                return Err(Problem::Setting(format!("its sslmode is unknown; known are {known}")));
            }
        };
        Ok(Self { negotiation, check, root_certificate: root_certificate.map(str::to_owned) })
    }

    /// Whether TLS is asked for.
    pub(super) const fn negotiation(&self) -> SslMode {
        self.negotiation
    }

    /// What shakes hands so.
    ///
    /// # Errors
    /// When the file of `sslrootcert` can't be read.
    pub(super) fn connector(&self) -> Answer<MakeRustlsConnect> {
        let provider = Arc::new(aws_lc_rs::default_provider());
        let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()
            .map_err(|error| Problem::Setting(error.to_string()))?;
        let config = match self.check {
            Check::Name => builder.with_root_certificates(self.roots()?).with_no_client_auth(),
            Check::Authority => {
                let roots = Arc::new(self.roots()?);
                let inner = WebPkiServerVerifier::builder_with_provider(roots, Arc::clone(&provider));
                let inner = inner.build().map_err(|error| Problem::Setting(error.to_string()))?;
                let verifier = Arc::new(Lenient { inner: Some(inner), provider });
                builder.dangerous().with_custom_certificate_verifier(verifier).with_no_client_auth()
            }
            Check::Nothing => {
                let verifier = Arc::new(Lenient { inner: None, provider });
                builder.dangerous().with_custom_certificate_verifier(verifier).with_no_client_auth()
            }
        };
        Ok(MakeRustlsConnect::new(config))
    }

    /// The authorities of the file given, otherwise the built-in ones and the operating system's.
    fn roots(&self) -> Answer<RootCertStore> {
        let mut roots = RootCertStore::empty();
        match self.root_certificate.as_deref() {
            None | Some("system") => {
                roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
                roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
            }
            Some(file) => {
                let wrong = |error: &dyn ToString| {
                    Problem::Setting(format!("sslrootcert={file}: {}", error.to_string()))
                };
                for certificate in CertificateDer::pem_file_iter(file).map_err(|error| wrong(&error))? {
                    let certificate = certificate.map_err(|error| wrong(&error))?;
                    roots.add(certificate).map_err(|error| wrong(&error))?;
                }
                if roots.is_empty() {
                    return Err(wrong(&"there is no certificate in it"));
                }
            }
        }
        Ok(roots)
    }
}

/// Checks the authority and not the name, or nothing; signatures always.
#[derive(Debug)]
struct Lenient {
    inner: Option<Arc<WebPkiServerVerifier>>,
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for Lenient {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let Some(inner) = &self.inner else { return Ok(ServerCertVerified::assertion()) };
        match inner.verify_server_cert(end_entity, intermediates, name, ocsp, now) {
            // The name is what is checked last.
            Err(Error::InvalidCertificate(
                CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
            )) => Ok(ServerCertVerified::assertion()),
            verdict => verdict,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(
            message,
            certificate,
            signature,
            &self.provider.signature_verification_algorithms,
        )
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(
            message,
            certificate,
            signature,
            &self.provider.signature_verification_algorithms,
        )
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_elsewhere_has_to_prove_who_it_is_unless_told_otherwise() {
        let of = |mode, root, near| {
            let mode = Mode::of(mode, root, near).expect("known");
            (mode.negotiation, mode.check)
        };
        assert_eq!(of(None, None, false), (SslMode::Require, Check::Name));
        assert_eq!(of(None, None, true), (SslMode::Prefer, Check::Nothing));
        assert_eq!(of(None, Some("ca.pem"), true), (SslMode::Require, Check::Name));
        assert_eq!(of(Some("require"), None, false), (SslMode::Require, Check::Nothing));
        assert_eq!(of(Some("require"), Some("ca.pem"), false), (SslMode::Require, Check::Authority));
        assert_eq!(of(Some("disable"), None, false), (SslMode::Disable, Check::Nothing));
        assert!(Mode::of(Some("verify-ful"), None, true).is_err());
    }
}
