//! The tenants, in memory.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

use aws_lc_rs::hmac;
use serde::Deserialize;

use super::Misbehaviour as M;
use super::payload::Payload;
use super::refusal::Refusal;

/// A tenant's shared secret; it checks signatures and never shows itself.
#[derive(Clone, Deserialize)]
#[serde(transparent)]
pub(super) struct Secret(String);

impl Secret {
    pub(super) fn new(secret: impl Into<String>) -> Self {
        Self(secret.into())
    }

    /// Whether `signature` is this secret's HMAC-SHA256 of `message`; compared in constant time.
    pub(super) fn signed(&self, message: &[u8], signature: &[u8]) -> bool {
        let key = hmac::Key::new(hmac::HMAC_SHA256, self.0.as_bytes());
        hmac::verify(&key, message, signature).is_ok()
    }

    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The secret in the clear, for the app that echoes it.
    pub(super) fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(redacted)")
    }
}

/// One installation.
#[derive(Debug, Clone)]
pub(super) struct Tenant {
    pub(super) base_url: String,
    pub(super) enabled: bool,
    secret: Secret,
    old_secrets: Vec<Secret>,
}

impl Tenant {
    /// Whether the tenant's secret made `signature`.
    pub(super) fn signed(&self, message: &[u8], signature: &[u8]) -> bool {
        self.secrets().any(|secret| secret.signed(message, signature))
    }

    fn secrets(&self) -> impl Iterator<Item = &Secret> {
        std::iter::once(&self.secret).chain(&self.old_secrets)
    }
}

/// All installations, by clientKey.
#[derive(Debug, Default)]
pub(super) struct Tenants(Mutex<BTreeMap<String, Tenant>>);

impl Tenants {
    pub(super) fn find(&self, client_key: &str) -> Option<Tenant> {
        self.lock().get(client_key).cloned()
    }

    pub(super) fn client_keys(&self) -> Vec<String> {
        self.lock().keys().cloned().collect()
    }

    /// Stores what an install says, whatever was there before.
    pub(super) fn upsert(&self, payload: Payload, wrong: impl Fn(M) -> bool) -> Result<(), Refusal> {
        let Some(secret) = payload.shared_secret.filter(|secret| !secret.is_empty()) else {
            return Err(Refusal::Payload("sharedSecret is missing"));
        };
        let mut tenants = self.lock();
        let same_site = |(key, tenant): (&String, &Tenant)| {
            *key != payload.client_key && tenant.base_url == payload.base_url
        };
        if wrong(M::RefusesImportedSite) && tenants.iter().any(same_site) {
            return Err(Refusal::Internal);
        }
        let mut tenant =
            Tenant { base_url: payload.base_url, enabled: false, secret, old_secrets: Vec::new() };
        if let Some(before) = tenants.get(&payload.client_key) {
            if wrong(M::RefusesRepeats) {
                return Err(Refusal::Conflict);
            }
            if wrong(M::KeepsFirstSecret) {
                tenant.secret = before.secret.clone();
            }
            if wrong(M::AcceptsOldSecrets) {
                tenant.old_secrets = before.secrets().cloned().collect();
            }
            tenant.enabled = before.enabled;
        }
        tenants.insert(payload.client_key, tenant);
        Ok(())
    }

    pub(super) fn set_enabled(&self, client_key: &str, enabled: bool) {
        if let Some(tenant) = self.lock().get_mut(client_key) {
            tenant.enabled = enabled;
        }
    }

    pub(super) fn remove(&self, client_key: &str) {
        self.lock().remove(client_key);
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Tenant>> {
        // No change is made in more than one step, so a panic elsewhere leaves nothing half done.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
