//! `rehearsal keys ca`: a CA of our own, for apps that fetch keys from a fixed host over TLS.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use p12_keystore::{Certificate as StoredCertificate, KeyStore, KeyStoreEntry};
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, CidrSubnet, DnType, ExtendedKeyUsagePurpose,
    GeneralSubtree, IsCa, KeyPair, KeyUsagePurpose, NameConstraints, SanType, date_time_ymd,
};

use super::key_file::{Existing, write_private, write_public};
use super::make_folder;
use crate::cli::{CaArgs, CaFormat};
use crate::exit::Abort;

/// The hosts that frameworks fetch keys from (production, and Atlassian's staging), and this machine.
const USUAL_HOSTS: [&str; 5] = [
    "connect-install-keys.atlassian.com",
    "cs-migrations--cdn.us-west-1.staging.public.atl-paas.net",
    "localhost",
    "127.0.0.1",
    "::1",
];

/// Makes the certificates and writes them.
pub(super) fn ca(args: &CaArgs) -> Result<String, Abort> {
    let hosts: Vec<String> = if args.ca_hosts.is_empty() {
        USUAL_HOSTS.map(str::to_owned).to_vec()
    } else {
        args.ca_hosts.clone()
    };
    let names = hosts.iter().map(|host| name(host)).collect::<Result<Vec<_>, _>>()?;
    let today = TimeZone::UTC.to_datetime(Timestamp::now()).date();
    let authority = authority(&names, today, args.ca_days)?;
    let (server, server_key) = vouched(&authority, &names, today, args.ca_days)?;

    make_folder(&args.ca_dir)?;
    let file = |name: &str| args.ca_dir.join(name);
    let existing = Existing::from_force(args.force);
    // A folder with files of two CAs would be worse than none.
    for name in ["ca.pem", "server.pem", "server-key.pem", "truststore.p12"] {
        existing.allows(&file(name))?;
    }
    write_public(&file("ca.pem"), authority.pem().as_bytes(), existing)?;
    write_public(&file("server.pem"), server.pem().as_bytes(), existing)?;
    write_private(&file("server-key.pem"), &server_key.serialize_pem(), existing)?;
    let truststore = match args.ca_format {
        CaFormat::Pem => None,
        CaFormat::Pkcs12 => {
            let store = truststore(authority.as_ref(), &args.truststore_password)?;
            write_public(&file("truststore.p12"), &store, existing)?;
            Some(file("truststore.p12").display().to_string())
        }
    };

    let shown = |name: &str| file(name).display().to_string();
    let mut text = format!(
        "Made a CA, valid for {days} days, and a certificate for:\n  {hosts}\n\
         The CA's private key was thrown away: it can vouch for nothing else. When it runs out, make\n\
         another with --force.\n\n\
         Serve keys with it:  rehearsal keys serve --signing-key FILE --key-server 127.0.0.1:443 \\\n\
         \x20                      --key-server-tls {server},{key}\n\
         Trust it in the app: {ca}\n\
         \x20 Node.js   NODE_EXTRA_CA_CERTS={ca}\n\
         \x20 Python    REQUESTS_CA_BUNDLE or SSL_CERT_FILE: a file with the usual CAs and this one\n\
         \x20 Ruby, Go  SSL_CERT_FILE, likewise\n\
         \x20 Debian    copy it to /usr/local/share/ca-certificates/rehearsal.crt, run update-ca-certificates\n",
        hosts = hosts.join("\n  "),
        days = args.ca_days,
        server = shown("server.pem"),
        key = shown("server-key.pem"),
        ca = shown("ca.pem"),
    );
    match truststore {
        Some(store) => text.push_str(&format!(
            "\x20 Java      -Djavax.net.ssl.trustStore={store} -Djavax.net.ssl.trustStorePassword={password}\n\
             \x20           (the JVM then trusts this CA alone; to add it to the usual ones, import ca.pem with\n\
             \x20           keytool into a copy of the JVM's cacerts and name that copy instead)\n",
            password = args.truststore_password,
        )),
        None => text.push_str("\x20 Java      add --format pkcs12 for a truststore\n"),
    }
    Ok(text)
}

