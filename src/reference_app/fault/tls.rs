//! Faults of TLS: certificates that are wrong in one way, and handshakes that break.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rcgen::string::Ia5String;
use rcgen::{
    BasicConstraints, CertificateParams, CustomExtension, DnType, ExtendedKeyUsagePurpose, GeneralSubtree,
    IsCa, NameConstraints, SanType, SerialNumber, date_time_ymd,
};
use rustls::pki_types::CertificateDer;
use rustls::version::{TLS12, TLS13};

use super::dns_responder::{DnsResponder, HOST};
use super::identity::{Authority, ClientCertificates, Identity, der, key, rsa_key, unusable};
use super::script::{Act, Script};
use super::setup::{FaultSetup, Part, Running, Stage};
use super::wire::Over;
use super::{Fault, answers, fails};
use crate::codes::{Alert, FailureCause as F};
use crate::reference_app::{ReferenceApp, Settings};
use crate::serve::{ServerTls, StartError};

/// What is wrong, or only odd, with the TLS side of an app.
#[derive(Debug, Clone, Copy)]
pub(super) enum Behaviour {
    Expired,
    ExpiredIntermediate,
    NotYetValid,
    WrongName,
    AddressInsteadOfName,
    UnknownIssuer,
    SelfSigned,
    MissingIntermediate,
    Revoked,
    SameNameOtherAuthority,
    ForeignKey,
    Sha1,
    Rsa1024,
    Rsa1024Issuer,
    AuthorityAsServer,
    ClientsOnly,
    NamesConstrained,
    Garbage,
    ClientCertificate12,
    ClientCertificate13,
    FullChain,
    Wildcard,
    ExpiresSoon,
    Tls12Only,
}

const fn fault(name: &'static str, description: &'static str, cause: F, behaviour: Behaviour) -> Fault {
    Fault::new(name, description, fails(cause), super::Behaviour::Tls(behaviour))
}

const fn good(name: &'static str, description: &'static str, behaviour: Behaviour) -> Fault {
    Fault::new(name, description, answers(204), super::Behaviour::Tls(behaviour))
}

/// A server that breaks the handshake act by act.
const fn scripted(name: &'static str, description: &'static str, cause: F, acts: &'static [Act]) -> Fault {
    let behaviour = super::Behaviour::Script(Script::Always(acts), Over::InPlaceOfTls);
    Fault::new(name, description, fails(cause), behaviour)
}

