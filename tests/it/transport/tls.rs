//! TLS going well and wrong.

use std::net::SocketAddr;
use std::sync::Arc;

use rcgen::{
    BasicConstraints, CertificateRevocationListParams, CustomExtension, DnType, IsCa, KeyIdMethod, KeyPair,
    PublicKeyData, RevokedCertParams, SanType, SerialNumber, SignatureAlgorithm, date_time_ymd,
};
use rehearsal::codes::{Advisory, Alert, FailureCause};
use rehearsal::outcome::Phase;
use rehearsal::transport::{ClientIdentity, Exchange, Settings, TlsSettings, Verification};
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::server::WebPkiClientVerifier;
use rustls::sign::{CertifiedKey, Signer, SigningKey};
use rustls::{RootCertStore, ServerConfig, SignatureScheme};
use tokio::io::AsyncWriteExt;

use super::bench::{
    assert_failed, assert_responded, failure, post, post_to, read_request, read_some, reset, serve,
};
use super::pki::{
    Authority, HOST, Shown, answer_204, config, healthy, intermediate, leaf, root, self_signed, serve_tls,
    trusting, url,
};

/// One callback to a server that shows this, with `authorities` trusted.
async fn show(shown: Shown, authorities: &[&Authority]) -> Exchange {
    let address = healthy(shown).await;
    post(trusting(address, authorities), url(address)).await
}

/// One callback to a server whose handshake is these bytes, after it has read the first of ours.
async fn answer_hello(bytes: &'static [u8]) -> Exchange {
    let address = serve(move |mut stream, _| async move {
        read_some(&mut stream).await;
        stream.write_all(bytes).await.ok();
        read_some(&mut stream).await;
    })
    .await;
    post(Settings::default(), format!("https://{address}/")).await
}

#[tokio::test]
async fn a_session_is_evidence() {
    let ca = root("Test Root");
    let exchange = show(leaf(&ca, |_| {}), &[&ca]).await;
    assert_responded(&exchange, 204);
    assert!(exchange.phases.get(Phase::Tls).is_some());
    let session = exchange.peer.as_ref().and_then(|peer| peer.tls.as_ref()).expect("a session");
    assert_eq!((session.version, session.alpn.as_deref()), (Some("TLSv1.3"), None));
    assert!(session.suite.is_some_and(|suite| suite.starts_with("TLS13_AES")), "{:?}", session.suite);
    let certificate = &session.chain[0];
    assert_eq!(
        (certificate.issuer.as_str(), certificate.names.as_slice()),
        ("CN=Test Root", [HOST.to_owned()].as_slice())
    );
    assert_eq!((certificate.serial.as_str(), certificate.problems.len()), ("1267", 0));
    assert_eq!(exchange.advisories, []);
}

#[tokio::test]
async fn tls_1_2_is_spoken_and_noted() {
    let ca = root("Test Root");
    let key = leaf(&ca, |_| {}).certified();
    let address = serve_tls(config(key, &[&rustls::version::TLS12]), answer_204).await;
    let exchange = post(trusting(address, &[&ca]), url(address)).await;
    assert_responded(&exchange, 204);
    assert_eq!(exchange.advisories, [Advisory::TlsVersion12]);
}

#[tokio::test]
async fn certificates_out_of_their_time() {
    let ca = root("Test Root");
    let expired = show(leaf(&ca, |params| params.not_after = date_time_ymd(2021, 1, 1)), &[&ca]).await;
    assert_failed(&expired, Phase::Tls, FailureCause::TlsCertificateExpired);
    let session = expired.peer.as_ref().and_then(|peer| peer.tls.as_ref()).expect("what was seen");
    assert_eq!(session.chain[0].problems, ["it expired at 2021-01-01T00:00:00Z"]);

    let early = leaf(&ca, |params| {
        params.not_before = date_time_ymd(2999, 1, 1);
        params.not_after = date_time_ymd(3000, 1, 1);
    });
    assert_failed(&show(early, &[&ca]).await, Phase::Tls, FailureCause::TlsCertificateNotYetValid);
}

