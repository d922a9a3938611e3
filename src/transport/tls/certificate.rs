//! Certificates in the words of a report, with all that is wrong with them.

use aws_lc_rs::digest::{SHA256, digest};
use jiff::Timestamp;
use rustls::client::verify_server_name;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, Error};
use x509_cert::Certificate as X509;
use x509_cert::der::asn1::UintRef;
use x509_cert::der::oid::ObjectIdentifier;
use x509_cert::der::{Decode, Encode, Reader, SliceReader};
use x509_cert::ext::pkix::name::GeneralName;
use x509_cert::ext::pkix::{AuthorityInfoAccessSyntax, BasicConstraints, SubjectAltName};
use x509_cert::spki::SubjectPublicKeyInfoOwned;
use x509_cert::time::Time;

use super::verifier::unreadable;

/// A certificate of the chain a server sent, in the words of a report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Certificate {
    /// Whom it is for.
    pub subject: String,
    /// Who issued it.
    pub issuer: String,
    /// The subject alternative names.
    pub names: Vec<String>,
    /// Its serial number, in hexadecimal digits.
    pub serial: String,
    /// When its validity begins.
    pub not_before: Option<Timestamp>,
    /// When its validity ends.
    pub not_after: Option<Timestamp>,
    /// Its key, such as `RSA 2048` or `EC P-256`.
    pub key: String,
    /// How it is signed, such as `SHA-256 with RSA`.
    pub signature: String,
    /// SHA-256 of its encoding, in hexadecimal digits.
    pub fingerprint: String,
    /// What is wrong with it, each in a sentence.
    pub problems: Vec<String>,
}

/// RSA keys below this size are refused by every modern client.
const SMALLEST_RSA: usize = 2048;

/// A certificate, read.
pub(super) struct Parsed {
    x509: X509,
    fingerprint: String,
}

impl Parsed {
    /// Reads a certificate.
    pub(super) fn read(der: &CertificateDer<'_>) -> Option<Self> {
        let x509 = X509::from_der(der).ok()?;
        Some(Self { x509, fingerprint: hex(digest(&SHA256, der).as_ref()) })
    }

    /// The subject's encoding.
    pub(super) fn subject(&self) -> Vec<u8> {
        self.x509.tbs_certificate().subject().to_der().unwrap_or_default()
    }

    /// The issuer's encoding.
    pub(super) fn issuer(&self) -> Vec<u8> {
        self.x509.tbs_certificate().issuer().to_der().unwrap_or_default()
    }

    /// The issuer's name.
    pub(super) fn issuer_name(&self) -> String {
        self.x509.tbs_certificate().issuer().to_string()
    }

    /// Whether it names itself as its issuer.
    pub(super) fn is_self_issued(&self) -> bool {
        self.subject() == self.issuer()
    }

    /// Whether it says where its issuer's certificate can be had, as those of public authorities do.
    pub(super) fn names_its_issuers_address(&self) -> bool {
        matches!(self.x509.tbs_certificate().get_extension::<AuthorityInfoAccessSyntax>(), Ok(Some(_)))
    }

    /// Whether its key or its signature is of a kind that no modern client accepts.
    pub(super) fn weakness(&self) -> Option<String> {
        let tbs = self.x509.tbs_certificate();
        if let Some(bits) = rsa_bits(tbs.subject_public_key_info()).filter(|bits| *bits < SMALLEST_RSA) {
            return Some(format!("its RSA key has only {bits} bits"));
        }
        let signature = signature_name(self.x509.signature_algorithm().oid);
        ["MD5", "SHA-1"]
            .iter()
            .any(|weak| signature.starts_with(weak))
            .then(|| format!("it is signed with {signature}"))
    }

    fn is_authority(&self) -> bool {
        matches!(
            self.x509.tbs_certificate().get_extension::<BasicConstraints>(),
            Ok(Some((_, BasicConstraints { ca: true, .. })))
        )
    }

    fn validity(&self) -> (Option<Timestamp>, Option<Timestamp>) {
        let validity = self.x509.tbs_certificate().validity();
        (timestamp(validity.not_before), timestamp(validity.not_after))
    }

    fn names(&self) -> Vec<String> {
        match self.x509.tbs_certificate().get_extension::<SubjectAltName>() {
            Ok(Some((_, names))) => names.0.iter().map(general_name).collect(),
            Ok(None) | Err(_) => Vec::new(),
        }
    }

