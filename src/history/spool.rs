//! Finished runs on their way into a history that may be out of reach.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use aws_lc_rs::digest;

use super::{HistoryError, HistoryStore, HistoryUrl, RunRecord};

const EXTENSION: &str = "run.json";

/// The runs that one history has yet to take, a file for each.
///
/// A finished run is kept here before it is recorded, and its file goes once the history has it. Whenever the
/// process dies in between, the next delivery does the rest; a run that the history has already is not
/// recorded twice.
#[derive(Debug, Clone)]
pub struct Spool {
    folder: PathBuf,
}

/// What a delivery came to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Delivery {
    /// How many runs the history has taken.
    pub delivered: usize,
    /// Files that hold no run. They stay where they are.
    pub unreadable: Vec<PathBuf>,
}

impl Spool {
    /// The spool in the state directory for the history at `url`: each history has its own.
    pub fn of(state_dir: &Path, url: &HistoryUrl) -> Self {
        let name = match url {
            HistoryUrl::Sqlite(path) => {
                std::path::absolute(path).unwrap_or_else(|_| path.clone()).display().to_string()
            }
            HistoryUrl::Postgres(_) | HistoryUrl::None => url.shown(),
        };
        let digest = digest::digest(&digest::SHA256, name.as_bytes());
        let name: String = digest.as_ref()[..8].iter().map(|byte| format!("{byte:02x}")).collect();
        Self { folder: state_dir.join("spool").join(name) }
    }

    /// Keeps a finished run. Once this returns, not even a loss of power loses it.
    ///
    /// # Errors
    /// When the file can't be written.
    pub fn keep(&self, run: &RunRecord) -> io::Result<()> {
        fs::create_dir_all(&self.folder)?;
        let path = self.folder.join(format!("{}.{EXTENSION}", run.head.id));
        let unfinished = path.with_extension("unfinished");
        let mut options = OpenOptions::new();
        options.create(true).truncate(true).write(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(&unfinished)?;
        file.write_all(&serde_json::to_vec(run)?)?;
        file.sync_all()?;
        fs::rename(&unfinished, &path)?;
        // The name has to last as well.
        #[cfg(unix)]
        File::open(&self.folder)?.sync_all()?;
        Ok(())
    }

    /// Hands what is kept to `store`, the oldest first.
    ///
    /// # Errors
    /// When the store does not take a run: it and those after it stay here.
    pub async fn deliver(&self, store: &mut impl HistoryStore) -> Result<Delivery, HistoryError> {
        let mut delivery = Delivery::default();
        for path in self.waiting() {
            // Another process may have delivered it meanwhile.
            let Ok(text) = fs::read(&path) else { continue };
            let Ok(run) = serde_json::from_slice::<RunRecord>(&text) else {
                delivery.unreadable.push(path);
                continue;
            };
            store.record(&[run]).await?;
            // If this fails, the history says the next time that it has the run already.
            let _ = fs::remove_file(&path);
            delivery.delivered += 1;
        }
        Ok(delivery)
    }

    /// The files of the runs that wait. Their names are ids, which begin with the time.
    pub fn waiting(&self) -> Vec<PathBuf> {
        let Ok(entries) = fs::read_dir(&self.folder) else { return Vec::new() };
        let paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
        let mut waiting: Vec<PathBuf> =
            paths.filter(|path| path.to_string_lossy().ends_with(EXTENSION)).collect();
        waiting.sort();
        waiting
    }
}