#[tokio::test]
async fn a_certificate_that_ends_soon_is_noted_with_its_days() {
    let ca = root("Test Root");
    let end = jiff::Timestamp::now() + jiff::SignedDuration::from_hours(10 * 24);
    let date = end.to_string();
    let part = |range: std::ops::Range<usize>| date[range].parse::<u8>().expect("digits");
    let year = date[..4].parse().expect("digits");
    let soon = leaf(&ca, |params| params.not_after = date_time_ymd(year, part(5..7), part(8..10)));
    let exchange = show(soon, &[&ca]).await;
    assert_responded(&exchange, 204);
    let [Advisory::CertificateExpiresSoon { days_left }] = exchange.advisories.as_slice() else {
        panic!("{:?}", exchange.advisories);
    };
    assert!((8..=10).contains(days_left), "{days_left}");
}

#[tokio::test]
async fn a_certificate_for_another_name() {
    let ca = root("Test Root");
    let other = || leaf(&ca, |params| params.subject_alt_names = vec![dns_name("other.test")]);
    let exchange = show(other(), &[&ca]).await;
    assert_failed(&exchange, Phase::Tls, FailureCause::TlsNameMismatch);
    assert!(failure(&exchange).detail.contains("other.test"), "{:?}", failure(&exchange));

    let nameless = leaf(&ca, |params| {
        params.subject_alt_names.clear();
        params.distinguished_name.push(DnType::CommonName, HOST);
    });
    assert_failed(&show(nameless, &[&ca]).await, Phase::Tls, FailureCause::TlsNameMismatch);

    let address = healthy(other()).await;
    let mut settings = trusting(address, &[&ca]);
    settings.tls.server_name = Some(ServerName::try_from("other.test").expect("a name"));
    assert_responded(&post(settings, url(address)).await, 204);
}

#[tokio::test]
async fn an_address_in_the_url_is_looked_for_in_the_certificate() {
    let ca = root("Test Root");
    let with = |names| leaf(&ca, |params| params.subject_alt_names = names);
    let good = healthy(with(vec![SanType::IpAddress([127, 0, 0, 1].into())])).await;
    let settings = |address| trusting(address, &[&ca]);
    assert_responded(&post(settings(good), format!("https://{good}/")).await, 204);
    let bad = healthy(with(vec![dns_name("127.0.0.1.test")])).await;
    let exchange = post(settings(bad), format!("https://{bad}/")).await;
    assert_failed(&exchange, Phase::Tls, FailureCause::TlsNameMismatch);
}

#[tokio::test]
async fn authorities_that_nobody_trusts() {
    let (ca, stranger) = (root("Test Root"), root("Stranger"));
    let below = intermediate("Second Stranger", &stranger);
    let unknown = FailureCause::TlsUnknownIssuer;
    assert_failed(&show(leaf(&stranger, |_| {}), &[&ca]).await, Phase::Tls, unknown);
    assert_failed(&show(leaf(&stranger, |_| {}), &[]).await, Phase::Tls, unknown);
    assert_failed(&show(leaf(&stranger, |_| {}).with(&[&stranger]), &[&ca]).await, Phase::Tls, unknown);
    let exchange = show(leaf(&below, |_| {}).with(&[&below, &stranger]), &[&ca]).await;
    assert_failed(&exchange, Phase::Tls, unknown);
    assert_eq!(exchange.peer.and_then(|peer| peer.tls).expect("what was seen").chain.len(), 3);
}

#[tokio::test]
async fn certificates_that_are_their_own_issuer() {
    let ca = root("Test Root");
    let kinds = || [IsCa::NoCa, IsCa::ExplicitNoCa, IsCa::Ca(BasicConstraints::Unconstrained)];
    for kind in kinds() {
        let exchange = show(self_signed(kind), &[&ca]).await;
        assert_failed(&exchange, Phase::Tls, FailureCause::TlsSelfSigned);
    }
    // Given as trusted, both kinds are, with name and validity still looked at.
    for kind in kinds() {
        let shown = self_signed(kind);
        let given = shown.chain.clone();
        let address = healthy(shown).await;
        let mut settings = trusting(address, &[]);
        settings.tls.extra_authorities = given;
        assert_responded(&post(settings.clone(), url(address)).await, 204);
        settings.tls.server_name = Some(ServerName::try_from("other.test").expect("a name"));
        assert_failed(&post(settings, url(address)).await, Phase::Tls, FailureCause::TlsNameMismatch);
    }
}

