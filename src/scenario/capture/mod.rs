//! Recorded callbacks made into a scenario that sends the like of them.
//!
//! A scenario says of what kind a callback is, never what it holds: no secret, token, name or address
//! of the recording can get into it.

mod payload;
mod recording;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use self::payload::{is_known, variants};
use self::recording::Recording;
use super::document::ScenarioDocument;
use super::lifecycle::Lifecycle;
use super::meaning::CLIENT_KEY_KINDS;
use super::{Callback, Case, Event, Order, Pace, Scenario, Step};
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

/// What has been seen of a recording so far.
#[derive(Default)]
struct Capture<'r> {
    steps: Vec<Step>,
    notes: BTreeSet<String>,
    product: Option<Product>,
    /// The last recording that told of each tenant.
    tenants: BTreeMap<&'r str, &'r Recording>,
    /// The tenant that the last step is about.
    current: Option<&'r str>,
    /// How many steps each name was wanted for.
    names: BTreeMap<&'static str, usize>,
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
        let returns = self.current != Some(tenant)
            && (self.tenants.contains_key(tenant) || self.current.is_some() && event != Event::Installed);
        if returns {
            self.note("a scenario can't go back to an earlier tenant: callbacks of such a one are left out");
            return;
        }
        self.note_what_is_lost(recording);
        self.product = self.product.or(match recording.text("productType") {
            Some("jira") => Some(Product::Jira),
            Some("confluence") => Some(Product::Confluence),
            Some(_) | None => None,
        });
        match event {
            Event::Installed => {
                let (name, changes) = self.cause(recording, tenant);
                self.tenants.insert(tenant, recording);
                self.begin(name, changes, variants(recording), event);
            }
            Event::Uninstalled | Event::Enabled | Event::Disabled | Event::Request { .. } => {
                if self.current.is_none() {
                    self.note("an `installed` was put first: nothing else can begin a tenant's life");
                    self.tenants.insert(tenant, recording);
                    let changes = vec![TenantChange::NewTenant];
                    self.begin("install", changes, variants(recording), Event::Installed);
                }
                self.go_on(recording, event);
            }
        }
        self.current = Some(tenant);
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
                (true, false) if self.is_uninstalled() => ("reinstall", vec![TenantChange::NewSecret]),
                (true, false) => ("rotation", vec![TenantChange::NewSecret]),
                (false, true) => ("rename", vec![TenantChange::RenamedSite]),
                (false, false) => {
                    ("rename-and-rotation", vec![TenantChange::RenamedSite, TenantChange::NewSecret])
                }
            },
        };
        changes.extend(user);
        (name, changes)
    }

    fn is_uninstalled(&self) -> bool {
        let last = self.steps.last().and_then(|step| step.callbacks.last());
        last.is_some_and(|callback| callback.event == Event::Uninstalled)
    }

    /// Begins a step of its own.
    fn begin(
        &mut self,
        name: &'static str,
        changes: Vec<TenantChange>,
        variants: BTreeSet<PayloadVariant>,
        event: Event,
    ) {
        let wanted = self.names.entry(name).or_insert(0);
        *wanted += 1;
        self.steps.push(Step {
            name: if *wanted == 1 { name.to_owned() } else { format!("{name}-{wanted}") },
            case: Case::Other,
            changes,
            variants,
            pace: Pace::OneAfterAnother { delay: Duration::ZERO },
            callbacks: vec![Callback::new(event, Signing::AsAtlassian)],
        });
    }

    /// Goes on with what is no `installed`; `enabled` belongs to the step of the install before it.
    fn go_on(&mut self, recording: &Recording, event: Event) {
        let mut variants = variants(recording);
        if self.steps.last().is_some_and(|step| step.variants.contains(&PayloadVariant::LongSecret)) {
            variants.insert(PayloadVariant::LongSecret);
        }
        match self.steps.last_mut() {
            Some(step) if event == Event::Enabled && step.variants == variants => {
                step.callbacks.push(Callback::new(event, Signing::AsAtlassian));
            }
            _ => {
                let name = match event {
                    Event::Uninstalled => "uninstall",
                    Event::Disabled => "disable",
                    Event::Enabled | Event::Installed | Event::Request { .. } => "enable",
                };
                self.begin(name, Vec::new(), variants, event);
            }
        }
    }

    /// A scenario's tenants all have clientKeys of one kind: that of the first.
    fn keep_one_kind_of_client_key(&mut self) {
        let kinds = |step: &Step| step.variants.intersection(&CLIENT_KEY_KINDS.into()).copied().collect();
        let kept: BTreeSet<_> = self.steps.first().map(kinds).unwrap_or_default();
        for step in &mut self.steps {
            step.variants.retain(|variant| !CLIENT_KEY_KINDS.contains(variant));
            step.variants.extend(&kept);
        }
    }

    fn note(&mut self, note: impl Into<String>) {
        self.notes.insert(note.into());
    }

    fn note_what_is_lost(&mut self, recording: &Recording) {
        for field in recording.payload.keys().filter(|field| !is_known(field)) {
            self.note(format!("the payload's field `{}` has no variant here", field.escape_debug()));
        }
        if recording.claims().is_none() {
            self.note("no readable token was recorded: the callback will be signed as Atlassian signs it");
        }
    }

    fn finish(mut self, name: &str) -> Captured {
        let on_forge = |step: &Step| step.variants.contains(&PayloadVariant::ConnectOnForge);
        if self.steps.iter().any(on_forge) {
            for step in self.steps.iter_mut().filter(|step| !on_forge(step)) {
                step.variants.extend([PayloadVariant::ConnectOnForge, PayloadVariant::InstallationIdOmitted]);
            }
        }
        self.keep_one_kind_of_client_key();
        let (case, order) = case_and_order(&self.steps);
        if order == Order::Any {
            self.note("the recording does not keep to the documented order, so the scenario says `any`");
        }
        let case_name = case.name();
        self.note(format!(
            "taken for a case of {case_name}: no payload names its cause, so check `case`, `actor` and `changes`"
        ));
        let scenario = Scenario {
            name: name.to_owned(),
            title: "Callbacks as they were recorded".to_owned(),
            description: DESCRIPTION.to_owned(),
            actor: case.usual_actor(),
            case,
            order,
            product: self.product.unwrap_or_default(),
            steps: self.steps,
        };
        Captured { document: ScenarioDocument::from(&scenario), notes: self.notes.into_iter().collect() }
    }
}

