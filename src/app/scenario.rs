//! `rehearsal scenario`, and the loading of scenarios for the commands that run them.

use std::path::{Path, PathBuf};
use std::{fs, io};

use serde_json::{Value, json};

use crate::atlassian::Product;
use crate::cli::{ScenarioArgs, ScenarioCommand};
use crate::exit::{Abort, Exit};
use crate::report::output;
use crate::scenario::{self, LoadError, Plan, Problems, Scenario, Setting, builtin};

/// Runs the command.
pub(super) fn run(args: &ScenarioArgs) -> Result<Exit, Abort> {
    match &args.command {
        ScenarioCommand::List { json } => list(*json),
        ScenarioCommand::Show { scenario, outline } => show(scenario, *outline),
        ScenarioCommand::Validate { files, json } => validate(files, *json),
        ScenarioCommand::Schema => print(&scenario::schema_json()),
        ScenarioCommand::FromCapture { file, name } => from_capture(file, name),
    }
}

/// The plan for the scenarios that were asked for. What is wrong with their files is drawn on standard
/// error.
pub(super) fn plan(wanted: &[String], setting: &Setting) -> Result<Plan, Abort> {
    scenario::load(wanted, setting, &|file| fs::read_to_string(file)).map_err(abort)
}

fn abort(error: LoadError) -> Abort {
    let problem = error.to_string();
    match error {
        LoadError::Unknown { nearest, .. } => {
            let guess = nearest.map(|name| format!("did you mean `{name}`? ")).unwrap_or_default();
            let names = builtin::ALL.iter().map(|builtin| builtin.name).collect::<Vec<_>>().join(", ");
            Abort::usage(problem).remedy(format!(
                "{guess}built in are {names}; a file ends in `.json` or has a `/` in its path"
            ))
        }
        LoadError::Repeated(_) => Abort::usage(problem).remedy("to run it more than once, use --repeat"),
        LoadError::Unreadable { .. } => Abort::data(problem),
        LoadError::Invalid(problems) => invalid(&problems).remedy("nothing was sent"),
        LoadError::NothingLeft(omissions) => {
            let lines: Vec<_> = omissions.iter().map(ToString::to_string).collect();
            Abort::usage(problem).remedy(lines.join("\n  "))
        }
    }
}

fn invalid(problems: &Problems) -> Abort {
    output::note(&format!("{}\n", problems.drawing()));
    Abort::data(problems.summary())
}

fn list(as_json: bool) -> Result<Exit, Abort> {
    let mut rows = Vec::new();
    for builtin in &builtin::ALL {
        let file = (builtin.file_name(), builtin.text.to_owned());
        let scenarios = scenario::check([file], Product::default()).map_err(|problems| invalid(&problems))?;
        rows.extend(scenarios);
    }
    if as_json {
        return print_json(&rows.iter().map(summary).collect());
    }
    let mut lines = vec![["NAME", "ACTOR", "STEPS", "COUNTED", "TITLE"].map(str::to_owned)];
    lines.extend(rows.iter().map(|scenario| {
        [
            scenario.name.clone(),
            scenario.actor.name().to_owned(),
            scenario.steps.len().to_string(),
            counted(scenario).to_string(),
            scenario.title.clone(),
        ]
    }));
    let width = |column: usize| lines.iter().map(|line| line[column].len()).max().unwrap_or(0);
    let widths = [width(0), width(1), width(2), width(3)];
    let table: String = lines
        .iter()
        .map(|[name, actor, steps, counted, title]| {
            let [a, b, c, d] = widths;
            format!("{name:a$}  {actor:b$}  {steps:>c$}  {counted:>d$}  {title}\n")
        })
        .collect();
    print(&format!(
        "{table}\nThe first {} are rehearsed by default. `rehearsal scenario show NAME` prints one.\n",
        builtin::LIFECYCLE.len()
    ))
}

fn show(wanted: &str, outline: bool) -> Result<Exit, Abort> {
    let (name, text) = scenario::file(wanted, &|file| fs::read_to_string(file)).map_err(abort)?;
    if !outline {
        return print(&text);
    }
    let scenarios =
        scenario::check([(name, text)], Product::default()).map_err(|problems| invalid(&problems))?;
    print(&scenarios.iter().map(scenario::outline).collect::<String>())
}

