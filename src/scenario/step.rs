//! The steps of a scenario: what changes in the tenant, what is sent then, and what should come back.

use std::collections::BTreeSet;
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Case;
use crate::atlassian::{PayloadVariant, Signing, TenantChange};

/// One moment: what changes in the tenant, then what Atlassian sends, then what is expected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// Its name within the scenario.
    pub name: String,
    /// The case that its `installed` callbacks belong to. It follows from the changes before them: the
    /// install that opens a site rename is an initial install. Without `installed`, the scenario's own.
    pub case: Case,
    /// What changes in the tenant first, in order.
    pub changes: Vec<TenantChange>,
    /// How the payloads of this step differ from the plain one.
    pub variants: BTreeSet<PayloadVariant>,
    /// How the callbacks of this step follow each other.
    pub pace: Pace,
    /// What is sent; never empty.
    pub callbacks: Vec<Callback>,
}

/// How the callbacks of one moment follow each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pace {
    /// All at once.
    Together,
    /// One after another, with this pause before each but the first.
    OneAfterAnother {
        /// The pause.
        delay: Duration,
    },
}

/// One request to the app.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Callback {
    /// What is sent.
    pub event: Event,
    /// How it is signed.
    pub signing: Signing,
    /// What the app should answer.
    pub expect: Expectation,
    /// Whether it is an event of the success rate. Only `installed` callbacks that are signed as
    /// Atlassian signs them, and should succeed, can be.
    pub counted: bool,
}

impl Callback {
    /// A callback that is signed in this way, should be answered as that deserves, and counts if it can.
    pub fn new(event: Event, signing: Signing) -> Self {
        let expect = Expectation::of(&event, signing);
        let counted = Self::can_count(&event, signing, &expect);
        Self { event, signing, expect, counted }
    }

    /// Whether such a callback can be an event of the success rate: forged ones and those that should
    /// fail are checks of the app, with a verdict of their own.
    pub fn can_count(event: &Event, signing: Signing, expect: &Expectation) -> bool {
        *event == Event::Installed && signing == Signing::AsAtlassian && *expect == Expectation::Success
    }
}

/// What kind of request a callback is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// The `installed` lifecycle callback.
    Installed,
    /// The `uninstalled` lifecycle callback.
    Uninstalled,
    /// The `enabled` lifecycle callback.
    Enabled,
    /// The `disabled` lifecycle callback.
    Disabled,
    /// A signed request to a path of the app, relative to its base URL.
    Request {
        /// The method.
        method: Method,
        /// Path and query, with a leading slash.
        path: String,
    },
}

impl Event {
    /// The name used in scenario files and reports.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Installed => "installed",
            Self::Uninstalled => "uninstalled",
            Self::Enabled => "enabled",
            Self::Disabled => "disabled",
            Self::Request { .. } => "request",
        }
    }
}

/// The method of a signed request to the app.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum Method {
    /// GET.
    #[default]
    Get,
    /// POST.
    Post,
}

/// What the app should answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expectation {
    /// 200 or 204: what the success rate counts as good.
    Success,
    /// 4xx: the app refuses.
    Refusal,
    /// One of these statuses, and no other.
    Statuses(BTreeSet<u16>),
}

impl Expectation {
    /// What such a callback deserves: success when it is signed as Atlassian signs it, refusal otherwise.
    pub fn of(event: &Event, signing: Signing) -> Self {
        let signed_by_atlassian = match signing {
            Signing::AsAtlassian => true,
            // Installs and uninstalls are signed by Atlassian's key; the tenant's secret signs the rest.
            Signing::CurrentSecret => !matches!(event, Event::Installed | Event::Uninstalled),
            // Every other signature is a forgery, or out of date.
            _ => false,
        };
        if signed_by_atlassian { Self::Success } else { Self::Refusal }
    }

    /// Whether `status` is as expected.
    pub fn is_met_by(&self, status: u16) -> bool {
        match self {
            Self::Success => matches!(status, 200 | 204),
            Self::Refusal => (400..500).contains(&status),
            Self::Statuses(statuses) => statuses.contains(&status),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_forged_install_should_be_refused_and_never_counts() {
        let forged = Callback::new(Event::Installed, Signing::WrongKey);
        assert_eq!(forged.expect, Expectation::Refusal);
        assert!(!forged.counted);
        let true_one = Callback::new(Event::Installed, Signing::AsAtlassian);
        assert_eq!(true_one.expect, Expectation::Success);
        assert!(true_one.counted);
    }

    #[test]
    fn the_tenants_secret_signs_all_but_installs_and_uninstalls() {
        let expected = |event| Callback::new(event, Signing::CurrentSecret).expect;
        assert_eq!(expected(Event::Installed), Expectation::Refusal);
        assert_eq!(expected(Event::Uninstalled), Expectation::Refusal);
        assert_eq!(expected(Event::Enabled), Expectation::Success);
        let page = Event::Request { method: Method::Get, path: "/page".to_owned() };
        assert_eq!(expected(page), Expectation::Success);
    }

    #[test]
    fn an_expectation_is_met_by_its_statuses_alone() {
        let met = |expectation: Expectation| -> Vec<u16> {
            (100..600).filter(|status| expectation.is_met_by(*status)).collect()
        };
        assert_eq!(met(Expectation::Success), [200, 204]);
        assert_eq!(met(Expectation::Refusal), (400..500).collect::<Vec<_>>());
        assert_eq!(met(Expectation::Statuses([201, 302].into())), [201, 302]);
    }
}
