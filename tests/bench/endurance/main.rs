//! What hostile servers do to a probe: its memory with bodies of 200 MiB, heads without an end and bodies
//! that trickle, and what is left of 2,000 faulty callbacks of all kinds.
//!
//! `cargo bench --bench endurance` takes some minutes; `-- 500` sends another number of callbacks;
//! `PROBE_BINARY=target/release/rehearsal` in the environment watches a program that is there already.
//! Exits with 1 when a limit was missed. Needs Linux.

#![expect(clippy::print_stdout, reason = "the table is what this program is for")]

#[path = "../../process.rs"]
mod process;
#[path = "../../it/endurance/rotation.rs"]
mod rotation;
#[path = "../../it/endurance/watch.rs"]
mod watch;

use std::io;
use std::process::ExitCode;

use rotation::{PACE, Rotation};
use watch::Watched;

const CALLBACKS: usize = 2_000;
/// What has no end, one after the other.
const ENDLESS: [&str; 5] = [
    "http-200-megabytes",
    "http-endless-body",
    "http-endless-head",
    "timeout-slow-head",
    "timeout-slow-body",
];
/// Callbacks to each of those.
const ENDLESS_CALLBACKS: usize = 50;
const AT_ONCE: usize = 10;

fn main() -> io::Result<ExitCode> {
    let callbacks = std::env::args().find_map(|argument| argument.parse().ok()).unwrap_or(CALLBACKS);
    println!("{AT_ONCE} callbacks at once; deadlines {:?}, {:?} and {:?}\n", PACE * 3, PACE * 5, PACE * 10);
    println!(
        "| faults | callbacks | anonymous memory | gained in the second half | open files: first half, second | longest callback | took | |"
    );
    println!("|---|---|---|---|---|---|---|---|");
    let mut held = true;
    for name in ENDLESS {
        held &= row(name, &Rotation::of_one(name)?, "http", ENDLESS_CALLBACKS)?;
    }
    for scheme in ["http", "https"] {
        let faults = Rotation::of_scheme(scheme)?;
        held &= row(&format!("{} over {scheme}", faults.size()), &faults, scheme, callbacks)?;
    }
    println!("\n{}", if held { "All within their limits." } else { "A limit was missed." });
    Ok(if held { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Prints a row and tells whether everything in it is as it has to be.
fn row(name: &str, faults: &Rotation, scheme: &str, callbacks: usize) -> io::Result<bool> {
    let program =
        std::env::var("PROBE_BINARY").unwrap_or_else(|_| env!("CARGO_BIN_EXE_rehearsal").to_owned());
    let watched = Watched::probe(&program, faults, scheme, callbacks, AT_ONCE)?;
    let wrong = watched.faults(callbacks, AT_ONCE);
    println!(
        "| {name} | {} | {:.2} MB | {:.2} MB | {}, {} | {:.2} s | {:.0} s | {} |",
        watched.callbacks,
        watched.memory as f64 / 1e6,
        watched.growth as f64 / 1e6,
        watched.files.0,
        watched.files.1,
        watched.longest.as_secs_f64(),
        watched.took.as_secs_f64(),
        if wrong.is_empty() { "held".to_owned() } else { wrong.join("; ") }
    );
    Ok(wrong.is_empty())
}
