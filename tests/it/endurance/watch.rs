//! A probe of a rotation of faults, watched from outside while it runs.

use std::fs;
use std::io;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::process::anonymous_memory;
use super::rotation::{PACE, Rotation};

/// Anonymous memory that a probe stays under, whatever it meets.
pub(crate) const MEMORY_LIMIT: u64 = 40_000_000;
/// What a probe may gain in its second half: what it remembers of its tenants, and no more.
pub(crate) const GROWTH_LIMIT: u64 = 2_000_000;
/// How much later than its deadline an exchange may end.
const GRACE: Duration = Duration::from_millis(500);
/// A probe that has not ended by then never will.
const PATIENCE: Duration = Duration::from_secs(900);

/// What was seen of a probe while it ran.
#[derive(Debug)]
pub(crate) struct Watched {
    /// The most anonymous memory, in bytes.
    pub(crate) memory: u64,
    /// How much more the second half took than the first, in bytes.
    pub(crate) growth: u64,
    /// The most open files and sockets in the first half, and in the second.
    pub(crate) files: (usize, usize),
    /// The callbacks that its report counts.
    pub(crate) callbacks: u64,
    /// The code of each outcome that its report tells, and how often.
    pub(crate) outcomes: Vec<(String, u64)>,
    /// The longest callback from dispatch to its end.
    pub(crate) longest: Duration,
    /// How long the whole probe took.
    pub(crate) took: Duration,
}

impl Watched {
    /// Sends this many callbacks, so many at once, each on a connection of its own.
    ///
    /// # Errors
    /// When the probe can't be run, never ends, or writes no report.
    pub(crate) fn probe(
        program: &str,
        faults: &Rotation,
        scheme: &str,
        callbacks: usize,
        at_once: usize,
    ) -> io::Result<Self> {
        let folder = tempfile::tempdir()?;
        let report = folder.path().join("report.json");
        let milliseconds = |beats| format!("{}ms", (PACE * beats).as_millis());
        let started = Instant::now();
        let mut child = Command::new(program)
            .env_clear()
            .args(["probe", &faults.base_url(scheme), "--scenario", "initial-install"])
            .args(["--installed-path", "/installed", "--key-server", "127.0.0.1:0", "--quiet"])
            .args(["--repeat", &callbacks.to_string(), "--concurrency", &at_once.to_string()])
            .args(["--connect-timeout", &milliseconds(3), "--idle-timeout", &milliseconds(5)])
            .args(["--timeout", &milliseconds(10), "--state-dir"])
            .arg(folder.path())
            .arg(format!("--report=json={}", report.display()))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()?;
        let mut samples = Vec::new();
        while child.try_wait()?.is_none() {
            if started.elapsed() > PATIENCE {
                child.kill()?;
                return Err(io::Error::other("the probe never ends"));
            }
            // The first look comes late enough that the child has closed what it inherited from us.
            thread::sleep(Duration::from_millis(5));
            if let (Ok(memory), Ok(files)) = (anonymous_memory(child.id()), open_files(child.id())) {
                samples.push((memory, files));
            }
        }
        let took = started.elapsed();
        let report: Value = serde_json::from_str(&fs::read_to_string(report)?)?;
        Ok(Self::of(&samples, &report, took))
    }

    fn of(samples: &[(u64, usize)], report: &Value, took: Duration) -> Self {
        let (first, second) = samples.split_at(samples.len() / 2);
        let memory = |half: &[(u64, usize)]| half.iter().map(|sample| sample.0).max().unwrap_or(0);
        let files = |half: &[(u64, usize)]| half.iter().map(|sample| sample.1).max().unwrap_or(0);
        let rows = report["outcomes"].as_array().map_or(&[][..], Vec::as_slice);
        let outcomes: Vec<_> = rows
            .iter()
            .map(|row| (row["code"].as_str().unwrap_or("").to_owned(), row["count"].as_u64().unwrap_or(0)))
            .collect();
        let longest = report["latency"]["response"]["max_us"].as_f64().unwrap_or(f64::NAN);
        Self {
            memory: memory(samples),
            growth: memory(second).saturating_sub(memory(first)),
            files: (files(first), files(second)),
            callbacks: outcomes.iter().map(|(_, count)| count).sum(),
            outcomes,
            longest: Duration::from_micros(longest as u64),
            took,
        }
    }

    /// What of it is not as it has to be; `at_once` callbacks were under way at the same time.
    pub(crate) fn faults(&self, callbacks: usize, at_once: usize) -> Vec<String> {
        let mut wrong = Vec::new();
        let mut check = |holds: bool, what: String| {
            if !holds {
                wrong.push(what);
            }
        };
        check(self.callbacks == callbacks as u64, format!("{} callbacks, not {callbacks}", self.callbacks));
        check(self.memory < MEMORY_LIMIT, format!("{} bytes of anonymous memory", self.memory));
        check(self.growth < GROWTH_LIMIT, format!("{} bytes more in the second half", self.growth));
        let (first, second) = self.files;
        // A short run may have opened nothing yet in its first half.
        check(second <= first + 2 * at_once, format!("{second} open files after {first}"));
        check(self.longest <= PACE * 10 + GRACE, format!("a callback took {:?}", self.longest));
        let unrecognised = self.outcomes.iter().any(|(code, _)| code == "unrecognised");
        check(!unrecognised, "a failure without a name".to_owned());
        wrong
    }
}

/// How many files and sockets a process holds open now.
fn open_files(pid: u32) -> io::Result<usize> {
    Ok(fs::read_dir(format!("/proc/{pid}/fd"))?.count())
}
