//! The sentences that every format says the same way.

use super::figures::{count, counted, duration, moment, percent};
use super::model::{
    Basis, Certificate, Change, Claim, Comparison, Evidence, GateDecision, OutcomeRow, Report, Share, Status,
    StepRow, Validity,
};
use crate::codes::{Code, Entry};
use crate::outcome::Phase;
use crate::slo::{self, State};
use crate::verdict::Verdict;

/// The verdict in a word or two.
pub(super) const fn status(status: Status) -> &'static str {
    match status {
        Status::Ok => "OK",
        Status::AtRisk => "AT RISK",
        Status::Breach => "BREACH",
        Status::NoData => "NO DATA",
        Status::Inconclusive => "INCONCLUSIVE",
        Status::Unattributed => "UNATTRIBUTED",
    }
}

/// The verdict's reasons, or what it means when it has none.
pub(super) fn reasons(report: &Report) -> Vec<&str> {
    if report.verdict.reasons.is_empty() {
        vec![meaning(report.verdict.status)]
    } else {
        report.verdict.reasons.iter().map(String::as_str).collect()
    }
}

const fn meaning(status: Status) -> &'static str {
    match status {
        Status::Ok => "Everything that was rehearsed went well.",
        Status::AtRisk => "The success rate of the last 24 hours is below the warning.",
        Status::Breach => "The objective is missed, or a check failed.",
        Status::NoData => "Nothing was counted, so nothing can be said.",
        Status::Inconclusive => "What was measured decides nothing.",
        Status::Unattributed => "It can't be told who is to blame for the failures.",
    }
}

/// The verdict of a comparison.
pub(super) const fn change(change: Change) -> &'static str {
    match change {
        Change::Better => "BETTER",
        Change::Worse => "WORSE",
        Change::NoDifferenceShown => "NO DIFFERENCE SHOWN",
    }
}

/// A quantile by its usual name: `median`, `p99`.
pub(crate) fn quantile(quantile: f64) -> String {
    if quantile == 0.5 { "median".to_owned() } else { format!("p{}", quantile * 100.0) }
}

/// A probability in four digits, with its sign of comparison: `= 0.0312`, `< 0.0001`.
pub(crate) fn p_value(p: f64) -> String {
    if p < 0.0001 { "< 0.0001".to_owned() } else { format!("= {p:.4}") }
}

/// What a comparison's statements rest on.
pub(super) fn comparison_limits(comparison: &Comparison) -> Vec<String> {
    vec![
        format!(
            "All statements together hold at {} confidence. Rates are compared by Fisher's exact test, times by \
             intervals that resampling the histograms gives; a time has to move by more than {} to count.",
            percent(comparison.confidence),
            percent(comparison.latency_tolerance)
        ),
        "Both take callbacks for independent: a run whose failures come in clumps shows less than it seems to, and \
         what else changed between the runs is compared along."
            .to_owned(),
    ]
}

/// How far the measurement can be trusted, when not wholly.
pub(super) const fn validity(validity: Validity) -> Option<&'static str> {
    match validity {
        Validity::Valid => None,
        Validity::Suspect => Some("The measurement is suspect: read its figures with care."),
        Validity::Invalid => Some("The measurement is invalid: its figures prove nothing."),
    }
}

/// The heading over the rate that the verdict rests on.
pub(super) const fn rate_heading(basis: Basis) -> &'static str {
    match basis {
        Basis::Sli => "Success rate",
        Basis::Reachability => "Reachability: an upper bound of the success rate",
    }
}

/// The heading over the windows.
pub(super) const fn windows_heading(basis: slo::Basis) -> &'static str {
    match basis {
        slo::Basis::Sli => "Installation callback success rate",
        slo::Basis::Reachability => "Reachability: an upper bound of the success rate",
    }
}

/// What the rate of a window is called, and what its counts.
pub(super) const fn window_words(basis: slo::Basis) -> (&'static str, &'static str) {
    match basis {
        slo::Basis::Sli => ("success rate", "good · bad"),
        slo::Basis::Reachability => ("reachability", "reached · bad"),
    }
}

/// The state of a series in a word or two.
pub(super) const fn state(state: State) -> &'static str {
    match state {
        State::Ok => status(Status::Ok),
        State::AtRisk => status(Status::AtRisk),
        State::NoData => status(Status::NoData),
        State::Breach => status(Status::Breach),
    }
}

