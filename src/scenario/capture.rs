//! Recorded callbacks made into a scenario that sends the like of them.
//!
//! A scenario says of what kind a callback is, never what it holds: no secret, token, name or address
//! of the recording can get into it.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::document::{self, ScenarioDocument};
use super::recording::Recording;
use super::source::Source;
use super::{Actor, Callback, Case, Event, Order, Pace, Scenario, Step, meaning};
use crate::atlassian::{PayloadVariant, Product, Signing, TenantChange};

/// A scenario made from a recording.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Captured {
    /// The scenario.
    pub document: ScenarioDocument,
    /// What a person should know about it.
    pub notes: Vec<String>,
}

/// Makes a scenario of this name from the lifecycle callbacks in a recording: a HAR file or one entry of
/// it, a dump of a raw request, or JSON with `headers` and `body`.
///
/// # Errors
/// When the text is in none of these forms, or holds no lifecycle callback. The error quotes nothing.
pub fn from_capture(text: &str, name: &str) -> Result<Captured, String> {
    let recordings = Recording::read_all(text)?;
    let mut capture = Capture::default();
    for recording in &recordings {
        capture.add(recording);
    }
    if capture.steps.is_empty() {
        return Err(
            "no lifecycle callback in it: none of its requests has a JSON body with `eventType` and \
                    `clientKey`"
                .to_owned(),
        );
    }
    Ok(capture.finish(name))
}

/// The fields that every payload may have, and those that make a variant.
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

/// What has been seen of a recording so far.
#[derive(Default)]
struct Capture<'r> {
    steps: Vec<Step>,
    notes: BTreeSet<String>,
    product: Option<Product>,
    /// The last `installed` of each tenant.
    tenants: BTreeMap<&'r str, &'r Recording>,
}

impl<'r> Capture<'r> {
    fn add(&mut self, recording: &'r Recording) {
        let event = match recording.text("eventType") {
            Some("installed") => Event::Installed,
            Some("uninstalled") => Event::Uninstalled,
            Some("enabled") => Event::Enabled,
            Some("disabled") => Event::Disabled,
            Some(_) | None => return,
        };
        let Some(tenant) = recording.text("clientKey") else { return };
        self.note_what_is_lost(recording);
        self.product = self.product.or(match recording.text("productType") {
            Some("jira") => Some(Product::Jira),
            Some("confluence") => Some(Product::Confluence),
            Some(_) | None => None,
        });
        if self.steps.is_empty() && event != Event::Installed {
            self.notes
                .insert("an `installed` was put first: nothing else can begin a tenant's life".to_owned());
            self.step("install", vec![TenantChange::NewTenant], variants(recording), Event::Installed);
        }
        match event {
            Event::Installed => {
                let (name, changes) = self.cause(recording, tenant);
                self.tenants.insert(tenant, recording);
                self.step(name, changes, variants(recording), event);
            }
            Event::Uninstalled => self.step("uninstall", Vec::new(), variants(recording), event),
            Event::Enabled | Event::Disabled | Event::Request { .. } => {
                let callback = Callback::new(event, Signing::AsAtlassian);
                if let Some(step) = self.steps.last_mut() {
                    step.callbacks.push(callback);
                }
            }
        }
    }

    /// What must have changed in the tenant since its last `installed`, and a name for that.
    fn cause(&self, recording: &Recording, tenant: &str) -> (&'static str, Vec<TenantChange>) {
        let user = match recording.claims() {
            Some(claims) if claims.contains_key("sub") => Some(TenantChange::UserPresent),
            Some(_) => Some(TenantChange::UserAbsent),
            None => None,
        };
        let same = |other: &Recording, field| other.text(field) == recording.text(field);
        let (name, mut changes) = match self.tenants.get(tenant) {
            None if self.tenants.values().any(|other| same(other, "baseUrl")) => {
                ("import", vec![TenantChange::ImportedSite])
            }
            None => ("install", vec![TenantChange::NewTenant]),
            Some(last) => match (same(last, "baseUrl"), same(last, "sharedSecret")) {
                (true, true) => ("upgrade", vec![TenantChange::NewAppVersion]),
                (true, false) => ("new-secret", vec![TenantChange::NewSecret]),
                (false, true) => ("rename", vec![TenantChange::RenamedSite]),
                (false, false) => {
                    ("rename-and-new-secret", vec![TenantChange::RenamedSite, TenantChange::NewSecret])
                }
            },
        };
        changes.extend(user);
        (name, changes)
    }

