//! Flags, environment and settings file, laid over each other: the flag wins, then the environment,
//! then the app's table of the file, then the file's general keys.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use clap::builder::{FalseyValueParser, OsStr as ClapStr};
use clap::{Arg, ArgAction, CommandFactory, FromArgMatches};

use crate::cli::Cli;
use crate::exit::Abort;
use crate::nearest::nearest;

const DEFAULT_FILE: &str = "rehearsal.toml";

/// What the settings file holds tables of, beside `apps`: [`table`] and [`tables`] read them.
const TABLES: [&str; 3] = ["alerts", "maintenance", "otlp"];

/// Why parsing ended without a command line to run.
#[derive(Debug)]
pub enum Stop {
    /// Clap has something to say: help, version or a usage error.
    Clap(clap::Error),
    /// The settings file is wrong.
    Settings(Abort),
}

/// Reads the command line with the environment and the settings file under it, for the app of the settings
/// file that was typed, or for `app`. `{app}` in a value stands for its name.
///
/// # Errors
/// When clap refuses the command line, asks for help to be shown, or the settings file is wrong.
pub fn parse(args: &[OsString], app: Option<&str>) -> Result<Cli, Stop> {
    let command = with_environment(Cli::command());
    let file = settings_file(args);
    let app = app.map(str::to_owned).or_else(|| typed_or_environment(args, "app"));
    let command = match (&file, &app) {
        (Some(file), _) => {
            let settings = read_settings(file).map_err(Stop::Settings)?;
            let values = select(&settings, &command, app.as_deref(), &file.path).map_err(Stop::Settings)?;
            with_file_defaults(command, &values)
        }
        (None, Some(app)) => return Err(Stop::Settings(no_settings(&format!("--app {app}")))),
        (None, None) => command,
    };
    let args = args.iter().map(|arg| with_app(arg, app.as_deref()));
    let matches = command.try_get_matches_from(args).map_err(Stop::Clap)?;
    Cli::from_arg_matches(&matches).map_err(Stop::Clap)
}

/// The apps of the settings file when `--all` asks for each of them.
///
/// # Errors
/// When there is no settings file, it can't be read, or it has no apps.
pub fn every_app(args: &[OsString]) -> Result<Option<Vec<String>>, Abort> {
    if !args.iter().take_while(|arg| *arg != "--").any(|arg| arg == "--all") {
        return Ok(None);
    }
    let file = settings_file(args).ok_or_else(|| no_settings("--all"))?;
    let settings = read_settings(&file)?;
    let apps = settings.get("apps").and_then(toml::Value::as_table);
    let names: Vec<String> = apps.into_iter().flat_map(toml::Table::keys).cloned().collect();
    if names.is_empty() {
        return Err(Abort::usage(format!("--all: {} has no table [apps.NAME]", file.path.display())));
    }
    Ok(Some(names))
}

fn no_settings(flag: &str) -> Abort {
    Abort::usage(format!("{flag} wants a settings file, and there is no {DEFAULT_FILE} here"))
        .remedy("give one with --config FILE")
}

/// A value with the app's name in it where it says so.
fn with_app(value: &OsStr, app: Option<&str>) -> OsString {
    match (value.to_str(), app) {
        (Some(text), Some(app)) => text.replace("{app}", app).into(),
        (_, _) => value.to_owned(),
    }
}

/// The command line as clap sees it, for completions and the manual page.
pub fn command() -> clap::Command {
    with_environment(Cli::command())
}

struct SettingsFile {
    path: PathBuf,
    named: bool,
}

fn settings_file(args: &[OsString]) -> Option<SettingsFile> {
    match typed_or_environment(args, "config") {
        Some(path) => Some(SettingsFile { path: path.into(), named: true }),
        None => {
            Path::new(DEFAULT_FILE).exists().then(|| SettingsFile { path: DEFAULT_FILE.into(), named: false })
        }
    }
}

/// Which file to lay under the others is said by flags that are looked up before clap runs.
fn typed_or_environment(args: &[OsString], name: &str) -> Option<String> {
    given(args, name).into_iter().next()
}

/// Every `--NAME VALUE` or `--NAME=VALUE` on the command line, otherwise the environment's, without a look
/// at whether the command line makes sense.
pub fn given(args: &[OsString], name: &str) -> Vec<String> {
    let mut values = typed(args, name);
    if values.is_empty() {
        values.extend(std::env::var(environment_name(name)).ok().filter(|value| !value.is_empty()));
    }
    values
}

/// Every `--NAME VALUE` or `--NAME=VALUE` on the command line itself.
pub fn typed(args: &[OsString], name: &str) -> Vec<String> {
    let flag = format!("--{name}");
    let mut values = Vec::new();
    let mut args = args.iter().map(|arg| arg.to_string_lossy()).take_while(|arg| arg != "--");
    while let Some(arg) = args.next() {
        if arg == flag {
            values.extend(args.next().map(|value| value.into_owned()));
        } else if let Some(value) = arg.strip_prefix(&flag).and_then(|rest| rest.strip_prefix('=')) {
            values.push(value.to_owned());
        }
    }
    values
}

