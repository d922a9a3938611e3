//! Signed requests: the token of each callback, right or wrong in one named way.

use std::fmt;
use std::sync::{Arc, OnceLock};

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};

use super::install_keys::SigningKey;
use super::lifecycle::LifecycleEvent;
use super::query_hash::query_hash;
use super::target::Target;
use super::tenant::{NAMESPACE, Tenant};
use super::token::{Carrier, Draft, Proof, Shape};
use super::variant::Signing;

/// How the callbacks that hand over a secret are signed.
#[derive(Debug, Clone)]
pub enum InstallSignature {
    /// With a key of our own: RS256. Whether an app trusts it is the app's affair.
    Key(Arc<SigningKey>),
    /// As before signed installs: not at all at first, then with the secret that the app has.
    Legacy,
}

/// What all tokens of a run have in common.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenSettings {
    /// The app's base URL, exactly as its descriptor states it.
    pub audience: String,
    /// How `aud` is written.
    pub audience_form: AudienceForm,
    /// From `iat` to `exp`.
    pub lifetime: SignedDuration,
    /// How far `iat` lies before now. Some verifiers refuse the smallest difference of clocks.
    pub backdating: SignedDuration,
}

impl TokenSettings {
    /// 180 seconds, the default of Atlassian's own libraries.
    pub const LIFETIME: SignedDuration = SignedDuration::from_secs(180);
    /// More than clocks kept by NTP differ, and little of a lifetime.
    pub const BACKDATING: SignedDuration = SignedDuration::from_secs(5);

    /// The usual settings for an app.
    pub fn new(audience: impl Into<String>) -> Self {
        Self {
            audience: audience.into(),
            audience_form: AudienceForm::Text,
            lifetime: Self::LIFETIME,
            backdating: Self::BACKDATING,
        }
    }
}

/// How the `aud` claim is written; RFC 7519 allows both.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AudienceForm {
    /// A string.
    Text,
    /// An array of one string.
    List,
}

/// One request that is to be signed.
#[derive(Debug, Clone, Copy)]
pub struct SignedRequest<'a> {
    /// In whose name.
    pub tenant: &'a Tenant,
    /// What kind of request.
    pub call: Call<'a>,
    /// Where it goes.
    pub target: &'a Target,
    /// As Atlassian would, or how else.
    pub signing: Signing,
}

/// A kind of request to an app.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Call<'a> {
    /// A lifecycle callback, always a POST.
    Lifecycle(LifecycleEvent),
    /// Any other request of the product, with its method.
    Request(&'a str),
}

impl<'a> Call<'a> {
    /// The HTTP method.
    pub const fn method(self) -> &'a str {
        match self {
            Self::Lifecycle(_) => "POST",
            Self::Request(method) => method,
        }
    }
}

/// What a request carries to prove where it comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Authorization {
    /// Nothing.
    Absent,
    /// The header `Authorization`, with this value.
    Header(Credential),
    /// The query parameter [`Authorization::PARAMETER`], with this value.
    Parameter(Credential),
}

impl Authorization {
    /// The query parameter that may carry a token.
    pub const PARAMETER: &'static str = "jwt";
}

/// A usable token, or the header value with it. `Debug` doesn't show it.
#[derive(Clone, PartialEq, Eq)]
pub struct Credential(pub(super) String);

impl Credential {
    /// The text, to be sent and never to be kept.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Header and claims of the token in JSON, without the signature that makes it usable.
    pub fn statement(&self) -> Option<String> {
        let token = self.0.rsplit(' ').next()?;
        let mut parts = token.split('.').map(|part| {
            let json = BASE64_URL_SAFE_NO_PAD.decode(part).ok()?;
            String::from_utf8(json).ok()
        });
        Some(format!("{}.{}", parts.next()??, parts.next()??))
    }
}

impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Credential(redacted)")
    }
}

/// A request could not be signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SigningFailed {
    /// The tenant has only ever had one secret.
    #[error("the tenant has no previous secret to sign with")]
    NoPreviousSecret,
    /// The cryptographic library failed.
    #[error("the cryptographic library could not sign")]
    Library,
}

