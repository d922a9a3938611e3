//! The report as one self-contained page: no network, no script, light and dark, fit for print.

mod chart;
mod comparison;
mod filters;
mod page;

use aws_lc_rs::digest;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use minijinja::{AutoEscape, Environment, Error, Output, State, UndefinedBehavior, Value, context};

use super::model::Comparison;
use super::{Report, inert};
use comparison::ComparisonPage;
use page::Page;

const STYLE: &str = include_str!("style.css");

const TEMPLATES: [(&str, &str); 16] = [
    ("base", include_str!("templates/base.html")),
    ("page", include_str!("templates/page.html")),
    ("macros", include_str!("templates/macros.html")),
    ("summary", include_str!("templates/summary.html")),
    ("failures", include_str!("templates/failures.html")),
    ("evidence", include_str!("templates/evidence.html")),
    ("scenarios", include_str!("templates/scenarios.html")),
    ("latency", include_str!("templates/latency.html")),
    ("over_time", include_str!("templates/over_time.html")),
    ("load", include_str!("templates/load.html")),
    ("forecast", include_str!("templates/forecast.html")),
    ("notes", include_str!("templates/notes.html")),
    ("meaning", include_str!("templates/meaning.html")),
    ("settings", include_str!("templates/settings.html")),
    ("comparison", include_str!("templates/comparison.html")),
    ("windows", include_str!("templates/windows.html")),
];

/// Renders the report as an HTML page. Its content security policy allows its own style, known by its
/// hash, and nothing else.
pub(super) fn render(report: &Report) -> String {
    let (of_report, page) = (Value::from(Serde(report)), Value::from(Serde(Page::of(report))));
    filled("page", context! { report => of_report, page })
}

/// Renders a comparison as an HTML page, likewise.
pub(super) fn render_comparison(comparison: &Comparison) -> String {
    let page = Value::from(Serde(ComparisonPage::of(comparison)));
    filled("comparison", context! { comparison => Value::from(Serde(comparison)), page })
}

fn filled(template: &str, values: Value) -> String {
    let style = context! {
        style => Value::from_safe_string(STYLE.to_owned()),
        style_hash => STANDARD.encode(digest::digest(&digest::SHA256, STYLE.as_bytes())),
    };
    let page = environment()
        .get_template(template)
        .and_then(|template| template.render(context! { ..values, ..style }))
        .unwrap_or_else(|error| panic!("the page's templates fit every report: {error:#}"));
    page + "\n"
}

fn environment() -> Environment<'static> {
    let mut environment = Environment::new();
    environment.set_auto_escape_callback(|_| AutoEscape::Html);
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_formatter(write_inert);
    let syntax = SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build();
    environment.set_syntax(syntax.expect("only blanks differ from the usual syntax"));
    filters::add_to(&mut environment);
    for (name, source) in TEMPLATES {
        environment.add_template(name, source).expect("the page's templates are well-formed");
    }
    environment
}

/// Writes a value, escaped for HTML, on one line and without characters that hide or reorder what
/// a person reads.
fn write_inert(out: &mut Output<'_>, state: &mut State<'_, '_>, value: &Value) -> Result<(), Error> {
    match value.as_str() {
        Some(text) if !value.is_safe() => {
            minijinja::escape_formatter(out, state, &Value::from(inert::line(text)))
        }
        Some(_) | None => minijinja::escape_formatter(out, state, value),
    }
}
