//! A process that dies at any write to a file loses the run in progress at most.
//!
//! The test runs itself again as the process that dies. A limit to the size of files, which the system enforces
//! by killing who exceeds it, ends that process in the middle of one write after another: of the waiting run, of
//! SQLite's log, and of the database when the log is carried over.

#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "a test that can't go on may panic anywhere")]

use std::env;
use std::io::Write;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Command, Stdio};

use rehearsal::history::{HistoryStore, HistoryUrl, Spool};
use rusqlite::Connection;
use rustix::process::{Pid, Resource, Rlimit, prlimit};
use uuid::Uuid;

use super::suite;

const NAME: &str = "history::crash::a_crash_at_any_write_loses_no_finished_run";
/// Names the folder to the process that dies.
const VICTIM: &str = "CRASH_VICTIM_FOLDER";
/// Finished runs of each such process.
const RUNS: u128 = 2;
/// From one limit to the next: less than SQLite writes at once, so that some writes are torn.
const STEP: u64 = 3000;
const SIGXFSZ: i32 = 25;

fn url(folder: &Path) -> HistoryUrl {
    HistoryUrl::Sqlite(folder.join("history.db"))
}

#[tokio::test]
async fn a_crash_at_any_write_loses_no_finished_run() {
    if let Some(folder) = env::var_os(VICTIM) {
        return finish_runs(Path::new(&folder)).await;
    }
    let folder = tempfile::tempdir().unwrap();
    let mut store = suite::open(&url(folder.path())).await;
    let spool = Spool::of(folder.path(), &url(folder.path()));
    let log = Connection::open(folder.path().join("history.db")).unwrap();
    let (mut killed, mut recorded) = (0, 0);
    for limit in (0..).map(|step| step * STEP) {
        // The log starts anew, so that the limit is met at another of its writes.
        log.query_row("PRAGMA wal_checkpoint(TRUNCATE)", (), |_| Ok(())).unwrap();
        let (finished, was_killed) = end_with(folder.path(), limit);
        recorded += spool.deliver(&mut store).await.unwrap().delivered;
        for id in &finished {
            let run = store.run(&id.to_string()).await.unwrap();
            assert!(run.is_some(), "a finished run is lost at {limit} bytes");
        }
        if !was_killed {
            assert_eq!(finished.len() as u128, RUNS);
            break;
        }
        killed += 1;
    }
    assert!(killed > 20, "only {killed} processes died: the limit is met no more");
    assert!(recorded > 5, "only {recorded} runs were left to the next delivery");
    assert!(suite::is_whole(&mut store).await);
    let sound: String = log.query_row("PRAGMA integrity_check", (), |row| row.get(0)).unwrap();
    assert_eq!(sound, "ok");
}

/// The process that dies: finishes runs, says so, and hands them to the history.
async fn finish_runs(folder: &Path) {
    // It waits for its limit.
    std::io::stdin().read_line(&mut String::new()).unwrap();
    for number in 0..RUNS {
        let id = (u128::from(std::process::id()) << 64) | number;
        suite::finish_run(folder, &url(folder), id).await;
    }
}

/// Runs the victim with a limit to the size of its files; what it finished, and whether it was killed.
fn end_with(folder: &Path, limit: u64) -> (Vec<Uuid>, bool) {
    let mut victim = Command::new(env::current_exe().unwrap())
        .args([NAME, "--exact", "--nocapture"])
        .env(VICTIM, folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let rlimit = Rlimit { current: Some(limit), maximum: Some(limit) };
    prlimit(Some(Pid::from_child(&victim)), Resource::Fsize, rlimit).unwrap();
    victim.stdin.take().unwrap().write_all(b"\n").unwrap();
    let finished = suite::finished(victim.stdout.take().unwrap());
    let status = victim.wait().unwrap();
    assert!(status.success() || status.signal() == Some(SIGXFSZ), "{status}");
    (finished, !status.success())
}
