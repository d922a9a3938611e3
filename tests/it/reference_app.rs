//! The reference app, driven by hand-made callbacks: good ones pass, and each check refuses its bad one.

#![expect(clippy::unwrap_used, reason = "a test that can't go on may panic anywhere")]

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::LazyLock;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use aws_lc_rs::encoding::{AsDer, PublicKeyX509Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_SHA256};
use aws_lc_rs::{digest, hmac};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use bytes::Bytes;
use hyper::{Method, Response, StatusCode};
use rehearsal::reference_app::{AppTrust, KeyHost, Misbehaviour, ReferenceApp, Settings};
use rehearsal::serve::{KeyServer, PathPrefix};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::client::{get, request, send};
use crate::serve::identity;

const LOOPBACK: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 0);
const KID: &str = "rehearsal/test-kid_1";

static KEY: LazyLock<KeyPair> = LazyLock::new(|| KeyPair::generate(KeySize::Rsa2048).unwrap());
static OTHER_KEY: LazyLock<KeyPair> = LazyLock::new(|| KeyPair::generate(KeySize::Rsa2048).unwrap());

fn public_pem(key: &KeyPair) -> String {
    let der: PublicKeyX509Der<'_> = key.public_key().as_der().unwrap();
    format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", STANDARD.encode(der.as_ref()))
}

async fn key_server() -> KeyServer {
    let keys = BTreeMap::from([(KID.to_owned(), public_pem(&KEY))]);
    KeyServer::start(LOOPBACK, None, PathPrefix::parse("keys").unwrap(), keys).await.unwrap()
}

/// The app with its key server, and a tenant's way to call it.
struct Bench {
    app: ReferenceApp,
    keys: KeyServer,
}

impl Bench {
    async fn start(adjust: impl FnOnce(&mut Settings)) -> Self {
        let keys = key_server().await;
        let mut settings = Settings::new(AppTrust::KeyHost(KeyHost::new(keys.url())));
        adjust(&mut settings);
        Self { app: ReferenceApp::start(settings).await.unwrap(), keys }
    }

    async fn misbehaving(misbehaviour: Misbehaviour) -> Self {
        Self::start(|settings| settings.misbehaviours = [misbehaviour].into()).await
    }

    /// The claims of a proper callback to `path` (relative to the base URL).
    fn claims(&self, tenant: &str, path: &str) -> Value {
        json!({
            "iss": tenant,
            "aud": self.app.base_url(),
            "iat": now() - 1,
            "exp": now() + 180,
            "qsh": sha256(&format!("POST&{path}&")),
        })
    }

    async fn post(&self, path: &str, payload: &Value, token: Option<&str>) -> Response<Bytes> {
        let path =
            format!("{}{path}", url::Url::parse(self.app.base_url()).unwrap().path().trim_end_matches('/'));
        let mut request = request(Method::POST, &path, &payload.to_string());
        if let Some(token) = token {
            request.headers_mut().insert("authorization", format!("JWT {token}").parse().unwrap());
        }
        send(self.app.address(), request).await
    }

    async fn install(&self, tenant: &str, secret: &str) -> StatusCode {
        let token = rs256(&KEY, KID, &self.claims(tenant, "/installed"));
        self.post("/installed", &payload("installed", tenant, secret), Some(&token)).await.status()
    }

    async fn install_with(&self, adjust: impl FnOnce(&mut Value)) -> StatusCode {
        let mut claims = self.claims("tenant", "/installed");
        adjust(&mut claims);
        let token = rs256(&KEY, KID, &claims);
        self.post("/installed", &payload("installed", "tenant", "s"), Some(&token)).await.status()
    }

    async fn install_raw(&self, token: Option<&str>) -> StatusCode {
        self.post("/installed", &payload("installed", "tenant", "s"), token).await.status()
    }

    async fn uninstall(&self, tenant: &str) -> StatusCode {
        let token = rs256(&KEY, KID, &self.claims(tenant, "/uninstalled"));
        self.post("/uninstalled", &payload("uninstalled", tenant, ""), Some(&token)).await.status()
    }

