//! Where reports go: `--report FORMAT=PATH`.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::str::FromStr;

use super::{Format, output};
use crate::exit::Abort;

/// One `--report FORMAT=PATH`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportTarget {
    /// What is written.
    pub format: Format,
    /// Where to.
    pub destination: Destination,
}

/// Where a report goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Destination {
    /// Standard output, `-`.
    StandardOutput,
    /// A file, replaced as a whole or not at all.
    File(PathBuf),
}

impl FromStr for ReportTarget {
    type Err = Abort;

    fn from_str(text: &str) -> Result<Self, Abort> {
        let (format, path) = text.split_once('=').filter(|(_, path)| !path.is_empty()).ok_or_else(|| {
            Abort::usage(format!("--report: `{text}` has no path")).remedy(
                "Say where it goes: --report html=report.html, or --report json=- for standard output.",
            )
        })?;
        let destination = match path {
            "-" => Destination::StandardOutput,
            path => Destination::File(PathBuf::from(path)),
        };
        Ok(Self { format: format.parse()?, destination })
    }
}

/// Every report that is to be written, at most one of them to standard output.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ReportTargets(Vec<ReportTarget>);

impl ReportTargets {
    /// Reads the values of all `--report` flags.
    ///
    /// # Errors
    /// When one can't be read, or two would share standard output or a file.
    pub fn parse<S: AsRef<str>>(flags: impl IntoIterator<Item = S>) -> Result<Self, Abort> {
        let mut targets: Vec<ReportTarget> = Vec::new();
        for flag in flags {
            let target: ReportTarget = flag.as_ref().parse()?;
            if let Some(other) = targets.iter().find(|other| other.destination == target.destination) {
                return Err(Abort::usage(format!(
                    "--report: {} and {} would both go to {}",
                    other.format,
                    target.format,
                    target.destination.name()
                ))
                .remedy("Give each report a place of its own."));
            }
            targets.push(target);
        }
        Ok(Self(targets))
    }

    /// The format that takes standard output, if one does: then nothing else may be printed there.
    pub fn on_standard_output(&self) -> Option<Format> {
        self.0
            .iter()
            .find(|target| target.destination == Destination::StandardOutput)
            .map(|target| target.format)
    }

    /// The formats that are to be written.
    pub fn formats(&self) -> impl Iterator<Item = Format> {
        self.0.iter().map(|target| target.format)
    }

    /// Tries whether every file can be written, before there is anything to write. What stands there stays.
    ///
    /// # Errors
    /// When one can't; the first of these problems.
    pub fn try_out(&self) -> Result<(), Abort> {
        self.0.iter().try_for_each(ReportTarget::try_out)
    }

    /// Writes all of them. A report that can't be written does not keep the others from being written.
    ///
    /// # Errors
    /// When one could not be rendered or written; the first of these problems.
    pub fn write(&self, render: impl Fn(Format) -> Result<String, Abort>) -> Result<(), Abort> {
        let results: Vec<_> = self.0.iter().map(|target| target.write(&render(target.format)?)).collect();
        results.into_iter().collect()
    }
}

impl ReportTarget {
    fn try_out(&self) -> Result<(), Abort> {
        match &self.destination {
            Destination::StandardOutput => Ok(()),
            Destination::File(path) => try_out(path).map_err(|error| self.unwritable(path, &error)),
        }
    }

    fn write(&self, text: &str) -> Result<(), Abort> {
        match &self.destination {
            Destination::StandardOutput => output::print(text),
            Destination::File(path) => {
                replace(path, text.as_bytes()).map_err(|error| self.unwritable(path, &error))
            }
        }
    }

    fn unwritable(&self, path: &Path, error: &io::Error) -> Abort {
        Abort::unavailable(format!(
            "the {} report can't be written to {}: {error}",
            self.format,
            path.display()
        ))
        .remedy("Check that the folder exists and may be written to, and that the disk has room.")
    }
}

impl Destination {
    fn name(&self) -> String {
        match self {
            Self::StandardOutput => "standard output".to_owned(),
            Self::File(path) => path.display().to_string(),
        }
    }
}

