//! The HTTP proxy.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hyper::header::HeaderValue;
use percent_encoding::percent_decode_str;
use url::{Host, Url};

use super::InvalidSetting;

/// An HTTP proxy: a tunnel (CONNECT) for https, the absolute form for plain http. Its credentials show
/// themselves to the proxy alone.
#[derive(Clone, PartialEq, Eq)]
pub struct Proxy {
    host: Host<String>,
    port: u16,
    authorization: Option<HeaderValue>,
}

impl Proxy {
    /// Reads `http://[user:password@]host[:port]`; the port is 80 unless given.
    ///
    /// # Errors
    /// When it is no URL of an HTTP proxy. The text is not repeated, since it may hold a password.
    pub fn parse(text: &str) -> Result<Self, InvalidSetting> {
        let invalid = |problem| InvalidSetting::new("proxy", problem);
        let url = Url::parse(text).map_err(|_| invalid("is not a URL of the form http://host:port"))?;
        if url.scheme() != "http" {
            return Err(invalid("must be an http:// URL: other kinds of proxy are not spoken"));
        }
        let (Some(host), Some(port)) = (url.host(), url.port_or_known_default()) else {
            return Err(invalid("has no host"));
        };
        let authorization = match (url.username(), url.password()) {
            ("", None) => None,
            (user, password) => Some(basic(user, password.unwrap_or_default())),
        };
        Ok(Self { host: host.to_owned(), port, authorization })
    }

    /// The proxy's host.
    pub fn host(&self) -> &Host<String> {
        &self.host
    }

    /// The proxy's port.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// `user:password` in the clear, to be kept out of reports.
    pub fn credentials(&self) -> Option<String> {
        let value = self.authorization.as_ref()?.as_bytes().strip_prefix(b"Basic ")?;
        STANDARD.decode(value).ok().map(|pair| String::from_utf8_lossy(&pair).into_owned())
    }

    /// The value of the Proxy-Authorization header, marked sensitive.
    pub(super) fn authorization(&self) -> Option<&HeaderValue> {
        self.authorization.as_ref()
    }
}

fn basic(user: &str, password: &str) -> HeaderValue {
    let mut pair: Vec<u8> = percent_decode_str(user).collect();
    pair.push(b':');
    pair.extend(percent_decode_str(password));
    let mut value = HeaderValue::try_from(format!("Basic {}", STANDARD.encode(pair)))
        .expect("base64 has only characters that a header may have");
    value.set_sensitive(true);
    value
}

impl fmt::Display for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "http://{}:{}", self.host, self.port)
    }
}

impl fmt::Debug for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Proxy({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_become_a_header_and_show_nowhere_else() {
        let proxy = Proxy::parse("http://us%40er:hu%3Ash@proxy.example:3128").expect("valid");
        let header = proxy.authorization().expect("credentials");
        assert_eq!(header.as_bytes(), format!("Basic {}", STANDARD.encode("us@er:hu:sh")).as_bytes());
        assert_eq!(
            format!("{proxy} {proxy:?}"),
            "http://proxy.example:3128 Proxy(http://proxy.example:3128)"
        );
        assert!(!format!("{header:?}").contains("Basic"));
        assert_eq!(proxy.credentials().as_deref(), Some("us@er:hu:sh"));
        assert_eq!(Proxy::parse("http://proxy.example").expect("valid").credentials(), None);
    }

    #[test]
    fn what_is_no_http_proxy_is_refused() {
        for text in ["proxy:3128", "socks5://proxy", "https://proxy", ""] {
            assert!(Proxy::parse(text).is_err(), "{text}");
        }
    }
}
