//! The evidence folder: what a support ticket wants, as files.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use super::dossier;
use super::model::{OutcomeRow, Report};
use super::target::replace;
use super::{json, wording};
use crate::exit::Abort;

/// A folder that takes the evidence of a run: the report as JSON, a text for each code that failed, and an
/// index. Files of the same names are replaced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EvidenceFolder(PathBuf);

impl EvidenceFolder {
    /// The folder at `path`, made if it is not there.
    ///
    /// # Errors
    /// When it can't be made.
    pub fn at(path: &Path) -> Result<Self, Abort> {
        fs::create_dir_all(path).map_err(|error| {
            Abort::unavailable(format!("--evidence {}: the folder can't be made: {error}", path.display()))
                .remedy("give another place; nothing was sent")
        })?;
        Ok(Self(path.to_owned()))
    }

    /// Writes the evidence of a run.
    ///
    /// # Errors
    /// When a file can't be written; the first of these problems.
    pub fn write(&self, report: &Report) -> Result<(), Abort> {
        files(report).iter().try_for_each(|(name, text)| {
            let path = self.0.join(name);
            replace(&path, text.as_bytes()).map_err(|error| {
                Abort::unavailable(format!("the evidence can't be written to {}: {error}", path.display()))
            })
        })
    }
}

/// The files of the folder, by name.
fn files(report: &Report) -> Vec<(String, String)> {
    let codes = by_code(report);
    let index = dossier::index(report, &codes);
    let mut files = vec![("index.txt".to_owned(), index), ("report.json".to_owned(), json::render(report))];
    files.extend(codes.iter().map(|(code, rows)| (file_name(code), dossier::render(report, rows))));
    files
}

/// The file of a code. Codes that this version does not know may hold anything.
pub(super) fn file_name(code: &str) -> String {
    let is_plain =
        |character: char| character.is_ascii_alphanumeric() || matches!(character, '.' | '_' | '-');
    let name: String = code.chars().map(|one| if is_plain(one) { one } else { '_' }).collect();
    format!("{name}.txt")
}

/// The rows that are evidence, by their code: failures, and callbacks that took more than one try.
fn by_code(report: &Report) -> BTreeMap<&str, Vec<&OutcomeRow>> {
    let mut codes: BTreeMap<&str, Vec<&OutcomeRow>> = BTreeMap::new();
    for row in report.outcomes.iter().filter(|row| wording::is_evidence(row)) {
        codes.entry(&row.code).or_default().push(row);
    }
    codes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_code_leads_out_of_the_folder() {
        assert_eq!(file_name("tls.handshake_alert.unknown_ca"), "tls.handshake_alert.unknown_ca.txt");
        assert_eq!(file_name("../../etc/passwd"), ".._.._etc_passwd.txt");
    }

    #[test]
    fn a_place_that_is_a_file_is_refused() {
        let abort = EvidenceFolder::at(Path::new("/dev/null/evidence")).expect_err("no folder");
        assert!(abort.to_string().contains("--evidence /dev/null/evidence"), "{abort}");
    }
}