    fn step(
        &mut self,
        name: &str,
        changes: Vec<TenantChange>,
        variants: BTreeSet<PayloadVariant>,
        event: Event,
    ) {
        let earlier = self
            .steps
            .iter()
            .filter(|step| step.name.trim_end_matches(|c: char| c == '-' || c.is_ascii_digit()) == name)
            .count();
        self.steps.push(Step {
            name: if earlier == 0 { name.to_owned() } else { format!("{name}-{}", earlier + 1) },
            case: Case::Other,
            changes,
            variants,
            pace: Pace::OneAfterAnother { delay: Duration::ZERO },
            callbacks: vec![Callback::new(event, Signing::AsAtlassian)],
        });
    }

    fn note_what_is_lost(&mut self, recording: &Recording) {
        let known: Vec<_> =
            PLAIN_FIELDS.iter().copied().chain(VARIANT_FIELDS.map(|(field, _)| field)).collect();
        for field in recording.payload.keys().filter(|field| !known.contains(&field.as_str())) {
            self.notes.insert(format!("the payload's field `{}` has no variant here", field.escape_debug()));
        }
        if recording.claims().is_none() {
            self.notes.insert(
                "no readable token was recorded: the callback will be signed as Atlassian signs it"
                    .to_owned(),
            );
        }
    }

    fn finish(mut self, name: &str) -> Captured {
        let on_forge = |step: &Step| step.variants.contains(&PayloadVariant::ConnectOnForge);
        if self.steps.iter().any(on_forge) {
            for step in self.steps.iter_mut().filter(|step| !on_forge(step)) {
                step.variants.extend([PayloadVariant::ConnectOnForge, PayloadVariant::InstallationIdOmitted]);
            }
        }
        let mut scenario = Scenario {
            name: name.to_owned(),
            title: "Callbacks as they were recorded".to_owned(),
            description:
                "Made from a recording, of which nothing is kept but its kind: names, addresses, secrets \
                          and tokens are the probe's own."
                    .to_owned(),
            actor: Actor::Customer,
            case: Case::Other,
            order: Order::Documented,
            product: self.product.unwrap_or_default(),
            steps: self.steps,
        };
        let (case, in_order) = case_and_order(&scenario);
        if !in_order {
            scenario.order = Order::Any;
            self.notes.insert(
                "the recording is not in the documented order: it says `\"order\": \"any\"`".to_owned(),
            );
        }
        scenario.case = case;
        scenario.actor = case.usual_actor();
        self.notes.insert(format!(
            "taken for a case of {}: no field of a payload names its cause, so check `case`, `actor` and `changes`",
            case.name()
        ));
        Captured { document: ScenarioDocument::from(&scenario), notes: self.notes.into_iter().collect() }
    }
}

fn variants(recording: &Recording) -> BTreeSet<PayloadVariant> {
    let mut variants: BTreeSet<_> = VARIANT_FIELDS
        .into_iter()
        .filter(|(field, _)| recording.payload.contains_key(*field))
        .map(|(_, variant)| variant)
        .collect();
    if !recording.payload.contains_key("displayUrl") {
        variants.insert(PayloadVariant::DisplayUrlsOmitted);
    }
    if recording.text("clientKey").is_some_and(|key| uuid::Uuid::try_parse(key).is_err()) {
        variants.insert(PayloadVariant::HostnameClientKey);
    }
    if recording.target.contains("?user_key=") || recording.target.contains("&user_key=") {
        variants.insert(PayloadVariant::UserKeyQuery);
    }
    variants
}

/// The case of the last `installed`, and whether the steps keep to the documented order.
fn case_and_order(scenario: &Scenario) -> (Case, bool) {
    let text = ScenarioDocument::from(scenario).to_json();
    let (document, mut findings) = document::read(Source::new("capture", &text));
    let read = document.map(|document| meaning::scenario(&document, scenario.product, &mut findings));
    let case = read.iter().flat_map(|scenario| &scenario.steps).rev().find_map(|step| {
        step.callbacks.iter().any(|callback| callback.event == Event::Installed).then_some(step.case)
    });
    (case.unwrap_or(Case::Other), findings.is_empty())
}
