//! Tokens as an app sees them: checked by a verifier that shares no code with the signer.

use std::sync::{Arc, LazyLock};

use aws_lc_rs::{hmac, signature};
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use jiff::{SignedDuration, Timestamp};
use rehearsal::atlassian::jwt::{
    AudienceForm, Authorization, Call, InstallSignature, SignedRequest, Signer, SigningFailed, TokenSettings,
};
use rehearsal::atlassian::lifecycle::Payload;
use rehearsal::atlassian::query_hash::query_hash;
use rehearsal::atlassian::target::{LifecycleTargets, Target};
use rehearsal::atlassian::tenant::Reception;
use rehearsal::atlassian::{
    AppKey, BaseUrl, LifecycleEvent, Profile, RunTag, Signing, SigningKey, SiteTemplate, Tenant, TenantChange,
};
use rustls::pki_types::SubjectPublicKeyInfoDer;
use rustls::pki_types::pem::PemObject;
use serde_json::Value;

const APP: &str = "https://app.example/ctx";

/// One key for all tests here: making one takes a while.
static KEY: LazyLock<Arc<SigningKey>> =
    LazyLock::new(|| Arc::new(SigningKey::generate(None).expect("the library works")));

/// A run against one app, and what the app would see of it.
struct Run {
    key: Arc<SigningKey>,
    tenant: Tenant,
    target: Target,
    now: Timestamp,
}

impl Run {
    fn new() -> Self {
        let run = RunTag::of(uuid::uuid!("00000000-0000-4000-8000-0123456789ab"));
        let sites = SiteTemplate::default();
        Self {
            key: Arc::clone(&KEY),
            tenant: Tenant::new(&run, 1, Profile::default(), &sites, &mut counting()),
            target: targets().at("/installed?tier=a%20b"),
            now: Timestamp::from_second(1_800_000_000).expect("in range"),
        }
    }

    fn signer(&self) -> Signer {
        Signer::new(InstallSignature::Key(Arc::clone(&self.key)), TokenSettings::new(APP))
    }

    fn sign(&self, signer: &Signer, event: LifecycleEvent, signing: Signing) -> Authorization {
        self.try_sign(signer, event, signing).expect("signed")
    }

    fn try_sign(
        &self,
        signer: &Signer,
        event: LifecycleEvent,
        signing: Signing,
    ) -> Result<Authorization, SigningFailed> {
        let call = Call::Lifecycle(event);
        let request = SignedRequest { tenant: &self.tenant, call, target: &self.target, signing };
        signer.sign(&request, self.now)
    }

    fn secret(&self) -> String {
        let app = AppKey::new("com.example.app").expect("valid");
        let json = Payload::new(LifecycleEvent::Installed, &app, &self.tenant).json();
        let payload: Value = serde_json::from_str(&json).expect("JSON");
        payload["sharedSecret"].as_str().expect("a secret").to_owned()
    }

    /// What is wrong with an install's token, in the order in which apps look.
    fn objection(&self, authorization: &Authorization) -> Option<&'static str> {
        let Authorization::Header(credential) = authorization else { return Some("no header") };
        let Some(token) = credential.expose().strip_prefix("JWT ") else { return Some("scheme") };
        let Some(token) = Token::parse(token) else { return Some("no token") };
        if token.header["kid"] != self.key.kid().as_str() {
            return Some("kid");
        }
        if token.header["alg"] != "RS256" || token.header["typ"] != "JWT" {
            return Some("alg");
        }
        if !token.is_signed_by(&self.key) {
            return Some("signature");
        }
        let claims = &token.claims;
        if claims["aud"] != APP && claims["aud"][0] != APP {
            return Some("aud");
        }
        if claims["iss"] != self.tenant.client_key().as_str() {
            return Some("iss");
        }
        let now = self.now.as_second();
        if claims["exp"].as_i64().is_none_or(|exp| exp <= now) {
            return Some("exp");
        }
        if claims["iat"].as_i64().is_none_or(|iat| now < iat) {
            return Some("iat");
        }
        if claims["qsh"] != query_hash("POST", "/installed", Some("tier=a%20b")) {
            return Some("qsh");
        }
        None
    }
}

fn targets() -> LifecycleTargets {
    LifecycleTargets::new(BaseUrl::parse(APP).expect("valid"))
}

struct Token {
    header: Value,
    claims: Value,
    message: String,
    signature: Vec<u8>,
}

impl Token {
    fn parse(token: &str) -> Option<Self> {
        let (message, signature) = token.rsplit_once('.')?;
        let (header, claims) = message.split_once('.')?;
        let bytes = |part: &str| BASE64_URL_SAFE_NO_PAD.decode(part).ok();
        Some(Self {
            header: serde_json::from_slice(&bytes(header)?).ok()?,
            claims: serde_json::from_slice(&bytes(claims)?).ok()?,
            message: message.to_owned(),
            signature: bytes(signature)?,
        })
    }

