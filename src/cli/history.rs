//! `rehearsal history`.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Subcommand};
use jiff::{Span, SpanRelativeTo};

/// What was typed after `rehearsal history`.
#[derive(Debug, Clone, Args)]
pub struct HistoryArgs {
    /// What is wanted of the history.
    #[command(subcommand)]
    pub command: HistoryCommand,

    /// The history: sqlite:PATH or postgres://USER@HOST/DATABASE [default: a file in the state directory]. A
    /// password is better given as PGPASSWORD, or the whole as REHEARSAL_HISTORY
    // Its default may come from the settings file, password and all.
    #[arg(long, value_name = "URL", global = true, hide_default_value = true)]
    pub history: Option<String>,

    /// Where the history is by default [default: the user's state directory]
    #[arg(long, value_name = "DIR", global = true)]
    pub state_dir: Option<PathBuf>,
}

/// What can be done with a history.
#[derive(Debug, Clone, Subcommand)]
pub enum HistoryCommand {
    /// List the runs, the latest first
    List(ListArgs),
    /// Show a run
    Show {
        /// Its id, or how that begins
        #[arg(value_name = "RUN")]
        run: String,
        /// Print its JSON report
        #[arg(long)]
        json: bool,
    },
    /// Write runs and exclusions as lines of JSON
    Export {
        /// The file to write; `-` is standard output
        #[arg(value_name = "FILE", default_value = "-")]
        file: String,
    },
    /// Take in what was exported; what is known already stays as it is
    Import {
        /// The file to read; `-` is standard input
        #[arg(value_name = "FILE")]
        file: String,
    },
    /// Forget old runs
    Prune {
        /// How long runs are kept, e.g. 400d
        #[arg(long, value_name = "TIME", value_parser = retention)]
        keep: Duration,
    },
    /// Show Atlassian's figures beside ours
    Reconcile {
        /// The `incident-data` object of a mail, a list of them, or a CSV with the columns from, to and
        /// success_rate; `-` is standard input
        #[arg(value_name = "FILE")]
        file: String,
        /// The app that figures are of which don't say it
        #[arg(long, value_name = "KEY")]
        app_key: Option<String>,
    },
    /// Say which intervals and instances do not count, and why
    Exclude {
        /// What about exclusions.
        #[command(subcommand)]
        command: ExcludeCommand,
    },
}

/// Which runs are listed.
#[derive(Debug, Clone, Args)]
pub struct ListArgs {
    /// Only those of the app with this key
    #[arg(long, value_name = "KEY")]
    pub app_key: Option<String>,
    /// Only those of this environment
    #[arg(long, value_name = "NAME")]
    pub environment: Option<String>,
    /// Only those of this location
    #[arg(long, value_name = "NAME")]
    pub location: Option<String>,
    /// Only those that began at this moment or later: RFC 3339, a date (UTC), or e.g. `2h ago`
    #[arg(long, value_name = "MOMENT")]
    pub since: Option<String>,
    /// Only those that began before this moment
    #[arg(long, value_name = "MOMENT")]
    pub until: Option<String>,
    /// At most so many
    #[arg(long, value_name = "N", default_value_t = 20)]
    pub limit: u32,
    /// Print lines of JSON
    #[arg(long)]
    pub json: bool,
}

/// `rehearsal history exclude`.
#[derive(Debug, Clone, Subcommand)]
pub enum ExcludeCommand {
    /// Exclude an interval, or what fits the patterns in it
    Add(ExcludeArgs),
    /// List the exclusions
    List {
        /// Print lines of JSON
        #[arg(long)]
        json: bool,
    },
    /// Take an exclusion back: what it excluded counts again
    Remove {
        /// Its id, or how that begins
        #[arg(value_name = "ID")]
        id: String,
    },
}

/// What does not count. In a PATTERN `*` stands for any text.
#[derive(Debug, Clone, Args)]
pub struct ExcludeArgs {
    /// Why
    #[arg(long, value_name = "TEXT")]
    pub reason: String,
    /// Its first moment: RFC 3339, a date (UTC), `now`, or e.g. `2h ago`
    #[arg(long, value_name = "MOMENT")]
    pub from: String,
    /// The moment at which it ends [default: it lasts until it is removed]
    #[arg(long, value_name = "MOMENT")]
    pub to: Option<String>,
    /// Only apps with such a key
    #[arg(long, value_name = "PATTERN")]
    pub only_app_key: Option<String>,
    /// Only such environments
    #[arg(long, value_name = "PATTERN")]
    pub only_environment: Option<String>,
    /// Only such locations of the probe
    #[arg(long, value_name = "PATTERN")]
    pub only_location: Option<String>,
    /// Only such sites
    #[arg(long, value_name = "PATTERN")]
    pub only_site: Option<String>,
    /// Only such clientKeys
    #[arg(long, value_name = "PATTERN")]
    pub only_client_key: Option<String>,
    /// Only such codes, e.g. `status.5*`
    #[arg(long, value_name = "PATTERN")]
    pub only_code: Option<String>,
}

/// Reads how long runs are kept, e.g. `400d`. A day has 24 hours.
pub(super) fn retention(text: &str) -> Result<Duration, String> {
    let expected = "expected a time such as 400d, 8w or 36h";
    let span: Span = text.parse().map_err(|_| expected.to_owned())?;
    let relative = SpanRelativeTo::days_are_24_hours();
    let time = span.to_duration(relative).ok().and_then(|time| Duration::try_from(time).ok());
    time.filter(|time| !time.is_zero()).ok_or_else(|| expected.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retention_is_a_time_with_a_unit() {
        assert_eq!(retention("400d"), Ok(Duration::from_secs(400 * 86_400)));
        assert_eq!(retention("36h"), Ok(Duration::from_secs(36 * 3600)));
        assert_eq!(retention("2w"), Ok(Duration::from_secs(14 * 86_400)));
        for text in ["400", "0d", "-1d", "1d ago", "1y", "long"] {
            assert!(retention(text).is_err(), "{text}");
        }
    }
}
