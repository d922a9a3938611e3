//! Whose fault it was: descriptors, route and resolver are taken away from the probe, and it says so.

use rehearsal::reference_app::{Fault, Running, Stage};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::bench::{Bench, Ended, free_port};
use super::spy::{Answer, Spy};

const ONE: [&str; 4] = ["--scenario", "initial-install", "--installed-path", "/installed"];

/// Addresses that no machine has a route to: TCP never goes to a group.
const NO_ROUTE: [&str; 2] = ["http://224.0.0.1:9", "http://224.0.0.2:9"];

fn is_excluded(ended: Ended, code: &str) -> Ended {
    let ended = ended.exits(3);
    assert_eq!((ended.number("/sli/valid"), ended.number("/sli/excluded")), (0, 1));
    assert_eq!(ended.outcomes(code, "excluded"), 1);
    assert_eq!(ended.text("/verdict/status"), "no_data");
    // A fault of the probe is no figure of the app, and the report says that the measurement lacks something.
    assert_eq!(ended.text("/measurement/validity"), "suspect");
    assert!(ended.text("/measurement/reasons/0").contains(code));
    ended
}

async fn dns_fault(bench: &Bench, name: &str) -> (Running, String) {
    let running = Fault::named(name).unwrap().start(&Stage::new(bench.trust())).await.unwrap();
    let server = running.setup().dns_server.unwrap().to_string();
    (running, server)
}

#[tokio::test]
async fn a_probe_without_descriptors_excludes_what_it_could_not_send() {
    let bench = Bench::new().await;
    let spy = Spy::start(|_, before| if before < 4 { 204.into() } else { Answer::Never }).await;
    let flags = ["--repeat", "60", "-c", "60", "--timeout", "2s", "--idle-timeout", "1s"];
    let run = bench.probe(&spy.base_url(), &ONE).with(&flags).with_descriptors(24);
    let ended = run.end().await;
    let without = ended.outcomes("probe.too_many_open_files", "excluded");
    assert!(without > 30, "{without} without a descriptor: {}", ended.err);
    assert_eq!(ended.number("/sli/excluded"), without);
    assert_eq!(ended.number("/sli/good") + ended.number("/sli/bad") + without, 60);
    assert!(ended.text("/measurement/reasons/0").contains("probe.too_many_open_files"));
    ended.prints("owner: probe").prints("ulimit -n");
}

#[tokio::test]
async fn a_probe_without_a_route_is_told_from_an_app_without_one() {
    let bench = Bench::new().await;
    let [app, control] = NO_ROUTE;
    let ended = bench.probe(app, &ONE).with(&["--control-url", control]).end().await;
    let ended = is_excluded(ended, "probe.own_network_down");
    let example = ended.example("probe.own_network_down");
    let said = example["control"].as_str().unwrap();
    assert!(said.contains(control) && said.contains("connect.network_unreachable"), "{said}");
    assert!(example["detail"].as_str().unwrap().starts_with("connect.network_unreachable: "), "{example}");
    assert_eq!(
        (ended.text("/outcomes/0/owner"), ended.text("/outcomes/0/phase")),
        ("probe".into(), "connect".into())
    );
    ended.prints("owner: probe").prints("control");

    let alive = Spy::start(|_, _| 404.into()).await;
    let ended = bench.probe(app, &ONE).with(&["--control-url", &alive.base_url()]).end().await.exits(2);
    assert_eq!(ended.outcomes("connect.network_unreachable", "bad"), 1);
    let said = ended.example("connect.network_unreachable")["control"].as_str().unwrap().to_owned();
    assert!(said.contains("answered 404"), "{said}");
    assert_eq!(ended.text("/run/settings/control_url"), alive.base_url());
}

