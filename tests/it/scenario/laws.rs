//! What holds of any scenario, any document and any recording.

use std::sync::LazyLock;
use std::time::Duration;

use proptest::prelude::*;
use rehearsal::atlassian::{PayloadVariant, Product, Signing, TenantChange};
use rehearsal::scenario::{
    Actor, Callback, Case, Event, Expectation, Method, Order, Pace, Problems, Scenario, ScenarioDocument,
    Step, builtin, from_capture, schema_json,
};
use serde_json::{Value, json};

use super::read;

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_scenario_survives_being_written_and_read(scenario in any_scenario()) {
        let text = ScenarioDocument::from(&scenario).to_json();
        let once = read(&text).map_err(|problems| TestCaseError::fail(format!("{text}\n{problems}")))?;
        prop_assert_eq!(without_cases(once.clone()), scenario);
        let twice = read(&ScenarioDocument::from(&once).to_json()).expect("as valid as before");
        prop_assert_eq!(twice, once);
        prop_assert!(schema_accepts(&serde_json::from_str(&text).expect("valid JSON")));
    }

    #[test]
    fn any_json_is_read_or_refused_at_a_place(value in any_json()) {
        let text = value.to_string();
        if let Err(problems) = read(&text) {
            check_that_problems_can_be_told(&problems, &text);
        }
    }

    #[test]
    fn any_mutant_is_read_or_refused_and_what_is_read_matches_the_schema(value in any_mutant()) {
        let text = format!("{value:#}");
        match read(&text) {
            Ok(_) => prop_assert!(schema_accepts(&value), "{text}"),
            Err(problems) => check_that_problems_can_be_told(&problems, &text),
        }
    }

    #[test]
    fn any_recording_makes_a_valid_scenario(payloads in prop::collection::vec(any_payload(), 1..8)) {
        let recording = Value::from(payloads).to_string();
        if let Ok(captured) = from_capture(&recording, "captured") {
            let text = captured.document.to_json();
            read(&text).map_err(|problems| TestCaseError::fail(format!("{recording}\n{text}\n{problems}")))?;
        }
    }

    #[test]
    fn any_json_is_captured_or_refused(value in any_json(), raw in "[A-Z/ .1:{}\\n\"a]{0,40}") {
        for text in [value.to_string(), raw] {
            if let Ok(captured) = from_capture(&text, "captured") {
                prop_assert!(read(&captured.document.to_json()).is_ok());
            }
        }
    }

    #[test]
    fn any_text_is_read_or_refused(start in 0..400usize, cut in 0..40usize, put in ".{0,6}") {
        let text = builtin::ALL[start % builtin::ALL.len()].text;
        let start = text.floor_char_boundary(start);
        let end = text.floor_char_boundary(start + cut);
        let text = format!("{}{put}{}", &text[..start], &text[end..]);
        if let Err(problems) = read(&text) {
            check_that_problems_can_be_told(&problems, &text);
        }
    }
}

const VARIANTS: [PayloadVariant; 5] = [
    PayloadVariant::Paid,
    PayloadVariant::ConnectOnForge,
    PayloadVariant::DisplayUrlsOmitted,
    PayloadVariant::LongSecret,
    PayloadVariant::UserKeyQuery,
];

fn any_callback() -> impl Strategy<Value = Callback> {
    let path = "/[a-z0-9%/.-]{0,12}(\\?[a-z=&+]{0,8})?";
    let event = prop_oneof![
        Just(Event::Installed),
        Just(Event::Uninstalled),
        Just(Event::Enabled),
        Just(Event::Disabled),
        (prop_oneof![Just(Method::Get), Just(Method::Post)], path)
            .prop_map(|(method, path)| Event::Request { method, path }),
    ];
    let signing = prop::sample::select(vec![
        Signing::AsAtlassian,
        Signing::CurrentSecret,
        Signing::PreviousSecret,
        Signing::Unsigned,
        Signing::WrongQsh,
        Signing::Malformed,
    ]);
    let expect = prop::option::of(prop_oneof![
        Just(Expectation::Success),
        Just(Expectation::Refusal),
        prop::collection::btree_set(100..600u16, 1..4).prop_map(Expectation::Statuses),
    ]);
    (event, signing, expect, any::<bool>()).prop_map(|(event, signing, expect, counted)| {
        let usual = Callback::new(event, signing);
        let expect = expect.unwrap_or_else(|| usual.expect.clone());
        let counted = counted && Callback::can_count(&usual.event, signing, &expect);
        Callback { expect, counted, ..usual }
    })
}

fn any_step() -> impl Strategy<Value = Step> {
    let changes = prop::sample::select(vec![
        TenantChange::NewSecret,
        TenantChange::RenamedSite,
        TenantChange::NewAppVersion,
        TenantChange::UserPresent,
        TenantChange::UserAbsent,
    ]);
    let pace = prop_oneof![
        Just(Pace::Together),
        (0..600_001u64).prop_map(|delay| Pace::OneAfterAnother { delay: Duration::from_millis(delay) })
    ];
    let variants = prop::sample::subsequence(VARIANTS.to_vec(), 0..VARIANTS.len());
    let callbacks = prop::collection::vec(any_callback(), 1..4);
    (prop::collection::vec(changes, 0..4), variants, pace, callbacks).prop_map(
        |(changes, variants, pace, callbacks)| Step {
            name: String::new(),
            case: Case::Other,
            changes,
            variants: variants.into_iter().collect(),
            pace,
            callbacks,
        },
    )
}

