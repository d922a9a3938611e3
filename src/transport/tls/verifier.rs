//! Who is trusted.

use std::sync::Arc;
use std::time::Instant;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{ResolvesClientCert, VerifierBuilderError, WebPkiServerVerifier, verify_server_name};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::sign::CertifiedKey;
use rustls::{CertificateError, DigitallySignedStruct, Error, RootCertStore, SignatureScheme};

use super::seen::Seen;
use super::trusted::Trusted;
use crate::transport::settings::{InvalidSetting, Roots, TlsSettings, Verification};

/// The one verifier of a run: webpki's, on one trust store whatever the platform, so that the same
/// certificate gets the same verdict everywhere.
#[derive(Debug)]
pub(super) struct Verifier {
    webpki: Arc<WebPkiServerVerifier>,
    roots: Arc<RootCertStore>,
    given: Vec<CertificateDer<'static>>,
    verification: Verification,
    trusted: Trusted,
}

impl Verifier {
    /// Loads the trust store.
    ///
    /// # Errors
    /// When a certificate or revocation list can't be read, or the platform has no trust store.
    pub(super) fn new(settings: &TlsSettings, provider: Arc<CryptoProvider>) -> Result<Self, InvalidSetting> {
        let mut roots = load(settings.roots)?;
        for authority in &settings.extra_authorities {
            roots
                .add(authority.clone())
                .map_err(|error| InvalidSetting::new("CA certificate", error.to_string()))?;
        }
        let roots = Arc::new(roots);
        let webpki = WebPkiServerVerifier::builder_with_provider(Arc::clone(&roots), provider)
            .with_crls(settings.revocation_lists.iter().cloned())
            .allow_unknown_revocation_status()
            .build()
            .map_err(|error| match error {
                VerifierBuilderError::InvalidCrl(problem) => InvalidSetting::new(
                    "revocation list",
                    format!("{problem:?}; it has to be a list of version 2, with a number (RFC 5280)"),
                ),
                error => InvalidSetting::new("trust store", error.to_string()),
            })?;
        Ok(Self {
            webpki,
            roots,
            given: settings.extra_authorities.clone(),
            verification: settings.verification,
            trusted: Trusted::default(),
        })
    }

    /// The authorities trusted.
    pub(super) fn roots(&self) -> &RootCertStore {
        &self.roots
    }

    /// webpki refuses a CA certificate as a server's own, which is what `openssl req -x509` makes. When
    /// a person gave exactly this certificate as trusted, only its name and validity remain in question.
    fn verify(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        if !self.given.iter().any(|given| given == end_entity) {
            let at = Instant::now();
            if self.trusted.has(end_entity, intermediates, server_name, at) {
                return Ok(ServerCertVerified::assertion());
            }
            let verified =
                self.webpki.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now)?;
            self.trusted.remember(end_entity, intermediates, server_name, at);
            return Ok(verified);
        }
        super::certificate::check_validity(end_entity, now)?;
        verify_server_name(&ParsedCertificate::try_from(end_entity)?, server_name)?;
        Ok(ServerCertVerified::assertion())
    }
}

fn load(roots: Roots) -> Result<RootCertStore, InvalidSetting> {
    match roots {
        Roots::Bundled => Ok(webpki_roots::TLS_SERVER_ROOTS.iter().cloned().collect()),
        Roots::Native => {
            let native = rustls_native_certs::load_native_certs();
            let mut store = RootCertStore::empty();
            store.add_parsable_certificates(native.certs);
            match (store.is_empty(), native.errors.first()) {
                (false, _) => Ok(store),
                (true, Some(error)) => Err(InvalidSetting::new("trust store", error.to_string())),
                (true, None) => {
                    Err(InvalidSetting::new("trust store", "this machine's holds no certificate"))
                }
            }
        }
    }
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let verdict = self.verify(end_entity, intermediates, server_name, ocsp_response, now);
        Seen::note(|seen| {
            seen.chain = std::iter::once(end_entity)
                .chain(intermediates)
                .map(|certificate| certificate.clone().into_owned())
                .collect();
        });
        match (self.verification, verdict) {
            (Verification::Off, Err(error)) => {
                Seen::note(|seen| seen.overlooked = Some(error));
                Ok(ServerCertVerified::assertion())
            }
            (Verification::On | Verification::Off, verdict) => verdict,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.webpki.verify_tls12_signature(message, certificate, signature)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.webpki.verify_tls13_signature(message, certificate, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.webpki.supported_verify_schemes()
    }
}

/// Our certificate for servers that want one, with a note that they did.
#[derive(Debug)]
pub(super) struct Identity(pub(super) Option<Arc<CertifiedKey>>);

impl ResolvesClientCert for Identity {
    fn resolve(&self, _: &[&[u8]], _: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        Seen::note(|seen| seen.client_certificate_wanted = true);
        self.0.clone()
    }

    fn has_certs(&self) -> bool {
        self.0.is_some()
    }
}

/// The error for a certificate that can't be read.
pub(super) fn unreadable() -> Error {
    CertificateError::BadEncoding.into()
}
