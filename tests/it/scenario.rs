//! Scenario files: what is wrong with them is found at its place, and `rehearsal scenario` says so.

use std::path::{Path, PathBuf};

use assert_cmd::Command;
use proptest::prelude::*;
use rehearsal::atlassian::{PayloadVariant, Product, Signing, TenantChange};
use rehearsal::scenario::{
    Actor, Callback, Case, Event, Expectation, Method, Order, Pace, Problems, Scenario, ScenarioDocument,
    Step, builtin, check, schema_json,
};
use serde_json::{Value, json};

fn read(text: &str) -> Result<Scenario, Problems> {
    check([("mine.json".to_owned(), text.to_owned())], Product::Jira).map(|mut scenarios| scenarios.remove(0))
}

/// A valid document, with the value at `pointer` replaced; a null removes it.
fn with(pointer: &str, value: Value) -> Value {
    let mut document = json!({
        "version": 1, "name": "mine", "title": "Mine", "actor": "customer", "case": "manual-upgrade",
        "steps": [
            { "name": "install", "changes": ["new-tenant"],
              "callbacks": [{ "event": "installed" }, { "event": "enabled" }] },
            { "name": "upgrade", "changes": ["new-app-version"],
              "callbacks": [{ "event": "installed" }, { "event": "request", "path": "/me" }] },
        ],
    });
    let (parent, field) = pointer.rsplit_once('/').expect("a pointer");
    match document.pointer_mut(parent).expect("a place") {
        Value::Array(elements) => elements[field.parse::<usize>().expect("an index")] = value,
        Value::Object(fields) if value.is_null() => _ = fields.remove(field),
        place => place[field] = value,
    }
    document
}

fn found(document: &Value) -> Vec<(String, String)> {
    match read(&document.to_string()) {
        Ok(_) => Vec::new(),
        Err(problems) => problems
            .iter()
            .map(|at| {
                let help = at.problem.help.as_deref().unwrap_or_default();
                (at.problem.pointer.to_string(), format!("{}: {help}", at.problem.message))
            })
            .collect(),
    }
}

