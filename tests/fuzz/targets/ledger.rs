//! The ledger of a run that may have been killed while it wrote.

#![no_main]

use std::fs;
use std::path::PathBuf;
use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use rehearsal::ledger::Leftover;
use tempfile::TempDir;

static FOLDER: LazyLock<TempDir> = LazyLock::new(|| tempfile::tempdir().expect("a folder"));
static FILE: LazyLock<PathBuf> = LazyLock::new(|| FOLDER.path().join("run.ledger.jsonl"));

fuzz_target!(|bytes: &[u8]| {
    fs::write(&*FILE, bytes).expect("a writable folder");
    if let Err(abort) = Leftover::find(FOLDER.path(), "run") {
        let _ = abort.to_string();
    }
});
