//! The formats for machines: each as it was, read back by another parser, and inert.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use pulldown_cmark::{Event, Options, Parser, Tag};
use rehearsal::report::model::EncodedHistogram;
use rehearsal::report::{Format, Report, json, terminal};

use super::sample;

fn render(format: Format, report: &Report) -> String {
    format.render(report).unwrap_or_else(|abort| panic!("{format}: {abort}"))
}

#[test]
fn every_format_looks_as_it_did() {
    for format in Format::ALL {
        insta::assert_snapshot!(format!("format-{format}"), render(format, &sample::breach()));
    }
    let others = [
        ("reachability", sample::reachability()),
        ("shipped", sample::shipped()),
        ("searched", sample::searched()),
    ];
    insta::assert_snapshot!("format-html-searched", render(Format::Html, &sample::searched()));
    for (name, report) in others {
        for format in [Format::Markdown, Format::Prometheus, Format::Nagios, Format::Junit] {
            insta::assert_snapshot!(format!("format-{format}-{name}"), render(format, &report));
        }
    }
}

#[test]
fn every_sample_renders_the_same_twice_or_says_why_not() {
    for (name, report) in sample::all() {
        for format in Format::ALL {
            match (format.render(&report), format.render(&report)) {
                (Ok(once), Ok(again)) => assert_eq!(once, again, "{name} as {format}"),
                (Err(abort), Err(_)) => {
                    assert_eq!(name, "no-data");
                    assert!(abort.to_string().contains("no histograms"), "{abort}");
                }
                (_, _) => panic!("{name} as {format} renders only sometimes"),
            }
        }
    }
}

#[test]
fn no_format_holds_a_control_character_from_outside() {
    // JSON escapes what JSON must; the rest stands there as it came.
    for format in Format::ALL.into_iter().filter(|format| *format != Format::Json) {
        let text = render(format, &sample::hostile());
        for character in text.chars().filter(|character| !matches!(character, '\n' | '\r')) {
            let steers = character.is_control() || matches!(character, '\u{202a}'..='\u{202e}' | '\u{200b}');
            assert!(!steers, "{format}: {character:?}");
        }
        // The page shows a body as it came, in a box of its own.
        let is_forged = format != Format::Html && text.lines().any(|line| line.starts_with("FAKE"));
        assert!(!is_forged, "{format}: a line was forged");
    }
}

#[test]
fn junit_counts_what_failed() {
    for report in [sample::breach(), sample::hostile()] {
        let text = render(Format::Junit, &report);
        let document = roxmltree::Document::parse(&text).expect("XML");
        let cases: Vec<_> = document.descendants().filter(|node| node.has_tag_name("testcase")).collect();
        let checks =
            report.scenarios.iter().flat_map(|scenario| &scenario.steps).map(|step| step.checks.len());
        let steps: usize = report.scenarios.iter().map(|scenario| scenario.steps.len()).sum();
        assert_eq!(cases.len(), 1 + steps + checks.sum::<usize>());
        let failed: Vec<_> = cases
            .iter()
            .filter_map(|case| case.children().find(|child| child.has_tag_name("failure")))
            .collect();
        let kinds: BTreeSet<_> = failed.iter().filter_map(|failure| failure.attribute("type")).collect();
        for kind in ["breach", "status.500", "timeout.response_head", "check"] {
            assert!(kinds.contains(kind), "{kinds:?}");
        }
        assert_eq!(document.root_element().attribute("failures"), Some("4"));
        assert!(failed.iter().any(|failure| failure.text().is_some_and(|text| text.contains("Remedy: "))));
    }
}

