//! Runs that were kept: rendered again, compared, merged.

use std::fs;

use rehearsal::report::{Format, json};

use super::bench::Bench;
use crate::report::sample;

#[tokio::test]
async fn a_run_is_rendered_again_byte_for_byte_in_every_format() {
    let bench = Bench::new().await;
    let app = bench.app().await;
    let to = |folder: &str| {
        fs::create_dir(bench.path(folder)).unwrap();
        let target = |format| format!("{format}={}", bench.path(&format!("{folder}/report.{format}")));
        Format::ALL.into_iter().flat_map(|format| ["--report".to_owned(), target(format)]).collect::<Vec<_>>()
    };
    let first = bench.probe(app.base_url(), &[]).with(&to("first")).end().await.exits(0);
    let file = bench.path("first/report.json");
    let again = bench.command(&["report", &file]).with(&to("again")).end().await.exits(0);
    assert_eq!(again.out, first.out, "the terminal's report");
    for format in Format::ALL {
        let read = |folder: &str| fs::read(bench.path(&format!("{folder}/report.{format}"))).unwrap();
        assert!(!read("first").is_empty() && read("first") == read("again"), "{format}");
    }
    bench.command(&["report", &file, "--report", "csv=-"]).end().await.exits(0).prints("initial-install");
}

#[tokio::test]
async fn a_run_that_failed_ends_again_as_it_ended() {
    let bench = Bench::new().await;
    let file = bench.write("breach.json", &json::render(&sample::breach()));
    bench.command(&["report", &file]).end().await.exits(2).prints("BREACH");
}

#[tokio::test]
async fn what_is_no_report_is_65_and_a_later_form_is_refused_politely() {
    let bench = Bench::new().await;
    let later = json::render(&sample::healthy()).replace("rehearsal.report/1", "rehearsal.report/2");
    for (file, text, said) in [
        ("later.json", later.as_str(), "read it with the version of rehearsal that wrote it"),
        ("other.json", "{\"schema\": \"rehearsal.scenario/1\"}", "this is no report"),
        ("page.html", "<html>", "--report json=FILE"),
    ] {
        let file = bench.write(file, text);
        bench.command(&["report", &file]).end().await.exits(65).says(said);
    }
    bench.command(&["report", "no-such-file.json"]).end().await.exits(65).says("no-such-file.json");
}

#[tokio::test]
async fn a_report_that_could_not_be_written_is_told_before_anything_is_sent() {
    let bench = Bench::new().await;
    let app = bench.app().await;
    let old = bench.write("old.html", "what stood there");
    let targets = ["--report", &format!("html={old}"), "--report", "csv=no/such/folder/report.csv"];
    let run = bench.command(&["probe", app.base_url(), "--key-server", "127.0.0.1:0"]).with(&targets);
    run.end().await.exits(69).says("no/such/folder/report.csv");
    assert_eq!((app.callbacks(), fs::read_to_string(old).unwrap().as_str()), (0, "what stood there"));
}

#[tokio::test]
async fn a_github_workflow_gets_annotations_and_a_summary() {
    let bench = Bench::new().await;
    let file = bench.write("breach.json", &json::render(&sample::breach()));
    let summary = bench.write("summary.md", "what stood there\n");
    let run = bench.command(&["report", &file, "--github"]).env("GITHUB_STEP_SUMMARY", &summary);
    run.end().await.exits(2).prints("::error title=").prints("BREACH");
    let summary = fs::read_to_string(summary).unwrap();
    assert!(summary.starts_with("what stood there\n## ❌ BREACH"), "{summary}");
    let taken = bench.command(&["report", &file, "--github", "--report", "csv=-"]);
    taken.end().await.exits(64).says("standard output");
}

#[tokio::test]
async fn a_recorded_run_is_found_by_its_id_or_how_that_begins() {
    let bench = Bench::new().await;
    let app = bench.app().await;
    let history = format!("sqlite:{}", bench.path("history.db"));
    let file = bench.path("first.json");
    let to_file = format!("json={file}");
    let probe = ["--history", &history, "--report", &to_file, "--scenario", "initial-install"];
    let run = bench.probe(app.base_url(), &probe).end().await.exits(0);
    let id = run.text("/run/id");
    for name in [id.as_str(), &id[..id.len() - 4]] {
        let again = bench.command(&["report", name, "--history", &history, "--report", "json=-"]);
        assert_eq!(again.end().await.exits(0).out, fs::read_to_string(&file).unwrap(), "{name}");
    }
    let compared = bench.command(&["compare", &id, &file, "--history", &history]).end().await.exits(0);
    assert!(compared.out.contains("NO DIFFERENCE SHOWN"), "{}", compared.out);
    let markdown = ["--baseline", &id[..13], "--history", &history, "--report", "markdown=-"];
    let against = bench.probe(app.base_url(), &["--scenario", "initial-install"]).with(&markdown);
    against.end().await.exits(0).prints("Against the baseline");
    let nothing = bench.probe(app.base_url(), &["--baseline", "0123abcd", "--history", &history]);
    nothing.end().await.exits(64).says("no run in the history whose id begins so");
    let unknown = bench.command(&["report", "0123abcd", "--history", &history]);
    unknown.end().await.exits(64).says("rehearsal history list");
}