#[test]
fn every_kind_of_mistake_is_found_at_its_place() {
    let mistakes = [
        // Form.
        ("/nmae", json!("x"), "/nmae", "unknown field `nmae`: did you mean `name`?"),
        (
            "/steps/0/callbacks/0/expectation",
            json!(1),
            "/steps/0/callbacks/0/expectation",
            "did you mean `expect`?",
        ),
        ("/marmalade", json!("x"), "/marmalade", "unknown field `marmalade`: one of $schema, version, name,"),
        ("/actor", Value::Null, "", "missing field `actor`"),
        ("/steps/1/callbacks", Value::Null, "/steps/1", "missing field `callbacks`"),
        ("/title", json!(5), "/title", "`title` should be of type string, not integer"),
        ("/steps/0", json!("x"), "/steps/0", "an element of `steps` should be of type object, not string"),
        (
            "/steps/0/callbacks/0/expect",
            json!(true),
            "/steps/0/callbacks/0/expect",
            "of type string or array, not boolean",
        ),
        (
            "/case",
            json!("site-renam"),
            "/case",
            "unknown value `site-renam` for `case`: did you mean `site-rename`?",
        ),
        ("/steps/1/changes/0", json!("new-version"), "/steps/1/changes/0", "did you mean `new-app-version`?"),
        ("/actor", json!("dog"), "/actor", "one of customer, partner, site-admin, atlassian"),
        (
            "/version",
            json!(2),
            "/version",
            "version 2 of the form is unknown here: this program reads version 1",
        ),
        ("/version", json!(-1), "/version", "`version` should be from 1 to 1"),
        (
            "/name",
            json!("My Scenario"),
            "/name",
            "`My Scenario` is no name: lower-case words joined by hyphens",
        ),
        ("/title", json!(""), "/title", "`title` is empty"),
        ("/steps", json!([]), "/steps", "`steps` is empty"),
        ("/variants", json!(["paid", "paid"]), "/variants/1", "`variants` holds \"paid\" twice"),
        ("/steps/0/delay_ms", json!(600_001), "/steps/0/delay_ms", "`delay_ms` should be from 0 to 600000"),
        ("/steps/0/delay_ms", json!(1.5), "/steps/0/delay_ms", "of type integer, not fraction"),
        (
            "/steps/0/callbacks/0/expect",
            json!([99]),
            "/steps/0/callbacks/0/expect/0",
            "should be from 100 to 599",
        ),
        // Meaning.
        ("/steps/1/name", json!("install"), "/steps/1/name", "another step is called `install` already"),
        (
            "/steps/1/callbacks/1/path",
            Value::Null,
            "/steps/1/callbacks/1",
            "missing field `path` of a `request`",
        ),
        ("/steps/1/callbacks/1/path", json!("me"), "/steps/1/callbacks/1/path", "a path begins with `/`"),
        (
            "/steps/1/callbacks/1/path",
            json!("{protektd}"),
            "/steps/1/callbacks/1/path",
            "did you mean `{protected}`?",
        ),
        ("/steps/1/callbacks/1/path", json!("/a b"), "/steps/1/callbacks/1/path", "percent-encode ' '"),
        (
            "/steps/0/callbacks/0/path",
            json!("/x"),
            "/steps/0/callbacks/0/path",
            "only a `request` has a path",
        ),
        (
            "/steps/0/callbacks/0/method",
            json!("GET"),
            "/steps/0/callbacks/0/method",
            "only a `request` has a method",
        ),
        (
            "/steps/0/callbacks/1/counted",
            json!(true),
            "/steps/0/callbacks/1/counted",
            "this `enabled` can't be counted",
        ),
        (
            "/variants",
            json!(["hostname-client-key", "ecoscanner"]),
            "/variants",
            "a clientKey is of one kind",
        ),
        (
            "/steps/1/variants",
            json!(["hostname-client-key"]),
            "/steps/1/variants",
            "a tenant keeps the kind of its clientKey",
        ),
        // Order.
        (
            "/steps/0/changes",
            json!(["new-app-version"]),
            "/steps/0/changes/0",
            "an upgrade before an install",
        ),
        (
            "/steps/0/changes",
            json!(["renamed-site"]),
            "/steps/0/changes/0",
            "a site rename before an install",
        ),
        ("/steps/0/changes", json!(["new-secret"]), "/steps/0/changes/0", "a new secret before an install"),
        (
            "/steps/0/changes",
            json!(["imported-site"]),
            "/steps/0/changes/0",
            "a site import before an install",
        ),
        (
            "/steps/0/changes",
            json!([]),
            "/steps/0/callbacks/0/event",
            "`installed` is sent before there is a tenant",
        ),
        (
            "/steps/0/callbacks/0/event",
            json!("uninstalled"),
            "/steps/0/callbacks/0/event",
            "`uninstalled` is sent before an install",
        ),
        (
            "/steps/0/callbacks/1/event",
            json!("installed"),
            "/steps/0/callbacks/1/event",
            "nothing has changed since",
        ),
        (
            "/steps/1/callbacks/1/signing",
            json!("previous-secret"),
            "/steps/1/callbacks/1/signing",
            "no previous one",
        ),
        (
            "/steps/1/changes/0",
            json!("renamed-site"),
            "/case",
            "no step of this scenario is a case of manual-upgrade",
        ),
    ];
    assert_eq!(found(&with("/title", json!("Mine"))), [], "the document itself is valid");
    for (at, value, pointer, message) in mistakes {
        let document = with(at, value);
        let found = found(&document);
        let hit = found.iter().any(|(at, text)| at == pointer && text.contains(message));
        assert!(hit, "{at} in {document}\nshould bring `{message}` at {pointer}, not {found:#?}");
    }
}

#[test]
fn a_counted_install_is_signed_by_atlassian_and_should_succeed() {
    let mut document = with("/steps/0/callbacks/0/counted", json!(true));
    assert_eq!(found(&document), []);
    for (field, value) in [("signing", json!("unsigned")), ("expect", json!([200, 201]))] {
        let mut document = document.clone();
        document["steps"][0]["callbacks"][0][field] = value;
        let found = found(&document);
        assert!(found.iter().any(|(at, _)| at == "/steps/0/callbacks/0/counted"), "{field}: {found:?}");
    }
    document["steps"][0]["pace"] = json!("together");
    document["steps"][0]["delay_ms"] = json!(5);
    assert_eq!(found(&document)[0].0, "/steps/0/delay_ms");
}

