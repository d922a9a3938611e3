//! What is known about one callback, redacted.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Phases, schema::UtcTime};
use crate::outcome::{Clock, Phase};

/// What is known about one callback, redacted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Evidence {
    /// The scenario.
    pub scenario: String,
    /// The step within it.
    pub step: String,
    /// The clientKey of the synthetic tenant.
    pub tenant: String,
    /// When it was dispatched.
    #[schemars(with = "UtcTime")]
    pub at: Timestamp,
    /// What the operating system, the resolver, TLS, HTTP or the app said.
    pub detail: String,
    /// Which clock ran out, when one did.
    pub deadline: Option<Clock>,
    /// What that clock was set to.
    #[serde(default)]
    pub deadline_us: Option<u64>,
    /// How long each phase took; null where it did not happen.
    pub phases_us: Phases<Option<u64>>,
    /// The address that was talked to, or tried last.
    pub address: Option<String>,
    /// Whether the connection had been used before.
    #[serde(default)]
    pub reused_connection: bool,
    /// What the name lookup gave.
    #[serde(default)]
    pub resolution: Option<Resolution>,
    /// Every address tried, in order.
    pub attempts: Vec<Attempt>,
    /// What was agreed in the TLS handshake, as far as it came.
    #[serde(default)]
    pub tls: Option<TlsEvidence>,
    /// What was sent.
    pub request: Option<RequestEvidence>,
    /// What came back.
    pub response: Option<ResponseEvidence>,
    /// The beginning of what came in place of a response, with what is secret replaced.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub received: Option<String>,
    /// The URLs that redirects led to, in order.
    #[serde(default)]
    pub redirects: Vec<String>,
    /// What the control target said near this moment.
    #[serde(default)]
    pub control: Option<String>,
    /// The tries before this one, in order, when a bad callback was sent again.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub earlier: Vec<EarlierTry>,
}

/// A try that was bad, after which the callback was sent again.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct EarlierTry {
    /// What became of it.
    pub code: String,
    /// Where it failed; null for a response.
    pub phase: Option<Phase>,
    /// All that is known about it.
    pub evidence: Evidence,
}

/// What the name lookup gave.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Resolution {
    /// The name that was looked up.
    pub name: String,
    /// Where the addresses are from: `dns`, `cache`, `hosts`, `override` or `literal`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// The resolvers that were asked.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub servers: Vec<String>,
    /// How long it took.
    pub elapsed_us: Option<u64>,
    /// What was answered.
    pub records: Vec<Record>,
    /// What failed, for each kind of record.
    pub errors: Vec<LookupError>,
}

/// One answer of the DNS.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Record {
    /// `A`, `AAAA` or `CNAME`.
    pub kind: String,
    /// The address or name.
    pub value: String,
    /// How long it may be kept, in seconds.
    pub ttl_s: Option<u32>,
}

/// A lookup that failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LookupError {
    /// `A` or `AAAA`.
    pub kind: String,
    /// What went wrong.
    pub error: String,
}

/// One attempt to open a connection.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Attempt {
    /// The address and port.
    pub address: String,
    /// How long it took.
    pub elapsed_us: u64,
    /// Why it failed; null when it connected.
    pub error: Option<String>,
}

/// What was agreed in the TLS handshake, as far as it came.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TlsEvidence {
    /// The protocol version, e.g. `TLS 1.3`.
    pub version: Option<String>,
    /// The cipher suite.
    pub suite: Option<String>,
    /// The application protocol.
    pub alpn: Option<String>,
    /// The certificates that the server sent, its own first.
    pub chain: Vec<Certificate>,
}

/// A certificate that the server sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Certificate {
    /// Whose it is.
    pub subject: String,
    /// Who issued it.
    pub issuer: String,
    /// The names it is for.
    pub names: Vec<String>,
    /// The first moment it is valid.
    #[schemars(with = "Option<UtcTime>")]
    pub not_before: Option<Timestamp>,
    /// The last moment it is valid.
    #[schemars(with = "Option<UtcTime>")]
    pub not_after: Option<Timestamp>,
    /// Its serial number, in hexadecimal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub serial: Option<String>,
    /// Its key, e.g. `RSA 2048`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// How it is signed, e.g. `SHA-256 with RSA`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signature: Option<String>,
    /// The SHA-256 of its encoding, in hexadecimal.
    pub sha256: String,
    /// What is wrong with it.
    pub problems: Vec<String>,
}

/// What was sent. The body is left out: it holds the tenant's secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RequestEvidence {
    /// The method.
    pub method: String,
    /// The URL.
    pub url: String,
    /// The headers, with what is secret replaced.
    pub headers: Vec<Header>,
}

/// What came back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ResponseEvidence {
    /// The status.
    pub status: u16,
    /// The protocol version, e.g. `HTTP/1.1`.
    #[serde(default)]
    pub version: Option<String>,
    /// The headers, with what is secret replaced.
    pub headers: Vec<Header>,
    /// The start of the body, with what is secret replaced.
    pub body_start: String,
    /// How many bytes of the body were read.
    #[serde(default)]
    pub body_bytes: Option<u64>,
}

/// One header line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Header {
    /// The name.
    pub name: String,
    /// The value.
    pub value: String,
}
