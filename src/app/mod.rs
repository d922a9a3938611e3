//! Composition: one file for each command, and the only place that knows every module.

mod estimate;
mod explain;
mod keys;
mod scenario;

use std::ffi::OsString;

use clap::Parser;

use crate::cli::{Cli, Command};
use crate::exit::{Abort, Exit};

/// Runs the command line and says how the process should end.
pub fn main(args: impl IntoIterator<Item = OsString>) -> Exit {
    let cli = Cli::parse_from(args);
    match run(&cli.command) {
        Ok(exit) => exit,
        Err(abort) => abort.exit,
    }
}

fn run(command: &Command) -> Result<Exit, Abort> {
    match command {
        Command::Scenario(args) => scenario::run(args),
        Command::Keys(args) => keys::run(args),
        Command::Estimate(args) => estimate::run(args),
        Command::Explain(args) => explain::run(args),
    }
}
