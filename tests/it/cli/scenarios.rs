//! The lifecycle scenarios against a correct app.

use serde_json::Value;

use super::bench::{Bench, Ended};

const LIFECYCLE: [&str; 6] = [
    "initial-install",
    "manual-upgrade",
    "automatic-upgrade",
    "site-rename",
    "site-import",
    "secret-rotation",
];

fn names(ended: &Ended) -> Vec<String> {
    let report = ended.report();
    report["scenarios"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["name"].as_str().unwrap().to_owned())
        .collect()
}

/// Every check of every step, by name and whether it passed.
fn checks(ended: &Ended) -> Vec<(String, bool)> {
    let report = ended.report();
    let steps =
        report["scenarios"].as_array().unwrap().iter().flat_map(|row| row["steps"].as_array().unwrap());
    let checks = steps.flat_map(|step| step["checks"].as_array().unwrap());
    checks.map(|check| (check["name"].as_str().unwrap().to_owned(), check["passed"] == true)).collect()
}

#[tokio::test]
async fn the_six_are_good_and_leave_nothing_behind() {
    let bench = Bench::new().await;
    let app = bench.app().await;
    let ended = bench.probe(app.base_url(), &["--protected-path", "/protected"]).end().await.exits(0);
    let report = ended.report();
    assert_eq!(names(&ended), LIFECYCLE);
    assert_eq!(report["verdict"]["status"], "ok");
    assert_eq!(
        (&report["verdict"]["claim"], &report["verdict"]["basis"]),
        (&"contract".into(), &"sli".into())
    );
    assert_eq!((ended.number("/sli/good"), ended.number("/sli/bad")), (13, 0));
    assert_eq!(ended.outcomes("status.204", "good"), 13);
    assert_eq!(report["sli"]["success_rate"], 1.0);
    // Clopper–Pearson with all of n good: (alpha/2)^(1/n) to 1.
    let low = report["sli"]["interval"]["low"].as_f64().unwrap();
    assert!((low - 0.025_f64.powf(1.0 / 13.0)).abs() < 1e-9, "{low}");
    assert_eq!(report["sli"]["interval"]["high"], 1.0);
    assert_eq!(report["run"]["app_key"], "rehearsal-reference-app");
    assert_eq!(report["run"]["complete"], true);
    assert!(checks(&ended).iter().all(|(_, passed)| *passed));
    assert_eq!(report["residue"], Value::Array(Vec::new()));
    assert_eq!(app.tenants(), Vec::<String>::new());
    assert!(bench.ledgers().is_empty());
    ended.prints("13 installed callbacks were all good").prints("SUCCESS RATE");
}

#[tokio::test]
async fn every_other_built_in_scenario_is_good() {
    let bench = Bench::new().await;
    let app = bench.app().await;
    let others = ["reinstall", "confluence-install", "paid-upgrade", "connect-on-forge-rename"];
    let ended = bench.probe(app.base_url(), &["--scenario", &others.join(",")]).end().await.exits(0);
    assert_eq!(names(&ended), others);
    assert!(ended.number("/sli/good") >= 4);
    assert_eq!(app.tenants(), Vec::<String>::new());
}

#[tokio::test]
async fn repetitions_are_tenants_of_their_own_at_whatever_concurrency() {
    let bench = Bench::new().await;
    let app = bench.app().await;
    let flags = ["--scenario", "initial-install", "--scenario", "site-rename", "--repeat", "5", "-c", "4"];
    let ended =
        bench.probe(app.base_url(), &flags).with(&["--no-cleanup", "--seed", "7"]).end().await.exits(0);
    assert_eq!(ended.number("/sli/good"), 5 + 2 * 5);
    assert_eq!(ended.number("/scenarios/0/iterations"), 5);
    assert_eq!(ended.number("/run/seed"), 7);
    // What was left on purpose is said.
    assert_eq!(app.tenants().len(), 10);
    let mut residue: Vec<String> = serde_json::from_value(ended.report()["residue"].clone()).unwrap();
    residue.sort();
    assert_eq!(residue, app.tenants());
    assert_eq!(bench.ledgers().len(), 1);
    let first = residue[0].clone();
    ended.prints(&first);
}

#[tokio::test]
async fn connect_on_forge_leaves_out_what_it_no_longer_sends() {
    let bench = Bench::new().await;
    let app = bench.app().await;
    let ended = bench.probe(app.base_url(), &["--platform", "connect-on-forge"]).end().await.exits(0);
    let report = ended.report();
    let steps =
        report["scenarios"].as_array().unwrap().iter().flat_map(|row| row["steps"].as_array().unwrap());
    for step in steps {
        assert!(!["enabled", "disabled"].contains(&step["event"].as_str().unwrap()), "{step}");
    }
    assert!(!names(&ended).contains(&"automatic-upgrade".to_owned()));
    assert_eq!(report["run"]["platform"], "connect-on-forge");
    assert_eq!(report["projection"]["mix"]["automatic-upgrade"]["weight"].as_f64().unwrap_or(0.0), 0.0);
    let only = ["--platform", "connect-on-forge", "--scenario", "automatic-upgrade"];
    bench.probe(app.base_url(), &only).end().await.exits(64);
}

#[tokio::test]
async fn contract_checks_break_a_run_of_good_callbacks() {
    use rehearsal::reference_app::Misbehaviour as M;
    for (misbehaviour, scenario, reason) in [
        (M::AcceptsOldSecrets, "secret-rotation", "old-secret-does-not"),
        (M::KeepsFirstSecret, "secret-rotation", "new-secret-works"),
        (M::EchoesSecret, "initial-install", "secret kept"),
    ] {
        let bench = Bench::new().await;
        let app = bench.app_with(|settings| settings.misbehaviours = [misbehaviour].into()).await;
        let flags = ["--scenario", scenario, "--protected-path", "/protected"];
        let ended = bench.probe(app.base_url(), &flags).end().await.exits(2);
        assert_eq!(ended.number("/sli/bad"), 0, "{misbehaviour:?}");
        assert_eq!(ended.text("/verdict/status"), "breach");
        let reasons = ended.reasons();
        assert!(reasons.iter().any(|text| text.contains(reason)), "{misbehaviour:?}: {reasons:?}");
    }
}
