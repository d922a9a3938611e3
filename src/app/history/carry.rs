//! `rehearsal history export` and `import`.

use std::fs::File;
use std::io::{self, BufRead, BufReader, BufWriter, Write};

use crate::exit::{Abort, Exit};
use crate::history::lines::{self, Line};
use crate::history::{History, HistoryStore, Recorded, RunFilter, RunRecord};
use crate::report::output;

/// How many runs are read or recorded at a time.
const BATCH: usize = 200;

/// Writes every exclusion and run, the latest run first.
pub(super) async fn export(file: &str, store: &mut History) -> Result<Exit, Abort> {
    let mut out = Out::open(file)?;
    out.write(&lines::first_line())?;
    for exclusion in store.exclusions().await? {
        out.write(&Line::Exclusion(Box::new(exclusion)).to_text())?;
    }
    for head in store.runs(&RunFilter::default()).await? {
        // One that was pruned meanwhile is no longer there.
        if let Some(run) = store.run(&head.id.to_string()).await? {
            out.write(&Line::Run(Box::new(run)).to_text())?;
        }
    }
    out.finish()?;
    Ok(Exit::Ok)
}

/// Records what a file holds.
pub(super) async fn import(file: &str, store: &mut History) -> Result<Exit, Abort> {
    let mut reader: Box<dyn BufRead> = match file {
        "-" => Box::new(BufReader::new(io::stdin())),
        path => {
            let opened =
                File::open(path).map_err(|error| Abort::data(format!("can't read {path}: {error}")))?;
            Box::new(BufReader::new(opened))
        }
    };
    let wrong = |number: usize, why: String| Abort::data(format!("{file}, line {number}: {why}"));
    let (mut new, mut known) = (0_usize, 0_usize);
    let mut runs = Vec::new();
    let mut line = String::new();
    for number in 1.. {
        line.clear();
        let read = reader.read_line(&mut line).map_err(|error| wrong(number, error.to_string()))?;
        if read == 0 && number > 1 {
            break;
        }
        if number == 1 {
            lines::check_first_line(&line).map_err(|why| wrong(number, why))?;
            continue;
        }
        match Line::parse(&line).map_err(|why| wrong(number, why))? {
            Line::Run(run) => runs.push(*run),
            Line::Exclusion(exclusion) => store.add_exclusion(&exclusion).await?,
        }
        if runs.len() == BATCH {
            record(&mut runs, store, &mut new, &mut known).await?;
        }
    }
    record(&mut runs, store, &mut new, &mut known).await?;
    output::print(&format!("Took in {new} runs; {known} were there already.\n"))?;
    Ok(Exit::Ok)
}

async fn record(
    runs: &mut Vec<RunRecord>,
    store: &mut History,
    new: &mut usize,
    known: &mut usize,
) -> Result<(), Abort> {
    for recorded in store.record(runs).await? {
        match recorded {
            Recorded::New => *new += 1,
            Recorded::AlreadyThere => *known += 1,
        }
    }
    runs.clear();
    Ok(())
}

/// A file, or standard output.
enum Out {
    Standard,
    File { path: String, writer: BufWriter<File> },
}

impl Out {
    fn open(path: &str) -> Result<Self, Abort> {
        if path == "-" {
            return Ok(Self::Standard);
        }
        let file = File::create(path).map_err(|error| unwritable(path, &error))?;
        Ok(Self::File { path: path.to_owned(), writer: BufWriter::new(file) })
    }

    fn write(&mut self, text: &str) -> Result<(), Abort> {
        match self {
            Self::Standard => output::print(text),
            Self::File { path, writer } => {
                writer.write_all(text.as_bytes()).map_err(|error| unwritable(path, &error))
            }
        }
    }

    fn finish(self) -> Result<(), Abort> {
        match self {
            Self::Standard => Ok(()),
            Self::File { path, mut writer } => writer.flush().map_err(|error| unwritable(&path, &error)),
        }
    }
}

fn unwritable(path: &str, error: &io::Error) -> Abort {
    Abort::unavailable(format!("{path} can't be written: {error}"))
}
