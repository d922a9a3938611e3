//! `--all`: the command once for each app of the settings file.

use std::ffi::OsString;

use crate::config;
use crate::exit::{Abort, Exit};
use crate::report::output;

/// Runs the command for each app, one after another, says how each ended, and ends like the worst.
pub(super) fn run(args: &[OsString], apps: &[String], once: impl Fn(&str) -> Exit) -> Result<Exit, Abort> {
    let reports = config::given(args, "report");
    if reports.iter().any(|report| report == "nagios=-") {
        return Err(Abort::usage("--report nagios=- speaks of one app, and --all is about several")
            .remedy("run it once for each with --app NAME, or write files: --report nagios={app}.txt"));
    }
    let mut ends = Vec::new();
    for app in apps {
        let exit = once(app);
        ends.push((app, exit));
        if exit == Exit::Interrupted {
            break;
        }
    }
    let width = apps.iter().map(String::len).max().unwrap_or_default();
    let lines: String = ends.iter().map(|(app, exit)| line(app, width, *exit)).collect();
    if reports.iter().any(|report| report.ends_with("=-")) {
        output::note(lines.trim_end());
    } else {
        output::print(&lines)?;
    }
    Ok(worst(ends.into_iter().map(|(_, exit)| exit)))
}

fn line(app: &str, width: usize, exit: Exit) -> String {
    let word = match exit {
        Exit::Ok => "OK",
        Exit::AtRisk => "AT RISK",
        Exit::Breach => "BREACH",
        Exit::NoData => "NO DATA, or nothing can be concluded",
        Exit::Usage | Exit::Data | Exit::Unavailable | Exit::Defect => "not done: standard error says why",
        Exit::Interrupted => "interrupted",
    };
    format!("{app:width$}  {word} (exit {})\n", exit.code())
}

/// A breach outweighs what could not be done, and that what is not known.
fn worst(exits: impl Iterator<Item = Exit>) -> Exit {
    let weight = |exit: &Exit| match exit {
        Exit::Ok => 0,
        Exit::AtRisk => 1,
        Exit::NoData => 2,
        Exit::Usage => 3,
        Exit::Data => 4,
        Exit::Unavailable => 5,
        Exit::Defect => 6,
        Exit::Breach => 7,
        Exit::Interrupted => 8,
    };
    exits.max_by_key(weight).unwrap_or(Exit::NoData)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_breach_is_never_hidden_by_what_could_not_be_done() {
        let worst = |exits: &[Exit]| worst(exits.iter().copied());
        assert_eq!(worst(&[Exit::Ok, Exit::Breach, Exit::Usage]), Exit::Breach);
        assert_eq!(worst(&[Exit::AtRisk, Exit::NoData]), Exit::NoData);
        assert_eq!(worst(&[Exit::Ok, Exit::AtRisk]), Exit::AtRisk);
        assert_eq!(worst(&[]), Exit::NoData);
    }
}
