//! Scenario files: what is wrong with them is found at its place, and `rehearsal scenario` says so.

mod laws;

use std::path::{Path, PathBuf};

use assert_cmd::Command;
use rehearsal::atlassian::Product;
use rehearsal::scenario::{Case, Problems, Scenario, builtin, check, schema_json};
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
