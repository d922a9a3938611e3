//! The ledger of synthetic tenants: which clientKeys were sent to which app, written before they are
//! sent, so that a killed run can be cleaned up. It holds no secrets.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::atlassian::Product;
use crate::exit::Abort;

/// The format of a ledger that this version writes and reads.
pub const FORMAT: &str = "rehearsal.ledger/1";
const EXTENSION: &str = "ledger.jsonl";

/// What a later cleanup has to know about a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    /// The format of the file and its version: [`FORMAT`].
    pub ledger: String,
    /// The run's id.
    pub run: String,
    /// When it began.
    pub started_at: jiff::Timestamp,
    /// The app's base URL.
    pub base_url: String,
    /// What the app calls itself: the audience of tokens.
    pub audience: String,
    /// The app's key.
    pub app_key: String,
    /// Path and query of the uninstalled callback, where the app has one.
    pub uninstalled_path: Option<String>,
    /// How the app takes our signature, as `--trust` has it.
    pub trust: String,
}

/// A tenant that may be installed in the app.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tenancy {
    /// Its clientKey.
    pub client_key: String,
    /// Its site.
    pub site: String,
    /// Its product.
    pub product: Product,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Entry {
    Installing(Tenancy),
    Gone(String),
}

/// The ledger of a run that is under way.
#[derive(Debug)]
pub struct Ledger {
    path: PathBuf,
    file: File,
}

impl Ledger {
    /// Opens the ledger of a new run in `folder`.
    ///
    /// # Errors
    /// When the folder or file can't be made.
    pub fn create(folder: &Path, header: &Header) -> io::Result<Self> {
        fs::create_dir_all(folder)?;
        let path = folder.join(format!("{}.{EXTENSION}", header.run));
        let mut options = OpenOptions::new();
        options.create_new(true).append(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut ledger = Self { file: options.open(&path)?, path };
        ledger.append(header)?;
        Ok(ledger)
    }

    /// Continues the ledger at `path`.
    ///
    /// # Errors
    /// When the file can't be opened.
    pub fn reopen(path: &Path) -> io::Result<Self> {
        let file = OpenOptions::new().append(true).open(path)?;
        Ok(Self { path: path.to_owned(), file })
    }

    /// Notes a tenant that is about to be sent to the app.
    ///
    /// # Errors
    /// When the file can't be written: then the tenant must not be sent.
    pub fn installing(&mut self, tenancy: Tenancy) -> io::Result<()> {
        self.append(&Entry::Installing(tenancy))
    }

    /// Notes many tenants at once, and returns when the disk has them.
    ///
    /// # Errors
    /// When the file can't be written: then none of them must be sent.
    pub fn installing_all(&mut self, tenancies: impl IntoIterator<Item = Tenancy>) -> io::Result<()> {
        let mut text = Vec::new();
        for tenancy in tenancies {
            serde_json::to_writer(&mut text, &Entry::Installing(tenancy))?;
            text.push(b'\n');
        }
        self.file.write_all(&text)?;
        self.file.sync_data()
    }

    /// The file, by which a cleanup finds it.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Notes a tenant that is not in the app: uninstalled, or never let in.
    ///
    /// # Errors
    /// When the file can't be written: a later cleanup will then try that tenant once more.
    pub fn gone(&mut self, client_key: &str) -> io::Result<()> {
        self.append(&Entry::Gone(client_key.to_owned()))
    }

    /// Ends the ledger of a run that left nothing behind.
    ///
    /// # Errors
    /// When the file can't be removed.
    pub fn discard(self) -> io::Result<()> {
        fs::remove_file(&self.path)
    }

    fn append(&mut self, line: &impl Serialize) -> io::Result<()> {
        let mut text = serde_json::to_vec(line)?;
        text.push(b'\n');
        self.file.write_all(&text)
    }
}

/// A run that left tenants behind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leftover {
    /// The ledger's file.
    pub path: PathBuf,
    /// What is known about the run.
    pub header: Header,
    /// The tenants that may still be installed.
    pub tenants: Vec<Tenancy>,
}

impl Leftover {
    /// Reads the ledger of the run `name`, which may also be a file's path.
    ///
    /// # Errors
    /// When there is no such ledger, or it is none.
    pub fn find(folder: &Path, name: &str) -> Result<Self, Abort> {
        let direct = Path::new(name);
        let path =
            if direct.is_file() { direct.to_owned() } else { folder.join(format!("{name}.{EXTENSION}")) };
        if !path.is_file() {
            return Err(Abort::usage(format!(
                "no run `{name}` left anything behind: there is no {}",
                path.display()
            ))
            .remedy("`rehearsal cleanup` without a run lists those that did"));
        }
        Self::read(&path)
    }

