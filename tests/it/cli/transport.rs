//! Every way to reach an app, and every flag that changes it.

use std::fs;
use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use rehearsal::reference_app::{AppTrust, Fault, KeyHost, Stage};
use rehearsal::serve::{PathPrefix, ServerTls};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};

use super::bench::{Bench, on_a_free_port};
use super::spy::{Answer, Spy, descriptor, header, payload};
use crate::faults::has_ipv6;

const ONE: [&str; 2] = ["--scenario", "initial-install"];

#[tokio::test]
async fn base_urls_with_paths_queries_and_literal_addresses() {
    let bench = Bench::new().await;
    let app = bench
        .app_with(|settings| {
            settings.context_path = PathPrefix::parse("/some/app").unwrap();
            settings.installed_query = Some("region=eu%20west&x=1".to_owned());
        })
        .await;
    assert!(app.base_url().ends_with("/some/app"));
    bench.probe(app.base_url(), &["--protected-path", "/protected"]).end().await.exits(0);
    bench.probe(&format!("{}/", app.base_url()), &ONE).end().await.exits(0);
    assert_eq!(app.tenants(), Vec::<String>::new());
    if has_ipv6() {
        let app = bench.app_with(|settings| settings.address = "[::1]:0".parse().unwrap()).await;
        assert!(app.base_url().starts_with("http://[::1]:"));
        bench.probe(app.base_url(), &ONE).end().await.exits(0);
        bench.probe(app.base_url(), &["-6"]).with(&ONE).end().await.exits(0);
    }
}

#[tokio::test]
async fn a_confluence_site_ends_in_wiki() {
    let bench = Bench::new().await;
    let spy = Spy::start(|_, _| 204.into()).await;
    let flags = ["--product", "confluence", "--user-agent", "me/1"];
    bench.probe(&spy.base_url(), &ONE).with(&flags).end().await.exits(0);
    let installs = spy.requests("/installed");
    let payload = payload(&installs[0]);
    assert_eq!(payload["productType"], "confluence");
    assert!(payload["baseUrl"].as_str().unwrap().ends_with(".atlassian.net/wiki"), "{payload}");
    assert_eq!(header(&installs[0], "user-agent"), "me/1");
    let app = bench.app().await;
    bench.probe(app.base_url(), &["--product", "confluence"]).end().await.exits(0);
}

#[tokio::test]
async fn a_kid_with_slashes_behind_a_prefix_is_fetched() {
    let ended = on_a_free_port(async |port| {
        let bench = Bench::new().await;
        let key_host = KeyHost::new(format!("http://127.0.0.1:{port}/keys/v1"));
        let app = bench.app_with(|settings| settings.trust = AppTrust::KeyHost(key_host)).await;
        let (state, address) = (bench.path("state"), format!("127.0.0.1:{port}"));
        let flags = ["--kid", "team/a_b/1-2", "--key-server", &address, "--key-server-prefix", "/keys/v1"];
        let run = bench.reporting(&["probe", app.base_url(), "--state-dir", &state]).with(&flags).with(&ONE);
        Some(run.end().await).filter(|ended| ended.code != Some(69))
    });
    let ended = ended.await.exits(0);
    assert_eq!(ended.text("/run/settings/kid"), "team/a_b/1-2");
}

#[tokio::test]
async fn a_tunnel_and_an_absolute_form_go_through_a_proxy() {
    let bench = Bench::new().await;
    for name in ["proxy-tunnels", "proxy-forwards"] {
        let fault = Fault::named(name).unwrap();
        let running = fault.start(&Stage::new(bench.trust())).await.unwrap();
        let setup = running.setup();
        let file = bench.write("descriptor.json", &setup.descriptor);
        let flags = bench.flags(setup);
        let run = bench.probe(&setup.base_url, &ONE).with(&flags).with(&["--descriptor", &file]);
        let ended = run.end().await.exits(0);
        assert_eq!(ended.outcomes("status.204", "good"), 1, "{name}");
    }
    // The environment's proxy is for https alone.
    let app = bench.app().await;
    let run = bench.probe(app.base_url(), &ONE).env("HTTPS_PROXY", "http://127.0.0.1:1");
    run.end().await.exits(0);
    let tls = [
        "--insecure",
        "--descriptor",
        &bench.write("d.json", &descriptor("https://127.0.0.1:9").to_string()),
    ];
    let run = bench.probe("https://127.0.0.1:9", &ONE).with(&tls).env("HTTPS_PROXY", "http://127.0.0.1:1");
    let ended = run.end().await.exits(3);
    assert_eq!(ended.outcomes("connect.proxy_unreachable", "excluded"), 1);
    assert_eq!(ended.text("/outcomes/0/examples/0/attempts/0/address"), "127.0.0.1:1");
    let run = bench.probe("https://127.0.0.1:9", &ONE).with(&tls).env("HTTPS_PROXY", "http://127.0.0.1:1");
    let ended = run.env("NO_PROXY", "localhost,127.0.0.0/8").end().await.exits(2);
    assert_eq!(ended.outcomes("connect.refused", "bad"), 1);
}

