//! The lifecycle events: what Atlassian POSTs to an app, and with which headers.

use std::fmt;

use serde_json::{Map, Value};

use super::identity::{AppKey, SharedSecret};
use super::tenant::Tenant;
use super::variant::{PayloadVariant, Product};

/// An event in an app's life in a tenant, as the payload's `eventType` names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LifecycleEvent {
    /// The app was installed or upgraded, or something about the tenant changed.
    Installed,
    /// The app was uninstalled.
    Uninstalled,
    /// The app was switched on; follows an install.
    Enabled,
    /// The app was switched off.
    Disabled,
}

impl LifecycleEvent {
    /// Every event.
    pub const ALL: [Self; 4] = [Self::Installed, Self::Uninstalled, Self::Enabled, Self::Disabled];

    /// The name in payloads and descriptors.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Installed => "installed",
            Self::Uninstalled => "uninstalled",
            Self::Enabled => "enabled",
            Self::Disabled => "disabled",
        }
    }
}

impl fmt::Display for LifecycleEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The body of a lifecycle callback. `Debug` leaves the shared secret out.
#[derive(Clone, PartialEq, Eq)]
pub struct Payload {
    fields: Map<String, Value>,
    secret: Option<SharedSecret>,
}

impl Payload {
    /// The payload of `event` for the app `key` in `tenant`.
    pub fn new(event: LifecycleEvent, key: &AppKey, tenant: &Tenant) -> Self {
        let secret = (event == LifecycleEvent::Installed).then(|| tenant.secret().clone());
        Self { fields: fields(event, key, tenant), secret }
    }

    /// The JSON text to send.
    pub fn json(&self) -> String {
        self.text(self.secret.as_ref().map(SharedSecret::expose))
    }

    /// The JSON text with the shared secret blotted out, for evidence.
    pub fn redacted(&self) -> String {
        self.text(self.secret.as_ref().map(|_| "(redacted)"))
    }

    fn text(&self, secret: Option<&str>) -> String {
        let mut fields = self.fields.clone();
        if let Some(secret) = secret {
            // Where Atlassian's published example has it.
            fields.shift_insert(2, "sharedSecret".to_owned(), secret.into());
        }
        Value::Object(fields).to_string()
    }
}

impl fmt::Debug for Payload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Payload").field(&self.redacted()).finish()
    }
}

/// Who the `User-Agent` says is calling.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Introduction {
    /// The product, as in a real callback.
    AsAtlassian,
    /// The probe, for apps that have not agreed to be rehearsed.
    AsProbe,
}