/// A CA that can vouch for these names alone.
fn authority(names: &[SanType], today: Date, days: u16) -> Result<Authority, Abort> {
    let mut params = valid(today, days);
    let key = KeyPair::generate().map_err(defect)?;
    // Two CAs of one name confuse those who trust both.
    let mark: String = key.public_key_raw()[1..5].iter().map(|byte| format!("{byte:02x}")).collect();
    params.distinguished_name.push(DnType::CommonName, format!("Rehearsal local CA {mark}"));
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params.name_constraints = Some(only(names));
    CertifiedIssuer::self_signed(params, key).map_err(defect)
}

type Authority = CertifiedIssuer<'static, KeyPair>;

/// A server's certificate for these names, and its key.
fn vouched(
    authority: &Authority,
    names: &[SanType],
    today: Date,
    days: u16,
) -> Result<(rcgen::Certificate, KeyPair), Abort> {
    let mut params = valid(today, days);
    params.subject_alt_names = names.to_vec();
    params.distinguished_name.push(DnType::CommonName, "Rehearsal key server");
    params.use_authority_key_identifier_extension = true;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    let key = KeyPair::generate().map_err(defect)?;
    Ok((params.signed_by(&key, authority).map_err(defect)?, key))
}

/// Parameters of a certificate that is valid from yesterday (clocks differ) for this many days.
fn valid(today: Date, days: u16) -> CertificateParams {
    let midnight = |date: Date| {
        date_time_ymd(i32::from(date.year()), date.month().unsigned_abs(), date.day().unsigned_abs())
    };
    let mut params = CertificateParams::default();
    params.not_before = midnight(today.saturating_sub(1.day()));
    params.not_after = midnight(today.saturating_add(i32::from(days).days()));
    params
}

fn defect(error: impl std::fmt::Display) -> Abort {
    Abort::defect(format!("the certificates can't be made: {error}"))
}

fn name(host: &str) -> Result<SanType, Abort> {
    if let Ok(address) = host.parse() {
        return Ok(SanType::IpAddress(address));
    }
    let is_name = host.split('.').all(|label| {
        !label.is_empty() && label.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'))
    });
    let wrong = || Abort::usage(format!("--host: `{host}` is neither a host name nor an address"));
    match host.try_into() {
        Ok(name) if is_name => Ok(SanType::DnsName(name)),
        Ok(_) | Err(_) => Err(wrong()),
    }
}

/// The constraint to these names and addresses.
///
/// A kind that no name is permitted of would be left unconstrained (RFC 5280, section 4.2.1.10), so all of
/// it is excluded.
fn only(names: &[SanType]) -> NameConstraints {
    let permitted: Vec<GeneralSubtree> = names.iter().filter_map(subtree).collect();
    let mut excluded = Vec::new();
    if !permitted.iter().any(|subtree| matches!(subtree, GeneralSubtree::DnsName(_))) {
        excluded.push(GeneralSubtree::DnsName(String::new()));
    }
    if !permitted.iter().any(|subtree| matches!(subtree, GeneralSubtree::IpAddress(_))) {
        excluded.push(GeneralSubtree::IpAddress(CidrSubnet::from_v4_prefix([0; 4], 0)));
        excluded.push(GeneralSubtree::IpAddress(CidrSubnet::from_v6_prefix([0; 16], 0)));
    }
    NameConstraints { permitted_subtrees: permitted, excluded_subtrees: excluded }
}

/// One name or address. Other kinds are not made here.
fn subtree(name: &SanType) -> Option<GeneralSubtree> {
    match name {
        SanType::DnsName(name) => Some(GeneralSubtree::DnsName(name.to_string())),
        SanType::IpAddress(address) => {
            let bits = if address.is_ipv4() { 32 } else { 128 };
            Some(GeneralSubtree::IpAddress(CidrSubnet::from_addr_prefix(*address, bits)))
        }
        _ => None,
    }
}

