//! The report on a terminal.

use anstream::adapter::strip_str;
use rehearsal::report::terminal;
use unicode_width::UnicodeWidthStr;

use super::sample;

fn plain(report: &rehearsal::report::Report, width: usize) -> String {
    strip_str(&terminal::render(report, width)).to_string()
}

#[test]
fn every_sample_looks_as_it_did() {
    for (name, report) in sample::all() {
        insta::assert_snapshot!(format!("terminal-{name}-80"), plain(&report, 80));
    }
    insta::assert_snapshot!("terminal-breach-120", plain(&sample::breach(), 120));
    insta::assert_snapshot!("terminal-breach-60", plain(&sample::breach(), 60));
}

#[test]
fn no_line_is_wider_than_the_terminal() {
    for (name, report) in sample::all() {
        for width in [20, 60, 72, 80, 100, 120, 300] {
            for line in plain(&report, width).lines() {
                assert!(line.width() <= width.clamp(60, 120), "{name} at {width}: {line}");
            }
        }
    }
}

#[test]
fn text_from_outside_adds_no_line_and_no_escape_sequence() {
    let breach = terminal::render(&sample::breach(), 80);
    let hostile = terminal::render(&sample::hostile(), 80);
    let sequences = |text: &str| -> std::collections::BTreeSet<String> {
        text.split('\u{1b}')
            .skip(1)
            .map(|rest| rest[..=rest.find('m').expect("a style")].to_owned())
            .collect()
    };
    assert_eq!(sequences(&hostile), sequences(&breach));
    let text = strip_str(&hostile).to_string();
    for character in text.chars().filter(|character| *character != '\n') {
        assert!(
            !character.is_control() && !matches!(character, '\u{202a}'..='\u{202e}' | '\u{200b}'),
            "{character:?}"
        );
    }
    assert!(!text.lines().any(|line| line.trim_start().starts_with("FAKE")), "a line was forged");
}

#[test]
fn colour_is_never_alone() {
    for word in ["✗ BREACH", "exit 2", "3 bad", "1 excluded", "not answered as expected:", "BREACH, exit 2:"]
    {
        assert!(plain(&sample::breach(), 80).contains(word), "{word}");
    }
}

#[test]
fn text_has_no_colour_that_hides_on_white_or_on_black() {
    let blue_yellow_white = [34, 33, 37, 93, 97];
    for (name, report) in sample::all() {
        let text = terminal::render(&report, 80);
        for colour in blue_yellow_white {
            assert!(!text.contains(&format!("\u{1b}[{colour}m")), "{name}: {colour}");
        }
    }
    let doubtful = terminal::render(&sample::no_data(), 80);
    assert!(doubtful.contains("\u{1b}[43m"), "a doubt stands on yellow");
}
