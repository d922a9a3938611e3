//! A recording of real callbacks: what comes of it is a valid scenario.

#![no_main]

use libfuzzer_sys::fuzz_target;
use rehearsal::atlassian::Product;
use rehearsal::scenario::{check, from_capture};

fuzz_target!(|text: &str| {
    let Ok(captured) = from_capture(text, "captured") else { return };
    let scenario = captured.document.to_json();
    if let Err(problems) = check([("captured.json".to_owned(), scenario.clone())], Product::Jira) {
        panic!("{scenario}\n{problems}");
    }
});