#[tokio::test]
async fn a_gate_that_sees_nothing_but_its_own_failures_gives_up() {
    let bench = Bench::new().await;
    let [app, control] = NO_ROUTE;
    let flags = ["--control-url", control, "--gate", "99", "--max-probes", "5"];
    let ended = bench.probe(app, &ONE).with(&flags).end().await.exits(3);
    assert_eq!(ended.outcomes("probe.own_network_down", "excluded"), 5);
}

#[tokio::test]
async fn a_scenario_that_was_never_seen_is_no_pass() {
    let bench = Bench::new().await;
    // An app that goes away after the first callback, as our network does.
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base_url = format!("http://{}", listener.local_addr().unwrap());
    let app = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        drop(listener);
        let _ = stream.read(&mut [0; 8_192]).await;
        let _ = stream.write_all(b"HTTP/1.1 204 No Content\r\n\r\n").await;
    });
    let control = format!("http://127.0.0.1:{}", free_port());
    let scenarios = ["--scenario", "initial-install", "--scenario", "site-rename"];
    let flags = ["--installed-path", "/installed", "--control-url", &control];
    let ended = bench.probe(&base_url, &scenarios).with(&flags).end().await.exits(3);
    app.await.unwrap();
    assert_eq!(ended.outcomes("status.204", "good"), 1);
    assert_eq!(ended.outcomes("probe.own_network_down", "excluded"), 1);
    assert_eq!(ended.text("/verdict/status"), "inconclusive");
    assert!(ended.reasons()[0].contains("site-rename"), "{:?}", ended.reasons());
}

#[tokio::test]
async fn a_probe_without_a_resolver_says_so() {
    let bench = Bench::new().await;
    let (running, dead) = dns_fault(&bench, "dns-resolver-unreachable").await;
    let url = running.setup().base_url.clone();
    let probe = |more: &[&str]| bench.probe(&url, &ONE).with(&["--dns-server", &dead]).with(more).end();
    is_excluded(probe(&[]).await, "dns.resolver_unreachable").prints("owner: probe");
    let ended = probe(&["--control-name", "www.rehearsal.test"]).await;
    let ended = is_excluded(ended, "dns.resolver_unreachable");
    let said = ended.example("dns.resolver_unreachable")["control"].as_str().unwrap().to_owned();
    assert!(said.contains("www.rehearsal.test") && said.contains("dns.resolver_unreachable"), "{said}");
    // A network that works behind a resolver that does not: the blame can't be told.
    let alive = Spy::start(|_, _| 204.into()).await;
    let ended = probe(&["--control-url", &alive.base_url()]).await.exits(3);
    assert_eq!(ended.text("/verdict/status"), "unattributed");
    assert_eq!((ended.number("/sli/unattributed"), ended.number("/sli/valid")), (1, 0));
    ended.prints("UNATTRIBUTED");
}

/// An RSA key in all but that one of its primes is none. It reads as any key, and what it signs is wrong.
const CANNOT_SIGN: &str = include_str!("cannot-sign.pem");

#[tokio::test]
async fn a_probe_whose_key_cannot_sign_says_so_and_sends_nothing() {
    use std::os::unix::fs::PermissionsExt;
    let bench = Bench::new().await;
    let spy = Spy::start(|_, _| 204.into()).await;
    let (key, state) = (bench.write("cannot-sign.pem", CANNOT_SIGN), bench.path("state"));
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o600)).unwrap();
    let run = bench.reporting(&["probe", &spy.base_url(), "--signing-key", &key, "--state-dir", &state]);
    let ended = run.with(&["--key-server", "none"]).with(&ONE).end().await;
    is_excluded(ended, "probe.signing_failed").prints("owner: probe").prints("--signing-key");
    assert!(spy.requests("/installed").is_empty());
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_probe_that_is_forbidden_to_send_says_so() {
    let bench = Bench::new().await;
    // Linux lets nobody send to a broadcast address who has not asked for it.
    let flags = ["--dns-server", "255.255.255.255:53"];
    let ended = bench.probe("http://app.rehearsal.test", &ONE).with(&flags).end().await;
    is_excluded(ended, "probe.connect_forbidden").prints("owner: probe");
}

