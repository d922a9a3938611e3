//! Files with keys: written for one reader, refused when others can read them.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::parse_kid;
use crate::atlassian::SigningKey;
use crate::exit::Abort;

/// Reads a signing key.
///
/// # Errors
/// When the file can't be read, can be read by others, or holds no key that can sign (exit 65); when the
/// kid is none (exit 64).
pub(in crate::app) fn read_signing_key(path: &Path, kid: Option<&str>) -> Result<SigningKey, Abort> {
    let kid = kid.map(parse_kid).transpose()?;
    let shown = path.display();
    let unreadable = |error: &io::Error| {
        Abort::data(format!("the signing key {shown} can't be read: {error}"))
            .remedy("Make one with `rehearsal keys new`, or check the path and its permissions.")
    };
    let file = File::open(path).map_err(|error| unreadable(&error))?;
    if let Some(mode) = too_open(&file).map_err(|error| unreadable(&error))? {
        return Err(Abort::data(format!("the signing key {shown} can be read by others (mode {mode:04o})"))
            .remedy(format!(
                "Run `chmod 600 {shown}`. A key that belongs to root may be readable by its group (0640), as \
                 mounted secrets are."
            )));
    }
    let text = io::read_to_string(file).map_err(|error| unreadable(&error))?;
    SigningKey::from_pem(&text, kid).map_err(|problem| {
        Abort::data(format!("the signing key {shown} {problem}"))
            .remedy("Make one with `rehearsal keys new`.")
    })
}

/// The permissions of a key file if they are wider than they may be, by the rule that PostgreSQL has for
/// its server key: for the owner alone, or, where root owns it, readable by a group as well.
#[cfg(unix)]
fn too_open(file: &File) -> io::Result<Option<u32>> {
    use std::os::unix::fs::MetadataExt;

    let metadata = file.metadata()?;
    Ok(is_too_open(metadata.mode(), metadata.uid()).then_some(metadata.mode() & 0o7777))
}

/// Elsewhere permissions are not told by mode bits.
#[cfg(not(unix))]
fn too_open(_file: &File) -> io::Result<Option<u32>> {
    Ok(None)
}

#[cfg(unix)]
const fn is_too_open(mode: u32, owner: u32) -> bool {
    let forbidden = if owner == 0 { 0o037 } else { 0o077 };
    mode & forbidden != 0
}

/// What to do about a file that is there already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Existing {
    Keep,
    Replace,
}

impl Existing {
    pub(super) const fn from_force(force: bool) -> Self {
        if force { Self::Replace } else { Self::Keep }
    }

    /// Looks ahead, before the first of several files is written.
    pub(super) fn allows(self, path: &Path) -> Result<(), Abort> {
        match self {
            Self::Keep if path.exists() => Err(is_there(path)),
            Self::Keep | Self::Replace => Ok(()),
        }
    }
}

fn is_there(path: &Path) -> Abort {
    Abort::usage(format!("{} is there already", path.display()))
        .remedy("Choose another place, or replace it with --force.")
}

/// Writes what only this user may read.
///
/// # Errors
/// When the file is there and is to be kept (exit 64), or can't be written (exit 69).
pub(super) fn write_private(path: &Path, text: &str, existing: Existing) -> Result<(), Abort> {
    write(path, text.as_bytes(), existing, Readers::Owner)
}

/// Writes what anyone may read.
///
/// # Errors
/// As [`write_private`].
pub(super) fn write_public(path: &Path, bytes: &[u8], existing: Existing) -> Result<(), Abort> {
    write(path, bytes, existing, Readers::Anyone)
}

#[derive(Clone, Copy)]
enum Readers {
    Owner,
    Anyone,
}

fn write(path: &Path, bytes: &[u8], existing: Existing, readers: Readers) -> Result<(), Abort> {
    let shown = path.display();
    let written = match existing {
        Existing::Keep => create(path, bytes, readers),
        // A new file takes the old one's place at once: its permissions are right from the start, and a
        // failure leaves the old one as it was.
        Existing::Replace => {
            let aside = aside(path);
            create(&aside, bytes, readers).and_then(|()| fs::rename(&aside, path)).inspect_err(|_| {
                let _ = fs::remove_file(&aside);
            })
        }
    };
    written.map_err(|error| match error.kind() {
        io::ErrorKind::AlreadyExists if existing == Existing::Keep => is_there(path),
        _ => Abort::unavailable(format!("{shown} can't be written: {error}")),
    })
}

fn create(path: &Path, bytes: &[u8], readers: Readers) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    restrict(&mut options, readers);
    let mut file = options.open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

#[cfg(unix)]
fn restrict(options: &mut OpenOptions, readers: Readers) {
    use std::os::unix::fs::OpenOptionsExt;

    options.mode(match readers {
        Readers::Owner => 0o600,
        Readers::Anyone => 0o644,
    });
}

#[cfg(not(unix))]
fn restrict(_options: &mut OpenOptions, _readers: Readers) {}

/// A name next to the file that no other process takes.
fn aside(path: &Path) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.new", std::process::id()));
    path.with_file_name(name)
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_for_its_owner_or_roots_group() {
        for (mode, owner, too_open) in [
            (0o100_600, 1000, false),
            (0o100_400, 1000, false),
            (0o100_640, 1000, true),
            (0o100_604, 1000, true),
            (0o100_660, 0, true),
            (0o100_640, 0, false),
            (0o100_444, 0, true),
        ] {
            assert_eq!(is_too_open(mode, owner), too_open, "{mode:o} {owner}");
        }
    }
}
