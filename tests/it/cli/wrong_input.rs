//! Wrong input: a message that names place and remedy, the documented exit code, and nothing sent.

use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;

use hyper::StatusCode;
use hyper::header::{CONTENT_ENCODING, HeaderValue};
use rehearsal::serve::reply;

use super::bench::Bench;
use super::spy::{Answer, Spy, text};

const HTML: &str = "<!doctype html><html><body>Sign in</body></html>";

#[tokio::test]
async fn wrong_usage_is_64_and_says_what_to_write_instead() {
    let bench = Bench::new().await;
    let app = bench.app().await;
    let url = app.base_url();
    for (args, said) in [
        (&["app.example"][..], "https://HOST[:PORT][/PATH]"),
        (&["ftp://app.example"], "https://HOST[:PORT][/PATH]"),
        (&[url, "--scenario", "initial-instal"], "did you mean `initial-install`?"),
        (&[url, "--scenario", "initial-install", "--scenario", "initial-install"], "--repeat"),
        (&[url, "--timeout", "3"], "3s, 250ms"),
        (&[url, "--repeat", "0"], "--repeat"),
        (&[url, "--conect-timeout", "3s"], "--connect-timeout"),
        (&[url, "--resolve", "app"], "HOST:PORT:ADDR"),
        (&[url, "--dns-server", "nowhere"], "127.0.0.1:5353"),
        (&[url, "--source", "nowhere"], "--source"),
        (&[url, "--source", "127.0.0.1,192.0.2.1"], "192.0.2.1 can't be connected from"),
        (&[url, "--proxy", "socks5://user:pass@proxy"], "http://"),
        (&[url, "--sni", "not a name"], "--sni"),
        (&[url, "--mix", "initial-install=lots"], "--mix"),
        (&[url, "--report", "xml=report.xml"], "json"),
        (&[url, "--report", "json"], "--report json=-"),
        (&[url, "--kid", "../x"], "--kid"),
        (&[url, "--site-template", "nonsense"], "--site-template"),
        (&[url, "--control-url", "nonsense"], "--control-url"),
        (&[url, "--control-url", "http://user:pass@127.0.0.1:1/"], "--control-url"),
        (&[url, "--control-url", "ftp://user:pass@127.0.0.1:1/"], "--control-url"),
        (&[url, "--descriptor", "http://user:pass@127.0.0.1:1/"], "--descriptor"),
        (&[url, "--trust", "none", "--reached-status", "200,401"], "200 would accept an install"),
        (&[url, "--protected-path", "http://other"], "--protected-path"),
        (&[url, "--uninstalled-path", "/uninstalled"], "--installed-path"),
        (&[url, "--trust", "some"], "probe-key"),
        (&[], "BASE_URL"),
    ] {
        let run = bench.command(&["probe", "--key-server", "127.0.0.1:0"]).with(args);
        let ended = run.end().await.exits(64).says(said);
        assert_eq!(ended.out, "", "{args:?}");
        assert!(!ended.err.contains("pass@"), "{args:?}");
    }
    for (address, said) in [("here", "127.0.0.1:7465"), ("0.0.0.0:0", "rehearsal keys new")] {
        bench.command(&["probe", url, "--key-server", address]).end().await.exits(64).says(said);
    }
    assert_eq!(app.callbacks(), 0);
    bench.command(&["prob"]).end().await.exits(64).says("probe");
    bench.command(&[]).end().await.exits(64);
    bench.command(&["--help"]).end().await.exits(0).prints("Exit codes");
    bench.command(&["--version"]).end().await.exits(0).prints(env!("CARGO_PKG_VERSION"));
}

#[tokio::test]
async fn a_scenario_file_with_three_mistakes_names_all_three() {
    let bench = Bench::new().await;
    let app = bench.app().await;
    let file = bench.write(
        "wrong.json",
        r#"{
    "version": 1, "name": "wrong", "title": "Wrong", "actor": "custmer", "case": "initial-install",
    "steps": [{
        "name": "install", "changes": ["new-tenant"],
        "callbacks": [{ "event": "instaled", "countd": true }]
    }]
}"#,
    );
    let ended =
        bench.probe(app.base_url(), &["--scenario", &file]).end().await.exits(65).says("nothing was sent");
    for (mistake, nearest) in [("custmer", "customer"), ("instaled", "installed"), ("countd", "counted")] {
        assert!(ended.err.contains(mistake) && ended.err.contains(nearest), "{mistake}:\n{}", ended.err);
    }
    // Beside the good ones, too.
    bench
        .probe(app.base_url(), &["--scenario", "initial-install", "--scenario", &file])
        .end()
        .await
        .exits(65);
    let validated = bench.command(&["scenario", "validate", &file]).end().await.exits(65);
    assert!(validated.err.contains("custmer") && validated.err.contains("countd"), "{}", validated.err);
    let file = bench.write(
        "early.json",
        r#"{
    "version": 1, "name": "early", "title": "Early", "actor": "customer", "case": "manual-upgrade",
    "steps": [{ "name": "upgrade", "changes": ["new-app-version"], "callbacks": [{ "event": "installed" }] }]
}"#,
    );
    bench.probe(app.base_url(), &["--scenario", &file]).end().await.exits(65);
    bench.probe(app.base_url(), &["--scenario", "./none.json"]).end().await.exits(65).says("./none.json");
    assert_eq!(app.callbacks(), 0);
}

