//! What every store of the history must do, whichever it is. Run against SQLite by the integration tests, and
//! against a PostgreSQL server by `tests/postgres/run`.

#![expect(clippy::unwrap_used, reason = "a test that can't go on may panic anywhere")]

use std::io::{self, BufRead, BufReader, Read, Write};
use std::path::Path;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use rehearsal::history::{
    EventCount, Exclusion, HealthProbe, HealthRow, History, HistoryError, HistoryStore, HistoryUrl, Recorded,
    RunFilter, RunHead, RunRecord, Scope, Series, Spool, TallyRow,
};
use rehearsal::verdict::{Trust, Verdict};
use uuid::Uuid;

/// Everything, on one empty store, which each part leaves empty again.
pub(crate) async fn conforms(url: &HistoryUrl) {
    let mut store = open(url).await;
    runs_come_back_whole(&mut store).await;
    series_know_their_last_run(url, &mut store).await;
    tallies_are_the_sums_of_events(&mut store).await;
    exclusions_are_reversible(&mut store).await;
    texts_are_remembered(&mut store).await;
    many_at_once_lose_nothing(url).await;
    a_spool_delivers_each_run_once(url).await;
}

/// What `format-1.sql` put into a history is there.
pub(crate) async fn holds_what_format_1_held(store: &mut History) {
    const HOUR: i64 = 3600;
    let runs = store.runs(&RunFilter::default()).await.unwrap();
    assert_eq!(runs.len(), 4);
    let run = store.run("01900000-0000-7000-8000-000000000001").await.unwrap().unwrap();
    assert_eq!(run.events, [event(0, "status.204", Verdict::Good, 1)]);
    assert_eq!(run.report, check(1, "one", 0).report);
    let cuts = [-HOUR, 0, 2 * HOUR, 2 * HOUR + 1, 4 * HOUR].map(at);
    let tally = store.tally(&series("one"), &cuts).await.unwrap();
    let sums: Vec<u64> = tally.iter().map(|rows| rows.iter().map(|row| row.count).sum()).collect();
    assert_eq!(sums, [0, 2, 1, 0]);
    let health = store.health_tally(&series("one"), &cuts).await.unwrap();
    let sums: Vec<u64> = health.iter().map(|rows| rows.iter().map(|row| row.count).sum()).collect();
    assert_eq!(sums, [0, 2, 1, 0]);
    assert_eq!(store.exclusions().await.unwrap()[0].scope.code.as_deref(), Some("status.5*"));
    assert_eq!(store.memory("alert/one").await.unwrap().as_deref(), Some("kept"));
    // The sums that the upgrade made are those that pruning takes from.
    assert_eq!(store.prune(at(HOUR)).await.unwrap(), 2);
    let tally = store.tally(&series("one"), &[at(-HOUR), at(4 * HOUR)]).await.unwrap();
    assert_eq!(tally[0][0].count, 2);
}

pub(crate) async fn open(url: &HistoryUrl) -> History {
    History::open(url).await.unwrap().unwrap()
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_790_000_000 + second).unwrap()
}

pub(crate) fn series(app_key: &str) -> Series {
    Series {
        app_key: app_key.to_owned(),
        environment: "production".to_owned(),
        location: "eu".to_owned(),
        trust: Trust::ProbeKey,
    }
}

fn event(second: i64, code: &str, verdict: Verdict, count: u64) -> EventCount {
    EventCount {
        at: at(second),
        event_type: "initial-install".to_owned(),
        scenario: "initial-install".to_owned(),
        step: "install".to_owned(),
        client_key: "rehearsal-0123456789ab-0".to_owned(),
        site: "https://rehearsal-x.atlassian.net".to_owned(),
        code: code.to_owned(),
        verdict,
        count,
    }
}

/// A check of `app_key` that began at `second`, with one good callback and one answer of the health path.
pub(crate) fn check(id: u128, app_key: &str, second: i64) -> RunRecord {
    RunRecord {
        head: RunHead {
            id: Uuid::from_u128(id),
            series: series(app_key),
            command: "check".to_owned(),
            target: "https://app.example.com/\u{e4}'\"\\".to_owned(),
            started_at: at(second) + SignedDuration::from_nanos(123_456_789),
            finished_at: at(second + 1),
            complete: true,
            feeds_windows: true,
            status: "ok".to_owned(),
        },
        events: vec![event(second, "status.204", Verdict::Good, 1)],
        health: Some(HealthProbe {
            at: at(second),
            code: "status.200".to_owned(),
            verdict: Verdict::Good,
            elapsed: Duration::from_micros(2500),
        }),
        report: "{\n  \"schema\": \"rehearsal.report/1\"\n}\n".to_owned(),
    }
}

