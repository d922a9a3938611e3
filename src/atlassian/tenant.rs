//! One synthetic tenant: what Atlassian knows about it, and how that changes.

use std::collections::BTreeSet;
use std::mem;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use uuid::Uuid;

use super::identity::{BaseUrl, ClientKey, SharedSecret};
use super::lifecycle::LifecycleEvent;
use super::names::{KeyForm, Names, derived_uuid};
use super::run_tag::RunTag;
use super::site::{Site, SiteTemplate};
use super::variant::{PayloadVariant, Profile, TenantChange};

/// A source of random bytes: it fills what it is given.
pub type Random<'a> = dyn FnMut(&mut [u8]) + 'a;

/// What every clientKey of a synthetic tenant begins with, unless its profile asks for another kind.
pub const NAMESPACE: &str = "rehearsal-";

/// A synthetic tenant.
///
/// Its names follow from the run and its index alone, its secrets from the random source alone, so that
/// names can be printed and secrets can't be guessed from them.
#[derive(Debug, Clone)]
pub struct Tenant {
    profile: Profile,
    names: Names,
    current: Instance,
    /// The secret before the current one.
    previous_secret: Option<SharedSecret>,
    user: User,
    /// Instances that the app was never told to forget, oldest first.
    abandoned: Vec<Instance>,
}

/// One clientKey with what belongs to it.
#[derive(Debug, Clone)]
struct Instance {
    client_key: ClientKey,
    site: Site,
    secret: SharedSecret,
    /// The secret that the app was given last, as far as is known.
    delivered: Option<SharedSecret>,
    presence: Presence,
}

/// Whether the app has an instance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Presence {
    /// Nothing was sent yet.
    Unknown,
    /// The app may have stored it.
    Installed,
    /// The app was told to forget it, and agreed.
    Uninstalled,
}

/// Whether a person is behind the callbacks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum User {
    Present,
    Absent,
}

/// How far an app took a lifecycle callback.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reception {
    /// It answered that all is well.
    Accepted,
    /// It can't have acted on it: it said no, or was never reached.
    Refused,
    /// It may have acted on it: it failed, or its answer never came.
    Unknown,
}

impl Tenant {
    /// The tenant number `index` of a run.
    pub fn new(
        run: &RunTag,
        index: u64,
        profile: Profile,
        sites: &SiteTemplate,
        random: &mut Random<'_>,
    ) -> Self {
        let (name, site) = if profile.variants.contains(&PayloadVariant::Ecoscanner) {
            (format!("csrt-fake-{run}{index}-ignore"), SiteTemplate::ecoscanner().site(run, index))
        } else {
            (format!("{NAMESPACE}{run}-{index}"), sites.site(run, index))
        };
        let names =
            Names { key: KeyForm::of(&profile), name: name.into(), site, tenants: 1, keys: 1, sites: 1 };
        Self::with_names(names, profile, random)
    }

    /// A tenant of an earlier run, under the clientKey and base URL that were recorded then. Its earlier
    /// secrets were never stored; it has a new one.
    pub fn recorded(
        client_key: &ClientKey,
        base_url: BaseUrl,
        profile: Profile,
        random: &mut Random<'_>,
    ) -> Self {
        let site = Site::of(base_url, profile.product);
        let name = client_key.to_shared();
        let mut tenant = Self::with_names(
            Names { key: KeyForm::Plain, name, site, tenants: 1, keys: 1, sites: 1 },
            profile,
            random,
        );
        tenant.current.presence = Presence::Installed;
        tenant
    }

    fn with_names(names: Names, profile: Profile, random: &mut Random<'_>) -> Self {
        let current = Instance::new(&names, &profile, random);
        Self { profile, names, current, previous_secret: None, user: User::Present, abandoned: Vec::new() }
    }

    /// Sets in which ways the payloads differ from now on: an app may become a paid one, for example.
    pub fn set_variants(&mut self, variants: BTreeSet<PayloadVariant>) {
        self.profile.variants = variants;
    }

