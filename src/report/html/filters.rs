//! The filters of the templates: figures as every format writes them, and a few words.

use jiff::Timestamp;
use minijinja::{Environment, HtmlEscape, Value};

use crate::report::figures;
use crate::report::inert;
use crate::report::wording;

/// Adds the filters. An unknown figure (null) is a dash; a number and its unit stay on one line.
pub(super) fn add_to(environment: &mut Environment<'_>) {
    environment.add_filter("percent", |rate: Option<f64>| unbroken(&figures::percent_or_dash(rate)));
    environment.add_filter("duration", |micros: Option<f64>| {
        unbroken(&figures::duration_or_dash(micros.map(|micros| micros.round() as u64)))
    });
    environment
        .add_filter("count", |count: Option<u64>| count.map_or_else(|| "–".to_owned(), figures::count));
    environment.add_filter("left_of", |remaining: i64, allowed: u64| {
        unbroken(&wording::bad_events_left(remaining, allowed))
    });
    environment.add_filter("counted", |count: u64, noun: &str| unbroken(&figures::counted(count, noun)));
    environment.add_filter("to", |low: Option<f64>, high: Option<f64>| unbroken(&figures::range(low, high)));
    environment.add_filter("moment", |at: &str| read(at).map_or_else(|| at.to_owned(), figures::moment));
    environment
        .add_filter("time_of_day", |at: &str| read(at).map_or_else(|| at.to_owned(), figures::time_of_day));
    environment.add_filter("points", |difference: f64| unbroken(&figures::points(difference)));
    environment.add_filter("signed_duration", |micros: i64| unbroken(&figures::signed_duration(micros)));
    environment.add_filter("p_value", |p: f64| unbroken(&wording::p_value(p)));
    environment.add_filter("answer", |code: &str| wording::answer(code).to_owned());
    environment.add_filter("preformatted", |text: &str| {
        Value::from_safe_string(HtmlEscape(&inert::lines(text)).to_string())
    });
    environment.add_filter("number", |number: f64| number.to_string());
    environment.add_filter("fixed", |number: f64, decimals: usize| format!("{number:.decimals$}"));
}

fn unbroken(text: &str) -> String {
    text.replace(' ', "\u{a0}")
}

fn read(at: &str) -> Option<Timestamp> {
    at.parse().ok()
}
