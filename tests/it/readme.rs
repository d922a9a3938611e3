//! The README as a stranger would use it: its commands parse, and those that need no app run. And the map of
//! the code, which leaves out no room.

#![cfg(unix)]

use std::ffi::OsString;
use std::fs;
use std::path::Path;
use std::process::Command;

use assert_cmd::assert::OutputAssertExt;
use assert_cmd::cargo::cargo_bin;
use rehearsal::config::{Stop, every_app, parse};

/// Stands in front of a block whose commands run without an app and without a network.
const RUNS: &str = "<!-- runs offline -->";

/// A fenced block of the README.
struct Block {
    language: String,
    runs: bool,
    text: String,
}

impl Block {
    /// Its commands of ours. A terminal's text has them behind a prompt; a settings file has none.
    fn commands(&self) -> Vec<Vec<String>> {
        match self.language.as_str() {
            "text" => self.text.lines().filter_map(|line| command(line.strip_prefix("$ ")?)).collect(),
            "toml" => Vec::new(),
            _ => commands(&self.text),
        }
    }
}

#[test]
fn every_command_of_the_readme_parses() {
    let readme = readme();
    let mut seen = 0;
    for command in blocks(&readme).iter().flat_map(|block| block.commands()).chain(inline_commands(&readme)) {
        seen += 1;
        if command.iter().any(|word| word == "--app" || word == "--all") {
            // Parsed with its settings file by the next test: without it there are no apps.
            continue;
        }
        let words: Vec<OsString> = command.iter().map(OsString::from).collect();
        let said = match parse(&words, None) {
            Ok(_) => continue,
            Err(Stop::Clap(error)) => error.to_string(),
            Err(Stop::Settings(abort)) => abort.to_string(),
        };
        assert!(is_help(&command), "`{}` does not parse: {said}", command.join(" "));
    }
    assert!(seen > 40, "only {seen} commands were found: the test reads the README no more");
}

#[test]
fn every_settings_file_of_the_readme_serves_the_commands_that_follow_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("rehearsal.toml");
    let mut tried = 0;
    for block in blocks(&readme()) {
        if block.language == "toml" {
            fs::write(&file, &block.text).expect("written");
        }
        for mut command in block.commands() {
            let Some(app) = command.iter().position(|word| word == "--app" || word == "--all") else {
                continue;
            };
            if let Some(config) = command.iter().position(|word| word == "--config") {
                assert!(config < app, "remove what follows from the end");
                command.drain(config..config + 2);
            }
            command.extend(["--config".to_owned(), file.display().to_string()]);
            let words: Vec<OsString> = command.iter().map(OsString::from).collect();
            let apps = every_app(&words).expect("a settings file with apps");
            let apps = apps.map_or(vec![None], |apps| apps.into_iter().map(Some).collect());
            assert!(
                apps.iter().all(|app| parse(&words, app.as_deref()).is_ok()),
                "`{}` does not parse with\n{block}",
                command.join(" "),
                block = text(&file)
            );
            tried += 1;
        }
    }
    assert_eq!(tried, 4, "commands with --app or --all");
}

#[test]
fn commands_that_need_no_app_run_as_they_stand() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut ran = 0;
    for block in blocks(&readme()).iter().filter(|block| block.runs) {
        for command in block.commands() {
            let mut process = Command::new(cargo_bin("rehearsal"));
            process.args(&command[1..]).current_dir(folder.path()).assert().success();
            ran += 1;
        }
    }
    assert_eq!(ran, 17, "commands in blocks that run");
}

#[test]
fn the_key_that_ci_publishes_is_made_and_exported_by_the_recipe_itself() {
    let readme = readme();
    for recipe in blocks(&readme).iter().filter(|block| block.language == "yaml") {
        let folder = tempfile::tempdir().expect("a folder");
        let steps: Vec<_> = recipe.commands().into_iter().filter(|command| command[1] == "keys").collect();
        assert_eq!(steps.len(), 2, "{}", recipe.text);
        for command in steps {
            let words = command[1..].iter().map(|word| if word == "$KID" { "ci-17-1" } else { word });
            let mut process = Command::new(cargo_bin("rehearsal"));
            process.args(words).current_dir(folder.path()).assert().success();
        }
        let public = text(&folder.path().join("public/connect-keys/ci-17-1"));
        assert!(public.starts_with("-----BEGIN PUBLIC KEY-----"), "{public}");
    }
}

#[test]
fn every_file_that_the_readme_links_to_exists() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let readme = readme();
    let links: Vec<&str> = readme.split("](").skip(1).filter_map(|rest| rest.split(')').next()).collect();
    assert!(links.len() > 5, "{links:?}");
    for link in links {
        assert!(root.join(link).exists(), "{link}");
    }
}