/// Finishes a run: once it says so, nothing may lose it.
pub(crate) async fn finish_run(folder: &Path, url: &HistoryUrl, id: u128) {
    let spool = Spool::of(folder, url);
    spool.keep(&check(id, "crash", 0)).unwrap();
    let mut out = io::stdout();
    writeln!(out, "finished {}", Uuid::from_u128(id)).unwrap();
    spool.deliver(&mut open(url).await).await.unwrap();
}

/// The runs that a process said it had finished.
pub(crate) fn finished(output: impl Read) -> Vec<Uuid> {
    let lines = BufReader::new(output).lines().map(Result::unwrap);
    lines.filter_map(|line| line.split_once("finished ")?.1.parse().ok()).collect()
}

/// Whether the sums of events are those of the runs that are there.
pub(crate) async fn is_whole(store: &mut History) -> bool {
    let runs = store.runs(&RunFilter::default()).await.unwrap().len() as u64;
    let tally = store.tally(&series("crash"), &[Timestamp::MIN, Timestamp::MAX]).await.unwrap();
    tally[0].iter().map(|row| row.count).sum::<u64>() == runs
}

async fn clear(store: &mut History) {
    store.prune(Timestamp::MAX).await.unwrap();
    assert_eq!(store.runs(&RunFilter::default()).await.unwrap(), []);
}

async fn runs_come_back_whole(store: &mut History) {
    let mut first = check(0x0190_0000_0000_7000_8000_0000_0000_0001, "one", 0);
    first.events.push(event(-5, "tls.expired", Verdict::Bad, 3));
    first.events.push(event(0, "status.204", Verdict::Good, 1));
    let mut second = check(0x0190_0000_0000_7000_8000_0000_0000_0002, "two", 60);
    second.health = None;
    second.head.complete = false;
    second.head.feeds_windows = false;
    second.events.clear();
    let recorded = store.record(&[first.clone(), second.clone()]).await.unwrap();
    assert_eq!(recorded, [Recorded::New, Recorded::New]);
    // A run is known by its id, whatever else it says.
    let other = RunRecord { report: "another".to_owned(), ..first.clone() };
    assert_eq!(store.record(&[other]).await.unwrap(), [Recorded::AlreadyThere]);
    for run in [&first, &second] {
        assert_eq!(store.run(&run.head.id.to_string()).await.unwrap().as_ref(), Some(run));
    }
    let id = first.head.id.to_string();
    assert_eq!(store.run(&id[..35]).await, Err(HistoryError::Ambiguous(id[..35].to_owned())));
    assert_eq!(store.run("ffff").await.unwrap(), None);
    assert_eq!(store.run("no id").await.unwrap(), None);

    let heads = [second.head.clone(), first.head.clone()];
    assert_eq!(store.runs(&RunFilter::default()).await.unwrap(), heads);
    let filtered = async |store: &mut History, filter: RunFilter| {
        let runs = store.runs(&filter).await.unwrap();
        runs.iter().map(|head| head.series.app_key.clone()).collect::<Vec<_>>()
    };
    let one = RunFilter { app_key: Some("one".to_owned()), ..RunFilter::default() };
    assert_eq!(filtered(store, one).await, ["one"]);
    let latest = RunFilter { limit: Some(1), ..RunFilter::default() };
    assert_eq!(filtered(store, latest).await, ["two"]);
    let early = RunFilter { until: Some(first.head.started_at), ..RunFilter::default() };
    assert_eq!(filtered(store, early).await, [""; 0]);
    let since = RunFilter { since: Some(first.head.started_at), ..RunFilter::default() };
    assert_eq!(filtered(store, since).await, ["two", "one"]);
    for filter in [
        RunFilter { environment: Some("staging".to_owned()), ..RunFilter::default() },
        RunFilter { location: Some("us".to_owned()), ..RunFilter::default() },
        RunFilter { command: Some("load".to_owned()), ..RunFilter::default() },
    ] {
        assert_eq!(filtered(store, filter).await, [""; 0]);
    }
    assert_eq!(store.prune(first.head.finished_at).await.unwrap(), 0);
    assert_eq!(store.prune(second.head.finished_at).await.unwrap(), 1);
    assert_eq!(store.run(&id).await.unwrap(), None);
    clear(store).await;
}

