//! The app's own health check, asked beside the callback.

use std::sync::Arc;
use std::sync::atomic::AtomicU16;
use std::time::Duration;

use hyper::StatusCode;
use hyper::header::{HeaderValue, LOCATION};
use rehearsal::serve::empty;

use super::super::bench::Bench;
use super::super::spy::{Answer, Spy, header};
use super::{check, moody};

#[tokio::test]
async fn the_health_path_has_an_objective_of_its_own() {
    let bench = Bench::new().await;
    let spy = moody(&Arc::new(AtomicU16::new(204))).await;
    let ended = check(&bench, &spy.base_url(), &["--health-path", "/healthy"]).end().await.exits(0);
    assert_eq!((ended.text("/health/verdict"), ended.number("/windows/health/good")), ("good".into(), 1));
    assert_eq!(ended.number("/sli/valid"), 1);
    let asked = spy.requests("/healthy").pop().unwrap();
    assert_eq!((asked.method().as_str(), header(&asked, "authorization")), ("GET", String::new()));
    // 204 is no 200 here.
    let ended = check(&bench, &spy.base_url(), &["--health-path", "/created"]).end().await.exits(2);
    assert_eq!((ended.number("/sli/good"), ended.number("/windows/health/bad")), (1, 1));
    assert!(ended.reasons()[0].contains("health check failed 1 of 2"), "{:?}", ended.reasons());
    assert_eq!(ended.report()["windows"]["windows"][1]["success_rate"], 1.0);
    // Without windows to weigh it, a failed health check is a failure at once.
    let flags = ["--health-path", "/created", "--history", "none"];
    check(&bench, &spy.base_url(), &flags)
        .end()
        .await
        .exits(2)
        .prints("the health path answered with status.204");
}

#[tokio::test]
async fn it_has_three_seconds_and_follows_no_redirect() {
    let bench = Bench::new().await;
    let app = Spy::start(|request, _| match request.uri().path() {
        "/slow" => Answer::After(Duration::from_millis(3100), empty(StatusCode::OK)),
        "/moved" => {
            let mut response = empty(StatusCode::FOUND);
            response.headers_mut().insert(LOCATION, HeaderValue::from_static("/healthy"));
            Answer::With(response)
        }
        _ => 200.into(),
    })
    .await;
    for (path, code) in [("/slow", "timeout.response_head"), ("/moved", "status.302")] {
        let ended = check(&bench, &app.base_url(), &["--health-path", path]).end().await.exits(2);
        let health = ended.report()["health"].clone();
        assert_eq!((&health["verdict"], &health["code"]), (&"bad".into(), &code.into()), "{health}");
        let seconds = health["elapsed_us"].as_f64().unwrap() / 1e6;
        assert!(path != "/slow" || (3.0..3.1).contains(&seconds), "{health}");
        // The callback's own figure stays as good as it is.
        assert_eq!((ended.number("/sli/good"), ended.number("/sli/bad")), (1, 0));
    }
    assert!(app.requests("/healthy").is_empty());
}
