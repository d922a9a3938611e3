//! `rehearsal completions` and `rehearsal man`.

use crate::cli::CompletionsArgs;
use crate::config;
use crate::exit::{Abort, Exit};
use crate::report::output;

/// Prints completions for a shell.
pub(super) fn completions(args: &CompletionsArgs) -> Result<Exit, Abort> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut config::command(), "rehearsal", &mut script);
    print(&script)
}

/// Prints the manual page.
pub(super) fn man() -> Result<Exit, Abort> {
    let mut page = Vec::new();
    clap_mangen::Man::new(config::command())
        .render(&mut page)
        .map_err(|error| Abort::defect(format!("the manual page can't be rendered: {error}")))?;
    print(&page)
}

fn print(text: &[u8]) -> Result<Exit, Abort> {
    output::print(&String::from_utf8_lossy(text))?;
    Ok(Exit::Ok)
}
