//! The clients and their command lines.

use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The version of oha that is compared with; installed below `target/tools` if it is not there.
const OHA_VERSION: &str = "1.16.0";

/// A client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tool {
    /// Ours.
    Rehearsal,
    /// Ours once more: what differs from the first is noise.
    RehearsalAgain,
    Wrk,
    H2load,
    Oha,
    Hey,
}

/// What a client is to do.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Errand {
    pub(crate) tls: bool,
    pub(crate) fresh: bool,
    pub(crate) pace: Pace,
    pub(crate) seconds: u32,
    /// Whether every callback has a token that was signed for it; of ours alone.
    pub(crate) fresh_tokens: bool,
}

/// How fast.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Pace {
    /// As fast as it goes, on so many connections.
    Full { connections: u32 },
    /// At so many requests a second.
    Rate(u32),
}

impl Tool {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Rehearsal => "rehearsal",
            Self::RehearsalAgain => "rehearsal again",
            Self::Wrk => "wrk",
            Self::H2load => "h2load",
            Self::Oha => "oha",
            Self::Hey => "hey",
        }
    }

    /// Whether it can do this at all.
    pub(crate) fn can(self, errand: &Errand) -> bool {
        let paced = matches!(errand.pace, Pace::Rate(_));
        match self {
            Self::Rehearsal | Self::RehearsalAgain | Self::Oha => true,
            Self::Hey => !paced,
            Self::Wrk => !paced,
            Self::H2load => !paced && !errand.fresh,
        }
    }
}

/// Where the clients and their files are.
pub(crate) struct Tools {
    rehearsal: PathBuf,
    oha: PathBuf,
    folder: PathBuf,
}

impl Tools {
    /// Makes the files that clients read, and installs oha if need be.
    ///
    /// # Errors
    /// When a file can't be written or a program is missing.
    pub(crate) fn prepare(folder: &Path, with_peers: bool) -> io::Result<Self> {
        let tools = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/tools");
        let built = || env!("CARGO_BIN_EXE_rehearsal").into();
        let prepared = Self {
            rehearsal: std::env::var_os("PROBE_BINARY").map_or_else(built, PathBuf::from),
            oha: tools.join("bin/oha"),
            folder: folder.to_owned(),
        };
        fs::write(prepared.body(), BODY)?;
        let headers: String =
            HEADERS.iter().map(|(name, value)| format!("wrk.headers[\"{name}\"] = \"{value}\"\n")).collect();
        let script = format!("wrk.method = \"POST\"\nwrk.body = [[{BODY}]]\n{headers}");
        fs::write(prepared.script(), script)?;
        succeed(Command::new(&prepared.rehearsal).args(["keys", "new"]).arg(prepared.key()))?;
        if with_peers {
            prepared.install_oha(&tools)?;
            for program in ["wrk", "h2load", "hey"] {
                Command::new(program)
                    .arg("--version")
                    .stdout(Stdio::null())
                    .stderr(Stdio::null())
                    .status()
                    .map_err(|_| {
                    io::Error::other(format!("{program} is missing: apt-get install wrk nghttp2-client hey"))
                })?;
            }
        }
        Ok(prepared)
    }

    fn install_oha(&self, tools: &Path) -> io::Result<()> {
        let version = Command::new(&self.oha).arg("--version").output();
        if version.is_ok_and(|output| {
            String::from_utf8_lossy(&output.stdout).trim() == format!("oha {OHA_VERSION}")
        }) {
            return Ok(());
        }
        let mut install = Command::new(env!("CARGO"));
        install.args(["install", "--locked", "--root"]).arg(tools).arg(format!("oha@{OHA_VERSION}"));
        succeed(&mut install)
    }

