//! `rehearsal explain`.

use serde_json::json;

use crate::cli::ExplainArgs;
use crate::codes::{Advice, Code, Entry, FailureCause, Family, Owner};
use crate::exit::{Abort, Exit};
use crate::nearest::nearest;
use crate::report::output;

/// Prints what a code means and what to do, or the list of all codes that begin so.
pub(super) fn run(args: &ExplainArgs) -> Result<Exit, Abort> {
    let text = args.code.as_deref().unwrap_or_default();
    let (json, plain) = match (text.parse(), Advice::of(text)) {
        (Ok(code), _) => (as_json(code), as_text(code)),
        (Err(_), Some(advice)) => (advice_as_json(advice), advice_as_text(advice)),
        (Err(_), None) => {
            let list = List::beginning_with(text);
            if list.is_empty() {
                return Err(unknown(text));
            }
            (list.as_json(), list.as_text())
        }
    };
    let text = if args.json { format!("{json:#}\n") } else { plain };
    output::print(&text)?;
    Ok(Exit::Ok)
}

/// Every code that can be listed: statuses stand for their neighbours.
fn all() -> Vec<Code> {
    const STATUSES: [u16; 21] = [
        200, 201, 202, 204, 302, 400, 401, 403, 404, 405, 408, 409, 413, 415, 421, 429, 500, 501, 502, 503,
        504,
    ];
    let statuses = STATUSES.into_iter().map(Code::Status);
    let causes = FailureCause::ALL.iter().copied().map(Code::Failure);
    statuses.chain(causes).chain([Code::UntrustedInstallAccepted]).collect()
}

/// Codes whose names begin alike.
struct List {
    codes: Vec<Code>,
    advice: Vec<&'static Advice>,
    /// Names that stand for more codes than can be listed, and what they are.
    templates: Vec<(&'static str, &'static str)>,
}

impl List {
    fn beginning_with(beginning: &str) -> Self {
        let templates =
            [("status.NNN", "for every other status"), ("tls.handshake_alert.NAME", "for every TLS alert")];
        Self {
            codes: all().into_iter().filter(|code| code.to_string().starts_with(beginning)).collect(),
            advice: Advice::ALL.iter().filter(|advice| advice.code.starts_with(beginning)).collect(),
            templates: templates.into_iter().filter(|(name, _)| name.starts_with(beginning)).collect(),
        }
    }

    fn is_empty(&self) -> bool {
        self.codes.is_empty() && self.advice.is_empty() && self.templates.is_empty()
    }

    fn as_json(&self) -> serde_json::Value {
        let codes = self.codes.iter().map(|code| as_json(*code));
        codes.chain(self.advice.iter().map(|advice| advice_as_json(advice))).collect()
    }

    fn as_text(&self) -> String {
        let names = self.codes.iter().map(ToString::to_string);
        let names = names.chain(self.advice.iter().map(|advice| advice.code.to_owned()));
        let width = names.map(|name| name.len()).max().unwrap_or(0);
        let codes = self.codes.iter().map(|code| {
            let entry = code.entry();
            format!("{:width$}  {:7}  {}\n", code.to_string(), entry.owner.name(), entry.meaning)
        });
        let also = self.templates.iter().map(|(name, what)| format!("{name} {what}"));
        let also = also.collect::<Vec<_>>().join(" and ");
        let advice = self.advice.iter().map(|one| format!("{:width$}  {}\n", one.code, one.meaning));
        let mut parts: Vec<String> = vec![codes.collect()];
        if !self.templates.is_empty() {
            parts.push(format!("Also {also}.\n"));
        }
        if !self.advice.is_empty() {
            parts.push(format!("Advisories, which change no verdict:\n{}", advice.collect::<String>()));
        }
        parts.push("`rehearsal explain CODE` says what to do.\n".to_owned());
        parts.retain(|part| !part.is_empty());
        parts.join("\n")
    }
}

fn as_text(code: Code) -> String {
    let entry = code.entry();
    format!(
        "{code}\n\n{}\n\nOwner           {}: {}\nUsual causes    {}\nWhat to do      {}\nHow it counts   {}\n",
        entry.meaning,
        entry.owner.name(),
        entry.owner.meaning(),
        entry.causes,
        entry.remedy,
        how_it_counts(entry),
    )
}

