//! Planned maintenance: what fails within it counts nowhere and wakes nobody.

use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering};

use jiff::{SignedDuration, Timestamp};

use super::super::bench::Bench;
use super::{check, json, moody, slo};

#[tokio::test]
async fn what_fails_during_maintenance_counts_nowhere_and_alerts_nobody() {
    let bench = Bench::new().await;
    let status = Arc::new(AtomicU16::new(204));
    let spy = moody(&status).await;
    let told = bench.path("told");
    let alert = format!("[alerts.told]\nkind = \"command\"\ncommand = [\"touch\", \"{told}\"]\n");
    let hour = SignedDuration::from_hours(1);
    let maintenance = |from: Timestamp, to: Timestamp| {
        format!("[maintenance.move]\nfrom = \"{from}\"\nto = \"{to}\"\nreason = \"the database moves\"\n")
    };
    bench.write("rehearsal.toml", &alert);
    check(&bench, &spy.base_url(), &[]).end().await.exits(0);
    let now = Timestamp::now();
    bench.write("rehearsal.toml", &format!("{alert}{}", maintenance(now, now + hour)));
    status.store(503, Ordering::Relaxed);
    let ended = check(&bench, &spy.base_url(), &[]).end().await.exits(0);
    assert_eq!(ended.outcomes("status.503", "bad"), 1);
    assert_eq!((ended.number("/windows/windows/1/valid"), ended.number("/windows/windows/1/bad")), (1, 0));
    assert!(!std::path::Path::new(&told).exists(), "{}", ended.err);
    let window = json(&slo(&bench, &["--json"]).await.exits(0))["series"][0]["windows"][1].clone();
    assert_eq!((&window["valid"], &window["success_rate"]), (&1.into(), &1.0.into()), "{window}");

    // The maintenance of yesterday excuses nothing of today.
    bench.write("rehearsal.toml", &format!("{alert}{}", maintenance(now - hour * 24, now - hour)));
    let ended = check(&bench, &spy.base_url(), &[]).end().await.exits(2);
    assert_eq!(ended.number("/windows/windows/1/bad"), 2);
    assert!(std::path::Path::new(&told).exists(), "{}", ended.err);
}
