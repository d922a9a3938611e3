//! `rehearsal keys serve`: the key server on its own.

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
        let server = key_server::start(address, tls, &args.key_server_prefix, Some(&key)).await?;
        output::print(&format!("{}\n", server.url()))?;
        output::note(&format!("Serving the public key of {}; Ctrl-C ends it.", key.kid()));
        interrupt.soon.wait().await;
        let (known, unknown) = (server.fetched(key.kid().as_str()).count, server.unknown_fetched().count);
        output::note(&format!("It was fetched {known} times; other kids were asked for {unknown} times."));
        server.stop().await;
        Ok(Exit::Ok)
    })
}
