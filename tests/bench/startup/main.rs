//! How soon and how light a probe is: from its start to the first bytes it sends, and the anonymous memory
//! it holds while it waits for the answer to its first callback. Besides, how long a whole check takes.
//!
//! `cargo bench --bench startup` visits an app, over plain HTTP and over TLS, 25 times each; `-- 100`
//! another number; `PROBE_BINARY=target/release/rehearsal` in the environment measures a program that is
//! there already. Exits with 1 when a median misses its limit. Needs Linux.

#![expect(clippy::print_stdout, reason = "the table is what this program is for")]

mod app;
#[path = "../identity.rs"]
mod identity;
#[path = "../../process.rs"]
mod process;

use std::error::Error;
use std::fs;
use std::io;
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use app::{App, Visit};

/// Start of the process to the first byte of the first callback, on a machine with nothing else to do.
const TIME_LIMIT: Duration = Duration::from_millis(50);
/// Start to end of a check, with an app that answers at once, on a machine with nothing else to do.
const CHECK_LIMIT: Duration = Duration::from_millis(60);
/// Anonymous memory after the descriptor was read.
const MEMORY_LIMIT: u64 = 15_000_000;
/// Visits that bring program and libraries into the page cache and are not counted.
const WARM_UP: usize = 3;
const VISITS: usize = 25;

/// One figure of a sample.
type Figure = fn(&Sample) -> u64;

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let visits = std::env::args().find_map(|argument| argument.parse().ok()).unwrap_or(VISITS);
    let folder = tempfile::tempdir()?;
    let key = folder.path().join("key.pem");
    let made =
        probe().args(["keys", "new"]).arg(&key).stdout(Stdio::null()).stderr(Stdio::null()).status()?;
    if !made.success() {
        return Err("`rehearsal keys new` made no key".into());
    }
    println!("{visits} visits each, after {WARM_UP} that are not counted; load average {}\n", load_average());
    println!("| app | from the start | median | 95 % within | max | the median |");
    println!("|---|---|---|---|---|---|");
    let (tls, authority) = App::behind_tls()?;
    let authority_file = folder.path().join("ca.pem");
    fs::write(&authority_file, authority)?;
    let mut held = true;
    for (name, app) in [("http", App::plain()?), ("https", tls)] {
        let visitor = Visitor { key: key.clone(), authority: authority_file.clone(), folder: folder.path() };
        let samples = visitor.visits(&app, visits)?;
        let times: [(&str, Figure, Option<Duration>); 4] = [
            ("to the first byte of the request for the descriptor", |sample| sample.descriptor, None),
            ("to the first byte of the first callback", |sample| sample.callback, None),
            ("the same, without the wait for a core", Sample::undisturbed, Some(TIME_LIMIT)),
            ("of it on a core", |sample| sample.then.scheduled.on_core, None),
        ];
        for (what, time, limit) in times {
            let limit = limit.map(|limit| limit.as_nanos() as u64);
            held &= row(name, what, samples.iter().map(time), limit, milliseconds);
        }
        let memory = samples.iter().map(|sample| sample.then.memory);
        held &= row(name, "anonymous memory then", memory, Some(MEMORY_LIMIT), megabytes);
        let checks = visitor.checks(&app, visits)?;
        let limit = (name == "http").then_some(CHECK_LIMIT.as_nanos() as u64);
        held &= row(name, "to the end of a check, history included", checks.into_iter(), limit, milliseconds);
    }
    println!("\n{}", if held { "All within their limits." } else { "A limit was missed." });
    Ok(if held { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// What one visit showed, in nanoseconds from the start.
struct Sample {
    descriptor: u64,
    callback: u64,
    then: Standing,
}

impl Sample {
    /// How long it takes where no other program wants the core.
    fn undisturbed(&self) -> u64 {
        self.callback.saturating_sub(self.then.scheduled.waiting)
    }
}

/// How the probe stood when its first callback had arrived.
struct Standing {
    /// Anonymous memory in bytes.
    memory: u64,
    scheduled: Scheduled,
}

impl Standing {
    fn of(pid: u32) -> io::Result<Self> {
        Ok(Self { memory: process::anonymous_memory(pid)?, scheduled: Scheduled::of(pid)? })
    }
}

/// What became of the main thread's time, in nanoseconds: a busy machine makes it wait.
struct Scheduled {
    on_core: u64,
    waiting: u64,
}

impl Scheduled {
    /// Reads the first two fields of `/proc/PID/schedstat` (Linux, Documentation/scheduler/sched-stats.rst).
    fn of(pid: u32) -> io::Result<Self> {
        let text = fs::read_to_string(format!("/proc/{pid}/schedstat"))?;
        let mut fields = text.split_whitespace().map_while(|field| field.parse().ok());
        match (fields.next(), fields.next()) {
            (Some(on_core), Some(waiting)) => Ok(Self { on_core, waiting }),
            _ => Err(io::Error::other("this kernel keeps no scheduling statistics")),
        }
    }
}

struct Visitor<'v> {
    key: PathBuf,
    authority: PathBuf,
    folder: &'v Path,
}

impl Visitor<'_> {
    fn visits(&self, app: &App, count: usize) -> Result<Vec<Sample>, Box<dyn Error>> {
        (0..WARM_UP + count).map(|_| self.visit(app)).skip(WARM_UP).collect()
    }

    fn visit(&self, app: &App) -> Result<Sample, Box<dyn Error>> {
        let (started, _, visit) = self.run("probe", app, Standing::of)?;
        let since_start = |at: Instant| (at - started).as_nanos() as u64;
        Ok(Sample {
            descriptor: since_start(visit.descriptor_asked),
            callback: since_start(visit.called_back),
            then: visit.measured,
        })
    }

    /// How long checks take from start to end, in nanoseconds.
    fn checks(&self, app: &App, count: usize) -> Result<Vec<u64>, Box<dyn Error>> {
        let check = |_| {
            let (started, ended, _) = self.run("check", app, |_| Ok(()))?;
            Ok((ended - started).as_nanos() as u64)
        };
        (0..WARM_UP + count).map(check).skip(WARM_UP).collect()
    }

    /// Lets a command visit the app; when it started, when it ended, and what the app saw.
    fn run<M>(
        &self,
        command: &str,
        app: &App,
        measure: impl Fn(u32) -> io::Result<M>,
    ) -> Result<(Instant, Instant, Visit<M>), Box<dyn Error>> {
        let mut program = probe();
        program
            .args([command, &app.base_url(), "--key-server", "127.0.0.1:0", "--no-progress", "--signing-key"])
            .arg(&self.key)
            .arg("--cacert")
            .arg(&self.authority)
            .arg("--state-dir")
            .arg(self.folder)
            .stdin(Stdio::null())
            .stdout(Stdio::null());
        let started = Instant::now();
        let mut child = program.spawn()?;
        let pid = child.id();
        let address = app.address();
        // A connection that says nothing tells the app that the probe is gone.
        let waiting = thread::spawn(move || {
            let status = child.wait();
            let ended = Instant::now();
            drop(TcpStream::connect(address));
            (status, ended)
        });
        let visit = app.serve(|| measure(pid));
        let (status, ended) = waiting.join().map_err(|_| "the waiting thread panicked")?;
        let (status, visit) = (status?, visit?);
        if !status.success() {
            return Err(format!("the {command} ended with {status}").into());
        }
        Ok((started, ended, visit))
    }
}