    async fn open_page(&self, tenant: &str, secret: &str, qsh: &str) -> StatusCode {
        let claims = json!({ "iss": tenant, "iat": now() - 1, "exp": now() + 180, "qsh": qsh });
        let path = format!("/protected?jwt={}", hs256(secret, &claims));
        get(self.app.address(), &path).await.status()
    }
}

fn payload(event: &str, tenant: &str, secret: &str) -> Value {
    json!({
        "key": "rehearsal-reference-app",
        "clientKey": tenant,
        "eventType": event,
        "baseUrl": "https://site.atlassian.net",
        "displayUrl": "https://site.atlassian.net",
        "productType": "jira",
        "description": "Atlassian JIRA at https://site.atlassian.net ",
        "sharedSecret": secret,
    })
}

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()
}

fn sha256(text: &str) -> String {
    digest::digest(&digest::SHA256, text.as_bytes())
        .as_ref()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

fn token(header: &Value, claims: &Value, sign: impl FnOnce(&[u8]) -> Vec<u8>) -> String {
    let message = format!(
        "{}.{}",
        URL_SAFE_NO_PAD.encode(header.to_string()),
        URL_SAFE_NO_PAD.encode(claims.to_string())
    );
    let signature = URL_SAFE_NO_PAD.encode(sign(message.as_bytes()));
    format!("{message}.{signature}")
}

fn rs256(key: &KeyPair, kid: &str, claims: &Value) -> String {
    token(&json!({ "typ": "JWT", "alg": "RS256", "kid": kid }), claims, |message| {
        let mut signature = vec![0; key.public_modulus_len()];
        key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message, &mut signature).unwrap();
        signature
    })
}

fn hs256(secret: &str, claims: &Value) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    let header = json!({ "typ": "JWT", "alg": "HS256", "kid": KID });
    token(&header, claims, |message| hmac::sign(&key, message).as_ref().to_vec())
}

fn unsigned(claims: &Value) -> String {
    token(&json!({ "typ": "JWT", "alg": "none" }), claims, |_| Vec::new())
}

const GOOD: StatusCode = StatusCode::NO_CONTENT;
const REFUSED: StatusCode = StatusCode::UNAUTHORIZED;

