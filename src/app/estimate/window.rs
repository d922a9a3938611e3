//! `rehearsal estimate window`.

use serde_json::json;

use super::answer::{Answer, Table};
use super::figures::{count, counted, percent};
use crate::cli::estimate::WindowArgs;
use crate::statistics::window::{any_breach_probability, any_failure_probability, breach_probability};
use crate::statistics::{Objective, OutOfRange};

/// The long window holds so many of the short one.
const DAYS: u64 = 28;

/// Whether the windows will breach or warn.
pub(super) fn answer(typed: &WindowArgs) -> Result<Answer, OutOfRange> {
    let p = typed.success_rate;
    let breach = breach_probability(typed.objective, typed.events, p)?;
    let events_24h = typed.events_24h.unwrap_or_else(|| typed.events.div_ceil(DAYS));
    let alert = breach_probability(typed.warning, events_24h, p)?;
    // Where a day's threshold has no room for a failure, any failure of the 28 days warns.
    let any_failure_warns = typed.warning.allowed_bad(events_24h) == 0;
    let ever_alert = if any_failure_warns {
        any_failure_probability(typed.events_24h.map_or(typed.events as f64, |day| (day * DAYS) as f64), p)?
    } else {
        any_breach_probability(typed.warning, events_24h, DAYS, p)?
    };
    let mut table = Table::new(["window", "events", "bad allowed", "one bad allowed from", "missed"]);
    let row = |name: &str, objective: Objective, events: u64, missed: f64| {
        let cliff = objective.events_that_allow_one_bad();
        [
            format!("{name}, {objective}"),
            count(events),
            count(objective.allowed_bad(events)),
            cliff.map_or_else(|| "–".to_owned(), |events| format!("{} events", count(events))),
            percent(missed),
        ]
    };
    table.row(row("28 days", typed.objective, typed.events, breach));
    table.row(row("24 hours", typed.warning, events_24h, alert));
    Ok(Answer {
        question: "window",
        inputs: json!({
            "events": typed.events, "events_24h": events_24h, "success_rate": p,
            "objective": typed.objective, "warning": typed.warning,
        }),
        sentence: format!(
            "At a true success rate of {} the 28 days with {} miss {} with a probability of {}, and a \
             warning is sent at least once with {}.",
            percent(p.get()),
            counted(typed.events, "event", "events"),
            typed.objective,
            percent(breach),
            percent(ever_alert),
        ),
        tables: vec![table],
        result: json!({
            "allowed_bad_28d": typed.objective.allowed_bad(typed.events),
            "prob_breach": breach,
            "allowed_bad_24h": typed.warning.allowed_bad(events_24h),
            "prob_alert_24h": alert,
            "prob_any_alert_28d": ever_alert,
        }),
        caveat: "It does not mean that a breach is the app's doing: with few events one failure decides. \
                 The windows are taken to be separate days and failures to be independent; a rolling \
                 window is looked at more often, and warns a little more.",
    })
}
