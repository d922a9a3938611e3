//! `rehearsal estimate stratified`.

use serde_json::json;

use super::answer::{Answer, Table};
use super::figures::{count, number, percent};
use crate::cli::estimate::{StratifiedArgs, StratumArg};
use crate::statistics::OutOfRange;
use crate::statistics::stratified::Stratified;

/// The success rate over a mix.
pub(super) fn answer(typed: &StratifiedArgs) -> Result<Answer, OutOfRange> {
    let strata: Vec<_> = typed.stratum.iter().map(|typed| typed.stratum).collect();
    let figure = Stratified::of(&strata, typed.confidence)?;
    let estimate = figure.estimate.map_or_else(
        || "can't be estimated, since a type with a weight was never seen,".to_owned(),
        |estimate| format!("is {}", percent(estimate)),
    );
    let probes: u64 = typed.stratum.iter().map(|typed| typed.counts.n()).sum();
    Ok(Answer {
        question: "stratified",
        inputs: json!({
            "strata": typed.stratum.iter().map(|typed| json!({
                "event": typed.name,
                "weight": typed.weight,
                "good": typed.counts.good(),
                "n": typed.counts.n(),
            })).collect::<Vec<_>>(),
            "confidence": typed.confidence,
        }),
        sentence: format!(
            "Weighted by the mix, the success rate {estimate} and at least {} at {} confidence.",
            percent(figure.lower_beta_moment),
            percent(typed.confidence.level()),
        ),
        tables: vec![types_table(&typed.stratum, &figure), figures_table(&figure, probes)],
        result: json!(figure),
        caveat: "It does not mean that the mix is right: Atlassian publishes none, and the figure is \
                 about the mix that you gave. The bound from moments is an approximation; the Bonferroni \
                 bound is none, and lower.",
    })
}

fn types_table(typed: &[StratumArg], figure: &Stratified) -> Table {
    let total: f64 = typed.iter().map(|typed| typed.weight).sum();
    let mut table = Table::new(["event type", "weight", "good", "of", "rate", "next probes"]);
    for (typed, share) in typed.iter().zip(&figure.neyman_shares) {
        table.row([
            typed.name.clone(),
            percent(typed.weight / total),
            count(typed.counts.good()),
            count(typed.counts.n()),
            typed.counts.success_rate().map_or_else(|| "–".to_owned(), percent),
            percent(*share),
        ]);
    }
    table
}

fn figures_table(figure: &Stratified, probes: u64) -> Table {
    let mut table = Table::new(["over the mix", ""]);
    let dash = || "–".to_owned();
    table.row(["estimate".to_owned(), figure.estimate.map_or_else(dash, percent)]);
    table.row(["posterior mean".to_owned(), percent(figure.bayes_mean)]);
    table.row(["at least, by moments".to_owned(), percent(figure.lower_beta_moment)]);
    table.row(["at least, Bonferroni".to_owned(), percent(figure.lower_bonferroni_cp)]);
    table.row([
        "effective probes (Kish)".to_owned(),
        format!("{} of {}", number(figure.n_eff_kish), count(probes)),
    ]);
    table
}
