//! What to rehearse.

use clap::builder::PossibleValuesParser;
use clap::{Args, ValueEnum};

use crate::atlassian::Product;

/// Scenarios, repetitions and the product that plays them.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "What")]
pub struct WhatArgs {
    /// A built-in scenario or a scenario file [default: the six lifecycle scenarios; for a
    /// check one installed callback of a tenant that it keeps]
    #[arg(long, value_name = "NAME|FILE", value_delimiter = ',')]
    pub scenario: Vec<String>,

    /// How often each scenario is played, each time by a new tenant (1 to 1,000,000)
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub repeat: u32,

    /// How many tenants at once (1 to 10,000); apps on an embedded database often fail parallel installs
    #[arg(long, short = 'c', value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub concurrency: u32,

    /// How often a bad callback is sent again (0 to 10); all tries are one callback, which counts as the last
    /// of them. Atlassian's own first tries would have counted as failures
    #[arg(long, value_name = "N", default_value_t = 0, value_parser = clap::value_parser!(u32).range(0..=10))]
    pub retries: u32,

    /// The product that sends the callbacks [default: what each scenario says]
    #[arg(long, value_name = "PRODUCT", value_parser = PossibleValuesParser::new(["jira", "confluence"]))]
    pub product: Option<String>,

    /// The platform the app is on: Connect on Forge sends no `installed` on automatic upgrades and no
    /// `enabled` or `disabled`
    #[arg(long, value_enum, default_value_t = PlatformArg::Connect)]
    pub platform: PlatformArg,

    /// A path of the app that wants the tenant's current secret, e.g. /protected; scenarios use it to
    /// prove that a rotated secret works and the old one does not
    #[arg(long, value_name = "PATH")]
    pub protected_path: Option<String>,

    /// Makes the order of scenarios repeatable (never identities or secrets)
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub seed: u64,
}

impl WhatArgs {
    /// The product asked for, if any.
    pub fn product(&self) -> Option<Product> {
        product(self.product.as_deref())
    }
}

/// The product of this name.
pub(super) fn product(name: Option<&str>) -> Option<Product> {
    match name {
        Some("jira") => Some(Product::Jira),
        Some("confluence") => Some(Product::Confluence),
        _ => None,
    }
}

/// The platform the app is on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum PlatformArg {
    /// Plain Connect.
    Connect,
    /// Connect modules in a Forge app.
    ConnectOnForge,
}
