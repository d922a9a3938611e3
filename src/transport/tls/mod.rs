//! The TLS handshake.

use jiff::Timestamp;

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
