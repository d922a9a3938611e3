//! What a TLS error means.

use rustls::{AlertDescription, CertificateError, Error, PeerIncompatible};

use super::certificate::Parsed;
use super::seen::Seen;
use crate::codes::{Alert, FailureCause};

/// What else is known when an error has to be judged.
pub(super) struct Circumstances<'a> {
    /// What the handshake showed.
    pub(super) seen: &'a Seen,
    /// The first bytes the server sent.
    pub(super) wire_start: &'a [u8],
    /// Whether we had a client certificate to show.
    pub(super) has_identity: bool,
    /// Whether the bearer of a subject is a trusted authority.
    pub(super) is_trusted: &'a dyn Fn(&[u8]) -> bool,
}

/// What a TLS error means. rustls may add variants at any time, hence the last arms.
pub(super) fn of_error(error: &Error, circumstances: &Circumstances<'_>) -> FailureCause {
    match error {
        Error::InvalidCertificate(error) => of_certificate(error, circumstances),
        Error::AlertReceived(alert) => of_alert(*alert, circumstances),
        Error::PeerIncompatible(what) => of_incompatible(what),
        Error::InvalidMessage(_)
        | Error::InappropriateMessage { .. }
        | Error::InappropriateHandshakeMessage { .. }
        | Error::PeerSentOversizedRecord
            if !is_tls(circumstances.wire_start) =>
        {
            FailureCause::TlsNotTls
        }
        Error::InvalidMessage(_)
        | Error::InappropriateMessage { .. }
        | Error::InappropriateHandshakeMessage { .. }
        | Error::PeerSentOversizedRecord
        | Error::PeerMisbehaved(_)
        | Error::NoCertificatesPresented
        | Error::NoApplicationProtocol
        | Error::DecryptError => FailureCause::TlsPeerMisbehaved,
        Error::UnsupportedNameType => FailureCause::TlsNameMismatch,
        Error::InvalidCertRevocationList(_) => FailureCause::TlsInvalidCertificate,
        _ => FailureCause::Unrecognised,
    }
}

/// Whether bytes could be the beginning of a TLS record: a content type and the major version 3.
pub(super) fn is_tls(start: &[u8]) -> bool {
    match start {
        [] => true,
        [kind] => (20..=24).contains(kind),
        [kind, version, ..] => (20..=24).contains(kind) && *version == 3,
    }
}

fn of_incompatible(what: &PeerIncompatible) -> FailureCause {
    match what {
        PeerIncompatible::ServerDoesNotSupportTls12Or13
        | PeerIncompatible::ServerTlsVersionIsDisabledByOurConfig
        | PeerIncompatible::SupportedVersionsExtensionRequired
        | PeerIncompatible::Tls12NotOffered
        | PeerIncompatible::Tls12NotOfferedOrEnabled => FailureCause::TlsProtocolVersion,
        _ => FailureCause::TlsPeerMisbehaved,
    }
}

/// TLS 1.2 has no alert for a missing client certificate: servers use general ones.
fn of_alert(alert: AlertDescription, circumstances: &Circumstances<'_>) -> FailureCause {
    let wanted = circumstances.seen.client_certificate_wanted && !circumstances.has_identity;
    match alert {
        AlertDescription::CertificateRequired => FailureCause::TlsClientCertificateRequired,
        AlertDescription::HandshakeFailure
        | AlertDescription::NoCertificate
        | AlertDescription::BadCertificate
        | AlertDescription::CertificateUnknown
        | AlertDescription::AccessDenied
            if wanted =>
        {
            FailureCause::TlsClientCertificateRequired
        }
        AlertDescription::ProtocolVersion => FailureCause::TlsProtocolVersion,
        other => FailureCause::HandshakeAlert(Alert(other.into())),
    }
}

#[expect(deprecated, reason = "older variants that the provider may still use")]
fn of_certificate(error: &CertificateError, circumstances: &Circumstances<'_>) -> FailureCause {
    match error {
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
            FailureCause::TlsCertificateExpired
        }
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            FailureCause::TlsCertificateNotYetValid
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            FailureCause::TlsNameMismatch
        }
        CertificateError::Revoked => FailureCause::TlsRevoked,
        CertificateError::UnknownIssuer => of_unknown_issuer(circumstances),
        CertificateError::BadSignature if has_weakness(circumstances) => {
            FailureCause::TlsUnsupportedSignature
        }
        CertificateError::BadSignature => FailureCause::TlsBadSignature,
        CertificateError::UnsupportedSignatureAlgorithm
        | CertificateError::UnsupportedSignatureAlgorithmContext { .. }
        | CertificateError::UnsupportedSignatureAlgorithmForPublicKeyContext { .. } => {
            FailureCause::TlsUnsupportedSignature
        }
        CertificateError::Other(_) if is_self_signed(circumstances) => FailureCause::TlsSelfSigned,
        CertificateError::BadEncoding
        | CertificateError::UnhandledCriticalExtension
        | CertificateError::UnknownRevocationStatus
        | CertificateError::ExpiredRevocationList
        | CertificateError::ExpiredRevocationListContext { .. }
        | CertificateError::InvalidPurpose
        | CertificateError::InvalidPurposeContext { .. }
        | CertificateError::InvalidOcspResponse
        | CertificateError::ApplicationVerificationFailure
        | CertificateError::Other(_) => FailureCause::TlsInvalidCertificate,
        _ => FailureCause::Unrecognised,
    }
}

