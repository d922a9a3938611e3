//! The HTML page: well-formed, self-contained, accessible in structure, and inert.

use std::collections::BTreeSet;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rehearsal::report::{Format, Report};
use roxmltree::{Document, Node, ParsingOptions};

use super::sample;

fn page(report: &Report) -> String {
    Format::Html.render(report).unwrap_or_else(|abort| panic!("{abort}"))
}

/// The page is written so that an XML parser reads it as well: every tag closed, every attribute quoted.
fn parsed<'page>(name: &str, page: &'page str) -> Document<'page> {
    let options = ParsingOptions { allow_dtd: true, ..ParsingOptions::default() };
    Document::parse_with_options(page.trim_start(), options).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn elements<'document>(
    document: &'document Document<'_>,
) -> impl Iterator<Item = Node<'document, 'document>> {
    document.descendants().filter(Node::is_element)
}

fn text(node: Node<'_, '_>) -> String {
    let text: String = node.descendants().filter(Node::is_text).filter_map(|node| node.text()).collect();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn every_sample_is_well_formed_and_refers_to_nothing_outside() {
    for (name, report) in sample::all() {
        let page = page(&report);
        let document = parsed(name, &page);
        for element in elements(&document) {
            let tag = element.tag_name().name();
            assert!(
                !["script", "img", "link", "iframe", "object", "form", "b"].contains(&tag),
                "{name}: <{tag}>"
            );
            for attribute in element.attributes() {
                assert!(!attribute.name().starts_with("on"), "{name}: {}", attribute.name());
                assert!(!["style", "src"].contains(&attribute.name()), "{name}: {}", attribute.name());
                if attribute.name() == "href" {
                    assert!(attribute.value().starts_with('#'), "{name}: {}", attribute.value());
                }
            }
        }
        let style = elements(&document).find(|element| element.has_tag_name("style")).expect("a style");
        let style = style.text().expect("a text");
        assert!(!style.contains("url(") && !style.contains("@import"), "{name}");
    }
}

#[test]
fn the_policy_allows_the_style_by_its_hash_and_nothing_else() {
    let page = page(&sample::breach());
    let document = parsed("breach", &page);
    let style = elements(&document).find(|element| element.has_tag_name("style")).expect("a style");
    let digest =
        aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, style.text().expect("a text").as_bytes());
    let policy = elements(&document)
        .find_map(|element| {
            element.attribute("http-equiv").filter(|name| *name == "Content-Security-Policy")?;
            element.attribute("content")
        })
        .expect("a policy");
    let hash = STANDARD.encode(digest);
    assert_eq!(
        policy,
        format!("default-src 'none'; style-src 'sha256-{hash}'; base-uri 'none'; form-action 'none'")
    );
}

#[test]
fn references_lead_somewhere_and_headings_skip_no_level() {
    for (name, report) in sample::all() {
        let page = page(&report);
        let document = parsed(name, &page);
        let mut ids = BTreeSet::new();
        for id in elements(&document).filter_map(|element| element.attribute("id")) {
            assert!(ids.insert(id), "{name}: {id} stands twice");
        }
        for element in elements(&document) {
            let links = element.attribute("href").map(|href| href.trim_start_matches('#'));
            for reference in links.into_iter().chain(element.attribute("aria-labelledby")) {
                assert!(ids.contains(reference), "{name}: nothing is called {reference}");
            }
        }
        let mut level = 0;
        for element in elements(&document) {
            let tag = element.tag_name().name();
            if let Some(next) = tag.strip_prefix('h').and_then(|level| level.parse::<u32>().ok()) {
                assert!(next <= level + 1, "{name}: h{next} follows h{level}");
                level = next;
            }
        }
        for table in elements(&document).filter(|element| element.has_tag_name("table")) {
            assert!(
                table.children().any(|child| child.has_tag_name("caption")),
                "{name}: a table without a caption"
            );
        }
        for chart in elements(&document).filter(|element| element.attribute("role") == Some("img")) {
            let named = chart.attribute("aria-label").or(chart.attribute("aria-labelledby"));
            assert!(named.is_some(), "{name}: a chart without a name");
        }
    }
}

#[test]
fn the_page_says_what_the_report_says() {
    let page = page(&sample::breach());
    let document = parsed("breach", &page);
    let body = text(document.root()).replace('\u{a0}', " ");
    for figure in [
        "BREACH",
        "exit 2",
        "3 of 69 installation callbacks were bad",
        "95.65 %",
        "87.81 – 99.1 %",
        "94.17 %",
        "1.24 %",
        "status.500",
        "owner: app",
        "Find the exception in the app's log",
        "not answered as expected: answered 200, 10 times, where a 4xx was expected",
        "The certificate expires in 11 days",
        "69 callbacks prove no rate",
        "rehearsal cleanup 019349d1-7c38-7a52-b1d0-6f7e2c90a415",
    ] {
        assert!(body.contains(figure), "{figure}");
    }
    let headings: Vec<_> =
        elements(&document).filter(|element| element.has_tag_name("h2")).map(text).collect();
    assert_eq!(
        headings,
        [
            "Success rate",
            "What failed",
            "Scenarios",
            "Latency",
            "Over time",
            "Projection",
            "Good to know",
            "What this means",
            "Settings, and how to repeat the run"
        ]
    );
}

#[test]
fn a_reachability_page_says_upper_bound_on_its_face() {
    let page = page(&sample::reachability());
    let document = parsed("reachability", &page);
    let headings: Vec<_> =
        elements(&document).filter(|element| element.has_tag_name("h2")).map(text).collect();
    assert_eq!(headings[0], "Reachability: an upper bound of the success rate");
    assert!(!headings.contains(&"Projection".to_owned()));
}

#[test]
fn hostile_text_stays_text() {
    let (breach, hostile) = (page(&sample::breach()), page(&sample::hostile()));
    let (breach, hostile) = (parsed("breach", &breach), parsed("hostile", &hostile));
    let tags = |document: &Document<'_>| -> BTreeSet<String> {
        elements(document).map(|element| element.tag_name().name().to_owned()).collect()
    };
    assert_eq!(tags(&hostile), tags(&breach));
    let scenario =
        elements(&hostile).find(|element| element.attribute("id") == Some("scenario-1")).expect("there");
    assert!(text(scenario).starts_with("initial-install=1+1|<script>alert(1)</script>"));
}
