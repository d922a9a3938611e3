//! `rehearsal estimate gate`.

use serde_json::{Value, json};

use super::answer::{Answer, Table};
use super::figures::{count, count_or_dash, counted, number, percent};
use crate::cli::estimate::{GateArgs, GateMethod};
use crate::statistics::gate::{GatePlan, Method};
use crate::statistics::sequential::{Characteristics, StoppingRule as _};
use crate::statistics::{OutOfRange, Probability};

/// Decision points are listed for so many failures.
const LISTED_FAILURES: u64 = 6;

/// How often the gate ships and blocks, and after how many probes.
pub(super) fn answer(typed: &GateArgs) -> Result<Answer, OutOfRange> {
    let plan = plan(typed)?;
    let exact = |p: Probability| plan.characteristics(p).map(|exact| (p, exact));
    let (at_objective, at_alternative) = (exact(plan.objective())?, exact(plan.alternative())?);
    let mut characteristics =
        beside(&plan, &typed.true_p).into_iter().map(exact).collect::<Result<Vec<_>, _>>()?;
    characteristics.extend([at_objective, at_alternative]);
    characteristics.sort_by(|(a, _), (b, _)| a.get().total_cmp(&b.get()));
    Ok(Answer {
        question: "gate",
        inputs: json!(plan),
        sentence: sentence(&plan, &at_objective.1, &at_alternative.1),
        tables: vec![points_table(&plan), characteristics_table(&characteristics)],
        result: json!({
            "decision_points": (0..LISTED_FAILURES).map(|bad| json!({
                "bad": bad,
                "ship_at": plan.ship_at(bad),
                "block_by": plan.block_by(bad),
            })).collect::<Vec<_>>(),
            "operating_characteristics": characteristics.iter().map(described).collect::<Vec<_>>(),
        }),
        caveat: "It does not mean that a blocked app is broken, nor that a shipped one is at its \
                 alternative. The figures are exact for independent probes; where neighbouring outcomes \
                 are correlated the gate says INCONCLUSIVE instead.",
    })
}

fn plan(typed: &GateArgs) -> Result<GatePlan, OutOfRange> {
    let objective = typed.objective.probability();
    let alternative = typed.alternative.unwrap_or_else(|| GatePlan::usual_alternative(objective));
    let method = match typed.method {
        GateMethod::Sprt => Method::Sprt,
        GateMethod::Fixed => Method::Fixed { allowed_bad: typed.allowed_failures },
        GateMethod::EProcess => Method::EProcess,
    };
    let max_probes = typed.max_probes.unwrap_or_else(|| GatePlan::usual_max_probes(objective));
    GatePlan::new(objective, alternative, typed.confidence, method, max_probes)
}

/// The true success rates shown beside the plan's own two: those typed, that of a clearly bad app and one
/// half-way.
fn beside(plan: &GatePlan, typed: &[Probability]) -> Vec<Probability> {
    let failing = |q: f64| Probability::new(q.clamp(0.0, 1.0)).map(Probability::not).ok();
    let (objective, alternative) = (plan.objective(), plan.alternative());
    let half_way = (objective.complement() + alternative.complement()) / 2.0;
    let bad = 3.0 * objective.complement();
    let mut rates: Vec<_> =
        typed.iter().copied().chain([failing(half_way), failing(bad)].into_iter().flatten()).collect();
    rates.sort_by(|a, b| a.get().total_cmp(&b.get()));
    rates.dedup();
    rates.retain(|p| *p != objective && *p != alternative);
    rates
}

fn sentence(plan: &GatePlan, at_objective: &Characteristics, at_alternative: &Characteristics) -> String {
    let fewest = plan.fewest_probes_to_ship().filter(|fewest| *fewest <= plan.max_probes());
    let ships = match fewest {
        Some(fewest) => format!("It ships after {} at the earliest.", counted(fewest, "probe", "probes")),
        None => format!("It never ships within {}.", counted(plan.max_probes(), "probe", "probes")),
    };
    format!(
        "A healthy app, good {} of the time, is shipped in {} of the runs and blocked in {}, after {} \
         probes on average. One that sits at the objective, {}, is shipped in {}. {ships}",
        percent(plan.alternative().get()),
        percent(at_alternative.prob_ship),
        percent(at_alternative.prob_block),
        number(at_alternative.expected_n),
        percent(plan.objective().get()),
        percent(at_objective.prob_ship),
    )
}

fn points_table(plan: &GatePlan) -> Table {
    let mut table = Table::new(["bad probes so far", "ships from probe", "blocks up to probe"]);
    let within = |probe: &u64| *probe <= plan.max_probes();
    for bad in 0..LISTED_FAILURES {
        let (ship_at, block_by) = (plan.ship_at(bad), plan.block_by(bad));
        let block_by = block_by.map(|probe| probe.min(plan.max_probes()));
        table.row([count(bad), count_or_dash(ship_at.filter(within)), count_or_dash(block_by)]);
        if ship_at.is_none() {
            break; // A fixed plan has failed by now.
        }
    }
    table
}

fn characteristics_table(characteristics: &[(Probability, Characteristics)]) -> Table {
    let mut table = Table::new(["true success rate", "ships", "blocks", "undecided", "probes"]);
    for (p, exact) in characteristics {
        table.row([
            percent(p.get()),
            percent(exact.prob_ship),
            percent(exact.prob_block),
            percent(exact.prob_undecided),
            number(exact.expected_n),
        ]);
    }
    table
}

fn described((p, exact): &(Probability, Characteristics)) -> Value {
    let mut described = json!(exact);
    described["true_p"] = json!(p);
    described
}
