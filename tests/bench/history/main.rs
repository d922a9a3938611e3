//! How soon a history of a million runs says what `slo` asks.
//!
//! `cargo bench --bench history` builds two such histories in SQLite, which takes some minutes: one with a check
//! every 5 minutes of 124 series for 28 days, and one with all runs in the 28 days of a single series.
//! `-- 10000` takes another number of runs; `-- postgres://…` asks a PostgreSQL database, which must be empty.
//! Exits with 1 when the limit was missed.

#![expect(clippy::print_stdout, reason = "the table is what this program is for")]

use std::error::Error;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use rehearsal::history::{
    EventCount, HealthProbe, History, HistoryStore, HistoryUrl, RunHead, RunRecord, Series,
};
use rehearsal::verdict::{Trust, Verdict};
use uuid::Uuid;

const RUNS: u64 = 1_000_000;
const DAYS: i64 = 28;
const LIMIT: Duration = Duration::from_millis(100);
const BATCH: usize = 2_000;
const TRIALS: usize = 15;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<ExitCode, Box<dyn Error>> {
    let mut runs = RUNS;
    let mut server = None;
    for argument in std::env::args().skip(1).filter(|argument| argument != "--bench") {
        match argument.parse() {
            Ok(number) => runs = number,
            Err(_) => server = Some(HistoryUrl::parse(&argument)?),
        }
    }
    println!("{runs} runs within {DAYS} days\n");
    println!(
        "| history | built in | events asked in, median | slowest | health asked in, median | slowest | |"
    );
    println!("|---|---|---|---|---|---|---|");
    let mut kept = true;
    for series in [124, 1] {
        let folder = tempfile::tempdir()?;
        let url = match &server {
            Some(url) => url.clone(),
            None => HistoryUrl::Sqlite(folder.path().join("history.db")),
        };
        let mut store = History::open(&url).await?.ok_or("--history none")?;
        let began = Instant::now();
        fill(&mut store, runs, series).await?;
        let built = began.elapsed();
        // Closed and opened, as each `slo` does; the operating system's cache is warm.
        drop(store);
        let mut events = Vec::new();
        let mut health = Vec::new();
        for _ in 0..TRIALS {
            let mut store = History::open(&url).await?.ok_or("--history none")?;
            let began = Instant::now();
            let tally = store.tally(&named(0), &cuts()).await?;
            events.push(began.elapsed());
            let began = Instant::now();
            let health_tally = store.health_tally(&named(0), &cuts()).await?;
            health.push(began.elapsed());
            let counted: u64 = tally.iter().flatten().map(|row| row.count).sum();
            let asked: u64 = health_tally.iter().flatten().map(|row| row.count).sum();
            if counted != runs / series || asked != runs / series {
                return Err(format!("{counted} events and {asked} answers of {}", runs / series).into());
            }
        }
        events.sort();
        health.sort();
        let slowest = events[TRIALS - 1] + health[TRIALS - 1];
        kept &= slowest < LIMIT;
        println!(
            "| {series} series | {built:.0?} | {:.1?} | {:.1?} | {:.1?} | {:.1?} | {} |",
            events[TRIALS / 2],
            events[TRIALS - 1],
            health[TRIALS / 2],
            health[TRIALS - 1],
            if slowest < LIMIT { "kept" } else { "MISSED" },
        );
        if server.is_some() {
            break;
        }
    }
    println!("\nlimit: both together, at the slowest, below {LIMIT:?}");
    Ok(if kept { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn start() -> Timestamp {
    Timestamp::from_second(1_790_000_123).unwrap_or_default()
}

/// The windows of 28 days, 3 days, 24 h, 6 h, 2 h, 1 h, 30 min and 5 min, which all end at one moment.
fn cuts() -> Vec<Timestamp> {
    let end = start() + SignedDuration::from_hours(24 * DAYS);
    let minutes = [DAYS * 1440, 4320, 1440, 360, 120, 60, 30, 5, 0];
    minutes.iter().map(|minutes| end - SignedDuration::from_mins(*minutes)).collect()
}

fn named(series: u64) -> Series {
    Series {
        app_key: format!("com.example.app-{series}"),
        environment: "production".to_owned(),
        location: "eu-west-1".to_owned(),
        trust: Trust::ProbeKey,
    }
}

/// Spreads `runs` over `series` and the days, every hundredth of them bad.
async fn fill(store: &mut History, runs: u64, series: u64) -> Result<(), Box<dyn Error>> {
    let per_series = runs / series;
    let pace = SignedDuration::from_hours(24 * DAYS).as_nanos() / i128::from(per_series);
    let mut batch = Vec::with_capacity(BATCH);
    for number in 0..per_series {
        let offset = i64::try_from(i128::from(number) * pace)?;
        let at = start() + SignedDuration::from_nanos(offset);
        for series in 0..series {
            batch.push(run(
                u128::from(number) << 32 | u128::from(series),
                named(series),
                at,
                number % 100 == 99,
            ));
            if batch.len() == BATCH {
                store.record(&batch).await?;
                batch.clear();
            }
        }
    }
    store.record(&batch).await?;
    Ok(())
}

fn run(id: u128, series: Series, at: Timestamp, bad: bool) -> RunRecord {
    let (code, verdict) = if bad { ("status.502", Verdict::Bad) } else { ("status.204", Verdict::Good) };
    RunRecord {
        events: vec![EventCount {
            at,
            event_type: "initial-install".to_owned(),
            scenario: "initial-install".to_owned(),
            step: "install".to_owned(),
            client_key: format!("rehearsal-{}-0", &series.app_key),
            site: "https://rehearsal-0123456789.atlassian.net".to_owned(),
            code: code.to_owned(),
            verdict,
            count: 1,
        }],
        health: Some(HealthProbe {
            at,
            code: "status.200".to_owned(),
            verdict: Verdict::Good,
            elapsed: Duration::from_millis(12),
        }),
        head: RunHead {
            id: Uuid::from_u128(id),
            series,
            command: "check".to_owned(),
            target: "https://app.example.com".to_owned(),
            started_at: at,
            finished_at: at,
            complete: true,
            feeds_windows: true,
            status: "ok".to_owned(),
        },
        report: "{}".to_owned(),
    }
}
