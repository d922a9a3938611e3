//! One token in the making: what it claims, what proves it, where it goes.

use aws_lc_rs::hmac;
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use jiff::SignedDuration;
use serde_json::{Map, Value, json};

use super::identity::SharedSecret;
use super::install_keys::SigningKey;
use super::jwt::{Authorization, Credential, SigningFailed};

/// A token before it is signed.
pub(super) struct Draft<'a> {
    pub(super) kid: Option<String>,
    pub(super) claims: Map<String, Value>,
    pub(super) proof: Proof<'a>,
    pub(super) shape: Shape,
    pub(super) carrier: Carrier,
}

/// What a token is signed with.
#[derive(Clone, Copy)]
pub(super) enum Proof<'a> {
    Key(&'a SigningKey),
    Secret(&'a [u8]),
    Nothing,
}

/// What becomes of a token after it is signed.
pub(super) enum Shape {
    Whole,
    CutShort,
    NoToken,
}

/// Where a token is put.
pub(super) enum Carrier {
    /// In the header, after this scheme.
    Header(&'static str),
    Parameter,
    Nothing,
}

impl<'a> Proof<'a> {
    pub(super) fn secret(secret: &'a SharedSecret) -> Self {
        Self::Secret(secret.expose().as_bytes())
    }

    const fn algorithm(self) -> &'static str {
        match self {
            Self::Key(_) => "RS256",
            Self::Secret(_) => "HS256",
            Self::Nothing => "none",
        }
    }

    fn sign(self, message: &[u8]) -> Result<Vec<u8>, SigningFailed> {
        match self {
            Self::Key(key) => key.sign(message).map_err(|_| SigningFailed::Library),
            Self::Secret(secret) => {
                let key = hmac::Key::new(hmac::HMAC_SHA256, secret);
                Ok(hmac::sign(&key, message).as_ref().to_vec())
            }
            Self::Nothing => Ok(Vec::new()),
        }
    }
}

impl<'a> Draft<'a> {
    /// Takes another proof, and the kid that goes with it.
    pub(super) fn prove_with(&mut self, proof: Proof<'a>) {
        self.kid = match proof {
            Proof::Key(key) => Some(key.kid().to_string()),
            Proof::Secret(_) | Proof::Nothing => None,
        };
        self.proof = proof;
    }

    pub(super) fn claim(&mut self, name: &str, value: Value) {
        self.claims.insert(name.to_owned(), value);
    }

    pub(super) fn disclaim(&mut self, name: &str) {
        self.claims.shift_remove(name);
    }

    pub(super) fn shift(&mut self, name: &str, by: SignedDuration) {
        if let Some(seconds) = self.claims.get(name).and_then(Value::as_i64) {
            self.claim(name, (seconds + by.as_secs()).into());
        }
    }

    pub(super) fn finish(self) -> Result<Authorization, SigningFailed> {
        Ok(match self.carrier {
            Carrier::Header(scheme) => {
                Authorization::Header(Credential(format!("{scheme} {}", self.token()?)))
            }
            Carrier::Parameter => Authorization::Parameter(Credential(self.token()?)),
            Carrier::Nothing => Authorization::Absent,
        })
    }

    fn token(self) -> Result<String, SigningFailed> {
        let mut header = json!({ "typ": "JWT", "alg": self.proof.algorithm() });
        if let Some(kid) = &self.kid {
            header["kid"] = kid.as_str().into();
        }
        let encode = |bytes: &[u8]| BASE64_URL_SAFE_NO_PAD.encode(bytes);
        let claims = Value::Object(self.claims).to_string();
        let message = format!("{}.{}", encode(header.to_string().as_bytes()), encode(claims.as_bytes()));
        let mut signature = self.proof.sign(message.as_bytes())?;
        match self.shape {
            Shape::Whole => {}
            Shape::CutShort => signature.truncate(signature.len() / 2),
            Shape::NoToken => return Ok("this-is-no-token".to_owned()),
        }
        Ok(format!("{message}.{}", encode(&signature)))
    }
}