/// Signs requests. The only reader of a [`SharedSecret`](super::SharedSecret) besides the payload that hands it over.
#[derive(Debug)]
pub struct Signer {
    install: InstallSignature,
    settings: TokenSettings,
    /// A key that no one publishes, made when it is first needed.
    decoy: OnceLock<Option<SigningKey>>,
}

impl Signer {
    /// A signer for the tenants of one run.
    pub fn new(install: InstallSignature, settings: TokenSettings) -> Self {
        Self { install, settings, decoy: OnceLock::new() }
    }

    /// Signs a request at the time `now`.
    ///
    /// A wrong way of signing changes one thing in what Atlassian would send. Where Atlassian would send no
    /// token at all, it changes one that is signed with the tenant's secret.
    ///
    /// # Errors
    /// When the wanted secret does not exist, or the cryptographic library fails.
    pub fn sign(&self, request: &SignedRequest<'_>, now: Timestamp) -> Result<Authorization, SigningFailed> {
        let proof = match self.usual_proof(request) {
            Some(proof) => proof,
            None if request.signing == Signing::AsAtlassian => return Ok(Authorization::Absent),
            None => Proof::secret(request.tenant.secret()),
        };
        let mut draft = self.draft(request, proof, now);
        self.alter(&mut draft, request)?;
        draft.finish()
    }

    /// What Atlassian proves this request with; nothing for a legacy first install.
    fn usual_proof<'a>(&'a self, request: &SignedRequest<'a>) -> Option<Proof<'a>> {
        let tenant = request.tenant;
        match (request.call, &self.install) {
            (
                Call::Lifecycle(LifecycleEvent::Installed | LifecycleEvent::Uninstalled),
                InstallSignature::Key(key),
            ) => Some(Proof::Key(key)),
            (
                Call::Lifecycle(LifecycleEvent::Installed | LifecycleEvent::Uninstalled),
                InstallSignature::Legacy,
            ) => tenant.delivered_secret().map(Proof::secret),
            (Call::Lifecycle(LifecycleEvent::Enabled | LifecycleEvent::Disabled) | Call::Request(_), _) => {
                Some(Proof::secret(tenant.secret()))
            }
        }
    }

