//! From what was asked for, names and files, to a plan.

use std::collections::{BTreeSet, HashMap};
use std::io;
use std::path::{Path, PathBuf};

use super::builtin;
use super::diagnostic::Problems;
use super::plan::{Omission, Plan, Setting};
use super::source::{Pointer, Source};
use super::{Scenario, document, meaning};
use crate::atlassian::Product;
use crate::nearest::nearest;

/// Loads built-in scenarios by name and others from files: what ends in `.json` or has a path separator
/// is a file. Without any, the six scenarios of the lifecycle are loaded.
///
/// # Errors
/// When a name is unknown or given twice, a file can't be read, anything in the files is wrong, or
/// nothing is left that could be sent.
pub fn load(
    wanted: &[String],
    setting: &Setting,
    read: &dyn Fn(&Path) -> io::Result<String>,
) -> Result<Plan, LoadError> {
    let lifecycle;
    let wanted = if wanted.is_empty() {
        lifecycle = builtin::LIFECYCLE.map(str::to_owned);
        &lifecycle
    } else {
        wanted
    };
    let mut seen = BTreeSet::new();
    let mut files = Vec::new();
    for name in wanted {
        if !seen.insert(name) {
            return Err(LoadError::Repeated(name.clone()));
        }
        files.push(file(name, read)?);
    }
    let scenarios = check(files, setting.product).map_err(LoadError::Invalid)?;
    let plan = Plan::new(scenarios, setting);
    if plan.scenarios.is_empty() {
        return Err(LoadError::NothingLeft(plan.omissions));
    }
    Ok(plan)
}

/// Reads files, each with its name and text, as the scenarios they describe, before they are fitted to
/// an app; `product` sends the callbacks of those that name none.
///
/// # Errors
/// Everything that is wrong with any of them.
pub fn check(
    files: impl IntoIterator<Item = (String, String)>,
    product: Product,
) -> Result<Vec<Scenario>, Problems> {
    let mut homes: HashMap<String, String> = HashMap::new();
    let mut scenarios = Vec::new();
    let mut found = Vec::new();
    for (file, text) in files {
        let (document, mut findings) = document::read(Source::new(&file, &text));
        if let Some(document) = document {
            let scenario = meaning::scenario(&document, product, &mut findings);
            let home = homes.insert(scenario.name.clone(), file);
            if let Some(home) = home.filter(|_| !scenario.name.is_empty()) {
                let message = format!("another scenario is called `{}` already", scenario.name);
                findings.at(&Pointer::default().child("name"), message, Some(format!("it is in {home}")));
            }
            scenarios.push(scenario);
        }
        found.push(findings);
    }
    Problems::of(found).map_or(Ok(scenarios), Err)
}

/// Why there is no plan.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// No built-in scenario has this name.
    #[error("there is no built-in scenario `{name}`")]
    Unknown {
        /// What was asked for.
        name: String,
        /// The name that was probably meant.
        nearest: Option<&'static str>,
    },
    /// The same name or file was given twice.
    #[error("scenario `{0}` is given twice")]
    Repeated(String),
    /// A file can't be read.
    #[error("can't read the scenario file {}: {error}", file.display())]
    Unreadable {
        /// The file.
        file: PathBuf,
        /// Why not.
        error: io::Error,
    },
    /// Files are not as they should be.
    #[error("{0}")]
    Invalid(Problems),
    /// All that was asked for is left out.
    #[error("nothing is left to send")]
    NothingLeft(Vec<Omission>),
}

/// The name and text of the file behind what was asked for.
///
/// # Errors
/// When a built-in name is unknown, or a file can't be read.
pub fn file(name: &str, read: &dyn Fn(&Path) -> io::Result<String>) -> Result<(String, String), LoadError> {
    if is_file(name) {
        let file = Path::new(name);
        return match read(file) {
            Ok(text) => Ok((name.to_owned(), text)),
            Err(error) => Err(LoadError::Unreadable { file: file.to_owned(), error }),
        };
    }
    match builtin::find(name) {
        Some(builtin) => Ok((builtin.file_name(), builtin.text.to_owned())),
        None => {
            let names = builtin::ALL.iter().map(|builtin| builtin.name);
            Err(LoadError::Unknown { name: name.to_owned(), nearest: nearest(name, names) })
        }
    }
}

fn is_file(name: &str) -> bool {
    name.ends_with(".json") || name.contains(std::path::is_separator)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load_from(wanted: &[&str], files: &[(&str, &str)]) -> Result<Plan, LoadError> {
        let wanted: Vec<_> = wanted.iter().map(|name| (*name).to_owned()).collect();
        load(&wanted, &Setting::default(), &|file| {
            let found = files.iter().find(|(name, _)| Path::new(name) == file);
            found.map(|(_, text)| (*text).to_owned()).ok_or_else(|| io::ErrorKind::NotFound.into())
        })
    }

    #[test]
    fn without_a_wish_the_lifecycle_is_rehearsed() {
        let plan = load_from(&[], &[]).expect("a plan");
        let names: Vec<_> = plan.scenarios.iter().map(|scenario| scenario.name.as_str()).collect();
        assert_eq!(names, builtin::LIFECYCLE);
    }

    #[test]
    fn files_and_names_are_told_apart() {
        let text = builtin::find("reinstall").expect("built in").text;
        let plan = load_from(&["mine.json", "site-rename"], &[("mine.json", text)]).expect("a plan");
        let names: Vec<_> = plan.scenarios.iter().map(|scenario| scenario.name.as_str()).collect();
        assert_eq!(names, ["reinstall", "site-rename"]);
        assert!(matches!(load_from(&["./mine"], &[]), Err(LoadError::Unreadable { .. })));
    }

    #[test]
    fn an_unknown_name_brings_the_nearest() {
        let error = load_from(&["site-renmae"], &[]).expect_err("no such scenario");
        assert!(matches!(error, LoadError::Unknown { nearest: Some("site-rename"), .. }), "{error}");
    }

    #[test]
    fn two_scenarios_of_one_name_are_refused() {
        let text = builtin::find("site-rename").expect("built in").text;
        let error = load_from(&["site-rename", "mine.json"], &[("mine.json", text)]).expect_err("refused");
        let LoadError::Invalid(problems) = error else { panic!("{error}") };
        let at = problems.iter().next().expect("a problem");
        assert_eq!((at.file, at.problem.pointer.as_str()), ("mine.json", "/name"));
        assert!(matches!(load_from(&["site-rename", "site-rename"], &[]), Err(LoadError::Repeated(_))));
    }

    #[test]
    fn all_files_are_read_before_problems_are_told() {
        let error =
            load_from(&["a.json", "b.json"], &[("a.json", "{"), ("b.json", "[]")]).expect_err("refused");
        let LoadError::Invalid(problems) = error else { panic!("{error}") };
        assert_eq!(problems.count(), 2);
    }

    #[test]
    fn an_empty_plan_is_no_plan() {
        let wanted = ["automatic-upgrade".to_owned()];
        let setting = Setting { platform: crate::scenario::Platform::ConnectOnForge, ..Setting::default() };
        let error =
            load(&wanted, &setting, &|_| Err(io::ErrorKind::NotFound.into())).expect_err("nothing left");
        assert!(matches!(error, LoadError::NothingLeft(omissions) if omissions.len() == 1));
    }
}
