//! What stays the same throughout a run.

use std::io;

use hyper::header::{HeaderName, HeaderValue};

use crate::atlassian::jwt::Signer;
use crate::atlassian::lifecycle::Introduction;
use crate::atlassian::target::LifecycleTargets;
use crate::atlassian::{AppKey, RunTag, SiteTemplate, Tenant};
use crate::scenario::Plan;
use crate::verdict::{ClassificationPolicy, Trust};

/// What stays the same throughout a run: what is rehearsed, against which app, in whose name.
#[derive(Debug)]
pub struct Script {
    /// The scenarios.
    pub plan: Plan,
    /// The run's tag, which the names of its tenants carry.
    pub tag: RunTag,
    /// The sites of its tenants.
    pub sites: SiteTemplate,
    /// The app's key, for the payloads.
    pub app_key: AppKey,
    /// Where the app wants which event.
    pub targets: LifecycleTargets,
    /// Signs the requests.
    pub signer: Signer,
    /// How the app is meant to take the signature.
    pub trust: Trust,
    /// How outcomes count.
    pub policy: ClassificationPolicy,
    /// Who the User-Agent says is calling.
    pub introduction: Introduction,
    /// Headers to add or, by the same name, to replace.
    pub headers: Vec<(HeaderName, HeaderValue)>,
    /// How often a callback is sent again when it was bad.
    pub retries: u32,
    /// How many blanks follow each payload: JSON allows them, and some faults show only then.
    pub padding: usize,
}

/// Is told about tenants before the app is, so that none can be forgotten there.
pub trait TenantLog {
    /// A tenant is about to be sent to the app.
    ///
    /// # Errors
    /// When it can't be noted: then the tenant is not sent.
    fn installing(&self, tenant: &Tenant) -> io::Result<()>;

    /// A tenant is not in the app: it was uninstalled there or never let in.
    fn gone(&self, tenant: &Tenant);
}