const DESCRIPTION: &str = "Made from a recording, of which nothing is kept but its kind: names, addresses, secrets \
                           and tokens are the probe's own.";

/// The case of the last `installed`, and whether the steps keep to the documented order.
fn case_and_order(steps: &[Step]) -> (Case, Order) {
    let mut lifecycle = Lifecycle::new();
    let mut case = Case::Other;
    let mut in_order = true;
    for step in steps {
        for change in &step.changes {
            in_order &= lifecycle.change(*change).is_ok();
        }
        if step.callbacks.iter().any(|callback| callback.event == Event::Installed) {
            case = lifecycle.case();
        }
        for callback in &step.callbacks {
            in_order &= lifecycle.send(callback).is_ok();
        }
    }
    (case, if in_order { Order::Documented } else { Order::Any })
}

#[cfg(test)]
mod tests {
    use base64::Engine;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use serde_json::{Value, json};

    use super::*;
    use crate::scenario::{check, schema_json};

    const TENANT: &str = "0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0";

    fn payload(event: &str, tenant: &str, site: &str, secret: &str) -> Value {
        json!({
            "key": "com.example.app", "clientKey": tenant, "baseUrl": site, "displayUrl": site,
            "productType": "jira", "description": "Atlassian JIRA", "eventType": event,
            "sharedSecret": secret,
        })
    }

    fn token(claims: &Value) -> String {
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        format!("JWT {}.{}.c2lnbmF0dXJl", part(&json!({ "alg": "RS256" })), part(claims))
    }

    fn har(payloads: &[Value]) -> String {
        let entry = |payload: &Value| {
            json!({ "request": {
                "method": "POST", "url": "https://app.example/installed",
                "headers": [{ "name": "authorization", "value": token(&json!({ "iss": TENANT })) }],
                "postData": { "mimeType": "application/json", "text": payload.to_string() },
            } })
        };
        json!({ "log": { "entries": payloads.iter().map(entry).collect::<Vec<_>>() } }).to_string()
    }

    /// The captured scenario, read back, and its text.
    fn captured(text: &str) -> (Scenario, String) {
        let captured = from_capture(text, "captured").expect("a recording");
        let text = captured.document.to_json();
        let scenarios = check([("captured.json".to_owned(), text.clone())], Product::Jira);
        (scenarios.unwrap_or_else(|problems| panic!("{problems}")).remove(0), text)
    }

    #[test]
    fn a_har_file_tells_what_changed_between_its_callbacks() {
        let (a, b) = ("https://a.atlassian.net", "https://b.atlassian.net");
        let (scenario, _) = captured(&har(&[
            payload("installed", TENANT, a, "one"),
            payload("enabled", TENANT, a, "one"),
            payload("installed", TENANT, b, "one"),
            payload("installed", TENANT, b, "two"),
            payload("installed", TENANT, b, "two"),
            payload("uninstalled", TENANT, b, "two"),
            payload("installed", TENANT, b, "three"),
            payload("installed", "other.example", b, "four"),
            payload("installed", TENANT, b, "five"),
        ]));
        let steps: Vec<_> = scenario.steps.iter().map(|step| (step.name.as_str(), step.case)).collect();
        assert_eq!(
            steps,
            [
                ("install", Case::InitialInstall),
                ("rename", Case::SiteRename),
                ("rotation", Case::SecretRotation),
                ("upgrade", Case::AutomaticUpgrade),
                ("uninstall", Case::SiteImport),
                ("reinstall", Case::Reinstall),
                ("import", Case::SiteImport),
            ]
        );
        assert_eq!((scenario.case, scenario.order), (Case::SiteImport, Order::Documented));
        assert_eq!(scenario.steps[0].callbacks.len(), 2);
    }

