//! The README's CI recipes, run step by step as their services would: the release is fetched, checked and unpacked,
//! a key is made and published, an app is deployed and rehearsed.
//!
//! `RELEASE_ARCHIVE=target/distrib/NAME.tar.gz cargo test --test release`, with the archive that `.ci/release` made.
//! Needs bash, curl, tar and sha256sum.

#![cfg(unix)]

mod deployment;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

use deployment::Deployment;

#[test]
fn the_workflow_for_github_runs() {
    let workflow = recipe("jobs:");
    let job = &workflow["jobs"]["rehearse"];
    let mut run = Run::new();
    for (name, value) in job["env"].as_object().expect("an environment") {
        let value = text(value);
        let value = value.replace("${{ github.run_id }}", "17").replace("${{ github.run_attempt }}", "1");
        assert!(!value.contains("${{"), "{name} has an expression that this test does not know: {value}");
        run.environment.insert(name.clone(), value);
    }
    run.fetch_from_archive();
    let (path, summary) = (run.file("github-path"), run.file("github-summary"));
    run.set("GITHUB_PATH", &path);
    run.set("GITHUB_STEP_SUMMARY", &summary);
    for step in job["steps"].as_array().expect("steps") {
        if let Some(action) = step["uses"].as_str() {
            assert_eq!(action, "actions/checkout@v4", "an action that this test does not stand in for");
            continue;
        }
        run.step(&text(&step["run"]));
        run.search_first(&fs::read_to_string(&path).unwrap_or_default());
    }
    assert!(run.read("github-summary").contains("| Gate | **ship**"), "{}", run.read("github-summary"));
    run.assert_shipped();
}

#[test]
fn the_pipeline_for_bitbucket_runs() {
    let pipeline = recipe("pipelines:");
    let step = &pipeline["pipelines"]["pull-requests"]["**"][0]["step"];
    let mut run = Run::new();
    run.environment.insert("BITBUCKET_BUILD_NUMBER".to_owned(), "17".to_owned());
    let lines: Vec<String> = step["script"].as_array().expect("a script").iter().map(text).collect();
    let from_archive = format!("export RELEASES=file://{}", archive().parent().expect("a folder").display());
    let script = lines.join("\n").replace("export RELEASES=https://downloads.example.com", &from_archive);
    assert!(script.contains(&from_archive), "the pipeline fetches from elsewhere:\n{script}");
    run.step(&script);
    for artifact in step["artifacts"].as_array().expect("artifacts") {
        assert!(run.folder.path().join(text(artifact)).exists(), "{artifact}");
    }
    assert!(run.read("test-results/rehearsal.xml").contains("<testsuites"), "JUnit");
    run.assert_shipped();
}

/// A workspace of a CI service, with an app to be deployed.
struct Run {
    folder: tempfile::TempDir,
    environment: BTreeMap<String, String>,
    _deployment: Deployment,
}

impl Run {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let deployment = Deployment::start(&folder.path().join("public"));
        deployment.write_script(&folder.path().join("deploy-preview"));
        let path = std::env::var("PATH").expect("PATH");
        let state = folder.path().join("state").display().to_string();
        let environment = [("PATH", path), ("HOME", state.clone()), ("XDG_STATE_HOME", state)];
        let environment = environment.map(|(name, value)| (name.to_owned(), value)).into();
        Self { folder, environment, _deployment: deployment }
    }

    /// Lets the recipe fetch the archive that was built here.
    fn fetch_from_archive(&mut self) {
        let archive = archive();
        let (folder, name) = (archive.parent().expect("a folder"), archive.file_name().expect("a name"));
        let release = self.environment.get("RELEASE").expect("the workflow names its release");
        assert_eq!(name.to_string_lossy(), format!("{release}.tar.gz"), "the recipe fetches another archive");
        let releases = self.environment.get_mut("RELEASES").expect("the workflow says where it is kept");
        *releases = format!("file://{}", folder.display());
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn set(&mut self, name: &str, path: &Path) {
        self.environment.insert(name.to_owned(), path.display().to_string());
    }

    /// Puts folders in front of the search path.
    fn search_first(&mut self, folders: &str) {
        let path = self.environment.get_mut("PATH").expect("set from the start");
        for folder in folders.lines() {
            if !path.split(':').any(|known| known == folder) {
                *path = format!("{folder}:{path}");
            }
        }
    }

    /// Runs a step the way both services do: by bash, until the first command that fails.
    fn step(&self, script: &str) {
        let output = Command::new("bash")
            .args(["-eo", "pipefail", "-c", script])
            .current_dir(self.folder.path())
            .env_clear()
            .envs(&self.environment)
            .stdin(Stdio::null())
            .output()
            .expect("bash");
        assert!(
            output.status.success(),
            "{script}\n{}\n{}",
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        );
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.file(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    fn assert_shipped(&self) {
        let report: Value = serde_json::from_str(&self.read("rehearsal.json")).expect("JSON");
        assert_eq!(report["projection"]["gate"]["decision"], "ship", "{}", report["verdict"]);
        assert_eq!(report["run"]["settings"]["kid"], "ci-17-1".get(..self.kid_length()).expect("ASCII"));
    }

    /// A pipeline's build number has no attempt after it.
    fn kid_length(&self) -> usize {
        if self.environment.contains_key("BITBUCKET_BUILD_NUMBER") { "ci-17".len() } else { "ci-17-1".len() }
    }
}

/// The YAML block of the README that has this key.
fn recipe(key: &str) -> Value {
    let readme = include_str!("../../README.md");
    let block = readme.split("```yaml\n").skip(1).filter_map(|rest| rest.split("```").next());
    let block = block.filter(|block| block.lines().any(|line| line == key)).collect::<Vec<_>>();
    assert_eq!(block.len(), 1, "recipes with {key}");
    serde_saphyr::from_str(block[0]).expect("YAML")
}

fn archive() -> PathBuf {
    let path = std::env::var_os("RELEASE_ARCHIVE").expect("RELEASE_ARCHIVE names the archive of .ci/release");
    fs::canonicalize(path).expect("RELEASE_ARCHIVE is there")
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("no text: {value}")).to_owned()
}