#[tokio::test]
async fn the_descriptor_says_where_and_what() {
    let bench = Bench::start(|settings| {
        settings.context_path = PathPrefix::parse("/ctx").unwrap();
        settings.installed_query = Some("source=rehearsal".to_owned());
    })
    .await;
    let answer = get(bench.app.address(), "/ctx/atlassian-connect.json").await;
    let descriptor: Value = serde_json::from_slice(answer.body()).unwrap();
    assert_eq!(descriptor["baseUrl"], bench.app.base_url());
    assert!(bench.app.base_url().ends_with("/ctx"));
    assert_eq!(descriptor["lifecycle"]["installed"], "/installed?source=rehearsal");
    assert_eq!(descriptor["apiMigrations"]["signed-install"], true);
    assert_eq!(get(bench.app.address(), "/atlassian-connect.json").await.status(), StatusCode::NOT_FOUND);
    assert_eq!(get(bench.app.address(), "/ctx/installed").await.status(), StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(get(bench.app.address(), "/ctx/nowhere").await.status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_tenant_lives_from_install_to_uninstall() {
    let bench = Bench::start(|_| {}).await;
    assert_eq!(bench.install("tenant", "one").await, GOOD);
    assert_eq!(bench.app.tenants(), ["tenant"]);
    assert_eq!(bench.keys.fetched(KID).count, 1);
    for event in ["enabled", "disabled"] {
        let path = format!("/{event}");
        let claims = bench.claims("tenant", &path);
        let body = payload(event, "tenant", "");
        assert_eq!(bench.post(&path, &body, Some(&hs256("one", &claims))).await.status(), GOOD, "{event}");
        assert_eq!(bench.post(&path, &body, Some(&hs256("two", &claims))).await.status(), REFUSED, "{event}");
        assert_eq!(bench.post(&path, &body, None).await.status(), REFUSED, "{event}");
        let other = payload(event, "other", "");
        assert_eq!(
            bench.post(&path, &other, Some(&hs256("one", &claims))).await.status(),
            REFUSED,
            "{event}"
        );
    }
    assert_eq!(bench.open_page("tenant", "one", "context-qsh").await, StatusCode::OK);
    assert_eq!(bench.uninstall("tenant").await, GOOD);
    assert!(bench.app.tenants().is_empty());
    assert_eq!(bench.open_page("tenant", "one", "context-qsh").await, REFUSED);
    bench.app.stop().await;
}

#[tokio::test]
async fn after_a_rotation_the_new_secret_opens_the_page_and_the_old_one_does_not() {
    let bench = Bench::start(|_| {}).await;
    for secret in ["one", "two"] {
        assert_eq!(bench.install("tenant", secret).await, GOOD);
    }
    assert_eq!(bench.open_page("tenant", "two", "context-qsh").await, StatusCode::OK);
    assert_eq!(bench.open_page("tenant", "one", "context-qsh").await, REFUSED);
    let keeps = Bench::misbehaving(Misbehaviour::KeepsFirstSecret).await;
    let both = Bench::misbehaving(Misbehaviour::AcceptsOldSecrets).await;
    for (bench, old, new) in [(keeps, StatusCode::OK, REFUSED), (both, StatusCode::OK, StatusCode::OK)] {
        for secret in ["one", "two"] {
            assert_eq!(bench.install("tenant", secret).await, GOOD);
        }
        assert_eq!(bench.open_page("tenant", "one", "context-qsh").await, old);
        assert_eq!(bench.open_page("tenant", "two", "context-qsh").await, new);
    }
}

#[tokio::test]
async fn pages_and_webhooks_bound_to_their_url_want_its_hash() {
    let bench = Bench::start(|_| {}).await;
    assert_eq!(bench.install("tenant", "one").await, GOOD);
    let claims = |qsh: &str| json!({ "iss": "tenant", "exp": now() + 180, "qsh": qsh });
    let bound = sha256("GET&/protected/bound&page=1");
    for (qsh, status) in [(bound.as_str(), StatusCode::OK), ("context-qsh", REFUSED), ("00", REFUSED)] {
        let path = format!("/protected/bound?page=1&jwt={}", hs256("one", &claims(qsh)));
        assert_eq!(get(bench.app.address(), &path).await.status(), status, "{qsh}");
    }
    let webhook = hs256("one", &claims(&sha256("POST&/webhook&")));
    assert_eq!(bench.post("/webhook", &json!({}), Some(&webhook)).await.status(), GOOD);
    assert_eq!(bench.post("/webhook", &json!({}), None).await.status(), REFUSED);
    let mislabelled = json!({ "typ": "JWT", "alg": "none" });
    let mislabelled = token(&mislabelled, &claims("context-qsh"), |message| {
        hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, b"one"), message).as_ref().to_vec()
    });
    let path = format!("/protected?jwt={mislabelled}");
    assert_eq!(get(bench.app.address(), &path).await.status(), REFUSED);
    let expired = json!({ "iss": "tenant", "exp": now() - 60, "qsh": "context-qsh" });
    let path = format!("/protected?jwt={}", hs256("one", &expired));
    assert_eq!(get(bench.app.address(), &path).await.status(), REFUSED);
}

#[tokio::test]
async fn each_check_of_a_signed_install_refuses_its_bad_token() {
    let bench = Bench::start(|_| {}).await;
    let claims = bench.claims("tenant", "/installed");
    let good = rs256(&KEY, KID, &claims);
    assert_eq!(bench.install_raw(Some(&good)).await, GOOD);
    for (what, token) in [
        ("no token", None),
        ("no JWT", Some("not.a.token".to_owned())),
        ("another key", Some(rs256(&OTHER_KEY, KID, &claims))),
        ("a kid that leads elsewhere", Some(rs256(&KEY, "../keys/rehearsal/test-kid_1", &claims))),
        ("an unknown kid", Some(rs256(&KEY, "unknown", &claims))),
        ("alg none", Some(unsigned(&claims))),
        ("the public key as secret", Some(hs256(&public_pem(&KEY), &claims))),
        ("a truncated signature", Some(good[..good.len() - 8].to_owned())),
    ] {
        assert_eq!(bench.install_raw(token.as_deref()).await, REFUSED, "{what}");
    }
    for (claim, value) in [
        ("aud", json!("https://other.example")),
        ("aud", Value::Null),
        ("iss", json!("other")),
        ("exp", json!(now() - 60)),
        ("iat", json!(now() + 60)),
        ("qsh", json!(sha256("POST&/enabled&"))),
        ("qsh", json!("context-qsh")),
        ("qsh", Value::Null),
    ] {
        let status = bench.install_with(|claims| claims[claim] = value.clone()).await;
        assert_eq!(status, REFUSED, "{claim} = {value}");
    }
    let list = json!([bench.app.base_url(), "https://other.example"]);
    assert_eq!(bench.install_with(|claims| claims["aud"] = list).await, GOOD);
}

#[tokio::test]
async fn each_misbehaviour_accepts_what_it_should_refuse_and_nothing_else() {
    use Misbehaviour as M;
    let claim = |name: &'static str, value: Value| {
        move |bench: &Bench| {
            let mut claims = bench.claims("tenant", "/installed");
            claims[name] = value.clone();
            Some(rs256(&KEY, KID, &claims))
        }
    };
    type Forge = Box<dyn Fn(&Bench) -> Option<String>>;
    let cases: Vec<(M, Forge)> = vec![
        (M::AcceptsUnsigned, Box::new(|_: &Bench| None)),
        (
            M::SkipsSignature,
            Box::new(|bench: &Bench| Some(rs256(&OTHER_KEY, KID, &bench.claims("tenant", "/installed")))),
        ),
        (
            M::AcceptsAlgorithmNone,
            Box::new(|bench: &Bench| Some(unsigned(&bench.claims("tenant", "/installed")))),
        ),
        (
            M::AcceptsPublicKeyAsSecret,
            Box::new(|bench: &Bench| Some(hs256(&public_pem(&KEY), &bench.claims("tenant", "/installed")))),
        ),
        (
            M::AcceptsUnknownKid,
            Box::new(|bench: &Bench| Some(rs256(&KEY, "unknown", &bench.claims("tenant", "/installed")))),
        ),
        (M::IgnoresAudience, Box::new(claim("aud", json!("https://other.example")))),
        (M::IgnoresIssuer, Box::new(claim("iss", json!("other")))),
        (M::IgnoresExpiry, Box::new(claim("exp", json!(now() - 600)))),
        (M::IgnoresQueryHash, Box::new(claim("qsh", json!("00")))),
        (M::AcceptsMissingQueryHash, Box::new(claim("qsh", Value::Null))),
        (M::AcceptsContextToken, Box::new(claim("qsh", json!("context-qsh")))),
    ];
    for (row, (misbehaviour, _)) in cases.iter().enumerate() {
        let bench = Bench::misbehaving(*misbehaviour).await;
        for (column, (wanted, forge)) in cases.iter().enumerate() {
            let accepted = bench.install_raw(forge(&bench).as_deref()).await == GOOD;
            // Who never looks at the qsh misses the weaker tricks as well.
            let ignores_all = *misbehaviour == M::IgnoresQueryHash
                && matches!(wanted, M::AcceptsMissingQueryHash | M::AcceptsContextToken);
            // Who never looks at the signature does not look at how it was made.
            let signs_nothing =
                *misbehaviour == M::SkipsSignature && matches!(wanted, M::AcceptsPublicKeyAsSecret);
            // An unsigned token names no key id, so its key can't be had either.
            let keyless = *misbehaviour == M::AcceptsUnknownKid && *wanted == M::AcceptsAlgorithmNone;
            let expected = row == column || ignores_all || signs_nothing || keyless;
            assert_eq!(accepted, expected, "{misbehaviour:?} on what {wanted:?} accepts");
        }
    }
}

