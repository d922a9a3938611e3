//! `rehearsal history`.

use std::fs;

use rehearsal::history::lines::{self, Line};

use super::bench::{Bench, Ended};
use crate::history::suite::check;

/// A history with two runs of one app and one of another, from a file of its lines.
async fn bench() -> Bench {
    let bench = Bench::new().await;
    let mut text = lines::first_line();
    for (id, app_key, second) in
        [(0x01 << 120, "one", 0), (0x02 << 120, "one", 60), (0x03 << 120, "two", 120)]
    {
        text.push_str(&Line::Run(Box::new(check(id, app_key, second))).to_text());
    }
    bench.write("runs.jsonl", &text);
    history(&bench, &["import", "runs.jsonl"]).await.exits(0).prints("Took in 3 runs; 0 were there already.");
    bench
}

async fn history(bench: &Bench, args: &[&str]) -> Ended {
    let state = bench.path("state");
    bench.command(&["history", "--state-dir", &state]).with(args).end().await
}

#[tokio::test]
async fn what_is_exported_and_imported_is_the_same_to_the_byte() {
    let bench = bench().await;
    history(
        &bench,
        &["exclude", "add", "--reason", "a move", "--from", "2026-09-21", "--only-code", "status.5*"],
    )
    .await
    .exits(0);
    history(&bench, &["export", "first.jsonl"]).await.exits(0);
    let other = format!("sqlite:{}", bench.path("other.db"));
    history(&bench, &["import", "first.jsonl", "--history", &other]).await.exits(0).prints("Took in 3 runs");
    history(&bench, &["export", "second.jsonl", "--history", &other]).await.exits(0);
    let first = fs::read_to_string(bench.path("first.jsonl")).unwrap();
    assert_eq!(first.lines().count(), 5);
    assert_eq!(first, fs::read_to_string(bench.path("second.jsonl")).unwrap());
    history(&bench, &["import", "first.jsonl"])
        .await
        .exits(0)
        .prints("Took in 0 runs; 3 were there already.");
}

#[tokio::test]
async fn runs_are_listed_shown_and_pruned() {
    let bench = bench().await;
    let list = history(&bench, &["list"]).await.exits(0).prints("two / production / eu / probe-key");
    drop(list.prints("2026-09-21T14:13:20Z"));
    history(&bench, &["list", "--app-key", "three"]).await.exits(0).prints("No run fits.");
    history(&bench, &["show", "01", "--json"]).await.exits(0).prints(&check(1, "one", 0).report);
    history(&bench, &["show", "0"]).await.exits(64).says("more than one run begins with `0`");
    history(&bench, &["show", "99"]).await.exits(64).says("the history has no run `99`");
    history(&bench, &["prune", "--keep", "10000d"]).await.exits(0).prints("Forgot 0 runs");
    history(&bench, &["prune", "--keep", "1s"]).await.exits(0).prints("Forgot 3 runs");
    history(&bench, &["list"]).await.exits(0).prints("No run fits.");
}

#[tokio::test]
async fn an_exclusion_can_be_taken_back() {
    let bench = bench().await;
    let add =
        ["exclude", "add", "--reason", "a move", "--from", "2h ago", "--to", "now", "--only-site", "*.test"];
    history(&bench, &add).await.exits(0).prints("site *.test  (a move)");
    history(&bench, &["exclude", "list"]).await.exits(0).prints("(a move)");
    history(&bench, &["exclude", "remove", "zz"]).await.exits(64).says("there is no exclusion `zz`");
    history(&bench, &["exclude", "list", "--json"]).await.exits(0).prints("\"site\":\"*.test\"");
    history(&bench, &["export", "all.jsonl"]).await.exits(0);
    let text = fs::read_to_string(bench.path("all.jsonl")).unwrap();
    let line: serde_json::Value = serde_json::from_str(text.lines().nth(1).unwrap()).unwrap();
    let id = line["exclusion"]["id"].as_str().unwrap();
    history(&bench, &["exclude", "remove", &id[..8]]).await.exits(0).prints("Counts again");
    history(&bench, &["exclude", "list"]).await.exits(0).prints("Nothing is excluded.");
    let empty = ["exclude", "add", "--reason", "none", "--from", "now", "--to", "2h ago"];
    history(&bench, &empty).await.exits(64).says("nothing would be excluded");
    let soon = ["exclude", "add", "--reason", "none", "--from", "soon"];
    history(&bench, &soon).await.exits(64).says("`soon` is no moment");
}