#[tokio::test]
async fn plain_requests_through_a_proxy_are_in_absolute_form() {
    let bench = Bench::new().await;
    let spy = Spy::start(|_, _| 204.into()).await;
    let proxy = spy.base_url().replace("http://", "http://us%40er:hu%3Ash@");
    bench.probe("http://app.rehearsal.test", &["--proxy", &proxy]).with(&ONE).end().await.exits(0);
    let installs = spy.requests("/installed");
    assert_eq!(installs[0].uri().to_string(), "http://app.rehearsal.test/installed");
    assert_eq!(header(&installs[0], "host"), "app.rehearsal.test");
    // `us@er:hu:sh`
    assert_eq!(header(&installs[0], "proxy-authorization"), "Basic dXNAZXI6aHU6c2g=");
}

#[tokio::test]
async fn http_2_is_spoken_when_asked_for() {
    let bench = Bench::new().await;
    for (flags, version) in [(&["--http2"][..], hyper::Version::HTTP_2), (&[], hyper::Version::HTTP_11)] {
        let spy = Spy::start(|_, _| 204.into()).await;
        bench.probe(&spy.base_url(), &ONE).with(flags).end().await.exits(0);
        assert_eq!(spy.requests("/installed")[0].version(), version);
    }
}

#[tokio::test]
async fn connections_are_fresh_unless_kept() {
    let bench = Bench::new().await;
    for (flags, kept) in [(&["--keep-alive"][..], true), (&["--fresh-connections"], false), (&[], false)] {
        let spy = Spy::start(|_, _| 500.into()).await;
        let ended =
            bench.probe(&spy.base_url(), &ONE).with(&["--repeat", "3"]).with(flags).end().await.exits(2);
        let report = ended.report();
        let examples = report["outcomes"][0]["examples"].as_array().unwrap();
        let reused = examples.iter().any(|example| example["reused_connection"] == true);
        assert_eq!(reused, kept, "{flags:?}");
        assert_eq!(ended.text("/run/settings/connections"), if kept { "keep-alive" } else { "fresh" });
    }
}

/// An authority, and a certificate of it for a name.
struct Pki {
    ca: String,
    chain: String,
    key: String,
}

impl Pki {
    fn of(name: &str) -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.distinguished_name.push(DnType::CommonName, "Authority of this test");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        params.use_authority_key_identifier_extension = true;
        let leaf = params.signed_by(&key, &issuer).unwrap();
        Self { ca: issuer.pem(), chain: leaf.pem(), key: key.serialize_pem() }
    }

    fn server(&self) -> ServerTls {
        ServerTls::from_pem(&self.chain, &self.key).unwrap()
    }

    /// A server that wants a certificate of the same authority from its clients.
    fn mutual_server(&self) -> ServerTls {
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_slice(self.ca.as_bytes()).unwrap()).unwrap();
        let clients = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider));
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_client_cert_verifier(clients.build().unwrap())
            .with_single_cert(
                vec![CertificateDer::from_pem_slice(self.chain.as_bytes()).unwrap()],
                PrivateKeyDer::from_pem_slice(self.key.as_bytes()).unwrap(),
            );
        ServerTls::from_config(config.unwrap())
    }
}

#[tokio::test]
async fn tls_is_verified_against_the_authority_and_name_that_are_given() {
    let bench = Bench::new().await;
    let pki = Pki::of("inner.rehearsal.test");
    let app = bench
        .app_with(|settings| {
            settings.tls = Some(pki.server());
            settings.host = Some("app.rehearsal.test".to_owned());
        })
        .await;
    let port = app.address().port();
    let descriptor = bench.write("descriptor.json", &app.descriptor());
    let ca = bench.write("authority.pem", &pki.ca);
    let resolve = format!("app.rehearsal.test:{port}:127.0.0.1");
    let there = ["--resolve", &resolve, "--descriptor", &descriptor];
    let run = |flags: &[&str]| bench.probe(app.base_url(), &ONE).with(&there).with(flags).end();

    run(&["--cacert", &ca, "--sni", "inner.rehearsal.test"]).await.exits(0);
    run(&["--cacert", &ca, "--sni", "inner.rehearsal.test", "--http2"]).await.exits(0);
    let insecure = run(&["--insecure"]).await.exits(0);
    assert_eq!(insecure.report()["run"]["settings"]["tls_verified"], false);
    let wrong_name = run(&["--cacert", &ca]).await.exits(2);
    assert_eq!(wrong_name.outcomes("tls.name_mismatch", "bad"), 1);
    let unknown = run(&["--sni", "inner.rehearsal.test"]).await.exits(2);
    assert_eq!(unknown.outcomes("tls.unknown_issuer", "bad"), 1);
}

