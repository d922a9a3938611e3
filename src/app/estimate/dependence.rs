//! `rehearsal estimate dependence`.

use serde_json::{Value, json};

use super::answer::{Answer, Table};
use super::figures::{count, count_or_dash, counted, number, percent};
use crate::cli::estimate::DependenceArgs;
use crate::statistics::dependence::{Clusters, MarkovChain, chain_n_eff};
use crate::statistics::{MAX_EVENTS, OutOfRange};

/// What probes are worth that resemble one another.
pub(super) fn answer(typed: &DependenceArgs) -> Result<Answer, OutOfRange> {
    if typed.n > MAX_EVENTS {
        return Err(OutOfRange::new("--n", "at most 10^9", typed.n));
    }
    let worth = match (typed.lag1, typed.icc, typed.cluster_size) {
        (Some(lag1), _, _) => chain(typed, lag1)?,
        (None, icc, size) => clusters(typed, icc.unwrap_or_default(), size.unwrap_or(1))?,
    };
    let mut table = Table::new(["", ""]);
    table.row(["probes".to_owned(), count(typed.n)]);
    table.row(["design effect".to_owned(), number(worth.deff)]);
    table.row(["effective probes".to_owned(), number(worth.n_eff)]);
    table.row([format!("all good at a true {}", typed.objective), percent(worth.prob_all_good)]);
    table.row([
        format!("probes, all good, that prove {}", typed.objective),
        count_or_dash(worth.probes_to_show),
    ]);
    Ok(Answer {
        question: "dependence",
        inputs: json!({
            "n": typed.n, "lag1": typed.lag1, "icc": typed.icc, "cluster_size": typed.cluster_size,
            "objective": typed.objective, "confidence": typed.confidence,
        }),
        sentence: format!(
            "{} correlated like this say as much about the rate as {} independent ones.",
            counted(typed.n, "probe", "probes"),
            number(worth.n_eff),
        ),
        tables: vec![table],
        result: worth.json(),
        caveat: "It does not mean that the correlation is known: it has to be estimated from failures, \
                 and where there are none there is nothing to estimate it from. Space probes over time, \
                 addresses and fresh connections.",
    })
}

struct Worth {
    deff: f64,
    n_eff: f64,
    /// The chance that all probes are good though the app only just misses the objective.
    prob_all_good: f64,
    probes_to_show: Option<u64>,
}

impl Worth {
    fn json(&self) -> Value {
        json!({
            "deff": self.deff,
            "n_eff": self.n_eff,
            "prob_all_good_at_objective": self.prob_all_good,
            "all_good_probes_to_prove": self.probes_to_show,
        })
    }
}

fn chain(typed: &DependenceArgs, lag1: f64) -> Result<Worth, OutOfRange> {
    let n = typed.n as f64;
    let n_eff = chain_n_eff(n, lag1)?;
    let chain = MarkovChain::new(typed.objective.probability(), lag1)?;
    Ok(Worth {
        deff: (1.0 + lag1) / (1.0 - lag1),
        n_eff,
        prob_all_good: chain.prob_all_good(typed.n),
        probes_to_show: chain.probes_to_show(typed.confidence.alpha())?,
    })
}

fn clusters(typed: &DependenceArgs, icc: f64, size: u64) -> Result<Worth, OutOfRange> {
    let clusters = Clusters::new(size as f64, icc)?;
    let effect = clusters.design_effect(typed.n as f64)?;
    let failure = typed.objective.probability().not();
    let needed = clusters.clusters_to_show(failure, typed.confidence.alpha())?;
    Ok(Worth {
        deff: effect.deff,
        n_eff: effect.n_eff,
        prob_all_good: clusters.prob_all_good(typed.n / size, failure)?,
        probes_to_show: needed.and_then(|clusters| clusters.checked_mul(size)),
    })
}
