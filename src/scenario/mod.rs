//! What is rehearsed: scenarios, their steps and what each is expected to bring about. No I/O.

pub mod builtin;
mod capture;
mod diagnostic;
mod document;
mod lifecycle;
mod load;
mod meaning;
mod outline;
mod plan;
mod source;
mod step;

pub use capture::{Captured, from_capture};
pub use diagnostic::{Located, Problem, Problems};
pub use document::{ScenarioDocument, is_name, schema_json};
pub use load::{LoadError, check, file, load};
pub use outline::outline;
pub use plan::{Omission, Part, Plan, Platform, ProtectedPath, Reason, Setting};
pub use source::Pointer;
pub use step::{Callback, Event, Expectation, Method, Pace, Step};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::atlassian::{Product, Profile};

/// One scripted piece of an app's life in a tenant.
///
/// It begins with a tenant that the app has never heard of. In documented order the first change is
/// [`TenantChange::NewTenant`](crate::atlassian::TenantChange::NewTenant), which makes that tenant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scenario {
    /// The name it is chosen by, e.g. `initial-install`.
    pub name: String,
    /// One line for a person.
    pub title: String,
    /// What it is about, in a few sentences; may be empty.
    pub description: String,
    /// Who sets it off.
    pub actor: Actor,
    /// The case of the lifecycle that it rehearses: the case of its main step.
    pub case: Case,
    /// Whether its steps keep to the order in which Atlassian sends callbacks.
    pub order: Order,
    /// The product that sends its callbacks.
    pub product: Product,
    /// What happens, in order.
    pub steps: Vec<Step>,
}

impl Scenario {
    /// What the payloads of `step` look like.
    pub fn profile(&self, step: &Step) -> Profile {
        Profile { product: self.product, variants: step.variants.clone() }
    }
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

impl Actor {
    /// The name used in scenario files and reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Customer => "customer",
            Self::Partner => "partner",
            Self::SiteAdmin => "site-admin",
            Self::Atlassian => "atlassian",
        }
    }
}

/// The case of the lifecycle that an `installed` callback belongs to: its event type in a projection's
/// mix. No field of the payload names it; only the sender knows.
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

impl Case {
    /// Who usually sets it off.
    pub const fn usual_actor(self) -> Actor {
        match self {
            Self::InitialInstall | Self::Reinstall | Self::ManualUpgrade | Self::Other => Actor::Customer,
            Self::AutomaticUpgrade => Actor::Partner,
            Self::SiteRename | Self::SiteImport => Actor::SiteAdmin,
            Self::SecretRotation => Actor::Atlassian,
        }
    }

    /// The name used in scenario files, mixes and reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::InitialInstall => "initial-install",
            Self::Reinstall => "reinstall",
            Self::ManualUpgrade => "manual-upgrade",
            Self::AutomaticUpgrade => "automatic-upgrade",
            Self::SiteRename => "site-rename",
            Self::SiteImport => "site-import",
            Self::SecretRotation => "secret-rotation",
            Self::Other => "other",
        }
    }
}

/// Whether the steps of a scenario keep to the order in which Atlassian sends callbacks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Order {
    /// Only what Atlassian documents: an upgrade before an install is refused before anything is sent.
    #[default]
    Documented,
    /// Any order at all, to see what the app makes of it.
    Any,
}
