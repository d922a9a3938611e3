//! Atlassian's side of the contract: who calls, with what payload, under which signature. No I/O.

mod identity;
pub mod query_hash;
mod variant;

pub use identity::{AppKey, BaseUrl, ClientKey, InvalidIdentity, SharedSecret};
pub use variant::{PayloadVariant, Product, Profile, Signing, TenantChange};
