//! Alerts of `rehearsal check`.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::{Duration, Instant};

use hyper::StatusCode;
use rehearsal::history::{HistoryStore, RunFilter, SqliteStore};
use rehearsal::serve::{Request, Server, empty};
use rehearsal::verdict::Verdict;
use serde_json::Value;

use super::super::bench::{Bench, Run};
use super::super::spy::{Answer, Spy, header, payload};
use super::SECRET;

/// An app whose installs are answered with a status that can be changed.
struct Moody {
    spy: Spy,
    status: Arc<AtomicU16>,
}

impl Moody {
    async fn start() -> Self {
        let status = Arc::new(AtomicU16::new(204));
        let answer = Arc::clone(&status);
        let spy = Spy::start(move |request, _| match request.uri().path() {
            "/installed" => answer.load(Ordering::Relaxed).into(),
            _ => 204.into(),
        });
        Self { spy: spy.await, status }
    }

    fn answers(&self, status: u16) {
        self.status.store(status, Ordering::Relaxed);
    }

    fn check(&self, bench: &Bench, more: &[&str]) -> Run {
        let (key, state) = (bench.path("key.pem"), bench.path("state"));
        let args = [
            "check",
            &self.spy.base_url(),
            "--signing-key",
            &key,
            "--key-server",
            "none",
            "--state-dir",
            &state,
        ];
        bench.command(&args).with(more).env("HOOK", SECRET)
    }
}

fn hook(receiver: &Spy, more: &str) -> String {
    format!(
        "[alerts.hook]\nkind = \"webhook\"\nurl = \"{}/hook\"\nsecret-env = \"HOOK\"\n{more}",
        receiver.base_url()
    )
}

/// Records as many good callbacks as make one bad one bearable.
async fn make_up_for_it(bench: &Bench) {
    let mut history = SqliteStore::open(Path::new(&bench.path("state/history.db"))).unwrap();
    let head = history.runs(&RunFilter::default()).await.unwrap().remove(0);
    let mut run = history.run(&head.id.to_string()).await.unwrap().unwrap();
    run.head.id = uuid::Uuid::from_u128(1);
    run.events[0].count = 5000;
    assert_eq!(run.events[0].verdict, Verdict::Good);
    history.record(&[run]).await.unwrap();
}

/// State, state before and occasion of every alert that was received.
fn received(receiver: &Spy) -> Vec<(String, String, String)> {
    let text = |alert: &Value, field: &str| alert[field].as_str().unwrap().to_owned();
    let alerts = receiver.requests("/hook").into_iter().map(|request| payload(&request));
    alerts.map(|alert| (text(&alert, "before"), text(&alert, "state"), text(&alert, "occasion"))).collect()
}

fn said(before: &str, state: &str, occasion: &str) -> (String, String, String) {
    (before.to_owned(), state.to_owned(), occasion.to_owned())
}

#[tokio::test]
async fn a_change_is_said_once_and_a_recovery_when_it_lasts() {
    let bench = Bench::new().await;
    let (app, receiver) = (Moody::start().await, super::receiver().await);
    bench.write("rehearsal.toml", &hook(&receiver, ""));
    app.check(&bench, &[]).end().await.exits(0);
    assert_eq!(received(&receiver), []);
    app.answers(502);
    app.check(&bench, &["--alerts", "none"]).end().await.exits(2);
    assert_eq!(received(&receiver), []);
    app.answers(204);
    app.check(&bench, &[]).end().await.exits(2);
    app.check(&bench, &[]).end().await.exits(2);
    let breach = said("ok", "breach", "change");
    assert_eq!(received(&receiver), std::slice::from_ref(&breach));
    let alert = payload(&receiver.requests("/hook")[0]);
    assert_eq!(
        (&alert["failure"]["code"], &alert["failure"]["owner"]),
        (&"status.502".into(), &"app".into())
    );
    assert_eq!(
        (&alert["windows"][0]["bad"], &alert["windows"][1]["seconds"]),
        (&1.into(), &2_419_200.into())
    );
    assert!(alert["more"].as_str().unwrap().starts_with("rehearsal slo --app-key spied-app"), "{alert}");

    make_up_for_it(&bench).await;
    app.check(&bench, &[]).end().await.exits(0);
    assert_eq!(received(&receiver).len(), 1, "one good check is no recovery yet");
    app.check(&bench, &[]).end().await.exits(0);
    assert_eq!(received(&receiver), [breach, said("breach", "ok", "recovery")]);
    let recovery = payload(&receiver.requests("/hook")[1]);
    assert_eq!(recovery["incident"], alert["incident"]);
    assert_ne!(recovery["key"], alert["key"]);
}