#[test]
fn every_exit_code_and_code_family_is_explained() {
    let readme = readme();
    for exit in rehearsal::exit::Exit::ALL {
        let code = exit.code();
        let rows = [format!("| {code} |"), format!("Exit {code} ")];
        assert!(rows.iter().any(|row| readme.contains(row)), "exit {code}");
    }
    for family in ["status", "dns", "connect", "tls", "timeout", "http", "probe"] {
        assert!(readme.contains(&format!("| `{family}.` |")), "{family}");
    }
}

#[test]
fn every_room_has_a_row_in_the_map() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let map = text(&root.join("manual/architecture.md"));
    let (_, map) = map.split_once("\n## Rooms\n").expect("the map has its rooms under a heading");
    let rows: Vec<&str> = map
        .lines()
        .filter(|line| line.starts_with("| `"))
        .filter_map(|line| line.split('|').nth(1))
        .collect();
    let library = text(&root.join("lib.rs"));
    let rooms: Vec<&str> =
        library.lines().filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';')).collect();
    assert!(rooms.len() > 10, "{rooms:?}");
    for room in rooms {
        let name = format!("`{room}`");
        assert!(rows.iter().any(|row| row.split(',').any(|cell| cell.trim() == name)), "{room} has no row");
    }
}

#[test]
fn every_format_of_reports_is_named() {
    let readme = readme();
    let help = text(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src/cli/out.rs"));
    for format in rehearsal::report::Format::ALL {
        let name = format.name();
        assert!(
            readme.contains(&format!("`{name}`")) || readme.contains(&format!("`--report {name}=")),
            "{name}"
        );
        assert!(help.contains(&format!(" {name}")), "the help of --report leaves out {name}");
    }
}

#[test]
fn a_command_is_read_as_a_shell_would() {
    let block = "run: |\n  rehearsal probe \"$(cat app-url)\" \\\n    --kid \"$KID\"\n*/5 * * * * out=$(rehearsal demo 2>&1) || echo";
    let expected =
        [["rehearsal", "probe", "$(cat app-url)", "--kid", "$KID"].as_slice(), &["rehearsal", "demo"]];
    assert_eq!(commands(block), expected);
}

fn readme() -> String {
    text(&Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md"))
}

fn text(file: &Path) -> String {
    fs::read_to_string(file).expect("readable")
}

fn blocks(readme: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut before = "";
    let mut lines = readme.lines();
    while let Some(line) = lines.next() {
        if let Some(language) = line.strip_prefix("```") {
            let inside: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
            let text = inside.join("\n");
            blocks.push(Block { language: language.to_owned(), runs: before == RUNS, text });
        }
        before = line;
    }
    blocks
}

/// Every command of ours in a script, in the steps of a workflow, in a crontab.
fn commands(block: &str) -> Vec<Vec<String>> {
    let mut lines: Vec<String> = Vec::new();
    let mut folded = false;
    for line in block.lines() {
        let continues = lines.last().is_some_and(|last| last.ends_with('\\'));
        let in_fold = folded && !line.trim_start().starts_with("- ") && !line.trim_end().ends_with(':');
        match lines.last_mut() {
            Some(last) if continues => *last = format!("{} {}", last.trim_end_matches('\\'), line.trim()),
            Some(last) if in_fold => *last = format!("{last} {}", line.trim()),
            _ => {
                folded = line.trim_end().ends_with(">-");
                lines.push(line.to_owned());
            }
        }
    }
    lines.iter().filter_map(|line| command(line)).collect()
}

fn command(line: &str) -> Option<Vec<String>> {
    let line = line.trim_start().trim_start_matches("- ").trim_start_matches(">-").trim_start();
    let line = match line.split_once("$(rehearsal ") {
        Some((_, inside)) => format!("rehearsal {}", inside.split(')').next()?),
        None => line.to_owned(),
    };
    line.starts_with("rehearsal ").then(|| words(line.split(" 2>&1").next().unwrap_or_default()))
}

/// The commands within a paragraph or table: `rehearsal …` in backquotes, with the placeholders filled in.
fn inline_commands(readme: &str) -> impl Iterator<Item = Vec<String>> {
    let prose: String =
        readme.split("```").step_by(2).map(|text| text.replace('\n', " ")).collect::<Vec<_>>().join(" ");
    let spans: Vec<Vec<String>> = prose
        .split('`')
        .skip(1)
        .step_by(2)
        .filter(|span| span.starts_with("rehearsal "))
        .map(|span| words(&span.replace("COMMAND", "probe")))
        .collect();
    spans.into_iter()
}

/// Splits at blanks, except within double quotes, which are dropped.
fn words(line: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut quoted = false;
    for character in line.chars() {
        match character {
            '"' => quoted = !quoted,
            ' ' if !quoted => words.push(String::new()),
            _ => words.last_mut().expect("never empty").push(character),
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

/// Clap reports help as an error that is none.
fn is_help(command: &[String]) -> bool {
    command.iter().any(|word| word == "--help")
}