    /// Brings about one change. Nothing is sent by that.
    pub fn apply(&mut self, change: TenantChange, random: &mut Random<'_>) {
        match change {
            // A tenant that the app never heard of is new as it is.
            TenantChange::NewTenant if self.current.presence == Presence::Unknown => {}
            TenantChange::NewTenant => {
                self.names.tenants += 1;
                self.names.keys += 1;
                self.names.sites += 1;
                self.replace_instance(random);
            }
            TenantChange::ImportedSite => {
                self.names.keys += 1;
                self.replace_instance(random);
            }
            TenantChange::NewSecret => {
                let secret = new_secret(&self.profile, random);
                self.previous_secret = Some(mem::replace(&mut self.current.secret, secret));
            }
            TenantChange::RenamedSite => {
                self.names.sites += 1;
                self.current.site = self.names.site();
            }
            // No field of the payload tells the app's version.
            TenantChange::NewAppVersion => {}
            TenantChange::UserPresent => self.user = User::Present,
            TenantChange::UserAbsent => self.user = User::Absent,
        }
    }

    fn replace_instance(&mut self, random: &mut Random<'_>) {
        let next = Instance::new(&self.names, &self.profile, random);
        let former = mem::replace(&mut self.current, next);
        self.previous_secret = None;
        if former.presence == Presence::Installed {
            self.abandoned.push(former);
        }
    }

    /// Takes note of how the app took a lifecycle callback.
    pub fn settle(&mut self, event: LifecycleEvent, reception: Reception) {
        match (event, reception) {
            (LifecycleEvent::Installed, Reception::Accepted) => {
                self.current.presence = Presence::Installed;
                self.current.delivered = Some(self.current.secret.clone());
            }
            (LifecycleEvent::Installed, Reception::Unknown) => self.current.presence = Presence::Installed,
            (LifecycleEvent::Uninstalled, Reception::Accepted) => {
                self.current.presence = Presence::Uninstalled;
            }
            (LifecycleEvent::Installed, Reception::Refused)
            | (LifecycleEvent::Uninstalled, Reception::Refused | Reception::Unknown)
            | (LifecycleEvent::Enabled | LifecycleEvent::Disabled, _) => {}
        }
    }

    /// Whether the app may still have stored anything.
    pub fn has_residue(&self) -> bool {
        !self.abandoned.is_empty() || self.current.presence == Presence::Installed
    }

    /// What the app may still have stored, oldest first, each as a tenant that can be uninstalled.
    pub fn residue(&self) -> Vec<Self> {
        self.abandoned
            .iter()
            .chain((self.current.presence == Presence::Installed).then_some(&self.current))
            .map(|instance| Self {
                current: instance.clone(),
                previous_secret: None,
                abandoned: Vec::new(),
                ..self.clone()
            })
            .collect()
    }

    /// Whether it still has the clientKey that it was made with.
    pub fn has_first_key(&self) -> bool {
        self.names.keys == 1
    }

    /// The clientKey.
    pub fn client_key(&self) -> &ClientKey {
        &self.current.client_key
    }

    /// The product's base URL on the tenant's site.
    pub fn site(&self) -> BaseUrl {
        self.current.site.base_url(self.profile.product)
    }

    /// What its payloads look like.
    pub fn profile(&self) -> &Profile {
        &self.profile
    }

    /// The account of the user behind the callbacks, if there is one.
    pub fn user(&self) -> Option<String> {
        match self.user {
            User::Present => Some(format!("rehearsal:{}", self.names.site_uuid("user"))),
            User::Absent => None,
        }
    }

    /// The value of the `user_key` query parameter, if the profile has one and there is a user.
    pub fn user_key(&self) -> Option<String> {
        self.profile.variants.contains(&PayloadVariant::UserKeyQuery).then(|| self.user()).flatten()
    }

    pub(super) fn secret(&self) -> &SharedSecret {
        &self.current.secret
    }

    pub(super) fn previous_secret(&self) -> Option<&SharedSecret> {
        self.previous_secret.as_ref()
    }

    pub(super) fn delivered_secret(&self) -> Option<&SharedSecret> {
        self.current.delivered.as_ref()
    }

    pub(super) fn cloud_id(&self) -> Uuid {
        self.names.site_uuid("cloud")
    }

    pub(super) fn entitlement_number(&self, prefix: &str) -> String {
        format!("{prefix}-{}", self.installation_uuid("entitlement number").as_fields().0)
    }

    /// An id that belongs to the app's installation, and follows from the clientKey.
    pub(super) fn installation_uuid(&self, purpose: &str) -> Uuid {
        derived_uuid(format!("{purpose} of {}", self.current.client_key))
    }
}