fn as_json(code: Code) -> serde_json::Value {
    let entry = code.entry();
    json!({
        "code": code.to_string(),
        "family": entry.family.name(),
        "owner": entry.owner.name(),
        "meaning": entry.meaning,
        "causes": entry.causes,
        "remedy": entry.remedy,
        "counts": how_it_counts(entry),
    })
}

/// How an advisory counts.
const COUNTS_NOT: &str = "Not at all: an advisory changes no verdict.";

fn advice_as_text(advice: &Advice) -> String {
    let Advice { code, meaning, remedy } = advice;
    format!("{code}\n\n{meaning}\n\nWhat to do      {remedy}\nHow it counts   {COUNTS_NOT}\n")
}

fn advice_as_json(advice: &Advice) -> serde_json::Value {
    let Advice { code, meaning, remedy } = advice;
    json!({ "code": code, "family": "advisory", "meaning": meaning, "remedy": remedy, "counts": COUNTS_NOT })
}

const fn how_it_counts(entry: &Entry) -> &'static str {
    match (entry.family, entry.owner) {
        (Family::Good, _) => "Good, for Atlassian as for the probe.",
        (_, Owner::Probe) => {
            "Excluded: Atlassian leaves out failures of its own side, and here the probe stands on that side."
        }
        (Family::Status, _) => "Bad: Atlassian counts every status but 200 and 204 as a failure.",
        (Family::Dns, _) => "Bad: Atlassian counts a DNS resolution error as the app's failure.",
        (Family::Connect, _) => {
            "Bad: Atlassian counts a missing response as the app's failure, unless its own network is to blame; with --control-url the probe tells the two apart."
        }
        (Family::Tls, _) => "Bad: Atlassian counts an SSL error as the app's failure.",
        (Family::Timeout, _) => "Bad: Atlassian counts a request timeout as the app's failure.",
        (Family::Http | Family::Unrecognised, _) => {
            "Bad: Atlassian counts a missing or broken response as the app's failure."
        }
        (Family::Probe, _) => "Excluded: the probe's own failure says nothing about the app.",
    }
}

fn unknown(text: &str) -> Abort {
    let advisories = Advice::ALL.iter().map(|advice| advice.code.to_owned());
    let codes: Vec<String> = all().iter().map(ToString::to_string).chain(advisories).collect();
    let guess = nearest(text, codes.iter().map(String::as_str))
        .map_or_else(String::new, |near| format!("did you mean `{near}`? "));
    Abort::usage(format!("`{text}` is not a known code"))
        .remedy(format!("{guess}`rehearsal explain` lists all codes"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_is_explained_and_listed() {
        for code in all() {
            let text = as_text(code);
            assert!(text.contains(code.entry().remedy), "{code}");
            assert!(List::beginning_with("").as_text().contains(&code.to_string()), "{code}");
        }
    }

    #[test]
    fn advisories_are_explained_and_listed() {
        for advice in Advice::ALL {
            assert!(advice_as_text(advice).contains(advice.remedy), "{}", advice.code);
            assert!(List::beginning_with("").as_text().contains(advice.code), "{}", advice.code);
            assert!(advice.code.parse::<Code>().is_err(), "{} is a failure as well", advice.code);
        }
    }

    #[test]
    fn a_beginning_lists_what_begins_so() {
        let text = List::beginning_with("http.reset").as_text();
        assert!(text.contains("http.reset_before_response ") && text.contains("http.reset_during_body "));
        assert!(!text.contains("http.truncated_body") && !text.contains("Advisories"), "{text}");
        assert!(List::beginning_with("status").as_text().contains("Also status.NNN for every other status."));
        assert!(List::beginning_with("marmalade").is_empty());
    }

    #[test]
    fn a_slip_is_answered_with_the_nearest_code() {
        assert!(unknown("tls.certificate_expred").to_string().contains("`tls.certificate_expired`"));
        assert!(!unknown("marmalade").to_string().contains("did you mean"));
    }
}
