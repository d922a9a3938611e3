//! The versioned JSON form of a scenario, as people write it: one definition that makes the reader, the
//! writer and the JSON Schema.

mod mend;
mod pretty;
mod shape;

use std::collections::BTreeSet;
use std::sync::LazyLock;

use schemars::generate::SchemaSettings;
use schemars::transform::RecursiveTransform;
use schemars::{JsonSchema, Schema};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use self::mend::mend;
use self::pretty::pretty;
use self::shape::Shape;
use super::diagnostic::Findings;
use super::source::{Places, Pointer, Source};
use super::{Actor, Callback, Case, Event, Expectation, Method, Order, Pace, Scenario, Step};
use crate::atlassian::{PayloadVariant, Product, Signing, TenantChange};

/// The version of the form that this program reads and writes.
pub(super) const VERSION: u32 = 1;

/// The path that stands for the app's protected page, which only the person who runs the scenario knows.
pub(super) const PROTECTED_PATH: &str = "{protected}";

/// A scenario of Rehearsal: what Atlassian sends to an app in one piece of its life, and what the app
/// should answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "Rehearsal scenario")]
pub struct ScenarioDocument {
    /// Where the JSON Schema is; editors complete and check the file by it.
    #[serde(rename = "$schema", default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub(super) schema: Option<String>,
    /// The version of this form: 1.
    #[schemars(range(min = 1, max = 1))]
    pub(super) version: u32,
    /// The name that the scenario is chosen by: lower-case words joined by hyphens.
    #[schemars(extend("pattern" = NAME_PATTERN))]
    pub(super) name: String,
    /// One line for a person.
    #[schemars(length(min = 1))]
    pub(super) title: String,
    /// What it is about, in a few sentences.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(super) description: String,
    /// Who sets it off.
    pub(super) actor: Actor,
    /// The case of the lifecycle that it rehearses.
    pub(super) case: Case,
    /// Whether the steps keep to the order in which Atlassian sends callbacks.
    #[serde(default, skip_serializing_if = "is_default")]
    pub(super) order: Order,
    /// The product that sends the callbacks; left out, it is the one that the command line names.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Product")]
    pub(super) product: Option<Product>,
    /// How every payload differs from the plain one.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub(super) variants: BTreeSet<PayloadVariant>,
    /// What happens, in order.
    #[schemars(length(min = 1))]
    pub(super) steps: Vec<StepDocument>,
}

/// One moment: what changes in the tenant, then what Atlassian sends, then what is expected.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Step")]
pub(super) struct StepDocument {
    /// Its name within the scenario: lower-case words joined by hyphens.
    #[schemars(extend("pattern" = NAME_PATTERN))]
    pub(super) name: String,
    /// What changes in the tenant first, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) changes: Vec<TenantChange>,
    /// How the payloads of this step differ from the plain one, in place of the scenario's `variants`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "BTreeSet<PayloadVariant>")]
    pub(super) variants: Option<BTreeSet<PayloadVariant>>,
    /// How the callbacks follow each other.
    #[serde(default, skip_serializing_if = "is_default")]
    pub(super) pace: PaceDocument,
    /// The pause before each callback but the first, in milliseconds.
    #[serde(default, skip_serializing_if = "is_default")]
    #[schemars(range(max = MAX_DELAY_MS))]
    pub(super) delay_ms: u64,
    /// What is sent.
    #[schemars(length(min = 1))]
    pub(super) callbacks: Vec<CallbackDocument>,
}

/// How the callbacks of a step follow each other.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(rename = "Pace")]
pub(super) enum PaceDocument {
    /// Each when the one before has been answered.
    #[default]
    OneAfterAnother,
    /// All at once.
    Together,
}

/// One request to the app.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Callback", transform = only_a_request_has_a_path)]
pub(super) struct CallbackDocument {
    /// What is sent.
    pub(super) event: EventDocument,
    /// The method of a `request`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Method")]
    pub(super) method: Option<Method>,
    /// The path and query of a `request`, relative to the app's base URL; `{protected}` stands for the
    /// path given by `--protected-path`, and without that the request is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub(super) path: Option<String>,
    /// How it is signed.
    #[serde(default, skip_serializing_if = "is_default")]
    pub(super) signing: Signing,
    /// What the app should answer; left out, success when the callback is signed as Atlassian signs it,
    /// refusal otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "ExpectationDocument")]
    pub(super) expect: Option<ExpectationDocument>,
    /// Whether it is an event of the success rate; left out, every `installed` that can be is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "bool")]
    pub(super) counted: Option<bool>,
}

/// What kind of request a callback is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(rename = "Event")]
pub(super) enum EventDocument {
    /// The `installed` lifecycle callback.
    Installed,
    /// The `uninstalled` lifecycle callback.
    Uninstalled,
    /// The `enabled` lifecycle callback.
    Enabled,
    /// The `disabled` lifecycle callback.
    Disabled,
    /// A signed request to a path of the app.
    Request,
}

/// What the app should answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
#[schemars(rename = "Expectation")]
pub(super) enum ExpectationDocument {
    /// By name.
    Named(NamedExpectation),
    /// One of these statuses, and no other.
    Statuses(#[schemars(length(min = 1), inner(range(min = 100, max = 599)))] BTreeSet<u16>),
}

/// What the app should answer, by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(super) enum NamedExpectation {
    /// 200 or 204: what the success rate counts as good.
    Success,
    /// 4xx: the app refuses.
    Refusal,
}

