//! `rehearsal keys`: the signing key, and how it reaches an app.

mod certificates;
mod howto;
mod key_file;
mod serving;

use std::fs;
use std::path::Path;

use crate::atlassian::{Kid, SigningKey};
use crate::cli::{ExportKeyArgs, KeysArgs, KeysCommand, NewKeyArgs};
use crate::exit::{Abort, Exit};
use crate::report::output;

use key_file::{Existing, write_private, write_public};

pub(super) use key_file::read_signing_key;

/// Runs the command.
pub(super) fn run(args: &KeysArgs) -> Result<Exit, Abort> {
    match &args.command {
        KeysCommand::New(args) => output::print(&new(args)?)?,
        KeysCommand::Serve(args) => return serving::serve(args),
        KeysCommand::Export(args) => output::print(&export(args)?)?,
        KeysCommand::Ca(args) => output::print(&certificates::ca(args)?)?,
        KeysCommand::Howto(args) => output::print(&howto::howto(args)?)?,
    }
    Ok(Exit::Ok)
}

fn new(args: &NewKeyArgs) -> Result<String, Abort> {
    let kid = args.kid.as_deref().map(parse_kid).transpose()?;
    let key = SigningKey::generate(kid).map_err(|problem| Abort::defect(problem.to_string()))?;
    let pem = key.private_pem().map_err(|problem| Abort::defect(problem.to_string()))?;
    write_private(&args.key_file, pem.expose(), Existing::from_force(args.force))?;
    let (file, kid) = (args.key_file.display(), key.kid());
    Ok(format!(
        "Wrote {file}, readable by you alone. Its kid is {kid}.\n\
         Rehearse with it:   rehearsal probe BASE_URL --signing-key {file}\n\
         Publish its key:    rehearsal keys serve --signing-key {file}\n\
         or on a web server: rehearsal keys export DIR --signing-key {file}\n\
         Point an app at it: rehearsal keys howto FRAMEWORK --kid {kid}\n"
    ))
}

fn export(args: &ExportKeyArgs) -> Result<String, Abort> {
    let key = read_signing_key(&args.key.signing_key, args.key.kid.as_deref())?;
    let file = args.export_dir.join(key.kid().as_str());
    if let Some(folder) = file.parent() {
        make_folder(folder)?;
    }
    // The same key under the same kid is no conflict.
    let existing = match fs::read_to_string(&file) {
        Ok(text) if text == key.public_pem() => Existing::Replace,
        Ok(_) | Err(_) => Existing::from_force(args.force),
    };
    write_public(&file, key.public_pem().as_bytes(), existing)?;
    Ok(format!(
        "Wrote {}, the public key alone.\n\
         Let the app's key host be the URL of {}: it fetches URL/{}.\n",
        file.display(),
        args.export_dir.display(),
        key.kid()
    ))
}

/// Reads `--kid`.
pub(super) fn parse_kid(text: &str) -> Result<Kid, Abort> {
    Kid::new(text).map_err(|error| Abort::usage(format!("--kid: {error}")))
}

fn make_folder(folder: &Path) -> Result<(), Abort> {
    fs::create_dir_all(folder).map_err(|error| {
        Abort::unavailable(format!("the folder {} can't be made: {error}", folder.display()))
    })
}
