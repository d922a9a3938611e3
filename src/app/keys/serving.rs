//! `rehearsal keys serve`: the key server on its own.

<<<<<<< HEAD
use super::read_signing_key;
use crate::app::interrupt::Interrupt;
use crate::app::{block_on, key_server};
use crate::cli::ServeKeyArgs;
use crate::exit::{Abort, Exit};
use crate::report::output;

/// Serves the key until the person has had enough, which is the regular end.
pub(super) fn serve(args: &ServeKeyArgs) -> Result<Exit, Abort> {
    let key = read_signing_key(&args.key.signing_key, args.key.kid.as_deref())?;
    let address = key_server::address(&args.key_server)?;
    block_on(async {
        let interrupt = Interrupt::heed()?;
        let tls = args.key_server_tls.as_deref();
        let server = key_server::start(address, tls, &args.key_server_prefix, &key).await?;
        output::print(&format!("{}\n", server.url()))?;
        output::note(&format!("Serving the public key of {}; Ctrl-C ends it.", key.kid()));
        interrupt.soon.wait().await;
        let (known, unknown) = (server.fetched(key.kid().as_str()).count, server.unknown_fetched().count);
        output::note(&format!("It was fetched {known} times; other kids were asked for {unknown} times."));
        server.stop().await;
        Ok(Exit::Ok)
    })
=======
use std::collections::BTreeMap;
use std::fs;
use std::net::SocketAddr;

use tokio::runtime;

use super::read_signing_key;
use crate::app::interrupt::{Interrupt, Urgency};
use crate::atlassian::SigningKey;
use crate::cli::ServeKeyArgs;
use crate::exit::Abort;
use crate::report::output;
use crate::serve::{KeyServer, PathPrefix, ServerTls};

/// Serves the key until the person has had enough, which is the regular end.
pub(super) fn serve(args: &ServeKeyArgs) -> Result<(), Abort> {
    let key = read_signing_key(&args.key.signing_key, args.key.kid.as_deref())?;
    let address: SocketAddr = args.key_server.parse().map_err(|_| {
        Abort::usage(format!("--key-server: `{}` is no address with a port", args.key_server))
            .remedy("Write it like 127.0.0.1:7465 or [::1]:7465.")
    })?;
    let prefix = PathPrefix::parse(&args.key_server_prefix)
        .map_err(|error| Abort::usage(format!("--key-server-prefix: {error}")))?;
    let tls = args.key_server_tls.as_deref().map(server_tls).transpose()?;
    runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Abort::unavailable(format!("the runtime can't start: {error}")))?
        .block_on(serve_until_interrupted(address, tls, prefix, &key))
}

async fn serve_until_interrupted(
    address: SocketAddr,
    tls: Option<ServerTls>,
    prefix: PathPrefix,
    key: &SigningKey,
) -> Result<(), Abort> {
    let mut interrupt = Interrupt::watch()?;
    let kid = key.kid().to_string();
    let keys = BTreeMap::from([(kid.clone(), key.public_pem().to_owned())]);
    let server = KeyServer::start(address, tls, prefix, keys)
        .await
        .map_err(|error| Abort::unavailable(error.to_string()).remedy(error.remedy()))?;
    output::print(&format!("{}\n", server.url()))?;
    output::note(&format!("Serving the public key of {kid}; Ctrl-C ends it."));
    interrupt.reached(Urgency::Soon).await;
    let (known, unknown) = (server.fetched(&kid).count, server.unknown_fetched().count);
    output::note(&format!("It was fetched {known} times; other kids were asked for {unknown} times."));
    server.stop().await;
    Ok(())
}

/// Reads `CERT,KEY`.
fn server_tls(files: &str) -> Result<ServerTls, Abort> {
    let Some((chain, key)) = files.split_once(',') else {
        return Err(Abort::usage(format!("--key-server-tls: `{files}` is not CERT,KEY"))
            .remedy("`rehearsal keys ca` makes both."));
    };
    let read = |file: &str| {
        fs::read_to_string(file)
            .map_err(|error| Abort::data(format!("--key-server-tls: {file} can't be read: {error}")))
    };
    ServerTls::from_pem(&read(chain)?, &read(key)?)
        .map_err(|error| Abort::data(format!("--key-server-tls: {error}")).remedy(error.remedy()))
>>>>>>> atlassian
}
