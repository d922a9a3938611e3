//! `rehearsal estimate sample-size`.

use serde_json::{Value, json};

use super::answer::{Answer, Table};
use super::figures::{count, counted, percent};
use super::interval::{key, name};
use crate::cli::estimate::SampleSizeArgs;
use crate::statistics::gate::GatePlan;
use crate::statistics::interval::Method;
use crate::statistics::sample_size::{AttributePlan, rule_of_three};
use crate::statistics::{OutOfRange, Probability};

/// How many probes prove an objective.
pub(super) fn answer(typed: &SampleSizeArgs) -> Result<Answer, OutOfRange> {
    let (objective, confidence) = (typed.objective.probability(), typed.confidence);
    let healthy = typed.alternative.unwrap_or_else(|| GatePlan::usual_alternative(objective));
    let plan = |method, bad| AttributePlan::smallest(method, objective, confidence, bad);
    let plans =
        (0..=typed.failures).map(|bad| plan(Method::ClopperPearson, bad)).collect::<Result<Vec<_>, _>>()?;
    let all_good = plan(Method::ClopperPearson, 0)?;
    let by_method = Method::ALL
        .map(|method| plan(method, 0).map(|plan| (method, plan)))
        .into_iter()
        .collect::<Result<Vec<_>, _>>()?;
    Ok(Answer {
        question: "sample-size",
        inputs: json!({
            "objective": typed.objective,
            "confidence": confidence,
            "failures": typed.failures,
            "alternative": healthy,
        }),
        sentence: format!(
            "{}, all good, prove {} at {} confidence. An app that is good {} of the time gets through \
             that plan in {} of the runs.",
            counted(all_good.probes, "probe", "probes"),
            typed.objective,
            percent(confidence.level()),
            percent(healthy.get()),
            percent(all_good.probability_to_ship(healthy)),
        ),
        tables: vec![plans_table(&plans, objective, healthy), methods_table(&by_method, objective)],
        result: json!({
            "plans": plans.iter().map(|plan| described(*plan, objective, healthy)).collect::<Vec<_>>(),
            "all_good_by_method": by_method.iter().map(|(method, plan)| json!({
                "method": key(*method),
                "probes": plan.probes,
                "prob_ship_at_objective": plan.probability_to_ship(objective),
            })).collect::<Vec<_>>(),
            "rule_of_three": rule_of_three(objective),
        }),
        caveat: "It does not mean that probes may be added until a plan is met: its size is fixed before \
                 the first probe. To look on the way, use the gate.",
    })
}

fn described(plan: AttributePlan, objective: Probability, healthy: Probability) -> Value {
    json!({
        "allowed_failures": plan.allowed_bad,
        "probes": plan.probes,
        "prob_ship_at_objective": plan.probability_to_ship(objective),
        "prob_ship_at_alternative": plan.probability_to_ship(healthy),
    })
}

fn plans_table(plans: &[AttributePlan], objective: Probability, healthy: Probability) -> Table {
    let [at_objective, at_healthy] = [objective, healthy].map(|p| format!("ships at {}", percent(p.get())));
    let mut table = Table::new(["bad probes allowed", "probes", &at_objective, &at_healthy]);
    for plan in plans {
        table.row([
            count(plan.allowed_bad),
            count(plan.probes),
            percent(plan.probability_to_ship(objective)),
            percent(plan.probability_to_ship(healthy)),
        ]);
    }
    table
}

fn methods_table(by_method: &[(Method, AttributePlan)], objective: Probability) -> Table {
    let at_objective = format!("ships at {}", percent(objective.get()));
    let mut table = Table::new(["all good, by method", "probes", &at_objective]);
    for (method, plan) in by_method {
        table.row([
            name(*method).to_owned(),
            count(plan.probes),
            percent(plan.probability_to_ship(objective)),
        ]);
    }
    table
}
