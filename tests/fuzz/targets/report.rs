//! A saved JSON report: what is read is rendered in every format, and as JSON it reads back the same.

#![no_main]

use libfuzzer_sys::fuzz_target;
use rehearsal::report::{Format, Report, json, terminal};

fuzz_target!(|text: &str| {
    let Ok(report) = Report::from_json(text) else { return };
    let written = json::render(&report);
    let again = Report::from_json(&written).expect("what was written can be read");
    assert_eq!(json::render(&again), written);
    for width in [20, 80] {
        let _ = terminal::render(&report, width);
    }
    for format in Format::ALL {
        let _ = format.render(&report);
    }
});