/// A scenario in any order, without the cases of its steps, which follow from the rest.
fn any_scenario() -> impl Strategy<Value = Scenario> {
    let case = prop::sample::select(vec![Case::InitialInstall, Case::SiteRename, Case::Other]);
    let actor =
        prop::sample::select(vec![Actor::Customer, Actor::Partner, Actor::SiteAdmin, Actor::Atlassian]);
    let product = prop::sample::select(vec![Product::Jira, Product::Confluence]);
    let texts = ("[a-z0-9]{1,5}(-[a-z0-9]{1,5}){0,2}", ".{1,20}", ".{0,40}");
    (texts, case, actor, product, prop::collection::vec(any_step(), 1..5)).prop_map(
        |((name, title, description), case, actor, product, mut steps)| {
            for (index, step) in steps.iter_mut().enumerate() {
                step.name = format!("step-{index}");
            }
            // So that there is a previous secret from the outset.
            steps[0].changes.insert(0, TenantChange::NewSecret);
            Scenario { name, title, description, actor, case, order: Order::Any, product, steps }
        },
    )
}

fn without_cases(mut scenario: Scenario) -> Scenario {
    scenario.steps.iter_mut().for_each(|step| step.case = Case::Other);
    scenario
}

/// JSON in which the form's own words are frequent.
fn any_json() -> impl Strategy<Value = Value> {
    let words = "version|name|title|case|actor|steps|callbacks|event|changes|installed|request|path|site-rename|new-secret|order|any|expect|[a-z]{0,3}";
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        words.prop_map(Value::from),
        ".{0,4}".prop_map(Value::from),
        Just(json!(1)),
    ];
    leaf.prop_recursive(5, 40, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::vec((words, inner), 0..6)
                .prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
}

/// A built-in scenario with one value replaced, removed or added.
fn any_mutant() -> impl Strategy<Value = Value> {
    let builtin = prop::sample::select(builtin::ALL.iter().map(|builtin| builtin.text).collect::<Vec<_>>());
    (builtin, any::<prop::sample::Index>(), any_json(), any::<bool>()).prop_map(
        |(text, place, value, remove)| {
            let mut document = serde_json::from_str(text).expect("valid JSON");
            let mut pointers = Vec::new();
            pointers_of(&document, "", &mut pointers);
            let pointer = place.get(&pointers);
            let (parent, field) = pointer.rsplit_once('/').expect("no pointer leads to the whole");
            match document.pointer_mut(parent).expect("a place") {
                Value::Object(fields) if remove => _ = fields.remove(field),
                Value::Object(fields) => _ = fields.insert(field.to_owned(), value),
                Value::Array(elements) => elements[field.parse::<usize>().expect("an index")] = value,
                scalar => *scalar = value,
            }
            document
        },
    )
}

/// A payload of one of a few tenants, sites and secrets, with any of the optional fields.
fn any_payload() -> impl Strategy<Value = Value> {
    let event =
        prop::sample::select(vec!["installed", "installed", "enabled", "disabled", "uninstalled", "x"]);
    let tenant = prop::sample::select(vec!["one.example", "0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0", "three"]);
    let optional =
        ["displayUrl", "installationId", "entitlementId", "publicKey", "cloudId", "new", "sharedSecret"];
    let optional = prop::sample::subsequence(optional.to_vec(), 0..optional.len());
    (event, tenant, "[ab]", "[ab]{1,2}", optional).prop_map(|(event, tenant, site, secret, optional)| {
        let mut payload = json!({ "eventType": event, "clientKey": tenant, "baseUrl": site });
        for field in optional {
            payload[field] = secret.repeat(150).into();
        }
        payload
    })
}

fn pointers_of(value: &Value, at: &str, pointers: &mut Vec<String>) {
    let children: Vec<(String, &Value)> = match value {
        Value::Object(fields) => fields.iter().map(|(name, value)| (name.clone(), value)).collect(),
        Value::Array(elements) => {
            elements.iter().enumerate().map(|(index, value)| (index.to_string(), value)).collect()
        }
        _ => Vec::new(),
    };
    for (token, child) in children {
        let pointer = format!("{at}/{token}");
        pointers_of(child, &pointer, pointers);
        pointers.push(pointer);
    }
}

fn schema_accepts(value: &Value) -> bool {
    static VALIDATOR: LazyLock<jsonschema::Validator> = LazyLock::new(|| {
        let schema = serde_json::from_str(&schema_json()).expect("valid JSON");
        jsonschema::validator_for(&schema).expect("a schema")
    });
    VALIDATOR.is_valid(value)
}

/// Every problem can be shown and pointed at.
fn check_that_problems_can_be_told(problems: &Problems, text: &str) {
    assert!(problems.count() > 0);
    assert!(!problems.drawing().is_empty());
    let value: Option<Value> = serde_json::from_str(text).ok();
    for at in problems.iter() {
        assert!(at.line > 0 && at.column > 0);
        if let Some(value) = &value {
            let pointer = at.problem.pointer.as_str();
            assert!(value.pointer(pointer).is_some(), "{pointer} leads nowhere in {text}");
        }
    }
}
