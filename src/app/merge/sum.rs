//! The report that the parts of a run add up to.

use std::collections::{BTreeMap, BTreeSet};

use aws_lc_rs::digest;
use serde_json::{Value, json};
use uuid::Builder;

use super::{load, rows};
use crate::app::arguments;
use crate::app::assembly::{self, Expected, Totals};
use crate::conclusion::{BoundsSaid, Conclusion, Grounds, Windows};
use crate::exit::Abort;
use crate::projection::{Mix, MixChoice};
use crate::report::Report;
use crate::report::model::{
    self, Advisory, Claim, Load, Measurement, OutcomeRow, Projection, Run, Schema, Validity,
};
use crate::statistics::Counts;
use crate::validity;
use crate::verdict::{Trust, Verdict};

/// Adds runs up that belong together. The same runs in any order give the same sum.
///
/// # Errors
/// When they have more callbacks than can be counted.
pub(super) fn merge(parts: &[Report]) -> Result<Report, Abort> {
    let mut parts: Vec<&Report> = parts.iter().collect();
    parts.sort_by_key(|part| (part.run.started_at, part.run.id.clone()));
    let first = parts.first().ok_or_else(|| Abort::usage("there is nothing to merge"))?;
    let (trust, basis) = (first.run.trust, first.verdict.basis);
    let outcomes = rows::outcomes(parts.iter().flat_map(|part| &part.outcomes));
    let scenarios: Vec<&[model::ScenarioRow]> = parts.iter().map(|part| part.scenarios.as_slice()).collect();
    let scenarios = rows::scenarios(&scenarios);
    let totals = totals(&outcomes);
    let (projection, unprojected) = projection(&parts)?;
    let measurement = measurement(&parts);
    let conclusion = conclude(&parts, trust, &outcomes, &scenarios, &measurement);
    let mut advisories = rows::advisories(parts.iter().flat_map(|part| &part.advisories));
    advisories.extend(unprojected);
    let load = load::load(&parts);
    advisories.extend(missing(&parts, load.as_ref()));
    let latencies: Vec<&model::Latency> = parts.iter().map(|part| &part.latency).collect();
    let residue: BTreeSet<&String> = parts.iter().flat_map(|part| &part.residue).collect();
    Ok(Report {
        schema: Schema,
        run: run(&parts),
        verdict: model::Conclusion {
            status: conclusion.status,
            basis,
            claim: Claim::Contract,
            exit_code: conclusion.exit.code(),
            reasons: conclusion.reasons,
        },
        measurement,
        sli: assembly::sli(&totals, n_effective(&parts), trust),
        reachability: (trust == Trust::None).then(|| assembly::reachability(&totals)),
        projection,
        scenarios,
        outcomes,
        advisories,
        latency: rows::latency(&latencies),
        series: Vec::new(),
        load,
        windows: None,
        health: None,
        residue: residue.into_iter().cloned().collect(),
    })
}

fn run(parts: &[&Report]) -> Run {
    let first = parts[0].run.clone();
    let ids: Vec<&str> = parts.iter().map(|part| part.run.id.as_str()).collect();
    let mut settings = first.settings;
    settings.insert("merged".to_owned(), json!(ids));
    let mut labels = first.labels;
    labels.retain(|name, value| parts.iter().all(|part| part.run.labels.get(name) == Some(value)));
    Run {
        id: identity(&ids),
        finished_at: parts.iter().map(|part| part.run.finished_at).max().unwrap_or(first.finished_at),
        tool_version: env!("CARGO_PKG_VERSION").to_owned(),
        complete: parts.iter().all(|part| part.run.complete),
        arguments: arguments::typed(),
        labels,
        settings,
        ..parts[0].run.clone()
    }
}

/// An identity that follows from those of the parts (UUID version 8).
fn identity(ids: &[&str]) -> String {
    let digest = digest::digest(&digest::SHA256, ids.join(" ").as_bytes());
    let bytes = digest.as_ref().first_chunk().expect("a SHA-256 digest has 32 bytes");
    Builder::from_custom_bytes(*bytes).into_uuid().to_string()
}

fn totals(outcomes: &[OutcomeRow]) -> Totals {
    let count = |verdict| outcomes.iter().filter(|row| row.verdict == verdict).map(|row| row.count).sum();
    Totals {
        good: count(Verdict::Good),
        bad: count(Verdict::Bad),
        reached: count(Verdict::Reached),
        excluded: count(Verdict::Excluded),
        unattributed: count(Verdict::Unattributed),
    }
}

/// Callbacks of different runs don't depend on each other: what each part is worth adds up.
fn n_effective(parts: &[&Report]) -> Option<f64> {
    let counted = parts.iter().filter(|part| part.sli.valid.unwrap_or(0) > 0);
    let worths: Option<Vec<f64>> = counted.map(|part| part.sli.n_effective).collect();
    worths.filter(|worths| !worths.is_empty()).map(|worths| worths.iter().sum())
}