#[tokio::test]
async fn a_chain_with_a_gap_is_told_from_a_strange_authority() {
    let ca = root("Test Root");
    let first = intermediate("Test Intermediate", &ca);
    let second = intermediate("Test CA 7", &first);
    let incomplete = FailureCause::TlsIncompleteChain;
    // The issuer calls itself an intermediate.
    let exchange = show(leaf(&first, |_| {}), &[&ca]).await;
    assert_failed(&exchange, Phase::Tls, incomplete);
    let problems = &exchange.peer.and_then(|peer| peer.tls).expect("what was seen").chain[0].problems;
    assert!(problems[0].contains("was not sent"), "{problems:?}");
    // A part of the chain leads to a trusted authority, but the server's own certificate does not.
    let exchange = show(leaf(&second, |_| {}).with(&[&first]), &[&ca]).await;
    assert_failed(&exchange, Phase::Tls, incomplete);
    // The certificate says where its issuer's can be had.
    let stranger = root("Stranger");
    let with_address = leaf(&stranger, |params| {
        // AuthorityInfoAccess { caIssuers, URI "http://a" }
        let access = b"\x30\x16\x30\x14\x06\x08\x2b\x06\x01\x05\x05\x07\x30\x02\x86\x08http://a".to_vec();
        let extension = CustomExtension::from_oid_content(&[1, 3, 6, 1, 5, 5, 7, 1, 1], access);
        params.custom_extensions.push(extension);
    });
    assert_failed(&show(with_address, &[&ca]).await, Phase::Tls, incomplete);
    // Whole, in any order, the chain is good.
    let whole = leaf(&second, |_| {}).with(&[&first, &second]);
    assert_responded(&show(whole, &[&ca]).await, 204);
}

#[tokio::test]
async fn a_certificate_on_a_revocation_list() {
    let ca = root("Test Root");
    let revoked = |serial: u64| {
        let entry = RevokedCertParams {
            serial_number: SerialNumber::from(serial),
            revocation_time: date_time_ymd(2024, 1, 1),
            reason_code: None,
            invalidity_date: None,
        };
        let list = CertificateRevocationListParams {
            this_update: date_time_ymd(2024, 1, 1),
            next_update: date_time_ymd(2999, 1, 1),
            crl_number: SerialNumber::from(1),
            issuing_distribution_point: None,
            revoked_certs: vec![entry],
            key_identifier_method: KeyIdMethod::Sha256,
        };
        list.signed_by(&ca).expect("a list").der().clone()
    };
    let address = healthy(leaf(&ca, |_| {})).await;
    let mut settings = trusting(address, &[&ca]);
    settings.tls.revocation_lists = vec![revoked(4711)];
    assert_failed(&post(settings.clone(), url(address)).await, Phase::Tls, FailureCause::TlsRevoked);
    settings.tls.revocation_lists = vec![revoked(4712)];
    assert_responded(&post(settings, url(address)).await, 204);
}

#[tokio::test]
async fn signatures_that_are_wrong() {
    let ca = root("Test Root");
    // An authority of the same name with another key.
    let double = root("Test Root");
    let exchange = show(leaf(&double, |_| {}), &[&ca]).await;
    assert_failed(&exchange, Phase::Tls, FailureCause::TlsBadSignature);
    // A key that does not belong to the certificate.
    let mut shown = leaf(&ca, |_| {});
    shown.key = KeyPair::generate().expect("a key");
    assert_failed(&show(shown, &[&ca]).await, Phase::Tls, FailureCause::TlsBadSignature);
}

#[tokio::test]
async fn signatures_that_nobody_accepts_any_more() {
    let ca_key = KeyPair::generate_for(&rcgen::PKCS_RSA_SHA256).expect("a key");
    let mut params = rcgen::CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, "Test Root");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let ca = rcgen::CertifiedIssuer::self_signed(params, ca_key).expect("an authority");
    // SHA-1: its identifier in place of SHA-256's. That the signature is wrong too never matters.
    let mut sha1 = leaf(&ca, |_| {});
    sha1.chain = vec![replace(&sha1.chain[0], RSA_SHA256, RSA_SHA1)];
    let exchange = show(sha1, &[&ca]).await;
    assert_failed(&exchange, Phase::Tls, FailureCause::TlsUnsupportedSignature);
    let problems = &exchange.peer.and_then(|peer| peer.tls).expect("what was seen").chain[0].problems;
    assert_eq!(problems, &["it is signed with SHA-1 with RSA"]);

    let mut params = rcgen::CertificateParams::new([HOST.to_owned()]).expect("a name");
    params.not_before = date_time_ymd(2020, 1, 1);
    let certificate = params.signed_by(&SmallKey, &ca).expect("a certificate");
    let key = CertifiedKey::new(vec![certificate.der().clone()], Arc::new(SmallKey));
    let address = serve_tls(config(key, rustls::ALL_VERSIONS), answer_204).await;
    let exchange = post(trusting(address, &[&ca]), url(address)).await;
    assert_failed(&exchange, Phase::Tls, FailureCause::TlsUnsupportedSignature);
}

