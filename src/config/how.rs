//! From the flags about transport to its settings: files are read, addresses and certificates parsed.

use std::env;
use std::fs;
use std::path::Path;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, CertificateRevocationListDer, ServerName};

use crate::cli::HowArgs;
use crate::exit::Abort;
use crate::transport::{
    AddressFamily, ClientIdentity, Deadlines, DnsSettings, HttpVersion, InvalidSetting, Override, Proxy,
    Redirects, Reuse, Roots, Settings, TlsSettings, Verification,
};

/// The transport's settings for requests to an app at a URL of this scheme.
///
/// # Errors
/// When a file can't be read (65) or a value is not what it should be (64); both name the flag.
pub fn transport(how: &HowArgs, scheme: &str) -> Result<Settings, Abort> {
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
        proxy: proxy(how, scheme)?,
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
        Some(path) => certificates(path)?,
        None => Vec::new(),
    };
    let revocation_lists = match &how.crl {
        Some(path) => CertificateRevocationListDer::pem_slice_iter(&read("--crl", path)?)
            .collect::<Result<Vec<_>, _>>()
            .map_err(|error| not_pem("--crl", path, &error.to_string()))?,
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

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, Abort> {
    let certificates = CertificateDer::pem_slice_iter(&read("--cacert", path)?)
        .collect::<Result<Vec<_>, _>>()
        .map_err(|error| not_pem("--cacert", path, &error.to_string()))?;
    if certificates.is_empty() {
        return Err(not_pem("--cacert", path, "it holds no certificate"));
    }
    Ok(certificates)
}

fn proxy(how: &HowArgs, scheme: &str) -> Result<Option<Proxy>, Abort> {
    match &how.proxy {
        Some(text) => Proxy::parse(text).map(Some).map_err(|error| wrong("--proxy", &error)),
        None => proxy_of_environment(scheme),
    }
}

/// The proxy that the environment names for https; none for other schemes.
pub(super) fn proxy_of_environment(scheme: &str) -> Result<Option<Proxy>, Abort> {
    if scheme != "https" {
        return Ok(None);
    }
    let named = ["HTTPS_PROXY", "https_proxy"]
        .into_iter()
        .find_map(|name| env::var(name).ok().filter(|value| !value.is_empty()));
    named.map(|text| Proxy::parse(&text).map_err(|error| wrong("HTTPS_PROXY", &error))).transpose()
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