#[test]
fn mistakes_of_form_and_order_are_reported_together_with_line_and_column() {
    let text = r#"{
  "version": 1,
  "name": "three",
  "title": "Three mistakes",
  "actr": "customer",
  "case": "manual-upgrade",
  "steps": [
    {
      "name": "upgrade",
      "changes": ["new-app-version"],
      "delay_ms": "soon",
      "callbacks": [{ "event": "installed" }]
    }
  ]
}"#;
    let problems = read(text).expect_err("three mistakes");
    let places: Vec<_> = problems
        .iter()
        .map(|at| (at.line, at.column, at.problem.pointer.as_str(), at.problem.message.as_str()))
        .collect();
    assert_eq!(
        places,
        [
            (5, 3, "/actr", "unknown field `actr`"),
            (10, 19, "/steps/0/changes/0", "an upgrade before an install"),
            (11, 19, "/steps/0/delay_ms", "`delay_ms` should be of type integer, not string"),
        ]
    );
    assert!(problems.to_string().ends_with("3 problems in mine.json"));
}

#[test]
fn any_order_lets_everything_pass_but_what_can_not_be_signed() {
    let mut document = with("/steps/0/changes", json!(["new-app-version"]));
    document["steps"][1]["changes"] = json!([]);
    document["steps"][1]["callbacks"][1] = json!({ "event": "uninstalled" });
    assert_ne!(found(&document), []);
    document["order"] = json!("any");
    assert_eq!(found(&document), []);
    document["steps"][1]["callbacks"][1] = json!({ "event": "enabled", "signing": "previous-secret" });
    assert_eq!(found(&document)[0].0, "/steps/1/callbacks/1/signing");
}

#[test]
fn a_broken_text_is_pointed_at() {
    let problems = read("{\n  \"version\": 1,\n}").expect_err("a trailing comma");
    let at = problems.iter().next().expect("a problem");
    assert_eq!((at.line, at.column), (3, 1));
    assert_eq!(at.problem.message, "not JSON: trailing comma");
    let problems = read("{\"name\": \"a\", \"name\": \"b\"}").expect_err("given twice");
    assert!(problems.iter().any(|at| at.problem.message == "field `name` is given twice" && at.column == 15));
    assert_eq!(read(&"[".repeat(100_000)).expect_err("too deep").count(), 1);
}

fn scenarios() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios")
}

#[test]
fn the_committed_schema_is_the_programs() {
    let committed = std::fs::read_to_string(scenarios().join("scenario.schema.json")).expect("the schema");
    assert!(
        committed == schema_json(),
        "run `cargo run -- scenario schema > scenarios/scenario.schema.json` and commit it"
    );
}

