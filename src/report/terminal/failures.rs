//! What failed, by code: what it means, whose it is, what to do, and the first example.

use super::canvas::{Canvas, Line, Tone, cut};
use crate::codes::Family;
use crate::outcome::Phase;
use crate::report::figures::{duration, time_of_day};
use crate::report::inert;
use crate::report::model::{Evidence, OutcomeRow, Report, Resolution};
use crate::report::wording::{self, times};
use crate::verdict::Verdict;

const INDENT: usize = 3;

pub(super) fn draw(canvas: &mut Canvas, report: &Report) {
    let rows = wording::failures(report);
    if !rows.is_empty() {
        canvas.heading("What failed", "");
    }
    for (index, row) in rows.into_iter().enumerate() {
        if index > 0 {
            canvas.blank();
        }
        draw_row(canvas, row);
    }
}

fn draw_row(canvas: &mut Canvas, row: &OutcomeRow) {
    let (tone, mark) = match row.verdict {
        Verdict::Bad => (Tone::Bad, "✗"),
        Verdict::Excluded | Verdict::Unattributed => (Tone::Warn, "–"),
        Verdict::Good | Verdict::Reached => (Tone::Good, "✓"),
    };
    let facts = format!("{} · owner: {}", row.verdict.name(), row.owner.name());
    let title = Line::indented(1).put(tone, format!("{mark} {} {}", row.code, times(row.count)));
    canvas.line(title.right(canvas.width() - 1, Tone::Faint, facts));
    if let Some(entry) = wording::entry(&row.code) {
        canvas.paragraph(Line::indented(INDENT), Tone::Plain, entry.meaning);
        canvas.paragraph(Line::indented(INDENT).faint("usually  "), Tone::Faint, entry.causes);
        canvas.paragraph(Line::indented(INDENT).plain("remedy   "), Tone::Strong, entry.remedy);
    }
    if let Some(example) = row.examples.first() {
        draw_example(canvas, row, example);
    }
}

fn draw_example(canvas: &mut Canvas, row: &OutcomeRow, example: &Evidence) {
    let fact = |canvas: &mut Canvas, name: &str, text: &str| {
        canvas.paragraph(Line::indented(INDENT).faint(name).blank_to(INDENT + 9), Tone::Plain, text);
    };
    let place = format!("{} / {}, {}", example.scenario, example.step, time_of_day(example.at));
    fact(
        canvas,
        if row.count > 1 { "first" } else { "seen" },
        &format!("{place}, tenant {}", example.tenant),
    );
    let is_news = wording::entry(&row.code).is_none_or(|entry| entry.meaning != example.detail);
    if is_news && !example.detail.is_empty() {
        fact(canvas, "said", &example.detail);
    }
    if let Some(deadline) = wording::deadline(example, row.phase) {
        fact(canvas, "deadline", &deadline);
    }
    let took = wording::phases(example);
    if !took.is_empty() {
        fact(canvas, "took", &took);
    }
    if let Some(address) = &example.address {
        fact(canvas, "address", address);
    }
    let is_about = |family, phase| row.family == family || row.phase == Some(phase);
    if let Some(resolution) = example.resolution.as_ref().filter(|_| is_about(Family::Dns, Phase::Dns)) {
        fact(canvas, "asked", &looked_up(resolution));
    }
    let alone_and_well = example.attempts.len() == 1 && example.attempts[0].error.is_none();
    for attempt in example.attempts.iter().filter(|_| !alone_and_well) {
        let end = attempt.error.as_deref().unwrap_or("connected");
        fact(canvas, "tried", &format!("{} {}: {end}", attempt.address, duration(attempt.elapsed_us)));
    }
    let chain = example.tls.iter().filter(|_| is_about(Family::Tls, Phase::Tls)).flat_map(|tls| &tls.chain);
    for certificate in chain {
        fact(canvas, "was sent", &wording::certificate(certificate));
    }
    if let Some(control) = &example.control {
        fact(canvas, "control", control);
    }
    for one in &example.earlier {
        let at = time_of_day(one.evidence.at);
        fact(canvas, "before", &format!("{} at {at}: {}", one.code, one.evidence.detail));
    }
    if let Some(response) = &example.response {
        let body = inert::line(&response.body_start);
        let body = if body.is_empty() { "no body".to_owned() } else { cut(&body, 3 * canvas.width()) };
        fact(canvas, "body", &body);
    }
}

fn looked_up(resolution: &Resolution) -> String {
    let records = resolution.records.iter().map(|record| format!("{} {}", record.kind, record.value));
    let errors = resolution.errors.iter().map(|error| format!("{}: {}", error.kind, error.error));
    let servers = match resolution.servers.as_slice() {
        [] => String::new(),
        servers => format!("{} for ", servers.join(", ")),
    };
    format!("{servers}{}: {}", resolution.name, records.chain(errors).collect::<Vec<_>>().join(", "))
}
