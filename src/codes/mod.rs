//! One table of everything that can happen to a callback: its code, family, owner, meaning, usual
//! causes and remedy.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

mod advice;
mod advisory;
mod alert;
mod cause;
mod status;

pub use advice::Advice;
pub use advisory::Advisory;
pub use alert::Alert;
pub use cause::FailureCause;

/// The kind of a code, the first part of its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Family {
    /// HTTP 200 or 204.
    Good,
    /// Any other HTTP status.
    Status,
    /// The name could not be resolved.
    Dns,
    /// No TCP connection.
    Connect,
    /// No TLS session.
    Tls,
    /// A deadline passed after the connection stood.
    Timeout,
    /// The HTTP exchange broke.
    Http,
    /// The probe itself failed.
    Probe,
    /// Something we have no name for.
    Unrecognised,
}

impl Family {
    /// The name used in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Status => "status",
            Self::Dns => "dns",
            Self::Connect => "connect",
            Self::Tls => "tls",
            Self::Timeout => "timeout",
            Self::Http => "http",
            Self::Probe => "probe",
            Self::Unrecognised => "unrecognised",
        }
    }
}

/// Who has to act.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Owner {
    /// The app and what runs in front of it.
    App,
    /// Whoever runs the app's DNS zone.
    Dns,
    /// The path between the probe and the app.
    Network,
    /// The probe or the machine it runs on.
    Probe,
}

impl Owner {
    /// The name used in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::App => "app",
            Self::Dns => "dns",
            Self::Network => "network",
            Self::Probe => "probe",
        }
    }

    /// Who that is, in words.
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::App => "the app, or what you run in front of it",
            Self::Dns => "whoever runs the app's DNS zone",
            Self::Network => "the path between the probe and the app",
            Self::Probe => "the machine that runs the probe",
        }
    }
}

/// What a person needs to know about a code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The kind of the code.
    pub family: Family,
    /// Who has to act.
    pub owner: Owner,
    /// What it means, in one sentence.
    pub meaning: &'static str,
    /// What usually causes it.
    pub causes: &'static str,
    /// What to do next.
    pub remedy: &'static str,
}

/// The stable name of what happened: a status or a cause. Their order means nothing; reports sort by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Code {
    /// A response with this status.
    Status(u16),
    /// No complete response.
    Failure(FailureCause),
    /// An app that should trust Atlassian alone accepted an install that Atlassian did not sign.
    UntrustedInstallAccepted,
}

impl Code {
    /// What a person needs to know about this code.
    pub fn entry(self) -> &'static Entry {
        match self {
            Self::Status(status) => status::entry(status),
            Self::Failure(cause) => cause.entry(),
            Self::UntrustedInstallAccepted => &UNTRUSTED_INSTALL_ACCEPTED,
        }
    }
}

const UNTRUSTED_INSTALL_ACCEPTED_CODE: &str = "security.untrusted_install_accepted";

const UNTRUSTED_INSTALL_ACCEPTED: Entry = Entry {
    family: Family::Status,
    owner: Owner::App,
    meaning: "The app accepted an install that Atlassian did not sign: anybody can install themselves and take over tenants.",
    causes: "signature verification switched off or never written, a handler that stores the tenant before it checks the token, a key looked up at a host that the token names",
    remedy: "Verify the token of every lifecycle callback against Atlassian's key host before anything is stored, and answer 401 otherwise. Treat tenants installed since as suspect.",
};

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Status(status) => write!(f, "status.{status}"),
            Self::Failure(cause) => cause.fmt(f),
            Self::UntrustedInstallAccepted => f.write_str(UNTRUSTED_INSTALL_ACCEPTED_CODE),
        }
    }
}

/// A text that is no known code.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a known code")]
pub struct UnknownCode(pub String);

impl FromStr for Code {
    type Err = UnknownCode;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let unknown = || UnknownCode(text.to_owned());
        if text == UNTRUSTED_INSTALL_ACCEPTED_CODE {
            return Ok(Self::UntrustedInstallAccepted);
        }
        if let Some(status) = text.strip_prefix("status.") {
            return match status.parse() {
                Ok(status @ 100..=999) => Ok(Self::Status(status)),
                Ok(_) | Err(_) => Err(unknown()),
            };
        }
        if let Some(alert) = text.strip_prefix("tls.handshake_alert.") {
            let alert = Alert::named(alert).ok_or_else(unknown)?;
            return Ok(Self::Failure(FailureCause::HandshakeAlert(alert)));
        }
        FailureCause::ALL
            .iter()
            .find(|cause| cause.to_string() == text)
            .map(|cause| Self::Failure(*cause))
            .ok_or_else(unknown)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_cause_reads_back_from_its_code() {
        let mut seen = HashSet::new();
        for cause in FailureCause::ALL {
            let code = Code::Failure(*cause);
            assert!(seen.insert(code.to_string()), "{code} stands twice");
            assert_eq!(code.to_string().parse(), Ok(code));
            let family = cause.entry().family.name();
            assert!(code.to_string().starts_with(family), "{code} is not of family {family}");
        }
    }

    #[test]
    fn alerts_read_back_with_and_without_a_name() {
        for number in 0..=255 {
            let code = Code::Failure(FailureCause::HandshakeAlert(Alert(number)));
            assert_eq!(code.to_string().parse(), Ok(code));
        }
        assert_eq!(
            Code::Failure(FailureCause::HandshakeAlert(Alert(40))).to_string(),
            "tls.handshake_alert.handshake_failure"
        );
    }

    #[test]
    fn statuses_are_codes_and_other_texts_are_not() {
        assert_eq!("status.503".parse(), Ok(Code::Status(503)));
        for text in ["status.99", "status.1000", "status.abc", "dns.nothing", ""] {
            assert_eq!(text.parse::<Code>(), Err(UnknownCode(text.to_owned())));
        }
    }
}