const RSA_SHA256: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0b";
const RSA_SHA1: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x05";

fn replace(certificate: &CertificateDer<'_>, from: &[u8], to: &[u8]) -> CertificateDer<'static> {
    let mut bytes = certificate.to_vec();
    let places: Vec<_> = (0..bytes.len() - from.len()).filter(|at| bytes[*at..].starts_with(from)).collect();
    for place in places {
        bytes[place..place + to.len()].copy_from_slice(to);
    }
    bytes.into()
}

/// An RSA key of 1,024 bits. Nothing is ever signed with it: it is refused before that shows.
#[derive(Debug)]
struct SmallKey;

impl PublicKeyData for SmallKey {
    fn der_bytes(&self) -> &[u8] {
        // RSAPublicKey { modulus: 1,024 bits, exponent: 65537 }
        static KEY: std::sync::LazyLock<Vec<u8>> = std::sync::LazyLock::new(|| {
            [b"\x30\x81\x89\x02\x81\x81\x00".as_slice(), &[0xc3; 128], b"\x02\x03\x01\x00\x01"].concat()
        });
        &KEY
    }

    fn algorithm(&self) -> &'static SignatureAlgorithm {
        &rcgen::PKCS_RSA_SHA256
    }
}

impl SigningKey for SmallKey {
    fn choose_scheme(&self, _: &[SignatureScheme]) -> Option<Box<dyn Signer>> {
        Some(Box::new(Self))
    }

    fn algorithm(&self) -> rustls::SignatureAlgorithm {
        rustls::SignatureAlgorithm::RSA
    }
}

impl Signer for SmallKey {
    fn sign(&self, _: &[u8]) -> Result<Vec<u8>, rustls::Error> {
        Ok(vec![7; 128])
    }

    fn scheme(&self) -> SignatureScheme {
        SignatureScheme::RSA_PSS_SHA256
    }
}

#[tokio::test]
async fn certificates_that_are_not_a_servers() {
    let ca = root("Test Root");
    let invalid = FailureCause::TlsInvalidCertificate;
    let for_clients = leaf(&ca, |params| {
        params.extended_key_usages = vec![rcgen::ExtendedKeyUsagePurpose::ClientAuth];
    });
    assert_failed(&show(for_clients, &[&ca]).await, Phase::Tls, invalid);
    let authority = leaf(&ca, |params| params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained));
    assert_failed(&show(authority, &[&ca]).await, Phase::Tls, invalid);
    let mut broken = leaf(&ca, |_| {});
    broken.chain = vec![CertificateDer::from(b"\x30\x03\x02\x01\x07".to_vec())];
    assert_failed(&show(broken, &[&ca]).await, Phase::Tls, invalid);
}

#[tokio::test]
async fn servers_that_stopped_learning_at_tls_1_1() {
    // A fatal protocol_version alert, and a ServerHello of TLS 1.1 (random and all).
    let alert = answer_hello(b"\x15\x03\x01\x00\x02\x02\x46").await;
    assert_failed(&alert, Phase::Tls, FailureCause::TlsProtocolVersion);
    let mut hello = b"\x16\x03\x02\x00\x2a\x02\x00\x00\x26\x03\x02".to_vec();
    hello.extend([5; 32]);
    hello.extend(b"\x00\x00\x2f\x00");
    assert_failed(&answer_hello(hello.leak()).await, Phase::Tls, FailureCause::TlsProtocolVersion);
}

