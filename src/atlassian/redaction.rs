//! A tenant's secrets taken out of what an app sent back.

use super::identity::SharedSecret;
use super::tenant::Tenant;
use crate::redact::Redactor;

impl Tenant {
    /// What takes the tenant's secrets, past and present, out of a text.
    pub fn redactor(&self) -> Redactor {
        let secrets = [Some(self.secret()), self.previous_secret(), self.delivered_secret()];
        Redactor::new(secrets.into_iter().flatten().map(SharedSecret::expose))
    }
}
