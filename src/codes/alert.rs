//! TLS alerts and their names.

use std::fmt;

use super::{Entry, Family, Owner};

/// A TLS alert by its number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Alert(pub u8);

impl Alert {
    /// The alerts that end a handshake, by the names of RFC 8446, section 6.
    const NAMES: &'static [(u8, &'static str)] = &[
        (0, "close_notify"),
        (10, "unexpected_message"),
        (20, "bad_record_mac"),
        (21, "decryption_failed"),
        (22, "record_overflow"),
        (30, "decompression_failure"),
        (40, "handshake_failure"),
        (41, "no_certificate"),
        (42, "bad_certificate"),
        (43, "unsupported_certificate"),
        (44, "certificate_revoked"),
        (45, "certificate_expired"),
        (46, "certificate_unknown"),
        (47, "illegal_parameter"),
        (48, "unknown_ca"),
        (49, "access_denied"),
        (50, "decode_error"),
        (51, "decrypt_error"),
        (60, "export_restriction"),
        (71, "insufficient_security"),
        (80, "internal_error"),
        (86, "inappropriate_fallback"),
        (90, "user_canceled"),
        (100, "no_renegotiation"),
        (109, "missing_extension"),
        (110, "unsupported_extension"),
        (111, "certificate_unobtainable"),
        (112, "unrecognized_name"),
        (113, "bad_certificate_status_response"),
        (114, "bad_certificate_hash_value"),
        (115, "unknown_psk_identity"),
        (120, "no_application_protocol"),
        (121, "ech_required"),
    ];

    fn name(self) -> Option<&'static str> {
        Self::NAMES.iter().find(|(number, _)| *number == self.0).map(|(_, name)| *name)
    }

    /// What a person needs to know about this alert.
    pub(super) const fn entry(self) -> &'static Entry {
        match self.0 {
            40 | 71 => &NOTHING_AGREED,
            41..=46 | 48 => &OUR_CERTIFICATE,
            49 => &ACCESS_DENIED,
            80 => &INTERNAL_ERROR,
            112 => &UNKNOWN_HOST,
            120 => &NO_COMMON_PROTOCOL,
            _ => &OTHER,
        }
    }

    /// The alert of that name, as [`Alert`] is displayed.
    pub(super) fn named(name: &str) -> Option<Self> {
        Self::NAMES
            .iter()
            .find(|(_, known)| *known == name)
            .map(|(number, _)| Self(*number))
            .or_else(|| name.strip_prefix("alert_")?.parse().ok().map(Self))
    }
}

const fn alert(meaning: &'static str, causes: &'static str, remedy: &'static str) -> Entry {
    Entry { family: Family::Tls, owner: Owner::App, meaning, causes, remedy }
}

const NOTHING_AGREED: Entry = alert(
    "The server ended the TLS handshake because it found nothing to agree on.",
    "no certificate for this host, no cipher suite or key exchange group in common, a client certificate that it wants",
    "See that the TLS terminator has a certificate for this host, then enable the ECDHE suites with AES-GCM and the groups X25519 or P-256.",
);
const OUR_CERTIFICATE: Entry = alert(
    "The server ended the TLS handshake because of a client certificate: ours, or that there is none.",
    "mutual TLS switched on for the whole host, a client certificate given with --cert that the server does not trust",
    "Exempt the lifecycle paths from mutual TLS, for Atlassian sends no client certificate; or give one with --cert and --key that the server's CA issued.",
);
const ACCESS_DENIED: Entry = alert(
    "The server's policy denied the TLS handshake.",
    "an allow list of addresses or clients, a firewall that inspects TLS",
    "Allow this client in the TLS terminator's or firewall's policy; Atlassian's published IP ranges must be allowed in as well.",
);
const INTERNAL_ERROR: Entry = alert(
    "The server failed in the TLS handshake and said so.",
    "a certificate or key file that it can't read, a load balancer without a healthy target, a terminator out of memory",
    "Read the TLS terminator's log for this moment: it names the file or the target.",
);
const UNKNOWN_HOST: Entry = alert(
    "The server has no site of this host name.",
    "a new host name that was not added to the load balancer, a wrong host in the base URL, a proxy that passes another name on",
    "Add the host of the base URL, with its certificate, to the TLS terminator, or correct the base URL.",
);
const NO_COMMON_PROTOCOL: Entry = alert(
    "The server speaks none of the protocols that the client offered (ALPN).",
    "a listener for HTTP/3, gRPC or another protocol on this port, a list of ALPN protocols without `http/1.1`",
    "Let the TLS terminator offer `http/1.1` for this host, and check the port of the base URL.",
);
const OTHER: Entry = alert(
    "The server ended the TLS handshake with an alert.",
    "a TLS stack that can't follow the handshake, a middlebox that tampers with it",
    "Read the TLS terminator's log for this moment, update it, and try without the proxies and firewalls in front of it.",
);

impl fmt::Display for Alert {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => f.write_str(name),
            None => write!(f, "alert_{}", self.0),
        }
    }
}