fn is_self_signed(circumstances: &Circumstances<'_>) -> bool {
    circumstances.seen.chain.first().and_then(Parsed::read).is_some_and(|leaf| leaf.is_self_issued())
}

/// A signature by a key that the verifier refuses for its size reads as a wrong one.
fn has_weakness(circumstances: &Circumstances<'_>) -> bool {
    circumstances.seen.chain.iter().filter_map(Parsed::read).any(|parsed| parsed.weakness().is_some())
}

/// Tells a chain with a gap from a chain to an authority that nobody trusts.
///
/// From a certificate alone the two look the same. A gap is certain when a certificate of the chain
/// leads to a trusted authority and the server's own does not lead there; it is likely when the
/// certificate says where its issuer's is to be had, as those of public authorities do (RFC 5280,
/// section 4.2.2.1), or when the issuer calls itself an intermediate.
fn of_unknown_issuer(circumstances: &Circumstances<'_>) -> FailureCause {
    let chain: Vec<Parsed> = circumstances.seen.chain.iter().filter_map(Parsed::read).collect();
    let Some(leaf) = chain.first() else { return FailureCause::TlsUnknownIssuer };
    if leaf.is_self_issued() {
        return FailureCause::TlsSelfSigned;
    }
    let top = top_of_path(&chain);
    if top.is_self_issued() {
        return FailureCause::TlsUnknownIssuer;
    }
    let leads_to_trust = |parsed: &Parsed| (circumstances.is_trusted)(&parsed.issuer());
    let has_gap = chain.iter().any(leads_to_trust);
    if has_gap || top.names_its_issuers_address() || is_called_intermediate(&top.issuer_name()) {
        return FailureCause::TlsIncompleteChain;
    }
    FailureCause::TlsUnknownIssuer
}

/// The last certificate that can be reached from the first, issuer by issuer.
fn top_of_path(chain: &[Parsed]) -> &Parsed {
    let mut top = &chain[0];
    for _ in chain {
        if top.is_self_issued() {
            break;
        }
        let issuer = top.issuer();
        match chain.iter().find(|candidate| candidate.subject() == issuer) {
            Some(next) => top = next,
            None => break,
        }
    }
    top
}

fn is_called_intermediate(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    ["intermediate", "issuing", "subordinate", "sub ca", "subca"].iter().any(|word| name.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judge(error: Error, wire_start: &[u8], wanted: bool) -> FailureCause {
        let seen = Seen { client_certificate_wanted: wanted, ..Seen::default() };
        let circumstances =
            Circumstances { seen: &seen, wire_start, has_identity: false, is_trusted: &|_| false };
        of_error(&error, &circumstances)
    }

    #[test]
    fn plain_text_is_told_from_broken_tls() {
        let broken = || Error::InvalidMessage(rustls::InvalidMessage::InvalidContentType);
        assert_eq!(judge(broken(), b"HTTP/1.1 400", false), FailureCause::TlsNotTls);
        assert_eq!(judge(broken(), b"SSH-2.0", false), FailureCause::TlsNotTls);
        assert_eq!(judge(broken(), &[22, 3, 3, 0, 1], false), FailureCause::TlsPeerMisbehaved);
    }

    #[test]
    fn alerts_have_their_names_and_some_a_code_of_their_own() {
        let alert = |alert, wanted| judge(Error::AlertReceived(alert), &[21, 3], wanted);
        assert_eq!(
            alert(AlertDescription::CertificateRequired, false),
            FailureCause::TlsClientCertificateRequired
        );
        assert_eq!(
            alert(AlertDescription::HandshakeFailure, true),
            FailureCause::TlsClientCertificateRequired
        );
        assert_eq!(alert(AlertDescription::ProtocolVersion, false), FailureCause::TlsProtocolVersion);
        assert_eq!(
            alert(AlertDescription::HandshakeFailure, false).to_string(),
            "tls.handshake_alert.handshake_failure"
        );
        assert_eq!(
            alert(AlertDescription::UnrecognisedName, true).to_string(),
            "tls.handshake_alert.unrecognized_name"
        );
    }

    #[test]
    fn both_forms_of_a_certificate_error_mean_the_same() {
        use rustls::pki_types::{ServerName, UnixTime};
        let time = UnixTime::since_unix_epoch(std::time::Duration::ZERO);
        let expected = ServerName::try_from("app.example").expect("name");
        let pairs = [
            (CertificateError::Expired, CertificateError::ExpiredContext { time, not_after: time }),
            (CertificateError::NotValidYet, CertificateError::NotValidYetContext { time, not_before: time }),
            (
                CertificateError::NotValidForName,
                CertificateError::NotValidForNameContext { expected, presented: Vec::new() },
            ),
        ];
        for (plain, context) in pairs {
            let cause = judge(plain.into(), &[], false);
            assert_eq!(cause, judge(context.into(), &[], false));
            assert_ne!(cause, FailureCause::Unrecognised);
        }
    }

    #[test]
    fn a_server_that_lacks_what_we_need_is_not_told_to_be_old() {
        let incompatible = |what| judge(Error::PeerIncompatible(what), &[22, 3], false);
        assert_eq!(
            incompatible(PeerIncompatible::KeyShareExtensionRequired),
            FailureCause::TlsPeerMisbehaved
        );
        assert_eq!(
            incompatible(PeerIncompatible::ServerDoesNotSupportTls12Or13),
            FailureCause::TlsProtocolVersion
        );
    }
}
