//! The history in a PostgreSQL database, against the server that `tests/postgres/run` starts.

#![expect(clippy::unwrap_used, reason = "a test that can't go on may panic anywhere")]

use std::env;

use rehearsal::exit::{Abort, Exit};
use rehearsal::history::{History, HistoryError, HistoryStore, HistoryUrl, RunFilter};
use url::Url;

#[path = "../history/mod.rs"]
mod suite;

use suite::check;

fn variable(name: &str) -> String {
    env::var(name).unwrap_or_else(|_| panic!("{name} is not set: start these tests by tests/postgres/run"))
}

/// A fresh database, without and with a certificate that has to be checked.
async fn database(name: &str) -> Url {
    let mut url: Url = variable("POSTGRES_URL").parse().unwrap();
    let config: tokio_postgres::Config = variable("POSTGRES_SOCKET_URL").parse().unwrap();
    let (client, connection) = config.connect(tokio_postgres::NoTls).await.unwrap();
    tokio::spawn(connection);
    client.batch_execute(&format!("CREATE DATABASE {name}")).await.unwrap();
    url.set_path(name);
    url
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
    let mut config: tokio_postgres::Config = variable("POSTGRES_SOCKET_URL").parse().unwrap();
    let (client, connection) = config.dbname("newer").connect(tokio_postgres::NoTls).await.unwrap();
    tokio::spawn(connection);
    client.batch_execute("UPDATE rehearsal.format SET version = 99").await.unwrap();
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
