//! Deciding whether to believe a token, in the order in which apps do.

use std::time::{SystemTime, UNIX_EPOCH};

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::signature::{RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};
use hyper::StatusCode;
use hyper::header::AUTHORIZATION;
use rustls::pki_types::SubjectPublicKeyInfoDer;
use rustls::pki_types::pem::PemObject;

use super::KeyHost;
use super::Misbehaviour as M;
use super::key_host::{self, Fetch};
use super::refusal::Refusal;
use super::tenants::{Secret, Tenant};
use super::token::Token;
use crate::atlassian::query_hash::query_hash;
use crate::serve::Request;

/// How far clocks may lie apart, in seconds.
const LEEWAY_SECONDS: u64 = 3;

/// The fixed `qsh` of a context token, which is bound to no URL.
const CONTEXT: &str = "context-qsh";

/// What a token has to fit.
pub(super) struct Expected<'a> {
    /// The request that carries it.
    pub(super) request: &'a Request,
    /// The request's path without the base URL's.
    pub(super) path: &'a str,
    /// The app's base URL.
    pub(super) base_url: &'a str,
}

/// The token that a request carries in its `Authorization` header or, as pages do, in its query.
pub(super) fn token_of(request: &Request) -> Result<String, Refusal> {
    if let Some(value) = request.headers().get(AUTHORIZATION) {
        let value = value.to_str().map_err(|_| Refusal::MalformedToken)?;
        return value.strip_prefix("JWT ").map(str::to_owned).ok_or(Refusal::NoToken);
    }
    let query = request.uri().query().unwrap_or_default();
    let token = url::form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "jwt");
    token.map(|(_, token)| token.into_owned()).ok_or(Refusal::NoToken)
}

/// Verifies a signed install (or uninstall) for the tenant `client_key`.
pub(super) async fn signed_install(
    token: &Token<'_>,
    key_host: &KeyHost,
    client_key: &str,
    expected: &Expected<'_>,
    wrong: impl Fn(M) -> bool,
) -> Result<(), Refusal> {
    match public_key(token, key_host, &wrong).await {
        Ok(pem) => asymmetric_signature(token, &pem, &wrong)?,
        Err(_) if wrong(M::AcceptsUnknownKid) => {}
        Err(_) if wrong(M::AcceptsAlgorithmNone) && token.header.algorithm == "none" => {}
        Err(refusal) => return Err(refusal),
    }
    audience(token, expected.base_url, &wrong)?;
    if token.claims.issuer != client_key && !wrong(M::IgnoresIssuer) {
        return Err(Refusal::WrongIssuer);
    }
    time(token, &wrong)?;
    bound(token, expected, &wrong)
}

/// Verifies a token signed with the secret of its tenant. `bound_to_request` is what a callback or a URL
/// of the product wants; a page opened by its own script carries a context token as well.
pub(super) fn tenants_token(
    token: &Token<'_>,
    tenant: &Tenant,
    expected: &Expected<'_>,
    context_allowed: bool,
    wrong: impl Fn(M) -> bool,
) -> Result<(), Refusal> {
    if token.header.algorithm != "HS256" {
        return Err(Refusal::WrongAlgorithm);
    }
    if !tenant.signed(token.message, &token.signature) {
        return Err(Refusal::WrongSignature);
    }
    time(token, &wrong)?;
    if context_allowed && token.claims.query_hash.as_deref() == Some(CONTEXT) {
        return Ok(());
    }
    bound(token, expected, &wrong)
}

async fn public_key(
    token: &Token<'_>,
    key_host: &KeyHost,
    wrong: impl Fn(M) -> bool,
) -> Result<String, Refusal> {
    let kid = token.header.key_id.as_deref().filter(|kid| key_host::acceptable(kid));
    let kid = kid.ok_or(Refusal::UnacceptableKid)?;
    match key_host.fetch(kid, wrong(M::WaitsForKeyHost)).await {
        Fetch::Key(pem) => Ok(pem),
        Fetch::Unknown => Err(Refusal::UnknownKid(StatusCode::UNAUTHORIZED)),
        Fetch::Failed if wrong(M::HidesKeyHostFailure) => Err(Refusal::KeyHostFailed(StatusCode::NOT_FOUND)),
        Fetch::Failed => Err(Refusal::KeyHostFailed(StatusCode::BAD_GATEWAY)),
    }
}

fn asymmetric_signature(token: &Token<'_>, pem: &str, wrong: impl Fn(M) -> bool) -> Result<(), Refusal> {
    if wrong(M::SkipsSignature) {
        return Ok(());
    }
    match token.header.algorithm.as_str() {
        "RS256" => {}
        "none" if wrong(M::AcceptsAlgorithmNone) => return Ok(()),
        "HS256" if wrong(M::AcceptsPublicKeyAsSecret) => {
            let by = |secret: &str| Secret::new(secret).signed(token.message, &token.signature);
            return if by(pem) || by(pem.trim_end()) { Ok(()) } else { Err(Refusal::WrongSignature) };
        }
        _ => return Err(Refusal::WrongAlgorithm),
    }
    let failed = Refusal::KeyHostFailed(StatusCode::BAD_GATEWAY);
    let key = SubjectPublicKeyInfoDer::from_pem_slice(pem.as_bytes()).map_err(|_| failed)?;
    UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, key.as_ref())
        .verify(token.message, &token.signature)
        .map_err(|_| Refusal::WrongSignature)
}

fn audience(token: &Token<'_>, base_url: &str, wrong: impl Fn(M) -> bool) -> Result<(), Refusal> {
    let audience = token.claims.audience.as_ref().and_then(|audience| audience.first());
    let fits = audience.is_some_and(|audience| audience.trim_end_matches('/') == base_url);
    if fits || wrong(M::IgnoresAudience) { Ok(()) } else { Err(Refusal::WrongAudience) }
}

fn time(token: &Token<'_>, wrong: impl Fn(M) -> bool) -> Result<(), Refusal> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    if token.claims.expires_at.saturating_add(LEEWAY_SECONDS) < now && !wrong(M::IgnoresExpiry) {
        return Err(Refusal::Expired);
    }
    if token.claims.issued_at.is_some_and(|issued| issued > now + LEEWAY_SECONDS) {
        return Err(Refusal::FromTheFuture);
    }
    Ok(())
}

fn bound(token: &Token<'_>, expected: &Expected<'_>, wrong: impl Fn(M) -> bool) -> Result<(), Refusal> {
    if wrong(M::IgnoresQueryHash) {
        return Ok(());
    }
    let Some(claimed) = token.claims.query_hash.as_deref() else {
        return if wrong(M::AcceptsMissingQueryHash) { Ok(()) } else { Err(Refusal::WrongQueryHash) };
    };
    if claimed == CONTEXT && wrong(M::AcceptsContextToken) {
        return Ok(());
    }
    let method = expected.request.method().as_str();
    let hash = query_hash(method, expected.path, expected.request.uri().query());
    verify_slices_are_equal(hash.as_bytes(), claimed.as_bytes()).map_err(|_| Refusal::WrongQueryHash)
}
