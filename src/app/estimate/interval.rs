//! `rehearsal estimate interval`.

use serde_json::{Map, json};

use super::answer::{Answer, Table};
use super::figures::{count, counted, percent};
use crate::cli::estimate::{IntervalArgs, SideArg};
use crate::statistics::interval::{Interval, Method, Side, more_good_needed};
use crate::statistics::{Confidence, Counts, Objective, OutOfRange};

/// What so many good and bad events prove.
pub(super) fn answer(typed: &IntervalArgs) -> Result<Answer, OutOfRange> {
    let counts = match (typed.bad, typed.n) {
        (Some(bad), _) => Counts::new(typed.good, bad)?,
        (None, Some(n)) => Counts::of_total(typed.good, n)?,
        (None, None) => Counts::new(typed.good, 0)?,
    };
    let (confidence, side) = (typed.confidence, side(typed.side));
    let mut table = Table::new(["method", "at least", "at most"]);
    let mut intervals = Map::new();
    for method in Method::ALL {
        let interval = Interval::of(method, counts, confidence, side);
        table.row([name(method).to_owned(), percent(interval.low), percent(interval.high)]);
        intervals.insert(key(method).to_owned(), json!(interval));
    }
    let alone = |side| Interval::of(Method::ClopperPearson, counts, confidence, side);
    let claim = Interval { low: alone(Side::Lower).low, high: alone(Side::Upper).high };
    if side == Side::Two {
        let name = "Clopper–Pearson, one bound alone".to_owned();
        table.row([name, percent(claim.low), percent(claim.high)]);
    }
    let verdict = typed.objective.map(|objective| Verdict::of(objective, counts, confidence));
    Ok(Answer {
        question: "interval",
        inputs: json!({ "good": counts.good(), "bad": counts.bad(), "confidence": confidence, "side": side }),
        sentence: sentence(counts, confidence, &words(side, claim), verdict.as_ref()),
        tables: vec![table],
        result: json!({
            "success_rate": counts.success_rate(),
            "claim_at_least": claim.low,
            "claim_at_most": claim.high,
            "intervals": intervals,
            "objective": verdict.map(|verdict| json!({
                "objective": verdict.objective,
                "proven": verdict.more_good_needed == Some(0),
                "more_good_needed": verdict.more_good_needed,
            })),
        }),
        caveat: "It does not mean that the app is this good in production: it is about callbacks like \
                 these, each independent of the others. Clopper–Pearson is the one to claim by; Jeffreys \
                 and Wilson are for reading.",
    })
}

/// Whether an objective is proven, and how far it is.
struct Verdict {
    objective: Objective,
    /// Good events, with no further bad one, after which it is; `None` beyond all counting.
    more_good_needed: Option<u64>,
}

impl Verdict {
    fn of(objective: Objective, counts: Counts, confidence: Confidence) -> Self {
        let more_good_needed =
            more_good_needed(Method::ClopperPearson, counts, objective.probability(), confidence);
        Self { objective, more_good_needed }
    }
}

/// The claim that the question is about, in words.
fn words(side: Side, claim: Interval) -> String {
    match side {
        Side::Two | Side::Lower => format!("at least {}", percent(claim.low)),
        Side::Upper => format!("at most {}", percent(claim.high)),
    }
}

fn sentence(counts: Counts, confidence: Confidence, claim: &str, verdict: Option<&Verdict>) -> String {
    let level = percent(confidence.level());
    let mut sentence = if counts.n() == 0 {
        "Without events nothing can be claimed.".to_owned()
    } else {
        let seen = format!("{} good of {}", count(counts.good()), counted(counts.n(), "event", "events"));
        format!("From {seen} you may claim a success rate of {claim}, at {level} confidence.")
    };
    if let Some(Verdict { objective, more_good_needed }) = verdict {
        sentence.push_str(&match more_good_needed {
            Some(0) => format!(" {objective} is proven."),
            Some(more) => {
                format!(
                    " {objective} is not proven; with {} more good ones and no bad one it is.",
                    count(*more)
                )
            }
            None => {
                format!(" {objective} is not proven, and no number of further events below 10^9 would do.")
            }
        });
    }
    sentence
}

fn side(typed: SideArg) -> Side {
    match typed {
        SideArg::Two => Side::Two,
        SideArg::Lower => Side::Lower,
        SideArg::Upper => Side::Upper,
    }
}

/// A method's name for a person.
pub(super) fn name(method: Method) -> &'static str {
    match method {
        Method::ClopperPearson => "Clopper–Pearson",
        Method::Jeffreys => "Jeffreys",
        Method::Wilson => "Wilson",
    }
}

/// A method's name in JSON.
pub(super) fn key(method: Method) -> &'static str {
    match method {
        Method::ClopperPearson => "clopper_pearson",
        Method::Jeffreys => "jeffreys",
        Method::Wilson => "wilson",
    }
}
