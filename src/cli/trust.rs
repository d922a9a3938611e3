//! How the app is meant to take the probe's signature.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use crate::verdict::Trust;

/// Signing, the key server and the synthetic sites.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Trust")]
pub struct TrustArgs {
    /// probe-key: the app trusts our key; legacy: unsigned first install; none: the app trusts
    /// Atlassian alone, so only reachability is measured [default: probe-key; off loopback check and
    /// load want it said]
    #[arg(long, value_enum)]
    pub trust: Option<TrustArg>,

    /// The private signing key, PEM, mode 0600 [default: an ephemeral key, for loopback key servers]
    #[arg(long, value_name = "FILE")]
    pub signing_key: Option<PathBuf>,

    /// The key's id; letters, digits, `_`, `-` and `/` [default: the key file's, or a random one]
    #[arg(long, value_name = "KID")]
    pub kid: Option<String>,

    /// Where our key server listens; port 0 picks one; none serves no key
    #[arg(long, value_name = "ADDR:PORT|none", default_value = "127.0.0.1:7465")]
    pub key_server: String,

    /// Certificate chain and key for a key server over TLS
    #[arg(long, value_name = "CERT,KEY")]
    pub key_server_tls: Option<String>,

    /// A path in front of the kid on the key server
    #[arg(long, value_name = "PATH", default_value = "")]
    pub key_server_prefix: String,

    /// The sites of the synthetic tenants, with the tenant's number where an n stands in braces
    /// [default: a random label under .atlassian.net that starts with rehearsal-]
    #[arg(long, value_name = "URL")]
    pub site_template: Option<String>,

    /// With --trust none, the statuses by which a refusing app shows that it was reached
    #[arg(long, value_name = "STATUS,…", value_delimiter = ',', default_value = "400,401,403", value_parser = refusal)]
    pub reached_status: Vec<u16>,

    /// The `aud` claim as a string or as an array of one
    #[arg(long, value_enum, default_value_t = AudienceForm::String)]
    pub audience: AudienceForm,
}

/// `--trust`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum TrustArg {
    /// The app trusts the probe's key.
    ProbeKey,
    /// Unsigned first install, HS256 with the previous secret afterwards.
    Legacy,
    /// The app trusts Atlassian alone.
    None,
}

impl From<TrustArg> for Trust {
    fn from(trust: TrustArg) -> Self {
        match trust {
            TrustArg::ProbeKey => Self::ProbeKey,
            TrustArg::Legacy => Self::Legacy,
            TrustArg::None => Self::None,
        }
    }
}

/// The form of the `aud` claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum AudienceForm {
    /// A string.
    String,
    /// An array of one string.
    Array,
}

/// Reads a status that no app answers which accepts an install.
fn refusal(text: &str) -> Result<u16, String> {
    let status = text.trim().parse().map_err(|_| format!("`{text}` is no status"))?;
    match status {
        300..=599 => Ok(status),
        200..=299 => Err(format!("{status} would accept an install that nobody signed, and stops the run")),
        _ => Err(format!("{status} is not from 300 to 599")),
    }
}
