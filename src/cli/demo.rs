//! `rehearsal demo`.

use clap::Args;

use super::{OutArgs, ProjectionArgs, WhatArgs};

/// What was typed after `rehearsal demo`.
#[derive(Debug, Clone, Args)]
pub struct DemoArgs {
    /// Let the reference app misbehave in this way
    #[arg(long, value_name = "NAME")]
    pub fault: Option<String>,

    /// List the ways in which the reference app can misbehave
    #[arg(long, exclusive = true)]
    pub list_faults: bool,

    #[command(flatten)]
    /// What to rehearse.
    pub what: WhatArgs,
    #[command(flatten)]
    /// How the result is projected.
    pub projection: ProjectionArgs,
    #[command(flatten)]
    /// Whether every exchange is written.
    pub events: super::EventsFlags,
    #[command(flatten)]
    /// Where results go.
    pub out: OutArgs,
}
