//! `rehearsal estimate retries`.

use serde_json::json;

use super::answer::{Answer, Table};
use super::figures::{count, number, percent};
use crate::cli::estimate::RetriesArgs;
use crate::statistics::retries::{EventualSuccess, Rollout};
use crate::statistics::{Objective, OutOfRange, Probability};

/// What retries make of a few broken tenants.
pub(super) fn answer(typed: &RetriesArgs) -> Result<Answer, OutOfRange> {
    let broken_share = match (typed.broken_share, typed.broken) {
        (Some(share), _) => share,
        (None, Some(broken)) if broken <= typed.tenants => {
            Probability::new(broken as f64 / typed.tenants.max(1) as f64)?
        }
        (None, broken) => {
            let most = format!("at most --tenants, {}", typed.tenants);
            return Err(OutOfRange::new("--broken", &most, broken.unwrap_or_default()));
        }
    };
    let eventual_success =
        if typed.eventual_success { EventualSuccess::Counts } else { EventualSuccess::Ignored };
    let rollout = Rollout {
        tenants: typed.tenants as f64,
        organic_good: typed.organic_good as f64,
        broken_share,
        retries_per_day: typed.retries_per_day,
        days_to_fix: typed.days,
        eventual_success,
    };
    let outcome = rollout.amplification()?;
    let dash = || "–".to_owned();
    let mut table = Table::new(["", ""]);
    table.row(["good events".to_owned(), number(outcome.good)]);
    table.row(["bad events, retries included".to_owned(), number(outcome.bad)]);
    table.row(["figure of the window".to_owned(), outcome.sli.map_or_else(dash, percent)]);
    let tolerable = outcome.max_broken_share_99.map(|share| share.min(1.0));
    table.row(["broken share that is just 99 %".to_owned(), tolerable.map_or_else(dash, percent)]);
    let broken_tenants = tolerable.map(|share| number(share * typed.tenants as f64));
    table.row(["the same in tenants".to_owned(), broken_tenants.unwrap_or_else(dash)]);
    table.row(["days to mend that are just 99 %".to_owned(), outcome.max_days_99.map_or_else(dash, number)]);
    Ok(Answer {
        question: "retries",
        inputs: json!({
            "tenants": typed.tenants, "broken_share": broken_share, "retries_per_day": typed.retries_per_day,
            "days": typed.days, "organic_good": typed.organic_good, "eventual_success": typed.eventual_success,
        }),
        sentence: sentence(typed, broken_share, outcome.sli, outcome.max_days_99),
        tables: vec![table],
        result: json!(outcome),
        caveat: "It does not mean that every failure multiplies: one that happens by chance succeeds at \
                 the next try and leaves the rate as it is. Atlassian does not publish how often it \
                 retries, so the interval is your assumption.",
    })
}

fn sentence(typed: &RetriesArgs, broken: Probability, sli: Option<f64>, max_days: Option<f64>) -> String {
    let Some(sli) = sli else { return "Without events there is no figure.".to_owned() };
    let who = format!(
        "{} broken of {} tenants, retried {} times a day for {} days,",
        number(broken.get() * typed.tenants as f64),
        count(typed.tenants),
        typed.retries_per_day,
        typed.days,
    );
    let budget = match max_days {
        Some(days) if days <= typed.days => format!("the budget of 99 % is gone after {} days", number(days)),
        Some(days) => format!("the budget of 99 % lasts {} days", number(days)),
        None => "the budget of 99 % is not touched".to_owned(),
    };
    let met = if sli >= Objective::CLOUD_FORTIFIED.probability().get() { "meets" } else { "misses" };
    format!("{who} make the window {}, which {met} 99 %; {budget}.", percent(sli))
}