#[tokio::test]
async fn servers_without_a_common_cipher() {
    // A server whose only suite wants an ECDSA certificate, with an RSA one.
    let ca = root("Test Root");
    let provider = CryptoProvider {
        cipher_suites: vec![aws_lc_rs::cipher_suite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256],
        ..aws_lc_rs::default_provider()
    };
    let mut rsa = leaf(&ca, |_| {});
    rsa.key = KeyPair::generate_for(&rcgen::PKCS_RSA_SHA256).expect("a key");
    let config = ServerConfig::builder_with_provider(Arc::new(provider))
        .with_protocol_versions(&[&rustls::version::TLS12])
        .expect("versions")
        .with_no_client_auth()
        .with_cert_resolver(Arc::new(Fixed(Arc::new(rsa.certified()))));
    let address = serve_tls(config, answer_204).await;
    let exchange = post(trusting(address, &[&ca]), url(address)).await;
    assert_failed(&exchange, Phase::Tls, FailureCause::HandshakeAlert(Alert(40)));
    assert_eq!(failure(&exchange).cause.to_string(), "tls.handshake_alert.handshake_failure");
}

#[derive(Debug)]
struct Fixed(Arc<CertifiedKey>);

impl rustls::server::ResolvesServerCert for Fixed {
    fn resolve(&self, _: rustls::server::ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.0))
    }
}

#[tokio::test]
async fn alerts_are_told_by_name() {
    for (alert, name) in [
        (b"\x15\x03\x03\x00\x02\x02\x70", "unrecognized_name"),
        (b"\x15\x03\x03\x00\x02\x02\x47", "insufficient_security"),
        (b"\x15\x03\x03\x00\x02\x02\x78", "no_application_protocol"),
        (b"\x15\x03\x03\x00\x02\x02\x50", "internal_error"),
    ] {
        let exchange = answer_hello(alert).await;
        assert_eq!(failure(&exchange).cause.to_string(), format!("tls.handshake_alert.{name}"));
    }
}

#[tokio::test]
async fn plain_text_on_the_port_of_tls() {
    for text in [b"HTTP/1.1 400 Bad Request\r\n\r\n".as_slice(), b"SSH-2.0-bench\r\n", b"no"] {
        let exchange = answer_hello(text).await;
        assert_failed(&exchange, Phase::Tls, FailureCause::TlsNotTls);
        assert_eq!(exchange.received, text);
    }
}

#[tokio::test]
async fn tls_on_the_port_of_plain_text() {
    let ca = root("Test Root");
    let address = healthy(leaf(&ca, |_| {})).await;
    let exchange = post_to(address).await;
    let cause = failure(&exchange).cause;
    assert!(
        [FailureCause::MalformedResponse, FailureCause::ClosedBeforeResponse].contains(&cause),
        "{exchange:?}"
    );
}

#[tokio::test]
async fn servers_that_break_the_protocol() {
    for bytes in [b"\x16\x03\x03\x00\x04\x63\x00\x00\x00".as_slice(), b"\x17\x03\x03\x00\x05hello"] {
        assert_failed(&answer_hello(bytes).await, Phase::Tls, FailureCause::TlsPeerMisbehaved);
    }
}

#[tokio::test]
async fn connections_that_end_in_the_handshake() {
    let address = serve(|mut stream, _| async move {
        read_some(&mut stream).await;
    })
    .await;
    let exchange = post(Settings::default(), format!("https://{address}/")).await;
    assert_failed(&exchange, Phase::Tls, FailureCause::TlsClosedDuringHandshake);
    assert!(exchange.peer.is_some());
    let address = serve(|mut stream, _| async move {
        read_some(&mut stream).await;
        reset(stream);
    })
    .await;
    let exchange = post(Settings::default(), format!("https://{address}/")).await;
    assert_failed(&exchange, Phase::Tls, FailureCause::TlsResetDuringHandshake);
}

/// A server that wants certificates of `ca`.
async fn demanding(ca: &Authority, version: &'static rustls::SupportedProtocolVersion) -> SocketAddr {
    let mut roots = RootCertStore::empty();
    roots.add(ca.der().clone()).expect("an authority");
    let provider = Arc::new(aws_lc_rs::default_provider());
    let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider));
    let config = ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(&[version])
        .expect("a version")
        .with_client_cert_verifier(verifier.build().expect("a verifier"))
        .with_cert_resolver(Arc::new(Fixed(Arc::new(leaf(ca, |_| {}).certified()))));
    serve_tls(config, answer_204).await
}