    fn of(authorization: &Authorization) -> Self {
        let (Authorization::Header(credential) | Authorization::Parameter(credential)) = authorization else {
            panic!("no token");
        };
        let token = credential.expose();
        Self::parse(token.strip_prefix("JWT ").unwrap_or(token)).expect("a token")
    }

    fn is_signed_by(&self, key: &SigningKey) -> bool {
        let spki = SubjectPublicKeyInfoDer::from_pem_slice(key.public_pem().as_bytes()).expect("SPKI in PEM");
        signature::UnparsedPublicKey::new(&signature::RSA_PKCS1_2048_8192_SHA256, &spki)
            .verify(self.message.as_bytes(), &self.signature)
            .is_ok()
    }

    fn is_signed_with(&self, secret: &str) -> bool {
        self.header["alg"] == "HS256"
            && hmac::verify(
                &hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes()),
                self.message.as_bytes(),
                &self.signature,
            )
            .is_ok()
    }
}

fn counting() -> impl FnMut(&mut [u8]) {
    let mut next = 0_u8;
    move |bytes| {
        for byte in bytes {
            next = next.wrapping_add(1);
            *byte = next;
        }
    }
}

#[test]
fn an_install_signed_as_by_atlassian_satisfies_an_app() {
    let run = Run::new();
    let signer = run.signer();
    for event in [LifecycleEvent::Installed, LifecycleEvent::Uninstalled] {
        let authorization = run.sign(&signer, event, Signing::AsAtlassian);
        assert_eq!(run.objection(&authorization), None);
        let claims = Token::of(&authorization).claims;
        let now = run.now.as_second();
        assert_eq!((claims["iat"].as_i64(), claims["exp"].as_i64()), (Some(now - 5), Some(now + 175)));
        assert_eq!(claims["sub"].as_str(), run.tenant.user().as_deref());
        assert_eq!(claims["context"], serde_json::json!({}));
    }
}

#[test]
fn the_audience_can_be_a_list_and_the_user_absent() {
    let mut run = Run::new();
    run.tenant.apply(TenantChange::UserAbsent, &mut counting());
    let settings = TokenSettings { audience_form: AudienceForm::List, ..TokenSettings::new(APP) };
    let signer = Signer::new(InstallSignature::Key(Arc::clone(&run.key)), settings);
    let authorization = run.sign(&signer, LifecycleEvent::Installed, Signing::AsAtlassian);
    assert_eq!(run.objection(&authorization), None);
    let claims = Token::of(&authorization).claims;
    assert_eq!(claims["aud"], serde_json::json!([APP]));
    assert!(claims.get("sub").is_none());
}

#[test]
fn each_wrong_signature_is_wrong_in_its_one_way() {
    let run = Run::new();
    let signer = run.signer();
    for (signing, objection) in [
        (Signing::AsAtlassian, None),
        (Signing::CurrentSecret, Some("kid")),
        (Signing::Unsigned, Some("no header")),
        (Signing::WrongKey, Some("signature")),
        (Signing::UnknownKid, Some("kid")),
        (Signing::MissingKid, Some("kid")),
        (Signing::KidTraversal, Some("kid")),
        (Signing::KidQuery, Some("kid")),
        (Signing::Ecoscanner, Some("kid")),
        (Signing::WrongAudience, Some("aud")),
        (Signing::MissingAudience, Some("aud")),
        (Signing::WrongIssuer, Some("iss")),
        (Signing::MissingIssuer, Some("iss")),
        (Signing::WrongQsh, Some("qsh")),
        (Signing::MissingQsh, Some("qsh")),
        (Signing::ContextQsh, Some("qsh")),
        (Signing::Expired, Some("exp")),
        (Signing::MissingExpiry, Some("exp")),
        (Signing::AlgorithmNone, Some("alg")),
        (Signing::PublicKeyAsSecret, Some("alg")),
        (Signing::TruncatedSignature, Some("signature")),
        (Signing::Malformed, Some("no token")),
        (Signing::TokenInQuery, Some("no header")),
        (Signing::BearerScheme, Some("scheme")),
    ] {
        let authorization = run.sign(&signer, LifecycleEvent::Installed, signing);
        assert_eq!(run.objection(&authorization), objection, "{signing:?}");
    }
}

