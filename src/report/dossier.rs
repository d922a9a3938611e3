//! All that is known about one code, as a plain text for a support ticket.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::evidence::file_name;
use super::figures::{duration, moment};
use super::inert;
use super::model::{Certificate, Evidence, Header, OutcomeRow, Report, Resolution, TlsEvidence};
use super::wording::{self, times};
use crate::outcome::Phase;

/// What the folder holds, and what the run was.
pub(super) fn index(report: &Report, codes: &BTreeMap<&str, Vec<&OutcomeRow>>) -> String {
    let mut sheet = Sheet::default();
    sheet.heading(&format!("Evidence of run {}", report.run.id), '=');
    run(&mut sheet, report);
    sheet.fact("Verdict", &format!("{}, {}", wording::status(report.verdict.status), wording::exit(report)));
    for reason in wording::reasons(report) {
        sheet.fact("", reason);
    }
    sheet.heading("Files", '-');
    sheet.line("report.json: the whole report, for programs");
    for row in codes.values().flatten() {
        let (file, times, verdict) = (file_name(&row.code), times(row.count), row.verdict.name());
        sheet.line(&format!("{file}: {times} {verdict}, owner: {}", row.owner.name()));
    }
    if codes.is_empty() {
        sheet.line("Nothing failed, so there is no evidence of it.");
    }
    if !report.advisories.is_empty() {
        sheet.heading("Good to know", '-');
        for advisory in &report.advisories {
            let advised = format!("{} ({} {})", advisory.detail, advisory.code, times(advisory.count));
            sheet.line(&inert::line(&advised));
        }
    }
    sheet.heading("Before you pass it on", '-');
    sheet.line(
        "Shared secrets, keys, tokens and the values of your own headers were taken out. What the app answered \
         is otherwise left as it was, addresses and names as well: have a look first.",
    );
    sheet.0
}

/// The dossier of a code: its rows differ in their verdict.
pub(super) fn render(report: &Report, rows: &[&OutcomeRow]) -> String {
    let mut sheet = Sheet::default();
    for row in rows {
        sheet.heading(&row.code, '=');
        if let Some(entry) = wording::entry(&row.code) {
            sheet.fact("Meaning", entry.meaning);
            sheet.fact("Owner", &format!("{}: {}", entry.owner.name(), entry.owner.meaning()));
            sheet.fact("Usually", entry.causes);
            sheet.fact("What to do", entry.remedy);
        }
        sheet.fact("Counts as", row.verdict.name());
        sheet.fact("How often", &times(row.count));
        sheet.fact("First, last", &format!("{}, {}", row.first_seen, row.last_seen));
        run(&mut sheet, report);
        for (number, example) in row.examples.iter().enumerate() {
            sheet.heading(&format!("Example {} of {}", number + 1, row.examples.len()), '-');
            draw_example(&mut sheet, row.phase, example);
        }
    }
    sheet.0
}

fn run(sheet: &mut Sheet, report: &Report) {
    let run = &report.run;
    sheet.fact("Target", &run.target);
    sheet.fact("App", run.app_key.as_deref().unwrap_or_default());
    sheet.fact("Location", run.location.as_deref().unwrap_or_default());
    sheet.fact("Run", &format!("{}, {} to {}", run.id, moment(run.started_at), moment(run.finished_at)));
    sheet.fact("Typed", &run.arguments.join(" "));
    sheet.fact("Version", &format!("rehearsal {}", run.tool_version));
}

fn draw_example(sheet: &mut Sheet, phase: Option<Phase>, example: &Evidence) {
    sheet.fact("When", &example.at.to_string());
    sheet.fact("Step", &format!("{} / {}", example.scenario, example.step));
    sheet.fact("Tenant", &example.tenant);
    sheet.fact("Said", &example.detail);
    sheet.fact("Deadline", &wording::deadline(example, phase).unwrap_or_default());
    sheet.fact("Phases", &wording::phases(example));
    sheet.fact("Address", example.address.as_deref().unwrap_or_default());
    if example.reused_connection {
        sheet.fact("Connection", "used before");
    }
    sheet.fact("Control", example.control.as_deref().unwrap_or_default());
    for hop in &example.redirects {
        sheet.fact("Redirected", hop);
    }
    if let Some(resolution) = &example.resolution {
        draw_resolution(sheet, resolution);
    }
    if !example.attempts.is_empty() {
        let tried = example.attempts.iter().map(|attempt| {
            let end = attempt.error.as_deref().unwrap_or("connected");
            format!("{}, {}: {end}", attempt.address, duration(attempt.elapsed_us))
        });
        sheet.block("Addresses tried", tried);
    }
    if let Some(tls) = &example.tls {
        draw_tls(sheet, tls);
    }
    if let Some(request) = &example.request {
        let line = format!("{} {}", request.method, request.url);
        sheet.block("Request", std::iter::once(line).chain(headers(&request.headers)));
        sheet.line("    (the body is left out: it holds the tenant's secret)");
    }
    if let Some(response) = &example.response {
        let line = format!("{} {}", response.version.as_deref().unwrap_or("HTTP"), response.status);
        sheet.block("Response", std::iter::once(line).chain(headers(&response.headers)));
        if let Some(bytes) = response.body_bytes {
            sheet.line(&format!("    ({bytes} bytes of body were read)"));
        }
        sheet.text("Start of the body", &response.body_start);
    }
    if let Some(received) = &example.received {
        sheet.text("Received in place of a response", received);
    }
    for (number, one) in example.earlier.iter().enumerate() {
        sheet.heading(&format!("Try {} of it: {}", number + 1, one.code), '.');
        draw_example(sheet, one.phase, &one.evidence);
    }
}

