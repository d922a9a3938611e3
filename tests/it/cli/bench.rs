//! What every run needs: a folder, a signing key, a key server, a deadline; and what is true of every report.

use std::fs::{self, File};
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};
use std::{collections::BTreeMap, thread};

use rehearsal::atlassian::SigningKey;
use rehearsal::codes::{Advice, Code};
use rehearsal::reference_app::{AppTrust, FaultSetup, KeyHost, ReferenceApp, Settings};
use rehearsal::serve::{KeyServer, PathPrefix};
use serde_json::Value;
use tempfile::TempDir;

use crate::report::json::validate_report;

/// No run here takes longer, however busy the machine is.
const PATIENCE: Duration = Duration::from_secs(60);

static KEY: LazyLock<SigningKey> = LazyLock::new(|| SigningKey::generate(None).unwrap());

/// The private key that runs sign with, in PEM.
pub(crate) fn private_pem() -> String {
    KEY.private_pem().unwrap().expose().to_owned()
}

/// A folder of its own, and a key that apps can trust.
pub(crate) struct Bench {
    folder: TempDir,
    key_server: KeyServer,
    runs: AtomicU32,
}

impl Bench {
    pub(crate) async fn new() -> Self {
        let keys = BTreeMap::from([(KEY.kid().to_string(), KEY.public_pem().to_owned())]);
        let address = "127.0.0.1:0".parse().unwrap();
        let key_server = KeyServer::start(address, None, PathPrefix::default(), keys).await.unwrap();
        let bench = Self { folder: tempfile::tempdir().unwrap(), key_server, runs: AtomicU32::new(0) };
        let key = format!("kid: {}\n{}", KEY.kid(), private_pem());
        bench.write("key.pem", &key);
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(bench.path("key.pem"), fs::Permissions::from_mode(0o600)).unwrap();
        bench
    }

    /// Trust in the key of this bench.
    pub(crate) fn trust(&self) -> AppTrust {
        AppTrust::KeyHost(KeyHost::new(self.key_server.url()))
    }

    /// A correct app that trusts this bench's key.
    pub(crate) async fn app(&self) -> ReferenceApp {
        ReferenceApp::start(Settings::new(self.trust())).await.unwrap()
    }

    /// An app that trusts this bench's key, otherwise set up by `adjust`.
    pub(crate) async fn app_with(&self, adjust: impl FnOnce(&mut Settings)) -> ReferenceApp {
        let mut settings = Settings::new(self.trust());
        adjust(&mut settings);
        ReferenceApp::start(settings).await.unwrap()
    }

    pub(crate) fn path(&self, name: &str) -> String {
        self.folder.path().join(name).to_str().unwrap().to_owned()
    }

    /// Writes a file and returns its path.
    pub(crate) fn write(&self, name: &str, text: &str) -> String {
        fs::write(self.path(name), text).unwrap();
        self.path(name)
    }

    /// The ledgers that runs left behind.
    pub(crate) fn ledgers(&self) -> Vec<PathBuf> {
        let Ok(entries) = fs::read_dir(self.folder.path().join("state/ledgers")) else { return Vec::new() };
        entries.map(|entry| entry.unwrap().path()).collect()
    }

    /// A command in the bench's folder, with nothing of this process's environment.
    pub(crate) fn command(&self, args: &[&str]) -> Run {
        let number = self.runs.fetch_add(1, Ordering::Relaxed);
        let mut command = Command::new(assert_cmd::cargo::cargo_bin("rehearsal"));
        command.env_clear().env("HOME", self.folder.path()).current_dir(self.folder.path()).args(args);
        let file = |name: &str| self.folder.path().join(format!("run-{number}.{name}"));
        Run { command, out: file("out"), err: file("err"), report: file("json") }
    }

    /// A probe that signs with the bench's key and writes its report.
    pub(crate) fn probe(&self, base_url: &str, more: &[&str]) -> Run {
        let (key, state) = (self.path("key.pem"), self.path("state"));
        self.reporting(&[
            "probe",
            base_url,
            "--signing-key",
            &key,
            "--key-server",
            "none",
            "--state-dir",
            &state,
        ])
        .with(more)
    }

    /// A probe that makes its own key, or needs none.
    pub(crate) fn keyless_probe(&self, base_url: &str, more: &[&str]) -> Run {
        let state = self.path("state");
        self.reporting(&["probe", base_url, "--key-server", "127.0.0.1:0", "--state-dir", &state]).with(more)
    }

    /// A command that writes its report.
    pub(crate) fn reporting(&self, args: &[&str]) -> Run {
        let mut run = self.command(args);
        run.command.arg("--report").arg(format!("json={}", run.report.display()));
        run
    }

