//! Names and secrets of tenants and apps, as types that can't be mixed up. Those of tenants are cheap to clone.

use std::fmt;
use std::sync::Arc;

/// A text that is not what it should name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what} {problem}: `{text}`")]
pub struct InvalidIdentity {
    what: &'static str,
    problem: &'static str,
    text: String,
}

impl InvalidIdentity {
    pub(super) fn new(what: &'static str, problem: &'static str, text: impl Into<String>) -> Self {
        Self { what, problem, text: text.into() }
    }
}

/// Identifies a tenant: usually a UUID, sometimes a bare hostname.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClientKey(Arc<str>);

impl ClientKey {
    /// Takes any text that could stand in a payload.
    ///
    /// # Errors
    /// When the text is empty or has control characters.
    pub fn new(text: impl Into<String>) -> Result<Self, InvalidIdentity> {
        checked("clientKey", text.into()).map(|text| Self(text.into()))
    }

    /// The text itself.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The text itself, for whoever keeps it.
    pub fn to_shared(&self) -> Arc<str> {
        Arc::clone(&self.0)
    }
}

impl fmt::Display for ClientKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The key of an app, as its descriptor states it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AppKey(String);

impl AppKey {
    /// Takes the key of a descriptor.
    ///
    /// # Errors
    /// When the text is empty or has control characters.
    pub fn new(text: impl Into<String>) -> Result<Self, InvalidIdentity> {
        checked("app key", text.into()).map(Self)
    }

    /// The text itself.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for AppKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn checked(what: &'static str, text: String) -> Result<String, InvalidIdentity> {
    if text.is_empty() {
        return Err(InvalidIdentity::new(what, "is empty", text));
    }
    if text.chars().any(char::is_control) {
        return Err(InvalidIdentity::new(what, "has control characters", text.escape_debug().to_string()));
    }
    Ok(text)
}

/// The base URL of an app or a site: `http` or `https`, a host, no query or fragment, no trailing slash.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct BaseUrl {
    url: Arc<url::Url>,
    /// The URL without a trailing slash.
    text: Arc<str>,
}

impl BaseUrl {
    /// Reads a base URL.
    ///
    /// # Errors
    /// When it has no scheme, another scheme than http or https, no host, or a query or fragment.
    pub fn parse(text: &str) -> Result<Self, InvalidIdentity> {
        let invalid = |problem| InvalidIdentity::new("base URL", problem, text);
        let url = url::Url::parse(text).map_err(|_| invalid("is not an absolute http or https URL"))?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(invalid("is neither http nor https"));
        }
        if !url.has_host() {
            return Err(invalid("has no host"));
        }
        if !url.username().is_empty() || url.password().is_some() {
            // What they are does not belong into a message either.
            let host = url.host_str().unwrap_or_default();
            return Err(InvalidIdentity::new(
                "base URL",
                "holds credentials, which do not belong there",
                host,
            ));
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(invalid("has a query or fragment"));
        }
        let text = url.as_str().trim_end_matches('/').into();
        Ok(Self { url: url.into(), text })
    }

    /// The URL, for what needs its parts.
    pub fn url(&self) -> &url::Url {
        &self.url
    }

    /// The text of it, for whoever keeps it.
    pub fn to_shared(&self) -> Arc<str> {
        Arc::clone(&self.text)
    }

    /// Whether it names this very machine: a loopback address, or localhost.
    pub fn is_loopback(&self) -> bool {
        match self.url.host() {
            Some(url::Host::Ipv4(address)) => address.is_loopback(),
            Some(url::Host::Ipv6(address)) => address.is_loopback(),
            Some(url::Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
            None => false,
        }
    }

    /// The path without a trailing slash: empty for a base URL at the root.
    pub fn path(&self) -> &str {
        self.url.path().trim_end_matches('/')
    }

    /// The concatenation of this base URL and a path, which may carry a query, as Atlassian builds the URL
    /// of a callback. A slash between the two is put in when it is missing; a fragment is dropped, as no
    /// client sends it.
    pub fn join(&self, path: &str) -> url::Url {
        let path = path.split_once('#').map_or(path, |(sent, _)| sent);
        let (path, query) = path.split_once('?').map_or((path, None), |(path, query)| (path, Some(query)));
        let slash = if path.starts_with('/') || path.is_empty() { "" } else { "/" };
        let mut url = url::Url::clone(&self.url);
        url.set_path(&format!("{}{slash}{path}", self.path()));
        url.set_query(query);
        url
    }
}

impl fmt::Display for BaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// A tenant's shared secret. It shows itself to the signer and the payload alone: `Debug` is redacted
/// and there is no `Display`.
#[derive(Clone, PartialEq, Eq)]
pub struct SharedSecret(Arc<str>);

impl SharedSecret {
    /// No secret of a synthetic tenant is shorter, in whatever form it is sent back.
    pub const SHORTEST: usize = 64;

    /// Wraps a secret.
    pub fn new(secret: impl Into<Arc<str>>) -> Self {
        Self(secret.into())
    }

    /// The secret itself, for the payload and the signer.
    pub(super) fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for SharedSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SharedSecret(redacted)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_base_url_is_absolute_http_without_extras() {
        assert_eq!(
            BaseUrl::parse("https://app.example/ctx/").expect("valid").to_string(),
            "https://app.example/ctx"
        );
        for text in
            ["app.example", "ftp://app.example", "https://app.example/?a=b", "https://u:p@app.example"]
        {
            assert!(BaseUrl::parse(text).is_err(), "{text}");
        }
        let error = BaseUrl::parse("https://u:hush@app.example").expect_err("credentials");
        assert!(!error.to_string().contains("hush"), "{error}");
        assert_eq!(BaseUrl::parse("http://[::1]:3000/ctx/").expect("valid").path(), "/ctx");
        assert_eq!(BaseUrl::parse("http://app").expect("valid").path(), "");
    }

    #[test]
    fn a_secret_does_not_show_itself() {
        assert!(!format!("{:?}", SharedSecret::new("hush-hush")).contains("hush"));
    }
}
