//! What is worth knowing although it changes no verdict.

use std::fmt;
use std::time::Duration;

use crate::outcome::{Clock, Phase};

/// Something worth knowing about an exchange that changes no verdict.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Advisory {
    /// The certificate expires within 30 days.
    CertificateExpiresSoon {
        /// Whole days left.
        days_left: u16,
    },
    /// The connection uses TLS 1.2, although 1.3 was offered.
    TlsVersion12,
    /// The certificate was not verified, and this is wrong with it.
    TlsNotVerified {
        /// What verification would have said.
        problem: String,
    },
    /// The server ended the TLS connection without saying so (close_notify).
    TlsCloseNotifyMissing,
    /// One address family could not be connected to, the other could.
    OneFamilyOnly {
        /// The family that failed, `IPv4` or `IPv6`.
        dead: &'static str,
    },
    /// The first address failed, another one answered.
    FirstAddressDead {
        /// The address.
        address: std::net::SocketAddr,
    },
    /// One family's DNS question failed or went unanswered, the other's was answered.
    OneDnsFamilyFailing {
        /// The record type, `A` or `AAAA`.
        record: &'static str,
    },
    /// One family's DNS answer was not in when the other's was used.
    OneDnsFamilySlow {
        /// The record type, `A` or `AAAA`.
        record: &'static str,
    },
    /// The response came before the request was read.
    EarlyResponse,
    /// The server closes the connection after the response, although it was to be kept.
    ConnectionClosed,
    /// A kept connection was closed by the server just as it was used; the request was sent again.
    ReuseRace,
    /// The exchange, or a phase of it, took over half of its deadline.
    OverHalfOfDeadline {
        /// Where the time was spent.
        phase: Phase,
        /// Which clock was half run out.
        clock: Clock,
        /// The time it took.
        took: Duration,
        /// The deadline.
        deadline: Duration,
    },
    /// The response's Date differs from this machine's clock.
    ClockSkew {
        /// By how many seconds it is ahead of us; negative when behind.
        seconds: i64,
    },
    /// The body is longer than the probe reads.
    BodyOversized {
        /// Bytes read.
        limit: u64,
    },
    /// More bytes followed than the head of the response announced or allows.
    BodyUnexpected,
    /// The body is not what its Content-Type says.
    BodyNotAsDeclared,
    /// 201: the product may accept it, the success rate does not.
    CreatedSeen,
    /// A redirect: the product may follow it, the success rate does not.
    RedirectSeen,
}

impl Advisory {
    /// The stable name.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::CertificateExpiresSoon { .. } => "tls.certificate_expires_soon",
            Self::TlsVersion12 => "tls.version_1_2",
            Self::TlsNotVerified { .. } => "tls.not_verified",
            Self::TlsCloseNotifyMissing => "tls.close_notify_missing",
            Self::OneFamilyOnly { .. } => "connect.one_family_only",
            Self::FirstAddressDead { .. } => "connect.first_address_dead",
            Self::OneDnsFamilyFailing { .. } => "dns.one_family_failing",
            Self::OneDnsFamilySlow { .. } => "dns.one_family_slow",
            Self::EarlyResponse => "http.early_response",
            Self::ConnectionClosed => "http.connection_closed",
            Self::ReuseRace => "http.connection_reuse_race",
            Self::OverHalfOfDeadline { .. } => "slow.over_half_of_deadline",
            Self::ClockSkew { .. } => "clock.skew",
            Self::BodyOversized { .. } => "body.oversized",
            Self::BodyUnexpected => "body.unexpected",
            Self::BodyNotAsDeclared => "body.not_as_declared",
            Self::CreatedSeen => "status.201_seen",
            Self::RedirectSeen => "status.redirect_seen",
        }
    }
}

impl fmt::Display for Advisory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}
