//! `rehearsal estimate forecast`.

use serde_json::json;

use super::answer::{Answer, Table};
use super::figures::{count, count_or_dash, number, percent};
use crate::cli::estimate::ForecastArgs;
use crate::statistics::forecast::{BadEvents, Belief, Outlook};
use crate::statistics::{Confidence, Counts, MAX_EVENTS, OutOfRange};

/// Whether the window will meet its objective.
pub(super) fn answer(typed: &ForecastArgs) -> Result<Answer, OutOfRange> {
    if !typed.poisson && typed.events.fract() != 0.0 {
        return Err(OutOfRange::new("--events without --poisson", "a whole number", typed.events));
    }
    if !(0.0..=MAX_EVENTS as f64).contains(&typed.events) {
        return Err(OutOfRange::new("--events", "from 0 to 10^9", typed.events));
    }
    let future = typed.events.round() as u64;
    let probes = Counts::new(typed.good, typed.bad)?;
    let belief = Belief::new(typed.prior_good, typed.prior_bad)?.after_discounted(probes, typed.discount);
    let so_far = Counts::new(typed.window_good, typed.window_bad)?;
    let outlook = Outlook { objective: typed.objective, so_far };
    let prob_meets = if typed.poisson {
        outlook.probability_to_meet_poisson(belief, typed.events, MAX_EVENTS)?
    } else {
        outlook.probability_to_meet(belief, future)?
    };
    let eighty = Confidence::from_level(0.8)?;
    let (fewest, most) = BadEvents::new(belief, future)?.interval(eighty);
    let total = so_far.n() + future;
    let expected_bad = (1.0 - belief.mean()) * typed.events;
    let figure = |bad: f64| (total > 0).then(|| 1.0 - (so_far.bad() as f64 + bad) / total as f64);
    let shown = |bad: f64| figure(bad).map_or_else(|| "–".to_owned(), percent);
    let mut table = Table::new(["", "expected", "80 % of the time"]);
    table.row(["success rate of an event".to_owned(), percent(belief.mean()), String::new()]);
    table.row([
        "bad events to come".to_owned(),
        number(expected_bad),
        format!("{} to {}", count(fewest), count(most)),
    ]);
    table.row([
        "figure of the window".to_owned(),
        shown(expected_bad),
        format!("{} to {}", shown(most as f64), shown(fewest as f64)),
    ]);
    table.row([
        "bad events allowed, of those to come".to_owned(),
        count_or_dash(outlook.allowed_bad(future)),
        String::new(),
    ]);
    let events = if typed.poisson { format!("about {}", number(typed.events)) } else { count(future) };
    Ok(Answer {
        question: "forecast",
        inputs: json!({
            "good": typed.good, "bad": typed.bad, "events": typed.events, "poisson": typed.poisson,
            "window_good": typed.window_good, "window_bad": typed.window_bad, "objective": typed.objective,
            "discount": typed.discount, "prior_good": typed.prior_good, "prior_bad": typed.prior_bad,
        }),
        sentence: format!(
            "With {events} events to come, the window meets {} with a probability of {}, going by {} good \
             and {} bad probes that count {} each.",
            typed.objective,
            percent(prob_meets),
            count(probes.good()),
            count(probes.bad()),
            percent(typed.discount.get()),
        ),
        tables: vec![table],
        result: json!({
            "prob_meets": prob_meets,
            "allowed_bad_total": outlook.allowed_bad_total(future),
            "allowed_bad_of_future": outlook.allowed_bad(future),
            "expected_success_rate": belief.mean(),
            "belief": belief,
            "bad_events_80": [fewest, most],
            "figure_80": [figure(most as f64), figure(fewest as f64)],
        }),
        caveat: "It does not mean that real installs fail as often as probes do: they come from other \
                 networks, sites and times, which is what the discount is for. A retried failure counts \
                 once here; see `rehearsal estimate retries`.",
    })
}
