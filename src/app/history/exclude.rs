//! `rehearsal history exclude`.

use std::fmt::Write;

use jiff::Timestamp;

use super::moment::moment;
use crate::app::rehearsal::fill_random;
use crate::cli::{ExcludeArgs, ExcludeCommand};
use crate::exit::{Abort, Exit};
use crate::history::{Exclusion, History, HistoryStore, Scope};
use crate::report::output;

/// Adds, lists or removes exclusions.
pub(super) async fn run(
    command: &ExcludeCommand,
    store: &mut History,
    now: Timestamp,
) -> Result<Exit, Abort> {
    match command {
        ExcludeCommand::Add(args) => {
            let exclusion = exclusion(args, now)?;
            store.add_exclusion(&exclusion).await?;
            output::print(&format!("Excluded: {}", shown(&exclusion)))?;
        }
        ExcludeCommand::List { json } => {
            let mut text = String::new();
            for exclusion in store.exclusions().await? {
                if *json {
                    let line = serde_json::to_string(&exclusion)
                        .map_err(|error| Abort::defect(error.to_string()))?;
                    let _ = writeln!(text, "{line}");
                } else {
                    text.push_str(&shown(&exclusion));
                }
            }
            if text.is_empty() && !json {
                text.push_str("Nothing is excluded.\n");
            }
            output::print(&text)?;
        }
        ExcludeCommand::Remove { id } => remove(id, store).await?,
    }
    Ok(Exit::Ok)
}

fn exclusion(args: &ExcludeArgs, now: Timestamp) -> Result<Exclusion, Abort> {
    let from = moment("--from", &args.from, now)?;
    let to = args.to.as_deref().map(|to| moment("--to", to, now)).transpose()?;
    if to.is_some_and(|to| to <= from) {
        return Err(Abort::usage("--to is not after --from: nothing would be excluded"));
    }
    let mut random = [0; 16];
    fill_random(&mut random);
    Ok(Exclusion {
        id: uuid::Builder::from_random_bytes(random).into_uuid(),
        reason: args.reason.clone(),
        from,
        to,
        scope: Scope {
            app_key: args.only_app_key.clone(),
            environment: args.only_environment.clone(),
            location: args.only_location.clone(),
            site: args.only_site.clone(),
            client_key: args.only_client_key.clone(),
            code: args.only_code.clone(),
        },
        created_at: now,
    })
}

async fn remove(id: &str, store: &mut History) -> Result<(), Abort> {
    let exclusions = store.exclusions().await?;
    let fits = |exclusion: &&Exclusion| !id.is_empty() && exclusion.id.to_string().starts_with(id);
    let mut fitting = exclusions.iter().filter(fits);
    match (fitting.next(), fitting.next()) {
        (Some(exclusion), None) => {
            store.remove_exclusion(exclusion.id).await?;
            output::print(&format!("Counts again: {}", shown(exclusion)))
        }
        (None, _) => Err(Abort::usage(format!("there is no exclusion `{id}`"))
            .remedy("`rehearsal history exclude list` lists them")),
        (Some(_), Some(_)) => {
            Err(Abort::usage(format!("more than one exclusion begins with `{id}`"))
                .remedy("give more of its id"))
        }
    }
}

/// One line.
fn shown(exclusion: &Exclusion) -> String {
    let Exclusion { id, reason, from, to, scope, .. } = exclusion;
    let to = to.map_or_else(|| "until it is removed".to_owned(), |to| format!("to {to:.0}"));
    let mut line = format!("{id}  {from:.0} {to}");
    for (name, pattern) in [
        ("app", &scope.app_key),
        ("environment", &scope.environment),
        ("location", &scope.location),
        ("site", &scope.site),
        ("clientKey", &scope.client_key),
        ("code", &scope.code),
    ] {
        if let Some(pattern) = pattern {
            let _ = write!(line, "  {name} {pattern}");
        }
    }
    line + &format!("  ({reason})\n")
}