pub(super) const FAULTS: &[Fault] = &[
    fault("tls-expired", "The certificate expired.", F::TlsCertificateExpired, Behaviour::Expired),
    fault(
        "tls-expired-intermediate",
        "The intermediate certificate expired, the server's own did not.",
        F::TlsCertificateExpired,
        Behaviour::ExpiredIntermediate,
    ),
    fault(
        "tls-not-yet-valid",
        "The certificate's validity has not begun.",
        F::TlsCertificateNotYetValid,
        Behaviour::NotYetValid,
    ),
    fault("tls-wrong-name", "The certificate is for another name.", F::TlsNameMismatch, Behaviour::WrongName),
    fault(
        "tls-address-instead-of-name",
        "The certificate is for the address, not for the name.",
        F::TlsNameMismatch,
        Behaviour::AddressInsteadOfName,
    ),
    fault(
        "tls-unknown-issuer",
        "An authority that nobody trusts issued the certificate.",
        F::TlsUnknownIssuer,
        Behaviour::UnknownIssuer,
    ),
    fault("tls-self-signed", "The certificate signed itself.", F::TlsSelfSigned, Behaviour::SelfSigned),
    fault(
        "tls-missing-intermediate",
        "The server does not send the intermediate certificate.",
        F::TlsIncompleteChain,
        Behaviour::MissingIntermediate,
    ),
    fault(
        "tls-revoked",
        "The certificate is on its issuer's revocation list.",
        F::TlsRevoked,
        Behaviour::Revoked,
    ),
    fault(
        "tls-same-name-other-authority",
        "An authority of the same name but another key issued the certificate.",
        F::TlsBadSignature,
        Behaviour::SameNameOtherAuthority,
    ),
    fault(
        "tls-foreign-key",
        "The server's private key does not belong to its certificate.",
        F::TlsBadSignature,
        Behaviour::ForeignKey,
    ),
    fault("tls-sha1", "The certificate is signed with SHA-1.", F::TlsUnsupportedSignature, Behaviour::Sha1),
    fault(
        "tls-rsa-1024",
        "The certificate has an RSA key of 1,024 bits.",
        F::TlsUnsupportedSignature,
        Behaviour::Rsa1024,
    ),
    fault(
        "tls-rsa-1024-issuer",
        "The intermediate authority signed with an RSA key of 1,024 bits.",
        F::TlsUnsupportedSignature,
        Behaviour::Rsa1024Issuer,
    ),
    fault(
        "tls-authority-as-server",
        "The server shows a certificate authority's certificate as its own.",
        F::TlsInvalidCertificate,
        Behaviour::AuthorityAsServer,
    ),
    fault(
        "tls-clients-only",
        "The certificate's usage excludes servers.",
        F::TlsInvalidCertificate,
        Behaviour::ClientsOnly,
    ),
    fault(
        "tls-names-constrained",
        "The issuer is constrained to other names.",
        F::TlsInvalidCertificate,
        Behaviour::NamesConstrained,
    ),
    fault(
        "tls-garbage-certificate",
        "What the server sends as its certificate is none.",
        F::TlsInvalidCertificate,
        Behaviour::Garbage,
    ),
    fault(
        "tls-client-certificate",
        "The server wants a client certificate (TLS 1.3: said after the handshake).",
        F::TlsClientCertificateRequired,
        Behaviour::ClientCertificate13,
    ),
    fault(
        "tls-client-certificate-1.2",
        "The server wants a client certificate (TLS 1.2).",
        F::TlsClientCertificateRequired,
        Behaviour::ClientCertificate12,
    ),
    good("tls-full-chain", "The chain has an intermediate certificate.", Behaviour::FullChain),
    good("tls-wildcard", "The certificate is for all names of the zone.", Behaviour::Wildcard),
    good("tls-expires-soon", "The certificate expires in six days.", Behaviour::ExpiresSoon)
        .advising("tls.certificate_expires_soon"),
    good("tls-1.2-only", "The server speaks TLS 1.2 alone.", Behaviour::Tls12Only)
        .advising("tls.version_1_2"),
    scripted(
        "tls-1.0-only",
        "The server speaks TLS 1.0 alone, and says so with an alert.",
        F::TlsProtocolVersion,
        &[Act::ReadRecord, Act::Send(&alert(70)), Act::Close],
    ),
    scripted(
        "tls-1.0-hello",
        "The server speaks TLS 1.0 alone, and answers in it.",
        F::TlsProtocolVersion,
        &[Act::ReadRecord, Act::Send(&server_hello(0x01)), Act::Stall],
    ),
    scripted(
        "tls-no-common-cipher",
        "The server has no cipher suite in common with us, and says so with an alert.",
        F::HandshakeAlert(Alert(40)),
        &[Act::ReadRecord, Act::Send(&alert(40)), Act::Close],
    ),
    scripted(
        "tls-insufficient-security",
        "The server wants stronger cipher suites than ours, and says so with an alert.",
        F::HandshakeAlert(Alert(71)),
        &[Act::ReadRecord, Act::Send(&alert(71)), Act::Close],
    ),
    scripted(
        "tls-access-denied",
        "The server denies access with an alert.",
        F::HandshakeAlert(Alert(49)),
        &[Act::ReadRecord, Act::Send(&alert(49)), Act::Close],
    ),
    scripted(
        "tls-internal-error",
        "The server fails, and says so with an alert.",
        F::HandshakeAlert(Alert(80)),
        &[Act::ReadRecord, Act::Send(&alert(80)), Act::Close],
    ),
    scripted(
        "tls-unrecognized-name",
        "The server knows no host of this name, and says so with an alert.",
        F::HandshakeAlert(Alert(112)),
        &[Act::ReadRecord, Act::Send(&alert(112)), Act::Close],
    ),
    scripted(
        "tls-no-common-protocol",
        "The server speaks none of the protocols offered (ALPN), and says so with an alert.",
        F::HandshakeAlert(Alert(120)),
        &[Act::ReadRecord, Act::Send(&alert(120)), Act::Close],
    ),
    scripted(
        "tls-plain-http",
        "The server answers the TLS handshake in plain HTTP.",
        F::TlsNotTls,
        &[
            Act::ReadRecord,
            Act::Send(b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"),
            Act::Close,
        ],
    ),
    scripted(
        "tls-banner",
        "The server greets with the banner of another protocol.",
        F::TlsNotTls,
        &[Act::Send(b"220 mail.example ESMTP ready\r\n"), Act::Stall],
    ),
    scripted(
        "tls-closed",
        "The server closes the connection after the client's hello.",
        F::TlsClosedDuringHandshake,
        &[Act::ReadRecord, Act::Close],
    ),
    scripted(
        "tls-close-notify",
        "The server ends the TLS session, as if there were one, after the client's hello.",
        F::TlsClosedDuringHandshake,
        &[Act::ReadRecord, Act::Send(&[21, 3, 3, 0, 2, 1, 0]), Act::Close],
    ),
    scripted(
        "tls-closed-midway",
        "The server closes the connection in the middle of its hello.",
        F::TlsClosedDuringHandshake,
        &[Act::ReadRecord, Act::Send(&HALF_HELLO), Act::Close],
    ),
    scripted(
        "tls-reset",
        "The server resets the connection after the client's hello.",
        F::TlsResetDuringHandshake,
        &[Act::ReadRecord, Act::Reset],
    ),
    scripted("tls-silent", "The server never answers the handshake.", F::TlsTimeout, &[Act::Stall]),
    scripted(
        "tls-silent-midway",
        "The server falls silent in the middle of its hello.",
        F::TlsTimeout,
        &[Act::ReadRecord, Act::Send(&HALF_HELLO), Act::Stall],
    ),
    scripted(
        "tls-garbage-handshake",
        "The server's hello is garbage in a well-formed record.",
        F::TlsPeerMisbehaved,
        &[Act::ReadRecord, Act::Send(b"\x16\x03\x03\x00\x08\x02\x00\x00\x04\xde\xad\xbe\xef"), Act::Stall],
    ),
];

/// A fatal alert in a record of its own (RFC 8446, sections 5.1 and 6).
const fn alert(description: u8) -> [u8; 7] {
    [21, 3, 3, 0, 2, 2, description]
}

/// A whole ServerHello of TLS 1.x, by its minor version (RFC 2246, section 7.4.1.3): no session, the suite
/// TLS_RSA_WITH_AES_128_CBC_SHA, no compression, no extensions.
const fn server_hello(minor_version: u8) -> [u8; 47] {
    let mut record = [0x5a; 47];
    // The record's type, version and length, then the message's type and length.
    let head = [22, 3, minor_version, 0, 42, 2, 0, 0, 38, 3, minor_version];
    let mut at = 0;
    while at < head.len() {
        record[at] = head[at];
        at += 1;
    }
    // After 32 random bytes: the empty session, the suite, no compression.
    [record[43], record[44], record[45], record[46]] = [0, 0, 0x2f, 0];
    record
}

/// The beginning of a hello, whose record announces more.
const HALF_HELLO: [u8; 11] = [22, 3, 3, 0, 42, 2, 0, 0, 38, 3, 3];

/// Certificates that nothing makes any more, for [`HOST`]: by a root that signs with SHA-1; with an RSA key
/// of 1,024 bits; and by an intermediate authority that has such a key.
const SHA1_ROOT: &str = include_str!("legacy/sha1-ca.pem");
const SHA1_CHAIN: &str = include_str!("legacy/sha1.pem");
const SHA1_KEY: &str = include_str!("legacy/sha1.key");
const RSA_1024_ROOT: &str = include_str!("legacy/rsa1024-ca.pem");
const RSA_1024_CHAIN: &str = include_str!("legacy/rsa1024.pem");
const RSA_1024_ISSUER_CHAIN: &str = include_str!("legacy/rsa1024-issuer.pem");
const RSA_1024_ISSUER_KEY: &str = include_str!("legacy/rsa1024-issuer.key");

/// Stages a fault of TLS in front of a correct app.
pub(super) async fn start(behaviour: Behaviour, stage: &Stage) -> Result<Running, StartError> {
    let (identity, crl_pem) = identity(behaviour)?;
    let versions: &[_] = match behaviour {
        Behaviour::Tls12Only | Behaviour::ClientCertificate12 => &[&TLS12],
        Behaviour::ClientCertificate13 => &[&TLS13],
        _ => rustls::ALL_VERSIONS,
    };
    let clients = match behaviour {
        Behaviour::ClientCertificate12 | Behaviour::ClientCertificate13 => ClientCertificates::Required,
        _ => ClientCertificates::NotWanted,
    };
    let config = identity.server_config(versions, clients, &[b"h2", b"http/1.1"])?;
    let mut settings = Settings::new(stage.trust.clone());
    settings.host = Some(HOST.to_owned());
    settings.tls = Some(ServerTls::from_config(config));
    let app = ReferenceApp::start(settings).await?;
    let responder = DnsResponder::loopback(stage.pace).await?;
    let mut setup = FaultSetup::of(&app);
    setup.dns_server = Some(responder.address());
    setup.ca_pem = Some(identity.ca_pem);
    setup.crl_pem = crl_pem;
    Ok(Running::new(setup, [Part::App(app), Part::Dns(responder)]))
}

/// The certificate that a behaviour calls for, and the revocation list that belongs to it.
fn identity(behaviour: Behaviour) -> Result<(Identity, Option<String>), StartError> {
    let root = Authority::root("Rehearsal Root")?;
    let intermediate = |adjust: fn(&mut CertificateParams)| root.below("Rehearsal Intermediate", adjust);
    let identity = match behaviour {
        Behaviour::Expired => root.issue(|params| params.not_after = date_time_ymd(2021, 1, 1))?,
        Behaviour::ExpiredIntermediate => {
            intermediate(|params| params.not_after = date_time_ymd(2021, 1, 1))?.issue(|_| {})?
        }
        Behaviour::NotYetValid => root.issue(|params| params.not_before = date_time_ymd(2999, 1, 1))?,
        Behaviour::WrongName => {
            let other = dns_name("other.rehearsal.test")?;
            root.issue(|params| params.subject_alt_names = vec![other])?
        }
        Behaviour::AddressInsteadOfName => {
            let address = SanType::IpAddress(std::net::Ipv4Addr::LOCALHOST.into());
            root.issue(|params| params.subject_alt_names = vec![address])?
        }
        Behaviour::UnknownIssuer => {
            let stranger = Authority::root("Stranger's Root")?;
            let mut identity = stranger.issue(|_| {})?;
            identity.chain.push(stranger.certificate());
            Identity { ca_pem: root.root_pem(), ..identity }
        }
        Behaviour::SelfSigned => {
            let key = key()?;
            let mut params = CertificateParams::new(vec![HOST.to_owned()]).map_err(unusable)?;
            params.distinguished_name.push(DnType::CommonName, HOST);
            let certificate = params.self_signed(&key).map_err(unusable)?;
            let chain = vec![certificate.der().clone()];
            Identity { chain, key: der(&key)?, ca_pem: root.root_pem() }
        }
        Behaviour::MissingIntermediate => {
            let mut identity = intermediate(|_| {})?.issue(|params| {
                params.custom_extensions.push(issuer_location());
            })?;
            identity.chain.truncate(1);
            identity
        }
        Behaviour::Revoked => {
            let serial = || SerialNumber::from(4711_u64);
            let identity = root.issue(|params| params.serial_number = Some(serial()))?;
            return Ok((identity, Some(root.revoke(serial())?)));
        }
        Behaviour::SameNameOtherAuthority => {
            let namesake = Authority::root("Rehearsal Root")?;
            Identity { ca_pem: root.root_pem(), ..namesake.issue(|_| {})? }
        }
        Behaviour::ForeignKey => Identity { key: der(&key()?)?, ..root.issue(|_| {})? },
        Behaviour::Sha1 => Identity::from_pem(SHA1_ROOT, SHA1_CHAIN, SHA1_KEY)?,
        // No TLS library of today signs with a key this short. A longer one does as well: the client
        // refuses the certificate's key before it could tell whose signature it is.
        Behaviour::Rsa1024 => Identity::with_key(RSA_1024_ROOT, RSA_1024_CHAIN, der(&rsa_key()?)?)?,
        Behaviour::Rsa1024Issuer => {
            Identity::from_pem(RSA_1024_ROOT, RSA_1024_ISSUER_CHAIN, RSA_1024_ISSUER_KEY)?
        }
        Behaviour::AuthorityAsServer => {
            root.issue(|params| params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained))?
        }
        Behaviour::ClientsOnly => {
            root.issue(|params| params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth])?
        }
        Behaviour::NamesConstrained => intermediate(|params| {
            params.name_constraints = Some(NameConstraints {
                permitted_subtrees: vec![GeneralSubtree::DnsName("other.test".to_owned())],
                excluded_subtrees: Vec::new(),
            });
        })?
        .issue(|_| {})?,
        Behaviour::Garbage => {
            let garbage = CertificateDer::from(b"\x30\x82\x01\x00 no certificate".to_vec());
            Identity { chain: vec![garbage], ..root.issue(|_| {})? }
        }
        Behaviour::FullChain => intermediate(|_| {})?.issue(|_| {})?,
        Behaviour::Wildcard => {
            let wildcard = dns_name("*.rehearsal.test")?;
            root.issue(|params| params.subject_alt_names = vec![wildcard])?
        }
        Behaviour::ExpiresSoon => {
            let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
            let six_days = Duration::from_hours(6 * 24);
            root.issue(|params| params.not_after = date_time_ymd(1970, 1, 1) + now + six_days)?
        }
        Behaviour::ClientCertificate12 | Behaviour::ClientCertificate13 | Behaviour::Tls12Only => {
            root.issue(|_| {})?
        }
    };
    Ok((identity, None))
}

fn dns_name(name: &str) -> Result<SanType, StartError> {
    Ia5String::try_from(name).map(SanType::DnsName).map_err(unusable)
}

/// The extension by which certificates of public authorities say where their issuer's can be had: authority
/// information access with one caIssuers URL (RFC 5280, section 4.2.2.1).
fn issuer_location() -> CustomExtension {
    const URL: &[u8] = b"http://ca.rehearsal.test/intermediate.der";
    const CA_ISSUERS: &[u8] = &[0x06, 0x08, 0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x30, 0x02];
    // All lengths are below 128, so each takes one byte.
    let length = |bytes: &[u8]| u8::try_from(bytes.len()).unwrap_or(u8::MAX);
    let mut description = CA_ISSUERS.to_vec();
    description.extend([0x86, length(URL)]);
    description.extend(URL);
    let mut access = vec![0x30, length(&description)];
    access.extend(description);
    let mut content = vec![0x30, length(&access)];
    content.extend(access);
    CustomExtension::from_oid_content(&[1, 3, 6, 1, 5, 5, 7, 1, 1], content)
}
