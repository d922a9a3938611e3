//! From the flags about transport to its settings: files are read, addresses and certificates parsed.

use std::env;
use std::fs;
use std::path::Path;

use hyper_util::client::proxy::matcher::Matcher;
use rustls::pki_types::ServerName;
use rustls::pki_types::pem::PemObject;
use url::Url;

use crate::cli::HowArgs;
use crate::exit::Abort;
use crate::transport::{
    AddressFamily, ClientIdentity, Deadlines, DnsSettings, HttpVersion, InvalidSetting, Override, Proxy,
    Redirects, Reuse, Roots, Settings, TlsSettings, Verification,
};

/// The transport's settings for requests to an app at `url`, by the environment's proxy unless one was given.
///
/// # Errors
/// When a file can't be read (65) or a value is not what it should be (64); both name the flag.
pub fn transport_to(how: &HowArgs, url: &Url) -> Result<Settings, Abort> {
    let mut settings = transport(how)?;
    if settings.proxy.is_none() {
        settings.proxy = proxy_of_environment(url)?;
    }
    Ok(settings)
}

/// The transport's settings as the flags say, wherever requests go.
///
/// # Errors
/// When a file can't be read (65) or a value is not what it should be (64); both name the flag.
pub fn transport(how: &HowArgs) -> Result<Settings, Abort> {
    let proxy = how.proxy.as_deref().map(Proxy::parse).transpose();
    Ok(Settings {
        deadlines: Deadlines { connect: how.connect_timeout, idle: how.idle_timeout, total: how.timeout },
        tls: tls(how)?,
        dns: DnsSettings {
            overrides: how
                .resolve
                .iter()
                .map(|text| text.parse::<Override>().map_err(|error| wrong("--resolve", &error)))
                .collect::<Result<_, _>>()?,
            server: how.dns_server,
            ..DnsSettings::default()
        },
        family: match (how.ipv4, how.ipv6) {
            (true, _) => AddressFamily::V4,
            (_, true) => AddressFamily::V6,
            (false, false) => AddressFamily::Any,
        },
        sources: how.source.clone(),
        proxy: proxy.map_err(|error| wrong("--proxy", &error))?,
        http: if how.http2 { HttpVersion::Http2 } else { HttpVersion::Http1 },
        reuse: if how.keep_alive { Reuse::KeepAlive } else { Reuse::Fresh },
        redirects: if how.follow_redirects { Redirects::Follow } else { Redirects::Show },
        ..Settings::default()
    })
}

/// The headers given with `-H`, files included, as names and values.
///
/// # Errors
/// When a file can't be read or a line is no header.
pub fn headers(how: &HowArgs) -> Result<Vec<(String, String)>, Abort> {
    let mut headers = Vec::new();
    for given in &how.header {
        match given.strip_prefix('@') {
            None => headers.push(header(given, "--header")?),
            Some(path) => {
                let text = String::from_utf8(read("--header", Path::new(path))?)
                    .map_err(|_| Abort::data(format!("--header: {path} is not text")))?;
                for (index, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
                    headers.push(header(line, &format!("{path}, line {}", index + 1))?);
                }
            }
        }
    }
    Ok(headers)
}

/// The value of a header may be a secret, so an error does not repeat it.
fn header(line: &str, place: &str) -> Result<(String, String), Abort> {
    let expected = || Abort::usage(format!("{place}: a header is not of the form `Name: value`"));
    let (name, value) = line.split_once(':').ok_or_else(expected)?;
    let name = name.trim();
    let is_token = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
    if name.is_empty() || !name.chars().all(is_token) || value.chars().any(char::is_control) {
        return Err(expected());
    }
    if ["host", "content-length", "transfer-encoding", "connection"]
        .contains(&name.to_ascii_lowercase().as_str())
    {
        return Err(Abort::usage(format!("{place}: `{name}` is set by the connection and can't be given")));
    }
    Ok((name.to_owned(), value.trim().to_owned()))
}