#[tokio::test]
async fn a_control_name_tells_the_zone_from_the_resolver() {
    let bench = Bench::new().await;
    let (running, server) = dns_fault(&bench, "dns-servfail").await;
    let url = running.setup().base_url.clone();
    let probe = |more: &[&str]| bench.probe(&url, &ONE).with(&["--dns-server", &server]).with(more).end();
    // The machine knows its own name without asking anybody.
    let ended = probe(&["--control-name", "localhost"]).await.exits(2);
    assert_eq!(ended.outcomes("dns.servfail", "bad"), 1);
    let said = ended.example("dns.servfail")["control"].as_str().unwrap().to_owned();
    assert!(said.contains("localhost resolved to"), "{said}");
    // The name is what is asked about a name, whatever the URL would say.
    let alive = Spy::start(|_, _| 204.into()).await;
    let host = url::Url::parse(&url).unwrap().host_str().unwrap().to_owned();
    let ended = probe(&["--control-name", &host, "--control-url", &alive.base_url()]).await;
    is_excluded(ended, "probe.own_network_down");
    assert!(alive.requests("/").is_empty());
    // One that does not exist was answered all the same, and may be misspelt.
    let ended = probe(&["--control-name", "other.rehearsal.test"]).await.exits(3);
    assert_eq!(ended.outcomes("dns.servfail", "unattributed"), 1);
    // And about nothing else: without a URL a refusal is the app's.
    let refused = format!("http://127.0.0.1:{}", free_port());
    let ended = bench.probe(&refused, &ONE).with(&["--control-name", "no.such.test"]).end().await.exits(2);
    assert_eq!(ended.outcomes("connect.refused", "bad"), 1);
    bench.probe(&url, &["--control-name", "127.0.0.1"]).end().await.exits(64).says("--control-name");
}

#[tokio::test]
async fn a_control_target_that_fails_otherwise_proves_no_dead_network() {
    let bench = Bench::new().await;
    // It takes the connection, so that our network can't be what keeps us from the app.
    let silent = Spy::start(|_, _| Answer::Never).await;
    let refused = format!("http://127.0.0.1:{}", free_port());
    let flags = ["--control-url", &silent.base_url(), "--idle-timeout", "500ms"];
    let ended = bench.probe(&refused, &ONE).with(&flags).end().await.exits(2);
    assert_eq!(ended.outcomes("connect.refused", "bad"), 1);
    let said = ended.example("connect.refused")["control"].as_str().unwrap().to_owned();
    assert!(said.contains("in phase wait: timeout.response_head"), "{said}");
    // The app's certificate came over our network, whatever became of the control target.
    let fault = Fault::named("tls-expired").unwrap().start(&Stage::new(bench.trust())).await.unwrap();
    let (url, way) = (fault.setup().base_url.clone(), bench.flags(fault.setup()));
    let ended = bench.probe(&url, &ONE).with(&way).with(&["--control-url", &refused]).end().await.exits(3);
    assert_eq!(ended.outcomes("tls.certificate_expired", "unattributed"), 1);
}

#[tokio::test]
async fn a_control_target_is_asked_at_most_once_a_second() {
    let bench = Bench::new().await;
    let control = Spy::start(|_, _| 204.into()).await;
    let flags = ["--repeat", "40", "-c", "8", "--control-url", &control.base_url()];
    let refused = format!("http://127.0.0.1:{}", free_port());
    let started = std::time::Instant::now();
    let ended = bench.probe(&refused, &ONE).with(&flags).end().await.exits(2);
    let most = 2 + usize::try_from(started.elapsed().as_secs()).unwrap();
    assert_eq!(ended.outcomes("connect.refused", "bad"), 40);
    let asked = control.requests("/").len();
    assert!((1..=most).contains(&asked), "asked {asked} times in {:?}", started.elapsed());
}