#[test]
fn every_file_is_built_in_and_matches_the_schema() {
    let schema: Value = serde_json::from_str(&schema_json()).expect("valid JSON");
    assert!(jsonschema::meta::is_valid(&schema));
    let validator = jsonschema::validator_for(&schema).expect("a schema");
    let mut files = 0;
    for entry in std::fs::read_dir(scenarios()).expect("the folder") {
        let path = entry.expect("an entry").path();
        let name = path.file_stem().expect("a name").to_string_lossy().into_owned();
        if name == "scenario.schema" {
            continue;
        }
        let text = std::fs::read_to_string(&path).expect("a file");
        let value: Value = serde_json::from_str(&text).expect("valid JSON");
        assert!(validator.is_valid(&value), "{name}");
        assert_eq!(value["$schema"], "./scenario.schema.json", "{name}");
        assert_eq!(
            builtin::find(&name).map(|builtin| builtin.text),
            Some(text.as_str()),
            "{name} is not built in"
        );
        files += 1;
    }
    assert_eq!(files, builtin::ALL.len());
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
        (0..600_001u64)
            .prop_map(|delay| Pace::OneAfterAnother { delay: std::time::Duration::from_millis(delay) })
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
    static VALIDATOR: std::sync::LazyLock<jsonschema::Validator> = std::sync::LazyLock::new(|| {
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

/// Runs `rehearsal scenario …` in an empty environment; returns exit code, standard output and error.
fn run(args: &[&str], stdin: &str) -> (i32, String, String) {
    let output = Command::cargo_bin("rehearsal")
        .expect("the program")
        .arg("scenario")
        .args(args)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .env_clear()
        .write_stdin(stdin)
        .output()
        .expect("it runs");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
    (output.status.code().expect("an exit code"), text(output.stdout), text(output.stderr))
}

#[test]
fn list_shows_what_is_built_in() {
    let (code, out, _) = run(&["list"], "");
    assert_eq!(code, 0);
    for builtin in &builtin::ALL {
        assert!(out.lines().any(|line| line.starts_with(builtin.name)), "{out}");
    }
    let (code, out, _) = run(&["list", "--json"], "");
    let rows: Vec<Value> = serde_json::from_str(&out).expect("JSON");
    assert_eq!((code, rows.len()), (0, builtin::ALL.len()));
    assert_eq!(rows.iter().filter(|row| row["default"] == true).count(), 6);
    assert_eq!(rows[5]["counted"], 2);
}

#[test]
fn show_prints_a_document_to_copy_or_its_outline() {
    let (code, out, _) = run(&["show", "site-rename"], "");
    assert_eq!((code, out.as_str()), (0, builtin::find("site-rename").expect("built in").text));
    let (code, out, _) = run(&["show", "scenarios/site-rename.json", "--outline"], "");
    assert_eq!(code, 0);
    assert!(out.contains("2. rename\n   changes   renamed-site\n"), "{out}");
}

#[test]
fn an_unknown_name_is_wrong_usage_and_brings_the_nearest_and_the_list() {
    let (code, out, err) = run(&["show", "site-renmae"], "");
    assert_eq!((code, out.as_str()), (64, ""));
    assert!(err.contains("did you mean `site-rename`?") && err.contains("connect-on-forge-rename"), "{err}");
}

#[test]
fn validate_takes_files_and_folders() {
    let (code, out, err) = run(&["validate", "scenarios"], "");
    assert_eq!((code, err.as_str()), (0, ""));
    assert_eq!(out.lines().count(), builtin::ALL.len());
    assert_eq!(run(&["validate", "-"], builtin::ALL[0].text).0, 0);
}

#[test]
fn validate_shows_every_problem_without_colours_and_exits_65() {
    let mistakes = with("/nmae", json!("x")).to_string().replace("enabled", "enabeld");
    let (code, out, err) = run(&["validate", "-"], &mistakes);
    assert_eq!((code, out.as_str()), (65, ""));
    assert!(err.contains("did you mean `name`?") && err.contains("did you mean `enabled`?"), "{err}");
    assert!(err.contains("2 problems in -") && !err.contains('\u{1b}'), "{err:?}");

    let (code, out, _) = run(&["validate", "--json", "-"], &mistakes);
    let report: Value = serde_json::from_str(&out).expect("JSON");
    assert_eq!((code, &report["valid"]), (65, &json!(false)));
    assert_eq!(report["problems"].as_array().map(Vec::len), Some(2));
    assert_eq!(report["problems"][1]["pointer"], "/nmae");

    assert_eq!(run(&["validate", "no/such/file.json"], "").0, 65);
    assert_eq!(run(&["validate", "src/manual"], "").0, 65, "a folder without scenarios");
    assert_eq!(run(&["validate"], "").0, 64);
}

#[test]
fn schema_prints_the_committed_file() {
    assert_eq!(run(&["schema"], ""), (0, schema_json(), String::new()));
}

#[test]
fn a_capture_becomes_a_valid_scenario_without_its_secrets() {
    let capture = "POST /installed HTTP/1.1\r\nHost: app.example\r\nAuthorization: JWT e30.eyJzdWIiOiJjYW5hcnkifQ.canary\r\n\r\n\
                   {\"eventType\":\"installed\",\"clientKey\":\"canary.example\",\"sharedSecret\":\"canary\",\
                   \"baseUrl\":\"https://canary.example\",\"productType\":\"jira\"}";
    let (code, out, err) = run(&["from-capture", "-", "--name", "their-install"], capture);
    assert_eq!(code, 0, "{err}");
    assert!(!format!("{out}{err}").contains("canary"), "{out}{err}");
    assert!(err.contains("note: "), "{err}");
    let scenario = read(&out).expect("a valid scenario");
    assert_eq!((scenario.name.as_str(), scenario.case), ("their-install", Case::InitialInstall));

    let (code, _, err) = run(&["from-capture", "-"], "canary");
    assert_eq!(code, 65);
    assert!(!err.contains("canary"), "{err}");
    assert_eq!(run(&["from-capture", "-", "--name", "A B"], capture).0, 64);
}
