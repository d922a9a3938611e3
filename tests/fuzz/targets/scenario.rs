//! A scenario file: whatever is wrong with it can be drawn at its place, and what is read survives being
//! written and read again.

#![no_main]

use libfuzzer_sys::fuzz_target;
use rehearsal::atlassian::Product;
use rehearsal::scenario::{Problems, Scenario, ScenarioDocument, check, outline};

fuzz_target!(|text: &str| {
    match read(text) {
        Ok(scenarios) => {
            for scenario in &scenarios {
                let _ = outline(scenario);
                let written = ScenarioDocument::from(scenario).to_json();
                let again = read(&written).unwrap_or_else(|problems| panic!("{written}\n{problems}"));
                let rewritten = ScenarioDocument::from(&again[0]).to_json();
                assert_eq!(rewritten, written);
            }
        }
        Err(problems) => {
            assert_ne!(problems.count(), 0);
            let _ = (problems.drawing(), problems.summary(), problems.iter().count());
        }
    }
});

fn read(text: &str) -> Result<Vec<Scenario>, Problems> {
    check([("mine.json".to_owned(), text.to_owned())], Product::Jira)
}