fn environment_name(id: &str) -> String {
    format!("REHEARSAL_{}", id.replace('-', "_").to_ascii_uppercase())
}

fn with_environment(command: clap::Command) -> clap::Command {
    map_args(command, &|arg| {
        let is_switch = matches!(arg.get_action(), ArgAction::SetTrue);
        let takes_value = matches!(arg.get_action(), ArgAction::Set | ArgAction::Append);
        if !is_switch && !takes_value {
            return arg;
        }
        let name = environment_name(arg.get_id().as_str());
        let arg = arg.env(ClapStr::from(name)).hide_env(true);
        if is_switch { arg.value_parser(FalseyValueParser::new()) } else { arg }
    })
}

fn with_file_defaults(command: clap::Command, values: &BTreeMap<String, Vec<String>>) -> clap::Command {
    map_args(command, &|arg| match values.get(&key_name(&arg)) {
        Some(values) => arg.required(false).default_values(values.clone()),
        None => arg,
    })
}

fn key_name(arg: &Arg) -> String {
    arg.get_id().as_str().replace('_', "-")
}

/// Applies `change` to every argument of the command and, below it, of every subcommand.
fn map_args(command: clap::Command, change: &dyn Fn(Arg) -> Arg) -> clap::Command {
    let names: Vec<String> =
        command.get_subcommands().map(|subcommand| subcommand.get_name().to_owned()).collect();
    let command = command.mut_args(change);
    names.into_iter().fold(command, |command, name| {
        command.mut_subcommand(name, |subcommand| map_args(subcommand, change))
    })
}

fn keys(command: &clap::Command) -> BTreeSet<String> {
    let below = command.get_subcommands().flat_map(keys);
    command.get_arguments().map(key_name).chain(below).collect()
}

/// The table `[NAME]` of the settings file, if there is one, and how the file is called in messages.
///
/// # Errors
/// When the file can't be read, or `name` is no table.
pub(super) fn table(config: Option<&Path>, name: &str) -> Result<(String, Option<toml::Table>), Abort> {
    let file = match config {
        Some(path) => SettingsFile { path: path.to_owned(), named: true },
        None if Path::new(DEFAULT_FILE).exists() => SettingsFile { path: DEFAULT_FILE.into(), named: false },
        None => return Ok((format!("{DEFAULT_FILE}, which is not here,"), None)),
    };
    let shown = file.path.display().to_string();
    match read_settings(&file)?.remove(name) {
        None => Ok((shown, None)),
        Some(toml::Value::Table(table)) => Ok((shown, Some(table))),
        Some(_) => Err(no_table(&shown, name)),
    }
}

/// The tables `[NAME.…]` of the settings file, and how the file is called in messages. There are none
/// without a file.
///
/// # Errors
/// When the file can't be read, or something under `name` is no table.
pub(super) fn tables(
    config: Option<&Path>,
    name: &str,
) -> Result<(String, BTreeMap<String, toml::Table>), Abort> {
    let (shown, tables) = table(config, name)?;
    let tables = tables.into_iter().flatten().map(|(key, value)| match value {
        toml::Value::Table(table) => Ok((key, table)),
        _ => Err(no_table(&shown, &format!("{name}.{key}"))),
    });
    let tables = tables.collect::<Result<_, _>>()?;
    Ok((shown, tables))
}

fn no_table(shown: &str, place: &str) -> Abort {
    Abort::usage(format!("{shown}: `{place}` is not a table"))
}

fn read_settings(file: &SettingsFile) -> Result<toml::Table, Abort> {
    let shown = file.path.display();
    let text = std::fs::read_to_string(&file.path).map_err(|error| {
        let why = if file.named { "given with --config" } else { "found in this directory" };
        Abort::usage(format!("the settings file {shown}, {why}, can't be read: {error}"))
    })?;
    text.parse().map_err(|error| Abort::usage(format!("{shown} is not valid TOML: {error}")))
}