/// Makes the file beside `path` that a report would be written to first, and removes it again. What is no
/// regular file is only looked at: opening a pipe could wait for its reader.
fn try_out(path: &Path) -> io::Result<()> {
    match fs::metadata(path) {
        Ok(metadata) if metadata.is_dir() => Err(io::ErrorKind::IsADirectory.into()),
        Ok(metadata) if !metadata.is_file() => Ok(()),
        Ok(_) | Err(_) => {
            let (_, beside) = beside(path)?;
            File::create(&beside).and_then(|_| fs::remove_file(&beside))
        }
    }
}

/// Writes a file beside `path` and puts it in its place, so that no reader ever sees half a report. What
/// is no regular file (`/dev/stderr`, a pipe) is written to as it is.
pub(super) fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    if fs::metadata(path).is_ok_and(|metadata| !metadata.is_file()) {
        return fs::OpenOptions::new().write(true).open(path)?.write_all(bytes);
    }
    let (path, beside) = beside(path)?;
    let written = File::create(&beside)
        .and_then(|mut file| file.write_all(bytes).and_then(|()| file.sync_all()))
        .and_then(|()| fs::rename(&beside, path));
    if written.is_err() {
        let _ = fs::remove_file(&beside);
    }
    written
}

/// The file that `path` leads to, and the name of one beside it. A link is followed, or it would be replaced
/// instead of the file it leads to.
fn beside(path: &Path) -> io::Result<(PathBuf, PathBuf)> {
    let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let mut beside = path.file_name().ok_or(io::ErrorKind::IsADirectory)?.to_owned();
    beside.push(format!(".{}.part", std::process::id()));
    let beside = path.with_file_name(beside);
    Ok((path, beside))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_names_format_and_path() {
        let target = |text: &str| text.parse::<ReportTarget>();
        assert_eq!(
            target("html=out/a=b.html"),
            Ok(ReportTarget {
                format: Format::Html,
                destination: Destination::File(PathBuf::from("out/a=b.html"))
            })
        );
        assert_eq!(target("json=-").map(|target| target.destination), Ok(Destination::StandardOutput));
        for text in ["json", "json=", "=x", "yaml=x"] {
            assert!(target(text).is_err(), "{text}");
        }
    }

    #[test]
    fn no_two_reports_share_a_place() {
        assert!(ReportTargets::parse(["json=-", "csv=-"]).is_err());
        assert!(ReportTargets::parse(["json=a", "csv=a"]).is_err());
        let targets = ReportTargets::parse(["json=a", "nagios=-"]).expect("different places");
        assert_eq!(targets.on_standard_output(), Some(Format::Nagios));
    }

    #[test]
    fn a_file_is_replaced_as_a_whole() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("report.json");
        replace(&path, b"old").expect("writable");
        replace(&path, b"new").expect("writable");
        assert_eq!(fs::read(&path).expect("readable"), b"new");
        assert_eq!(fs::read_dir(folder.path()).expect("readable").count(), 1, "nothing is left beside it");
        assert!(replace(&folder.path().join("no/such/folder"), b"new").is_err());
    }

    #[test]
    fn trying_a_place_out_leaves_no_trace() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let (old, new) = (folder.path().join("old"), folder.path().join("new"));
        fs::write(&old, b"old").expect("writable");
        assert!(try_out(&old).is_ok() && try_out(&new).is_ok());
        assert_eq!(fs::read(&old).expect("readable"), b"old");
        assert_eq!(fs::read_dir(folder.path()).expect("readable").count(), 1);
        assert!(try_out(folder.path()).is_err(), "a folder");
        assert!(try_out(&folder.path().join("no/such/folder")).is_err());
        assert!(try_out(Path::new("/dev/null")).is_ok());
    }

    #[cfg(unix)]
    #[test]
    fn a_link_stays_a_link() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let (real, link) = (folder.path().join("real"), folder.path().join("link"));
        fs::write(&real, b"old").expect("writable");
        std::os::unix::fs::symlink(&real, &link).expect("links work");
        replace(&link, b"new").expect("writable");
        assert_eq!(fs::read(&real).expect("readable"), b"new");
        assert!(fs::symlink_metadata(&link).expect("there").is_symlink());
    }
}
