//! `rehearsal keys` as a person runs it.

#![cfg(unix)]

use std::fs;
use std::io::{BufRead, BufReader};
use std::net::{SocketAddr, TcpListener};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use assert_cmd::assert::{Assert, OutputAssertExt};
use assert_cmd::cargo::cargo_bin;
use hyper::Method;
use rehearsal::atlassian::SigningKey;
use tempfile::TempDir;

use crate::client::{connect_tls, exchange, get, request};

fn keys(folder: &TempDir, args: &[&str]) -> Assert {
    let mut command = Command::new(cargo_bin("rehearsal"));
    command.arg("keys").args(args).current_dir(folder.path()).assert()
}

fn said(assert: Assert) -> String {
    String::from_utf8(assert.get_output().stderr.clone()).expect("UTF-8")
}

fn folder() -> TempDir {
    tempfile::tempdir().expect("a folder")
}

fn read(folder: &TempDir, file: &str) -> String {
    fs::read_to_string(folder.path().join(file)).expect("readable")
}

fn public_key(folder: &TempDir, file: &str) -> String {
    SigningKey::from_pem(&read(folder, file), None).expect("a key").public_pem().to_owned()
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).expect("there").permissions().mode() & 0o7777
}

#[test]
fn a_new_key_is_its_owners_and_never_replaced_by_accident() {
    let folder = folder();
    let output = keys(&folder, &["new"]).success().get_output().stdout.clone();
    let first = read(&folder, "rehearsal-key.pem");
    let kid = SigningKey::from_pem(&first, None).expect("a key").kid().to_string();
    assert!(String::from_utf8(output).expect("UTF-8").contains(&kid));
    assert_eq!(mode(&folder.path().join("rehearsal-key.pem")), 0o600);

    assert!(said(keys(&folder, &["new"]).code(64)).contains("--force"));
    assert_eq!(read(&folder, "rehearsal-key.pem"), first);

    keys(&folder, &["new", "--force", "--kid", "team/1"]).success();
    let second = read(&folder, "rehearsal-key.pem");
    assert_ne!(second, first);
    assert!(second.starts_with("kid: team/1\n"));
    assert_eq!(fs::read_dir(folder.path()).expect("readable").count(), 1, "nothing is left over");

    keys(&folder, &["new", "other.pem", "--kid", "../x"]).code(64);
    keys(&folder, &["new", "no/such/folder.pem"]).code(69);
}

#[test]
fn an_exported_key_lies_where_its_kid_says() {
    let folder = folder();
    keys(&folder, &["new", "k.pem", "--kid", "team/1"]).success();
    keys(&folder, &["export", "www", "--signing-key", "k.pem"]).success();
    assert_eq!(read(&folder, "www/team/1"), public_key(&folder, "k.pem"));
    keys(&folder, &["export", "www", "--signing-key", "k.pem"]).success();

    keys(&folder, &["new", "k.pem", "--kid", "team/1", "--force"]).success();
    keys(&folder, &["export", "www", "--signing-key", "k.pem"]).code(64);
    keys(&folder, &["export", "www", "--signing-key", "k.pem", "--force"]).success();
    assert_eq!(read(&folder, "www/team/1"), public_key(&folder, "k.pem"));

    keys(&folder, &["export", "www", "--signing-key", "k.pem", "--kid", "renamed"]).success();
    assert_eq!(read(&folder, "www/renamed"), public_key(&folder, "k.pem"));
}

#[test]
fn what_is_no_key_file_is_refused_with_a_reason() {
    let folder = folder();
    let export = |file: &str| said(keys(&folder, &["export", "www", "--signing-key", file]).code(65));
    assert!(export("missing.pem").contains("missing.pem can't be read"));

    keys(&folder, &["new", "k.pem"]).success();
    fs::write(folder.path().join("public.pem"), public_key(&folder, "k.pem")).expect("written");
    restrict(&folder.path().join("public.pem"), 0o600);
    assert!(export("public.pem").contains("holds a public key"));

    restrict(&folder.path().join("k.pem"), 0o644);
    let refused = export("k.pem");
    assert!(refused.contains("mode 0644") && refused.contains("chmod 600 k.pem"), "{refused}");
    let secret = read(&folder, "k.pem").lines().nth(3).expect("a line of the key").to_owned();
    assert!(!refused.contains(&secret));
}

