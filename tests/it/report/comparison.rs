//! Comparisons: verdicts, exit codes, the schema, and every format as it was.

use std::fs;
use std::path::Path;
use std::process::Output;

use assert_cmd::Command;
use rehearsal::report::{Report, json};
use roxmltree::{Document, ParsingOptions};
use serde_json::Value;
use tempfile::TempDir;
use unicode_width::UnicodeWidthStr;

use super::sample;

/// Two reports in files, to be compared.
struct Pair {
    folder: TempDir,
}

impl Pair {
    fn of(before: &Report, after: &Report) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        for (name, report) in [("before.json", before), ("after.json", after)] {
            fs::write(folder.path().join(name), json::render(report)).expect("writable");
        }
        Self { folder }
    }

    fn run(&self, args: &[&str]) -> Output {
        let mut command = Command::cargo_bin("rehearsal").expect("built with the tests");
        command.env_clear().current_dir(self.folder.path()).args(args).output().expect("it runs")
    }

    fn compared(&self, more: &[&str]) -> (Option<i32>, String) {
        let output = self.run(&[&["compare", "before.json", "after.json"], more].concat());
        let said = if output.stdout.is_empty() { output.stderr } else { output.stdout };
        (output.status.code(), String::from_utf8(said).expect("UTF-8"))
    }

    fn as_json(&self) -> Value {
        serde_json::from_str(&self.compared(&["--report", "json=-"]).1).expect("JSON")
    }
}

#[test]
fn the_committed_schema_is_the_one_of_the_model() {
    let generated = json::generate_comparison_schema();
    if std::env::var_os("BLESS").is_some() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/report/comparison.schema.json");
        fs::write(path, &generated).expect("the tree is writable");
    } else {
        assert!(
            generated == json::COMPARISON_SCHEMA_DOCUMENT,
            "the model changed: run this test with BLESS=1 and commit src/report/comparison.schema.json"
        );
    }
}

#[test]
fn every_format_looks_as_it_did() {
    let pair = Pair::of(&sample::healthy(), &sample::breach());
    insta::assert_snapshot!("comparison-terminal", pair.compared(&[]).1);
    let loads = Pair::of(&sample::load(), &sample::load());
    insta::assert_snapshot!("comparison-terminal-load", loads.compared(&[]).1);
    for format in ["html", "json", "markdown"] {
        let text = pair.compared(&["--report", &format!("{format}=-")]).1;
        insta::assert_snapshot!(format!("comparison-{format}"), text);
    }
    let baseline = ["report", "after.json", "--baseline", "before.json", "--report", "markdown=-"];
    let text = String::from_utf8(pair.run(&baseline).stdout).expect("UTF-8");
    insta::assert_snapshot!("format-markdown-baseline", text);
}

#[test]
fn a_comparison_satisfies_its_schema_whatever_it_compares() {
    let schema = serde_json::from_str(json::COMPARISON_SCHEMA_DOCUMENT).expect("JSON");
    let validator = jsonschema::validator_for(&schema).expect("a schema");
    for (name, report) in sample::all() {
        if name == "reachability" {
            continue;
        }
        let comparison = Pair::of(&sample::load(), &report).as_json();
        let mistakes: Vec<String> =
            validator.iter_errors(&comparison).map(|mistake| mistake.to_string()).collect();
        assert!(mistakes.is_empty(), "{name}: {mistakes:?}");
    }
}

#[test]
fn the_second_run_is_worse_better_or_neither() {
    let failing = sample::breach();
    let mut sound = failing.clone();
    let steps = sound.scenarios.iter_mut().flat_map(|scenario| &mut scenario.steps);
    steps.flat_map(|step| &mut step.checks).for_each(|check| check.passed = true);
    let (many, mut fewer) = (sample::load(), sample::load());
    let good = fewer.sli.good.expect("counted");
    (fewer.sli.good, fewer.sli.bad) = (Some(good - 300), fewer.sli.bad.map(|bad| bad + 300));
    for (before, after, verdict, code) in [
        (&sound, &failing, "worse", 2),
        (&failing, &sound, "better", 0),
        (&failing, &failing, "no_difference_shown", 0),
        (&many, &fewer, "worse", 2),
        (&fewer, &many, "better", 0),
        (&many, &many, "no_difference_shown", 0),
    ] {
        let pair = Pair::of(before, after);
        assert_eq!(pair.as_json()["verdict"], verdict);
        assert_eq!(pair.compared(&[]).0, Some(0), "{verdict}: nobody asked it to fail");
        assert_eq!(pair.compared(&["--fail-if", "worse"]).0, Some(code), "{verdict}");
    }
}

#[test]
fn times_count_when_they_move_by_more_than_is_tolerated() {
    let before = sample::load();
    let mut after = before.clone();
    let latency = after.latency.histogram.as_mut().expect("a timed run");
    let mut slower = hdrhistogram::Histogram::new(3).expect("valid digits");
    for bucket in latency.response.histogram().iter_recorded() {
        let value = bucket.value_iterated_to() * 6 / 5;
        slower.record_n(value, bucket.count_at_value()).expect("it grows");
    }
    latency.response = rehearsal::report::model::EncodedHistogram::encode(&slower);
    let pair = Pair::of(&before, &after);
    let verdict = |tolerance| {
        let text = pair.compared(&["--tolerance", tolerance, "--report", "json=-"]).1;
        serde_json::from_str::<Value>(&text).expect("JSON")["verdict"].clone()
    };
    assert_eq!(verdict("10"), "worse", "20 % slower");
    assert_eq!(verdict("30"), "no_difference_shown");
    let quantiles = pair.as_json()["latency"].clone();
    assert!(quantiles[0]["low_us"].as_i64() > Some(0), "{quantiles}");
}

#[test]
fn what_can_t_be_compared_is_told() {
    let pair = Pair::of(&sample::healthy(), &sample::reachability());
    let (code, said) = pair.compared(&[]);
    assert_eq!(code, Some(64));
    assert!(said.contains("the same kind of trust"), "{said}");
    let pair = Pair::of(&sample::healthy(), &sample::healthy());
    let (code, said) = pair.compared(&["--report", "csv=-"]);
    assert_eq!(code, Some(64));
    assert!(said.contains("json, html and markdown"), "{said}");
}

#[test]
fn hostile_text_stays_text_and_lines_fit_the_terminal() {
    for (before, after) in [(sample::healthy(), sample::hostile()), (sample::hostile(), sample::breach())] {
        let pair = Pair::of(&before, &after);
        for line in pair.compared(&[]).1.lines() {
            assert!(line.width() <= 80, "{line}");
        }
        let page = pair.compared(&["--report", "html=-"]).1;
        let options = ParsingOptions { allow_dtd: true, ..ParsingOptions::default() };
        let document = Document::parse_with_options(page.trim_start(), options).expect("well-formed");
        for element in document.descendants().filter(|node| node.is_element()) {
            assert!(!["script", "img", "b"].contains(&element.tag_name().name()), "{element:?}");
        }
        let markdown = pair.compared(&["--report", "markdown=-"]).1;
        assert!(!markdown.lines().any(|line| line.starts_with("FAKE")), "{markdown}");
    }
}