impl Instance {
    fn new(names: &Names, profile: &Profile, random: &mut Random<'_>) -> Self {
        Self {
            client_key: names.client_key(),
            site: names.site(),
            secret: new_secret(profile, random),
            delivered: None,
            presence: Presence::Unknown,
        }
    }
}

/// A secret like Atlassian's since 2021: `ATCO`, the secret proper, and a checksum of eight characters.
/// Atlassian asks apps to make room for 400 bytes.
fn new_secret(profile: &Profile, random: &mut Random<'_>) -> SharedSecret {
    let entropy_bytes = if profile.variants.contains(&PayloadVariant::LongSecret) { 291 } else { 48 };
    let mut bytes = vec![0; entropy_bytes];
    random(&mut bytes);
    let secret = BASE64_URL_SAFE_NO_PAD.encode(&bytes);
    let checksum = derived_uuid(&secret).as_fields().0;
    SharedSecret::new(format!("ATCO{secret}{checksum:08x}"))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::atlassian::Product;

    /// Counts up, so that every secret is another.
    fn counting() -> impl FnMut(&mut [u8]) {
        let mut next = 0_u8;
        move |bytes| {
            for byte in bytes {
                next = next.wrapping_add(1);
                *byte = next;
            }
        }
    }

    fn tag() -> RunTag {
        RunTag::of(uuid::uuid!("00000000-0000-4000-8000-0123456789ab"))
    }

    fn profile(product: Product, variants: &[PayloadVariant]) -> Profile {
        Profile { product, variants: variants.iter().copied().collect() }
    }

    fn tenant(variants: &[PayloadVariant], random: &mut Random<'_>) -> Tenant {
        Tenant::new(&tag(), 7, profile(Product::Jira, variants), &SiteTemplate::default(), random)
    }

    #[test]
    fn names_follow_from_run_and_index() {
        let random = &mut counting();
        for (variants, client_key, site) in [
            (&[][..], "rehearsal-0123456789ab-7", "https://rehearsal-0123456789ab-7.atlassian.net"),
            (
                &[PayloadVariant::HostnameClientKey],
                "rehearsal-0123456789ab-7.atlassian.net",
                "https://rehearsal-0123456789ab-7.atlassian.net",
            ),
            (
                &[PayloadVariant::Ecoscanner],
                "csrt-fake-0123456789ab7-ignore",
                "https://csrt-scanner-7.atlassian.net",
            ),
        ] {
            let tenant = tenant(variants, random);
            assert_eq!(tenant.client_key().as_str(), client_key);
            assert_eq!(tenant.site().to_string(), site);
        }
        let uuid = tenant(&[PayloadVariant::UuidClientKey], random).client_key().to_string();
        assert!(uuid.starts_with("7e4ea75a-"), "{uuid}");
        assert_eq!(Uuid::parse_str(&uuid).expect("a UUID").get_version_num(), 8);
    }

    #[test]
    fn secrets_come_from_the_random_source_alone() {
        let random = &mut counting();
        let (a, b) = (tenant(&[], random), tenant(&[], random));
        assert_eq!(a.client_key(), b.client_key());
        assert_ne!(a.secret(), b.secret());
        assert_eq!(a.secret().expose().len(), 76);
        assert!(a.secret().expose().len() > SharedSecret::SHORTEST);
        assert!(a.secret().expose().starts_with("ATCO"));
        assert_eq!(tenant(&[PayloadVariant::LongSecret], random).secret().expose().len(), 400);
        assert!(!format!("{a:?}").contains(a.secret().expose()));
    }

    #[test]
    fn each_change_touches_its_fields_alone() {
        let random = &mut counting();
        let mut installed = tenant(&[], random);
        installed.settle(LifecycleEvent::Installed, Reception::Accepted);
        let of = |tenant: &Tenant| {
            (tenant.client_key().clone(), tenant.site(), tenant.secret().clone(), tenant.user())
        };
        for (change, key, site, secret, user) in [
            (TenantChange::NewTenant, true, true, true, true),
            (TenantChange::NewSecret, false, false, true, false),
            (TenantChange::RenamedSite, false, true, false, false),
            (TenantChange::ImportedSite, true, false, true, false),
            (TenantChange::NewAppVersion, false, false, false, false),
            (TenantChange::UserPresent, false, false, false, false),
            (TenantChange::UserAbsent, false, false, false, true),
        ] {
            let mut changed = installed.clone();
            changed.apply(change, random);
            let (before, after) = (of(&installed), of(&changed));
            assert_eq!(
                (before.0 != after.0, before.1 != after.1, before.2 != after.2, before.3 != after.3),
                (key, site, secret, user),
                "{change:?}"
            );
        }
    }

    #[test]
    fn a_tenant_that_the_app_never_heard_of_is_new() {
        let random = &mut counting();
        let mut tenant = tenant(&[], random);
        tenant.apply(TenantChange::NewTenant, random);
        assert_eq!(tenant.client_key().as_str(), "rehearsal-0123456789ab-7");
        tenant.settle(LifecycleEvent::Installed, Reception::Unknown);
        tenant.apply(TenantChange::NewTenant, random);
        assert_eq!(tenant.client_key().as_str(), "rehearsal-0123456789ab-7-2");
        assert_eq!(tenant.site().to_string(), "https://rehearsal-0123456789ab-7-2.atlassian.net");
    }

    #[test]
    fn a_rotation_keeps_the_previous_secret() {
        let random = &mut counting();
        let mut tenant = tenant(&[], random);
        let first = tenant.secret().clone();
        assert!(tenant.previous_secret().is_none());
        tenant.settle(LifecycleEvent::Installed, Reception::Accepted);
        tenant.apply(TenantChange::NewSecret, random);
        assert_eq!(tenant.previous_secret(), Some(&first));
        assert_eq!(tenant.delivered_secret(), Some(&first));
        tenant.settle(LifecycleEvent::Installed, Reception::Refused);
        assert_eq!(tenant.delivered_secret(), Some(&first));
        tenant.settle(LifecycleEvent::Installed, Reception::Accepted);
        assert_eq!(tenant.delivered_secret(), Some(tenant.secret()));
    }

    #[test]
    fn what_the_app_may_hold_is_residue_until_it_is_uninstalled() {
        let random = &mut counting();
        let mut tenant = tenant(&[], random);
        let keys = |tenant: &Tenant| -> Vec<String> {
            tenant.residue().iter().map(|residue| residue.client_key().to_string()).collect()
        };
        assert!(tenant.residue().is_empty());
        tenant.settle(LifecycleEvent::Installed, Reception::Refused);
        assert!(tenant.residue().is_empty());
        tenant.settle(LifecycleEvent::Installed, Reception::Unknown);
        tenant.apply(TenantChange::ImportedSite, random);
        assert_eq!(keys(&tenant), ["rehearsal-0123456789ab-7"]);
        tenant.settle(LifecycleEvent::Installed, Reception::Accepted);
        assert_eq!(keys(&tenant), ["rehearsal-0123456789ab-7", "rehearsal-0123456789ab-7-2"]);
        let sites: BTreeSet<String> =
            tenant.residue().iter().map(|residue| residue.site().to_string()).collect();
        assert_eq!(sites.len(), 1);
        tenant.settle(LifecycleEvent::Uninstalled, Reception::Refused);
        assert_eq!(keys(&tenant).len(), 2);
        tenant.settle(LifecycleEvent::Uninstalled, Reception::Accepted);
        assert_eq!(keys(&tenant), ["rehearsal-0123456789ab-7"]);
    }

    #[test]
    fn a_recorded_tenant_keeps_its_names() {
        let random = &mut counting();
        let mut confluence =
            Tenant::new(&tag(), 1, profile(Product::Confluence, &[]), &SiteTemplate::default(), random);
        confluence.settle(LifecycleEvent::Installed, Reception::Accepted);
        let mut recorded = Tenant::recorded(
            confluence.client_key(),
            confluence.site(),
            confluence.profile().clone(),
            random,
        );
        assert_eq!(recorded.client_key(), confluence.client_key());
        assert_eq!(recorded.site(), confluence.site());
        assert_ne!(recorded.secret(), confluence.secret());
        assert_eq!(recorded.residue().len(), 1);
        for tenant in [&mut recorded, &mut confluence] {
            tenant.apply(TenantChange::RenamedSite, random);
            assert_eq!(tenant.site().to_string(), "https://rehearsal-0123456789ab-1-2.atlassian.net/wiki");
        }
    }

    #[test]
    fn the_user_key_wants_a_user() {
        let random = &mut counting();
        let mut tenant = tenant(&[PayloadVariant::UserKeyQuery], random);
        assert_eq!(tenant.user_key(), tenant.user());
        tenant.apply(TenantChange::UserAbsent, random);
        assert_eq!(tenant.user_key(), None);
    }
}
