//! What an outcome counts as: the success rate's definition, applied in this one place.

#![deny(clippy::wildcard_enum_match_arm)]

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::codes::{Code, FailureCause, Owner};
use crate::outcome::{Failure, Outcome, Phase};

/// How the app is meant to take the probe's signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Trust {
    /// The app trusts the probe's key: callbacks are events of the success rate.
    ProbeKey,
    /// The app predates signed installs: unsigned at first, then HS256 with the previous secret.
    Legacy,
    /// The app trusts Atlassian alone and refuses us: only reachability can be told.
    None,
}

impl Trust {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::ProbeKey, Self::Legacy, Self::None];

    /// The one of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|trust| trust.name() == name)
    }

    /// The name used on the command line and in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::ProbeKey => "probe-key",
            Self::Legacy => "legacy",
            Self::None => "none",
        }
    }
}

/// What a callback counts as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// 200 or 204.
    Good,
    /// Any other status, or no response for a reason in the app's control.
    Bad,
    /// Refused by an app that does not trust us, as it should: it was reached.
    Reached,
    /// Not counted, for a proven reason outside the app's control.
    Excluded,
    /// Bad or excluded: who is to blame can't be told.
    Unattributed,
}

impl Verdict {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Good, Self::Bad, Self::Reached, Self::Excluded, Self::Unattributed];

    /// The one of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|verdict| verdict.name() == name)
    }

    /// The name used in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Bad => "bad",
            Self::Reached => "reached",
            Self::Excluded => "excluded",
            Self::Unattributed => "unattributed",
        }
    }
}

/// What is known about the probe's own network at the moment of a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Control {
    /// No control target is configured: DNS, TLS and connect failures are the app's, as the success
    /// rate's definition says.
    NotConfigured,
    /// The control target answered: the probe's network works.
    Answered,
    /// The control target failed as well: the probe's network is down.
    Failed,
    /// The control target was not tried near this moment.
    Unknown,
}

/// How outcomes are classified in one run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClassificationPolicy {
    trust: Trust,
    reached: BTreeSet<u16>,
}

impl ClassificationPolicy {
    /// A policy for an app that trusts us as `trust` says; `reached` are the statuses by which an app
    /// that does not trust us shows that it was reached.
    pub fn new(trust: Trust, reached: impl IntoIterator<Item = u16>) -> Self {
        Self { trust, reached: reached.into_iter().collect() }
    }

    /// What became of an exchange. Whoever begins to accept what nobody signed has accepted it, whatever becomes of the
    /// rest; and only a refusal that arrives as a whole shows that the app is reached.
    pub fn outcome(&self, status: Option<u16>, failure: Option<&Failure>) -> Outcome {
        match (self.trust, status) {
            (Trust::None, Some(status @ 200..=299)) => Outcome::Responded { status },
            (Trust::None, Some(status)) if failure.is_some() && self.reached.contains(&status) => {
                Outcome::of(None, failure)
            }
            _ => Outcome::of(status, failure),
        }
    }

    /// Classifies one outcome.
    pub fn classify(&self, outcome: Outcome, control: Control) -> Verdict {
        match outcome {
            Outcome::Responded { status } => self.classify_status(status),
            Outcome::Failed { phase, cause } => classify_failure(phase, cause, control),
            Outcome::NotSent { cause: _ } => Verdict::Excluded,
        }
    }

    /// The name of what happened, as this policy sees it. What our own network kept from the app is named
    /// after our network, whatever it looked like from here.
    pub fn code(&self, outcome: Outcome, control: Control) -> Code {
        match outcome {
            Outcome::Responded { status: 200..=299 } if self.trust == Trust::None => {
                Code::UntrustedInstallAccepted
            }
            Outcome::Responded { status } => Code::Status(status),
            Outcome::Failed { phase, cause } if is_cut_off(phase, cause, control) => {
                Code::Failure(FailureCause::OwnNetworkDown)
            }
            Outcome::Failed { cause, .. } | Outcome::NotSent { cause } => Code::Failure(cause),
        }
    }

    fn classify_status(&self, status: u16) -> Verdict {
        match self.trust {
            Trust::ProbeKey | Trust::Legacy if matches!(status, 200 | 204) => Verdict::Good,
            Trust::None if self.reached.contains(&status) => Verdict::Reached,
            Trust::ProbeKey | Trust::Legacy | Trust::None => Verdict::Bad,
        }
    }
}

