//! The key that signs callbacks, and the key server that publishes it.

use std::sync::Arc;

use super::key_server;
use super::keys::{parse_kid, read_signing_key};
use crate::atlassian::jwt::{AudienceForm, InstallSignature, Signer, TokenSettings};
use crate::atlassian::{BaseUrl, Kid, SigningKey};
use crate::cli::{self, TrustArgs};
use crate::exit::Abort;
use crate::serve::KeyServer;
use crate::verdict::Trust;

/// The key that signs callbacks, and the key server that publishes it.
#[derive(Debug)]
pub(super) struct Signing {
    key: Option<Arc<SigningKey>>,
    server: Option<KeyServer>,
    /// Stands where an app that does not trust us may look for keys, and has none.
    _empty_server: Option<KeyServer>,
    audience_form: AudienceForm,
}

impl Signing {
    /// Reads or makes the key and starts the key server, as far as `trust` needs them.
    ///
    /// # Errors
    /// When the key is none, the flags contradict each other, or the port is taken.
    pub(super) async fn start(args: &TrustArgs, trust: Trust, app: &BaseUrl) -> Result<Self, Abort> {
        let audience_form = match args.audience {
            cli::AudienceForm::String => AudienceForm::Text,
            cli::AudienceForm::Array => AudienceForm::List,
        };
        let (mut server, mut empty_server) = (None, None);
        let key = match trust {
            Trust::Legacy => None,
            Trust::None => {
                empty_server = without_keys(args, app).await?;
                Some(untrusted_key(args)?)
            }
            Trust::ProbeKey => {
                let key = probe_key(args)?;
                server = published(args, &key).await?;
                Some(key)
            }
        };
        Ok(Self { key: key.map(Arc::new), server, _empty_server: empty_server, audience_form })
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

    /// Whether somebody asked our key server for our key; none without a key server.
    pub(super) fn was_fetched(&self) -> Option<bool> {
        Some(self.server.as_ref()?.fetched(self.kid()?.as_str()).count > 0)
    }
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
        Some(path) => read_signing_key(path, args.kid.as_deref()),
        None => generated(args.kid.as_deref().map(parse_kid).transpose()?),
    }
}

fn generated(kid: Option<Kid>) -> Result<SigningKey, Abort> {
    SigningKey::generate(kid)
        .map_err(|problem| Abort::defect(format!("no signing key could be made: it {problem}")))
}

/// The key server that the flags ask for. A key made for one run has no business on other machines.
async fn published(args: &TrustArgs, key: &SigningKey) -> Result<Option<KeyServer>, Abort> {
    if args.key_server == "none" {
        return Ok(None);
    }
    let address = key_server::address(&args.key_server)?;
    if args.signing_key.is_none() && !address.ip().is_loopback() {
        return Err(Abort::usage(format!(
            "--key-server {address}: a key made for one run is only served on loopback addresses"
        ))
        .remedy("make a key with `rehearsal keys new FILE` and give it with --signing-key FILE"));
    }
    let tls = args.key_server_tls.as_deref();
    key_server::start(address, tls, &args.key_server_prefix, Some(key)).await.map(Some)
}

/// An app on this machine may have been pointed at our key server for other runs. Some frameworks answer
/// 404 when nobody is there, which would be taken for a wrong path; like Atlassian's key host, this one is
/// there and does not know the kid. Where it can't be, it is done without.
async fn without_keys(args: &TrustArgs, app: &BaseUrl) -> Result<Option<KeyServer>, Abort> {
    if args.key_server == "none" || !app.is_loopback() {
        return Ok(None);
    }
    let address = key_server::address(&args.key_server)?;
    let tls = args.key_server_tls.as_deref();
    Ok(key_server::start(address, tls, &args.key_server_prefix, None).await.ok())
}