#[tokio::test]
async fn unreadable_files_are_65_and_named() {
    let bench = Bench::new().await;
    let app = bench.app().await;
    let html = bench.write("page.html", HTML);
    let lacking = bench
        .write("lacking.json", r#"{"key":"app","baseUrl":"http://app","authentication":{"type":"jwt"}}"#);
    for (flag, file) in [
        ("--signing-key", "/no/such/key.pem"),
        ("--signing-key", &html),
        ("--cacert", "/no/such/ca.pem"),
        ("--cacert", &html),
        ("--crl", "/no/such/list.pem"),
        ("--crl", &html),
        ("--descriptor", "/no/such/descriptor.json"),
        ("--descriptor", &html),
        ("--descriptor", &lacking),
        ("--manifest", "/no/such/manifest.yml"),
        ("--manifest", &html),
    ] {
        let state = bench.path("state");
        let args =
            ["probe", app.base_url(), "--key-server", "127.0.0.1:0", "--state-dir", &state, flag, file];
        let ended = bench.command(&args).end().await.exits(65).says(file);
        assert_eq!(ended.out, "", "{flag} {file}");
    }
    let open = bench.write("open.pem", &super::bench::private_pem());
    std::fs::set_permissions(&open, std::fs::Permissions::from_mode(0o644)).unwrap();
    let ended =
        bench.command(&["probe", app.base_url(), "--signing-key", &open, "--key-server", "none"]).end().await;
    assert!([Some(64), Some(65)].contains(&ended.code), "a key that others can read: {:?}", ended.code);
    ended.says("chmod");
    assert_eq!(app.callbacks(), 0);
}

#[tokio::test]
async fn a_url_longer_than_any_server_takes_is_65() {
    let bench = Bench::new().await;
    let app = bench.app().await;
    let long = format!("/{}", "long/".repeat(4000));
    let ended = bench.probe(app.base_url(), &["--installed-path", &long]).end().await.exits(65);
    assert!(!ended.has_report());
    ended.says("long/long/").says("--installed-path");
    assert_eq!(app.callbacks(), 0);
}

#[tokio::test]
async fn what_is_no_descriptor_is_65_and_says_why() {
    let bench = Bench::new().await;
    let spy = Spy::start(|request, _| match request.uri().path() {
        "/login" => text(200, HTML),
        "/long" => text(200, format!("{{\"name\": \"{}\"}}", "x".repeat(2 << 20))),
        "/packed" => {
            let mut response = reply(StatusCode::OK, "application/json", "\u{1f}\u{8b}");
            response.headers_mut().insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
            Answer::With(response)
        }
        _ => text(200, r#"{"key": "app", "lifecycle": {"installed": "https://app.example/installed"}}"#),
    })
    .await;
    for (path, said, remedy) in [
        ("/login", "HTML", "--installed-path"),
        ("/long", "is longer than 1048576 bytes", "--installed-path"),
        ("/packed", "comes compressed (gzip)", "--installed-path"),
        ("/absolute", "/lifecycle/installed is a URL of its own", "doctor"),
    ] {
        let descriptor = format!("{}{path}", spy.base_url());
        let run = bench.probe(&spy.base_url(), &["--descriptor", &descriptor]);
        let ended = run.end().await.exits(65).says(said).says(remedy);
        assert!(!ended.has_report(), "{path}");
    }
    assert!(spy.callbacks().is_empty());
}

#[tokio::test]
async fn a_port_that_is_taken_is_69() {
    let bench = Bench::new().await;
    let app = bench.app().await;
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let ended = bench.command(&["probe", app.base_url(), "--key-server", &address]).end().await;
    ended.exits(69).says(&address).says("--key-server");
    assert_eq!(app.callbacks(), 0);
}