#[tokio::test]
async fn what_is_wrong_with_a_history_is_told_without_its_password() {
    let bench = Bench::new().await;
    for (url, code, what) in [
        ("postgress://me:hush-4711@db/probes", 64, "expected sqlite:PATH"),
        ("postgres://me:hush-4711@[db/probes", 64, "expected postgres://"),
        ("none", 64, "names no history"),
        ("postgres://me:hush-4711@127.0.0.1:1/probes", 69, "postgres://127.0.0.1:1/probes can't be reached"),
        ("sqlite:/dev/null/history.db", 69, "can't be reached"),
        ("sqlite:key.pem", 65, "is not a history"),
    ] {
        let ended = history(&bench, &["list", "--history", url]).await.exits(code).says(what);
        let said = format!("{ended:?}");
        assert!(!said.contains("hush"), "{said}");
        let ended = bench.command(&["history", "list"]).env("REHEARSAL_HISTORY", url).end().await;
        assert!(!format!("{:?}", ended.exits(code)).contains("hush"));
    }
    bench.write("rehearsal.toml", "history = 'postgres://me:hush-4711@db/probes'");
    let help = bench.command(&["history", "list", "--help"]).end().await.exits(0);
    assert!(!format!("{help:?}").contains("hush"));
}

#[tokio::test]
async fn a_password_on_the_command_line_is_warned_of_and_one_from_elsewhere_is_not() {
    let bench = Bench::new().await;
    let url = "postgres://me:hush-4711@127.0.0.1:1/probes";
    let parameter = "postgres://127.0.0.1:1/probes?user=me&password=hush-4711";
    let inline = format!("--history={url}");
    for typed in [&["--history", url][..], &["--history", parameter], &[&inline]] {
        let ended = history(&bench, &[&["list"], typed].concat()).await.exits(69);
        let ended = ended.says("can be read in the list of processes").says("PGPASSWORD");
        assert!(!format!("{ended:?}").contains("hush"), "{ended:?}");
        assert_eq!(ended.err.matches("warning").count(), 1, "{}", ended.err);
    }
    let quiet = |ended: Ended| assert!(!ended.err.contains("warning"), "{}", ended.err);
    let without = ["list", "--history", "postgres://me@127.0.0.1:1/probes"];
    quiet(history(&bench, &without).await.exits(69));
    let state = bench.path("state");
    let list = || bench.command(&["history", "--state-dir", &state, "list"]);
    quiet(list().with(&without[1..]).env("PGPASSWORD", "hush-4711").end().await.exits(69));
    quiet(list().env("REHEARSAL_HISTORY", url).end().await.exits(69));
    bench.write("rehearsal.toml", &format!("history = '{url}'"));
    quiet(list().end().await.exits(69));
}

#[tokio::test]
async fn a_file_that_is_no_export_is_refused_by_its_line() {
    let bench = Bench::new().await;
    bench.write("none.jsonl", "{}\n");
    bench.write("newer.jsonl", "{\"history\": \"rehearsal.history/2\"}\n");
    bench.write("half.jsonl", &format!("{}{{\"run\": 1}}\n", lines::first_line()));
    for (file, what) in [
        ("none.jsonl", "line 1: it is no export of a history"),
        ("newer.jsonl", "line 1: it is of the form rehearsal.history/2"),
        ("half.jsonl", "line 2:"),
        ("missing.jsonl", "can't read missing.jsonl"),
    ] {
        history(&bench, &["import", file]).await.exits(65).says(what);
    }
}

#[tokio::test]
async fn atlassians_figures_stand_beside_ours() {
    let bench = bench().await;
    let row = "2026-09-21T14:00:00Z,2026-09-21T15:00:00Z,98";
    bench.write("console.csv", &format!("from,to,success_rate,app_key\n{row},one\n{row},three\n"));
    let ended = history(&bench, &["reconcile", "console.csv"]).await.exits(0);
    let ended =
        ended.prints("98.000 %  Atlassian's  one").prints("100.000 %  +2.000  2 of 2  one / production");
    assert_eq!(ended.out.matches("nothing was recorded").count(), 1, "{}", ended.out);
    bench.write("broken.csv", "from,to\n");
    history(&bench, &["reconcile", "broken.csv"]).await.exits(65).says("no column `success_rate`");
}

#[tokio::test]
async fn a_run_whose_history_is_out_of_reach_is_recorded_the_next_time() {
    let bench = Bench::new().await;
    let app = bench.app().await;
    // A file stands where the folder should be.
    let blocked = bench.write("blocked", "");
    let url = format!("sqlite:{}", bench.path("blocked/history.db"));
    let probe = || bench.probe(app.base_url(), &["--scenario", "initial-install", "--history", &url]).end();
    probe().await.exits(0).says("this run is kept and will be recorded the next time");
    history(&bench, &["list", "--history", &url]).await.exits(69);
    fs::remove_file(blocked).unwrap();
    probe().await.exits(0);
    let listed = history(&bench, &["list", "--history", &url]).await.exits(0);
    assert_eq!(listed.out.lines().count(), 2, "{}", listed.out);
}
