//! What a callback costs us, beside wrk, h2load, oha and hey against the same server.
//!
//! `cargo bench --bench peers` takes a quarter of an hour, on two cores with nothing else to do: three rounds of ten
//! seconds for each client, in turn. `-- quick` does one short round, to see that all works; `-- alone` leaves the
//! others out, `-- memory` all but that. `PROBE_BINARY=target/release/rehearsal` in the environment measures a program
//! that is there already. wrk, h2load and hey are Debian's wrk, nghttp2-client and hey; oha is installed below
//! target/tools. Needs Linux and `taskset`.
//!
//! The server spins on one core, so that nobody pays for waking it up; the client has the other one. Where each request
//! has a connection of its own, the server closes it, whoever the client is. The figure is the client's processor time
//! for each request that the server saw. Every client sends the same bytes, nearly; ours has its deadlines, phases,
//! histograms and classification on, and 256 tenants whose tokens were signed before the start. "rehearsal again" is the
//! same once more: what it differs by is noise.

#![expect(clippy::print_stdout, reason = "the table is what this program is for")]

#[path = "../identity.rs"]
mod identity;
mod measure;
#[path = "../../process.rs"]
mod process;
mod sink;
mod tools;

use std::error::Error;
use std::io;
use std::path::Path;
use std::process::Command;
use std::thread;

use measure::{CLIENT_CORE, Sample, hanging_memory, sample};
use sink::Behaviour;
use tools::{Errand, Pace, Tool, Tools};

/// How much is done.
struct Size {
    rounds: usize,
    seconds: u32,
    hanging: u32,
}

const FULL: Size = Size { rounds: 3, seconds: 10, hanging: 10_000 };
const QUICK: Size = Size { rounds: 1, seconds: 2, hanging: 200 };

/// Connections that a client uses at full speed.
const CONNECTIONS: u32 = 64;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [command, behaviour, authority @ ..] = &arguments[..]
        && command == "sink"
    {
        let behaviour = Behaviour::named(behaviour).ok_or("no such behaviour of a sink")?;
        return Ok(sink::run(behaviour, authority.first().map(Path::new))?);
    }
    if thread::available_parallelism()?.get() < 2 {
        return Err("this needs two cores: one for the server and one for the client".into());
    }
    let given = |word: &str| arguments.iter().any(|argument| argument == word);
    let size = if given("quick") { QUICK } else { FULL };
    let folder = tempfile::tempdir()?;
    let tools = Tools::prepare(folder.path(), !given("alone"))?;
    let everyone = [Tool::Rehearsal, Tool::RehearsalAgain, Tool::Wrk, Tool::H2load, Tool::Oha, Tool::Hey];
    let clients = if given("alone") { &everyone[..2] } else { &everyone[..] };

    if given("memory") {
        return memory(&tools, clients, &size);
    }
    println!("{} rounds of {} s each; medians\n", size.rounds, size.seconds);
    println!("| what | client | CPU per request | of rehearsal's | requests/s | core busy |");
    println!("|---|---|---|---|---|---|");
    for (what, tls, fresh) in [
        ("plain, keep-alive", false, false),
        ("plain, fresh connections", false, true),
        ("TLS, keep-alive", true, false),
        ("TLS, a handshake each", true, true),
    ] {
        let pace = Pace::Full { connections: CONNECTIONS };
        let errand = Errand { tls, fresh, pace, seconds: size.seconds, fresh_tokens: false };
        let rows = rounds(&tools, clients, &errand, size.rounds)?;
        let ours = rows.first().map_or(f64::NAN, |(_, samples)| median(samples, |sample| sample.cpu_us));
        for (tool, samples) in &rows {
            let cpu = median(samples, |sample| sample.cpu_us);
            println!(
                "| {what} | {} | {cpu:.2} µs | {:.2} | {:.0} | {:.0} % |",
                tool.name(),
                cpu / ours,
                median(samples, |sample| sample.per_second),
                median(samples, |sample| sample.busy * 100.0)
            );
        }
    }
    schedule(&tools, clients, &size)?;
    memory(&tools, clients, &size)?;
    fresh_tokens(&tools, &size)
}