#[tokio::test]
async fn one_is_reminded_and_flapping_is_damped_as_wanted() {
    let bench = Bench::new().await;
    let (app, receiver) = (Moody::start().await, super::receiver().await);
    bench.write(
        "rehearsal.toml",
        &format!("alert-after = \"2\"\nremind-every = \"1s\"\n{}", hook(&receiver, "")),
    );
    app.answers(502);
    app.check(&bench, &[]).end().await.exits(2);
    assert_eq!(received(&receiver), []);
    app.check(&bench, &[]).end().await.exits(2);
    tokio::time::sleep(Duration::from_millis(1100)).await;
    app.check(&bench, &["--remind-every", "never"]).end().await.exits(2);
    assert_eq!(received(&receiver), [said("ok", "breach", "change")]);
    app.check(&bench, &[]).end().await.exits(2);
    assert_eq!(received(&receiver)[1], said("breach", "breach", "reminder"));
}

#[tokio::test]
async fn what_was_not_taken_is_sent_again_at_the_next_check_under_its_key() {
    let bench = Bench::new().await;
    let app = Moody::start().await;
    let receiver = Spy::start(|_, before| if before == 0 { 403 } else { 200 }.into()).await;
    bench.write("rehearsal.toml", &hook(&receiver, ""));
    app.answers(404);
    app.check(&bench, &[]).end().await.exits(2).says("hook did not take an alert: status.403");
    app.check(&bench, &[]).end().await.exits(2);
    app.check(&bench, &[]).end().await.exits(2);
    let tries = receiver.requests("/hook");
    assert_eq!(tries.len(), 2);
    assert_eq!(header(&tries[0], "webhook-id"), header(&tries[1], "webhook-id"));
    assert_eq!(tries[0].body(), tries[1].body());
    let mut searched = 0;
    for file in files(Path::new(&bench.path(""))) {
        let bytes = fs::read(&file).unwrap();
        searched += usize::from(file.ends_with("history.db"));
        assert!(!bytes.windows(SECRET.len()).any(|part| part == SECRET.as_bytes()), "{}", file.display());
    }
    assert_eq!(searched, 1, "the history was searched");
}

fn files(folder: &Path) -> Vec<std::path::PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

#[tokio::test]
async fn a_sink_that_hangs_changes_nothing_and_is_given_up_in_time() {
    let bench = Bench::new().await;
    let app = Moody::start().await;
    let hanging = Spy::start(|_, _| Answer::Never).await;
    let file = format!(
        "{}[alerts.alive]\nkind = \"heartbeat\"\ntimeout = \"1s\"\nurl-env = \"PING\"\n",
        hook(&hanging, "timeout = \"1s\"\n")
    );
    bench.write("rehearsal.toml", &file);
    app.answers(502);
    let run =
        |more: &[&str]| app.check(&bench, more).env("PING", &format!("{}/ping", hanging.base_url())).end();
    let began = Instant::now();
    let report = bench.path("hanging.json");
    let ended = run(&["--report", &format!("json={report}")]).await.exits(2);
    assert!(began.elapsed() < Duration::from_secs(10), "{:?}", began.elapsed());
    ended.says("hook did not take an alert: timeout.").says("alive was not pinged: timeout.");
    let report: Value = serde_json::from_str(&fs::read_to_string(report).unwrap()).unwrap();
    let time = |field: &str| report["run"][field].as_str().unwrap().parse::<jiff::Timestamp>().unwrap();
    assert!(
        time("finished_at").duration_since(time("started_at")).as_millis() < 900,
        "the ping held up the pass"
    );
}

#[tokio::test]
async fn a_heartbeat_is_told_whether_a_check_did_its_work() {
    let bench = Bench::new().await;
    let (app, receiver) = (Moody::start().await, super::receiver().await);
    bench.write("rehearsal.toml", "[alerts.alive]\nkind = \"heartbeat\"\nurl-env = \"PING\"\n");
    let ping = format!("{}/ping", receiver.base_url());
    app.answers(502);
    app.check(&bench, &[]).env("PING", &ping).end().await.exits(2);
    let pings = |path: &str| receiver.requests(path).len();
    assert_eq!((pings("/ping/start"), pings("/ping"), pings("/ping/fail")), (1, 1, 0));
    let nothing = Server::start("127.0.0.1:0".parse().unwrap(), None, |_: Request| async {
        empty(StatusCode::NOT_FOUND)
    });
    let nothing = nothing.await.unwrap();
    let state = bench.path("state");
    let args = ["check", &nothing.origin(), "--key-server", "none", "--state-dir", &state, "--trust", "none"];
    bench.command(&args).env("PING", &ping).end().await.exits(65);
    assert_eq!((pings("/ping/start"), pings("/ping"), pings("/ping/fail")), (2, 1, 1));
}