/// What takes the tenants out that are still in the app. A check keeps its own on purpose.
pub(super) fn residue_remedy(report: &Report) -> String {
    match &report.windows {
        Some(_) => format!("rehearsal check {} --forget", report.run.target),
        None => format!("rehearsal cleanup {}", report.run.id),
    }
}

/// Whose windows they are.
pub(super) fn series(standing: &slo::Standing) -> String {
    let named = [&standing.app_key, &standing.environment, &standing.location].into_iter().flatten();
    named.map(String::as_str).chain([standing.trust.name()]).collect::<Vec<_>>().join(" · ")
}

/// What the numbers mean and what they can't, a sentence or two each.
pub(super) fn limits(report: &Report) -> Vec<String> {
    let mut limits = Vec::new();
    match report.verdict.basis {
        Basis::Sli => limits.push(claim(report)),
        Basis::Reachability => limits.push(
            "The app trusts Atlassian alone and refuses the probe's signature, as it should. That shows DNS, TLS, \
             the network and the app's front to be up; what happens after the signature check can't be seen. \
             The success rate is at most this figure."
                .to_owned(),
        ),
    }
    if !report.run.complete {
        limits.push("The run was interrupted: the figures are of the part that was done.".to_owned());
    }
    limits.push(
        "Synthetic callbacks foretell real ones only as far as the rehearsed app, its data and its load are like \
         those in production."
            .to_owned(),
    );
    limits
}

/// What a gate decided, in a word.
pub(super) const fn decision(decision: GateDecision) -> &'static str {
    match decision {
        GateDecision::Ship => "ship",
        GateDecision::Block => "block",
        GateDecision::Inconclusive => "open",
    }
}

fn claim(report: &Report) -> String {
    let objective = percent(report.sli.objective);
    match (report.verdict.claim, &report.projection.gate) {
        (Claim::Rate, Some(gate)) => {
            let objective = percent(gate.objective);
            let confidence = percent(gate.confidence);
            match gate.decision {
                GateDecision::Ship => format!(
                    "Claim: a rate. An app that sits at {objective} would pass this gate at most {} of the time.",
                    percent(1.0 - gate.confidence)
                ),
                GateDecision::Block => format!(
                    "Claim: a rate. The gate asks for {objective} at {confidence} confidence, and was refused."
                ),
                GateDecision::Inconclusive => {
                    format!("Claim: none yet. The gate asks for {objective} at {confidence} confidence.")
                }
            }
        }
        (Claim::Rate, None) => format!("Claim: a rate, measured against the objective of {objective}."),
        (Claim::Contract, _) if report.windows.is_some() => {
            "Claim: none of this run alone. The verdict is that of the two windows, which every check adds to; a check is \
             no real install, and what it finds is found for its own tenant."
                .to_owned()
        }
        (Claim::Contract, _) => contract(report),
    }
}

fn contract(report: &Report) -> String {
    let valid = report.sli.valid.unwrap_or(0);
    if valid == 0 {
        return "Claim: none. Nothing was counted.".to_owned();
    }
    let prove = if valid == 1 { "proves" } else { "prove" };
    let bound = match report.sli.interval.low {
        Some(low) if report.sli.bad == Some(0) => {
            format!(", the true one may be as low as {}", percent(low))
        }
        Some(_) | None => String::new(),
    };
    format!(
        "Claim: contract. It says whether every scenario passed; {} {prove} no rate{bound}. A probe with --gate 99 goes on \
         until a rate is shown.",
        counted(valid, "callback"),
    )
}

/// How many synthetic tenants are left.
pub(super) fn remaining(report: &Report) -> String {
    let count = report.residue.len() as u64;
    let remain = if count == 1 { "remains" } else { "remain" };
    format!("{} {remain} in the app", counted(count, "synthetic tenant"))
}

/// How an exit code reads.
pub(super) fn exit(report: &Report) -> String {
    format!("exit {}", report.verdict.exit_code)
}

/// What a person needs to know about a code, when this version knows it.
pub(super) fn entry(code: &str) -> Option<&'static Entry> {
    code.parse().ok().map(Code::entry)
}

/// A code as an answer: the bare status, or the code.
pub(super) fn answer(code: &str) -> &str {
    code.strip_prefix("status.").unwrap_or(code)
}