fn schedule(tools: &Tools, clients: &[Tool], size: &Size) -> Result<(), Box<dyn Error>> {
    println!("\n| rate | client | late against the schedule: median | 99 % within |");
    println!("|---|---|---|---|");
    for rate in [1_000, 20_000] {
        let errand = Errand {
            tls: false,
            fresh: false,
            pace: Pace::Rate(rate),
            seconds: size.seconds,
            fresh_tokens: false,
        };
        for (tool, samples) in rounds(tools, clients, &errand, size.rounds)? {
            let error =
                |pick: fn((f64, f64)) -> f64| median(&samples, |one| one.error_us.map_or(f64::NAN, pick));
            println!("| {rate}/s | {} | {:.0} µs | {:.0} µs |", tool.name(), error(|e| e.0), error(|e| e.1));
        }
    }
    Ok(())
}

fn memory(tools: &Tools, clients: &[Tool], size: &Size) -> Result<(), Box<dyn Error>> {
    println!("\n| client | anonymous memory for each of {} callbacks that hang |", size.hanging);
    println!("|---|---|");
    for tool in [Tool::Rehearsal, Tool::Oha].into_iter().filter(|tool| clients.contains(tool)) {
        let bytes = hanging_memory(tools, tool, size.hanging, size.seconds.max(5))?;
        println!("| {} | {:.1} KB |", tool.name(), bytes as f64 / f64::from(size.hanging) / 1e3);
    }
    Ok(())
}

/// A token for every callback, beside what OpenSSL signs on the same core.
fn fresh_tokens(tools: &Tools, size: &Size) -> Result<(), Box<dyn Error>> {
    let errand = Errand {
        tls: false,
        fresh: false,
        pace: Pace::Full { connections: CONNECTIONS },
        seconds: size.seconds,
        fresh_tokens: true,
    };
    let ours = sample(tools, Tool::Rehearsal, &errand)?.per_second;
    let openssl = openssl_signatures(size.seconds)?;
    println!("\n| a token for every callback, on one core | a second |");
    println!("|---|---|");
    println!("| rehearsal, callbacks of unique tenants | {ours:.0} |");
    println!("| openssl speed rsa2048, signatures | {openssl:.0} |");
    println!("\nrehearsal: {:.2} of openssl", ours / openssl);
    Ok(())
}

fn openssl_signatures(seconds: u32) -> io::Result<f64> {
    let output = Command::new("taskset")
        .args(["-c", CLIENT_CORE, "openssl", "speed", "-seconds", &seconds.to_string(), "rsa2048"])
        .output()?;
    let text = String::from_utf8_lossy(&output.stdout);
    // "rsa 2048 bits 0.000500s 0.000015s   2000.0  68000.0": the times of one, then how many a second.
    let line = text.lines().find(|line| line.starts_with("rsa 2048 bits"));
    line.and_then(|line| line.split_whitespace().nth(5)?.parse().ok())
        .ok_or_else(|| io::Error::other("openssl speed says nothing of rsa2048"))
}

/// Every client's samples, taken in turn, so that a change of the machine meets all alike.
fn rounds(
    tools: &Tools,
    clients: &[Tool],
    errand: &Errand,
    rounds: usize,
) -> io::Result<Vec<(Tool, Vec<Sample>)>> {
    let able = clients.iter().filter(|tool| tool.can(errand));
    let mut all: Vec<(Tool, Vec<Sample>)> = able.map(|tool| (*tool, Vec::new())).collect();
    for _ in 0..rounds {
        for (tool, samples) in &mut all {
            samples.push(sample(tools, *tool, errand)?);
        }
    }
    Ok(all)
}

fn median(samples: &[Sample], figure: impl Fn(&Sample) -> f64) -> f64 {
    let mut figures: Vec<f64> = samples.iter().map(figure).collect();
    figures.sort_by(f64::total_cmp);
    figures.get(figures.len() / 2).copied().unwrap_or(f64::NAN)
}
