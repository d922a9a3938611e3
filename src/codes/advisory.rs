//! What is worth knowing although it changes no verdict.

use std::fmt;
use std::net::SocketAddr;
use std::time::Duration;

use super::FailureCause;

/// Something worth knowing about an exchange that changes no verdict. [`Advisory::code`] names it,
/// `Display` says it in a sentence.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Advisory {
    /// One family's DNS question failed, the other's answer was used.
    OneDnsFamilyFailing {
        /// The record type, `A` or `AAAA`.
        record: &'static str,
        /// What came of the question.
        cause: FailureCause,
    },
    /// One family's DNS question was still unanswered at the end, the other's answer was used.
    OneDnsFamilySlow {
        /// The record type, `A` or `AAAA`.
        record: &'static str,
    },
    /// The first address failed, another one answered.
    FirstAddressDead {
        /// The first address.
        address: SocketAddr,
    },
    /// One address family could not be connected to, the other could.
    OneFamilyOnly {
        /// The family that failed, `IPv4` or `IPv6`.
        dead: &'static str,
    },
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
    /// The response came before the request was read.
    EarlyResponse,
    /// The server closes the connection after the response, although it was to be kept.
    ConnectionClosed,
    /// A kept connection was closed by the server just as it was used; the request was sent again.
    ReuseRace,
    /// The exchange, or a phase of it, took over half of its deadline.
    OverHalfOfDeadline {
        /// The phase in which most of the time was spent.
        phase: &'static str,
        /// The clock that had half run out.
        clock: &'static str,
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
        /// Bytes that are read.
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
            Self::OneDnsFamilyFailing { .. } => "dns.one_family_failing",
            Self::OneDnsFamilySlow { .. } => "dns.one_family_slow",
            Self::FirstAddressDead { .. } => "connect.first_address_dead",
            Self::OneFamilyOnly { .. } => "connect.one_family_only",
            Self::CertificateExpiresSoon { .. } => "tls.certificate_expires_soon",
            Self::TlsVersion12 => "tls.version_1_2",
            Self::TlsNotVerified { .. } => "tls.not_verified",
            Self::TlsCloseNotifyMissing => "tls.close_notify_missing",
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
        match self {
            Self::OneDnsFamilyFailing { record, cause } => write!(
                f,
                "The {record} question failed ({cause}); the other family's answer was used. Repair it: \
                 some senders give up or wait here."
            ),
            Self::OneDnsFamilySlow { record } => write!(
                f,
                "The {record} question went unanswered; the other family's answer was used after a wait. \
                 Let the zone's servers answer it, if only with \"no data\"."
            ),
            Self::FirstAddressDead { address } => write!(
                f,
                "The first address, {address}, did not accept a connection; another one did. Take it out \
                 of DNS or bring it back: a sender that tries one address only fails."
            ),
            Self::OneFamilyOnly { dead } => {
                write!(f, "No connection over {dead}, although DNS offers it; the other family worked.")
            }
            Self::CertificateExpiresSoon { days_left: 0 } => {
                f.write_str("The certificate expires in less than a day: renew it now.")
            }
            Self::CertificateExpiresSoon { days_left } => {
                let urgency = match days_left {
                    0..7 => "renew it now",
                    7..14 => "its renewal is overdue",
                    14.. => "see that its renewal runs",
                };
                let days = if *days_left == 1 { "day" } else { "days" };
                write!(f, "The certificate expires in {days_left} {days}: {urgency}.")
            }
            Self::TlsVersion12 => f.write_str("The server speaks TLS 1.2; 1.3 was offered."),
            Self::TlsNotVerified { problem } => {
                write!(f, "The certificate was accepted unverified; verification says: {problem}.")
            }
            Self::TlsCloseNotifyMissing => f.write_str(
                "The server cut the TLS connection off at the end of the body, which only its close \
                 delimits: a truncated body would look the same.",
            ),
            Self::EarlyResponse => f.write_str("The response came before the whole request was sent."),
            Self::ConnectionClosed => f.write_str(
                "The server closes the connection after each response: under load every callback pays for \
                 a new one.",
            ),
            Self::ReuseRace => f.write_str(
                "The server closed a kept connection just as it was used again; the request was sent a \
                 second time. Set the app's keep-alive timeout above that of the load balancer in front.",
            ),
            Self::OverHalfOfDeadline { phase, clock, took, deadline } => write!(
                f,
                "It took {} of {} that the {clock} deadline allows, most of it in the {phase} phase.",
                seconds(*took),
                seconds(*deadline)
            ),
            Self::ClockSkew { seconds } => {
                let direction = if *seconds < 0 { "behind" } else { "ahead of" };
                write!(
                    f,
                    "The app's clock is {} s {direction} ours: it may refuse tokens as expired or not yet \
                     valid.",
                    seconds.unsigned_abs()
                )
            }
            Self::BodyOversized { limit } => {
                write!(f, "The body is longer than {limit} bytes; reading stopped there.")
            }
            Self::BodyUnexpected => {
                f.write_str("More bytes followed than the head of the response announced or allows.")
            }
            Self::BodyNotAsDeclared => {
                f.write_str("The body is declared as JSON and is not: an error page, perhaps.")
            }
            Self::CreatedSeen => {
                f.write_str("201: the product may accept it, the success rate counts it as bad.")
            }
            Self::RedirectSeen => {
                f.write_str("A redirect: the product may follow it, the success rate counts it as bad.")
            }
        }
    }
}

fn seconds(duration: Duration) -> String {
    format!("{:.1} s", duration.as_secs_f64())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn advice_is_a_sentence_for_a_person() {
        let soon = |days_left| Advisory::CertificateExpiresSoon { days_left }.to_string();
        assert_eq!(soon(6), "The certificate expires in 6 days: renew it now.");
        assert_eq!(soon(1), "The certificate expires in 1 day: renew it now.");
        assert_eq!(soon(29), "The certificate expires in 29 days: see that its renewal runs.");
        let slow = Advisory::OverHalfOfDeadline {
            phase: "wait",
            clock: "total",
            took: Duration::from_millis(6240),
            deadline: Duration::from_secs(10),
        };
        assert!(slow.to_string().starts_with("It took 6.2 s of 10.0 s that the total deadline allows"));
        let behind = Advisory::ClockSkew { seconds: -90 }.to_string();
        assert!(behind.starts_with("The app's clock is 90 s behind ours"), "{behind}");
    }
}
