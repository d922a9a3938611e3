//! The planning calculator: every question answered for a person and for a program.

use assert_cmd::Command;
use serde_json::Value;

/// Every question, with options that each answer differently.
const QUESTIONS: [&[&str]; 22] = [
    &["interval", "--good", "299", "--bad", "1", "--objective", "99"],
    &["interval", "--good", "0", "--n", "0", "--objective", "99"],
    &[
        "interval",
        "--good",
        "100000000",
        "--n",
        "100000000",
        "--confidence",
        "99.9999999999",
        "--side",
        "lower",
    ],
    &["sample-size"],
    &["sample-size", "--objective", "99.9", "--failures", "0", "--alternative", "99.95"],
    &["gate"],
    &["gate", "--method", "e-process", "--max-probes", "1000"],
    &["gate", "--method", "fixed", "--allowed-failures", "2", "--true-p", "99.5", "--true-p", "0.9"],
    &["gate", "--objective", "99.9", "--max-probes", "10"],
    &["forecast", "--good", "1000", "--events", "120"],
    &["forecast", "--good", "0", "--events", "0"],
    &[
        "forecast",
        "--good",
        "50",
        "--bad",
        "2",
        "--events",
        "120.5",
        "--poisson",
        "--window-good",
        "80",
        "--window-bad",
        "3",
    ],
    &["stratified", "--stratum", "initial-install=60:300/300", "--stratum", "secret-rotation=40:118/120"],
    &["stratified", "--stratum", "seen=1:3/3", "--stratum", "never seen=1:0/0"],
    &["retries", "--tenants", "1000", "--broken", "1", "--retries-per-day", "4", "--organic-good", "100"],
    &["retries", "--tenants", "0", "--broken-share", "1%", "--retries-per-day", "0", "--eventual-success"],
    &["dependence", "--n", "1000", "--lag1", "0.2"],
    &["dependence", "--n", "1000", "--icc", "0.05", "--cluster-size", "20"],
    &["dependence", "--n", "10", "--lag1", "1"],
    &["window", "--events", "120", "--success-rate", "99.5"],
    &["window", "--events", "100000", "--success-rate", "0.9991", "--events-24h", "4000"],
    &["burn", "--share", "100", "--hours", "3"],
];

fn estimate(arguments: &[&str]) -> std::process::Output {
    let mut command = Command::cargo_bin("rehearsal").expect("built with the tests");
    command.arg("estimate").args(arguments).output().expect("it runs")
}

fn text(arguments: &[&str]) -> String {
    let output = estimate(arguments);
    assert_eq!(output.status.code(), Some(0), "{arguments:?}");
    String::from_utf8(output.stdout).expect("text")
}

fn json(arguments: &[&str]) -> Value {
    let output = estimate(&[arguments, &["--json"]].concat());
    assert_eq!(output.status.code(), Some(0), "{arguments:?}");
    serde_json::from_slice(&output.stdout).expect("JSON")
}

/// The text with line breaks taken for spaces.
fn flowing(arguments: &[&str]) -> String {
    text(arguments).replace('\n', " ")
}

#[test]
fn every_answer_fits_the_terminal_and_says_what_it_does_not_mean() {
    for arguments in QUESTIONS {
        let text = text(arguments);
        for line in text.lines() {
            assert!(line.chars().count() <= 80, "{arguments:?}: {line}");
            assert!(
                line.trim_end() == line && !line.contains("NaN") && !line.contains("inf"),
                "{arguments:?}: {line}"
            );
        }
        assert!(text.contains("\n\nIt does not mean that "), "{arguments:?}: {text}");
        assert!(!text.contains('\u{1b}'), "no escape codes into a pipe");
    }
}

#[test]
fn the_json_says_the_same_sentence() {
    for arguments in QUESTIONS {
        let (text, json) = (flowing(arguments), json(arguments));
        let sentence = json["answer"].as_str().expect("a sentence");
        assert!(text.starts_with(&format!("{sentence} ")), "{arguments:?}: {text}");
        assert!(text.trim_end().ends_with(json["caveat"].as_str().expect("a caveat")));
        assert_eq!(json["question"], *arguments.first().expect("a question"));
        assert!(json["inputs"].is_object() && json["result"].is_object(), "{arguments:?}");
    }
}