async fn series_know_their_last_run(url: &HistoryUrl, store: &mut History) {
    let mut bad = check(11, "series", 100);
    bad.events = vec![event(100, "status.502", Verdict::Bad, 1)];
    let mut probe = check(12, "series", 200);
    probe.head.feeds_windows = false;
    store.record(&[check(10, "series", 0), bad.clone(), probe]).await.unwrap();
    // An older run that comes late changes nothing.
    store.record(&[check(13, "series", -100)]).await.unwrap();
    let heads = open(url).await.series().await.unwrap();
    let head = heads.iter().find(|head| head.series == series("series")).unwrap();
    assert_eq!(head.last_run_at, Some(bad.head.finished_at));
    assert_eq!(head.last_good_at, Some(at(0)));
    clear(store).await;
}

async fn tallies_are_the_sums_of_events(store: &mut History) {
    const HOUR: i64 = 3600;
    let mut expected: Vec<(i64, &str, Verdict, u64)> = Vec::new();
    let mut runs = Vec::new();
    // Some hours, at odd minutes and on the hour, which is 1 790 002 800.
    for (number, second) in (0_u32..).zip((0..9 * HOUR).step_by(400)) {
        let mut run = check(1000 + u128::from(number), "tally", second);
        if number % 5 == 0 {
            run.events.push(event(second + 1, "status.502", Verdict::Bad, 2));
            expected.push((second + 1, "status.502", Verdict::Bad, 2));
        }
        expected.push((second, "status.204", Verdict::Good, 1));
        runs.push(run);
    }
    let mut probe = check(2000, "tally", 1000);
    probe.head.feeds_windows = false;
    let elsewhere = check(2001, "elsewhere", 1000);
    store.record(&runs).await.unwrap();
    store.record(&[probe, elsewhere]).await.unwrap();

    for cuts in [
        vec![-HOUR, 20 * HOUR],
        vec![0, 2800, 2801, 6400, 6400 + HOUR, 6400 + 4 * HOUR, 6401 + 4 * HOUR],
        vec![400, 801, 1200, 5 * HOUR + 77, 7 * HOUR],
        vec![0],
    ] {
        let moments: Vec<Timestamp> = cuts.iter().map(|second| at(*second)).collect();
        let tally = store.tally(&series("tally"), &moments).await.unwrap();
        let health = store.health_tally(&series("tally"), &moments).await.unwrap();
        assert_eq!(tally.len(), cuts.len() - 1);
        for (index, interval) in cuts.windows(2).enumerate() {
            let within = |second: i64| interval[0] <= second && second < interval[1];
            let sum = |code: &str| -> u64 {
                expected.iter().filter(|row| within(row.0) && row.1 == code).map(|row| row.3).sum()
            };
            let rows =
                [("status.204", Verdict::Good), ("status.502", Verdict::Bad)].map(|(code, verdict)| {
                    let EventCount { event_type, client_key, site, code, .. } = event(0, code, verdict, 0);
                    let count = sum(&code);
                    TallyRow { event_type, client_key, site, code, verdict, count }
                });
            let rows: Vec<TallyRow> = rows.into_iter().filter(|row| row.count > 0).collect();
            assert_eq!(tally[index], rows, "{interval:?}");
            let count = runs.iter().filter(|run| within(run.events[0].at.as_second() - at(0).as_second()));
            let count = count.count() as u64;
            let row = HealthRow { code: "status.200".to_owned(), verdict: Verdict::Good, count };
            let rows: Vec<HealthRow> = [row].into_iter().filter(|row| row.count > 0).collect();
            assert_eq!(health[index], rows, "{interval:?}");
        }
    }
    let nothing = store.tally(&series("unknown"), &[at(0), at(1), at(2)]).await.unwrap();
    assert_eq!(nothing, [vec![], vec![]]);
    // What is pruned counts no more, and what remains still does.
    let half = at(4 * HOUR + 1234);
    let remaining =
        expected.iter().filter(|row| row.0 + 1 >= 4 * HOUR + 1234 && row.1 == "status.204").count();
    store.prune(half).await.unwrap();
    let tally = store.tally(&series("tally"), &[at(0), at(20 * HOUR)]).await.unwrap();
    assert_eq!(tally[0][0].count, remaining as u64);
    clear(store).await;
    assert_eq!(store.tally(&series("tally"), &[at(0), at(20 * HOUR)]).await.unwrap(), [vec![]]);
}

