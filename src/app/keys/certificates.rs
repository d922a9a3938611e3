//! `rehearsal keys ca`: a CA of our own, for apps that fetch keys from a fixed host over TLS.

use std::net::IpAddr;

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
    let today = TimeZone::UTC.to_datetime(Timestamp::now()).date();
    let made = make(&hosts, today, args.ca_days)?;

    make_folder(&args.ca_dir)?;
    let file = |name: &str| args.ca_dir.join(name);
    let existing = Existing::from_force(args.force);
    // A folder with files of two CAs would be worse than none.
    for name in ["ca.pem", "server.pem", "server-key.pem", "truststore.p12"] {
        existing.allows(&file(name))?;
    }
    write_public(&file("ca.pem"), made.authority.pem().as_bytes(), existing)?;
    write_public(&file("server.pem"), made.server.pem().as_bytes(), existing)?;
    write_private(&file("server-key.pem"), &made.server_key.serialize_pem(), existing)?;
    let truststore = match args.ca_format {
        CaFormat::Pem => None,
        CaFormat::Pkcs12 => {
            let store = truststore(&made.authority, &args.truststore_password)?;
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

struct Made {
    authority: rcgen::Certificate,
    server: rcgen::Certificate,
    server_key: KeyPair,
}

fn make(hosts: &[String], today: Date, days: u16) -> Result<Made, Abort> {
    let mut params = valid(today, days);
    let authority_key = KeyPair::generate().map_err(defect)?;
    // Two CAs of one name confuse those who trust both.
    let mark: String =
        authority_key.public_key_raw()[1..5].iter().map(|byte| format!("{byte:02x}")).collect();
    params.distinguished_name.push(DnType::CommonName, format!("Rehearsal local CA {mark}"));
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params.name_constraints = Some(NameConstraints {
        permitted_subtrees: hosts.iter().map(|host| subtree(host)).collect(),
        excluded_subtrees: Vec::new(),
    });
    let authority = CertifiedIssuer::self_signed(params, authority_key).map_err(defect)?;

    let mut params = valid(today, days);
    params.subject_alt_names = hosts.iter().map(|host| alternative_name(host)).collect::<Result<_, _>>()?;
    params.distinguished_name.push(DnType::CommonName, "Rehearsal key server");
    params.use_authority_key_identifier_extension = true;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    let server_key = KeyPair::generate().map_err(defect)?;
    let server = params.signed_by(&server_key, &authority).map_err(defect)?;
    Ok(Made { authority: authority.as_ref().clone(), server, server_key })
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

fn alternative_name(host: &str) -> Result<SanType, Abort> {
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

fn subtree(host: &str) -> GeneralSubtree {
    match host.parse::<IpAddr>() {
        Ok(address) => {
            let bits = if address.is_ipv4() { 32 } else { 128 };
            GeneralSubtree::IpAddress(CidrSubnet::from_addr_prefix(address, bits))
        }
        Err(_) => GeneralSubtree::DnsName(host.to_owned()),
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

    fn hosts() -> Vec<String> {
        USUAL_HOSTS.map(str::to_owned).to_vec()
    }

    fn verify(made: &Made, name: &str, date: Date) -> Result<(), rustls::Error> {
        let mut roots = RootCertStore::empty();
        roots.add(made.authority.der().clone()).expect("a CA");
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let verifier =
            WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider).build().expect("roots");
        let seconds = TimeZone::UTC.to_timestamp(date.at(0, 0, 0, 0)).expect("in range").as_second();
        let now = UnixTime::since_unix_epoch(Duration::from_secs(seconds.unsigned_abs()));
        let name = ServerName::try_from(name).expect("a name");
        verifier.verify_server_cert(made.server.der(), &[], &name, &[], now).map(|_| ())
    }

    #[test]
    fn the_server_is_vouched_for_under_its_names_and_in_its_time() {
        let made = make(&hosts(), TODAY, 90).expect("made");
        for host in USUAL_HOSTS {
            assert_eq!(verify(&made, host, TODAY), Ok(()), "{host}");
        }
        assert!(verify(&made, "other.example", TODAY).is_err());
        assert!(verify(&made, "localhost", TODAY.saturating_add(91.days())).is_err());
        assert!(verify(&made, "localhost", TODAY.saturating_sub(2.days())).is_err());
    }

    #[test]
    fn the_authority_can_vouch_for_no_other_names() {
        let mut made = make(&hosts(), TODAY, 90).expect("made");
        let narrow = make(&["localhost".to_owned()], TODAY, 90).expect("made");
        assert_ne!(made.authority.der(), narrow.authority.der());
        made.authority = narrow.authority;
        assert!(verify(&made, "localhost", TODAY).is_err());
    }

    #[test]
    fn hosts_are_names_or_addresses() {
        for host in ["", "a b", "https://a", "a..b", "a/b", "*.example", "h\u{f6}st"] {
            assert!(alternative_name(host).is_err(), "{host}");
        }
        assert!(matches!(alternative_name("::1"), Ok(SanType::IpAddress(_))));
        assert!(matches!(alternative_name("keys.example"), Ok(SanType::DnsName(_))));
    }

    #[test]
    fn a_truststore_holds_the_authority_as_trusted() {
        let made = make(&hosts(), TODAY, 90).expect("made");
        let bytes = truststore(&made.authority, "changeit").expect("written");
        // This policy drops certificates that are not marked as trusted, as Java does.
        let store = KeyStore::from_pkcs12(&bytes, "changeit", Pkcs12ImportPolicy::Strict).expect("readable");
        match store.entry("rehearsal") {
            Some(KeyStoreEntry::Certificate(certificate)) => {
                assert_eq!(certificate.as_der(), made.authority.der().as_ref());
            }
            other => panic!("{other:?}"),
        }
        assert!(KeyStore::from_pkcs12(&bytes, "wrong", Pkcs12ImportPolicy::Strict).is_err());
    }
}