/// Whether a failure on the way to the app is the one that kept us from the control target as well. A cause that
/// is the probe's by itself says more.
fn is_cut_off(phase: Phase, cause: FailureCause, control: Control) -> bool {
    control == Control::Failed
        && matches!(phase, Phase::Dns | Phase::Connect | Phase::Tls)
        && cause.entry().owner != Owner::Probe
}

fn classify_failure(phase: Phase, cause: FailureCause, control: Control) -> Verdict {
    if cause.entry().owner == Owner::Probe {
        return match (cause, control) {
            // A dead resolver is the probe's when something shows it; the name behind it may be as dead.
            (FailureCause::DnsResolverUnreachable, Control::Answered) => Verdict::Unattributed,
            (_, _) => Verdict::Excluded,
        };
    }
    if is_cut_off(phase, cause, control) {
        return Verdict::Excluded;
    }
    match (phase, control) {
        (Phase::Dns | Phase::Connect | Phase::Tls, Control::Unknown) => Verdict::Unattributed,
        (_, _) => Verdict::Bad,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy(trust: Trust) -> ClassificationPolicy {
        ClassificationPolicy::new(trust, [400, 401, 403])
    }

    #[test]
    fn only_200_and_204_are_good() {
        for status in 100..=599 {
            let verdict =
                policy(Trust::ProbeKey).classify(Outcome::Responded { status }, Control::NotConfigured);
            let expected = if status == 200 || status == 204 { Verdict::Good } else { Verdict::Bad };
            assert_eq!(verdict, expected, "{status}");
        }
    }

    #[test]
    fn without_trust_a_refusal_is_reached_and_an_acceptance_is_not_good() {
        let of = |status| policy(Trust::None).classify(Outcome::Responded { status }, Control::NotConfigured);
        assert_eq!(of(401), Verdict::Reached);
        assert_eq!(of(404), Verdict::Bad);
        assert_eq!(of(200), Verdict::Bad);
    }

    #[test]
    fn of_an_answer_that_breaks_off_the_head_may_be_enough() {
        let failure = Failure {
            phase: Phase::Body,
            cause: FailureCause::TruncatedBody,
            clock: None,
            detail: String::new(),
        };
        let broken = Outcome::Failed { phase: Phase::Body, cause: FailureCause::TruncatedBody };
        for (trust, status, expected) in [
            (Trust::None, 200, Outcome::Responded { status: 200 }),
            (Trust::None, 401, broken),
            (Trust::None, 500, Outcome::Responded { status: 500 }),
            (Trust::ProbeKey, 200, broken),
            (Trust::ProbeKey, 401, Outcome::Responded { status: 401 }),
        ] {
            assert_eq!(policy(trust).outcome(Some(status), Some(&failure)), expected, "{trust:?} {status}");
        }
    }

    #[test]
    fn the_control_target_decides_who_is_to_blame_before_the_connection_stands() {
        let of = |phase, control| {
            let outcome = Outcome::Failed { phase, cause: FailureCause::ConnectTimeout };
            policy(Trust::ProbeKey).classify(outcome, control)
        };
        assert_eq!(of(Phase::Connect, Control::NotConfigured), Verdict::Bad);
        assert_eq!(of(Phase::Connect, Control::Answered), Verdict::Bad);
        assert_eq!(of(Phase::Connect, Control::Failed), Verdict::Excluded);
        assert_eq!(of(Phase::Connect, Control::Unknown), Verdict::Unattributed);
        assert_eq!(of(Phase::Wait, Control::Failed), Verdict::Bad);
    }

    #[test]
    fn what_keeps_us_from_the_control_target_too_is_named_after_our_network() {
        let of = |phase, cause, control| {
            policy(Trust::ProbeKey).code(Outcome::Failed { phase, cause }, control).to_string()
        };
        use FailureCause::{ConnectTimeout, DnsResolverUnreachable, TimeoutResponseHead};
        assert_eq!(of(Phase::Connect, ConnectTimeout, Control::Failed), "probe.own_network_down");
        assert_eq!(of(Phase::Connect, ConnectTimeout, Control::Answered), "connect.timeout");
        assert_eq!(of(Phase::Dns, DnsResolverUnreachable, Control::Failed), "dns.resolver_unreachable");
        assert_eq!(of(Phase::Wait, TimeoutResponseHead, Control::Failed), "timeout.response_head");
    }

    #[test]
    fn the_probes_own_faults_are_excluded() {
        let outcome = Outcome::Failed { phase: Phase::Connect, cause: FailureCause::TooManyOpenFiles };
        assert_eq!(policy(Trust::ProbeKey).classify(outcome, Control::NotConfigured), Verdict::Excluded);
    }
}
