//! `rehearsal alert`: the alerts of the settings file, and trying them out.

use std::path::Path;

use futures_util::future::join_all;
use jiff::Timestamp;

use crate::alert::{Alert, Heartbeat, Letter, Signal, Undelivered, deliver};
use crate::cli::{AlertArgs, AlertCommand, TestAlertArgs};
use crate::config::{self, Alerting};
use crate::exit::{Abort, Exit};
use crate::report::output;

/// Lists or tries out alerts.
pub(super) async fn run(args: &AlertArgs, config: Option<&Path>) -> Result<Exit, Abort> {
    match &args.command {
        AlertCommand::List => list(&config::alerting(config, &[])?),
        AlertCommand::Test(args) => test(args, config).await,
    }
}

fn list(alerting: &Alerting) -> Result<Exit, Abort> {
    if alerting.kinds.is_empty() {
        output::print("No alerts. A table [alerts.NAME] in rehearsal.toml makes one.\n")?;
        return Ok(Exit::Ok);
    }
    let width = widest(alerting);
    let lines = alerting.kinds.iter().map(|(name, kind)| format!("{name:width$}  {kind}\n"));
    output::print(&lines.collect::<String>())?;
    Ok(Exit::Ok)
}

/// Sends a marked message through each, and prints what came of it.
async fn test(args: &TestAlertArgs, config: Option<&Path>) -> Result<Exit, Abort> {
    let alerting = config::alerting(config, args.alert.as_slice())?;
    if alerting.kinds.is_empty() {
        return Err(Abort::usage("there are no alerts to test")
            .remedy("make one in rehearsal.toml: a table [alerts.NAME] with its kind"));
    }
    let alert = Alert::test(Timestamp::now());
    let letter = |sink: &str| Letter { sink: sink.to_owned(), alert: alert.clone() };
    let letters: Vec<_> = alerting.sinks.iter().map(|sink| letter(&sink.name)).collect();
    let (deliveries, pings) =
        tokio::join!(deliver(&alerting.sinks, &letters), join_all(alerting.heartbeats.iter().map(try_out)));
    let delivered = deliveries.into_iter().map(|delivery| (delivery.sink, delivery.result));
    let pinged = alerting.heartbeats.iter().map(|heartbeat| heartbeat.name.clone()).zip(pings);
    let results: Vec<_> = delivered.chain(pinged).collect();
    let width = widest(&alerting);
    let line = |(name, result): &(String, Result<(), Undelivered>)| match result {
        Ok(()) => format!("{name:width$}  sent\n"),
        Err(error) => format!("{name:width$}  not sent: {error}\n"),
    };
    output::print(&results.iter().map(line).collect::<String>())?;
    let all_sent = results.iter().all(|(_, result)| result.is_ok());
    Ok(if all_sent { Exit::Ok } else { Exit::Unavailable })
}

/// Pings as a check does that finds all well.
async fn try_out(heartbeat: &Heartbeat) -> Result<(), Undelivered> {
    heartbeat.ping(Signal::Start, "test").await?;
    heartbeat.ping(Signal::Success, "test").await
}

fn widest(alerting: &Alerting) -> usize {
    alerting.kinds.iter().map(|(name, _)| name.chars().count()).max().unwrap_or_default()
}
