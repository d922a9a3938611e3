//! The key server as the flags describe it: beside a rehearsal, or on its own.

use std::collections::BTreeMap;
use std::fs;
use std::net::SocketAddr;

use crate::atlassian::SigningKey;
use crate::exit::Abort;
use crate::serve::{KeyServer, PathPrefix, ServerTls};

/// Reads `--key-server`.
pub(super) fn address(text: &str) -> Result<SocketAddr, Abort> {
    text.parse().map_err(|_| {
        Abort::usage(format!("--key-server: `{text}` is no address with a port"))
            .remedy("write it like 127.0.0.1:7465, or [::1]:0 for any free port")
    })
}

/// Publishes the public half of `key`, if there is one, over TLS where `tls` names `CERT,KEY`.
///
/// # Errors
/// When a flag is wrong, a file can't be read, or the port is taken.
pub(super) async fn start(
    address: SocketAddr,
    tls: Option<&str>,
    prefix: &str,
    key: Option<&SigningKey>,
) -> Result<KeyServer, Abort> {
    let prefix =
        PathPrefix::parse(prefix).map_err(|error| Abort::usage(format!("--key-server-prefix: {error}")))?;
    let tls = tls.map(server_tls).transpose()?;
    let keys: BTreeMap<_, _> =
        key.into_iter().map(|key| (key.kid().to_string(), key.public_pem().to_owned())).collect();
    KeyServer::start(address, tls, prefix, keys)
        .await
        .map_err(|error| Abort::unavailable(format!("--key-server: {error}")).remedy(error.remedy()))
}

fn server_tls(files: &str) -> Result<ServerTls, Abort> {
    let (chain, key) = files.split_once(',').ok_or_else(|| {
        Abort::usage(format!("--key-server-tls: `{files}` is not CERT,KEY"))
            .remedy("`rehearsal keys ca` makes both")
    })?;
    let read = |file: &str| {
        fs::read_to_string(file)
            .map_err(|error| Abort::data(format!("--key-server-tls: {file} can't be read: {error}")))
    };
    ServerTls::from_pem(&read(chain)?, &read(key)?)
        .map_err(|error| Abort::data(format!("--key-server-tls: {error}")).remedy(error.remedy()))
}
