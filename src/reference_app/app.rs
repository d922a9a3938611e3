//! What the app answers to which request.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

use hyper::{Method, StatusCode};
use serde_json::json;

use super::descriptor::descriptor;
use super::payload::Payload;
use super::refusal::Refusal;
use super::tenants::{Tenant, Tenants};
use super::token::Token;
use super::verify::{self, Expected};
use super::{AppTrust, Misbehaviour, Settings};
use crate::serve::{Request, Response, empty, reply};

const JSON: &str = "application/json";
const TEXT: &str = "text/plain; charset=utf-8";

#[derive(Debug)]
pub(super) struct App {
    settings: Settings,
    base_url: OnceLock<String>,
    tenants: Tenants,
    callbacks: AtomicU64,
}

/// A lifecycle callback.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Event {
    Installed,
    Uninstalled,
    Enabled,
    Disabled,
}

impl Event {
    const ALL: [Self; 4] = [Self::Installed, Self::Uninstalled, Self::Enabled, Self::Disabled];

    const fn name(self) -> &'static str {
        match self {
            Self::Installed => "installed",
            Self::Uninstalled => "uninstalled",
            Self::Enabled => "enabled",
            Self::Disabled => "disabled",
        }
    }

    fn at(path: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|event| path.strip_prefix('/') == Some(event.name()))
    }
}

impl App {
    pub(super) fn new(settings: &Settings) -> Self {
        Self {
            settings: settings.clone(),
            base_url: OnceLock::new(),
            tenants: Tenants::default(),
            callbacks: AtomicU64::new(0),
        }
    }

    /// States the base URL, once.
    pub(super) fn set_base_url(&self, base_url: String) {
        // It is stated right after the listener started, and nowhere else.
        let _ = self.base_url.set(base_url);
    }

    pub(super) fn base_url(&self) -> &str {
        self.base_url.get().map_or("", String::as_str)
    }

    pub(super) fn descriptor(&self) -> String {
        format!("{:#}\n", descriptor(&self.settings, self.base_url()))
    }

    pub(super) fn tenants(&self) -> &Tenants {
        &self.tenants
    }

    pub(super) fn callbacks(&self) -> u64 {
        self.callbacks.load(Ordering::Relaxed)
    }

    pub(super) async fn answer(&self, request: &Request) -> Response {
        let Some(path) = self.settings.context_path.strip(request.uri().path()) else {
            return empty(StatusCode::NOT_FOUND);
        };
        let expected = Expected { request, path, base_url: self.base_url() };
        let answer = match (request.method(), path, Event::at(path)) {
            (&Method::POST, _, Some(event)) => {
                self.callbacks.fetch_add(1, Ordering::Relaxed);
                self.callback(event, &expected).await
            }
            (&Method::GET, "/atlassian-connect.json", _) => {
                Ok(reply(StatusCode::OK, JSON, self.descriptor()))
            }
            (&Method::GET, "/protected", _) => self.page(&expected, true),
            (&Method::GET, "/protected/bound", _) => self.page(&expected, false),
            (&Method::POST, "/webhook", _) => {
                self.session(&expected, false).map(|_| empty(StatusCode::NO_CONTENT))
            }
            (_, "/atlassian-connect.json" | "/protected" | "/protected/bound" | "/webhook", _)
            | (_, _, Some(_)) => Ok(empty(StatusCode::METHOD_NOT_ALLOWED)),
            _ => Ok(empty(StatusCode::NOT_FOUND)),
        };
        answer.unwrap_or_else(|refusal| reply(refusal.status(), TEXT, format!("{refusal}\n")))
    }