fn tls(how: &HowArgs) -> Result<TlsSettings, Abort> {
    let extra_authorities = match &how.cacert {
        Some(path) => pem("--cacert", path, "certificate")?,
        None => Vec::new(),
    };
    let revocation_lists = match &how.crl {
        Some(path) => pem("--crl", path, "revocation list")?,
        None => Vec::new(),
    };
    let identity = match (&how.cert, &how.key) {
        (Some(cert), Some(key)) => Some(
            ClientIdentity::from_pem(&read("--cert", cert)?, &read("--key", key)?)
                .map_err(|error| Abort::data(format!("--cert {}: {error}", cert.display())))?,
        ),
        _ => None,
    };
    let server_name = match &how.sni {
        Some(name) => Some(
            ServerName::try_from(name.clone())
                .map_err(|_| Abort::usage(format!("--sni: `{name}` is neither a DNS name nor an address")))?,
        ),
        None => None,
    };
    Ok(TlsSettings {
        roots: if how.native_roots { Roots::Native } else { Roots::Bundled },
        extra_authorities,
        verification: if how.insecure { Verification::Off } else { Verification::On },
        server_name,
        identity,
        revocation_lists,
    })
}

/// What a PEM file of a flag holds: one `kind` or more.
fn pem<T: PemObject>(flag: &str, path: &Path, kind: &str) -> Result<Vec<T>, Abort> {
    let found: Result<Vec<T>, _> = T::pem_slice_iter(&read(flag, path)?).collect();
    let found = found.map_err(|error| not_pem(flag, path, &error.to_string()))?;
    if found.is_empty() {
        return Err(not_pem(flag, path, &format!("it holds no {kind}")));
    }
    Ok(found)
}

/// The proxy that the environment names for https, unless it leaves the host of `url` out. There is none for other
/// schemes.
pub(super) fn proxy_of_environment(url: &Url) -> Result<Option<Proxy>, Abort> {
    let variable = |names: [&str; 2]| {
        names.into_iter().find_map(|name| env::var(name).ok().filter(|value| !value.is_empty()))
    };
    let named = variable(["HTTPS_PROXY", "https_proxy"]).filter(|_| url.scheme() == "https");
    let Some(text) = named else { return Ok(None) };
    let proxy = Proxy::parse(&text).map_err(|error| wrong("HTTPS_PROXY", &error))?;
    let left_out = variable(["NO_PROXY", "no_proxy"]).is_some_and(|hosts| is_among(url, hosts));
    Ok((!left_out).then_some(proxy))
}

/// Whether the host of `url` is among these: names with all below them, addresses, networks, or `*`.
fn is_among(url: &Url, hosts: String) -> bool {
    let any = Matcher::builder().all("http://proxy.invalid").no(hosts).build();
    url.as_str().parse().is_ok_and(|uri| any.intercept(&uri).is_none())
}

fn wrong(flag: &str, error: &InvalidSetting) -> Abort {
    Abort::usage(format!("{flag}: {}", error.problem))
}

fn not_pem(flag: &str, path: &Path, problem: &str) -> Abort {
    Abort::data(format!("{flag} {} is not what it should be: {problem}", path.display()))
        .remedy("the file has to be PEM: -----BEGIN … -----")
}

pub(super) fn read(flag: &str, path: &Path) -> Result<Vec<u8>, Abort> {
    fs::read(path).map_err(|error| Abort::data(format!("{flag} {} can't be read: {error}", path.display())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_left_out_by_name_address_and_network() {
        let among = |url: &str, hosts: &str| is_among(&url.parse().expect("a URL"), hosts.to_owned());
        assert!(among("https://app.example.com/connect", "localhost, example.com"));
        assert!(among("https://app.example.com:8443", ".example.com"));
        assert!(among("https://10.1.2.3", "10.0.0.0/8"));
        assert!(among("https://[::1]:8443", "::1"));
        assert!(among("https://app.example.com", "*"));
        assert!(!among("https://notexample.com", "example.com"));
        assert!(!among("https://app.example.com", ""));
    }
}