    fn draft<'a>(&'a self, request: &SignedRequest<'_>, proof: Proof<'a>, now: Timestamp) -> Draft<'a> {
        let issued_at = now.as_second() - self.settings.backdating.as_secs();
        let mut claims = Map::new();
        claims.insert("iss".to_owned(), request.tenant.client_key().as_str().into());
        if let Some(user) = request.tenant.user() {
            claims.insert("sub".to_owned(), user.into());
        }
        let kid = match proof {
            Proof::Key(key) => {
                claims.insert("aud".to_owned(), self.audience(&self.settings.audience));
                Some(key.kid().to_string())
            }
            // Tokens under a shared secret have no audience, and some verifiers refuse one unasked.
            Proof::Secret(_) | Proof::Nothing => None,
        };
        claims.insert("iat".to_owned(), issued_at.into());
        claims.insert("exp".to_owned(), (issued_at + self.settings.lifetime.as_secs()).into());
        let hash = query_hash(request.call.method(), request.target.path(), request.target.query());
        claims.insert("qsh".to_owned(), hash.into());
        claims.insert("context".to_owned(), json!({}));
        Draft { kid, claims, proof, shape: Shape::Whole, carrier: Carrier::Header("JWT") }
    }

    /// Makes the token wrong in the way that the request asks for.
    fn alter<'a>(&'a self, draft: &mut Draft<'a>, request: &SignedRequest<'a>) -> Result<(), SigningFailed> {
        match request.signing {
            Signing::AsAtlassian => {}
            Signing::CurrentSecret => draft.prove_with(Proof::secret(request.tenant.secret())),
            Signing::PreviousSecret => {
                let secret = request.tenant.previous_secret().ok_or(SigningFailed::NoPreviousSecret)?;
                draft.prove_with(Proof::secret(secret));
            }
            Signing::Unsigned => draft.carrier = Carrier::Nothing,
            Signing::WrongKey => {
                draft.proof = match draft.proof {
                    Proof::Key(_) => Proof::Key(self.decoy()?),
                    Proof::Secret(_) | Proof::Nothing => Proof::Secret(b"some other secret"),
                };
            }
            Signing::UnknownKid => self.rename_key(draft, |_| UNKNOWN_KID.to_owned())?,
            Signing::MissingKid => {
                draft.prove_with(Proof::Key(self.key()?));
                draft.kid = None;
            }
            Signing::KidTraversal => self.rename_key(draft, |kid| format!("x/../{kid}"))?,
            Signing::KidQuery => self.rename_key(draft, |kid| format!("{kid}?x=1"))?,
            Signing::Ecoscanner => {
                draft.prove_with(Proof::Key(self.decoy()?));
                draft.kid = Some("fake-kid".to_owned());
                draft.shift("exp", ECOSCANNER_LIFETIME - self.settings.lifetime);
            }
            Signing::WrongAudience => draft.claim("aud", self.audience("https://another-app.example")),
            Signing::MissingAudience => draft.disclaim("aud"),
            Signing::WrongIssuer => draft.claim("iss", format!("{NAMESPACE}another-tenant").into()),
            Signing::MissingIssuer => draft.disclaim("iss"),
            Signing::WrongQsh => {
                draft.claim("qsh", query_hash(request.call.method(), "/another/path", None).into());
            }
            Signing::MissingQsh => draft.disclaim("qsh"),
            Signing::ContextQsh => draft.claim("qsh", "context-qsh".into()),
            Signing::Expired => {
                draft.shift("iat", -EXPIRED_SINCE - self.settings.lifetime);
                draft.shift("exp", -EXPIRED_SINCE - self.settings.lifetime);
            }
            Signing::MissingExpiry => draft.disclaim("exp"),
            Signing::AlgorithmNone => draft.proof = Proof::Nothing,
            Signing::PublicKeyAsSecret => draft.proof = Proof::Secret(self.key()?.public_pem().as_bytes()),
            Signing::TruncatedSignature => draft.shape = Shape::CutShort,
            Signing::Malformed => draft.shape = Shape::NoToken,
            Signing::TokenInQuery => draft.carrier = Carrier::Parameter,
            Signing::BearerScheme => draft.carrier = Carrier::Header("Bearer"),
        }
        Ok(())
    }

    /// Signs with the install key under a kid made from its own.
    fn rename_key<'a>(
        &'a self,
        draft: &mut Draft<'a>,
        rename: impl FnOnce(&str) -> String,
    ) -> Result<(), SigningFailed> {
        let key = self.key()?;
        draft.prove_with(Proof::Key(key));
        draft.kid = Some(rename(key.kid().as_str()));
        Ok(())
    }

    /// The install key; where installs are not signed with one, a key that no one publishes.
    fn key(&self) -> Result<&SigningKey, SigningFailed> {
        match &self.install {
            InstallSignature::Key(key) => Ok(key),
            InstallSignature::Legacy => self.decoy(),
        }
    }

    fn decoy(&self) -> Result<&SigningKey, SigningFailed> {
        self.decoy.get_or_init(|| SigningKey::generate(None).ok()).as_ref().ok_or(SigningFailed::Library)
    }

    fn audience(&self, app: &str) -> Value {
        match self.settings.audience_form {
            AudienceForm::Text => app.into(),
            AudienceForm::List => json!([app]),
        }
    }
}

/// A kid of the usual form that no key server publishes.
const UNKNOWN_KID: &str = "00000000-0000-4000-8000-000000000000";

/// How long the tokens of Atlassian's Ecoscanner live.
const ECOSCANNER_LIFETIME: SignedDuration = SignedDuration::from_hours(3);

/// Beyond any leeway for the difference of clocks.
const EXPIRED_SINCE: SignedDuration = SignedDuration::from_hours(1);
