//! A known secret in every form in which an app may send it back.

use std::fmt::Write;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_encode};

use super::REDACTED;

/// The shortest part of a secret, at the end of a text that was cut off, that is worth hiding.
const SHORTEST_REMNANT: usize = 8;

/// One secret in every form in which an app may send it back, the longest first.
#[derive(Clone)]
pub(super) struct Encodings {
    forms: Vec<String>,
}

impl Encodings {
    /// Every form of `secret`.
    pub(super) fn of(secret: &str) -> Self {
        let mut forms = vec![
            secret.to_owned(),
            json(secret),
            json(secret).replace('/', "\\/"),
            html(secret),
            hex(secret),
            hex(secret).to_uppercase(),
            escaped(&hex(secret)),
            escaped(&hex(secret).to_uppercase()),
        ];
        for percent_encoded in [percent(secret, NON_ALPHANUMERIC), percent(secret, UNRESERVED_KEPT)] {
            forms.push(percent_encoded.replace("%20", "+"));
            forms.push(lower_case_escapes(&percent_encoded));
            forms.push(percent_encoded);
        }
        let encoded = (0..3).flat_map(|shift| base64_within(secret, shift));
        // Of a short secret so little is left that it would be found everywhere.
        forms.extend(encoded.filter(|form| form.len() >= SHORTEST_REMNANT));
        forms.sort_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
        forms.dedup();
        Self { forms }
    }

    /// Whether `text` holds the whole secret in any form.
    pub(super) fn is_in(&self, text: &str) -> bool {
        self.forms.iter().any(|form| text.contains(form))
    }

    /// `text` without any form of the secret, nor the beginning of one at its end.
    pub(super) fn remove_from(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for form in &self.forms {
            if text.contains(form) {
                text = text.replace(form, REDACTED);
            }
        }
        if let Some(at) = self.forms.iter().filter_map(|form| remnant(&text, form)).min() {
            text.truncate(at);
            text.push_str(REDACTED);
        }
        text
    }
}

/// Where the end of `text` holds the beginning of `form`.
fn remnant(text: &str, form: &str) -> Option<usize> {
    (SHORTEST_REMNANT..form.len())
        .rev()
        .filter(|length| form.is_char_boundary(*length))
        .find(|length| text.ends_with(&form[..*length]))
        .map(|length| text.len() - length)
}

/// What the URL standards leave as it is.
const UNRESERVED_KEPT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

fn percent(secret: &str, set: &'static AsciiSet) -> String {
    percent_encode(secret.as_bytes(), set).to_string()
}

/// `%2F` as `%2f`: both spellings are in use.
fn lower_case_escapes(percent_encoded: &str) -> String {
    let mut parts = percent_encoded.split('%');
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (digits, rest) = part.split_at(2);
        let _ = write!(text, "%{}{rest}", digits.to_ascii_lowercase());
    }
    text
}

fn json(secret: &str) -> String {
    let quoted = serde_json::Value::from(secret).to_string();
    quoted[1..quoted.len() - 1].to_owned()
}

fn html(secret: &str) -> String {
    secret
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
        .replace('\'', "&#39;")
}

fn hex(secret: &str) -> String {
    secret.bytes().fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

/// Hexadecimal digits as URL escapes of every single byte, as the strictest of encoders write them.
fn escaped(hex: &str) -> String {
    hex.as_bytes().chunks(2).map(|digits| format!("%{}", String::from_utf8_lossy(digits))).collect()
}

/// The base64 of the secret when `shift` bytes (modulo 3) precede it in what is encoded, without the
/// digits at both ends that depend on the neighbours.
fn base64_within(secret: &str, shift: usize) -> [String; 2] {
    let mut bytes = vec![0; shift];
    bytes.extend(secret.as_bytes());
    let first = (shift * 8).div_ceil(6);
    let last = bytes.len() * 8 / 6;
    [STANDARD_NO_PAD.encode(&bytes), URL_SAFE_NO_PAD.encode(&bytes)].map(|text| text[first..last].to_owned())
}

#[cfg(test)]
mod tests {
    use base64::engine::general_purpose::STANDARD;
    use proptest::prelude::*;

    use super::*;

    const SECRET: &str = "ATCOs3cr3t/with+odd=chars&\"quotes\"-0123456789";

    fn removed(text: &str) -> String {
        Encodings::of(SECRET).remove_from(text)
    }

    #[test]
    fn a_secret_goes_in_every_form() {
        for form in [
            SECRET.to_owned(),
            json(SECRET),
            json(SECRET).replace('/', "\\/"),
            html(SECRET),
            hex(SECRET),
            SECRET.bytes().map(|byte| format!("%{byte:02x}")).collect(),
            SECRET.bytes().map(|byte| format!("%{byte:02X}")).collect(),
            percent(SECRET, NON_ALPHANUMERIC),
            percent(SECRET, UNRESERVED_KEPT)
                .replace("%2F", "%2f")
                .replace("%2B", "%2b")
                .replace("%3D", "%3d"),
        ] {
            let text = removed(&format!("before {form} after"));
            assert!(text.starts_with("before [redacted]") && text.ends_with(" after"), "{form}: {text}");
        }
    }

    #[test]
    fn a_secret_goes_wherever_it_stands_in_something_encoded() {
        for before in ["", "a", "ab", "{\"sharedSecret\":\""] {
            for after in ["", "}", "\"}"] {
                let encoded = STANDARD.encode(format!("{before}{SECRET}{after}"));
                let text = removed(&encoded);
                assert!(text.contains(REDACTED), "{before:?} {after:?}: {text}");
                assert!(text.len() < REDACTED.len() + 40, "{before:?} {after:?}: {text}");
            }
        }
    }

    proptest! {
        #[test]
        fn no_secret_stays_in_any_text(secret in "\\PC{1,40}", before in "\\PC{0,20}", after in "\\PC{0,20}") {
            let encodings = Encodings::of(&secret);
            prop_assume!(!REDACTED.contains(&secret));
            for form in [secret.clone(), json(&secret), percent(&secret, NON_ALPHANUMERIC)] {
                let text = encodings.remove_from(&format!("{before}{form}{after}"));
                let marker_free = text.replace(REDACTED, "\n");
                prop_assert!(!marker_free.contains(&secret), "{text}");
            }
        }
    }

    #[test]
    fn a_secret_that_is_cut_off_goes_too() {
        assert_eq!(removed("body: ATCOs3cr3t/wi"), "body: [redacted]");
        assert_eq!(removed("body: ATCO"), "body: ATCO");
        assert_eq!(removed("nothing here"), "nothing here");
    }
}
