//! What a recorded payload shows of its kind.

use std::collections::BTreeSet;

use super::recording::Recording;
use crate::atlassian::PayloadVariant;

/// The fields that every payload may have.
const PLAIN_FIELDS: [&str; 11] = [
    "key",
    "clientKey",
    "baseUrl",
    "productType",
    "description",
    "eventType",
    "sharedSecret",
    "displayUrl",
    "displayUrlServicedeskHelpCenter",
    "serverVersion",
    "pluginsVersion",
];

/// The fields that show a variant.
const VARIANT_FIELDS: [(&str, PayloadVariant); 8] = [
    ("serviceEntitlementNumber", PayloadVariant::Paid),
    ("entitlementId", PayloadVariant::Paid),
    ("entitlementNumber", PayloadVariant::Paid),
    ("installationId", PayloadVariant::ConnectOnForge),
    ("publicKey", PayloadVariant::LegacyFields),
    ("oauthClientId", PayloadVariant::CloudIds),
    ("accountId", PayloadVariant::CloudIds),
    ("cloudId", PayloadVariant::CloudIds),
];

/// Columns of 255 bytes are usual, and have been too short for secrets.
const USUAL_SECRET_LENGTH: usize = 255;

/// The variants that a recorded payload shows.
pub(super) fn variants(recording: &Recording) -> BTreeSet<PayloadVariant> {
    let mut variants: BTreeSet<_> = VARIANT_FIELDS
        .into_iter()
        .filter(|(field, _)| recording.payload.contains_key(*field))
        .map(|(_, variant)| variant)
        .collect();
    if !recording.payload.contains_key("displayUrl") {
        variants.insert(PayloadVariant::DisplayUrlsOmitted);
    }
    match recording.text("clientKey") {
        Some(key) if uuid::Uuid::try_parse(key).is_ok() => _ = variants.insert(PayloadVariant::UuidClientKey),
        Some(key) if key.contains('.') => _ = variants.insert(PayloadVariant::HostnameClientKey),
        Some(_) | None => {}
    }
    if recording.text("sharedSecret").is_some_and(|secret| secret.len() > USUAL_SECRET_LENGTH) {
        variants.insert(PayloadVariant::LongSecret);
    }
    if recording.target.contains("?user_key=") || recording.target.contains("&user_key=") {
        variants.insert(PayloadVariant::UserKeyQuery);
    }
    variants
}

/// Whether a scenario can bring about a payload with this field.
pub(super) fn is_known(field: &str) -> bool {
    PLAIN_FIELDS.contains(&field) || VARIANT_FIELDS.iter().any(|(name, _)| *name == field)
}
