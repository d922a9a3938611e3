//! What a gate concluded, for the verdict and for the report: enough for a third party to recompute it.

use crate::conclusion::GateSaid;
use crate::report::model::{Gate as GateRow, GateDecision, OperatingCharacteristic};
use crate::statistics::Probability;
use crate::statistics::gate::{Conclusion, Gate, GatePlan, Inconclusive, Method};

/// What the gate says to the verdict.
pub(super) fn said(gate: &Gate) -> GateSaid {
    let counts = gate.counts();
    let seen = format!("{} good and {} bad", counts.good(), counts.bad());
    let objective = percent(gate.plan().objective());
    match gate.conclude() {
        Conclusion::Ship => GateSaid::Ship,
        Conclusion::Block => {
            GateSaid::Block(format!("the gate blocks: {seen} do not fit a success rate of {objective}"))
        }
        Conclusion::Inconclusive(Inconclusive::NotEnoughProbes) => GateSaid::Inconclusive(format!(
            "the gate is undecided after {seen}: {}",
            match gate.progress().good_to_ship {
                Some(more) => format!("{more} more good ones would show {objective}"),
                None => format!("no number of good ones within its limit would show {objective}"),
            }
        )),
        Conclusion::Inconclusive(Inconclusive::Correlated { lag1_lower_bound }) => {
            GateSaid::Inconclusive(format!(
                "the gate does not trust its own error rates: failures come in clumps (lag-1 correlation at least {lag1_lower_bound:.2}), so {seen} are worth fewer independent probes"
            ))
        }
    }
}

/// The gate's row in the report.
pub(super) fn row(gate: &Gate) -> GateRow {
    let plan = gate.plan();
    let said = said(gate);
    GateRow {
        decision: match said {
            GateSaid::Ship => GateDecision::Ship,
            GateSaid::Block(_) => GateDecision::Block,
            GateSaid::Inconclusive(_) => GateDecision::Inconclusive,
        },
        good: gate.counts().good(),
        bad: gate.counts().bad(),
        more_needed: gate.progress().good_to_ship,
        method: method_name(plan.method()).to_owned(),
        objective: plan.objective().get(),
        alternative: (plan.method() == Method::Sprt).then(|| plan.alternative().get()),
        confidence: plan.confidence().level(),
        max_probes: Some(plan.max_probes()),
        allowed_failures: match plan.method() {
            Method::Fixed { allowed_bad } => Some(allowed_bad),
            Method::Sprt | Method::EProcess => None,
        },
        reasons: match said {
            GateSaid::Ship => Vec::new(),
            GateSaid::Block(why) | GateSaid::Inconclusive(why) => vec![why],
        },
        operating_characteristics: characteristics(plan),
    }
}

/// The name of the method on the command line.
const fn method_name(method: Method) -> &'static str {
    match method {
        Method::Sprt => "sprt",
        Method::Fixed { .. } => "fixed",
        Method::EProcess => "e-process",
    }
}

/// How often the plan ships and blocks an app at the objective, at the alternative, and one that is five
/// times as bad as the objective allows. Rates for which the exact programme takes too long are left out.
fn characteristics(plan: &GatePlan) -> Vec<OperatingCharacteristic> {
    let bad = Probability::new((plan.objective().complement() * 5.0).min(1.0)).map(Probability::not);
    bad.into_iter()
        .chain([plan.objective(), plan.alternative()])
        .filter_map(|true_rate| {
            let exact = plan.characteristics(true_rate).ok()?;
            Some(OperatingCharacteristic {
                true_rate: true_rate.get(),
                p_ship: exact.prob_ship,
                p_block: exact.prob_block,
                expected_probes: exact.expected_n,
            })
        })
        .collect()
}

fn percent(rate: Probability) -> String {
    let text = format!("{:.4}", rate.get() * 100.0);
    format!("{} %", text.trim_end_matches('0').trim_end_matches('.'))
}