    /// The command line, without the pinning to a core.
    pub(crate) fn command(&self, tool: Tool, errand: &Errand, url: &str) -> Vec<OsString> {
        let seconds = format!("{}s", errand.seconds);
        let url = format!("{url}/installed");
        let connections = match errand.pace {
            Pace::Full { connections } => connections.to_string(),
            Pace::Rate(_) => "64".to_owned(),
        };
        let mut command = Line::default();
        match tool {
            Tool::Rehearsal | Tool::RehearsalAgain => self.rehearsal(&mut command, errand, &url),
            Tool::Wrk => {
                command
                    .add(["wrk", "-t1", "-c", &connections, "-d", &seconds, "-s"])
                    .file(&self.script())
                    .add([url.as_str()]);
            }
            Tool::H2load => {
                let seconds = errand.seconds.to_string();
                command
                    .add(["h2load", "--h1", "-t1", "-c", &connections, "-D", &seconds, "-d"])
                    .file(&self.body());
                command.headers("-H").add([url.as_str()]);
            }
            Tool::Oha => {
                command.file(&self.oha).add([
                    "--no-tui",
                    "-m",
                    "POST",
                    "-z",
                    &seconds,
                    "-c",
                    &connections,
                    "-D",
                ]);
                command.file(&self.body()).headers("-H");
                if errand.fresh {
                    command.add(["--disable-keepalive"]);
                }
                if let Pace::Rate(rate) = errand.pace {
                    command.add(["-q", &rate.to_string()]);
                }
                if errand.tls {
                    command.add(["--cacert"]).file(&self.authority());
                }
                command.add([url.as_str()]);
            }
            Tool::Hey => {
                command.add(["hey", "-cpus", "1", "-m", "POST", "-z", &seconds, "-c", &connections, "-D"]);
                command.file(&self.body()).headers("-H");
                if errand.fresh {
                    command.add(["-disable-keepalive"]);
                }
                if errand.tls {
                    // It asks for a name with a port otherwise, which is none.
                    command.add(["-host", "localhost"]);
                }
                command.add([url.as_str()]);
            }
        }
        command.0
    }

    fn rehearsal(&self, command: &mut Line, errand: &Errand, url: &str) {
        let base = url.trim_end_matches("/installed");
        let seconds = format!("{}s", errand.seconds);
        command.file(&self.rehearsal).add([
            "load",
            base,
            "--installed-path",
            "/installed",
            "--duration",
            &seconds,
        ]);
        command.add(["--key-server", "none", "--signing-key"]).file(&self.key());
        command.add(["--threads", "1", "--signing-threads", "1", "--no-cleanup", "--quiet", "--no-progress"]);
        command.add(["--acknowledge-egress", "--state-dir"]).file(&self.folder);
        command.add(["--timeout", "10min", "--idle-timeout", "10min"]);
        match errand.pace {
            Pace::Full { connections } => command.add(["--concurrency", &connections.to_string()]),
            Pace::Rate(rate) => command.add(["--rate", &format!("{rate}/s")]),
        };
        if !errand.fresh {
            command.add(["--keep-alive"]);
        }
        if !errand.fresh_tokens {
            command.add(["--tenants-pool", "256", "--reuse-tokens"]);
        }
        if errand.tls {
            command.add(["--cacert"]).file(&self.authority());
        }
    }

    /// What wrk is to send.
    fn script(&self) -> PathBuf {
        self.folder.join("callback.lua")
    }

    /// The certificate of the sink's authority.
    pub(crate) fn authority(&self) -> PathBuf {
        self.folder.join("authority.pem")
    }

    fn body(&self) -> PathBuf {
        self.folder.join("body.json")
    }

    fn key(&self) -> PathBuf {
        self.folder.join("key.pem")
    }
}

/// A command line under construction.
#[derive(Default)]
struct Line(Vec<OsString>);

impl Line {
    fn add<'a>(&mut self, words: impl IntoIterator<Item = &'a str>) -> &mut Self {
        self.0.extend(words.into_iter().map(OsString::from));
        self
    }

    fn file(&mut self, path: &Path) -> &mut Self {
        self.0.push(path.into());
        self
    }

    fn headers(&mut self, flag: &str) -> &mut Self {
        for (name, value) in HEADERS {
            self.add([flag, &format!("{name}: {value}")]);
        }
        self
    }
}

fn succeed(command: &mut Command) -> io::Result<()> {
    let status = command.stdout(Stdio::null()).stderr(Stdio::null()).status()?;
    if status.success() { Ok(()) } else { Err(io::Error::other(format!("{command:?} ended with {status}"))) }
}

/// As long as a callback of ours.
const BODY: &str = r#"{"key":"app","clientKey":"rehearsal-0123456789ab-0","sharedSecret":"ATCO0123456789012345678901234567890123456789012345678901234567890123","serverVersion":"100000","pluginsVersion":"1.900.0","baseUrl":"https://rehearsal-0123456789ab-0.atlassian.net","productType":"jira","description":"Atlassian JIRA at https://rehearsal-0123456789ab-0.atlassian.net","eventType":"installed","displayUrl":"https://rehearsal-0123456789ab-0.atlassian.net"}"#;

/// The headers that a callback of ours has besides, with a token of the same length.
const HEADERS: [(&str, &str); 2] = [("Content-Type", "application/json"), ("Authorization", TOKEN)];

const TOKEN: &str = concat!(
    "JWT ",
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
);