    /// Reads every ledger of `folder`, the oldest first.
    ///
    /// # Errors
    /// When a ledger can't be read.
    pub fn all(folder: &Path) -> Result<Vec<Self>, Abort> {
        let Ok(entries) = fs::read_dir(folder) else { return Ok(Vec::new()) };
        let paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
        let mut leftovers = paths
            .filter(|path| path.to_string_lossy().ends_with(EXTENSION))
            .map(|path| Self::read(&path))
            .collect::<Result<Vec<_>, _>>()?;
        leftovers.sort_by_key(|leftover| leftover.header.started_at);
        Ok(leftovers)
    }

    fn read(path: &Path) -> Result<Self, Abort> {
        let shown = path.display();
        let text = fs::read_to_string(path)
            .map_err(|error| Abort::data(format!("{shown} can't be read: {error}")))?;
        let mut lines = text.lines().enumerate();
        let header: Header = lines
            .next()
            .and_then(|(_, line)| serde_json::from_str(line).ok())
            .ok_or_else(|| Abort::data(format!("{shown} is not the ledger of a run")))?;
        if header.ledger != FORMAT {
            return Err(Abort::data(format!(
                "{shown} is of the format {}, and this version reads {FORMAT}",
                header.ledger
            )));
        }
        let mut tenants = BTreeMap::new();
        let last = text.lines().count();
        for (index, line) in lines {
            match serde_json::from_str(line) {
                Ok(Entry::Installing(tenancy)) => {
                    tenants.insert(tenancy.client_key.clone(), tenancy);
                }
                Ok(Entry::Gone(client_key)) => {
                    tenants.remove(&client_key);
                }
                // A run killed while it wrote leaves half a line at the end, of a tenant not yet sent.
                Err(_) if index + 1 == last && !text.ends_with('\n') => {}
                Err(error) => return Err(Abort::data(format!("{shown}, line {}: {error}", index + 1))),
            }
        }
        Ok(Self { path: path.to_owned(), header, tenants: tenants.into_values().collect() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header() -> Header {
        Header {
            ledger: FORMAT.to_owned(),
            run: "run-1".to_owned(),
            started_at: jiff::Timestamp::UNIX_EPOCH,
            base_url: "http://app".to_owned(),
            audience: "http://app".to_owned(),
            app_key: "app".to_owned(),
            uninstalled_path: None,
            trust: "probe-key".to_owned(),
        }
    }

    fn tenancy(client_key: &str) -> Tenancy {
        Tenancy { client_key: client_key.into(), site: "https://site".into(), product: Product::Jira }
    }

    #[test]
    fn what_was_sent_and_is_not_gone_is_left_over() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut ledger = Ledger::create(folder.path(), &header()).expect("created");
        for key in ["a", "b", "c"] {
            ledger.installing(tenancy(key)).expect("written");
        }
        ledger.gone("b").expect("written");
        let leftover = Leftover::find(folder.path(), "run-1").expect("found");
        assert_eq!(leftover.tenants, [tenancy("a"), tenancy("c")]);
        assert_eq!(Leftover::all(folder.path()).expect("listed"), [leftover]);
    }

    #[test]
    fn half_a_last_line_is_forgiven_and_any_other_is_not() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut ledger = Ledger::create(folder.path(), &header()).expect("created");
        ledger.installing(tenancy("a")).expect("written");
        ledger.file.write_all(b"{\"instal").expect("written");
        assert_eq!(Leftover::find(folder.path(), "run-1").expect("found").tenants, [tenancy("a")]);
        ledger.file.write_all(b"\n{}\n").expect("written");
        let abort = Leftover::find(folder.path(), "run-1").expect_err("broken");
        assert!(abort.to_string().contains("line 3"), "{abort}");
    }

    #[cfg(unix)]
    #[test]
    fn nobody_else_may_read_it() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().expect("a folder");
        let ledger = Ledger::create(folder.path(), &header()).expect("created");
        let mode = ledger.file.metadata().expect("metadata").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        ledger.discard().expect("removed");
        assert_eq!(Leftover::all(folder.path()).expect("listed"), []);
    }
}
