//! Keeping secrets out of evidence, applied as evidence enters the model.

mod encodings;
mod patterns;

use encodings::Encodings;

/// What stands where a secret stood.
pub const REDACTED: &str = "[redacted]";

/// Takes secrets out of texts: the exact ones it is given, in every form they may come back in, and
/// whatever looks like a token, a private key, a password or a shared secret.
#[derive(Clone, Default)]
pub struct Redactor {
    secrets: Vec<Encodings>,
}

impl Redactor {
    /// A redactor that knows these secrets. Empty ones are ignored.
    pub fn new<S: AsRef<str>>(secrets: impl IntoIterator<Item = S>) -> Self {
        let secrets = secrets
            .into_iter()
            .filter(|secret| !secret.as_ref().is_empty())
            .map(|secret| Encodings::of(secret.as_ref()))
            .collect();
        Self { secrets }
    }

    /// This redactor, knowing one more secret.
    #[must_use]
    pub fn and(mut self, secret: &str) -> Self {
        self.secrets.extend(Self::new([secret]).secrets);
        self
    }

    /// Whether `text` holds one of the secrets, whole and in whatever form.
    pub fn finds_secret_in(&self, text: &str) -> bool {
        self.secrets.iter().any(|secret| secret.is_in(text))
    }

    /// Takes secrets out of a text, e.g. the start of a body, a URL or an error.
    ///
    /// A known secret that the end of the text cuts off is taken out as well.
    pub fn redact_text(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for secret in &self.secrets {
            text = secret.remove_from(&text);
        }
        patterns::remove_from(&text)
    }

    /// Takes secrets out of a header's value. Of credentials the scheme remains, of cookies the names.
    pub fn redact_header(&self, name: &str, value: &str) -> String {
        let name = name.to_ascii_lowercase();
        let value = match name.as_str() {
            "authorization" | "proxy-authorization" => credentials(value),
            "cookie" => value.split(';').map(cookie_value).collect::<Vec<_>>().join(";"),
            "set-cookie" => match value.split_once(';') {
                Some((cookie, attributes)) => format!("{};{attributes}", cookie_value(cookie)),
                None => cookie_value(value),
            },
            _ if SECRET_NAMES.iter().any(|part| name.contains(part)) => REDACTED.to_owned(),
            _ => value.to_owned(),
        };
        self.redact_text(&value)
    }
}

impl std::fmt::Debug for Redactor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Redactor({} secrets)", self.secrets.len())
    }
}

/// Parts of the names of headers that carry secrets.
const SECRET_NAMES: [&str; 6] = ["token", "secret", "password", "api-key", "apikey", "private-key"];

fn credentials(value: &str) -> String {
    match value.split_once(' ') {
        Some((scheme, _)) if scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-') => {
            format!("{scheme} {REDACTED}")
        }
        Some(_) | None => REDACTED.to_owned(),
    }
}

fn cookie_value(cookie: &str) -> String {
    match cookie.split_once('=') {
        Some((name, _)) => format!("{name}={REDACTED}"),
        None => REDACTED.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "ATCOs3cr3t/with+odd=chars&\"quotes\"-0123456789";

    fn redactor() -> Redactor {
        Redactor::new([SECRET, ""])
    }

    #[test]
    fn credentials_keep_their_scheme_and_cookies_their_names() {
        let of = |name, value| redactor().redact_header(name, value);
        assert_eq!(of("Authorization", "JWT abc.def.ghi"), "JWT [redacted]");
        assert_eq!(of("authorization", "just-a-key"), "[redacted]");
        assert_eq!(of("Proxy-Authorization", "Basic dTpw"), "Basic [redacted]");
        assert_eq!(of("Cookie", "a=1; b=2"), "a=[redacted]; b=[redacted]");
        assert_eq!(of("Set-Cookie", "sid=42; Path=/; HttpOnly"), "sid=[redacted]; Path=/; HttpOnly");
        assert_eq!(of("X-Api-Key", "k"), "[redacted]");
        assert_eq!(of("X-CSRF-Token", "k"), "[redacted]");
        assert_eq!(of("Content-Type", "text/html"), "text/html");
        assert_eq!(of("X-Echo", SECRET), "[redacted]");
        assert_eq!(redactor().and("another").redact_text("another one"), "[redacted] one");
    }

    #[test]
    fn a_redactor_does_not_show_its_secrets() {
        assert_eq!(format!("{:?}", redactor()), "Redactor(1 secrets)");
    }
}
