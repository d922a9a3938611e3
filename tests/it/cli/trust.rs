//! The modes of trust: none, legacy, and the probe's key.

use rehearsal::reference_app::AppTrust;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::bench::Bench;
use super::spy::{Spy, header, payload};

const ALONE: [&str; 2] = ["--trust", "none"];

#[tokio::test]
async fn an_app_that_refuses_us_is_reached() {
    for status in [400_u16, 401, 403] {
        let bench = Bench::new().await;
        let spy = Spy::start(move |_, _| status.into()).await;
        let ended = bench.keyless_probe(&spy.base_url(), &ALONE).end().await.exits(0);
        let report = ended.report();
        assert_eq!(report["verdict"]["basis"], "reachability");
        assert_eq!(
            ended.number("/reachability/reached"),
            ended.outcomes(&format!("status.{status}"), "reached")
        );
        assert!(ended.number("/reachability/reached") > 0);
        assert_eq!(report["reachability"]["success_rate"], 1.0);
        assert!(report["projection"]["success_rate"].is_null());
        ended.prints("REACHABILITY");
        // It sends installs alone, says who it is, and signs with a kid that anybody can look up.
        for callback in spy.callbacks() {
            assert_eq!(payload(&callback)["eventType"], "installed");
            assert!(header(&callback, "user-agent").to_lowercase().contains("rehearsal"));
            assert!(
                token_header(&header(&callback, "authorization")).contains("\"kid\":\"rehearsal-untrusted\"")
            );
        }
    }
}

fn token_header(authorization: &str) -> String {
    use base64::Engine;
    let token = authorization.strip_prefix("JWT ").unwrap();
    let (head, _) = token.split_once('.').unwrap();
    String::from_utf8(base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(head).unwrap()).unwrap()
}

#[tokio::test]
async fn other_answers_without_trust_are_bad() {
    for status in [302_u16, 404, 429, 500] {
        let bench = Bench::new().await;
        let spy = Spy::start(move |_, _| status.into()).await;
        let flags = ["--scenario", "initial-install"];
        let ended = bench.keyless_probe(&spy.base_url(), &ALONE).with(&flags).end().await.exits(2);
        assert_eq!(ended.outcomes(&format!("status.{status}"), "bad"), 1);
        let flags = ["--scenario", "initial-install", "--reached-status", &status.to_string()];
        bench.keyless_probe(&spy.base_url(), &ALONE).with(&flags).end().await.exits(0);
    }
}

#[tokio::test]
async fn an_app_that_takes_anything_stops_the_run_at_once() {
    for status in [200_u16, 201, 202, 204] {
        let bench = Bench::new().await;
        let spy = Spy::start(move |_, _| status.into()).await;
        let flags = ["--repeat", "20"];
        let ended = bench.keyless_probe(&spy.base_url(), &ALONE).with(&flags).end().await.exits(2);
        assert_eq!(ended.text("/verdict/status"), "breach");
        assert!(
            ended.reasons()[0].starts_with("security.untrusted_install_accepted"),
            "{:?}",
            ended.reasons()
        );
        assert_eq!(ended.outcomes("security.untrusted_install_accepted", "bad"), 1);
        assert_eq!(spy.requests("/installed").len(), 1);
        ended.prints("security.untrusted_install_accepted");
    }
}

#[tokio::test]
async fn an_answer_that_breaks_off_is_an_acceptance_or_nothing() {
    let bench = Bench::new().await;
    for (head, code, exit) in
        [("200 OK", "security.untrusted_install_accepted", 2), ("401 Unauthorized", "http.truncated_body", 2)]
    {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base_url = format!("http://{}", listener.local_addr().unwrap());
        let answer = format!("HTTP/1.1 {head}\r\ncontent-length: 9\r\n\r\nhalf");
        let app = tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let _ = stream.read(&mut [0; 8_192]).await;
                let _ = stream.write_all(answer.as_bytes()).await;
                let _ = stream.shutdown().await;
            }
        });
        let flags = ["--installed-path", "/installed", "--scenario", "initial-install"];
        let ended = bench.keyless_probe(&base_url, &ALONE).with(&flags).end().await.exits(exit);
        assert_eq!(ended.outcomes(code, "bad"), 1, "{head}");
        app.abort();
    }
}

#[tokio::test]
async fn no_trust_does_not_go_with_a_key() {
    let bench = Bench::new().await;
    let app = bench.app().await;
    bench.probe(app.base_url(), &ALONE).end().await.exits(64).says("--signing-key");
    assert_eq!(app.callbacks(), 0);
}

#[tokio::test]
async fn legacy_apps_get_an_unsigned_install_and_then_the_previous_secret() {
    let bench = Bench::new().await;
    let app = bench.app_with(|settings| settings.trust = AppTrust::Legacy).await;
    let flags = ["--trust", "legacy", "--protected-path", "/protected"];
    let ended = bench.keyless_probe(app.base_url(), &flags).end().await.exits(0);
    assert_eq!((ended.number("/sli/good"), ended.number("/sli/bad")), (13, 0));
    assert_eq!(ended.text("/run/trust"), "legacy");
    assert_eq!(app.tenants(), Vec::<String>::new());
    // An app that wants signed installs refuses the unsigned one.
    let strict = bench.app().await;
    bench.keyless_probe(strict.base_url(), &["--trust", "legacy"]).end().await.exits(2);
}

#[tokio::test]
async fn the_audience_can_be_an_array() {
    let bench = Bench::new().await;
    let app = bench.app().await;
    let flags = ["--audience", "array", "--scenario", "initial-install"];
    bench.probe(app.base_url(), &flags).end().await.exits(0);
}