#[tokio::test]
async fn servers_that_want_a_client_certificate() {
    let ca = root("Test Root");
    let wanted = FailureCause::TlsClientCertificateRequired;
    let tls12 = demanding(&ca, &rustls::version::TLS12).await;
    assert_failed(&post(trusting(tls12, &[&ca]), url(tls12)).await, Phase::Tls, wanted);
    // TLS 1.3 is done with its handshake before the server looks: the alert comes with the first read.
    let tls13 = demanding(&ca, &rustls::version::TLS13).await;
    let exchange = post(trusting(tls13, &[&ca]), url(tls13)).await;
    assert_failed(&exchange, Phase::Wait, wanted);
    let session = exchange.peer.and_then(|peer| peer.tls).expect("a session");
    assert!(session.client_certificate_wanted);

    let ours = leaf(&ca, |_| {});
    let pem = pem(&ours.chain[0]);
    let identity = ClientIdentity::from_pem(pem.as_bytes(), ours.key.serialize_pem().as_bytes());
    let identity = Some(identity.expect("an identity"));
    for address in [tls12, tls13] {
        let settings = trusting(address, &[&ca]);
        let tls = TlsSettings { identity: identity.clone(), ..settings.tls.clone() };
        assert_responded(&post(Settings { tls, ..settings }, url(address)).await, 204);
    }
}

fn pem(certificate: &CertificateDer<'_>) -> String {
    use base64::Engine;
    let text = base64::engine::general_purpose::STANDARD.encode(certificate);
    format!("-----BEGIN CERTIFICATE-----\n{text}\n-----END CERTIFICATE-----\n")
}

#[tokio::test]
async fn verification_switched_off_accepts_and_tells() {
    let stranger = root("Stranger");
    let address = healthy(leaf(&stranger, |_| {})).await;
    let mut settings = trusting(address, &[]);
    settings.tls.verification = Verification::Off;
    let exchange = post(settings, url(address)).await;
    assert_responded(&exchange, 204);
    assert!(
        matches!(exchange.advisories.as_slice(), [Advisory::TlsNotVerified { problem }] if problem.contains("UnknownIssuer"))
    );
    assert_eq!(exchange.peer.and_then(|peer| peer.tls).expect("a session").chain.len(), 1);
}

#[tokio::test]
async fn tls_cut_short_counts_as_a_close() {
    let ca = root("Test Root");
    let cut = |answer: &'static [u8]| {
        let key = leaf(&ca, |_| {}).certified();
        serve_tls(config(key, rustls::ALL_VERSIONS), move |mut stream| async move {
            read_request(&mut stream).await;
            stream.write_all(answer).await.ok();
            stream.flush().await.ok();
            // No close_notify: the connection below is closed as it is.
        })
    };
    let whole = cut(b"HTTP/1.1 200 OK\r\n\r\nto the end").await;
    let exchange = post(trusting(whole, &[&ca]), url(whole)).await;
    assert_responded(&exchange, 200);
    assert_eq!(exchange.advisories, [Advisory::TlsCloseNotifyMissing]);

    let short = cut(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort").await;
    let exchange = post(trusting(short, &[&ca]), url(short)).await;
    assert_failed(&exchange, Phase::Body, FailureCause::TruncatedBody);
    let none = cut(b"").await;
    let exchange = post(trusting(none, &[&ca]), url(none)).await;
    assert_failed(&exchange, Phase::Wait, FailureCause::ClosedBeforeResponse);
}

#[tokio::test]
async fn settings_that_cannot_be_used_are_refused_by_name() {
    use rehearsal::transport::Transport;
    let broken =
        TlsSettings { extra_authorities: vec![CertificateDer::from(vec![1])], ..TlsSettings::default() };
    let refused =
        Transport::new(Settings { tls: broken, ..Settings::default() }).map(|_| ()).expect_err("refused");
    assert_eq!(refused.what, "CA certificate");
    let lists = vec![rustls::pki_types::CertificateRevocationListDer::from(vec![1])];
    let broken = TlsSettings { revocation_lists: lists, ..TlsSettings::default() };
    assert!(Transport::new(Settings { tls: broken, ..Settings::default() }).is_err());
}

fn dns_name(name: &str) -> SanType {
    SanType::DnsName(name.try_into().expect("a name"))
}