/// Projects the sum, where all parts weigh the kinds of events alike.
fn projection(parts: &[&Report]) -> Result<(Projection, Option<Advisory>), Abort> {
    let projected: Vec<&Projection> =
        parts.iter().map(|part| &part.projection).filter(|projection| !projection.mix.is_empty()).collect();
    let Some(first) = projected.first() else { return Ok((Projection::default(), None)) };
    let weights = |projection: &Projection| -> BTreeMap<String, f64> {
        projection.mix.iter().map(|(name, share)| (name.clone(), share.weight)).collect()
    };
    if projected.iter().any(|projection| weights(projection) != weights(first)) {
        let advisory = Advisory {
            code: "merge.no_projection".to_owned(),
            detail: "the runs weigh the kinds of events differently, so their sum is not projected"
                .to_owned(),
            count: 1,
        };
        return Ok((Projection::default(), Some(advisory)));
    }
    let mut seen = BTreeMap::new();
    for (name, share) in projected.iter().flat_map(|projection| &projection.mix) {
        let case = serde_json::from_value(Value::String(name.clone()))
            .map_err(|_| Abort::data(format!("`{name}` is no kind of event that this version knows")))?;
        let counts: &mut Counts = seen.entry(case).or_default();
        let (good, valid) = (counts.good() + share.good, counts.n() + share.valid);
        *counts = Counts::of_total(good, valid).map_err(|error| Abort::data(error.to_string()))?;
    }
    let pairs: Vec<String> =
        first.mix.iter().map(|(name, share)| format!("{name}={}", share.weight)).collect();
    let mix = Mix::parse(pairs.iter().map(String::as_str)).map_err(Abort::data)?;
    let events_28d =
        first.events_28d.filter(|_| projected.iter().all(|other| other.events_28d == first.events_28d));
    let expected = Expected { mix: &MixChoice::Given(mix), events_28d, so_far: Counts::NONE };
    Ok((assembly::project(&seen, &expected), None))
}

fn measurement(parts: &[&Report]) -> Measurement {
    let weight = |validity: Validity| match validity {
        Validity::Valid => 0,
        Validity::Suspect => 1,
        Validity::Invalid => 2,
    };
    let mut reasons: Vec<String> = Vec::new();
    for reason in parts.iter().flat_map(|part| &part.measurement.reasons) {
        if !reasons.contains(reason) {
            reasons.push(reason.clone());
        }
    }
    let validity = parts.iter().map(|part| part.measurement.validity).max_by_key(|of| weight(*of));
    Measurement { validity: validity.unwrap_or(Validity::Valid), reasons }
}

fn conclude(
    parts: &[&Report],
    trust: Trust,
    outcomes: &[OutcomeRow],
    scenarios: &[model::ScenarioRow],
    measurement: &Measurement,
) -> Conclusion {
    let totals = totals(outcomes);
    let mut validity = validity::Validity::default();
    for reason in &measurement.reasons {
        match measurement.validity {
            Validity::Valid => {}
            Validity::Suspect => validity.suspect(reason.clone()),
            Validity::Invalid => validity.invalid(reason.clone()),
        }
    }
    let failed = scenarios.iter().flat_map(|row| row.steps.iter().map(move |step| (row, step)));
    let failed_checks = failed.flat_map(|(row, step)| {
        let failed = step.checks.iter().filter(|check| !check.passed);
        failed.map(move |check| {
            format!("{} / {} / {}: not {}: {}", row.name, step.name, step.event, check.name, check.detail)
        })
    });
    let accepted = |reason: &String| reason.starts_with("security.untrusted_install_accepted");
    Conclusion::draw(&Grounds {
        trust,
        good: totals.good + totals.reached,
        bad: totals.bad,
        unattributed: totals.unattributed,
        explanations: outcomes
            .iter()
            .filter(|row| row.verdict == Verdict::Bad)
            .filter_map(explained)
            .collect(),
        failed_checks: failed_checks.collect(),
        unseen: assembly::unseen(scenarios, parts.iter().any(|part| part.load.is_some())),
        gate: None,
        windows: Windows::NotAsked,
        bounds: BoundsSaid::default(),
        untrusted_install_accepted: parts.iter().any(|part| part.verdict.reasons.iter().any(accepted)),
        cut_short: None,
        validity: &validity,
    })
}

fn explained(row: &OutcomeRow) -> Option<String> {
    Some(assembly::explained(row.code.parse().ok()?, row.count))
}

/// What is not in the sum.
fn missing(parts: &[&Report], load: Option<&Load>) -> Vec<Advisory> {
    let incomplete = parts.iter().filter(|part| !part.run.complete).map(|part| Advisory {
        code: "merge.incomplete_run".to_owned(),
        detail: format!(
            "run {} did not do all that was planned: the sum holds the part that was done",
            part.run.id
        ),
        count: 1,
    });
    let timeless = load.filter(|load| load.series.is_empty()).map(|_| Advisory {
        code: "merge.no_series".to_owned(),
        detail: "the runs were kept in slots of different widths, so the sum is not shown over time"
            .to_owned(),
        count: 1,
    });
    incomplete.chain(timeless).collect()
}
