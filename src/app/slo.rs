//! `rehearsal slo`: how apps stand, from the history alone. Nothing is sent to them.

use jiff::Timestamp;

use super::check::memory;
use super::history;
use super::journal::Journal;
use super::reporting;
use super::{probe, windows};
use crate::cli::SloArgs;
use crate::config;
use crate::exit::{Abort, Exit};
use crate::history::{HistoryStore, Series, SeriesHead};
use crate::report::slo::SloReport;
use crate::report::{output, terminal};
use crate::verdict::Trust;

/// Prints both windows of every series that was asked for.
pub(super) async fn run(args: &SloArgs) -> Result<Exit, Abort> {
    let state_dir = config::state_dir(args.state_dir.as_deref())?;
    let url = history::url(args.history.history.as_deref(), Some(&state_dir))?;
    let planned = config::maintenance()?;
    let mut journal = Journal::open(&url, &state_dir).await?;
    let history = journal.store().map_err(|missing| Abort::unavailable(missing.to_string()))?;
    let wanted = Wanted::of(args, history).await?;
    let now = Timestamp::now();
    let stale_after = args.stale.stale_after;
    let mut series = Vec::new();
    for head in history.series().await?.into_iter().filter(|head| wanted.fits(head)) {
        series.push(windows::standing(history, &head, &planned, stale_after, now).await?);
    }
    let report = SloReport::new(now, stale_after.as_secs(), series);
    if args.json {
        output::print(&report.json())?;
    } else if report.series.is_empty() {
        output::print("NO DATA: no check of such an app was ever recorded, and that is never a pass.\n")?;
    } else {
        output::print(&terminal::render_slo(&report, reporting::width()))?;
    }
    Ok(report.state.exit())
}

/// Which series are asked for. What is not given does not matter.
struct Wanted<'args> {
    args: &'args SloArgs,
    app_key: Option<String>,
    trust: Option<Trust>,
}

impl<'args> Wanted<'args> {
    /// An app that is named by its base URL alone has the key that its checks learnt from its descriptor, or else
    /// that URL.
    async fn of(args: &'args SloArgs, history: &mut impl HistoryStore) -> Result<Self, Abort> {
        let app_key = match (&args.app_key, &args.base_url) {
            (Some(key), _) => Some(key.clone()),
            (None, Some(url)) => {
                let base = probe::base_url(url)?;
                let known = memory::known_app(history, &base).await?;
                Some(Series::app(known.and_then(|known| known.key), &base))
            }
            (None, None) => None,
        };
        Ok(Self { args, app_key, trust: args.trust.map(Trust::from) })
    }

    fn fits(&self, head: &SeriesHead) -> bool {
        let is = |wanted: &Option<String>, text: &String| wanted.as_ref().is_none_or(|wanted| wanted == text);
        head.last_run_at.is_some()
            && is(&self.app_key, &head.series.app_key)
            && is(&self.args.environment, &head.series.environment)
            && is(&self.args.location, &head.series.location)
            && self.trust.is_none_or(|trust| trust == head.series.trust)
    }
}
