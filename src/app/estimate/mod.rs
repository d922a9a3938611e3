//! `rehearsal estimate`: the planning calculator, one file for each question.

mod answer;
mod burn;
mod dependence;
mod figures;
mod forecast;
mod gate;
mod interval;
mod retries;
mod sample_size;
mod stratified;
mod vectors;
mod window;

use crate::cli::EstimateArgs;
use crate::cli::estimate::Question;
use crate::exit::{Abort, Exit};
use crate::report::output;
use crate::statistics::OutOfRange;

/// Runs the command.
///
/// # Errors
/// When numbers typed have no answer together, or a file can't be read.
pub(super) fn run(args: &EstimateArgs) -> Result<Exit, Abort> {
    let answer = match &args.question {
        Question::Interval(typed) => interval::answer(typed),
        Question::SampleSize(typed) => sample_size::answer(typed),
        Question::Gate(typed) => gate::answer(typed),
        Question::Forecast(typed) => forecast::answer(typed),
        Question::Stratified(typed) => stratified::answer(typed),
        Question::Retries(typed) => retries::answer(typed),
        Question::Dependence(typed) => dependence::answer(typed),
        Question::Window(typed) => window::answer(typed),
        Question::Burn(typed) => burn::answer(typed),
        Question::Vectors(typed) => return vectors::run(&typed.file, args.json),
    };
    let answer = answer.map_err(|error: OutOfRange| Abort::usage(error.to_string()))?;
    print(&if args.json { answer.json() } else { answer.text() })?;
    Ok(Exit::Ok)
}

fn print(text: &str) -> Result<(), Abort> {
    output::print(text).map_err(|error| Abort::unavailable(format!("standard output: {error}")))
}