fn restrict(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("our own file");
}

/// A key server in a process of its own, ended with the test.
struct Served {
    process: Child,
    url: String,
}

impl Served {
    fn start(folder: &TempDir, args: &[&str]) -> Self {
        let mut process = Command::new(cargo_bin("rehearsal"))
            .args(["keys", "serve", "--signing-key", "k.pem", "--key-server", "127.0.0.1:0"])
            .args(args)
            .current_dir(folder.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("started");
        let mut url = String::new();
        let output = process.stdout.take().expect("piped");
        BufReader::new(output).read_line(&mut url).expect("a line");
        Self { process, url: url.trim().to_owned() }
    }

    fn address(&self) -> SocketAddr {
        let (_, rest) = self.url.split_once("://").expect("a URL");
        rest.split('/').next().expect("an authority").parse().expect("an address")
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[tokio::test]
async fn a_served_key_is_found_under_prefix_and_kid() {
    let folder = folder();
    keys(&folder, &["new", "k.pem", "--kid", "team/1"]).success();
    let served = Served::start(&folder, &["--key-server-prefix", "/a/keys"]);
    assert!(served.url.starts_with("http://127.0.0.1:") && served.url.ends_with("/a/keys"), "{}", served.url);
    let found = get(served.address(), "/a/keys/team/1").await;
    assert_eq!(found.status(), 200);
    assert_eq!(found.into_body(), public_key(&folder, "k.pem"));
    assert_eq!(get(served.address(), "/a/keys/other").await.status(), 404);
}

#[tokio::test]
async fn a_made_ca_vouches_for_a_served_key() {
    let folder = folder();
    keys(&folder, &["new", "k.pem", "--kid", "one"]).success();
    keys(&folder, &["ca", "tls", "--format", "pkcs12"]).success();
    assert_eq!(mode(&folder.path().join("tls/server-key.pem")), 0o600);
    assert!(folder.path().join("tls/truststore.p12").exists());
    keys(&folder, &["ca", "tls"]).code(64);

    let served = Served::start(&folder, &["--key-server-tls", "tls/server.pem,tls/server-key.pem"]);
    let host = "connect-install-keys.atlassian.com";
    let stream = connect_tls(served.address(), host, &read(&folder, "tls/ca.pem"), &["http/1.1"])
        .await
        .expect("trusted");
    let found = exchange(stream, request(Method::GET, "/one", "")).await.expect("an answer");
    assert_eq!(found.into_body(), public_key(&folder, "k.pem"));
}

#[test]
fn what_a_key_server_can_not_do_is_told() {
    let folder = folder();
    keys(&folder, &["new", "k.pem"]).success();
    let serve = |args: &[&str]| keys(&folder, &[&["serve", "--signing-key", "k.pem"], args].concat());
    let taken = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = taken.local_addr().expect("bound").to_string();
    assert!(said(serve(&["--key-server", &address]).code(69)).contains("is taken"));
    serve(&["--key-server", "localhost"]).code(64);
    serve(&["--key-server-tls", "k.pem"]).code(64);
    serve(&["--key-server-tls", "k.pem,k.pem"]).code(65);
    serve(&["--key-server-tls", "no.pem,k.pem"]).code(65);
    serve(&["--key-server-prefix", "/a?b"]).code(64);
}

#[test]
fn every_framework_has_its_instructions() {
    let folder = folder();
    for framework in [
        "atlassian-connect-express",
        "atlassian-connect-play",
        "atlassian-connect-spring-boot",
        "figma-for-jira",
        "atlassian-connect-auth",
        "gitlab",
        "generic",
        "production",
    ] {
        let text = keys(&folder, &["howto", framework, "--kid", "k-1"]).success().get_output().stdout.clone();
        assert!(text.starts_with(b"# "), "{framework}");
    }
    assert!(said(keys(&folder, &["howto", "sprig-boot"]).code(64)).contains("atlassian-connect-spring-boot"));
}
