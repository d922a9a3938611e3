//! A tenant's secrets taken out of what an app sent back.

use base64::Engine;
use base64::prelude::{BASE64_STANDARD_NO_PAD, BASE64_URL_SAFE_NO_PAD};
use bytes::Bytes;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use super::identity::SharedSecret;
use super::tenant::Tenant;

const REDACTED: &[u8] = b"(redacted)";

impl Tenant {
    /// Whether `received` holds one of the tenant's secrets, plain or encoded.
    pub fn is_echoed_in(&self, received: &[u8]) -> bool {
        self.secret_forms().any(|form| find(received, &form).is_some())
    }

    /// `received` without the tenant's secrets, plain or encoded.
    pub fn redact(&self, received: &Bytes) -> Bytes {
        self.secret_forms().fold(received.clone(), |text, form| {
            if find(&text, &form).is_some() { replaced(&text, &form) } else { text }
        })
    }

    fn secret_forms(&self) -> impl Iterator<Item = Vec<u8>> {
        [Some(self.secret()), self.previous_secret(), self.delivered_secret()]
            .into_iter()
            .flatten()
            .flat_map(SharedSecret::forms)
    }
}

impl SharedSecret {
    /// The ways in which a secret may be written: plain, percent-encoded, and in base64, of which a part
    /// stays the same wherever the secret begins in the encoded text.
    fn forms(&self) -> Vec<Vec<u8>> {
        let plain = self.expose();
        let mut forms = vec![plain.as_bytes().to_vec(), percent_encoded(plain)];
        for skipped in 0..3 {
            let aligned = &plain.as_bytes()[skipped.min(plain.len())..];
            let whole = &aligned[..aligned.len() / 3 * 3];
            forms.push(BASE64_STANDARD_NO_PAD.encode(whole).into_bytes());
            forms.push(BASE64_URL_SAFE_NO_PAD.encode(whole).into_bytes());
        }
        forms.retain(|form| !form.is_empty());
        forms.dedup();
        forms
    }
}

fn percent_encoded(text: &str) -> Vec<u8> {
    utf8_percent_encode(text, NON_ALPHANUMERIC).to_string().into_bytes()
}

fn find(text: &[u8], form: &[u8]) -> Option<usize> {
    text.windows(form.len()).position(|window| window == form)
}

fn replaced(text: &[u8], form: &[u8]) -> Bytes {
    let mut rest = text;
    let mut result = Vec::with_capacity(text.len());
    while let Some(at) = find(rest, form) {
        result.extend_from_slice(&rest[..at]);
        result.extend_from_slice(REDACTED);
        rest = &rest[at + form.len()..];
    }
    result.extend_from_slice(rest);
    result.into()
}