/// What [`is_name`] accepts, for editors.
pub(super) const NAME_PATTERN: &str = "^[a-z0-9]+(-[a-z0-9]+)*$";

/// Whether `text` can name a scenario or a step: lower-case words joined by hyphens.
pub fn is_name(text: &str) -> bool {
    text.split('-').all(|word| {
        !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
    })
}

/// Longer pauses than ten minutes outlive every deadline and every patience.
const MAX_DELAY_MS: u64 = 600_000;

/// The JSON Schema of the form, as the file `scenarios/scenario.schema.json` holds it.
pub fn schema_json() -> String {
    pretty(&SCHEMA)
}

/// Tells editors what the meaning of a callback asks for.
fn only_a_request_has_a_path(callback: &mut Schema) {
    callback.insert("if".to_owned(), json!({ "properties": { "event": { "const": "request" } } }));
    callback.insert("then".to_owned(), json!({ "required": ["path"] }));
    callback.insert("else".to_owned(), json!({ "properties": { "method": false, "path": false } }));
}

static SCHEMA: LazyLock<Value> = LazyLock::new(|| {
    let one_line = RecursiveTransform(|schema: &mut Schema| {
        if let Some(Value::String(description)) = schema.get_mut("description") {
            *description = description.replace('\n', " ");
        }
    });
    SchemaSettings::draft2020_12()
        .with_transform(one_line)
        .into_generator()
        .into_root_schema_for::<ScenarioDocument>()
        .to_value()
});

/// Reads a document. What is wrong with its form is found; the document is then what can be understood of
/// it, for its meaning to be checked, and not to be used.
pub(super) fn read(source: Source) -> (Option<ScenarioDocument>, Findings) {
    let (value, places) = match source.parse() {
        Ok(parsed) => parsed,
        Err((message, place)) => {
            let mut findings = Findings::new(source, Places::default());
            findings.push(&Pointer::default(), place, format!("not JSON: {message}"), None);
            return (None, findings);
        }
    };
    let repeated = places.repeated.clone();
    let mut findings = Findings::new(source, places);
    for (pointer, place) in repeated {
        let message = format!("field `{}` is given twice", pointer.field().unwrap_or_default());
        findings.push(&pointer, place, message, None);
    }
    if let Some(version) = value["version"].as_u64().filter(|version| *version != u64::from(VERSION)) {
        // Another version has other fields: to list them as unknown would say nothing.
        let message = format!("version {version} of the form is unknown here");
        let help = format!("this program reads version {VERSION}");
        findings.at(&Pointer::default().child("version"), message, Some(help));
        return (None, findings);
    }
    let read = Shape::new(&SCHEMA).check(&value, &mut findings);
    let document = match mend(read).map(serde_json::from_value).transpose() {
        Ok(document) => document,
        Err(error) => {
            findings.at(&Pointer::default(), error.to_string(), None);
            None
        }
    };
    (document, findings)
}

impl ScenarioDocument {
    /// Writes the document as a file that a person will read and change.
    pub fn to_json(&self) -> String {
        pretty(
            &serde_json::to_value(self).expect("a document has text keys only, so it can be written as JSON"),
        )
    }
}

impl From<&Scenario> for ScenarioDocument {
    fn from(scenario: &Scenario) -> Self {
        let usual = scenario.steps.first().map(|step| step.variants.clone()).unwrap_or_default();
        let step = |step: &Step| StepDocument {
            name: step.name.clone(),
            changes: step.changes.clone(),
            variants: (step.variants != usual).then(|| step.variants.clone()),
            pace: match step.pace {
                Pace::Together => PaceDocument::Together,
                Pace::OneAfterAnother { .. } => PaceDocument::OneAfterAnother,
            },
            delay_ms: match step.pace {
                Pace::Together => 0,
                Pace::OneAfterAnother { delay } => u64::try_from(delay.as_millis()).unwrap_or(MAX_DELAY_MS),
            },
            callbacks: step.callbacks.iter().map(CallbackDocument::from).collect(),
        };
        Self {
            schema: None,
            version: VERSION,
            name: scenario.name.clone(),
            title: scenario.title.clone(),
            description: scenario.description.clone(),
            actor: scenario.actor,
            case: scenario.case,
            order: scenario.order,
            product: Some(scenario.product),
            steps: scenario.steps.iter().map(step).collect(),
            variants: usual,
        }
    }
}

impl From<&Callback> for CallbackDocument {
    fn from(callback: &Callback) -> Self {
        let Callback { event, signing, expect, counted } = callback;
        let (name, request) = match event {
            Event::Installed => (EventDocument::Installed, None),
            Event::Uninstalled => (EventDocument::Uninstalled, None),
            Event::Enabled => (EventDocument::Enabled, None),
            Event::Disabled => (EventDocument::Disabled, None),
            Event::Request { method, path } => (EventDocument::Request, Some((*method, path.clone()))),
        };
        let (method, path) = request.unzip();
        let usual = Expectation::of(event, *signing);
        Self {
            event: name,
            method,
            path,
            signing: *signing,
            expect: (*expect != usual).then(|| match expect {
                Expectation::Success => ExpectationDocument::Named(NamedExpectation::Success),
                Expectation::Refusal => ExpectationDocument::Named(NamedExpectation::Refusal),
                Expectation::Statuses(statuses) => ExpectationDocument::Statuses(statuses.clone()),
            }),
            counted: (*counted != Callback::can_count(event, *signing, expect)).then_some(*counted),
        }
    }
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}
