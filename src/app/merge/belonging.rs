//! Whether runs belong together: only then is their sum a run.

use std::collections::BTreeMap;

use crate::exit::Abort;
use crate::report::Report;
use crate::report::model::Load;

/// Settings that may differ between the parts of a run, and between the generators of a load test.
const MAY_DIFFER: [&str; 10] = [
    "kid",
    "key_server",
    "repeat",
    "concurrency",
    "max_in_flight",
    "threads",
    "signing_threads",
    "ceiling_connections",
    "ceiling_new_connections_per_s",
    "ceiling_signatures_per_s",
];

/// The least part of the longest load test during which all of them have to run, for their rates to add up.
const TOGETHER: f64 = 2.0 / 3.0;

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
    check_together(parts)
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
    if let Some(load) = &part.load {
        check_load(id, load)?;
    }
    if part.latency.response.count > 0 && part.latency.histogram.is_none() {
        return Err(Abort::data(format!("run {id} has no histograms: its times can't be added up exactly")));
    }
    Ok(())
}

fn check_load(id: &str, load: &Load) -> Result<(), Abort> {
    if load.capacity.is_some() {
        return Err(apart(format!(
            "run {id} searched for a capacity: it shows one of many trials, and a sum of those means nothing"
        )));
    }
    let histograms = &load.histograms;
    let of_load =
        [(&load.lag, &histograms.lag), (&load.dial, &histograms.dial), (&load.failed, &histograms.failed)];
    let of_stages = load.stages.iter().map(|stage| (&stage.response, &stage.histogram));
    let of_warm_up = load.warm_up.iter().map(|warm_up| (&warm_up.response, &warm_up.histogram));
    let lacks = of_load.into_iter().chain(of_stages).chain(of_warm_up);
    if lacks.into_iter().any(|(times, histogram)| times.count > 0 && histogram.is_none()) {
        return Err(Abort::data(format!(
            "run {id} lacks the histograms of its lateness and stages, so they can't be added up exactly"
        ))
        .remedy("run it again with this version, which writes them"));
    }
    Ok(())
}

/// Refuses load tests that did not run at the same time.
fn check_together(parts: &[Report]) -> Result<(), Abort> {
    let span = |part: &Report| {
        let last = part.load.as_ref()?.series.last()?;
        let begins = part.run.started_at.as_millisecond() as f64 / 1e3;
        Some((begins, begins + last.start_s + last.width_s))
    };
    let spans: Vec<(f64, f64)> = parts.iter().filter_map(span).collect();
    let longest = spans.iter().map(|(begins, ends)| ends - begins).fold(0.0, f64::max);
    let common = spans.iter().map(|span| span.1).fold(f64::INFINITY, f64::min)
        - spans.iter().map(|span| span.0).fold(f64::NEG_INFINITY, f64::max);
    if common < TOGETHER * longest {
        return Err(Abort::usage(format!(
            "the load tests ran together for {:.0} s of {longest:.0} s, so their rates don't add up",
            common.max(0.0)
        ))
        .remedy("merge what several generators sent at the same time; `rehearsal compare` puts one run beside another"));
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
    let load = report.load.iter().flat_map(|load| {
        let stages = load.stages.iter().map(|stage| format!("{} s", stage.seconds));
        let stages = stages.collect::<Vec<_>>().join(", ");
        [("model".to_owned(), serde_json::json!(load.model).to_string()), ("stages".to_owned(), stages)]
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
        .chain(load)
        .collect()
}
