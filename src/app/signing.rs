//! The key that signs callbacks, and the key server that publishes it.

use std::collections::BTreeMap;
use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use crate::atlassian::jwt::{AudienceForm, InstallSignature, Signer, TokenSettings};
use crate::atlassian::{Kid, SigningKey};
use crate::cli::{self, TrustArgs};
use crate::exit::Abort;
use crate::serve::{KeyServer, PathPrefix, ServerTls};
use crate::verdict::Trust;

/// The key that signs callbacks, and the key server that publishes it.
#[derive(Debug)]
pub(super) struct Signing {
    key: Option<Arc<SigningKey>>,
    server: Option<KeyServer>,
    audience_form: AudienceForm,
}

impl Signing {
    /// Reads or makes the key and starts the key server, as far as `trust` needs them.
    ///
    /// # Errors
    /// When the key is none, the flags contradict each other, or the port is taken.
    pub(super) async fn start(args: &TrustArgs, trust: Trust) -> Result<Self, Abort> {
        let audience_form = match args.audience {
            cli::AudienceForm::String => AudienceForm::Text,
            cli::AudienceForm::Array => AudienceForm::List,
        };
        let (key, server) = match trust {
            Trust::Legacy => (None, None),
            Trust::None => (Some(untrusted_key(args)?), None),
            Trust::ProbeKey => {
                let key = probe_key(args)?;
                let server = key_server(args, &key).await?;
                (Some(key), server)
            }
        };
        Ok(Self { key: key.map(Arc::new), server, audience_form })
    }

    /// Signs for an app that calls itself `audience`.
    pub(super) fn signer(&self, audience: &str) -> Signer {
        let install = match &self.key {
            Some(key) => InstallSignature::Key(Arc::clone(key)),
            None => InstallSignature::Legacy,
        };
        Signer::new(
            install,
            TokenSettings { audience_form: self.audience_form, ..TokenSettings::new(audience) },
        )
    }

    /// The key server, where there is one.
    pub(super) fn server(&self) -> Option<&KeyServer> {
        self.server.as_ref()
    }

    /// The id of the key, where there is one.
    pub(super) fn kid(&self) -> Option<&Kid> {
        self.key.as_deref().map(SigningKey::kid)
    }

    /// Whether there is a key server and nobody ever asked it for our key.
    pub(super) fn was_never_asked(&self) -> bool {
        match (&self.server, self.kid()) {
            (Some(server), Some(kid)) => server.fetched(kid.as_str()).count == 0,
            _ => false,
        }
    }
}

fn kid(args: &TrustArgs) -> Result<Option<Kid>, Abort> {
    let kid = args.kid.as_deref().map(Kid::new).transpose();
    kid.map_err(|error| Abort::usage(format!("--kid: {error}")))
}

/// Production trusts Atlassian alone. The kid tells whoever reads its logs who knocked.
fn untrusted_key(args: &TrustArgs) -> Result<SigningKey, Abort> {
    if args.signing_key.is_some() || args.kid.is_some() {
        return Err(Abort::usage("--trust none signs with a key that nobody trusts")
            .remedy("leave out --signing-key and --kid, or use --trust probe-key"));
    }
    generated(Some(Kid::untrusted()))
}

fn probe_key(args: &TrustArgs) -> Result<SigningKey, Abort> {
    match &args.signing_key {
        Some(path) => read_key(path, kid(args)?),
        None => generated(kid(args)?),
    }
}

fn generated(kid: Option<Kid>) -> Result<SigningKey, Abort> {
    SigningKey::generate(kid)
        .map_err(|problem| Abort::defect(format!("no signing key could be made: it {problem}")))
}

fn read_key(path: &Path, kid: Option<Kid>) -> Result<SigningKey, Abort> {
    let shown = path.display();
    let text = fs::read_to_string(path).map_err(|error| {
        Abort::data(format!("--signing-key {shown} can't be read: {error}"))
            .remedy("`rehearsal keys new FILE` makes a key")
    })?;
    SigningKey::from_pem(&text, kid).map_err(|problem| {
        Abort::data(format!("--signing-key {shown} {problem}"))
            .remedy("`rehearsal keys new FILE` makes a key")
    })
}

async fn key_server(args: &TrustArgs, key: &SigningKey) -> Result<Option<KeyServer>, Abort> {
    if args.key_server == "none" {
        return Ok(None);
    }
    let address: SocketAddr = args.key_server.parse().map_err(|_| {
        Abort::usage(format!("--key-server: `{}` is neither ADDR:PORT nor none", args.key_server))
            .remedy("for example 127.0.0.1:7465, or [::1]:0 for any free port")
    })?;
    if args.signing_key.is_none() && !address.ip().is_loopback() {
        return Err(Abort::usage(format!(
            "--key-server {address}: a key made for one run is only served on loopback addresses"
        ))
        .remedy("make a key with `rehearsal keys new FILE` and give it with --signing-key FILE"));
    }
    let prefix = PathPrefix::parse(&args.key_server_prefix)
        .map_err(|error| Abort::usage(format!("--key-server-prefix: {error}")))?;
    let tls = match &args.key_server_tls {
        Some(files) => Some(server_tls(files)?),
        None => None,
    };
    let keys = BTreeMap::from([(key.kid().to_string(), key.public_pem().to_owned())]);
    KeyServer::start(address, tls, prefix, keys).await.map(Some).map_err(|error| {
        Abort::unavailable(format!("the key server can't start: {error}"))
            .remedy(format!("{} The flag is --key-server.", error.remedy()))
    })
}

fn server_tls(files: &str) -> Result<ServerTls, Abort> {
    let (certificate, key) = files
        .split_once(',')
        .ok_or_else(|| Abort::usage("--key-server-tls: expected CERT,KEY, two PEM files"))?;
    let read = |path: &str| {
        fs::read_to_string(path)
            .map_err(|error| Abort::data(format!("--key-server-tls: {path} can't be read: {error}")))
    };
    ServerTls::from_pem(&read(certificate)?, &read(key)?)
        .map_err(|error| Abort::data(format!("--key-server-tls: {error}")).remedy(error.remedy()))
}
