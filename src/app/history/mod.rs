//! `rehearsal history`, and the opening of the history for the commands that use it.

mod carry;
mod exclude;
mod list;
mod moment;
mod reconcile;

use std::path::Path;
use std::time::Duration;

use jiff::Timestamp;

use crate::cli::{HistoryArgs, HistoryCommand};
use crate::config;
use crate::exit::{Abort, Exit};
use crate::history::{History, HistoryStore, HistoryUrl};
use crate::report::output;

/// Does what was asked of the history.
pub(super) async fn run(args: &HistoryArgs) -> Result<Exit, Abort> {
    let state_dir = config::state_dir(args.state_dir.as_deref())?;
    let url = url(args.history.as_deref(), Some(&state_dir))?;
    let Some(mut store) = History::open(&url).await? else {
        return Err(Abort::usage("--history none names no history")
            .remedy("leave it out for the one in the state directory"));
    };
    let now = Timestamp::now();
    match &args.command {
        HistoryCommand::List(args) => list::runs(args, &mut store, now).await,
        HistoryCommand::Show { run, json } => list::show(run, *json, &mut store).await,
        HistoryCommand::Export { file } => carry::export(file, &mut store).await,
        HistoryCommand::Import { file } => carry::import(file, &mut store).await,
        HistoryCommand::Prune { keep } => prune(*keep, &mut store, now).await,
        HistoryCommand::Reconcile { file, app_key } => {
            reconcile::run(file, app_key.as_deref(), &mut store).await
        }
        HistoryCommand::Exclude { command } => exclude::run(command, &mut store, now).await,
    }
}

/// Where the history is: as typed, otherwise a file in the state directory for commands that record by
/// default, otherwise nowhere.
pub(super) fn url(typed: Option<&str>, default_in: Option<&Path>) -> Result<HistoryUrl, Abort> {
    let Some(typed) = typed else {
        let file = default_in.map(|state_dir| HistoryUrl::Sqlite(state_dir.join("history.db")));
        return Ok(file.unwrap_or(HistoryUrl::None));
    };
    let url = HistoryUrl::parse(typed).map_err(|problem| Abort::usage(format!("--history: {problem}")))?;
    Ok(match url {
        HistoryUrl::Postgres(url) => {
            HistoryUrl::Postgres(url.or_password(config::database_password().as_deref()))
        }
        HistoryUrl::Sqlite(_) | HistoryUrl::None => url,
    })
}

async fn prune(keep: Duration, store: &mut History, now: Timestamp) -> Result<Exit, Abort> {
    let before = now.checked_sub(keep).unwrap_or(Timestamp::MIN);
    let pruned = store.prune(before).await?;
    output::print(&format!("Forgot {pruned} runs that ended before {before:.0}.\n"))?;
    Ok(Exit::Ok)
}