    /// The flags that a probe needs to see a fault.
    pub(crate) fn flags(&self, setup: &FaultSetup) -> Vec<String> {
        let mut flags = Vec::new();
        let mut flag = |name: &str, value: String| flags.extend([name.to_owned(), value]);
        if let Some(server) = setup.dns_server {
            flag("--dns-server", server.to_string());
        }
        if let Some(pem) = &setup.ca_pem {
            flag("--cacert", self.write("ca.pem", pem));
        }
        if let Some(pem) = &setup.crl_pem {
            flag("--crl", self.write("crl.pem", pem));
        }
        if let Some(proxy) = &setup.proxy {
            flag("--proxy", proxy.clone());
        }
        flags.extend(setup.http2.then(|| "--http2".to_owned()));
        flags.extend(setup.keep_alive.then(|| "--keep-alive".to_owned()));
        flags
    }
}

/// A command that is about to be run.
pub(crate) struct Run {
    command: Command,
    out: PathBuf,
    err: PathBuf,
    report: PathBuf,
}

impl Run {
    pub(crate) fn with<S: AsRef<str>>(mut self, args: &[S]) -> Self {
        self.command.args(args.iter().map(AsRef::as_ref));
        self
    }

    /// Runs with at most so many open files.
    pub(crate) fn with_descriptors(mut self, most: u32) -> Self {
        let mut limited = Command::new("sh");
        limited.args(["-c", &format!("ulimit -n {most}; exec \"$0\" \"$@\"")]);
        limited.arg(self.command.get_program()).args(self.command.get_args()).env_clear();
        limited.envs(self.command.get_envs().filter_map(|(name, value)| Some((name, value?))));
        limited.env("PATH", "/usr/bin:/bin").current_dir(self.command.get_current_dir().unwrap());
        self.command = limited;
        self
    }

    pub(crate) fn env(mut self, name: &str, value: &str) -> Self {
        self.command.env(name, value);
        self
    }

    /// Sends standard output somewhere else than to a file.
    pub(crate) fn start_with_output(mut self, output: Stdio) -> Started {
        let err = File::create(&self.err).unwrap();
        File::create(&self.out).unwrap();
        let child = self.command.stdin(Stdio::null()).stdout(output).stderr(err).spawn().unwrap();
        Started { child, out: self.out, err: self.err, report: self.report }
    }

    pub(crate) fn start(self) -> Started {
        let out = File::create(&self.out).unwrap();
        self.start_with_output(out.into())
    }

    /// Runs the command to its end. Whatever report it writes is checked.
    pub(crate) async fn end(self) -> Ended {
        self.start().end().await
    }
}

/// A command that is running.
pub(crate) struct Started {
    pub(crate) child: Child,
    out: PathBuf,
    err: PathBuf,
    report: PathBuf,
}

impl Started {
    /// Sends a signal by its name, such as `INT`.
    pub(crate) fn signal(&self, name: &str) {
        let kill = format!("kill -{name} {}", self.child.id());
        assert!(Command::new("sh").args(["-c", &kill]).status().unwrap().success());
    }

    pub(crate) async fn end(mut self) -> Ended {
        let started = Instant::now();
        let status = loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                break status;
            }
            if started.elapsed() > PATIENCE {
                self.child.kill().unwrap();
                self.child.wait().unwrap();
                panic!("it did not end; it said:\n{}", fs::read_to_string(&self.err).unwrap());
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        };
        self.ended(status)
    }

    fn ended(&self, status: ExitStatus) -> Ended {
        let read = |path: &PathBuf| String::from_utf8(fs::read(path).unwrap()).unwrap();
        let ended = Ended {
            code: status.code(),
            out: read(&self.out),
            err: read(&self.err),
            report: fs::read_to_string(&self.report).ok(),
        };
        if ended.report.is_some() {
            ended.check_report();
        }
        ended
    }
}

