//! `rehearsal explain`.

use serde_json::json;

use crate::cli::ExplainArgs;
use crate::codes::{Advice, Code, Entry, FailureCause, Family, Owner};
use crate::exit::{Abort, Exit};
use crate::nearest::nearest;
use crate::report::output;

/// Prints what a code means and what to do, or the list of all codes.
pub(super) fn run(args: &ExplainArgs) -> Result<Exit, Abort> {
    let text = match &args.code {
        Some(text) => {
            let (json, plain) = match (text.parse(), Advice::of(text)) {
                (Ok(code), _) => (as_json(code), as_text(code)),
                (Err(_), Some(advice)) => (advice_as_json(advice), advice_as_text(advice)),
                (Err(_), None) => return Err(unknown(text)),
            };
            if args.json { pretty(&json) } else { plain }
        }
        None if args.json => {
            let codes = all().into_iter().map(as_json);
            pretty(&codes.chain(Advice::ALL.iter().map(advice_as_json)).collect())
        }
        None => list(),
    };
    output::print(&text)?;
    Ok(Exit::Ok)
}

fn pretty(value: &serde_json::Value) -> String {
    format!("{value:#}\n")
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

fn list() -> String {
    let codes = all();
    let width = codes.iter().map(|code| code.to_string().len()).max().unwrap_or(0);
    let rows = codes.iter().map(|code| {
        format!("{:width$}  {:7}  {}\n", code.to_string(), code.entry().owner.name(), code.entry().meaning)
    });
    let advice = Advice::ALL.iter().map(|one| format!("{:width$}  {}\n", one.code, one.meaning));
    format!(
        "{}\nAlso status.NNN for every other status and tls.handshake_alert.NAME for every TLS alert.\n\n\
         Advisories, which change no verdict:\n{}\n`rehearsal explain CODE` says what to do.\n",
        rows.collect::<String>(),
        advice.collect::<String>()
    )
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
            assert!(list().contains(&code.to_string()), "{code}");
        }
    }

    #[test]
    fn advisories_are_explained_and_listed() {
        for advice in Advice::ALL {
            assert!(advice_as_text(advice).contains(advice.remedy), "{}", advice.code);
            assert!(list().contains(advice.code), "{}", advice.code);
            assert!(advice.code.parse::<Code>().is_err(), "{} is a failure as well", advice.code);
        }
    }

    #[test]
    fn a_slip_is_answered_with_the_nearest_code() {
        assert!(unknown("tls.certificate_expred").to_string().contains("`tls.certificate_expired`"));
        assert!(!unknown("marmalade").to_string().contains("did you mean"));
    }
}
