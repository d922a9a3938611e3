//! Hostile servers make a probe neither grow nor hang; `tests/bench/endurance` does the same at full size.
#![cfg(target_os = "linux")]

#[path = "../../process.rs"]
mod process;
mod rotation;
mod watch;

use std::time::Duration;

use rotation::Rotation;
use watch::Watched;

/// Each of these probes waits for a few short deadlines.
const PATIENCE: Duration = Duration::from_secs(60);

/// A busy machine breaks the sharp bounds now and then, a fault of ours each time.
const TRIALS: usize = 2;

const PROBE: &str = env!("CARGO_BIN_EXE_rehearsal");

#[track_caller]
fn endures(faults: &Rotation, scheme: &str, callbacks: usize, at_once: usize) -> Watched {
    let mut said = Vec::new();
    for _ in 0..TRIALS {
        let watched = Watched::probe(PROBE, faults, scheme, callbacks, at_once).expect("a probe that ends");
        let wrong = watched.faults(callbacks, at_once);
        if wrong.is_empty() && watched.took < PATIENCE {
            return watched;
        }
        said.push(format!("{}\n{watched:#?}", wrong.join("\n")));
    }
    panic!("{TRIALS} trials failed:\n{}", said.join("\n"));
}

#[test]
fn what_has_no_end_takes_no_memory() {
    for name in ["http-200-megabytes", "http-endless-head", "timeout-slow-body"] {
        endures(&Rotation::of_one(name).expect("a fault"), "http", 8, 4);
    }
}

#[test]
fn faults_in_turns_leave_nothing_open() {
    for scheme in ["http", "https"] {
        let faults = Rotation::of_scheme(scheme).expect("faults");
        let watched = endures(&faults, scheme, faults.size(), 16);
        assert!(watched.outcomes.len() > 5, "the faults are all alike: {watched:#?}");
    }
}