/// The headers of a lifecycle callback, besides those of the connection and the signature.
pub fn headers(product: Product, introduction: Introduction) -> [(&'static str, String); 3] {
    let version = versions(product);
    let user_agent = match introduction {
        Introduction::AsAtlassian => format!(
            "Atlassian HttpClient 3.0.0 / {}-{} ({}) / Default",
            version.application, version.plugins, version.server
        ),
        Introduction::AsProbe => {
            concat!("rehearsal/", env!("CARGO_PKG_VERSION"), " (synthetic probe, not Atlassian)").to_owned()
        }
    };
    [
        ("Content-Type", "application/json".to_owned()),
        ("Atlassian-Connect-Version", version.plugins.to_owned()),
        ("User-Agent", user_agent),
    ]
}

/// What a product says about itself. The fields that carry it are deprecated, but still in the example of
/// a payload that Atlassian published in 2023, which these values follow.
struct Versions {
    application: &'static str,
    server: &'static str,
    plugins: &'static str,
}

const fn versions(product: Product) -> Versions {
    match product {
        Product::Jira => Versions { application: "JIRA", server: "100150", plugins: "1001.0.0.SNAPSHOT" },
        Product::Confluence => Versions { application: "Confluence", server: "6452", plugins: "1.245.0" },
    }
}

/// All fields but the shared secret, every value a string.
fn fields(event: LifecycleEvent, key: &AppKey, tenant: &Tenant) -> Map<String, Value> {
    let product = tenant.profile().product;
    let version = versions(product);
    let has = |variant| tenant.profile().variants.contains(&variant);
    let site = tenant.site().to_string();
    let (product_type, product_name) = match product {
        Product::Jira => ("jira", "JIRA"),
        Product::Confluence => ("confluence", "Confluence"),
    };

    let mut fields = Map::new();
    let mut put = |name: &str, value: &str| {
        fields.insert(name.to_owned(), value.into());
    };
    put("key", key.as_str());
    put("clientKey", tenant.client_key().as_str());
    if has(PayloadVariant::LegacyFields) {
        put("publicKey", PRODUCT_PUBLIC_KEY);
    }
    put("serverVersion", version.server);
    put("pluginsVersion", version.plugins);
    put("baseUrl", &site);
    if !has(PayloadVariant::DisplayUrlsOmitted) {
        put("displayUrl", &site);
        put("displayUrlServicedeskHelpCenter", &site);
    }
    put("productType", product_type);
    // The space at the end is Atlassian's.
    put("description", &format!("Atlassian {product_name} at {site} "));
    if has(PayloadVariant::Paid) {
        put("serviceEntitlementNumber", &tenant.entitlement_number("SEN"));
        put("entitlementId", &tenant.installation_uuid("entitlement").to_string());
        put("entitlementNumber", &tenant.entitlement_number("E"));
    }
    if has(PayloadVariant::CloudIds) {
        put("cloudId", &tenant.cloud_id().to_string());
        if let Some(user) = tenant.user() {
            put("accountId", &user);
        }
        put("oauthClientId", &tenant.installation_uuid("oauth client").simple().to_string());
    }
    if has(PayloadVariant::ConnectOnForge) && !has(PayloadVariant::InstallationIdOmitted) {
        let installation = tenant.installation_uuid("installation");
        put("installationId", &format!("ari:cloud:ecosystem::installation/{installation}"));
    }
    put("eventType", event.name());
    fields
}

/// The deprecated `publicKey` of a product that does not exist; nobody holds its private half.
const PRODUCT_PUBLIC_KEY: &str = concat!(
    "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEApD19GDO5PPv22wyMOxH6Q7B3rbSftx/nq+7B/mDpTJ5M4fQw5XuL",
    "35wgTHDlkup1bUvaykxdOdrC8pn5zEXuzPrg8JQZVF7H+zVLJ42Req9nMCOpC8Ipbg2xZB0UJIrBV3ng7zu5H8XWghRmswOF",
    "vnjhEZ8NAjxov1ssJoTRlDRW22pxXyFeayiQzrAsjdAbHr6IXysz+g4UHXPZGSObLB3l0PipPaO9b+NAedBWPMA9UUzVbK5+",
    "7akDoA9182KnZxn0MnwgQXJNYxabxHwh2glhEEsgjV7AwVxLjIezh0OCRSIr8ZN8Q7PB/bUt7RYz3CEiNtYOokyyQWIGNq9y",
    "gwIDAQAB",
);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::atlassian::{Profile, RunTag, SiteTemplate};

    fn payload(event: LifecycleEvent, product: Product, variants: &[PayloadVariant]) -> Payload {
        let profile = Profile { product, variants: variants.iter().copied().collect() };
        let run = RunTag::of(uuid::uuid!("00000000-0000-4000-8000-0123456789ab"));
        let tenant = Tenant::new(&run, 1, profile, &SiteTemplate::default(), &mut |bytes| bytes.fill(7));
        Payload::new(event, &AppKey::new("com.example.app").expect("valid"), &tenant)
    }

    fn parsed(payload: &Payload) -> Map<String, Value> {
        serde_json::from_str(&payload.json()).expect("an object")
    }

    #[test]
    fn a_plain_payload_is_as_documented() {
        let installed = parsed(&payload(LifecycleEvent::Installed, Product::Jira, &[]));
        let fields: Vec<(&str, &str)> = installed
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str().expect("every value is a string")))
            .filter(|(name, _)| *name != "sharedSecret")
            .collect();
        let site = "https://rehearsal-0123456789ab-1.atlassian.net";
        assert_eq!(
            fields,
            [
                ("key", "com.example.app"),
                ("clientKey", "rehearsal-0123456789ab-1"),
                ("serverVersion", "100150"),
                ("pluginsVersion", "1001.0.0.SNAPSHOT"),
                ("baseUrl", site),
                ("displayUrl", site),
                ("displayUrlServicedeskHelpCenter", site),
                ("productType", "jira"),
                ("description", "Atlassian JIRA at https://rehearsal-0123456789ab-1.atlassian.net ",),
                ("eventType", "installed"),
            ]
        );
        assert!(installed["sharedSecret"].as_str().is_some_and(|secret| secret.starts_with("ATCO")));
    }

    #[test]
    fn a_secret_comes_with_installed_alone_and_shows_in_the_json_alone() {
        for event in LifecycleEvent::ALL {
            let payload = payload(event, Product::Jira, &[]);
            let fields = parsed(&payload);
            assert_eq!(fields["eventType"], event.name());
            assert_eq!(fields.contains_key("sharedSecret"), event == LifecycleEvent::Installed);
            assert!(!format!("{payload:?}{}", payload.redacted()).contains("ATCO"));
        }
    }

    #[test]
    fn confluence_calls_itself_so() {
        let fields = parsed(&payload(LifecycleEvent::Enabled, Product::Confluence, &[]));
        assert_eq!(fields["productType"], "confluence");
        assert_eq!(fields["baseUrl"], "https://rehearsal-0123456789ab-1.atlassian.net/wiki");
        assert_eq!(fields["displayUrl"], fields["baseUrl"]);
        assert_eq!(fields["serverVersion"], "6452");
        assert!(fields["description"].as_str().is_some_and(|text| text.ends_with("net/wiki ")));
    }

    #[test]
    fn variants_add_and_omit_fields() {
        let of = |variants: &[PayloadVariant]| {
            parsed(&payload(LifecycleEvent::Installed, Product::Jira, variants))
        };
        let plain = of(&[]);
        for (variant, added) in [
            (PayloadVariant::Paid, &["serviceEntitlementNumber", "entitlementId", "entitlementNumber"][..]),
            (PayloadVariant::CloudIds, &["cloudId", "accountId", "oauthClientId"]),
            (PayloadVariant::LegacyFields, &["publicKey"]),
            (PayloadVariant::ConnectOnForge, &["installationId"]),
            (PayloadVariant::UserKeyQuery, &[]),
        ] {
            let fields = of(&[variant]);
            let more: Vec<_> = fields.keys().filter(|name| !plain.contains_key(*name)).collect();
            assert_eq!(more.len(), added.len(), "{variant:?}");
            assert!(added.iter().all(|name| fields.contains_key(*name)), "{variant:?}");
            assert!(plain.keys().all(|name| fields.contains_key(name)), "{variant:?}");
        }
        assert!(!of(&[PayloadVariant::DisplayUrlsOmitted]).keys().any(|name| name.starts_with("display")));
        let forge = of(&[PayloadVariant::ConnectOnForge]);
        assert!(
            forge["installationId"]
                .as_str()
                .is_some_and(|id| id.starts_with("ari:cloud:ecosystem::installation/"))
        );
        let omitted = of(&[PayloadVariant::ConnectOnForge, PayloadVariant::InstallationIdOmitted]);
        assert!(!omitted.contains_key("installationId"));
    }

    #[test]
    fn the_probe_names_itself_where_it_is_asked_to() {
        let user_agent = |introduction| headers(Product::Jira, introduction)[2].1.clone();
        assert!(user_agent(Introduction::AsAtlassian).starts_with("Atlassian HttpClient "));
        assert!(user_agent(Introduction::AsProbe).starts_with("rehearsal/"));
    }
}
