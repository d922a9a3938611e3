//! What is rehearsed: scenarios, their steps and what each is expected to bring about.

use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::atlassian::{Profile, Signing, TenantChange};

/// One scripted piece of an app's life in a tenant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scenario {
    /// The name it is chosen by, e.g. `initial-install`.
    pub name: String,
    /// One line for a person.
    pub title: String,
    /// Who sets it off.
    pub actor: Actor,
    /// The case of the lifecycle that it rehearses: the event type of the projection's mix.
    pub case: Case,
    /// What the payloads look like.
    pub profile: Profile,
    /// What happens, in order.
    pub steps: Vec<Step>,
}

/// Who sets a scenario off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Actor {
    /// A customer's administrator who installs or upgrades the app.
    Customer,
    /// The partner who publishes a version of the app.
    Partner,
    /// The administrator of the site, who renames or imports it.
    SiteAdmin,
    /// Atlassian itself.
    Atlassian,
}

/// The case of the lifecycle that a scenario rehearses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Case {
    /// A first install.
    InitialInstall,
    /// An install after an uninstall.
    Reinstall,
    /// An upgrade that a person consents to.
    ManualUpgrade,
    /// An upgrade that happens by itself.
    AutomaticUpgrade,
    /// The site gets another name.
    SiteRename,
    /// The site's data is imported.
    SiteImport,
    /// The shared secret is rotated.
    SecretRotation,
    /// Something else.
    Other,
}

/// One step: what changes in the tenant, then what Atlassian sends, then what is expected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// Its name within the scenario.
    pub name: String,
    /// What changes in the tenant first, in order.
    pub changes: Vec<TenantChange>,
    /// How the callbacks of this step follow each other.
    pub pace: Pace,
    /// What is sent.
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
    /// Whether it is an event of the success rate. Only `installed` callbacks can be.
    pub counted: bool,
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
        /// Path and query.
        path: String,
    },
}

/// The method of a signed request to the app.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum Method {
    /// GET.
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
    /// Exactly one of these statuses.
    Statuses(Vec<u16>),
}

impl Expectation {
    /// Whether `status` is as expected.
    pub fn is_met_by(&self, status: u16) -> bool {
        match self {
            Self::Success => matches!(status, 200 | 204),
            Self::Refusal => (400..500).contains(&status),
            Self::Statuses(statuses) => statuses.contains(&status),
        }
    }
}
