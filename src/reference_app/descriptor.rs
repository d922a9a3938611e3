//! The app's descriptor.

use serde_json::{Value, json};

use super::{AppTrust, Settings};

/// `atlassian-connect.json` for an app of these settings at `base_url`.
pub(super) fn descriptor(settings: &Settings, base_url: &str) -> Value {
    let installed = match &settings.installed_query {
        Some(query) => format!("/installed?{query}"),
        None => "/installed".to_owned(),
    };
    let signed_install = !matches!(settings.trust, AppTrust::Legacy);
    json!({
        "key": settings.app_key,
        "name": "Rehearsal's reference app",
        "description": "A small Connect app to rehearse lifecycle callbacks against.",
        "vendor": { "name": "Rehearsal", "url": "https://app.example" },
        "baseUrl": base_url,
        "authentication": { "type": "jwt" },
        "apiVersion": 1,
        "apiMigrations": { "signed-install": signed_install, "gdpr": true },
        "lifecycle": {
            "installed": installed,
            "uninstalled": "/uninstalled",
            "enabled": "/enabled",
            "disabled": "/disabled",
        },
        "scopes": ["READ"],
        "modules": {
            "generalPages": [
                { "key": "protected", "url": "/protected", "name": { "value": "Protected page" } },
            ],
            "webhooks": [{ "event": "jira:issue_updated", "url": "/webhook" }],
        },
    })
}
