//! Certificates for the bench, made anew each time it starts.

use std::sync::Arc;

use rcgen::{
    BasicConstraints, CertificateParams, CertificateRevocationListParams, CertifiedIssuer, DnType, IsCa,
    KeyIdMethod, KeyPair, PKCS_RSA_SHA256, RevokedCertParams, RsaKeySize, SerialNumber, date_time_ymd,
};
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use rustls::{RootCertStore, ServerConfig, SupportedProtocolVersion};
use tokio_rustls::TlsAcceptor;

use super::dns_responder::HOST;
use crate::serve::StartError;

/// A server's certificate chain and key, and what a client is told to trust.
#[derive(Debug)]
pub(super) struct Identity {
    /// The authority that the client is told to trust, in PEM.
    pub(super) ca_pem: String,
    /// The chain that the server sends, its own certificate first.
    pub(super) chain: Vec<CertificateDer<'static>>,
    pub(super) key: PrivateKeyDer<'static>,
}

impl Identity {
    /// A good certificate for [`HOST`], issued by the root that is trusted.
    pub(super) fn good() -> Result<Self, StartError> {
        let root = Authority::root("Rehearsal Root")?;
        root.issue(|_| {})
    }

    /// Reads an identity made before, all parts in PEM.
    pub(super) fn from_pem(ca_pem: &str, chain: &str, key: &str) -> Result<Self, StartError> {
        let key = PrivateKeyDer::from_pem_slice(key.as_bytes()).map_err(unusable)?;
        Self::with_key(ca_pem, chain, key)
    }

    /// Reads a chain made before, to be shown under a key that need not belong to it.
    pub(super) fn with_key(
        ca_pem: &str,
        chain: &str,
        key: PrivateKeyDer<'static>,
    ) -> Result<Self, StartError> {
        let chain = CertificateDer::pem_slice_iter(chain.as_bytes());
        let chain = chain.collect::<Result<_, _>>().map_err(unusable)?;
        Ok(Self { ca_pem: ca_pem.to_owned(), chain, key })
    }

    /// A TLS server that shows this identity, whether or not it is fit to be shown.
    pub(super) fn server_config(
        &self,
        versions: &[&'static SupportedProtocolVersion],
        clients: ClientCertificates,
        protocols: &[&[u8]],
    ) -> Result<ServerConfig, StartError> {
        let provider = Arc::new(aws_lc_rs::default_provider());
        let key = provider.key_provider.load_private_key(self.key.clone_key()).map_err(unusable)?;
        let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
            .with_protocol_versions(versions)
            .map_err(unusable)?;
        let builder = match clients {
            ClientCertificates::NotWanted => builder.with_no_client_auth(),
            ClientCertificates::Required => {
                let mut roots = RootCertStore::empty();
                let ca = CertificateDer::from_pem_slice(self.ca_pem.as_bytes()).map_err(unusable)?;
                roots.add(ca).map_err(unusable)?;
                let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
                builder.with_client_cert_verifier(verifier.build().map_err(unusable)?)
            }
        };
        // Unlike a plain certificate and key, a resolver's are not checked against each other.
        let shown = SingleCertAndKey::from(CertifiedKey::new(self.chain.clone(), key));
        let mut config = builder.with_cert_resolver(Arc::new(shown));
        config.alpn_protocols = protocols.iter().map(|protocol| protocol.to_vec()).collect();
        Ok(config)
    }

    /// Accepts TLS connections of any version with this identity.
    pub(super) fn acceptor(&self, protocols: &[&[u8]]) -> Result<TlsAcceptor, StartError> {
        let config = self.server_config(rustls::ALL_VERSIONS, ClientCertificates::NotWanted, protocols)?;
        Ok(TlsAcceptor::from(Arc::new(config)))
    }
}

/// Whether clients have to show a certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ClientCertificates {
    NotWanted,
    Required,
}

/// A certificate authority.
pub(super) struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
    root_pem: String,
    /// The certificates between the root and this authority's own, this one's first; empty for a root.
    path: Vec<CertificateDer<'static>>,
}

impl Authority {
    /// An authority that signs itself.
    pub(super) fn root(name: &str) -> Result<Self, StartError> {
        let issuer = CertifiedIssuer::self_signed(authority(name)?, key()?).map_err(unusable)?;
        let root_pem = issuer.pem();
        Ok(Self { issuer, root_pem, path: Vec::new() })
    }

    /// An authority below this one.
    pub(super) fn below(
        &self,
        name: &str,
        adjust: impl FnOnce(&mut CertificateParams),
    ) -> Result<Self, StartError> {
        let mut params = authority(name)?;
        adjust(&mut params);
        let issuer = CertifiedIssuer::signed_by(params, key()?, &self.issuer).map_err(unusable)?;
        let path = std::iter::once(issuer.der().clone()).chain(self.path.iter().cloned()).collect();
        Ok(Self { issuer, root_pem: self.root_pem.clone(), path })
    }

    /// A server's identity for [`HOST`], with the path up to the root in its chain.
    pub(super) fn issue(&self, adjust: impl FnOnce(&mut CertificateParams)) -> Result<Identity, StartError> {
        let mut params = CertificateParams::new(vec![HOST.to_owned()]).map_err(unusable)?;
        params.distinguished_name.push(DnType::CommonName, HOST);
        params.use_authority_key_identifier_extension = true;
        adjust(&mut params);
        let key = key()?;
        let certificate = params.signed_by(&key, &self.issuer).map_err(unusable)?;
        let chain = std::iter::once(certificate.der().clone()).chain(self.path.iter().cloned()).collect();
        Ok(Identity { ca_pem: self.root_pem.clone(), chain, key: der(&key)? })
    }

    /// The root that a client is told to trust, in PEM.
    pub(super) fn root_pem(&self) -> String {
        self.root_pem.clone()
    }

    /// This authority's own certificate.
    pub(super) fn certificate(&self) -> CertificateDer<'static> {
        self.issuer.der().clone()
    }

    /// A list that revokes the certificate with this serial number, in PEM.
    pub(super) fn revoke(&self, serial_number: SerialNumber) -> Result<String, StartError> {
        let revoked = RevokedCertParams {
            serial_number,
            revocation_time: date_time_ymd(2024, 1, 1),
            reason_code: None,
            invalidity_date: None,
        };
        let list = CertificateRevocationListParams {
            this_update: date_time_ymd(2024, 1, 2),
            next_update: date_time_ymd(2999, 1, 1),
            crl_number: SerialNumber::from(1_u64),
            issuing_distribution_point: None,
            revoked_certs: vec![revoked],
            key_identifier_method: KeyIdMethod::Sha256,
        };
        list.signed_by(&self.issuer).and_then(|list| list.pem()).map_err(unusable)
    }
}

fn authority(name: &str) -> Result<CertificateParams, StartError> {
    let mut params = CertificateParams::new(Vec::new()).map_err(unusable)?;
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    Ok(params)
}

/// A new key pair.
pub(super) fn key() -> Result<KeyPair, StartError> {
    KeyPair::generate().map_err(unusable)
}

/// A new RSA key pair of 2,048 bits.
pub(super) fn rsa_key() -> Result<KeyPair, StartError> {
    KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_2048).map_err(unusable)
}

/// The private key of a pair, as TLS servers want it.
pub(super) fn der(key: &KeyPair) -> Result<PrivateKeyDer<'static>, StartError> {
    PrivateKeyDer::try_from(key.serialize_der()).map_err(unusable)
}

/// A certificate, key or list that could not be made or read.
pub(super) fn unusable(error: impl ToString) -> StartError {
    StartError::Tls(error.to_string())
}
