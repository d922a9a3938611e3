//! Where the app is, and under which names its runs are recorded.

use std::path::PathBuf;

use clap::Args;

/// The app's address and descriptor.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Where")]
pub struct PlaceArgs {
    /// The descriptor [default: BASE_URL/atlassian-connect.json]
    #[arg(long, value_name = "URL|FILE")]
    pub descriptor: Option<String>,

    /// A Forge manifest with Connect modules, in place of a descriptor
    #[arg(long, value_name = "FILE", conflicts_with_all = ["descriptor", "installed_path"])]
    pub manifest: Option<PathBuf>,

    /// The path of the installed callback; no descriptor is fetched
    #[arg(long, value_name = "PATH", conflicts_with = "descriptor")]
    pub installed_path: Option<String>,

    /// The path of the uninstalled callback, with --installed-path
    #[arg(long, value_name = "PATH", requires = "installed_path")]
    pub uninstalled_path: Option<String>,

    /// The app's key [default: the descriptor's]
    #[arg(long, value_name = "KEY")]
    pub app_key: Option<String>,

    /// The environment this run is recorded under, e.g. staging
    #[arg(long, value_name = "NAME")]
    pub environment: Option<String>,

    /// The place the probe runs at, e.g. eu-west-1
    #[arg(long, value_name = "NAME")]
    pub location: Option<String>,

    /// A label to record (repeatable)
    #[arg(long, value_name = "K=V", value_parser = key_value)]
    pub label: Vec<(String, String)>,
}

fn key_value(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((key, value)) if !key.is_empty() => Ok((key.to_owned(), value.to_owned())),
        _ => Err("expected KEY=VALUE".to_owned()),
    }
}