    #[test]
    fn every_form_of_recording_is_read() {
        let payload = payload("installed", TENANT, "https://a.atlassian.net", "s");
        let token = token(&json!({ "iss": TENANT, "sub": "someone" }));
        let raw = format!(
            "POST /installed?user_key=x HTTP/1.1\r\nHost: app.example\r\nAuthorization: {token}\r\n\r\n1f\r\n{payload}\r\n0\r\n"
        );
        let entry = json!({ "request": { "url": "/installed?user_key=x", "headers": [{ "name": "Authorization", "value": token }],
            "postData": { "text": payload.to_string() } } });
        let object = json!({ "path": "/installed?user_key=x", "headers": { "authorization": token }, "body": payload });
        let text = json!({ "url": "/installed?user_key=x", "headers": { "authorization": token }, "body": payload.to_string() });
        for recording in [raw, entry.to_string(), object.to_string(), json!([text]).to_string()] {
            let (scenario, _) = captured(&recording);
            assert_eq!(scenario.steps[0].changes, [TenantChange::NewTenant, TenantChange::UserPresent]);
            let expected = [PayloadVariant::UuidClientKey, PayloadVariant::UserKeyQuery];
            assert_eq!(scenario.steps[0].variants, expected.into(), "{recording}");
        }
        let (bare, _) = captured(&payload.to_string());
        assert_eq!(bare.case, Case::InitialInstall);
    }

    #[test]
    fn variants_are_told_from_the_payload() {
        let mut paid = payload("installed", "host.example", "https://a.atlassian.net/wiki", &"s".repeat(300));
        for field in ["entitlementId", "installationId", "publicKey", "cloudId", "somethingNew"] {
            paid[field] = "x".into();
        }
        paid["productType"] = "confluence".into();
        paid.as_object_mut().expect("an object").remove("displayUrl");
        let notes = from_capture(&paid.to_string(), "captured").expect("a recording").notes;
        assert!(notes.iter().any(|note| note.contains("`somethingNew`")), "{notes:?}");
        let (scenario, _) = captured(&paid.to_string());
        assert_eq!(scenario.product, Product::Confluence);
        let expected = [
            PayloadVariant::Paid,
            PayloadVariant::ConnectOnForge,
            PayloadVariant::DisplayUrlsOmitted,
            PayloadVariant::HostnameClientKey,
            PayloadVariant::LongSecret,
            PayloadVariant::LegacyFields,
            PayloadVariant::CloudIds,
        ];
        assert_eq!(scenario.steps[0].variants, expected.into());
    }

    #[test]
    fn what_can_not_begin_a_tenants_life_gets_an_install_first() {
        let (scenario, _) =
            captured(&payload("uninstalled", TENANT, "https://a.atlassian.net", "s").to_string());
        let names: Vec<_> = scenario.steps.iter().map(|step| step.name.as_str()).collect();
        assert_eq!(names, ["install", "uninstall"]);
        assert_eq!(scenario.order, Order::Documented);
    }

    #[test]
    fn nothing_of_the_recording_is_copied() {
        let secrets = ["canary-secret", "canary-site.atlassian.net", "com.example.app", TENANT, "canary-sub"];
        let mut payload = payload("installed", TENANT, "https://canary-site.atlassian.net", "canary-secret");
        payload["publicKey"] = "canary-secret".into();
        let token = token(&json!({ "sub": "canary-sub" }));
        let recording = json!({ "headers": { "authorization": token }, "body": payload }).to_string();
        let captured = from_capture(&recording, "captured").expect("a recording");
        let text = captured.document.to_json() + &captured.notes.concat() + &format!("{captured:?}");
        for secret in secrets.into_iter().chain([token.as_str()]) {
            assert!(!text.contains(secret), "{secret}");
        }
    }

    #[test]
    fn what_is_no_recording_is_refused_without_quoting_it() {
        for text in [
            "",
            "canary",
            "{\"canary\": ",
            "POST /installed\r\n\r\ncanary",
            "{\"canary\": 1}",
            "[]",
            &schema_json(),
        ] {
            let problem = from_capture(text, "captured").expect_err("no recording");
            assert!(!problem.contains("canary"), "{problem}");
        }
    }
}
