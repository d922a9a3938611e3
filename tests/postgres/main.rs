//! The history in a PostgreSQL database, against the server that `tests/postgres/run` starts.

#![expect(clippy::unwrap_used, reason = "a test that can't go on may panic anywhere")]

use std::env;

use rehearsal::exit::{Abort, Exit};
use rehearsal::history::{History, HistoryError, HistoryStore, HistoryUrl, RunFilter, Spool};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use url::Url;

mod crash;
#[path = "../history/mod.rs"]
mod suite;

use suite::check;

fn variable(name: &str) -> String {
    env::var(name).unwrap_or_else(|_| panic!("{name} is not set: start these tests by tests/postgres/run"))
}

/// A fresh database, without and with a certificate that has to be checked.
async fn database(name: &str) -> Url {
    let mut url: Url = variable("POSTGRES_URL").parse().unwrap();
    directly("postgres").await.batch_execute(&format!("CREATE DATABASE {name}")).await.unwrap();
    url.set_path(name);
    url
}

/// A connection without anything of ours between.
async fn directly(database: &str) -> tokio_postgres::Client {
    let mut config: tokio_postgres::Config = variable("POSTGRES_SOCKET_URL").parse().unwrap();
    let (client, connection) = config.dbname(database).connect(tokio_postgres::NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}

fn history(url: &Url, more: &str) -> HistoryUrl {
    HistoryUrl::parse(&format!("{url}{more}")).unwrap()
}

fn verified() -> String {
    format!("?sslmode=verify-full&sslrootcert={}", variable("POSTGRES_CA"))
}

#[tokio::test]
async fn it_does_what_every_store_does() {
    let url = database("conforms").await;
    suite::conforms(&history(&url, &verified())).await;
}

#[tokio::test]
async fn the_servers_certificate_is_checked_as_sslmode_says() {
    let url = database("modes").await;
    let mut by_address = url.clone();
    by_address.set_host(Some("127.0.0.1")).unwrap();
    let ca = variable("POSTGRES_CA");
    for (url, more) in [
        (&url, verified()),
        (&url, format!("?sslrootcert={ca}")),
        (&url, "?sslmode=require".to_owned()),
        (&url, String::new()),
        // The certificate is for the name alone.
        (&by_address, format!("?sslmode=verify-ca&sslrootcert={ca}")),
        (&by_address, "?sslmode=require".to_owned()),
    ] {
        let opened = History::open(&history(url, &more)).await;
        assert!(opened.is_ok(), "{more}: {opened:?}");
    }
    for (url, more, expected) in [
        (&by_address, verified(), "not valid for name"),
        (&url, "?sslmode=verify-full".to_owned(), "UnknownIssuer"),
        (&url, "?sslmode=disable".to_owned(), "no encryption"),
        (&url, "?sslmode=verify-ful".to_owned(), "its sslmode is unknown"),
        (&url, "?sslrootcert=nowhere.pem".to_owned(), "nowhere.pem"),
    ] {
        let error = History::open(&history(url, &more)).await.unwrap_err();
        assert!(matches!(error, HistoryError::Unreachable { .. }), "{more}: {error}");
        assert!(error.to_string().contains(expected), "{more}: {error}");
    }
}

#[tokio::test]
async fn what_goes_wrong_is_told_without_the_password() {
    let mut url = database("wrong").await;
    url.set_password(Some("hush-4711-0815")).unwrap();
    let mut elsewhere = url.clone();
    elsewhere.set_port(Some(1)).unwrap();
    for url in [url, elsewhere] {
        let error = History::open(&history(&url, &verified())).await.unwrap_err();
        let abort = Abort::from(error);
        assert_eq!(abort.exit, Exit::Unavailable);
        assert!(!format!("{abort} {abort:?}").contains("hush"), "{abort}");
    }
}

#[tokio::test]
async fn a_newer_history_is_refused() {
    let url = history(&database("newer").await, &verified());
    drop(suite::open(&url).await);
    directly("newer").await.batch_execute("UPDATE rehearsal.format SET version = 99").await.unwrap();
    let error = History::open(&url).await.unwrap_err();
    assert!(matches!(error, HistoryError::Newer { found: 99, .. }), "{error}");
}

#[tokio::test]
async fn probes_that_come_first_together_make_the_tables_once() {
    let url = history(&database("first").await, &verified());
    let probes = (0..8).map(|number| {
        let url = url.clone();
        tokio::spawn(async move {
            let mut store = History::open(&url).await.unwrap().unwrap();
            store.record(&[check(number, "one", 0)]).await.unwrap();
        })
    });
    for probe in probes.collect::<Vec<_>>() {
        probe.await.unwrap();
    }
    assert_eq!(suite::open(&url).await.runs(&RunFilter::default()).await.unwrap().len(), 8);
}

#[tokio::test]
async fn a_history_of_format_1_is_brought_up_to_date_with_all_it_held() {
    let url = history(&database("older").await, &verified());
    let client = directly("older").await;
    let rows = include_str!("../history/format-1.sql")
        .replace("INSERT INTO series VALUES", "INSERT INTO series OVERRIDING SYSTEM VALUE VALUES")
        .replace("INSERT INTO runs VALUES", "INSERT INTO runs OVERRIDING SYSTEM VALUE VALUES")
        // Bytes and switches are written otherwise.
        .replace("X'", "'\\x")
        .replace(", 1, 1, 'ok'", ", true, true, 'ok'")
        .replace(", 1, 0, 'ok'", ", true, false, 'ok'");
    client
        .batch_execute(&format!(
            "CREATE SCHEMA rehearsal; SET search_path TO rehearsal;
             CREATE TABLE format (version BIGINT NOT NULL); INSERT INTO format VALUES (1);
             {} {rows}",
            include_str!("../../src/history/postgres/1.sql")
        ))
        .await
        .unwrap();
    suite::holds_what_format_1_held(&mut suite::open(&url).await).await;
}

/// A way to the server that is cut after so many messages to it, or before so many of its answers.
async fn cut(to: &Url, after_messages: usize, after_answers: usize) -> Url {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut url = to.clone();
    url.set_host(Some("127.0.0.1")).unwrap();
    url.set_port(Some(listener.local_addr().unwrap().port())).unwrap();
    let server = ("127.0.0.1", to.port().unwrap());
    tokio::spawn(async move {
        let (mut client, _) = listener.accept().await.unwrap();
        let mut server = TcpStream::connect(server).await.unwrap();
        let (mut from_client, mut to_client) = client.split();
        let (mut from_server, mut to_server) = server.split();
        tokio::select! {
            () = pass(&mut from_client, &mut to_server, after_messages) => {}
            () = pass(&mut from_server, &mut to_client, after_answers) => {}
        }
    });
    url
}

async fn pass(from: &mut (impl AsyncRead + Unpin), to: &mut (impl AsyncWrite + Unpin), most: usize) {
    let mut buffer = vec![0; 65536];
    for _ in 0..most {
        match from.read(&mut buffer).await {
            Ok(0) | Err(_) => return,
            Ok(read) => {
                if to.write_all(&buffer[..read]).await.is_err() {
                    return;
                }
            }
        }
    }
}

#[tokio::test]
async fn a_way_cut_at_any_message_loses_no_finished_run() {
    let url = database("cut").await;
    let direct = history(&url, &verified());
    let mut store = suite::open(&direct).await;
    let folder = tempfile::tempdir().unwrap();
    let spool = Spool::of(folder.path(), &direct);
    let (mut finished, mut failed) = (0, 0);
    for direction in 0..2 {
        for most in 0.. {
            let mosts = if direction == 0 { (most, usize::MAX) } else { (usize::MAX, most) };
            let way = history(&cut(&url, mosts.0, mosts.1).await, "?sslmode=require");
            finished += 1;
            spool.keep(&check(finished, "cut", 0)).unwrap();
            let delivered = match History::open(&way).await {
                Ok(store) => spool.deliver(&mut store.unwrap()).await.is_ok(),
                Err(_) => false,
            };
            spool.deliver(&mut store).await.unwrap();
            let runs = store.runs(&RunFilter::default()).await.unwrap().len() as u128;
            assert_eq!(runs, finished, "cut after {mosts:?}");
            if delivered {
                break;
            }
            failed += 1;
        }
    }
    assert!(failed > 20, "only {failed} ways were cut");
    let all = [jiff::Timestamp::MIN, jiff::Timestamp::MAX];
    let tally = store.tally(&suite::series("cut"), &all).await.unwrap();
    assert_eq!(u128::from(tally[0][0].count), finished);
}
