//! The log of every exchange.

use std::fs;

use serde_json::Value;

use super::bench::Bench;

#[tokio::test]
async fn every_exchange_has_its_line_in_both_forms() {
    let bench = Bench::new().await;
    let app = bench.app().await;
    let (lines, rows) = (bench.path("events.jsonl"), bench.path("events.csv"));
    let json = bench.probe(app.base_url(), &["--events", &lines]).end().await.exits(0);
    let events: Vec<Value> =
        fs::read_to_string(&lines).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let counted = events.iter().filter(|event| !event["verdict"].is_null()).count() as u64;
    assert_eq!(counted, json.number("/sli/valid"));
    let sent: u64 = json.report()["scenarios"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|scenario| scenario["steps"].as_array().unwrap())
        .flat_map(|step| step["answers"].as_array().unwrap())
        .map(|answer| answer["count"].as_u64().unwrap())
        .sum();
    assert_eq!(events.len() as u64, sent);
    // The run over time holds the same events.
    let series = json.report()["series"].as_array().unwrap().clone();
    assert_eq!(series.iter().filter_map(|slot| slot["good"].as_u64()).sum::<u64>(), counted);
    assert!(series.len() <= 60 && series[0]["start_s"] == 0.0, "{series:?}");
    let first = &events[0];
    assert_eq!((&first["code"], &first["status"]), (&"status.204".into(), &204.into()), "{first}");
    assert!(first["response_us"].as_u64() >= first["service_us"].as_u64(), "{first}");

    bench.probe(app.base_url(), &["--events", &rows]).end().await.exits(0);
    let table = fs::read_to_string(&rows).unwrap();
    assert_eq!(table.lines().count(), events.len() + 1);
    assert!(table.lines().all(|row| row.split(',').count() == 22), "{table}");
}

#[tokio::test]
async fn a_log_that_can_t_be_written_is_told_before_anything_is_installed() {
    let bench = Bench::new().await;
    let app = bench.app().await;
    bench.probe(app.base_url(), &["--events", "events.txt"]).end().await.exits(64).says(".jsonl");
    let nowhere = bench.path("no/such/folder/events.csv");
    bench.probe(app.base_url(), &["--events", &nowhere]).end().await.exits(69).says(&nowhere);
    assert_eq!(app.callbacks(), 0);
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_full_disk_is_told_and_the_run_goes_on() {
    let bench = Bench::new().await;
    let app = bench.app().await;
    let full = bench.path("full.csv");
    std::os::unix::fs::symlink("/dev/full", &full).unwrap();
    let run = bench.probe(app.base_url(), &["--events", &full]).end().await.exits(0);
    let advisories = run.report()["advisories"].clone();
    assert!(advisories.to_string().contains("events.incomplete"), "{advisories}");
}