/// The probe, with nothing of our own environment.
fn probe() -> Command {
    let built = || env!("CARGO_BIN_EXE_rehearsal").into();
    let mut command = Command::new(std::env::var_os("PROBE_BINARY").unwrap_or_else(built));
    command.env_clear();
    command
}

/// Prints a row and tells whether its median is below its limit, if it has one.
fn row(
    app: &str,
    what: &str,
    values: impl Iterator<Item = u64>,
    limit: Option<u64>,
    shown: fn(u64) -> String,
) -> bool {
    let mut values: Vec<u64> = values.collect();
    values.sort_unstable();
    let within = |share: f64| values[((values.len() - 1) as f64 * share).ceil() as usize];
    let median = within(0.5);
    let held = limit.is_none_or(|limit| median < limit);
    let verdict = limit.map_or(String::new(), |limit| {
        format!("below {}: {}", shown(limit), if held { "held" } else { "missed" })
    });
    println!(
        "| {app} | {what} | {} | {} | {} | {verdict} |",
        shown(median),
        shown(within(0.95)),
        shown(within(1.0))
    );
    held
}

fn milliseconds(nanoseconds: u64) -> String {
    format!("{:.1} ms", nanoseconds as f64 / 1e6)
}

fn megabytes(bytes: u64) -> String {
    format!("{:.2} MB", bytes as f64 / 1e6)
}

fn load_average() -> String {
    let text = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split(' ').next().unwrap_or_default().to_owned()
}
