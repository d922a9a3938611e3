//! Where a request goes.

use std::fmt;
use std::sync::Arc;

use hyper::Uri;
use hyper::header::HeaderValue;
use url::{Host, Url};

use super::InvalidSetting;

/// Whether the connection is encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Scheme {
    /// Plain text.
    Http,
    /// TLS.
    Https,
}

/// Where a request goes: prepared once, cheap to clone, used for any number of requests.
#[derive(Clone, PartialEq, Eq)]
pub struct Target(Arc<Parts>);

#[derive(PartialEq, Eq)]
struct Parts {
    url: Url,
    scheme: Scheme,
    host: Host<String>,
    port: u16,
    authority: HeaderValue,
    path_and_query: Uri,
}

impl Target {
    /// Prepares a URL.
    ///
    /// # Errors
    /// When the URL is neither http nor https, has no host, or holds credentials.
    pub fn new(url: &Url) -> Result<Self, InvalidSetting> {
        let invalid = |problem: &str| InvalidSetting::new("URL", format!("`{url}` {problem}"));
        // Before anything that repeats the URL.
        if !url.username().is_empty() || url.password().is_some() {
            return Err(InvalidSetting::new("URL", "holds credentials, which do not belong there"));
        }
        let scheme = match url.scheme() {
            "http" => Scheme::Http,
            "https" => Scheme::Https,
            _ => return Err(invalid("is neither http nor https")),
        };
        let (Some(host), Some(port)) = (url.host(), url.port_or_known_default()) else {
            return Err(invalid("has no host"));
        };
        let authority = match url.port() {
            Some(port) => format!("{host}:{port}"),
            None => host.to_string(),
        };
        let path_and_query = match url.query() {
            Some(query) => format!("{}?{query}", url.path()),
            None => url.path().to_owned(),
        };
        Ok(Self(Arc::new(Parts {
            scheme,
            host: host.to_owned(),
            port,
            authority: HeaderValue::try_from(authority).map_err(|_| invalid("has an unusable host"))?,
            path_and_query: Uri::try_from(path_and_query).map_err(|_| invalid("has an unusable path"))?,
            url: url.clone(),
        })))
    }

    /// The URL this was made from.
    pub fn url(&self) -> &Url {
        &self.0.url
    }

    /// Whether the connection is encrypted.
    pub fn scheme(&self) -> Scheme {
        self.0.scheme
    }

    /// The host: a name in its ASCII form, or an address.
    pub fn host(&self) -> &Host<String> {
        &self.0.host
    }

    /// The port, the scheme's own where the URL names none.
    pub fn port(&self) -> u16 {
        self.0.port
    }

    /// Whether a connection to the other serves this one as well.
    pub(super) fn has_origin_of(&self, other: &Self) -> bool {
        let origin = |target: &Self| (target.0.scheme, target.0.port);
        origin(self) == origin(other) && self.0.host == other.0.host
    }

    /// The value of the Host header.
    pub fn authority(&self) -> &HeaderValue {
        &self.0.authority
    }

    /// Path and query, as a request line has them.
    pub fn path_and_query(&self) -> &Uri {
        &self.0.path_and_query
    }
}

impl fmt::Debug for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Target").field(&self.0.url.as_str()).finish()
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.url.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target(url: &str) -> Result<Target, InvalidSetting> {
        Target::new(&Url::parse(url).expect("URL"))
    }

    #[test]
    fn a_target_has_the_parts_of_a_request() {
        let parts = target("https://App.example/ctx/installed?a=b#c").expect("valid");
        assert_eq!((parts.port(), parts.authority().as_bytes()), (443, b"app.example".as_slice()));
        assert_eq!(parts.path_and_query().to_string(), "/ctx/installed?a=b");
        let parts = target("http://[::1]:8080").expect("valid");
        assert_eq!(
            (parts.authority().as_bytes(), parts.path_and_query().path()),
            (b"[::1]:8080".as_slice(), "/")
        );
    }

    #[test]
    fn credentials_are_refused_and_not_repeated() {
        let refused = target("http://user:hush@app.example/").expect_err("refused");
        assert!(!refused.to_string().contains("hush"));
        assert!(target("ftp://app.example/").is_err());
    }
}
