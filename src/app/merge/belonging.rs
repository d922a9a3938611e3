//! Whether runs belong together: only then is their sum a run.

use std::collections::BTreeMap;

use crate::exit::Abort;
use crate::report::Report;

/// Settings that may differ between the parts of a run.
const MAY_DIFFER: [&str; 4] = ["kid", "key_server", "repeat", "concurrency"];

/// Refuses runs whose sum would mean nothing.
///
/// # Errors
/// When two of them are the same run, differ in what was rehearsed where and how, or can't be added up.
pub(super) fn check(parts: &[Report]) -> Result<(), Abort> {
    let Some((first, others)) = parts.split_first() else { return Ok(()) };
    for part in parts {
        check_alone(part)?;
    }
    for (index, part) in others.iter().enumerate() {
        if let Some(same) = parts[..=index].iter().find(|other| other.run.id == part.run.id) {
            return Err(apart(format!("run {} is given twice, and would count twice", same.run.id)));
        }
        let (ours, theirs) = (nature(first), nature(part));
        let names = ours.keys().chain(theirs.keys());
        let differs = names.into_iter().find(|name| ours.get(*name) != theirs.get(*name));
        if let Some(name) = differs {
            let value = |nature: &BTreeMap<String, String>| nature.get(name).cloned().unwrap_or_default();
            return Err(apart(format!(
                "the runs don't belong together: {name} is `{}` in run {} and `{}` in run {}",
                value(&ours),
                first.run.id,
                value(&theirs),
                part.run.id
            )));
        }
    }
    Ok(())
}

fn check_alone(part: &Report) -> Result<(), Abort> {
    let id = &part.run.id;
    if part.run.command == "check" {
        return Err(apart(format!("run {id} is a check: `rehearsal slo` adds checks up over their windows")));
    }
    if part.projection.gate.is_some() {
        return Err(apart(format!(
            "run {id} had a gate, which decided on one sequence of callbacks: two sequences are not one"
        )));
    }
    if part.load.is_some() {
        return Err(apart(format!(
            "run {id} is a load test: its rates and lateness are of one generator and don't add up"
        )));
    }
    if part.latency.response.count > 0 && part.latency.histogram.is_none() {
        return Err(Abort::data(format!("run {id} has no histograms: its times can't be added up exactly")));
    }
    Ok(())
}

fn apart(problem: String) -> Abort {
    Abort::usage(problem).remedy("merge runs of the same command, app, place and settings")
}

/// What was rehearsed where and how, by its name.
fn nature(report: &Report) -> BTreeMap<String, String> {
    let run = &report.run;
    let none = || "none".to_owned();
    let settings = run.settings.iter().filter(|(name, _)| !MAY_DIFFER.contains(&name.as_str()));
    let scenarios = report.scenarios.iter().map(|row| {
        let steps = row.steps.iter().map(|step| format!("{}:{}", step.name, step.event));
        format!("{} ({})", row.name, steps.collect::<Vec<_>>().join(" "))
    });
    settings
        .map(|(name, value)| (name.clone(), value.to_string()))
        .chain([
            ("command".to_owned(), run.command.clone()),
            ("target".to_owned(), run.target.clone()),
            ("app_key".to_owned(), run.app_key.clone().unwrap_or_else(none)),
            ("environment".to_owned(), run.environment.clone().unwrap_or_else(none)),
            ("location".to_owned(), run.location.clone().unwrap_or_else(none)),
            ("trust".to_owned(), run.trust.name().to_owned()),
            ("platform".to_owned(), run.platform.clone()),
            ("scenarios".to_owned(), scenarios.collect::<Vec<_>>().join(", ")),
        ])
        .collect()
}