#[test]
fn markdown_takes_no_text_from_outside_for_markup() {
    for (name, report) in sample::all() {
        let text = render(Format::Markdown, &report);
        for event in Parser::new_ext(&text, Options::ENABLE_TABLES) {
            match event {
                Event::Html(html) | Event::InlineHtml(html) => {
                    let tags = ["<details>", "</details>", "<summary>", "</summary>", "<sub>", "</sub>"];
                    let rest = tags.iter().fold(html.to_string(), |html, tag| html.replace(tag, ""));
                    assert!(!rest.contains('<'), "{name}: {html}");
                }
                Event::Start(tag @ (Tag::Link { .. } | Tag::Image { .. })) => panic!("{name}: {tag:?}"),
                _ => {}
            }
        }
    }
}

#[test]
fn every_row_of_a_markdown_table_has_all_its_cells() {
    for (name, report) in sample::all() {
        let text = render(Format::Markdown, &report);
        let bars = |line: &str| line.replace("\\|", "").matches('|').count();
        let mut expected = None;
        for line in text.lines() {
            expected = line.starts_with('|').then(|| expected.unwrap_or_else(|| bars(line)));
            assert_eq!(
                expected.unwrap_or_default(),
                if expected.is_some() { bars(line) } else { 0 },
                "{name}: {line}"
            );
        }
    }
}

#[test]
fn prometheus_has_each_family_and_series_once() {
    for (name, report) in sample::all() {
        let text = render(Format::Prometheus, &report);
        let mut series = BTreeSet::new();
        let mut families: BTreeMap<&str, usize> = BTreeMap::new();
        let mut family = "";
        for line in text.lines() {
            if let Some(rest) = line.strip_prefix("# TYPE ") {
                family = rest.split_once(' ').expect("a type").0;
                *families.entry(family).or_default() += 1;
            } else if !line.starts_with('#') {
                let (key, value) = line.rsplit_once(' ').expect("a value");
                assert!(value.parse::<f64>().is_ok(), "{name}: {line}");
                let of_family = key.split('{').next().and_then(|key| key.strip_prefix(family));
                assert!(
                    matches!(of_family, Some("" | "_sum" | "_count")),
                    "{name}: {line} stands apart from {family}"
                );
                assert!(series.insert(key), "{name}: {key} stands twice");
            }
        }
        assert!(families.values().all(|count| *count == 1), "{name}: {families:?}");
    }
    let text = render(Format::Prometheus, &sample::breach());
    let run = sample::breach().run;
    let whose = format!(
        "app_key=\"{}\",environment=\"{}\"",
        run.app_key.expect("known"),
        run.environment.expect("known")
    );
    for (family, labels) in [
        ("verdict", "status=\"breach\"} 1"),
        ("callbacks", "code=\"status.500\",family=\"status\",owner=\"app\",verdict=\"bad\"} 2"),
    ] {
        let fits =
            |line: &str| line.starts_with(&format!("rehearsal_{family}{{{whose},")) && line.ends_with(labels);
        assert!(text.lines().any(fits), "{family} {labels} is not in\n{text}");
    }
}

#[test]
fn nagios_says_state_and_performance_on_its_first_line() {
    for (report, state) in [
        (sample::healthy(), "OK"),
        (sample::breach(), "CRITICAL"),
        (sample::no_data(), "UNKNOWN"),
        (sample::hostile(), "CRITICAL"),
    ] {
        let text = render(Format::Nagios, &report);
        let first = text.lines().next().expect("a line");
        assert!(first.starts_with(&format!("REHEARSAL {state} - ")), "{first}");
        assert_eq!(text.matches('|').count(), 1, "{text}");
        let (_, performance) = first.split_once(" | ").expect("performance data");
        for value in performance.split(' ') {
            let (_, value) = value.split_once('=').expect("a value");
            let number = value.split(';').next().expect("a first part").trim_end_matches(['%', 's']);
            assert!(number.parse::<f64>().is_ok(), "{value}");
        }
    }
}

#[test]
fn csv_rows_have_all_their_cells_and_no_formula() {
    let text = render(Format::Csv, &sample::hostile());
    let rows: Vec<Vec<String>> = text.split_terminator("\r\n").map(cells).collect();
    assert!(rows.len() > 10);
    for row in &rows {
        assert_eq!(row.len(), rows[0].len(), "{row:?}");
        assert!(row.iter().all(|cell| !cell.starts_with(['=', '+', '@'])), "{row:?}");
    }
    assert!(rows[1][2].contains("<script>"), "the text is there, as text");
}

