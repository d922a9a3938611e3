//! A JSON Web Token, taken apart but not yet believed.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::refusal::Refusal;

/// A token in compact form (RFC 7515, section 7.1).
#[derive(Debug)]
pub(super) struct Token<'text> {
    pub(super) header: Header,
    pub(super) claims: Claims,
    pub(super) signature: Vec<u8>,
    /// What the signature is over.
    pub(super) message: &'text [u8],
}

#[derive(Debug, Deserialize)]
pub(super) struct Header {
    #[serde(rename = "alg")]
    pub(super) algorithm: String,
    #[serde(rename = "kid")]
    pub(super) key_id: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Claims {
    #[serde(rename = "iss")]
    pub(super) issuer: String,
    #[serde(rename = "aud")]
    pub(super) audience: Option<Audience>,
    #[serde(rename = "sub")]
    pub(super) subject: Option<String>,
    #[serde(rename = "iat")]
    pub(super) issued_at: Option<u64>,
    #[serde(rename = "exp")]
    pub(super) expires_at: u64,
    #[serde(rename = "qsh")]
    pub(super) query_hash: Option<String>,
}

/// The audience: one, or a list of which frameworks read the first.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum Audience {
    One(String),
    Many(Vec<String>),
}

impl Audience {
    pub(super) fn first(&self) -> Option<&str> {
        match self {
            Self::One(audience) => Some(audience),
            Self::Many(audiences) => audiences.first().map(String::as_str),
        }
    }
}

impl<'text> Token<'text> {
    /// Takes a token apart.
    pub(super) fn parse(text: &'text str) -> Result<Self, Refusal> {
        let malformed = Refusal::MalformedToken;
        let (message, signature) = text.rsplit_once('.').ok_or(malformed)?;
        let (header, claims) = message.split_once('.').ok_or(malformed)?;
        Ok(Self {
            header: decode(header)?,
            claims: decode(claims)?,
            signature: URL_SAFE_NO_PAD.decode(signature).map_err(|_| malformed)?,
            message: message.as_bytes(),
        })
    }
}

fn decode<T: DeserializeOwned>(part: &str) -> Result<T, Refusal> {
    let json = URL_SAFE_NO_PAD.decode(part).map_err(|_| Refusal::MalformedToken)?;
    serde_json::from_slice(&json).map_err(|_| Refusal::MalformedToken)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(header: &str, claims: &str) -> String {
        format!("{}.{}.AAAA", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(claims))
    }

    #[test]
    fn a_token_is_taken_apart() {
        let text = token(r#"{"alg":"RS256","kid":"a/b"}"#, r#"{"iss":"c","aud":["x","y"],"exp":9,"iat":8}"#);
        let token = Token::parse(&text).unwrap();
        assert_eq!(token.header.key_id.as_deref(), Some("a/b"));
        assert_eq!(token.claims.audience.unwrap().first(), Some("x"));
        assert_eq!(token.signature, [0, 0, 0]);
        assert_eq!(token.message, text.rsplit_once('.').unwrap().0.as_bytes());
    }

    #[test]
    fn what_is_no_token_is_refused() {
        let no_expiry = token(r#"{"alg":"RS256"}"#, r#"{"iss":"c"}"#);
        for text in ["", "a.b", "a.b.c", "....", "not a token", &no_expiry] {
            assert_eq!(Token::parse(text).unwrap_err(), Refusal::MalformedToken, "{text}");
        }
    }
}