    /// In the words of a report.
    fn describe(&self) -> Certificate {
        let tbs = self.x509.tbs_certificate();
        let (not_before, not_after) = self.validity();
        Certificate {
            subject: tbs.subject().to_string(),
            issuer: self.issuer_name(),
            names: self.names(),
            serial: hex(tbs.serial_number().as_bytes()),
            not_before,
            not_after,
            key: key_name(tbs.subject_public_key_info()),
            signature: signature_name(self.x509.signature_algorithm().oid),
            fingerprint: self.fingerprint.clone(),
            problems: self.problems(Timestamp::now()),
        }
    }

    fn problems(&self, now: Timestamp) -> Vec<String> {
        let (not_before, not_after) = self.validity();
        let early =
            not_before.filter(|start| now < *start).map(|start| format!("it is not valid before {start}"));
        let late = not_after.filter(|end| now > *end).map(|end| format!("it expired at {end}"));
        [early, late, self.weakness()].into_iter().flatten().collect()
    }
}

/// The chain in the words of a report. `name` is what the first certificate should be for;
/// `is_trusted` tells whether the bearer of a subject is a trusted authority.
pub(super) fn describe(
    chain: &[CertificateDer<'_>],
    name: &ServerName<'_>,
    is_trusted: impl Fn(&[u8]) -> bool,
) -> Vec<Certificate> {
    let parsed: Vec<Option<Parsed>> = chain.iter().map(Parsed::read).collect();
    let describe = |(position, certificate): (usize, &Option<Parsed>)| {
        let Some(certificate) = certificate else { return undecipherable(&chain[position]) };
        let mut described = certificate.describe();
        if position == 0 {
            described.problems.extend(leaf_problems(&chain[0], certificate, name));
        }
        let issuer = certificate.issuer();
        let is_sent = || parsed.iter().flatten().any(|other| other.subject() == issuer);
        if !certificate.is_self_issued() && !is_trusted(&issuer) && !is_sent() {
            let problem = "its issuer's certificate was not sent, and the issuer is no trusted authority";
            described.problems.push(problem.to_owned());
        }
        described
    };
    parsed.iter().enumerate().map(describe).collect()
}

fn leaf_problems(der: &CertificateDer<'_>, leaf: &Parsed, name: &ServerName<'_>) -> Vec<String> {
    let mut problems = Vec::new();
    let is_for_name =
        ParsedCertificate::try_from(der).is_ok_and(|parsed| verify_server_name(&parsed, name).is_ok());
    if !is_for_name {
        problems.push(format!("it is not for {}", name.to_str()));
    }
    if leaf.is_self_issued() {
        problems.push("it is signed by itself".to_owned());
    }
    if leaf.is_authority() {
        problems.push("it is an authority's certificate, not a server's".to_owned());
    }
    problems
}

fn undecipherable(der: &CertificateDer<'_>) -> Certificate {
    Certificate {
        subject: String::new(),
        issuer: String::new(),
        names: Vec::new(),
        serial: String::new(),
        not_before: None,
        not_after: None,
        key: String::new(),
        signature: String::new(),
        fingerprint: hex(digest(&SHA256, der).as_ref()),
        problems: vec!["its encoding is broken".to_owned()],
    }
}

/// Checks that `now` lies within a certificate's validity.
///
/// # Errors
/// When it does not, or the certificate can't be read.
pub(super) fn check_validity(der: &CertificateDer<'_>, now: UnixTime) -> Result<(), Error> {
    let parsed = X509::from_der(der).map_err(|_| unreadable())?;
    let validity = parsed.tbs_certificate().validity();
    let unix = |time: Time| UnixTime::since_unix_epoch(time.to_unix_duration());
    let (not_before, not_after) = (unix(validity.not_before), unix(validity.not_after));
    if now < not_before {
        return Err(CertificateError::NotValidYetContext { time: now, not_before }.into());
    }
    if now > not_after {
        return Err(CertificateError::ExpiredContext { time: now, not_after }.into());
    }
    Ok(())
}

fn timestamp(time: Time) -> Option<Timestamp> {
    Timestamp::from_second(time.to_unix_duration().as_secs().try_into().ok()?).ok()
}

fn general_name(name: &GeneralName) -> String {
    match name {
        GeneralName::DnsName(name) => name.to_string(),
        GeneralName::IpAddress(address) => ip_address(address.as_bytes()),
        GeneralName::Rfc822Name(name) | GeneralName::UniformResourceIdentifier(name) => name.to_string(),
        GeneralName::DirectoryName(name) => name.to_string(),
        GeneralName::OtherName(_) | GeneralName::EdiPartyName(_) | GeneralName::RegisteredId(_) => {
            "a name of another kind".to_owned()
        }
    }
}

fn ip_address(octets: &[u8]) -> String {
    if let Ok(octets) = <[u8; 4]>::try_from(octets) {
        return std::net::Ipv4Addr::from(octets).to_string();
    }
    match <[u8; 16]>::try_from(octets) {
        Ok(octets) => std::net::Ipv6Addr::from(octets).to_string(),
        Err(_) => "a broken IP address".to_owned(),
    }
}

fn rsa_bits(key: &SubjectPublicKeyInfoOwned) -> Option<usize> {
    if key.algorithm.oid.to_string() != "1.2.840.113549.1.1.1" {
        return None;
    }
    let mut reader = SliceReader::new(key.subject_public_key.raw_bytes()).ok()?;
    let modulus = reader
        .sequence(|sequence| {
            let modulus = UintRef::decode(sequence)?;
            UintRef::decode(sequence)?;
            Ok::<_, x509_cert::der::Error>(modulus)
        })
        .ok()?;
    let leading = modulus.as_bytes().first().map_or(0, |byte| byte.leading_zeros() as usize);
    Some(modulus.as_bytes().len() * 8 - leading)
}

fn key_name(key: &SubjectPublicKeyInfoOwned) -> String {
    if let Some(bits) = rsa_bits(key) {
        return format!("RSA {bits}");
    }
    let curve = key.algorithm.parameters.as_ref().and_then(|any| any.decode_as::<ObjectIdentifier>().ok());
    match (key.algorithm.oid.to_string().as_str(), curve.map(|oid| oid.to_string()).as_deref()) {
        ("1.2.840.10045.2.1", Some("1.2.840.10045.3.1.7")) => "EC P-256".to_owned(),
        ("1.2.840.10045.2.1", Some("1.3.132.0.34")) => "EC P-384".to_owned(),
        ("1.2.840.10045.2.1", Some("1.3.132.0.35")) => "EC P-521".to_owned(),
        ("1.3.101.112", _) => "Ed25519".to_owned(),
        (other, _) => other.to_owned(),
    }
}

/// The name of a signature algorithm, by RFC 3279, 4055, 5758 and 8410.
fn signature_name(oid: ObjectIdentifier) -> String {
    let oid = oid.to_string();
    let name = match oid.as_str() {
        "1.2.840.113549.1.1.4" => "MD5 with RSA",
        "1.2.840.113549.1.1.5" => "SHA-1 with RSA",
        "1.2.840.113549.1.1.10" => "RSA-PSS",
        "1.2.840.113549.1.1.11" => "SHA-256 with RSA",
        "1.2.840.113549.1.1.12" => "SHA-384 with RSA",
        "1.2.840.113549.1.1.13" => "SHA-512 with RSA",
        "1.2.840.10045.4.1" => "SHA-1 with ECDSA",
        "1.2.840.10045.4.3.2" => "SHA-256 with ECDSA",
        "1.2.840.10045.4.3.3" => "SHA-384 with ECDSA",
        "1.2.840.10045.4.3.4" => "SHA-512 with ECDSA",
        "1.3.101.112" => "Ed25519",
        other => other,
    };
    name.to_owned()
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        write!(text, "{byte:02x}").expect("writing to a String never fails");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_certificate_is_told_with_all_that_is_wrong() {
        let mut params = rcgen::CertificateParams::new(vec!["app.example".to_owned()]).expect("names");
        params.not_after = rcgen::date_time_ymd(2001, 2, 3);
        params.not_before = rcgen::date_time_ymd(2000, 2, 3);
        let key = rcgen::KeyPair::generate().expect("key");
        let made = params.self_signed(&key).expect("certificate");
        let name = ServerName::try_from("other.example").expect("name");
        let told = describe(&[made.der().clone()], &name, |_| false);
        assert_eq!(
            (told[0].names.as_slice(), told[0].key.as_str()),
            (["app.example".to_owned()].as_slice(), "EC P-256")
        );
        assert_eq!(told[0].signature, "SHA-256 with ECDSA");
        assert_eq!(told[0].fingerprint.len(), 64);
        assert_eq!(
            told[0].problems,
            ["it expired at 2001-02-03T00:00:00Z", "it is not for other.example", "it is signed by itself"]
        );
    }

    #[test]
    fn what_is_no_certificate_is_told_as_such() {
        let name = ServerName::try_from("app.example").expect("name");
        let told = describe(&[CertificateDer::from(vec![1, 2, 3])], &name, |_| false);
        assert_eq!(told[0].problems, ["its encoding is broken"]);
    }
}
