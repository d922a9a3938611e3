//! The store in a SQLite file.

#![expect(clippy::unwrap_used, reason = "a test that can't go on may panic anywhere")]

use std::fs;
use std::path::Path;

use rehearsal::exit::{Abort, Exit};
use rehearsal::history::{History, HistoryError, HistoryStore, HistoryUrl, RunFilter, Spool};
use rusqlite::Connection;

use super::suite::{self, check};

fn url(folder: &Path) -> HistoryUrl {
    HistoryUrl::Sqlite(folder.join("deep/history.db"))
}

#[tokio::test]
async fn it_does_what_every_store_does() {
    let folder = tempfile::tempdir().unwrap();
    suite::conforms(&url(folder.path())).await;
}

#[cfg(unix)]
#[tokio::test]
async fn nobody_else_may_read_its_files() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let mut store = suite::open(&url(folder.path())).await;
    store.record(&[check(1, "one", 0)]).await.unwrap();
    Spool::of(&folder.path().join("deep"), &url(folder.path())).keep(&check(2, "one", 60)).unwrap();
    let mut files = 0;
    for path in walk(folder.path()) {
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600, "{}", path.display());
        files += 1;
    }
    // The database, its log and the log's index, and the run that waits.
    assert_eq!(files, 4);
}

fn walk(folder: &Path) -> Vec<std::path::PathBuf> {
    let mut files = Vec::new();
    for path in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        if path.is_dir() { files.extend(walk(&path)) } else { files.push(path) }
    }
    files
}

#[tokio::test]
async fn a_newer_history_is_refused_and_not_changed() {
    let folder = tempfile::tempdir().unwrap();
    let HistoryUrl::Sqlite(path) = url(folder.path()) else { unreachable!() };
    drop(suite::open(&url(folder.path())).await);
    Connection::open(&path).unwrap().pragma_update(None, "user_version", 99).unwrap();
    let before = fs::read(&path).unwrap();
    let error = History::open(&url(folder.path())).await.unwrap_err();
    assert!(matches!(error, HistoryError::Newer { found: 99, .. }), "{error}");
    let abort = Abort::from(error);
    assert_eq!(abort.exit, Exit::Data);
    assert!(abort.to_string().contains("use the newer version"), "{abort}");
    assert_eq!(fs::read(&path).unwrap(), before);
}

#[tokio::test]
async fn what_is_no_history_is_refused_and_not_changed() {
    let folder = tempfile::tempdir().unwrap();
    let other = folder.path().join("other.db");
    Connection::open(&other).unwrap().execute_batch("CREATE TABLE mine (a)").unwrap();
    let text = folder.path().join("text.db");
    fs::write(&text, "no database, and long enough to be read as the head of one".repeat(20)).unwrap();
    for path in [other, text] {
        let before = fs::read(&path).unwrap();
        let error = History::open(&HistoryUrl::Sqlite(path.clone())).await.unwrap_err();
        assert!(matches!(error, HistoryError::NotAHistory { .. }), "{error}");
        assert_eq!(fs::read(&path).unwrap(), before);
    }
}

#[tokio::test]
async fn a_file_out_of_reach_keeps_its_runs_waiting() {
    let folder = tempfile::tempdir().unwrap();
    let blocked = folder.path().join("blocked");
    fs::write(&blocked, "").unwrap();
    let url = HistoryUrl::Sqlite(blocked.join("history.db"));
    let spool = Spool::of(folder.path(), &url);
    spool.keep(&check(1, "one", 0)).unwrap();
    let error = History::open(&url).await.unwrap_err();
    assert!(matches!(error, HistoryError::Unreachable { .. }), "{error}");
    assert_eq!(Abort::from(error).exit, Exit::Unavailable);
    fs::remove_file(&blocked).unwrap();
    let mut store = suite::open(&url).await;
    assert_eq!(spool.deliver(&mut store).await.unwrap().delivered, 1);
    assert_eq!(store.runs(&RunFilter::default()).await.unwrap().len(), 1);
}

#[tokio::test]
async fn half_a_file_in_the_spool_is_left_and_told() {
    let folder = tempfile::tempdir().unwrap();
    let spool = Spool::of(folder.path(), &url(folder.path()));
    spool.keep(&check(1, "one", 0)).unwrap();
    spool.keep(&check(2, "one", 60)).unwrap();
    let broken = spool.waiting()[0].clone();
    fs::write(&broken, "{").unwrap();
    let delivery = spool.deliver(&mut suite::open(&url(folder.path())).await).await.unwrap();
    assert_eq!(delivery.delivered, 1);
    assert_eq!(delivery.unreadable, [broken]);
}

#[tokio::test]
async fn a_history_of_format_1_is_brought_up_to_date_with_all_it_held() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("history.db");
    let old = Connection::open(&path).unwrap();
    old.execute_batch(include_str!("../../../src/history/sqlite/1.sql")).unwrap();
    old.execute_batch(include_str!("../../history/format-1.sql")).unwrap();
    old.pragma_update(None, "application_id", 0x7268_736c).unwrap();
    old.pragma_update(None, "user_version", 1).unwrap();
    drop(old);
    suite::holds_what_format_1_held(&mut suite::open(&HistoryUrl::Sqlite(path)).await).await;
}
