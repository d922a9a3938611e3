//! The payload of a lifecycle callback, as far as the app needs it.

use serde::Deserialize;

use super::Misbehaviour as M;
use super::refusal::Refusal;
use super::tenants::Secret;

/// What the app reads of a payload; fields it does not know are none of its business.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Payload {
    pub(super) key: String,
    pub(super) client_key: String,
    pub(super) event_type: String,
    pub(super) base_url: String,
    pub(super) shared_secret: Option<Secret>,
    display_url: Option<String>,
    installation_id: Option<String>,
}

impl Payload {
    /// Reads the payload of an event of this type for this app.
    pub(super) fn read(body: &[u8], event_type: &str, app_key: &str) -> Result<Self, Refusal> {
        let payload: Self = serde_json::from_slice(body)
            .map_err(|_| Refusal::Payload("it is no lifecycle payload in JSON"))?;
        if payload.key != app_key {
            return Err(Refusal::Payload("key is another app's"));
        }
        if payload.event_type != event_type {
            return Err(Refusal::Payload("eventType is another event's"));
        }
        if payload.client_key.is_empty() {
            return Err(Refusal::Payload("clientKey is empty"));
        }
        Ok(payload)
    }

    /// Insists on what an app has no right to insist on, where it misbehaves.
    pub(super) fn insist(&self, wrong: impl Fn(M) -> bool) -> Result<(), Refusal> {
        if wrong(M::InsistsOnDisplayUrl) && self.display_url.is_none() {
            return Err(Refusal::Payload("displayUrl is missing"));
        }
        if wrong(M::InsistsOnInstallationId) && self.installation_id.is_none() {
            return Err(Refusal::Payload("installationId is missing"));
        }
        if wrong(M::InsistsOnUuid) && uuid::Uuid::try_parse(&self.client_key).is_err() {
            return Err(Refusal::Payload("clientKey is no UUID"));
        }
        Ok(())
    }
}
