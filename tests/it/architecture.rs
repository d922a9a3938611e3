//! The arrows between rooms: who may use whom. Reads every `crate::` path of the sources.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Each room with the rooms it may use. `app` composes and may use all of them.
const ARROWS: &[(&str, &[&str])] = &[
    ("alert", &["codes", "outcome", "redact", "report", "slo", "transport"]),
    ("atlassian", &["redact"]),
    ("cli", &["alert", "atlassian", "statistics", "threshold", "verdict"]),
    ("codes", &[]),
    ("conclusion", &["exit", "slo", "validity", "verdict"]),
    (
        "config",
        &[
            "alert",
            "atlassian",
            "cli",
            "exit",
            "history",
            "nearest",
            "projection",
            "scenario",
            "transport",
            "verdict",
        ],
    ),
    (
        "engine",
        &[
            "atlassian",
            "codes",
            "outcome",
            "recorder",
            "redact",
            "scenario",
            "statistics",
            "transport",
            "verdict",
        ],
    ),
    ("exit", &[]),
    ("history", &["exit", "verdict"]),
    ("ledger", &["atlassian", "exit"]),
    ("manual", &[]),
    ("nearest", &[]),
    ("outcome", &["codes"]),
    ("projection", &["recorder", "scenario", "statistics", "verdict"]),
    ("recorder", &["codes", "outcome", "transport", "verdict"]),
    ("redact", &[]),
    ("reference_app", &["atlassian", "codes", "serve"]),
    (
        "report",
        &[
            "codes",
            "conclusion",
            "exit",
            "nearest",
            "outcome",
            "projection",
            "recorder",
            "slo",
            "validity",
            "verdict",
        ],
    ),
    ("scenario", &["atlassian", "nearest"]),
    ("serve", &["outcome"]),
    ("slo", &["exit", "history", "statistics", "verdict"]),
    ("statistics", &[]),
    ("threshold", &["nearest", "statistics"]),
    ("transport", &["codes", "outcome"]),
    ("validity", &[]),
    ("verdict", &["codes", "outcome"]),
];

#[test]
fn rooms_use_only_whom_they_may() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut wrong = Vec::new();
    let mut arrows = 0;
    for file in rust_files(&source) {
        let room = room_of(&source, &file);
        if matches!(room.as_str(), "app" | "lib" | "main") {
            continue;
        }
        let allowed = ARROWS.iter().find(|(name, _)| *name == room).map(|(_, allowed)| *allowed);
        let allowed = allowed.unwrap_or_else(|| panic!("room `{room}` has no row in ARROWS"));
        let text = without_comments(&fs::read_to_string(&file).expect("readable source"));
        assert!(!text.contains("super::super"), "{}: write crate:: instead of super::super", file.display());
        for used in used_rooms(&text) {
            arrows += 1;
            if used != room && !allowed.contains(&used.as_str()) {
                wrong.push(format!("{}: {room} must not use {used}", file.display()));
            }
        }
    }
    assert!(arrows > 5, "the test reads no paths any more: {arrows}");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn paths_are_found_in_every_form() {
    let text =
        "use crate::{codes::Code, exit, report::{output, json}};\nlet x = crate::verdict::Trust::None;";
    let expected = ["codes", "exit", "report", "verdict"].map(str::to_owned);
    assert_eq!(used_rooms(text), BTreeSet::from(expected));
    assert_eq!(used_rooms(&without_comments("/// [`crate::codes`]\n// crate::exit")), BTreeSet::new());
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).expect("readable folder") {
        let path = entry.expect("readable entry").path();
        if path.is_dir() {
            files.extend(rust_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files
}

fn room_of(source: &Path, file: &Path) -> String {
    let first = file.strip_prefix(source).expect("below src").components().next().expect("a name");
    first.as_os_str().to_string_lossy().trim_end_matches(".rs").to_owned()
}

fn without_comments(text: &str) -> String {
    let lines = text.lines().map(|line| line.split("//").next().unwrap_or_default());
    lines.collect::<Vec<_>>().join("\n")
}

/// The first segment of every `crate::` path, those in braces included.
fn used_rooms(text: &str) -> BTreeSet<String> {
    let mut rooms = BTreeSet::new();
    for (at, path) in text.match_indices("crate::") {
        let rest = &text[at + path.len()..];
        if let Some(group) = rest.strip_prefix('{') {
            rooms.extend(group_heads(group));
        } else {
            rooms.insert(identifier(rest));
        }
    }
    rooms.retain(|room| !room.is_empty());
    rooms
}

fn group_heads(group: &str) -> Vec<String> {
    let mut depth = 0;
    let mut heads = vec![identifier(group)];
    for (at, character) in group.char_indices() {
        match character {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => heads.push(identifier(group[at + 1..].trim_start())),
            _ => {}
        }
    }
    heads
}

fn identifier(text: &str) -> String {
    text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect()
}