/// The CA in a keystore that Java takes for a truststore.
fn truststore(authority: &rcgen::Certificate, password: &str) -> Result<Vec<u8>, Abort> {
    let certificate = StoredCertificate::from_der(authority.der()).map_err(defect)?;
    let mut store = KeyStore::new();
    store.add_entry("rehearsal", KeyStoreEntry::Certificate(certificate));
    store.writer(password).write().map_err(defect)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use p12_keystore::Pkcs12ImportPolicy;
    use rustls::RootCertStore;
    use rustls::client::WebPkiServerVerifier;
    use rustls::client::danger::ServerCertVerifier;
    use rustls::pki_types::{ServerName, UnixTime};

    use super::*;

    const TODAY: Date = jiff::civil::date(2026, 3, 1);

    fn names(hosts: &[&str]) -> Vec<SanType> {
        hosts.iter().map(|host| name(host).expect("a host")).collect()
    }

    /// Whether a client that trusts a CA for some hosts takes its certificate for others.
    fn is_taken(trusted_for: &[&str], vouched_for: &[&str], asked: &str, date: Date) -> bool {
        let authority = authority(&names(trusted_for), TODAY, 90).expect("made");
        let (server, _) = vouched(&authority, &names(vouched_for), TODAY, 90).expect("made");
        let mut roots = RootCertStore::empty();
        roots.add(authority.der().clone()).expect("a CA");
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let verifier =
            WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider).build().expect("roots");
        let midnight = TimeZone::UTC.to_timestamp(date.at(0, 0, 0, 0)).expect("in range");
        let now = UnixTime::since_unix_epoch(Duration::from_secs(midnight.as_second().unsigned_abs()));
        let asked = ServerName::try_from(asked).expect("a name");
        verifier.verify_server_cert(server.der(), &[], &asked, &[], now).is_ok()
    }

    #[test]
    fn the_server_is_vouched_for_under_its_names_and_in_its_time() {
        for host in USUAL_HOSTS {
            assert!(is_taken(&USUAL_HOSTS, &USUAL_HOSTS, host, TODAY), "{host}");
        }
        assert!(!is_taken(&USUAL_HOSTS, &USUAL_HOSTS, "other.example", TODAY));
        assert!(!is_taken(&USUAL_HOSTS, &USUAL_HOSTS, "localhost", TODAY.saturating_add(91.days())));
        assert!(!is_taken(&USUAL_HOSTS, &USUAL_HOSTS, "localhost", TODAY.saturating_sub(2.days())));
    }

    #[test]
    fn the_authority_can_vouch_for_no_other_names() {
        assert!(is_taken(&["localhost"], &["localhost"], "localhost", TODAY));
        assert!(!is_taken(&["localhost"], &["other.example"], "other.example", TODAY));
        assert!(!is_taken(&["127.0.0.1"], &["127.0.0.2"], "127.0.0.2", TODAY));
        assert!(!is_taken(&["localhost"], &["127.0.0.1"], "127.0.0.1", TODAY));
        assert!(!is_taken(&["localhost"], &["::1"], "::1", TODAY));
        assert!(!is_taken(&["127.0.0.1"], &["localhost"], "localhost", TODAY));
    }

    #[test]
    fn hosts_are_names_or_addresses() {
        for host in ["", "a b", "https://a", "a..b", "a/b", "*.example", "h\u{f6}st"] {
            assert!(name(host).is_err(), "{host}");
        }
        assert!(matches!(name("::1"), Ok(SanType::IpAddress(_))));
        assert!(matches!(name("keys.example"), Ok(SanType::DnsName(_))));
    }

    #[test]
    fn a_truststore_holds_the_authority_as_trusted() {
        let authority = authority(&names(&USUAL_HOSTS), TODAY, 90).expect("made");
        let bytes = truststore(authority.as_ref(), "changeit").expect("written");
        // This policy drops certificates that are not marked as trusted, as Java does.
        let store = KeyStore::from_pkcs12(&bytes, "changeit", Pkcs12ImportPolicy::Strict).expect("readable");
        match store.entry("rehearsal") {
            Some(KeyStoreEntry::Certificate(certificate)) => {
                assert_eq!(certificate.as_der(), authority.der().as_ref());
            }
            other => panic!("{other:?}"),
        }
        assert!(KeyStore::from_pkcs12(&bytes, "wrong", Pkcs12ImportPolicy::Strict).is_err());
    }
}