fn draw_resolution(sheet: &mut Sheet, resolution: &Resolution) {
    let took = resolution.elapsed_us.map_or_else(String::new, |took| format!(" in {}", duration(took)));
    let source = resolution.source.as_deref().unwrap_or("dns");
    let asked = match resolution.servers.as_slice() {
        [] => String::new(),
        servers => format!(", asked {}", servers.join(", ")),
    };
    let name = format!("{} ({source}){took}{asked}", resolution.name);
    let records = resolution.records.iter().map(|record| {
        let ttl = record.ttl_s.map_or_else(String::new, |ttl| format!(", kept {ttl} s"));
        format!("{} {}{ttl}", record.kind, record.value)
    });
    let errors = resolution.errors.iter().map(|error| format!("{}: {}", error.kind, error.error));
    sheet.block("Name lookup", std::iter::once(name).chain(records).chain(errors));
}

fn draw_tls(sheet: &mut Sheet, tls: &TlsEvidence) {
    let agreed = [&tls.version, &tls.suite, &tls.alpn].into_iter().flatten().cloned().collect::<Vec<_>>();
    let agreed = if agreed.is_empty() { "nothing was agreed".to_owned() } else { agreed.join(", ") };
    sheet.block("TLS", [agreed]);
    for (number, certificate) in tls.chain.iter().enumerate() {
        sheet.block(&format!("Certificate {} of {}", number + 1, tls.chain.len()), lines_of(certificate));
    }
}

fn lines_of(certificate: &Certificate) -> Vec<String> {
    let mut lines = vec![
        format!("subject      {}", certificate.subject),
        format!("issuer       {}", certificate.issuer),
        format!("names        {}", certificate.names.join(", ")),
    ];
    let time = |at: Option<jiff::Timestamp>| at.map_or_else(|| "?".to_owned(), |at| at.to_string());
    lines.push(format!("valid        {} to {}", time(certificate.not_before), time(certificate.not_after)));
    for (name, value) in
        [("serial", &certificate.serial), ("key", &certificate.key), ("signature", &certificate.signature)]
    {
        lines.extend(value.as_ref().map(|value| format!("{name:<13}{value}")));
    }
    lines.push(format!("SHA-256      {}", certificate.sha256));
    match certificate.problems.as_slice() {
        [] => lines.push("wrong        nothing by itself".to_owned()),
        problems => lines.extend(problems.iter().map(|problem| format!("wrong        {problem}"))),
    }
    lines
}

fn headers(headers: &[Header]) -> impl Iterator<Item = String> {
    headers.iter().map(|header| format!("{}: {}", header.name, header.value))
}

/// A text under way. What comes from outside is made harmless as it is added.
#[derive(Default)]
struct Sheet(String);

impl Sheet {
    fn line(&mut self, text: &str) {
        self.0.push_str(text);
        self.0.push('\n');
    }

    fn heading(&mut self, text: &str, rule: char) {
        if !self.0.is_empty() {
            self.line("");
        }
        let text = inert::line(text);
        let _ = writeln!(self.0, "{text}\n{}\n", rule.to_string().repeat(text.chars().count()));
    }

    /// A named fact; nothing when there is none.
    fn fact(&mut self, name: &str, text: &str) {
        if !text.is_empty() {
            let _ = writeln!(self.0, "{name:<13}{}", inert::line(text));
        }
    }

    fn block(&mut self, title: &str, lines: impl IntoIterator<Item = String>) {
        let _ = writeln!(self.0, "\n{title}:");
        for line in lines {
            let _ = writeln!(self.0, "    {}", inert::line(&line));
        }
    }

    /// A text of several lines.
    fn text(&mut self, title: &str, text: &str) {
        if !text.is_empty() {
            self.block(title, text.lines().map(str::to_owned));
        }
    }
}