async fn exclusions_are_reversible(store: &mut History) {
    let whole = Exclusion {
        id: Uuid::from_u128(7),
        reason: "a move of the data centre".to_owned(),
        from: at(10),
        to: Some(at(20)),
        scope: Scope {
            app_key: Some("a*".to_owned()),
            environment: Some("production".to_owned()),
            location: Some("eu".to_owned()),
            site: Some("*.example".to_owned()),
            client_key: Some("x".to_owned()),
            code: Some("status.5*".to_owned()),
        },
        created_at: at(5),
    };
    let open =
        Exclusion { id: Uuid::from_u128(8), from: at(5), to: None, scope: Scope::default(), ..whole.clone() };
    for exclusion in [&whole, &open, &whole] {
        store.add_exclusion(exclusion).await.unwrap();
    }
    assert_eq!(store.exclusions().await.unwrap(), [open.clone(), whole.clone()]);
    assert!(store.remove_exclusion(whole.id).await.unwrap());
    assert!(!store.remove_exclusion(whole.id).await.unwrap());
    let open_id = open.id;
    assert_eq!(store.exclusions().await.unwrap(), [open]);
    store.remove_exclusion(open_id).await.unwrap();
}

async fn texts_are_remembered(store: &mut History) {
    assert_eq!(store.memory("alert/one").await.unwrap(), None);
    store.remember("alert/one", "first").await.unwrap();
    store.remember("alert/one", "{\"state\": \"ok\"}").await.unwrap();
    assert_eq!(store.memory("alert/one").await.unwrap().as_deref(), Some("{\"state\": \"ok\"}"));
}

/// Writers of one series and of several, each with a connection of its own, some with the same runs.
async fn many_at_once_lose_nothing(url: &HistoryUrl) {
    const WRITERS: u128 = 8;
    const RUNS: u128 = 12;
    let writers = (0..WRITERS).map(|writer| {
        let url = url.clone();
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let mut store = open(&url).await;
                for run in 0..RUNS {
                    let own =
                        check(5000 + writer * RUNS + run, ["a", "b"][(writer % 2) as usize], run as i64);
                    let shared = check(9000 + run, "shared", run as i64);
                    store.record(&[own]).await.unwrap();
                    store.record(&[shared]).await.unwrap();
                }
            });
        })
    });
    for writer in writers.collect::<Vec<_>>() {
        writer.join().unwrap();
    }
    let mut store = open(url).await;
    for (app_key, runs) in [("a", WRITERS / 2 * RUNS), ("b", WRITERS / 2 * RUNS), ("shared", RUNS)] {
        let filter = RunFilter { app_key: Some(app_key.to_owned()), ..RunFilter::default() };
        assert_eq!(store.runs(&filter).await.unwrap().len() as u128, runs, "{app_key}");
        let tally = store.tally(&series(app_key), &[at(-1), at(10_000)]).await.unwrap();
        assert_eq!(u128::from(tally[0][0].count), runs, "{app_key}");
    }
    clear(&mut store).await;
}

async fn a_spool_delivers_each_run_once(url: &HistoryUrl) {
    let folder = tempfile::tempdir().unwrap();
    let spool = Spool::of(folder.path(), url);
    let runs = [check(31, "spool", 0), check(32, "spool", 60)];
    spool.keep(&runs[0]).unwrap();
    spool.keep(&runs[1]).unwrap();
    assert_eq!(spool.waiting().len(), 2);
    let mut store = open(url).await;
    // The process died after the history had taken the first and before its file was gone.
    store.record(&runs[..1]).await.unwrap();
    assert_eq!(spool.deliver(&mut store).await.unwrap().delivered, 2);
    assert_eq!(spool.waiting().len(), 0);
    assert_eq!(
        store.runs(&RunFilter::default()).await.unwrap(),
        [runs[1].head.clone(), runs[0].head.clone()]
    );
    assert_eq!(store.run(&runs[1].head.id.to_string()).await.unwrap().as_ref(), Some(&runs[1]));
    clear(&mut store).await;
}