/// The values that apply: the general keys, and over them those of the chosen app.
fn select(
    settings: &toml::Table,
    command: &clap::Command,
    app: Option<&str>,
    path: &Path,
) -> Result<BTreeMap<String, Vec<String>>, Abort> {
    let shown = path.display();
    let known = keys(command);
    let mut values = BTreeMap::new();
    let mut take = |table: &toml::Table, place: &str| -> Result<(), Abort> {
        for (key, value) in table {
            if place.is_empty() && (key == "apps" || (value.is_table() && TABLES.contains(&key.as_str()))) {
                continue;
            }
            if !known.contains(key) {
                let mut abort = Abort::usage(format!("{shown}: unknown key `{place}{key}`"));
                if let Some(near) = nearest(key, known.iter().map(String::as_str)) {
                    abort = abort.remedy(format!("did you mean `{near}`?"));
                }
                return Err(abort);
            }
            let mut texts = texts(value).ok_or_else(|| {
                Abort::usage(format!(
                    "{shown}: `{place}{key}` is neither a text, number or switch nor a list of them"
                ))
            })?;
            if let Some(app) = app {
                texts.iter_mut().for_each(|text| *text = text.replace("{app}", app));
            }
            values.insert(key.clone(), texts);
        }
        Ok(())
    };
    take(settings, "")?;
    if let Some(name) = app {
        let apps = settings.get("apps").and_then(toml::Value::as_table);
        let table = apps.and_then(|apps| apps.get(name)).and_then(toml::Value::as_table);
        let table = table.ok_or_else(|| {
            let names: Vec<&str> = apps.into_iter().flat_map(toml::Table::keys).map(String::as_str).collect();
            Abort::usage(format!("{shown} has no table [apps.{name}]")).remedy(format!(
                "its apps are: {}",
                if names.is_empty() { "none".to_owned() } else { names.join(", ") }
            ))
        })?;
        take(table, &format!("apps.{name}."))?;
    }
    Ok(values)
}

fn texts(value: &toml::Value) -> Option<Vec<String>> {
    match value {
        toml::Value::String(text) => Some(vec![text.clone()]),
        toml::Value::Integer(number) => Some(vec![number.to_string()]),
        toml::Value::Float(number) => Some(vec![number.to_string()]),
        toml::Value::Boolean(switch) => Some(vec![switch.to_string()]),
        toml::Value::Array(values) => {
            values.iter().map(texts).collect::<Option<Vec<_>>>().map(|texts| texts.concat())
        }
        toml::Value::Datetime(_) | toml::Value::Table(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn selected(text: &str, app: Option<&str>) -> Result<BTreeMap<String, Vec<String>>, Abort> {
        let settings: toml::Table = text.parse().expect("valid TOML");
        select(&settings, &Cli::command(), app, Path::new("rehearsal.toml"))
    }

    #[test]
    fn the_command_line_is_consistent() {
        command().debug_assert();
    }

    #[test]
    fn an_apps_keys_lie_over_the_general_ones() {
        let text = "timeout = '5s'\nconcurrency = 2\n[apps.one]\ntimeout = '7s'\n";
        let values = selected(text, Some("one")).expect("valid");
        assert_eq!(values["timeout"], ["7s"]);
        assert_eq!(values["concurrency"], ["2"]);
    }

    #[test]
    fn a_value_may_hold_the_apps_name() {
        let text = "report = ['json={app}.json']\n[apps.one]\n";
        assert_eq!(selected(text, Some("one")).expect("valid")["report"], ["json=one.json"]);
        assert_eq!(with_app(OsStr::new("{app}-x"), Some("one")), "one-x");
        assert_eq!(with_app(OsStr::new("{app}-x"), None), "{app}-x");
    }

    #[test]
    fn unknown_keys_and_apps_are_named_with_the_nearest() {
        let abort = selected("conect-timeout = '5s'", None).expect_err("unknown key");
        assert!(abort.to_string().contains("`connect-timeout`"), "{abort}");
        let abort = selected("[apps.one]\n", Some("two")).expect_err("unknown app");
        assert!(abort.to_string().contains("one"), "{abort}");
    }

    #[test]
    fn file_values_become_defaults_and_flags_win() {
        let values =
            selected("timeout = '7s'\nkeep-alive = true\nbase-url = 'http://app'", None).expect("valid");
        let parse = |args: &[&str]| {
            let command = with_file_defaults(command(), &values);
            let matches = command.try_get_matches_from(args).expect("accepted");
            match Cli::from_arg_matches(&matches).expect("consistent").command {
                crate::cli::Command::Probe(args) => args,
                _ => panic!("another command"),
            }
        };
        let args = parse(&["rehearsal", "probe"]);
        assert_eq!(args.base_url, "http://app");
        assert!(args.how.keep_alive);
        assert_eq!(args.how.timeout.as_secs(), 7);
        assert_eq!(parse(&["rehearsal", "probe", "--timeout", "2s"]).how.timeout.as_secs(), 2);
    }

    #[test]
    fn config_and_app_are_found_before_clap_runs() {
        let args: Vec<OsString> =
            ["rehearsal", "--config=a.toml", "probe", "--app", "x"].map(OsString::from).into();
        assert_eq!(typed_or_environment(&args, "config").as_deref(), Some("a.toml"));
        assert_eq!(typed_or_environment(&args, "app").as_deref(), Some("x"));
        assert_eq!(typed_or_environment(&["--".into(), "--app".into(), "x".into()], "app"), None);
    }
}