#[test]
fn what_an_app_that_takes_the_bait_would_find_is_there() {
    let run = Run::new();
    let signer = run.signer();
    let token = |signing| Token::of(&run.sign(&signer, LifecycleEvent::Installed, signing));

    assert!(token(Signing::PublicKeyAsSecret).is_signed_with(run.key.public_pem()));
    assert!(token(Signing::CurrentSecret).is_signed_with(&run.secret()));
    assert!(token(Signing::AlgorithmNone).signature.is_empty());
    assert_eq!(token(Signing::AlgorithmNone).header["alg"], "none");
    assert!(token(Signing::TokenInQuery).is_signed_by(&run.key));
    for signing in [Signing::UnknownKid, Signing::MissingKid, Signing::KidTraversal, Signing::KidQuery] {
        assert!(token(signing).is_signed_by(&run.key), "{signing:?}");
    }
    let kid = |signing| token(signing).header["kid"].as_str().expect("a kid").to_owned();
    assert_eq!(kid(Signing::KidTraversal), format!("x/../{}", run.key.kid()));
    assert_eq!(kid(Signing::KidQuery), format!("{}?x=1", run.key.kid()));

    let scanner = token(Signing::Ecoscanner);
    assert_eq!(scanner.header["kid"], "fake-kid");
    assert!(!scanner.is_signed_by(&run.key));
    let of = |name: &str| scanner.claims[name].as_i64().expect("seconds");
    assert_eq!(of("exp") - of("iat"), SignedDuration::from_hours(3).as_secs());

    let expired = token(Signing::Expired);
    assert_eq!(expired.claims["exp"].as_i64(), Some(run.now.as_second() - 3600 - 5));
}

#[test]
fn switches_and_pages_are_signed_with_the_secret() {
    let run = Run::new();
    let signer = run.signer();
    for event in [LifecycleEvent::Enabled, LifecycleEvent::Disabled] {
        let token = Token::of(&run.sign(&signer, event, Signing::AsAtlassian));
        assert!(token.is_signed_with(&run.secret()));
        assert!(token.header.get("kid").is_none());
        assert!(token.claims.get("aud").is_none());
    }
    let page = targets().at("/page");
    let request = SignedRequest {
        tenant: &run.tenant,
        call: Call::Request("GET"),
        target: &page,
        signing: Signing::AsAtlassian,
    };
    let token = Token::of(&signer.sign(&request, run.now).expect("signed"));
    assert!(token.is_signed_with(&run.secret()));
    assert_eq!(token.claims["qsh"], query_hash("GET", "/page", None));

    let wrong = Token::of(&run.sign(&signer, LifecycleEvent::Enabled, Signing::WrongKey));
    assert!(wrong.header["alg"] == "HS256" && !wrong.is_signed_with(&run.secret()));
}

#[test]
fn a_legacy_install_is_unsigned_at_first_and_then_signed_with_what_the_app_has() {
    let mut run = Run::new();
    let signer = Signer::new(InstallSignature::Legacy, TokenSettings::new(APP));
    let installed = LifecycleEvent::Installed;
    assert_eq!(run.sign(&signer, installed, Signing::AsAtlassian), Authorization::Absent);
    assert_eq!(run.objection(&run.sign(&signer, installed, Signing::WrongIssuer)), Some("kid"));

    let first = run.secret();
    run.tenant.settle(installed, Reception::Accepted);
    run.tenant.apply(TenantChange::NewSecret, &mut |bytes| bytes.fill(9));
    assert_ne!(run.secret(), first);
    assert!(Token::of(&run.sign(&signer, installed, Signing::AsAtlassian)).is_signed_with(&first));
    assert!(Token::of(&run.sign(&signer, installed, Signing::PreviousSecret)).is_signed_with(&first));
    assert!(Token::of(&run.sign(&signer, installed, Signing::CurrentSecret)).is_signed_with(&run.secret()));

    run.tenant.settle(installed, Reception::Accepted);
    let uninstalled = run.sign(&signer, LifecycleEvent::Uninstalled, Signing::AsAtlassian);
    assert!(Token::of(&uninstalled).is_signed_with(&run.secret()));
}

#[test]
fn a_secret_that_never_was_can_not_sign() {
    let run = Run::new();
    let failed = run.try_sign(&run.signer(), LifecycleEvent::Installed, Signing::PreviousSecret);
    assert_eq!(failed, Err(SigningFailed::NoPreviousSecret));
}

#[test]
fn a_credential_shows_what_it_states_but_not_itself() {
    let run = Run::new();
    let authorization = run.sign(&run.signer(), LifecycleEvent::Installed, Signing::AsAtlassian);
    let Authorization::Header(credential) = &authorization else { panic!("no header") };
    let debug = format!("{authorization:?} {:?}", run.signer());
    assert!(credential.expose().split(['.', ' ']).skip(1).all(|part| !debug.contains(part)));
    let statement = credential.statement().expect("header and claims");
    assert!(statement.contains(run.key.kid().as_str()) && statement.contains(APP));
    assert!(!statement.contains(credential.expose().rsplit('.').next().expect("a signature")));

    let malformed = run.sign(&run.signer(), LifecycleEvent::Installed, Signing::Malformed);
    let Authorization::Header(credential) = malformed else { panic!("no header") };
    assert_eq!(credential.statement(), None);
}