#[tokio::test]
async fn misbehaviours_towards_rightful_installs() {
    use Misbehaviour as M;
    let echo = Bench::misbehaving(M::EchoesSecret).await;
    let token = rs256(&KEY, KID, &echo.claims("tenant", "/installed"));
    let answer = echo.post("/installed", &payload("installed", "tenant", "hush"), Some(&token)).await;
    assert_eq!(answer.status(), StatusCode::OK);
    assert!(String::from_utf8_lossy(answer.body()).contains("hush"));

    let repeats = Bench::misbehaving(M::RefusesRepeats).await;
    assert_eq!(repeats.install("tenant", "one").await, GOOD);
    assert_eq!(repeats.install("tenant", "two").await, StatusCode::CONFLICT);

    let import = Bench::misbehaving(M::RefusesImportedSite).await;
    assert_eq!(import.install("tenant", "one").await, GOOD);
    assert_eq!(import.install("tenant", "two").await, GOOD);
    assert_eq!(import.install("imported", "three").await, StatusCode::INTERNAL_SERVER_ERROR);

    let keeps = Bench::misbehaving(M::KeepsUninstalledTenants).await;
    assert_eq!(keeps.install("tenant", "one").await, GOOD);
    assert_eq!(keeps.uninstall("tenant").await, GOOD);
    assert_eq!(keeps.open_page("tenant", "one", "context-qsh").await, StatusCode::OK);

    for misbehaviour in [M::InsistsOnUser, M::InsistsOnInstallationId, M::InsistsOnUuid] {
        let bench = Bench::misbehaving(misbehaviour).await;
        assert_eq!(bench.install("tenant", "one").await, StatusCode::BAD_REQUEST, "{misbehaviour:?}");
    }
    let user = Bench::misbehaving(M::InsistsOnUser).await;
    assert_eq!(user.install_with(|claims| claims["sub"] = json!("account")).await, GOOD);
    let display = Bench::misbehaving(M::InsistsOnDisplayUrl).await;
    assert_eq!(display.install("tenant", "one").await, GOOD);

    let fails = Bench::misbehaving(M::FailsOnMalformedToken).await;
    assert_eq!(fails.install_raw(Some("not.a.token")).await, StatusCode::INTERNAL_SERVER_ERROR);
}

