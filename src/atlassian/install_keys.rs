//! The key that signs installs: RSA, known to apps by its kid and published as a PEM file under that name.

use std::fmt;

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der, PublicKeyX509Der};
use aws_lc_rs::error::{KeyRejected, Unspecified};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_SHA256};
use rustls::pki_types::PrivateKeyDer;
use rustls::pki_types::pem::PemObject;
use x509_cert::der::pem::{LineEnding, encode_string};

use super::identity::InvalidIdentity;
use super::names::derived_uuid;

/// The name under which a key is published: letters, digits, `_`, `-`, and `/` between its parts.
///
/// Until late 2024 Atlassian's were UUIDs; since then a slash may be in them.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Kid(String);

impl Kid {
    /// The name under which the probe signs for apps that trust Atlassian alone. It is never published.
    pub const UNTRUSTED: &'static str = "rehearsal-untrusted";

    /// Reads a kid.
    ///
    /// # Errors
    /// When it is empty, has other characters, or an empty part between slashes.
    pub fn new(text: impl Into<String>) -> Result<Self, InvalidIdentity> {
        let text = text.into();
        let problem = if text.split('/').any(str::is_empty) {
            "is empty, or has an empty part"
        } else if !text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '/')) {
            "has other characters than letters, digits, `_`, `-` and `/`"
        } else {
            return Ok(Self(text));
        };
        Err(InvalidIdentity::new("kid", problem, text.escape_debug().to_string()))
    }

    /// The name [`Kid::UNTRUSTED`].
    pub fn untrusted() -> Self {
        Self(Self::UNTRUSTED.to_owned())
    }

    /// The name itself.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// A UUID that follows from the public key, so that a key file needs no other to name it.
    fn of_public_key(spki: &[u8]) -> Self {
        Self(derived_uuid(spki).to_string())
    }
}

impl fmt::Display for Kid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Why a key can't be used. None of these repeats any part of the key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyProblem {
    /// There is no private key in the text.
    #[error("holds no private key in PEM form (`-----BEGIN PRIVATE KEY-----`)")]
    NoPrivateKey,
    /// The key is behind a passphrase.
    #[error("holds a private key that is encrypted; decrypt it with `openssl pkey -in FILE -out NEW_FILE`")]
    Encrypted,
    /// It is only the public half.
    #[error("holds a public key; the private one is needed to sign")]
    PublicOnly,
    /// It is no RSA key, or a damaged or too small one.
    #[error("holds a private key that can't sign RS256 ({0}); RSA of 2048 to 8192 bits is needed")]
    Unsuitable(String),
    /// The kid written in front of the key is none.
    #[error("names its key wrongly: {0}")]
    Kid(#[from] InvalidIdentity),
    /// The cryptographic library failed.
    #[error("the cryptographic library failed at a step that does not depend on input")]
    Library,
}

impl From<Unspecified> for KeyProblem {
    fn from(_: Unspecified) -> Self {
        Self::Library
    }
}

impl From<KeyRejected> for KeyProblem {
    fn from(rejected: KeyRejected) -> Self {
        Self::Unsuitable(rejected.to_string())
    }
}

/// A private key in PEM form. `Debug` doesn't show it.
pub struct PrivatePem(String);

impl PrivatePem {
    /// The text, for the key file.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for PrivatePem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PrivatePem(redacted)")
    }
}

/// The line in front of a key that names it. Readers of PEM skip what stands before `-----BEGIN`.
const KID_LINE: &str = "kid: ";

/// An RSA key that signs installs. `Debug` shows its kid alone.
pub struct SigningKey {
    kid: Kid,
    pair: KeyPair,
    public_pem: String,
}

impl SigningKey {
    /// Makes a new key of 2048 bits, as Atlassian's are. Without a kid it is named after itself.
    ///
    /// # Errors
    /// When the cryptographic library fails.
    pub fn generate(kid: Option<Kid>) -> Result<Self, KeyProblem> {
        Self::named(KeyPair::generate(KeySize::Rsa2048)?, kid)
    }

    /// Reads a key file: PKCS#8 or PKCS#1 in PEM form.
    ///
    /// The kid is the one given; otherwise the one in the line `kid: …` before the key, which
    /// [`SigningKey::private_pem`] writes; otherwise a UUID that follows from the key.
    ///
    /// # Errors
    /// Says what the text holds instead of a key that can sign.
    pub fn from_pem(text: &str, kid: Option<Kid>) -> Result<Self, KeyProblem> {
        let pair = match PrivateKeyDer::from_pem_slice(text.as_bytes()) {
            Ok(PrivateKeyDer::Pkcs8(der)) => KeyPair::from_pkcs8(der.secret_pkcs8_der())?,
            Ok(PrivateKeyDer::Pkcs1(der)) => KeyPair::from_der(der.secret_pkcs1_der())?,
            Ok(_) => return Err(KeyProblem::Unsuitable("it is an EC key".to_owned())),
            Err(_)
                if text.contains("BEGIN ENCRYPTED PRIVATE KEY")
                    || text.contains("Proc-Type: 4,ENCRYPTED") =>
            {
                return Err(KeyProblem::Encrypted);
            }
            Err(_) if text.contains("BEGIN PUBLIC KEY") => return Err(KeyProblem::PublicOnly),
            Err(_) => return Err(KeyProblem::NoPrivateKey),
        };
        let kid = match (kid, noted_kid(text)) {
            (Some(kid), _) => Some(kid),
            (None, Some(noted)) => Some(Kid::new(noted)?),
            (None, None) => None,
        };
        Self::named(pair, kid)
    }