#[tokio::test]
async fn a_client_certificate_is_shown_when_given() {
    let bench = Bench::new().await;
    let pki = Pki::of("localhost");
    let app = bench
        .app_with(|settings| {
            settings.tls = Some(pki.mutual_server());
            settings.host = Some("localhost".to_owned());
        })
        .await;
    let (ca, chain, key) = (
        bench.write("ca.pem", &pki.ca),
        bench.write("client.pem", &pki.chain),
        bench.write("client.key", &pki.key),
    );
    let run =
        |flags: &[&str]| bench.probe(app.base_url(), &ONE).with(&["--cacert", &ca, "-4"]).with(flags).end();
    run(&["--cert", &chain, "--key", &key]).await.exits(0);
    let without = run(&[]).await.exits(2);
    assert_eq!(without.outcomes("tls.client_certificate_required", "bad"), 1);
    run(&["--cert", &key, "--key", &key]).await.exits(65).says("--cert");
    run(&["--cert", &chain]).await.exits(64);
}

#[tokio::test]
async fn headers_are_sent_from_the_command_line_and_from_files() {
    let bench = Bench::new().await;
    let spy = Spy::start(|_, _| 204.into()).await;
    let file = bench.write("headers.txt", "X-From-File: one two\n\nX-Second: 2\n");
    let flags = ["-H", "X-Typed: yes", "-H", &format!("@{file}")];
    bench.probe(&spy.base_url(), &ONE).with(&flags).end().await.exits(0);
    for callback in spy.callbacks() {
        for (name, value) in [("x-typed", "yes"), ("x-from-file", "one two"), ("x-second", "2")] {
            assert_eq!(header(&callback, name), value);
        }
    }
    for wrong in ["no colon", "Host: other", "Bad Name: x"] {
        bench.probe(&spy.base_url(), &["-H", wrong]).end().await.exits(64);
    }
    bench.probe(&spy.base_url(), &["-H", "@/no/such/file"]).end().await.exits(65).says("/no/such/file");
}

#[tokio::test]
async fn redirects_are_followed_only_when_asked_to() {
    let bench = Bench::new().await;
    let moved = |request: &rehearsal::serve::Request, _| match request.uri().path() {
        "/installed" => {
            let mut response = rehearsal::serve::empty(hyper::StatusCode::TEMPORARY_REDIRECT);
            response.headers_mut().insert("location", "/moved".parse().unwrap());
            Answer::With(response)
        }
        _ => 204.into(),
    };
    let spy = Spy::start(moved).await;
    let ended = bench.probe(&spy.base_url(), &ONE).end().await.exits(2);
    assert_eq!(ended.outcomes("status.307", "bad"), 1);
    assert!(spy.requests("/moved").is_empty());
    let spy = Spy::start(moved).await;
    let ended = bench.probe(&spy.base_url(), &ONE).with(&["--follow-redirects"]).end().await.exits(0);
    assert_eq!(ended.outcomes("status.204", "good"), 1);
    let (first, second) = (&spy.requests("/installed")[0], &spy.requests("/moved")[0]);
    assert_eq!((first.method(), first.body()), (second.method(), second.body()));
    assert_eq!(ended.report()["advisories"][0]["code"], "status.redirect_seen");
}

#[tokio::test]
async fn a_redirect_that_repeats_secrets_is_shown_without_them_and_fails_the_check() {
    let bench = Bench::new().await;
    let spy = Spy::start(|request, _| {
        if request.uri().path() != "/installed" {
            return 500.into();
        }
        let (token, body) = (header(request, "authorization").replacen("JWT ", "", 1), payload(request));
        let location = format!("/next?jwt={token}&s={}", body["sharedSecret"].as_str().unwrap());
        let mut response = rehearsal::serve::empty(hyper::StatusCode::FOUND);
        response.headers_mut().insert("location", location.parse().unwrap());
        Answer::With(response)
    })
    .await;
    let ended = bench.probe(&spy.base_url(), &ONE).with(&["--follow-redirects"]).end().await.exits(2);
    let sent = &spy.requests("/installed")[0];
    let secret = payload(sent)["sharedSecret"].as_str().unwrap().to_owned();
    let token = header(sent, "authorization").replacen("JWT ", "", 1);
    let report = ended.report().to_string();
    assert!(report.contains("/next?jwt="), "{report}");
    assert!(!report.contains(&secret) && !report.contains(&token));
    assert!(ended.reasons().iter().any(|reason| reason.contains("secret kept")), "{:?}", ended.reasons());
}

#[tokio::test]
async fn the_key_server_speaks_tls() {
    let bench = Bench::new().await;
    let folder = bench.path("authority");
    bench.command(&["keys", "ca", &folder, "--host", "127.0.0.1"]).end().await.exits(0);
    let pair = format!("{folder}/server.pem,{folder}/server-key.pem");
    let ended = on_a_free_port(async |port| {
        let mut key_host = KeyHost::new(format!("https://127.0.0.1:{port}"));
        key_host.ca_pem = Some(fs::read_to_string(format!("{folder}/ca.pem")).unwrap());
        let app = bench.app_with(|settings| settings.trust = AppTrust::KeyHost(key_host)).await;
        let (state, address) = (bench.path("state"), format!("127.0.0.1:{port}"));
        let flags = ["--key-server", &address, "--key-server-tls", &pair];
        let run = bench.reporting(&["probe", app.base_url(), "--state-dir", &state]).with(&flags).with(&ONE);
        Some(run.end().await).filter(|ended| ended.code != Some(69))
    });
    ended.await.exits(0);
}