#[tokio::test]
async fn payloads_that_are_none_are_refused() {
    let bench = Bench::start(|_| {}).await;
    let token = rs256(&KEY, KID, &bench.claims("tenant", "/installed"));
    for (field, value) in [
        ("key", json!("another-app")),
        ("eventType", json!("enabled")),
        ("clientKey", json!("")),
        ("sharedSecret", json!("")),
        ("sharedSecret", Value::Null),
        ("baseUrl", json!(7)),
    ] {
        let mut payload = payload("installed", "tenant", "s");
        payload[field] = value;
        // A payload of another tenant is refused by its token.
        let status = bench.post("/installed", &payload, Some(&token)).await.status();
        assert_eq!(status, StatusCode::BAD_REQUEST, "{field}");
    }
    assert!(bench.app.tenants().is_empty());
}

#[tokio::test]
async fn a_key_host_that_fails_is_said_and_does_not_hold_up_the_app() {
    let silent = TcpListener::bind(LOOPBACK).await.unwrap();
    let url = format!("http://{}", silent.local_addr().unwrap());
    let bench = Bench::start(|settings| {
        settings.trust =
            AppTrust::KeyHost(KeyHost { timeout: Duration::from_millis(100), ..KeyHost::new(url.clone()) });
    })
    .await;
    let begun = Instant::now();
    assert_eq!(bench.install("tenant", "one").await, StatusCode::BAD_GATEWAY);
    assert!(begun.elapsed() < Duration::from_secs(5));
    drop(silent);
    let hides = Bench::start(|settings| {
        settings.trust = AppTrust::KeyHost(KeyHost::new(url.clone()));
        settings.misbehaviours = [Misbehaviour::HidesKeyHostFailure].into();
    })
    .await;
    let token = rs256(&KEY, KID, &hides.claims("tenant", "/installed"));
    let answer = hides.post("/installed", &payload("installed", "tenant", "s"), Some(&token)).await;
    assert_eq!(answer.status(), StatusCode::NOT_FOUND);
    assert!(String::from_utf8_lossy(answer.body()).contains("Could not get public key"));
}

