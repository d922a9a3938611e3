//! How requests travel.

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use url::Host;

/// Deadlines, TLS, names, proxies and protocols.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "How")]
pub struct HowArgs {
    /// Deadline for each of name resolution, connection and TLS handshake, e.g. 3s or 500ms (1 ms to 10 min)
    #[arg(long, value_name = "TIME", default_value = "3s", value_parser = duration)]
    pub connect_timeout: Duration,

    /// Deadline between two bytes on an open connection (1 ms to 10 min)
    #[arg(long, value_name = "TIME", default_value = "5s", value_parser = duration)]
    pub idle_timeout: Duration,

    /// Deadline for the whole callback, from dispatch, name resolution included (1 ms to 10 min)
    #[arg(long, value_name = "TIME", default_value = "10s", value_parser = duration)]
    pub timeout: Duration,

    /// A certificate authority to trust as well, PEM
    #[arg(long, value_name = "FILE")]
    pub cacert: Option<PathBuf>,

    /// Trust the operating system's certificate authorities instead of the built-in ones
    #[arg(long)]
    pub native_roots: bool,

    /// Certificate revocation lists, PEM
    #[arg(long, value_name = "FILE")]
    pub crl: Option<PathBuf>,

    /// Accept any certificate: the report says so
    #[arg(long, short = 'k')]
    pub insecure: bool,

    /// The name to ask for in the TLS handshake and to find in the certificate
    #[arg(long, value_name = "NAME")]
    pub sni: Option<String>,

    /// A client certificate, PEM
    #[arg(long, value_name = "FILE", requires = "key")]
    pub cert: Option<PathBuf>,

    /// The client certificate's private key, PEM
    #[arg(long, value_name = "FILE", requires = "cert")]
    pub key: Option<PathBuf>,

    /// Use ADDR for HOST:PORT instead of asking DNS (repeatable)
    #[arg(long, value_name = "HOST:PORT:ADDR")]
    pub resolve: Vec<String>,

    /// Ask this DNS server [default: the system's]
    #[arg(long, value_name = "ADDR:PORT", value_parser = dns_server)]
    pub dns_server: Option<SocketAddr>,

    /// Use IPv4 only
    #[arg(long, short = '4', conflicts_with = "ipv6")]
    pub ipv4: bool,

    /// Use IPv6 only
    #[arg(long, short = '6')]
    pub ipv6: bool,

    /// Connect from these addresses of this machine, in turn [default: the one the system chooses]
    #[arg(long, value_name = "ADDR,ADDR", value_delimiter = ',')]
    pub source: Vec<IpAddr>,

    /// An HTTP proxy [default: HTTPS_PROXY for https targets, unless NO_PROXY leaves the host out]
    #[arg(long, value_name = "URL")]
    pub proxy: Option<String>,

    /// Follow redirects, sending the callback again; the success rate does not
    #[arg(long)]
    pub follow_redirects: bool,

    /// A new connection for each callback (the default, and the harder test)
    #[arg(long, conflicts_with = "keep_alive")]
    pub fresh_connections: bool,

    /// Use connections again
    #[arg(long)]
    pub keep_alive: bool,

    /// Speak HTTP/2
    #[arg(long)]
    pub http2: bool,

    /// The User-Agent [default: one like Atlassian's; with --trust none one that says who we are]
    #[arg(long, value_name = "TEXT")]
    pub user_agent: Option<String>,

    /// A header to add, or @FILE with one a line (repeatable); values are redacted in reports
    #[arg(long, short = 'H', value_name = "NAME: VALUE|@FILE")]
    pub header: Vec<String>,

    /// A URL outside the app, tried when the app can't be reached: it shows whether our own network works
    #[arg(long, value_name = "URL")]
    pub control_url: Option<String>,

    /// A name outside the app's zone, resolved when the app's name can't be: it shows whether our own
    /// resolver works
    #[arg(long, value_name = "NAME", value_parser = domain)]
    pub control_name: Option<Host<String>>,
}

fn domain(text: &str) -> Result<Host<String>, String> {
    match Host::parse(text) {
        Ok(Host::Domain(name)) => Ok(Host::Domain(name)),
        Ok(Host::Ipv4(_) | Host::Ipv6(_)) | Err(_) => {
            Err("expected a host name, e.g. www.example.com".to_owned())
        }
    }
}

fn dns_server(text: &str) -> Result<SocketAddr, String> {
    text.parse()
        .or_else(|_| text.parse::<IpAddr>().map(|address| SocketAddr::new(address, 53)))
        .map_err(|_| "expected ADDR or ADDR:PORT, e.g. 127.0.0.1:5353".to_owned())
}

/// Reads a duration such as `3s`, `250ms` or `1m30s`.
pub(super) fn duration(text: &str) -> Result<Duration, String> {
    let expected = "expected a time such as 3s, 250ms or 1m30s, from 1ms to 10min";
    let time: jiff::SignedDuration = text.parse().map_err(|_| expected.to_owned())?;
    let time = Duration::try_from(time).map_err(|_| expected.to_owned())?;
    if (Duration::from_millis(1)..=Duration::from_secs(600)).contains(&time) {
        Ok(time)
    } else {
        Err(expected.to_owned())
    }
}

/// Reads an age such as `26h`, `2d` or `90m`; a day is 24 hours.
pub(super) fn age(text: &str) -> Result<Duration, String> {
    let expected = || "expected a time such as 26h, 2d or 90m, from 1s to 400d".to_owned();
    let span: jiff::Span = text.parse().map_err(|_| expected())?;
    let time = span.to_duration(jiff::SpanRelativeTo::days_are_24_hours()).map_err(|_| expected())?;
    let time = Duration::try_from(time).map_err(|_| expected())?;
    if (Duration::from_secs(1)..=Duration::from_secs(400 * 24 * 3600)).contains(&time) {
        Ok(time)
    } else {
        Err(expected())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_are_longer() {
        assert_eq!(age("26h"), Ok(Duration::from_secs(26 * 3600)));
        assert_eq!(age("2d"), Ok(Duration::from_secs(48 * 3600)));
        for text in ["0s", "401d", "-1h", "26", "1mo"] {
            assert!(age(text).is_err(), "{text}");
        }
    }

    #[test]
    fn durations_have_a_unit_and_a_range() {
        assert_eq!(duration("250ms"), Ok(Duration::from_millis(250)));
        assert_eq!(duration("1m30s"), Ok(Duration::from_secs(90)));
        for text in ["3", "0s", "-1s", "11min", "soon"] {
            assert!(duration(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_control_name_has_to_be_looked_up() {
        assert_eq!(domain("Www.Example.COM"), Ok(Host::Domain("www.example.com".to_owned())));
        for text in ["127.0.0.1", "[::1]", "https://www.example.com", "", "a b"] {
            assert!(domain(text).is_err(), "{text}");
        }
    }
}
