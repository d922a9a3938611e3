//! `rehearsal estimate burn`.

use serde_json::{Value, json};

use super::answer::{Answer, Table};
use super::figures::{number, percent};
use crate::cli::estimate::BurnArgs;
use crate::statistics::OutOfRange;
use crate::statistics::burn::{burn_rate, burn_rate_of_threshold, hours_to_exhaustion};

/// The alerts of the Site Reliability Workbook: a share of the budget, and the hours it is used up in.
const WORKBOOK: [(f64, f64); 3] = [(0.02, 1.0), (0.05, 6.0), (0.1, 72.0)];

/// Which burn rate uses up how much.
pub(super) fn answer(typed: &BurnArgs) -> Result<Answer, OutOfRange> {
    let objective = typed.objective.probability();
    let of_threshold = burn_rate_of_threshold(objective, typed.threshold)?;
    let exhausted = hours_to_exhaustion(typed.window_days, of_threshold)?;
    let asked = typed.share.zip(typed.hours).map(|(share, hours)| (share.get(), hours));
    let alerts = WORKBOOK
        .into_iter()
        .chain(asked)
        .map(|(share, hours)| {
            burn_rate(typed.window_days, share, hours).map(|rate| Alert { share, hours, rate })
        })
        .collect::<Result<Vec<_>, _>>()?;
    let mut table = Table::new(["budget used up", "within", "burn rate", "success rate"]);
    for Alert { share, hours, rate } in &alerts {
        let success_rate = 1.0 - rate * objective.complement();
        table.row([
            percent(*share),
            format!("{} h", number(*hours)),
            number(*rate),
            if success_rate >= 0.0 { percent(success_rate) } else { "–".to_owned() },
        ]);
    }
    let lasts =
        exhausted.map_or_else(|| "for ever".to_owned(), |hours| format!("{} days", number(hours / 24.0)));
    Ok(Answer {
        question: "burn",
        inputs: json!({
            "objective": typed.objective, "threshold": typed.threshold, "window_days": typed.window_days,
            "share": typed.share, "hours": typed.hours,
        }),
        sentence: format!(
            "An app that is good {} of the time burns the budget of {} at {} times the pace that just \
             lasts: the budget of {} days would last {lasts}.",
            percent(typed.threshold.get()),
            typed.objective,
            number(of_threshold),
            number(typed.window_days),
        ),
        tables: vec![table],
        result: json!({
            "burn_rate_of_threshold": of_threshold,
            "hours_to_exhaustion": exhausted,
            "alerts": alerts.iter().map(Alert::json).collect::<Vec<_>>(),
        }),
        caveat: "It does not mean that an alert below a burn rate of 1 warns of a breach: the 24-hour \
                 threshold of 99.9 % is a tripwire at a tenth of the pace that the objective bears.",
    })
}

struct Alert {
    share: f64,
    hours: f64,
    rate: f64,
}

impl Alert {
    fn json(&self) -> Value {
        json!({ "budget_share": self.share, "hours": self.hours, "burn_rate": self.rate })
    }
}