#[tokio::test]
async fn the_context_path_stays_out_of_the_hash_and_the_query_goes_in() {
    let bench = Bench::start(|settings| {
        settings.context_path = PathPrefix::parse("/ctx").unwrap();
        settings.installed_query = Some("source=rehearsal".to_owned());
    })
    .await;
    for (canonical, status) in [
        ("POST&/installed&source=rehearsal", GOOD),
        ("POST&/installed&", REFUSED),
        ("POST&/ctx/installed&source=rehearsal", REFUSED),
    ] {
        let mut claims = bench.claims("tenant", "/installed");
        claims["qsh"] = json!(sha256(canonical));
        let token = rs256(&KEY, KID, &claims);
        let payload = payload("installed", "tenant", "s");
        let answer = bench.post("/installed?source=rehearsal", &payload, Some(&token)).await;
        assert_eq!(answer.status(), status, "{canonical}");
    }
}

#[tokio::test]
async fn keys_come_from_a_tls_key_host_whose_ca_is_trusted() {
    let (ca_pem, tls) = identity();
    let keys = BTreeMap::from([(KID.to_owned(), public_pem(&KEY))]);
    let keys = KeyServer::start(LOOPBACK, Some(tls), PathPrefix::default(), keys).await.unwrap();
    let url = keys.url().replace("127.0.0.1", "localhost");
    for (ca_pem, status) in [(Some(ca_pem), GOOD), (None, StatusCode::BAD_GATEWAY)] {
        let bench = Bench::start(|settings| {
            settings.trust = AppTrust::KeyHost(KeyHost { ca_pem, ..KeyHost::new(url.clone()) });
        })
        .await;
        assert_eq!(bench.install("tenant", "one").await, status);
    }
    assert_eq!(keys.fetched(KID).count, 1);
}

#[tokio::test]
async fn a_legacy_app_takes_the_first_install_unsigned_and_later_ones_by_the_secret_before() {
    let bench = Bench::start(|settings| settings.trust = AppTrust::Legacy).await;
    let install = async |secret: &str, token: Option<String>| {
        bench.post("/installed", &payload("installed", "tenant", secret), token.as_deref()).await.status()
    };
    let claims = bench.claims("tenant", "/installed");
    assert_eq!(install("one", None).await, GOOD);
    assert_eq!(install("two", None).await, REFUSED);
    assert_eq!(install("two", Some(hs256("two", &claims))).await, REFUSED);
    assert_eq!(install("two", Some(hs256("one", &claims))).await, GOOD);
    assert_eq!(bench.open_page("tenant", "two", "context-qsh").await, StatusCode::OK);
    assert_eq!(bench.keys.fetches().len(), 0);
    let answer = get(bench.app.address(), "/atlassian-connect.json").await;
    let descriptor: Value = serde_json::from_slice(answer.body()).unwrap();
    assert_eq!(descriptor["apiMigrations"]["signed-install"], false);
}

#[tokio::test]
async fn an_app_that_trusts_atlassian_alone_refuses_us() {
    for status in [StatusCode::UNAUTHORIZED, StatusCode::BAD_REQUEST] {
        let bench = Bench::start(|settings| settings.trust = AppTrust::AtlassianOnly(status)).await;
        assert_eq!(bench.install("tenant", "one").await, status);
        assert_eq!(bench.install_raw(None).await, REFUSED);
        assert!(bench.app.tenants().is_empty());
        assert_eq!(bench.app.callbacks(), 2);
    }
}

#[tokio::test]
async fn an_app_that_accepts_anything_does() {
    let bench = Bench::start(|settings| settings.trust = AppTrust::Anyone).await;
    assert_eq!(bench.install_raw(None).await, GOOD);
    assert_eq!(bench.install_raw(Some("not.a.token")).await, GOOD);
    assert_eq!(bench.app.tenants(), ["tenant"]);
}