/// A certificate in a line: whose it is, who issued it, until when, and what is wrong with it.
pub(super) fn certificate(certificate: &Certificate) -> String {
    let mut text = format!("{}, issued by {}", certificate.subject, certificate.issuer);
    if !certificate.names.is_empty() {
        text = format!("{text}, for {}", certificate.names.join(" "));
    }
    if let (Some(from), Some(until)) = (certificate.not_before, certificate.not_after) {
        text = format!("{text}, valid {} to {}", moment(from), moment(until));
    }
    if certificate.problems.is_empty() {
        text
    } else {
        format!("{text}: {}", certificate.problems.join("; "))
    }
}

/// What is left of a budget of bad events, as a table or a sentence has it behind "bad events left": a number where
/// there is one, and words where none was allowed or too many came.
pub(super) fn bad_events_left(remaining: i64, allowed: u64) -> String {
    match (remaining, allowed) {
        (..0, _) => format!("{} too many", count(remaining.unsigned_abs())),
        (_, 0) => "none may be".to_owned(),
        (_, _) => format!("{} of {}", count(remaining.unsigned_abs()), count(allowed)),
    }
}

/// How often, after what: ` ×2`, or nothing for once.
pub(super) fn times(number: u64) -> String {
    format!("×{}", count(number))
}

/// How a callback of a scenario went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    /// Nothing was sent.
    NotSent,
    /// Good, or as expected where it is not counted, and every check passed.
    Good,
    /// Not all of it counts.
    Doubtful,
    /// Bad, or a check failed.
    Bad,
}

impl Standing {
    /// How this callback went, over all iterations.
    pub(super) fn of(step: &StepRow) -> Self {
        match step {
            _ if step.bad > 0 || step.checks.iter().any(|check| !check.passed) => Self::Bad,
            _ if step.sent() == 0 => Self::NotSent,
            _ if step.excluded + step.unattributed > 0 => Self::Doubtful,
            _ => Self::Good,
        }
    }

    /// The sign for it. Colours come on top, never alone.
    pub(super) const fn mark(self) -> &'static str {
        match self {
            Self::NotSent => "·",
            Self::Good => "✓",
            Self::Doubtful => "–",
            Self::Bad => "✗",
        }
    }
}

/// The rows that are something to look at, the gravest and most frequent first.
pub(super) fn failures(report: &Report) -> Vec<&OutcomeRow> {
    let mut rows: Vec<_> = report.outcomes.iter().filter(|row| is_failure(row.verdict)).collect();
    rows.sort_by_key(|row| (row.verdict, std::cmp::Reverse(row.count)));
    rows
}

/// Whether there is something to be shown of a row: a failure, or a callback that took more than one try.
pub(super) fn is_evidence(row: &OutcomeRow) -> bool {
    is_failure(row.verdict) || (row.verdict == Verdict::Good && !row.examples.is_empty())
}

/// Which clock ran out in an example whose failure was in `phase`, when one did.
pub(super) fn deadline(example: &Evidence, phase: Option<Phase>) -> Option<String> {
    let clock = example.deadline?;
    let limit = example.deadline_us.map_or_else(String::new, |limit| format!(" of {}", duration(limit)));
    let phase = phase.map_or_else(String::new, |phase| format!(", in phase {}", phase.name()));
    Some(format!("the {} timeout{limit} ran out{phase}", clock.name()))
}

/// How long each phase of an example took.
pub(super) fn phases(example: &Evidence) -> String {
    let phases = Phase::ALL.into_iter().filter_map(|phase| {
        example.phases_us.get(phase).map(|micros| format!("{} {}", phase.name(), duration(micros)))
    });
    phases.collect::<Vec<_>>().join(" · ")
}

/// The kinds of events that weigh in the projection, the heaviest first.
pub(super) fn mix(report: &Report) -> Vec<(&str, Share)> {
    let mix = report.projection.mix.iter().filter(|(_, share)| share.weight > 0.0);
    let mut mix: Vec<_> = mix.map(|(name, share)| (name.as_str(), *share)).collect();
    mix.sort_by(|(_, a), (_, b)| b.weight.total_cmp(&a.weight));
    mix
}

/// Whether a row is something to look at.
const fn is_failure(verdict: Verdict) -> bool {
    match verdict {
        Verdict::Good | Verdict::Reached => false,
        Verdict::Bad | Verdict::Excluded | Verdict::Unattributed => true,
    }
}
