//! Atlassian's side of the contract: who calls, with what payload, under which signature. No I/O.

pub mod descriptor;
mod identity;
pub mod install_keys;
pub mod jwt;
pub mod lifecycle;
pub mod lint;
pub mod manifest;
mod names;
pub mod query_hash;
mod redaction;
mod run_tag;
mod site;
pub mod target;
pub mod tenant;
mod token;
mod variant;

pub use descriptor::Descriptor;
pub use identity::{AppKey, BaseUrl, ClientKey, InvalidIdentity, SharedSecret};
pub use install_keys::{Kid, SigningKey};
pub use lifecycle::LifecycleEvent;
pub use run_tag::RunTag;
pub use site::SiteTemplate;
pub use tenant::Tenant;
pub use variant::{PayloadVariant, Product, Profile, Signing, TenantChange};
