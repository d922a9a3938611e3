//! Composition: one file for each command, and the only place that knows every module.

mod alert;
mod alerting;
mod arguments;
mod assembly;
mod audience;
mod bounds;
mod check;
mod cleanup;
mod compare;
mod completions;
mod demo;
mod description;
mod doctor;
mod estimate;
mod event_log;
mod every_app;
mod explain;
mod history;
mod interrupt;
mod journal;
mod kept;
mod key_server;
mod keys;
mod ledger_log;
mod load;
mod merge;
mod probe;
mod recording;
mod rehearsal;
mod report;
mod reporting;
mod scenario;
mod script;
mod signing;
mod slo;
mod subject;
mod telemetry;
mod windows;

use std::ffi::OsString;
use std::panic::{self, UnwindSafe};

use anstream::ColorChoice;

use crate::cli::{Cli, ColorArg, Command};
use crate::config::{self, Stop};
use crate::exit::{Abort, Exit};
use crate::report::output;

/// Runs the command line and says how the process should end.
pub fn main(args: impl IntoIterator<Item = OsString>) -> Exit {
    let args: Vec<OsString> = args.into_iter().collect();
    let exit = guarded(|| dispatch(&args));
    if exit.code() < Exit::Usage.code() || !reports_to_nagios(&args) {
        return exit;
    }
    // An interrupted run has said what it saw; the others have said nothing yet.
    if exit == Exit::Interrupted { Exit::NoData } else { unknown_to_nagios() }
}

/// What `run` says, or that it panicked.
fn guarded(run: impl FnOnce() -> Exit + UnwindSafe) -> Exit {
    panic::catch_unwind(run).unwrap_or_else(|_| {
        output::note("This is a defect of rehearsal; please report it with the lines above.");
        Exit::Defect
    })
}

/// A monitor reads standard output and knows no exit code above 3.
fn unknown_to_nagios() -> Exit {
    match output::print("REHEARSAL UNKNOWN - no result: standard error says why\n") {
        Ok(()) | Err(_) => Exit::NoData,
    }
}

/// Looked for before anything is parsed, because it holds for mistakes in what was typed as well.
fn reports_to_nagios(args: &[OsString]) -> bool {
    config::given(args, "report").iter().any(|report| report == "nagios=-")
}

fn dispatch(args: &[OsString]) -> Exit {
    if arguments::shows_password(args) {
        output::note(
            "warning: the password in --history can be read in the list of processes\n  \
             give it as PGPASSWORD in the environment, or the whole address as REHEARSAL_HISTORY",
        );
    }
    match config::every_app(args) {
        Ok(None) => once(args, None),
        Ok(Some(apps)) => {
            every_app::run(args, &apps, |app| once(args, Some(app))).unwrap_or_else(|abort| say(&abort))
        }
        Err(abort) => say(&abort),
    }
}

/// The command for the app that was typed, or for this one.
fn once(args: &[OsString], app: Option<&str>) -> Exit {
    match config::parse(args, app) {
        Ok(cli) => run(&cli).unwrap_or_else(|abort| say(&abort)),
        Err(Stop::Settings(abort)) => say(&abort),
        Err(Stop::Clap(error)) => clap_says(&error),
    }
}

fn say(abort: &Abort) -> Exit {
    output::note(&format!("error: {abort}"));
    abort.exit
}

/// Help and version go to standard output and are no error; anything else is wrong usage.
fn clap_says(error: &clap::Error) -> Exit {
    let text = error.render().ansi().to_string();
    if error.use_stderr() {
        output::note(text.trim_end());
        return Exit::Usage;
    }
    output::print(&text).map_or_else(|abort| abort.exit, |()| Exit::Ok)
}

fn run(cli: &Cli) -> Result<Exit, Abort> {
    let colours = match cli.color {
        ColorArg::Auto => ColorChoice::Auto,
        ColorArg::Always => ColorChoice::Always,
        ColorArg::Never => ColorChoice::Never,
    };
    colours.write_global();
    match &cli.command {
        Command::Scenario(args) => scenario::run(args),
        Command::Keys(args) => keys::run(args),
        Command::Estimate(args) => estimate::run(args),
        Command::Explain(args) => explain::run(args),
        Command::Report(args) => block_on(report::run(args)),
        Command::Compare(args) => block_on(compare::run(args)),
        Command::Merge(args) => block_on(merge::run(args)),
        Command::Completions(args) => completions::completions(args),
        Command::Man => completions::man(),
        Command::Check(args) if cli.all && args.service.every.is_some() => {
            Err(Abort::usage("--every goes on with one app, and --all is about several")
                .remedy("run a service for each app: check --app NAME --every TIME"))
        }
        Command::Check(args) => block_on(check::run(args, cli.config.as_deref())),
        Command::Slo(args) => block_on(slo::run(args)),
        Command::Probe(args) => block_on(probe::run(args)),
        Command::Demo(args) => block_on(demo::run(args)),
        Command::Doctor(args) => block_on(doctor::run(args)),
        Command::Load(args) => block_on(load::run(args)),
        Command::Cleanup(args) => block_on(cleanup::run(args)),
        Command::History(args) => block_on(history::run(args)),
        Command::Alert(args) => block_on(alert::run(args, cli.config.as_deref())),
    }
}

/// Runs a command on a runtime of its own: one thread, so that a start costs little and what is measured
/// is not moved between cores.
fn block_on(command: impl Future<Output = Result<Exit, Abort>>) -> Result<Exit, Abort> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| Abort::unavailable(format!("the runtime can't start: {error}")))?;
    let result = runtime.block_on(command);
    // A name that the system is still looking up for a mail server holds up no end.
    runtime.shutdown_background();
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_a_defect_of_ours() {
        assert_eq!(guarded(|| Exit::Breach), Exit::Breach);
        assert_eq!(guarded(|| panic!("on purpose")), Exit::Defect);
    }
}