#[test]
fn how_many_probes_prove_three_nines() {
    let arguments = ["sample-size", "--objective", "99.9%"];
    assert!(flowing(&arguments).starts_with("2,995 probes, all good, prove 99.9 % at 95 % confidence."));
    let plans = &json(&arguments)["result"]["plans"];
    let probes: Vec<_> = (0..4).map(|failures| plans[failures]["probes"].as_u64()).collect();
    assert_eq!(probes, [2995, 4742, 6294, 7752].map(Some));
}

#[test]
fn what_299_good_and_one_bad_prove() {
    let arguments = ["interval", "--good", "299", "--bad", "1", "--objective", "0.99"];
    let text = flowing(&arguments);
    assert!(
        text.contains("at least 98.43 %, at 95 % confidence. 99 % is not proven; with 173 more good"),
        "{text}"
    );
    let result = &json(&arguments)["result"];
    assert_eq!(
        (result["objective"]["proven"].as_bool(), result["objective"]["more_good_needed"].as_u64()),
        (Some(false), Some(173))
    );
    let proven = ["interval", "--good", "472", "--bad", "1", "--objective", "99"];
    assert!(flowing(&proven).contains("99 % is proven."));
}

#[test]
fn whether_120_installs_a_month_breach_and_warn() {
    let arguments = ["window", "--events", "120", "--success-rate", "99.5"];
    let result = &json(&arguments)["result"];
    let close = |key: &str, value: f64| (result[key].as_f64().unwrap_or(f64::NAN) - value).abs() < 1e-9;
    assert_eq!(result["allowed_bad_28d"].as_u64(), Some(1));
    // One of 120 is allowed: 1 − 0.995^120 − 120·0.005·0.995^119.
    assert!(close("prob_breach", 1.0 - 0.995_f64.powi(120) - 0.6 * 0.995_f64.powi(119)));
    assert!(close("prob_any_alert_28d", 1.0 - 0.995_f64.powi(120)));
    assert!(flowing(&arguments).contains("a warning is sent at least once with 45.2 %"));
}

#[test]
fn when_one_broken_tenant_has_used_up_the_budget() {
    let arguments =
        ["retries", "--tenants", "1000", "--broken", "1", "--retries-per-day", "4", "--organic-good", "100"];
    let text = flowing(&arguments);
    assert!(
        text.contains(
            "make the window 90.75 %, which misses 99 %; the budget of 99 % is gone after 2.775 days"
        ),
        "{text}"
    );
}

#[test]
fn how_often_the_gate_blocks_a_healthy_app() {
    let text = flowing(&["gate", "--objective", "99"]);
    assert!(
        text.contains(
            "is shipped in 97.74 % of the runs and blocked in 2.26 %, after 423.5 probes on average"
        ),
        "{text}"
    );
    assert!(text.contains("ships after 332 probes"), "{text}");
    let never = flowing(&["gate", "--max-probes", "10"]);
    assert!(never.contains("It never ships within 10 probes."), "{never}");
}

#[test]
fn numbers_without_an_answer_are_wrong_usage() {
    let refused: [&[&str]; 9] = [
        &["interval", "--good", "1000000001", "--bad", "0"],
        &["interval", "--good", "3", "--n", "2"],
        &["sample-size", "--objective", "100"],
        &["gate", "--objective", "99", "--alternative", "98"],
        &["gate", "--alternative", "100"],
        &["forecast", "--good", "1", "--events", "1.5"],
        &["retries", "--tenants", "3", "--broken", "4", "--retries-per-day", "1"],
        &["dependence", "--n", "10", "--lag1=-1"],
        &["burn", "--objective", "100"],
    ];
    for arguments in refused {
        let output = estimate(arguments);
        assert_eq!((output.status.code(), output.stdout.len()), (Some(64), 0), "{arguments:?}");
    }
}

#[test]
fn three_spellings_of_a_share_are_one() {
    let of = |objective: &str| json(&["gate", "--objective", objective])["result"].clone();
    assert_eq!(of("99.5"), of("99.5%"));
    assert_eq!(of("99.5"), of("0.995"));
}
