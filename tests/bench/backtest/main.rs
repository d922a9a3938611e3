//! The backtest: the gate's decision code and the forecasts against apps whose success rate is known.
//!
//! `cargo bench --bench backtest` simulates 10,000 gates for each row; `-- 1000` another number. Exits
//! with 1 when a simulated share is further from the exact one than chance allows.

#![expect(clippy::print_stdout, reason = "the table is what this program is for")]

mod simulation;

use std::process::ExitCode;

use simulation::{Agreement, Apps, Random, forecasts, gates};

const GATES: u32 = 10_000;
const SEED: u64 = 20_240_607;

fn main() -> ExitCode {
    let runs = std::env::args().find_map(|argument| argument.parse().ok()).unwrap_or(GATES);
    let mut random = Random::new(SEED);
    let gates = gates(runs, &mut random);
    println!("{runs} gates for 99 % at 95 %, outcomes through the slot order; seed {SEED}\n");
    println!(
        "| method | true rate | ships: exact | simulated | blocks: exact | simulated | probes: exact | simulated | withdrawn |"
    );
    println!("|---|---|---|---|---|---|---|---|---|");
    for row in &gates {
        let pair = |a: &Agreement| format!("{:.4} | {:.4}", a.exact, a.simulated);
        let probes = format!("{:.1} | {:.1}", row.probes.exact, row.probes.simulated);
        println!(
            "| {} | {:.2} % | {} | {} | {probes} | {:.4} |",
            row.method,
            row.p * 100.0,
            pair(&row.ships),
            pair(&row.blocks),
            row.withdrawn,
        );
    }
    println!("\n{runs} forecasts of 120 events from 300 probes\n");
    println!(
        "| apps | middle 80 %: says | covers | in whole events: says | covers | meets 99 %: says | does |"
    );
    println!("|---|---|---|---|---|---|---|");
    let forecasts: Vec<_> = Apps::ALL.map(|apps| (apps, forecasts(apps, runs, &mut random))).into();
    for (apps, row) in &forecasts {
        let pair = |a: &Agreement| format!("{:.4} | {:.4}", a.exact, a.simulated);
        let parts = [&row.in_the_middle, &row.covered, &row.met].map(pair);
        println!("| {} | {} |", apps.name(), parts.join(" | "));
    }
    let gates_agree =
        gates.iter().all(|row| [&row.ships, &row.blocks, &row.probes].into_iter().all(Agreement::holds));
    // Apps that are not drawn from the prior are shown, and promised nothing.
    let forecasts_agree = forecasts
        .iter()
        .filter(|(apps, _)| *apps == Apps::FromThePrior)
        .all(|(_, row)| row.in_the_middle.holds() && row.covered.holds() && row.met.holds());
    let agree = gates_agree && forecasts_agree;
    println!(
        "\n{}",
        if agree { "All within four standard errors." } else { "Further apart than chance allows." }
    );
    if agree { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
