//! What is recorded of a check, for how long, and what becomes of it when that can't be.

use rehearsal::history::lines::{self, Line};
use serde_json::Value;

use super::super::bench::Bench;
use super::check;

#[tokio::test]
async fn old_runs_are_forgotten_after_the_pass() {
    let bench = Bench::new().await;
    let app = bench.app().await;
    let state = bench.path("state");
    let mut text = lines::first_line();
    for (id, days) in [(1, 100), (2, 29)] {
        let mut run = crate::history::suite::check(id << 120, "one", 0);
        run.head.finished_at = jiff::Timestamp::now() - jiff::SignedDuration::from_hours(24 * days);
        run.head.started_at = run.head.finished_at;
        text.push_str(&Line::Run(Box::new(run)).to_text());
    }
    let runs = bench.write("runs.jsonl", &text);
    bench.command(&["history", "--state-dir", &state, "import", &runs]).end().await.exits(0);
    let listed = async || {
        let ended = bench.command(&["history", "--state-dir", &state, "list", "--json"]).end().await.exits(0);
        ended.out.lines().count()
    };
    check(&bench, app.base_url(), &["--keep", "101d"]).end().await.exits(0);
    assert_eq!(listed().await, 3);
    check(&bench, app.base_url(), &["--keep", "27d"]).end().await.exits(64).says("judged over 28 days");
    assert_eq!(listed().await, 3);
    check(&bench, app.base_url(), &["--keep", "99d"]).end().await.exits(0);
    assert_eq!(listed().await, 3, "one is forgotten and one is new");
    bench.write("rehearsal.toml", "keep = \"28d\"\n");
    check(&bench, app.base_url(), &[]).end().await.exits(0);
    assert_eq!(listed().await, 3, "the checks of now");
}

#[tokio::test]
async fn a_check_without_a_history_judges_itself_and_leaves_nothing() {
    let bench = Bench::new().await;
    let app = bench.app().await;
    let ended = check(&bench, app.base_url(), &["--history", "none"]).end().await.exits(0);
    assert!(ended.report()["windows"].is_null());
    assert_eq!(app.tenants(), Vec::<String>::new());
}

#[tokio::test]
async fn a_history_out_of_reach_costs_the_windows_and_not_the_report() {
    let bench = Bench::new().await;
    let app = bench.app().await;
    let history = format!("sqlite:{}/none.sqlite", bench.write("a-file", "no folder"));
    let ended = check(&bench, app.base_url(), &["--history", &history]).end().await.exits(3);
    assert_eq!((ended.number("/sli/good"), ended.text("/verdict/status")), (1, "no_data".into()));
    assert!(ended.reasons()[0].contains("can't be judged"), "{:?}", ended.reasons());
    let foreign = format!("sqlite:{}", bench.write("b-file", "this is no database at all, but a text"));
    check(&bench, app.base_url(), &["--history", &foreign]).end().await.exits(65);
    check(&bench, app.base_url(), &["--history", "mysql://x"]).end().await.exits(64).says("sqlite:PATH");
}

#[tokio::test]
async fn a_check_that_can_be_kept_nowhere_is_reported_all_the_same() {
    let bench = Bench::new().await;
    let app = bench.app().await;
    std::fs::create_dir(bench.path("state")).unwrap();
    bench.write("state/spool", "no folder");
    let history = format!("sqlite:{}/none.sqlite", bench.write("a-file", "no folder"));
    let run = check(&bench, app.base_url(), &["--history", &history]).end().await;
    let run = run.exits_unlike_its_report(69).says("this run is not recorded").prints("NO DATA");
    assert_eq!((run.number("/sli/good"), run.report()["run"]["complete"].clone()), (1, Value::Bool(true)));
}
