//! What was typed: clap's structures and nothing else, one file for each command or group of flags.

mod alert;
mod capacity;
mod check;
mod cleanup;
mod compare;
mod completions;
mod demo;
mod doctor;
pub mod estimate;
mod events;
mod explain;
mod gate;
mod history;
mod history_flag;
mod how;
mod kept;
mod keys;
mod load;
mod merge;
mod out;
mod place;
mod probe;
mod projection;
mod report;
mod scenario;
mod service;
mod slo;
mod threshold;
mod trust;
mod what;

pub use alert::{AlertArgs, AlertCommand, AlertFlags, Interval, TestAlertArgs};
pub use capacity::CapacityFlags;
pub use check::{CheckArgs, HealthArgs, StaleFlag};
pub use cleanup::CleanupArgs;
pub use compare::{CompareArgs, FailIf};
pub use completions::CompletionsArgs;
pub use demo::DemoArgs;
pub use doctor::DoctorArgs;
pub use estimate::EstimateArgs;
pub use events::EventsFlags;
pub use explain::ExplainArgs;
pub use gate::GateFlags;
pub use history::{ExcludeArgs, ExcludeCommand, HistoryArgs, HistoryCommand, ListArgs};
pub use history_flag::{HistoryFlag, RetentionFlag};
pub use how::HowArgs;
pub use kept::KeptArgs;
pub use keys::{
    CaArgs, CaFormat, ExportKeyArgs, Framework, HowtoArgs, KeysArgs, KeysCommand, NewKeyArgs, ServeKeyArgs,
    SigningKeyArgs,
};
pub use load::{
    LoadArgs, LoadModelArgs, LoadWhatArgs, RateArg, RolloutArg, SafetyArgs, SendingArgs, StageArg,
    WhenFullArg,
};
pub use merge::MergeArgs;
pub use out::{ColorArg, OutArgs};
pub use place::PlaceArgs;
pub use probe::{CleanupFlags, ProbeArgs};
pub use projection::ProjectionArgs;
pub use report::ReportArgs;
pub use scenario::{ScenarioArgs, ScenarioCommand};
pub use service::ServiceFlags;
pub use slo::SloArgs;
pub use threshold::{AbortFlags, ThresholdFlags};
pub use trust::{AudienceForm, TrustArg, TrustArgs};
pub use what::{PlatformArg, WhatArgs};

use std::path::PathBuf;

use clap::{Parser, Subcommand};

/// The whole command line.
#[derive(Debug, Parser)]
#[command(name = "rehearsal", version, about, max_term_width = 100, after_help = AFTER_HELP)]
pub struct Cli {
    /// Settings [default: rehearsal.toml here, if there is one]
    #[arg(long, global = true, value_name = "FILE", help_heading = "Settings")]
    pub config: Option<PathBuf>,

    /// An app of the settings file: its keys apply before the general ones
    #[arg(long, global = true, value_name = "NAME", help_heading = "Settings")]
    pub app: Option<String>,

    /// Every app of the settings file, one after another; the worst exit code is the whole's. `{app}` in a
    /// flag's value stands for the app's name
    #[arg(long, global = true, conflicts_with = "app", help_heading = "Settings")]
    pub all: bool,

    /// When to use colours
    #[arg(long, global = true, value_enum, value_name = "WHEN", default_value_t = ColorArg::Auto)]
    pub color: ColorArg,

    /// The command.
    #[command(subcommand)]
    pub command: Command,
}

const AFTER_HELP: &str = "\
Every flag can stand in the environment (--idle-timeout as REHEARSAL_IDLE_TIMEOUT) and in
rehearsal.toml (idle-timeout = \"5s\"); the flag wins, then the environment, then the file.

Exit codes: 0 ok · 1 at risk · 2 breach · 3 no data or inconclusive · 64 usage · 65 unreadable file
· 69 a part of ours could not start · 70 a defect of ours · 130 interrupted";

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Do the whole job with no set-up: a reference app, a key server, every scenario, the report
    Demo(DemoArgs),
    /// Say what is wrong with the set-up of an app, without sending an install
    Doctor(DoctorArgs),
    /// Replay the lifecycle scenarios against an app before a deploy
    Probe(Box<ProbeArgs>),
    /// Load-test the installed callback: at a rate, in stages, as a rollout, or with so many senders
    Load(Box<LoadArgs>),
    /// From cron: one light pass, recorded, and judged over 24 hours and 28 days
    Check(Box<CheckArgs>),
    /// Show both windows, their budgets and the forecast from the history
    Slo(SloArgs),
    /// Render a run again, in any format
    Report(ReportArgs),
    /// Say whether a run is better or worse than another
    Compare(CompareArgs),
    /// Add the parts of a run up
    Merge(MergeArgs),
    /// Uninstall what a killed run left behind
    Cleanup(CleanupArgs),
    /// List, show, carry, prune and correct what was recorded
    History(HistoryArgs),
    /// List the alerts of the settings file, or send a test message to them
    Alert(AlertArgs),
    /// Plan: intervals, sample sizes, gate plans, forecasts, retry amplification
    Estimate(EstimateArgs),
    /// Make, serve and export the probe's signing key
    Keys(KeysArgs),
    /// List, show and validate scenario files
    Scenario(ScenarioArgs),
    /// Say what a failure code means and what to do
    Explain(ExplainArgs),
    /// Print completions for a shell
    Completions(CompletionsArgs),
    /// Print the manual page
    Man,
}
