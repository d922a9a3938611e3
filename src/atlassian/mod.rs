//! Atlassian's side of the contract: who calls, with what payload, under which signature. No I/O.

mod identity;
pub mod lifecycle;
pub mod query_hash;
mod run_tag;
mod site;
pub mod target;
pub mod tenant;
mod variant;

pub use identity::{AppKey, BaseUrl, ClientKey, InvalidIdentity, SharedSecret};
pub use lifecycle::LifecycleEvent;
pub use run_tag::RunTag;
pub use site::SiteTemplate;
pub use tenant::Tenant;
pub use variant::{PayloadVariant, Product, Profile, Signing, TenantChange};
