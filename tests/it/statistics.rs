//! The statistics against values from elsewhere: scipy, mpmath, and a second route where one exists.

#[path = "../bench/backtest/simulation.rs"]
pub(crate) mod simulation;

use std::path::Path;
use std::process::Output;

use assert_cmd::Command;
use serde_json::{Value, json};

const VECTORS: &str = include_str!("vectors/statistics.json");
/// Options, sides, truncations and sizes that the first file leaves out.
const EDGES: &str = include_str!("vectors/edges.json");

fn vectors(file: &Path) -> Output {
    let mut command = Command::cargo_bin("rehearsal").expect("built with the tests");
    command.args(["estimate", "vectors", "--json"]).arg(file).output().expect("it runs")
}

/// Writes the document to a file of its own, has it computed, and gives back the exit code and the array.
fn computed(document: &Value) -> (Option<i32>, Vec<Value>) {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let file = directory.path().join("vectors.json");
    std::fs::write(&file, document.to_string()).expect("written");
    let output = vectors(&file);
    let array = serde_json::from_slice(&output.stdout).expect("an array of what was computed");
    (output.status.code(), array)
}

/// Where two values of the same shape differ by more than the tolerance.
fn difference(expected: &Value, computed: &Value, tolerance: f64) -> Option<String> {
    match (expected, computed) {
        (Value::Object(expected), Value::Object(computed)) => {
            let keys = |object: &serde_json::Map<String, Value>| {
                let mut keys: Vec<_> = object.keys().cloned().collect();
                keys.sort();
                keys
            };
            if keys(expected) != keys(computed) {
                return Some(format!("keys {:?}, not {:?}", keys(computed), keys(expected)));
            }
            let differs =
                |(key, value)| difference(value, &computed[key], tolerance).map(|d| format!("{key}: {d}"));
            expected.iter().find_map(differs)
        }
        (Value::Array(expected), Value::Array(computed)) if expected.len() == computed.len() => {
            expected.iter().zip(computed).find_map(|(e, c)| difference(e, c, tolerance))
        }
        (Value::Number(e), Value::Number(c)) => {
            let (e, c) = (e.as_f64().unwrap_or(f64::NAN), c.as_f64().unwrap_or(f64::NAN));
            let close = (e - c).abs() <= tolerance;
            (!close).then(|| format!("{c}, not {e}"))
        }
        (expected, computed) => (expected != computed).then(|| format!("{computed}, not {expected}")),
    }
}

