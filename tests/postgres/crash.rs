//! A process that is killed at any call by which it writes, to a file or to the server, loses the run in progress
//! at most.
//!
//! The test runs itself again as the process that dies, and strace kills that at the n-th of its calls.

use std::collections::BTreeMap;
use std::env;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Command, Stdio};

use rehearsal::history::{HistoryStore, HistoryUrl, Spool};
use uuid::Uuid;

use super::{database, suite, verified};

const NAME: &str = "crash::a_process_killed_at_any_write_loses_no_finished_run";
/// Name the folder and the history to the process that dies.
const FOLDER: &str = "CRASH_VICTIM_FOLDER";
const HISTORY: &str = "CRASH_VICTIM_HISTORY";
const SIGKILL: i32 = 9;

/// The calls by which a process changes something outside of itself, as strace names them: under several names on
/// some machines.
const CALLS: [&str; 9] = [
    "/^mkdir",
    "/^write$",
    "/^writev$",
    "/^pwrite64$",
    "/^sendto$",
    "/^f(data)?sync$",
    "/^ftruncate$",
    "/^rename",
    "/^unlink",
];

#[tokio::test]
async fn a_process_killed_at_any_write_loses_no_finished_run() {
    if let (Some(folder), Ok(url)) = (env::var_os(FOLDER), env::var(HISTORY)) {
        let id = u128::from(std::process::id()) << 64;
        return suite::finish_run(Path::new(&folder), &HistoryUrl::parse(&url).unwrap(), id).await;
    }
    let folder = tempfile::tempdir().unwrap();
    let sqlite = format!("sqlite:{}", folder.path().join("history.db").display());
    let postgres = format!("{}{}", database("killed").await, verified());
    for (url, store_writes_by) in [(sqlite, "/^pwrite64$"), (postgres, "/^sendto$")] {
        let killed = kill_at_every_call(folder.path(), &url).await;
        for (call, least) in [("/^f(data)?sync$", 2), ("/^rename", 1), ("/^unlink", 1), (store_writes_by, 5)]
        {
            assert!(killed[call] >= least, "{call} killed {} times: {killed:?}", killed[call]);
        }
    }
}

/// How many processes died at each call. After each death the next delivery does what is left to do.
async fn kill_at_every_call(folder: &Path, url: &str) -> BTreeMap<&'static str, u32> {
    let history = HistoryUrl::parse(url).unwrap();
    let mut store = suite::open(&history).await;
    let spool = Spool::of(folder, &history);
    let mut killed = BTreeMap::new();
    for call in CALLS {
        for number in 1.. {
            let (finished, was_killed) = end_at(folder, url, call, number);
            spool.deliver(&mut store).await.unwrap();
            for id in finished {
                let run = store.run(&id.to_string()).await.unwrap();
                assert!(run.is_some(), "a finished run is lost at {call} number {number}");
            }
            assert!(
                spool.waiting().is_empty() && suite::is_whole(&mut store).await,
                "{call} number {number}"
            );
            killed.insert(call, number - 1);
            if !was_killed {
                break;
            }
        }
    }
    killed
}

/// Runs the victim until its n-th call of a kind; what it finished, and whether it was killed.
fn end_at(folder: &Path, url: &str, call: &str, number: u32) -> (Vec<Uuid>, bool) {
    let mut victim = Command::new("strace")
        .args(["-f", "--quiet=all", "--output=/dev/null", "-e", &format!("trace={call}"), "-e"])
        .arg(format!("inject={call}:signal=KILL:when={number}"))
        .arg(env::current_exe().unwrap())
        .args([NAME, "--exact", "--nocapture"])
        .envs([(FOLDER, folder.as_os_str()), (HISTORY, url.as_ref())])
        .stdout(Stdio::piped())
        .spawn()
        .expect("strace, of Debian's package of that name");
    let finished = suite::finished(victim.stdout.take().unwrap());
    let status = victim.wait().unwrap();
    assert!(status.success() || status.signal() == Some(SIGKILL), "{call} number {number}: {status}");
    (finished, !status.success())
}