/// The cells of a row by RFC 4180.
fn cells(row: &str) -> Vec<String> {
    let mut cells = vec![String::new()];
    let mut quoted = false;
    let mut characters = row.chars().peekable();
    while let Some(character) = characters.next() {
        let cell = cells.last_mut().expect("at least one");
        match character {
            '"' if quoted && characters.peek() == Some(&'"') => {
                characters.next();
                cell.push('"');
            }
            '"' => quoted = !quoted,
            ',' if !quoted => cells.push(String::new()),
            _ => cell.push(character),
        }
    }
    assert!(!quoted, "an open quote: {row}");
    cells
}

#[test]
fn the_histogram_log_holds_the_histograms() {
    let report = sample::breach();
    let text = render(Format::Hlog, &report);
    let mut tags = Vec::new();
    for line in text.lines().filter(|line| line.starts_with("Tag=")) {
        let cells: Vec<_> = line.split(',').collect();
        let encoded = EncodedHistogram::decode(cells[4]).expect("a histogram");
        let max = cells[3].parse::<f64>().expect("a number");
        assert!((max - encoded.histogram().max() as f64 / 1e3).abs() < 0.001, "{line}");
        tags.push(cells[0].trim_start_matches("Tag=").to_owned());
    }
    assert_eq!(tags, ["response", "service", "dns", "connect", "tls", "write", "wait", "body"]);
}

#[test]
fn the_distribution_ends_with_everything() {
    let text = render(Format::Hgrm, &sample::load());
    let rows: Vec<Vec<f64>> = text
        .lines()
        .skip(2)
        .take_while(|line| !line.starts_with('#'))
        .map(|line| line.split_whitespace().map(|cell| cell.parse().expect("a number")).collect())
        .collect();
    assert!(rows.windows(2).all(|pair| pair[0][0] <= pair[1][0] && pair[0][2] <= pair[1][2]));
    let last = rows.last().expect("rows");
    assert_eq!((last[1], last[2]), (1.0, 5_997.0));
}

#[test]
fn sarif_names_a_rule_and_a_place_for_each_finding() {
    for report in [sample::breach(), sample::hostile()] {
        let document: serde_json::Value =
            serde_json::from_str(&render(Format::Sarif, &report)).expect("JSON");
        let run = &document["runs"][0];
        let rules: BTreeSet<_> = run["tool"]["driver"]["rules"]
            .as_array()
            .expect("rules")
            .iter()
            .map(|rule| rule["id"].as_str())
            .collect();
        let results = run["results"].as_array().expect("results");
        assert_eq!(results.len(), 3);
        for result in results {
            assert!(rules.contains(&result["ruleId"].as_str()), "{result}");
            let uri = result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
                .as_str()
                .expect("a URI");
            assert!(!uri.contains(['<', ' ', '"']), "{uri}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(24) })]

    #[test]
    fn no_format_stumbles_over_odd_figures(
        changes in prop::collection::vec((any::<prop::sample::Index>(), b'0'..=b'9'), 1..40),
    ) {
        let mut report = sample::load();
        // Its text is checked when it is read: most changes to it would only be refused.
        report.latency.histogram = None;
        let mut text = json::render(&report).into_bytes();
        let digits: Vec<usize> = (0..text.len()).filter(|at| text[*at].is_ascii_digit()).collect();
        for (index, digit) in changes {
            text[*index.get(&digits)] = digit;
        }
        let Ok(report) = Report::from_json(&String::from_utf8_lossy(&text)) else { return Ok(()) };
        for format in Format::ALL {
            let _ = format.render(&report);
        }
        for width in [60, 100] {
            let _ = terminal::render(&report, width);
        }
    }
}