    fn named(pair: KeyPair, kid: Option<Kid>) -> Result<Self, KeyProblem> {
        let spki: PublicKeyX509Der<'_> = pair.public_key().as_der()?;
        let kid = kid.unwrap_or_else(|| Kid::of_public_key(spki.as_ref()));
        let public_pem = pem("PUBLIC KEY", spki.as_ref())?;
        Ok(Self { kid, pair, public_pem })
    }

    /// The name of the key.
    pub fn kid(&self) -> &Kid {
        &self.kid
    }

    /// The public half as it is published: SPKI in PEM form.
    pub fn public_pem(&self) -> &str {
        &self.public_pem
    }

    /// The key file: the kid in a line of its own, then PKCS#8 in PEM form.
    ///
    /// # Errors
    /// When the cryptographic library fails.
    pub fn private_pem(&self) -> Result<PrivatePem, KeyProblem> {
        let der: Pkcs8V1Der<'_> = self.pair.as_der()?;
        Ok(PrivatePem(format!("{KID_LINE}{}\n{}", self.kid, pem("PRIVATE KEY", der.as_ref())?)))
    }

    /// Signs as RS256 does.
    pub(super) fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Unspecified> {
        let mut signature = vec![0; self.pair.public_modulus_len()];
        self.pair.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message, &mut signature)?;
        Ok(signature)
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKey").field("kid", &self.kid).finish_non_exhaustive()
    }
}

fn noted_kid(text: &str) -> Option<&str> {
    text.lines()
        .take_while(|line| !line.starts_with("-----BEGIN"))
        .find_map(|line| line.strip_prefix(KID_LINE.trim_end()))
        .map(str::trim)
}

fn pem(label: &'static str, der: &[u8]) -> Result<String, KeyProblem> {
    encode_string(label, LineEnding::LF, der).map_err(|_| KeyProblem::Library)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key() -> SigningKey {
        SigningKey::generate(None).expect("the library works")
    }

    #[test]
    fn a_kid_names_a_file_and_no_other_place() {
        for good in ["fake-kid", "7e4ea75a-0000-8000-8000-000000000000", "team/a_1/B"] {
            assert_eq!(Kid::new(good).expect("valid").as_str(), good);
        }
        for bad in ["", "/a", "a/", "a//b", "..", "a/../b", "a b", "a?b", "a.pem", "\u{e9}", "a\n"] {
            assert!(Kid::new(bad).is_err(), "{bad:?}");
        }
        assert_eq!(Kid::new(Kid::UNTRUSTED), Ok(Kid::untrusted()));
    }

    #[test]
    fn a_key_file_keeps_key_and_kid() {
        let slashed = SigningKey::generate(Some(Kid::new("team/1").expect("valid"))).expect("works");
        for key in [key(), slashed] {
            let file = key.private_pem().expect("works");
            let read = SigningKey::from_pem(file.expose(), None).expect("its own file");
            assert_eq!(read.public_pem(), key.public_pem());
            assert_eq!(read.kid(), key.kid());
            let other = Kid::new("other").expect("valid");
            assert_eq!(
                SigningKey::from_pem(file.expose(), Some(other.clone())).expect("valid").kid(),
                &other
            );
        }
    }

    #[test]
    fn a_key_without_a_name_is_named_after_itself() {
        let (a, b) = (key(), key());
        assert_ne!(a.kid(), b.kid());
        uuid::Uuid::parse_str(a.kid().as_str()).expect("a UUID");
        let file = a.private_pem().expect("works");
        let bare = file.expose().lines().skip(1).fold(String::new(), |text, line| text + line + "\n");
        assert!(bare.starts_with("-----BEGIN PRIVATE KEY-----\n"));
        assert_eq!(SigningKey::from_pem(&bare, None).expect("valid").kid(), a.kid());
    }

    #[test]
    fn what_is_no_key_is_told_apart() {
        let key = key();
        let file = key.private_pem().expect("works");
        let of = |text: &str| SigningKey::from_pem(text, None).expect_err("no key");
        assert_eq!(of(""), KeyProblem::NoPrivateKey);
        assert_eq!(of(key.public_pem()), KeyProblem::PublicOnly);
        assert_eq!(of(&file.expose().replace(" PRIVATE", " ENCRYPTED PRIVATE")), KeyProblem::Encrypted);
        assert_eq!(of(&file.expose().replace('M', "*")), KeyProblem::NoPrivateKey);
        assert!(matches!(of(&file.expose().replace("PRIVATE", "EC PRIVATE")), KeyProblem::Unsuitable(_)));
        assert!(matches!(of(&file.expose().replace("kid: ", "kid: a.")), KeyProblem::Kid(_)));
        let damaged: String = file
            .expose()
            .lines()
            .enumerate()
            .filter(|(n, _)| *n != 5)
            .map(|(_, line)| format!("{line}\n"))
            .collect();
        assert!(matches!(of(&damaged), KeyProblem::Unsuitable(_)));
    }

    #[test]
    fn no_debug_output_shows_a_key() {
        let key = key();
        let file = key.private_pem().expect("works");
        let secret = file.expose().lines().nth(4).expect("a line of the key");
        assert!(!format!("{key:?} {file:?}").contains(secret));
    }
}