    async fn callback(&self, event: Event, expected: &Expected<'_>) -> Result<Response, Refusal> {
        let payload = Payload::read(expected.request.body(), event.name(), &self.settings.app_key)?;
        match event {
            Event::Installed | Event::Uninstalled => self.verify_install(&payload, expected).await?,
            Event::Enabled | Event::Disabled => self.verify_by_secret(&payload, expected)?,
        }
        let secret = payload.shared_secret.clone();
        match event {
            Event::Installed => {
                payload.insist(|misbehaviour| self.wrong(misbehaviour))?;
                self.tenants.upsert(payload, |misbehaviour| self.wrong(misbehaviour))?;
            }
            Event::Uninstalled if self.wrong(Misbehaviour::KeepsUninstalledTenants) => {}
            Event::Uninstalled => self.tenants.remove(&payload.client_key),
            Event::Enabled => self.tenants.set_enabled(&payload.client_key, true),
            Event::Disabled => self.tenants.set_enabled(&payload.client_key, false),
        }
        match secret {
            Some(secret) if self.wrong(Misbehaviour::EchoesSecret) => {
                let body = json!({ "installed": { "sharedSecret": secret.expose() } }).to_string();
                Ok(reply(StatusCode::OK, JSON, body))
            }
            Some(_) | None => Ok(empty(StatusCode::NO_CONTENT)),
        }
    }

    async fn verify_install(&self, payload: &Payload, expected: &Expected<'_>) -> Result<(), Refusal> {
        let key_host = match &self.settings.trust {
            AppTrust::Anyone => return Ok(()),
            AppTrust::Legacy => return self.verify_legacy(payload, expected),
            AppTrust::KeyHost(key_host) => Ok(key_host),
            AppTrust::AtlassianOnly(status) => Err(Refusal::UnknownKid(*status)),
        };
        let text = match verify::token_of(expected.request) {
            Err(Refusal::NoToken) if self.wrong(Misbehaviour::AcceptsUnsigned) => return Ok(()),
            text => text?,
        };
        let token = self.token(&text)?;
        if self.wrong(Misbehaviour::InsistsOnUser) && token.claims.subject.is_none() {
            return Err(Refusal::Payload("no user is behind it"));
        }
        verify::signed_install(&token, key_host?, &payload.client_key, expected, |m| self.wrong(m)).await
    }

    /// Without signed installs, a tenant that is known proves itself by the secret it has; one that is not
    /// has nothing to prove itself with.
    fn verify_legacy(&self, payload: &Payload, expected: &Expected<'_>) -> Result<(), Refusal> {
        match self.tenants.find(&payload.client_key) {
            Some(_) => self.verify_by_secret(payload, expected),
            None => Ok(()),
        }
    }

    fn verify_by_secret(&self, payload: &Payload, expected: &Expected<'_>) -> Result<(), Refusal> {
        if matches!(self.settings.trust, AppTrust::Anyone) {
            return Ok(());
        }
        let (client_key, _) = self.session(expected, false)?;
        if client_key == payload.client_key { Ok(()) } else { Err(Refusal::WrongIssuer) }
    }

    fn page(&self, expected: &Expected<'_>, context_allowed: bool) -> Result<Response, Refusal> {
        let (client_key, tenant) = self.session(expected, context_allowed)?;
        let body = json!({ "clientKey": client_key, "baseUrl": tenant.base_url, "enabled": tenant.enabled });
        Ok(reply(StatusCode::OK, JSON, body.to_string()))
    }

    /// The tenant whose current secret signed the request.
    fn session(&self, expected: &Expected<'_>, context_allowed: bool) -> Result<(String, Tenant), Refusal> {
        let text = verify::token_of(expected.request)?;
        let token = self.token(&text)?;
        let tenant = self.tenants.find(&token.claims.issuer).ok_or(Refusal::UnknownTenant)?;
        verify::tenants_token(&token, &tenant, expected, context_allowed, |m| self.wrong(m))?;
        Ok((token.claims.issuer, tenant))
    }

    fn token<'text>(&self, text: &'text str) -> Result<Token<'text>, Refusal> {
        Token::parse(text).map_err(|refusal| {
            if self.wrong(Misbehaviour::FailsOnMalformedToken) { Refusal::Internal } else { refusal }
        })
    }

    fn wrong(&self, misbehaviour: Misbehaviour) -> bool {
        self.settings.misbehaviours.contains(&misbehaviour)
    }
}
