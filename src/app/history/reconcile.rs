//! `rehearsal history reconcile`: Atlassian's figures beside ours.

use std::fmt::Write;
use std::{fs, io};

use crate::exit::{Abort, Exit};
use crate::history::reconcile::{TheirFigure, read};
use crate::history::{History, HistoryError, HistoryStore, Series};
use crate::report::output;
use crate::verdict::Verdict;

/// Prints each of Atlassian's figures in `file`, and below it what was recorded in the same interval.
pub(super) async fn run(file: &str, app_key: Option<&str>, store: &mut History) -> Result<Exit, Abort> {
    let text = if file == "-" { io::read_to_string(io::stdin()) } else { fs::read_to_string(file) };
    let text = text.map_err(|error| Abort::data(format!("can't read {file}: {error}")))?;
    let figures = read(&text).map_err(|problem| Abort::data(format!("{file}: {problem}")))?;
    let heads = store.series().await?;
    let mut text = String::new();
    for figure in figures {
        let wanted = figure.app_key.as_deref().or(app_key);
        let _ = writeln!(text, "{:.0} to {:.0}", figure.from, figure.to);
        let _ = writeln!(text, "  {:>8.3} %  Atlassian's  {}", figure.percent, wanted.unwrap_or_default());
        let mut seen = false;
        for head in &heads {
            if wanted.is_none_or(|key| key == head.series.app_key)
                && let Some(line) = ours(&figure, &head.series, store).await?
            {
                seen = true;
                text.push_str(&line);
            }
        }
        if !seen {
            text.push_str("            nothing was recorded in this interval\n");
        }
    }
    output::print(&text)?;
    Ok(Exit::Ok)
}

/// The line of one series; none when it has no valid event in the interval.
async fn ours(
    figure: &TheirFigure,
    series: &Series,
    store: &mut History,
) -> Result<Option<String>, HistoryError> {
    let tally = store.tally(series, &[figure.from, figure.to]).await?;
    let sum = |verdicts: &[Verdict]| -> u64 {
        tally.iter().flatten().filter(|row| verdicts.contains(&row.verdict)).map(|row| row.count).sum()
    };
    let good = sum(&[Verdict::Good, Verdict::Reached]);
    let valid = good + sum(&[Verdict::Bad]);
    if valid == 0 {
        return Ok(None);
    }
    let percent = 100.0 * good as f64 / valid as f64;
    let difference = percent - figure.percent;
    Ok(Some(format!("  {percent:>8.3} %  {difference:+.3}  {good} of {valid}  {series}\n")))
}
