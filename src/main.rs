//! The `rehearsal` command.

use std::process::ExitCode;

fn main() -> ExitCode {
    rehearsal::app::main(std::env::args_os()).into()
}
