//! One client against one sink, each on a core of its own.

use std::ffi::OsString;
use std::fs;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::process::anonymous_memory;
use crate::sink::{Behaviour, Seen};
use crate::tools::{Errand, Pace, Tool, Tools};

/// The cores of the sink and of the client.
const SINK_CORE: &str = "0";
pub(crate) const CLIENT_CORE: &str = "1";

/// What one client cost and did.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sample {
    /// Processor time of the client for each request, in microseconds.
    pub(crate) cpu_us: f64,
    /// The share of the time in which it had the processor.
    pub(crate) busy: f64,
    /// Requests that the sink saw, per second.
    pub(crate) per_second: f64,
    /// How late requests came against an even schedule, median and 99th percentile; of paced errands alone.
    pub(crate) error_us: Option<(f64, f64)>,
}

/// Lets a client do its errand.
///
/// # Errors
/// When it fails, or the sink saw no request.
pub(crate) fn sample(tools: &Tools, tool: Tool, errand: &Errand) -> io::Result<Sample> {
    let sink =
        Sink::start(tools, errand, if errand.fresh { Behaviour::AnswerOnce } else { Behaviour::Answer })?;
    let command = tools.command(tool, errand, &sink.url);
    let (before, began) = (children_cpu()?, Instant::now());
    let status = client(&command, tools).spawn()?.wait()?;
    let (cpu, took) = (children_cpu()? - before, began.elapsed());
    let seen = sink.stop()?;
    // Ours ends with 2 or 3 when it has doubts about the app or itself: the sink knows what was sent.
    if status.code().is_none_or(|code| code > 3) || seen.requests == 0 {
        return Err(io::Error::other(format!("{} ended with {status}: {command:?}", tool.name())));
    }
    Ok(Sample {
        cpu_us: cpu.as_secs_f64() * 1e6 / seen.requests as f64,
        busy: cpu.div_duration_f64(took),
        per_second: seen.requests as f64 / f64::from(errand.seconds),
        error_us: match errand.pace {
            Pace::Rate(rate) => schedule_error(&seen.arrivals_ns, rate),
            Pace::Full { .. } => None,
        },
    })
}

/// The anonymous memory of a client while all its requests hang, beyond that with a single one, in bytes.
///
/// # Errors
/// When it fails, or not all requests came.
pub(crate) fn hanging_memory(tools: &Tools, tool: Tool, connections: u32, seconds: u32) -> io::Result<u64> {
    let errand = |connections| Errand {
        tls: false,
        fresh: true,
        pace: Pace::Full { connections },
        seconds,
        fresh_tokens: false,
    };
    let with_one = hanging(tools, tool, &errand(1), 1)?;
    let with_all = hanging(tools, tool, &errand(connections), connections)?;
    Ok(with_all.saturating_sub(with_one))
}

fn hanging(tools: &Tools, tool: Tool, errand: &Errand, connections: u32) -> io::Result<u64> {
    let sink = Sink::start(tools, errand, Behaviour::Hang)?;
    let mut child = client(&tools.command(tool, errand, &sink.url), tools).spawn()?;
    thread::sleep(Duration::from_secs(u64::from(errand.seconds)).mul_f64(0.8));
    let memory = anonymous_memory(child.id());
    child.kill()?;
    child.wait()?;
    let seen = sink.stop()?;
    if seen.requests < u64::from(connections) {
        return Err(io::Error::other(format!("only {} of {connections} requests came", seen.requests)));
    }
    memory
}

fn client(command: &[OsString], tools: &Tools) -> Command {
    let mut client = Command::new("taskset");
    client.args(["-c", CLIENT_CORE]).args(command).stdout(Stdio::null()).stderr(Stdio::null());
    // Go has no flag for it, and oha wants the file to be there.
    if tools.authority().exists() {
        client.env("SSL_CERT_FILE", tools.authority());
    }
    client
}

/// A sink in a process of its own.
struct Sink {
    child: Child,
    stdin: ChildStdin,
    stdout: BufReader<ChildStdout>,
    url: String,
}

impl Sink {
    fn start(tools: &Tools, errand: &Errand, behaviour: Behaviour) -> io::Result<Self> {
        let mut command = Command::new("taskset");
        command.args(["-c", SINK_CORE]).arg(std::env::current_exe()?).arg("sink");
        command.arg(behaviour.name());
        if errand.tls {
            command.arg(tools.authority());
        }
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let missing = || io::Error::other("the sink has no pipes");
        let stdin = child.stdin.take().ok_or_else(missing)?;
        let mut stdout = BufReader::new(child.stdout.take().ok_or_else(missing)?);
        let mut port = String::new();
        stdout.read_line(&mut port)?;
        let scheme = if errand.tls { "https" } else { "http" };
        Ok(Self { child, stdin, stdout, url: format!("{scheme}://127.0.0.1:{}", port.trim()) })
    }

    fn stop(self) -> io::Result<Seen> {
        let Self { mut child, stdin, mut stdout, .. } = self;
        drop(stdin);
        let mut text = String::new();
        stdout.read_to_string(&mut text)?;
        child.wait()?;
        Ok(serde_json::from_str(&text)?)
    }
}

/// Processor time of all children that were waited for (proc_pid_stat(5), fields 16 and 17).
fn children_cpu() -> io::Result<Duration> {
    let text = fs::read_to_string(Path::new("/proc/self/stat"))?;
    let after_name = text.rsplit(')').next().unwrap_or_default();
    let ticks: u64 =
        after_name.split_whitespace().skip(13).take(2).map_while(|field| field.parse::<u64>().ok()).sum();
    Ok(Duration::from_secs_f64(ticks as f64 / rustix::param::clock_ticks_per_second() as f64))
}

/// How late arrivals are, in microseconds, against the even schedule that the earliest of them keeps. The
/// first tenth is left out.
fn schedule_error(arrivals_ns: &[u64], rate: u32) -> Option<(f64, f64)> {
    let offset =
        |(index, arrival): (usize, &u64)| *arrival as f64 / 1e3 - index as f64 * 1e6 / f64::from(rate);
    let settled = arrivals_ns.iter().enumerate().skip(arrivals_ns.len() / 10);
    let mut offsets: Vec<f64> = settled.map(offset).collect();
    offsets.sort_by(f64::total_cmp);
    let first = *offsets.first()?;
    let within = |share: f64| offsets[((offsets.len() - 1) as f64 * share) as usize] - first;
    Some((within(0.5), within(0.99)))
}