fn validate(wanted: &[String], as_json: bool) -> Result<Exit, Abort> {
    let mut files = Vec::new();
    for path in wanted.iter().map(|name| expand(name)).collect::<Result<Vec<_>, _>>()?.concat() {
        files.push((path.display().to_string(), read(&path)?));
    }
    let names: Vec<_> = files.iter().map(|(name, _)| name.clone()).collect();
    match scenario::check(files, Product::default()) {
        Ok(_) if as_json => print_json(&json!({ "valid": true, "files": names, "problems": [] })),
        Ok(scenarios) => {
            let line = |(file, scenario): (&String, &Scenario)| {
                let (steps, counted) = (scenario.steps.len(), counted(scenario));
                format!("{file}: valid: {} (steps: {steps}, counted: {counted})\n", scenario.name)
            };
            print(&names.iter().zip(&scenarios).map(line).collect::<String>())
        }
        Err(problems) if as_json => {
            let problems: Vec<_> = problems
                .iter()
                .map(|at| {
                    json!({
                        "file": at.file,
                        "pointer": at.problem.pointer.as_str(),
                        "line": at.line,
                        "column": at.column,
                        "message": at.problem.message,
                        "help": at.problem.help,
                    })
                })
                .collect();
            print_json(&json!({ "valid": false, "files": names, "problems": problems }))?;
            Ok(Exit::Data)
        }
        Err(problems) => Err(invalid(&problems)),
    }
}

fn from_capture(file: &str, name: &str) -> Result<Exit, Abort> {
    if !scenario::is_name(name) {
        return Err(Abort::usage(format!("--name: `{name}` is no name"))
            .remedy("lower-case words joined by hyphens, as in `site-rename`"));
    }
    let path = Path::new(file);
    let text = read(path)?;
    let captured = scenario::from_capture(&text, name)
        .map_err(|problem| Abort::data(format!("{}: {problem}", path.display())))?;
    print(&captured.document.to_json())?;
    for note in captured.notes {
        output::note(&format!("note: {note}"));
    }
    Ok(Exit::Ok)
}

/// A file as it is, a folder as the scenario files in it.
fn expand(name: &str) -> Result<Vec<PathBuf>, Abort> {
    let path = PathBuf::from(name);
    if !path.is_dir() {
        return Ok(vec![path]);
    }
    let unreadable = |error: io::Error| Abort::data(format!("can't read the folder {name}: {error}"));
    let mut files = Vec::new();
    for entry in fs::read_dir(&path).map_err(unreadable)? {
        let file = entry.map_err(unreadable)?.path();
        let file_name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if file_name.ends_with(".json") && !file_name.ends_with(".schema.json") {
            files.push(file);
        }
    }
    if files.is_empty() {
        return Err(Abort::data(format!("no scenario file in the folder {name}")));
    }
    files.sort();
    Ok(files)
}

fn read(path: &Path) -> Result<String, Abort> {
    let text =
        if path == Path::new("-") { io::read_to_string(io::stdin()) } else { fs::read_to_string(path) };
    text.map_err(|error| Abort::data(format!("can't read {}: {error}", path.display())))
}

fn summary(scenario: &Scenario) -> Value {
    json!({
        "name": scenario.name,
        "title": scenario.title,
        "description": scenario.description,
        "actor": scenario.actor,
        "case": scenario.case,
        "steps": scenario.steps.len(),
        "counted": counted(scenario),
        "default": builtin::LIFECYCLE.contains(&scenario.name.as_str()),
    })
}

/// How many events of the success rate it sends.
fn counted(scenario: &Scenario) -> usize {
    scenario.steps.iter().flat_map(|step| &step.callbacks).filter(|callback| callback.counted).count()
}

fn print(text: &str) -> Result<Exit, Abort> {
    output::print(text)?;
    Ok(Exit::Ok)
}

fn print_json(value: &Value) -> Result<Exit, Abort> {
    print(&format!("{value:#}\n"))
}
