//! The vocabulary in which a scenario says what Atlassian sends: products, changes in a tenant,
//! payload profiles and signatures.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The product that the app is installed in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Product {
    /// Jira.
    #[default]
    Jira,
    /// Confluence, whose base URL ends in `/wiki`.
    Confluence,
}

impl Product {
    /// The name used in settings and reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Jira => "jira",
            Self::Confluence => "confluence",
        }
    }
}

/// What changes in a tenant before a step's callbacks are sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum TenantChange {
    /// A tenant that never existed: new clientKey, new site, new secret.
    NewTenant,
    /// A new shared secret.
    NewSecret,
    /// The site gets another name: base URL and display URLs change, nothing else.
    RenamedSite,
    /// The site's data is imported: a new clientKey and secret on the same base URL, and the app was
    /// never told that the old tenant went.
    ImportedSite,
    /// A new version of the app.
    NewAppVersion,
    /// A user is behind the next callbacks (`sub` is present).
    UserPresent,
    /// No user is behind the next callbacks (`sub` is absent).
    UserAbsent,
}

/// Ways in which real payloads differ; each is on or off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum PayloadVariant {
    /// Entitlement fields of a paid app.
    Paid,
    /// `installationId`, as on Connect-on-Forge.
    ConnectOnForge,
    /// `installationId` left out although the platform is Connect-on-Forge (this happened, and broke apps).
    InstallationIdOmitted,
    /// `displayUrl` and `displayUrlServicedeskHelpCenter` left out.
    DisplayUrlsOmitted,
    /// A bare hostname as clientKey instead of a UUID.
    HostnameClientKey,
    /// A true UUID as clientKey, for apps that store it as one. It lies outside the `rehearsal-`
    /// namespace, but always begins with `7e4ea75a`.
    UuidClientKey,
    /// A shared secret of 400 bytes, the room that Atlassian asks apps to make for it.
    LongSecret,
    /// A tenant like those that Atlassian's Ecoscanner pretends to be.
    Ecoscanner,
    /// The deprecated `publicKey` field as well.
    LegacyFields,
    /// `cloudId`, `accountId` and `oauthClientId`.
    CloudIds,
    /// The older `?user_key=` query, which enters the qsh.
    UserKeyQuery,
}

/// What the payload looks like.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Profile {
    /// The product that sends it.
    #[serde(default)]
    pub product: Product,
    /// What differs from the plain payload.
    #[serde(default)]
    pub variants: BTreeSet<PayloadVariant>,
}

/// How a callback is signed: as Atlassian would, or wrong in one named way.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Signing {
    /// As Atlassian signs this event: RS256 for `installed` and `uninstalled` of an app with signed
    /// installs, HS256 with the tenant's secret otherwise, nothing for a legacy first install.
    #[default]
    AsAtlassian,
    /// HS256 with the tenant's current shared secret.
    CurrentSecret,
    /// HS256 with the shared secret before the current one.
    PreviousSecret,
    /// No `Authorization` header at all.
    Unsigned,
    /// RS256 by another key under the right kid.
    WrongKey,
    /// RS256 under a kid that the key server does not know.
    UnknownKid,
    /// `aud` is another app's base URL.
    WrongAudience,
    /// `iss` is another tenant's clientKey.
    WrongIssuer,
    /// `qsh` of another path.
    WrongQsh,
    /// No `qsh` claim.
    MissingQsh,
    /// The fixed `qsh` of a context token.
    ContextQsh,
    /// `exp` in the past.
    Expired,
    /// No `exp` claim.
    MissingExpiry,
    /// No `aud` claim.
    MissingAudience,
    /// No `iss` claim.
    MissingIssuer,
    /// No kid in the header.
    MissingKid,
    /// A kid that leads back to the right key when it is pasted into a URL: `x/../` before it.
    KidTraversal,
    /// A kid that finds the right key when it is pasted into a URL: a query after it.
    KidQuery,
    /// Like the requests of Atlassian's Ecoscanner: another key, the kid `fake-kid`, three hours to live.
    Ecoscanner,
    /// `alg: none`, with an empty signature.
    AlgorithmNone,
    /// HS256 with the published public key as the secret.
    PublicKeyAsSecret,
    /// Right in form, with a signature that is cut short.
    TruncatedSignature,
    /// A token that is no JWT.
    Malformed,
    /// A right token in the `jwt` query parameter instead of the header.
    TokenInQuery,
    /// A right token under the scheme `Bearer` instead of `JWT`.
    BearerScheme,
}