/// Waits until `condition` holds.
pub(crate) async fn until(what: &str, mut condition: impl FnMut() -> bool) {
    let started = Instant::now();
    while !condition() {
        assert!(started.elapsed() < PATIENCE, "waited in vain: {what}");
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

/// A free port of loopback. Whoever uses it has to put up with somebody else having been faster.
pub(crate) fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// What a command left.
#[derive(Debug)]
pub(crate) struct Ended {
    /// The exit code; none when a signal ended it.
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
    report: Option<String>,
}

impl Ended {
    /// Fails, with all that was said, unless it ended with `code`.
    #[track_caller]
    pub(crate) fn exits(self, code: i32) -> Self {
        if self.has_report() {
            assert_eq!(self.report()["verdict"]["exit_code"], code, "{}", self.err);
        }
        self.exits_unlike_its_report(code)
    }

    /// As [`Self::exits`], where the process ends for another reason than the report's verdict.
    #[track_caller]
    pub(crate) fn exits_unlike_its_report(self, code: i32) -> Self {
        assert!(
            self.code == Some(code),
            "exit {:?} instead of {code}\n{}\n{}",
            self.code,
            self.err,
            self.out
        );
        self
    }

    #[track_caller]
    pub(crate) fn says(self, what: &str) -> Self {
        assert!(self.err.contains(what), "`{what}` is not in:\n{}", self.err);
        self
    }

    #[track_caller]
    pub(crate) fn prints(self, what: &str) -> Self {
        assert!(self.out.contains(what), "`{what}` is not in:\n{}", self.out);
        self
    }

    #[track_caller]
    pub(crate) fn report(&self) -> Value {
        let Some(text) = &self.report else { panic!("there is no report; it said:\n{}", self.err) };
        serde_json::from_str(text).unwrap()
    }

    pub(crate) fn has_report(&self) -> bool {
        self.report.is_some()
    }

    /// The number at a JSON pointer of the report.
    #[track_caller]
    pub(crate) fn number(&self, pointer: &str) -> u64 {
        let report = self.report();
        report.pointer(pointer).and_then(Value::as_u64).unwrap_or_else(|| panic!("no number at {pointer}"))
    }

    /// The text at a JSON pointer of the report.
    #[track_caller]
    pub(crate) fn text(&self, pointer: &str) -> String {
        let report = self.report();
        let text = report.pointer(pointer).and_then(Value::as_str);
        text.unwrap_or_else(|| panic!("no text at {pointer}")).to_owned()
    }

    /// Why the run got its verdict, the weightiest reason first.
    #[track_caller]
    pub(crate) fn reasons(&self) -> Vec<String> {
        let reasons = self.report()["verdict"]["reasons"].clone();
        serde_json::from_value(reasons).unwrap()
    }

    /// The first example of an outcome.
    #[track_caller]
    pub(crate) fn example(&self, code: &str) -> Value {
        let report = self.report();
        let row = report["outcomes"].as_array().unwrap().iter().find(|row| row["code"] == code);
        row.unwrap_or_else(|| panic!("no {code} in {}", report["outcomes"]))["examples"][0].clone()
    }

    /// How many events ended with `code` and `verdict`.
    #[track_caller]
    pub(crate) fn outcomes(&self, code: &str, verdict: &str) -> u64 {
        let report = self.report();
        let rows = report["outcomes"].as_array().unwrap().iter();
        rows.filter(|row| row["code"] == code && row["verdict"] == verdict)
            .map(|row| count(row, "count"))
            .sum()
    }

    /// The schema, and the conservation of counts: no event is lost or counted twice.
    fn check_report(&self) {
        let report = self.report();
        validate_report(&report);
        assert!(!report["verdict"]["reasons"].as_array().unwrap().is_empty());
        for advisory in report["advisories"].as_array().unwrap() {
            let code = advisory["code"].as_str().unwrap();
            assert!(Advice::of(code).is_some() || code.parse::<Code>().is_ok(), "nothing explains {code}");
        }
        let outcomes: u64 =
            report["outcomes"].as_array().unwrap().iter().map(|row| count(row, "count")).sum();
        let figures = match &report["reachability"] {
            Value::Null => {
                assert_eq!(
                    count(&report["sli"], "valid"),
                    count(&report["sli"], "good") + count(&report["sli"], "bad")
                );
                &report["sli"]
            }
            reachability => {
                for figure in ["good", "bad", "valid", "success_rate", "n_effective"] {
                    assert!(report["sli"][figure].is_null(), "an SLI without trust: {figure}");
                }
                reachability
            }
        };
        const VERDICTS: [&str; 5] = ["good", "bad", "reached", "excluded", "unattributed"];
        assert_eq!(outcomes, VERDICTS.iter().map(|verdict| count(figures, verdict)).sum::<u64>());
        let steps =
            report["scenarios"].as_array().unwrap().iter().flat_map(|row| row["steps"].as_array().unwrap());
        let (counted, uncounted): (Vec<_>, Vec<_>) = steps.partition(|step| step["counted"] == true);
        for verdict in VERDICTS {
            let of_steps: u64 = counted.iter().map(|step| count(step, verdict)).sum();
            assert_eq!(of_steps, count(figures, verdict), "{verdict}");
            assert!(uncounted.iter().all(|step| count(step, verdict) == 0), "{verdict}");
        }
    }
}

fn count(row: &Value, field: &str) -> u64 {
    row[field].as_u64().unwrap_or(0)
}

/// Runs `trial` again when it says that somebody else took the port.
pub(crate) async fn on_a_free_port<T>(trial: impl AsyncFn(u16) -> Option<T>) -> T {
    for _ in 0..5 {
        if let Some(result) = trial(free_port()).await {
            return result;
        }
        thread::yield_now();
    }
    panic!("no port was free five times in a row");
}