fn check(text: &str) {
    let document: Value = serde_json::from_str(text).expect("JSON");
    let (code, computed) = computed(&document);
    let vectors = document["vectors"].as_array().expect("an array");
    assert_eq!((code, computed.len()), (Some(0), vectors.len()));
    let wrong: Vec<_> = vectors
        .iter()
        .zip(&computed)
        .filter_map(|(vector, computed)| {
            assert_eq!(vector["id"], computed["id"]);
            let tolerance = vector["abs_tol"].as_f64().expect("a tolerance");
            difference(&vector["expected"], &computed["computed"], tolerance)
                .map(|difference| format!("{}: {difference}", vector["id"]))
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_seventy_vectors_agree() {
    check(VECTORS);
}

#[test]
fn the_edges_agree() {
    check(EDGES);
}

#[test]
fn what_is_expected_is_never_read() {
    let document: Value = serde_json::from_str(VECTORS).expect("JSON");
    let mut without = document.clone();
    for vector in without["vectors"].as_array_mut().expect("an array") {
        let vector = vector.as_object_mut().expect("an object");
        for key in ["expected", "abs_tol", "note"] {
            vector.remove(key);
        }
    }
    assert_eq!(computed(&document), computed(&without));
}

#[test]
fn a_vector_that_can_t_be_computed_is_an_error_of_its_own() {
    let interval = |good: Value, conf: f64, side: &str| json!({ "id": "x", "family": "wilson", "inputs": { "good": good, "n": 10, "conf": conf, "side": side } });
    let document = json!({ "vectors": [
        interval(json!(9), 0.95, "two"),
        interval(json!(9.0), 0.95, "two"),
        interval(json!(11), 0.95, "two"),
        interval(json!(9.5), 0.95, "two"),
        interval(json!(9), 1.0, "two"),
        interval(json!(9), 0.95, "left"),
        { "id": "unknown", "family": "wald_interval", "inputs": {} },
        { "id": "missing", "family": "wilson", "inputs": { "good": 9 } },
        { "id": "extra", "family": "burn_rate_of_threshold", "inputs": { "slo": 0.99, "alert_threshold": 0.999, "window": 1 } },
        { "id": "no inputs", "family": "wilson" },
        { "family": "wilson", "inputs": {} },
        17,
    ]});
    let (code, computed) = computed(&document);
    assert_eq!(code, Some(65));
    assert_eq!(computed.len(), 12);
    assert!(computed[..2].iter().all(|entry| entry["computed"]["lo"].is_number()));
    for entry in &computed[2..] {
        let error = entry["error"].as_str().unwrap_or_else(|| panic!("{entry} has no error"));
        assert!(!error.is_empty() && entry.get("computed").is_none());
    }
    let error = |index: usize| computed[index]["error"].as_str().unwrap_or_default();
    assert!(error(2).contains("good must be at most n = 10, not 11"), "{}", error(2));
    assert!(error(4).contains("above 0 and below 1, not 1"), "{}", error(4));
    assert!(error(6).contains("wald_interval") && error(6).contains("clopper_pearson"), "{}", error(6));
    assert!(error(7).contains("missing field"), "{}", error(7));
    assert!(error(8).contains("unknown field `window`"), "{}", error(8));
}

#[test]
fn a_file_that_is_no_file_of_vectors_is_refused() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let file = directory.path().join("vectors.json");
    assert_eq!(vectors(&file).status.code(), Some(65), "there is none");
    for text in ["", "{", "[]", "{}", "{\"vectors\": 3}"] {
        std::fs::write(&file, text).expect("written");
        let output = vectors(&file);
        assert_eq!((output.status.code(), output.stdout.len()), (Some(65), 0), "{text}");
    }
}

/// Numbers far outside any use: each is answered or refused, none hangs, none panics, and every
/// probability is one.
#[test]
fn extreme_numbers_are_answered_or_refused() {
    let extremes = [0.0, 1.0, -1.0, 1e8, 1e9, 1e18, 1e-300, 5e-324, 1.0 - 1e-16, 1e300, 0.5, 3.0];
    let document: Value = serde_json::from_str(VECTORS).expect("JSON");
    let mut seen = Vec::new();
    let mut mutants = Vec::new();
    for vector in document["vectors"].as_array().expect("an array") {
        if seen.contains(&&vector["family"]) {
            continue;
        }
        seen.push(&vector["family"]);
        for (key, value) in vector["inputs"].as_object().expect("an object") {
            for extreme in extremes.iter().filter(|_| value.is_number()) {
                let mut mutant = vector.clone();
                mutant["inputs"][key] = json!(extreme);
                mutants.push(mutant);
            }
        }
    }
    let (code, computed) = computed(&json!({ "vectors": mutants }));
    assert_eq!((code, computed.len()), (Some(65), mutants.len()));
    for (entry, mutant) in computed.iter().zip(&mutants) {
        let Some(figures) = entry.get("computed").and_then(Value::as_object) else { continue };
        for (key, figure) in
            figures.iter().filter(|(key, _)| key.starts_with("prob") || ["lo", "hi"].contains(&key.as_str()))
        {
            let probability = figure.as_f64().unwrap_or(f64::NAN);
            assert!((0.0..=1.0 + 1e-12).contains(&probability), "{key} = {figure}: {mutant}");
        }
    }
}

/// A small backtest; `cargo bench --bench backtest` is the large one.
#[test]
fn simulated_gates_and_forecasts_agree_with_theory() {
    let mut random = simulation::Random::new(1);
    for row in simulation::gates(200, &mut random) {
        assert!(
            row.withdrawn <= 0.05,
            "{} at {}: independent outcomes are called correlated",
            row.method,
            row.p
        );
        for agreement in [row.ships, row.blocks, row.probes] {
            let (exact, simulated) = (agreement.exact, agreement.simulated);
            assert!(agreement.holds(), "{} at {}: {simulated}, not {exact}", row.method, row.p);
        }
    }
    let [from_the_prior, failing_a_little] = simulation::Apps::ALL;
    let row = simulation::forecasts(from_the_prior, 1000, &mut random);
    assert!(row.in_the_middle.holds() && row.covered.holds() && row.met.holds(), "{}", from_the_prior.name());
    let row = simulation::forecasts(failing_a_little, 300, &mut random);
    assert!(row.covered.simulated >= 0.8, "{}", failing_a_little.name());
}
