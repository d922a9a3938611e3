//! `rehearsal keys`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

/// What was typed after `rehearsal keys`.
#[derive(Debug, Clone, Args)]
pub struct KeysArgs {
    /// What to do.
    #[command(subcommand)]
    pub command: KeysCommand,
}

/// The subcommands of `rehearsal keys`.
#[derive(Debug, Clone, Subcommand)]
pub enum KeysCommand {
    /// Make a signing key: RSA, in a file of mode 0600
    New(NewKeyArgs),
    /// Publish the signing key's public half over HTTP or HTTPS, until interrupted
    Serve(ServeKeyArgs),
    /// Write the public half as a file that any web server can publish
    Export(ExportKeyArgs),
    /// Make a CA and a server certificate for a key server over TLS
    Ca(CaArgs),
    /// Say how to point an app at our key
    Howto(HowtoArgs),
}

/// What was typed after `rehearsal keys new`.
#[derive(Debug, Clone, Args)]
pub struct NewKeyArgs {
    /// Where to write the key
    #[arg(value_name = "FILE", default_value = "rehearsal-key.pem")]
    pub key_file: PathBuf,

    /// The key's id; letters, digits, `_`, `-` and `/` [default: a UUID that follows from the key]
    #[arg(long, value_name = "KID")]
    pub kid: Option<String>,

    /// Replace a file that is there already
    #[arg(long)]
    pub force: bool,
}

/// The signing key, where a command can't do without one.
#[derive(Debug, Clone, Args)]
pub struct SigningKeyArgs {
    /// The private signing key, PEM, mode 0600
    #[arg(long, value_name = "FILE", required = true)]
    pub signing_key: PathBuf,

    /// The key's id [default: the key file's]
    #[arg(long, value_name = "KID")]
    pub kid: Option<String>,
}

/// What was typed after `rehearsal keys serve`.
#[derive(Debug, Clone, Args)]
pub struct ServeKeyArgs {
    /// The key to publish.
    #[command(flatten)]
    pub key: SigningKeyArgs,

    /// Where to listen; port 0 picks one
    #[arg(long, value_name = "ADDR:PORT", default_value = "127.0.0.1:7465")]
    pub key_server: String,

    /// Certificate chain and key for serving over TLS
    #[arg(long, value_name = "CERT,KEY")]
    pub key_server_tls: Option<String>,

    /// A path in front of the kid
    #[arg(long, value_name = "PATH", default_value = "")]
    pub key_server_prefix: String,
}

/// What was typed after `rehearsal keys export`.
#[derive(Debug, Clone, Args)]
pub struct ExportKeyArgs {
    /// The folder that the web server publishes; a kid with slashes makes folders in it
    #[arg(value_name = "DIR")]
    pub export_dir: PathBuf,

    /// The key to publish.
    #[command(flatten)]
    pub key: SigningKeyArgs,

    /// Replace another key that is there under this kid
    #[arg(long)]
    pub force: bool,
}

/// What was typed after `rehearsal keys ca`.
#[derive(Debug, Clone, Args)]
pub struct CaArgs {
    /// The folder to write to
    #[arg(value_name = "DIR", default_value = "rehearsal-ca")]
    pub ca_dir: PathBuf,

    /// A name or address that the key server is reached by, instead of the usual ones (repeatable)
    /// [default: Atlassian's key hosts, localhost and the loopback addresses]
    #[arg(long = "host", value_name = "NAME")]
    pub ca_hosts: Vec<String>,

    /// How the CA is handed to the app: pem, or pkcs12 for a Java truststore as well
    #[arg(long = "format", value_enum, default_value_t = CaFormat::Pem)]
    pub ca_format: CaFormat,

    /// The truststore's password; it protects nothing secret
    #[arg(long, value_name = "TEXT", default_value = "changeit")]
    pub truststore_password: String,

    /// How long the certificates are valid
    #[arg(long = "days", value_name = "N", default_value_t = 90, value_parser = clap::value_parser!(u16).range(1..=3650))]
    pub ca_days: u16,

    /// Replace files that are there already
    #[arg(long)]
    pub force: bool,
}

/// `--format` of `rehearsal keys ca`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum CaFormat {
    /// PEM files.
    Pem,
    /// PEM files and a PKCS #12 truststore.
    Pkcs12,
}

/// What was typed after `rehearsal keys howto`.
#[derive(Debug, Clone, Args)]
pub struct HowtoArgs {
    /// What the app is built with, or where it runs
    #[arg(value_name = "FRAMEWORK", value_enum)]
    pub framework: Framework,

    /// The kid to show in the examples
    #[arg(long, value_name = "KID", default_value = "KID")]
    pub kid: String,

    /// The key host to show in the examples
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:7465")]
    pub key_host: String,
}

/// What there are instructions for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Framework {
    /// Atlassian's framework for Node.js.
    AtlassianConnectExpress,
    /// The framework for Scala's Play.
    AtlassianConnectPlay,
    /// Atlassian's framework for Java's Spring Boot.
    AtlassianConnectSpringBoot,
    /// Figma for Jira.
    FigmaForJira,
    /// The library atlassian-connect-auth for Node.js.
    AtlassianConnectAuth,
    /// GitLab, self-managed.
    Gitlab,
    /// Anything with a fixed key host: a hosts override and a CA.
    Generic,
    /// An app in production: accept this one kid for synthetic tenants alone.
    Production,
}
