//! `rehearsal scenario`.

use clap::{Args, Subcommand};

/// What was typed after `rehearsal scenario`.
#[derive(Debug, Args)]
pub struct ScenarioArgs {
    /// The subcommand.
    #[command(subcommand)]
    pub command: ScenarioCommand,
}

/// What to do with scenarios.
#[derive(Debug, Subcommand)]
pub enum ScenarioCommand {
    /// List the built-in scenarios
    List {
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Print a scenario's document, to copy and change it
    Show {
        /// A built-in scenario or a scenario file
        #[arg(value_name = "NAME|FILE")]
        scenario: String,
        /// Tell what happens in it instead
        #[arg(long)]
        outline: bool,
    },
    /// Check scenario files, and report everything that is wrong with them
    Validate {
        /// Scenario files, or folders of them; `-` is standard input
        #[arg(required = true, value_name = "FILE")]
        files: Vec<String>,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Print the JSON Schema of scenario files
    Schema,
    /// Make a scenario from a recorded callback: a HAR file or an entry of it, a dump of the raw request,
    /// or JSON with `headers` and `body`. No secret, token, name or address is copied
    FromCapture {
        /// The recording; `-` is standard input
        file: String,
        /// The scenario's name: lower-case words joined by hyphens
        #[arg(long, default_value = "captured")]
        name: String,
    },
}
