//! No artefact of a run holds a secret, key material or a usable token, even when the app sends them all back.

use std::fs;
use std::path::Path;
use std::sync::{Arc, Mutex};

use base64::Engine;
use base64::alphabet::{STANDARD, URL_SAFE};
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use hyper::StatusCode;
use hyper::header::{HeaderName, HeaderValue};
use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, percent_encode, utf8_percent_encode};
use rehearsal::history::{HistoryStore, RunFilter, SqliteStore};
use rehearsal::report::Format;
use rehearsal::serve::{Request, reply};

use super::bench::{Bench, private_pem};
use super::spy::{Answer, Spy, header};

/// What must not show: enough of it to be of use, so that a part of it counts as well.
#[derive(Debug, Clone)]
struct Canary {
    what: &'static str,
    text: String,
}

impl Canary {
    fn new(what: &'static str, text: impl Into<String>) -> Self {
        let text = text.into();
        assert!(text.len() >= 12, "{what} is too short to be found for sure");
        Self { what, text }
    }
}

/// The canaries of one request: the secret that it carries, and the signature of its token.
fn canaries(request: &Request) -> Vec<Canary> {
    let mut canaries = Vec::new();
    if let Ok(payload) = serde_json::from_slice::<serde_json::Value>(request.body())
        && let Some(secret) = payload["sharedSecret"].as_str()
    {
        canaries.push(Canary::new("shared secret", &secret[..24]));
    }
    if let Some((_, signature)) = header(request, "authorization").rsplit_once('.') {
        canaries.push(Canary::new("token", &signature[..24]));
    }
    canaries
}

/// What an app could send back: all that it was sent, in every coat.
///
/// Evidence shows the start of a body, so that `turn` says what comes first.
fn echo(request: &Request, turn: usize) -> Answer {
    let body = String::from_utf8(request.body().to_vec()).unwrap();
    let secret = serde_json::from_str::<serde_json::Value>(&body)
        .ok()
        .and_then(|payload| payload["sharedSecret"].as_str().map(str::to_owned))
        .unwrap_or_default();
    let plain = base64::engine::general_purpose::STANDARD;
    let headers: String = request
        .headers()
        .iter()
        .map(|(name, value)| format!("{name}: {}\n", value.to_str().unwrap()))
        .collect();
    let token = header(request, "authorization");
    let token = token.trim_start_matches("JWT ");
    let credentials = header(request, "proxy-authorization");
    let mut lines = vec![body.clone(), headers.clone()];
    for text in [&secret, token, &header(request, "x-canary")] {
        let all_escaped = text.bytes().map(|byte| format!("%{byte:02x}")).collect::<String>();
        lines.extend([
            format!("plain {text}"),
            plain.encode(text),
            plain.encode(format!("x{text}")),
            plain.encode(format!("xy{text}")),
            base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(text),
            utf8_percent_encode(text, NON_ALPHANUMERIC).to_string(),
            all_escaped,
            serde_json::to_string(&serde_json::json!({ "nested": text }).to_string()).unwrap(),
        ]);
    }
    lines.extend([
        plain.encode(&body),
        plain.encode(&headers),
        percent_encode(body.as_bytes(), NON_ALPHANUMERIC).to_string(),
    ]);
    let first = turn % lines.len();
    lines.rotate_left(first);
    let status = if request.uri().path() == "/installed" {
        StatusCode::NO_CONTENT
    } else {
        StatusCode::INTERNAL_SERVER_ERROR
    };
    let mut response = reply(status, "text/plain", lines.join("\n"));
    for (name, value) in [
        ("x-secret-plain", secret.clone()),
        ("x-echo", secret.clone()),
        ("x-echo-base64", plain.encode(&secret)),
        ("x-echo-url", utf8_percent_encode(&secret, NON_ALPHANUMERIC).to_string()),
        ("x-authorization", token.to_owned()),
        ("x-authorization-base64", plain.encode(token)),
        ("x-canary-again", header(request, "x-canary")),
        ("x-credentials", credentials),
        ("location", format!("https://other.example/?jwt={token}&secret={secret}")),
    ] {
        if let Ok(value) = HeaderValue::from_str(&value) {
            response.headers_mut().insert(HeaderName::from_static(name), value);
        }
    }
    Answer::With(response)
}

/// Base64 without regard to padding and leftover bits.
fn lenient(alphabet: &base64::alphabet::Alphabet) -> GeneralPurpose {
    let config = GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true);
    GeneralPurpose::new(alphabet, config)
}

/// Every text that `text` holds in some coat: itself, unescaped, URL-decoded, and what is base64 in it.
fn uncoated(text: &str) -> Vec<String> {
    let mut texts = vec![text.to_owned(), text.replace('\\', "")];
    for _ in 0..2 {
        let last = texts.last().unwrap();
        texts.push(percent_decode_str(last).decode_utf8_lossy().into_owned());
    }
    let is_base64 = |c: char| c.is_ascii_alphanumeric() || "+/-_".contains(c);
    let mut decoded = Vec::new();
    for text in &texts {
        for run in text.split(|c| !is_base64(c)).filter(|run| run.len() >= 16) {
            for start in 0..4 {
                // A single leftover character holds no whole byte.
                let run = &run[start..];
                let run = if run.len() % 4 == 1 { &run[..run.len() - 1] } else { run };
                for alphabet in [&STANDARD, &URL_SAFE] {
                    if let Ok(bytes) = lenient(alphabet).decode(run) {
                        decoded.push(String::from_utf8_lossy(&bytes).into_owned());
                    }
                }
            }
        }
    }
    texts.extend(decoded);
    texts
}

/// What leaks, where, and in which line if it is within one.
fn leaks(artefact: &str, text: &str, canaries: &[Canary]) -> Vec<String> {
    let texts = uncoated(text);
    let holds = |texts: &[String], canary: &Canary| texts.iter().any(|text| text.contains(&canary.text));
    let found = canaries.iter().filter(|canary| holds(&texts, canary));
    let line = |canary| text.lines().find(|line| holds(&uncoated(line), canary)).unwrap_or("(several lines)");
    found.map(|canary| format!("{} `{}` in {artefact}: {}", canary.what, canary.text, line(canary))).collect()
}

/// Every file below `folder`, but for the key that the run was given.
fn files(folder: &Path) -> Vec<(String, String)> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        if entry.is_dir() {
            files.extend(self::files(&entry));
        } else if !entry.ends_with("key.pem") && !entry.ends_with("headers.txt") {
            let text = String::from_utf8_lossy(&fs::read(&entry).unwrap()).into_owned();
            files.push((entry.display().to_string(), text));
        }
    }
    files
}

fn formats() -> impl Iterator<Item = &'static str> {
    Format::ALL.into_iter().map(Format::name)
}

#[test]
fn the_search_finds_what_it_looks_for() {
    let canary = Canary::new("canary", "s3cret+with/odd=chars&more");
    let plain = base64::engine::general_purpose::STANDARD;
    let url = utf8_percent_encode(&canary.text, NON_ALPHANUMERIC).to_string();
    for text in [
        canary.text.clone(),
        format!("a \"{}\" b", plain.encode(&canary.text)),
        plain.encode(format!("x{}y", canary.text)),
        plain.encode(format!("xy{}z", canary.text)),
        base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(&canary.text),
        url.clone(),
        url.to_lowercase(),
        plain.encode(&url),
    ] {
        let found = !leaks("text", &text, std::slice::from_ref(&canary)).is_empty();
        assert_eq!(found, text != plain.encode(&url), "{text}");
    }
}

/// An app that sends everything back, with `status` where there is one, and notes the canaries.
async fn parrot(found: &Arc<Mutex<Vec<Canary>>>, status: Option<StatusCode>) -> Spy {
    let noted = Arc::clone(found);
    Spy::start(move |request, before| {
        noted.lock().unwrap().extend(canaries(request));
        match (echo(request, before), status) {
            (Answer::With(mut response), Some(status)) => {
                *response.status_mut() = status;
                Answer::With(response)
            }
            (answer, _) => answer,
        }
    })
    .await
}

#[tokio::test]
async fn nothing_of_value_is_in_any_artefact() {
    let bench = Bench::new().await;
    let found = Arc::new(Mutex::new(Vec::new()));
    let headers = format!("@{}", bench.write("headers.txt", "X-Canary: from-a-file-4711-0815\n"));
    let flags =
        ["-H", "X-Typed: typed-value-4711-0815", "-H", &headers, "-H", "X-Flag: 1", "--no-cleanup", "-v"];
    let run = async |spy: &Spy, number: usize, more: &[&str]| {
        // The spy is the proxy as well, so that it sees the proxy's credentials.
        let proxy = spy.base_url().replace("http://", "http://proxy-user:proxy-pass-4711@");
        let reports =
            formats().map(|format| format!("{format}={}", bench.path(&format!("{number}.{format}"))));
        let mut reports: Vec<String> = reports.flat_map(|report| ["--report".to_owned(), report]).collect();
        reports.extend(["--evidence".to_owned(), bench.path(&format!("{number}.evidence"))]);
        let events = bench.path(&format!("{number}.events.{}", ["jsonl", "csv"][number % 2]));
        let run = bench.probe("http://app.rehearsal.test", &["--proxy", &proxy]).with(&flags).with(&reports);
        let run = run.with(&["--events", &events]);
        run.with(more).end().await.exits(2)
    };
    // Installs are good, so that what follows them is sent as well; only checks fail.
    let good = run(&parrot(&found, None).await, 0, &["--protected-path", "/protected"]).await;
    assert!(good.number("/sli/good") > 0);
    // Every install is bad: there is evidence, and each piece of it begins with another form.
    let refusing = parrot(&found, Some(StatusCode::BAD_GATEWAY)).await;
    for number in 1..12 {
        // Of one, earlier tries are evidence as well.
        let retries = u32::from(number == 11).to_string();
        let flags = ["--scenario", "initial-install", "--repeat", "3", "--retries", &retries];
        let refused = run(&refusing, number, &flags).await;
        let evidence = &refused.report()["outcomes"][0]["examples"][0];
        assert!(
            evidence["response"]["body_start"].as_str().unwrap().len() > 100,
            "there is evidence to search"
        );
        // What is too short for a secret is not taken out.
        assert!(evidence["request"].to_string().contains("1001.0.0"), "{evidence}");
    }

    // Two load tests at once, which are added up below.
    let load = async |name: &str| {
        let reports = formats().map(|format| format!("{format}={}", bench.path(&format!("{name}.{format}"))));
        let reports: Vec<String> = reports.flat_map(|report| ["--report".to_owned(), report]).collect();
        let (key, state) = (bench.path("key.pem"), bench.path("state"));
        let signing = ["--signing-key", &key, "--key-server", "none", "--state-dir", &state];
        let events = bench.path(&format!("{name}.events.jsonl"));
        let rate = ["--rate", "20/s", "--duration", "2s", "--events", &events];
        let run = bench.command(&["load", &refusing.base_url()]).with(&signing).with(&rate).with(&flags[..6]);
        run.with(&reports).end().await
    };
    tokio::join!(load("load-1"), load("load-2"));

    // A check is recorded, and its report lies compressed in the history.
    let history = format!("sqlite:{}", bench.path("history.sqlite"));
    let (key, state) = (bench.path("key.pem"), bench.path("state"));
    let signing = ["--signing-key", &key, "--key-server", "none", "--state-dir", &state];
    let check = bench.reporting(&["check", &refusing.base_url(), "--history", &history]).with(&signing);
    check.with(&["-H", "X-Typed: typed-value-4711-0815"]).end().await.exits(2);
    let mut store = SqliteStore::open(Path::new(&bench.path("history.sqlite"))).unwrap();
    let head = store.runs(&RunFilter::default()).await.unwrap().remove(0);
    let kept = store.run(&head.id.to_string()).await.unwrap().unwrap();
    assert!(kept.report.contains("body_start"), "there is evidence to search");
    bench.write("kept.json", &kept.report);
    // One whose history is out of reach waits in the state directory.
    let far = "postgres://probe:history-pass-4711@127.0.0.1:1/probes";
    let check = bench.reporting(&["check", &refusing.base_url(), "--history", far]).with(&signing);
    check.end().await.exits(2).says("this run is kept and will be recorded the next time");

    let mut canaries = found.lock().unwrap().clone();
    assert!(canaries.len() > 20, "{}", canaries.len());
    // The first lines of a key in PEM hold its public half.
    let pem = private_pem();
    let lines: Vec<&str> = pem.lines().filter(|line| line.len() == 64).collect();
    canaries.extend(lines[lines.len() - 10..].iter().map(|line| Canary::new("private key", *line)));
    canaries.push(Canary::new("header from a file", "from-a-file-4711-0815"));
    canaries.push(Canary::new("header", "typed-value-4711-0815"));
    canaries.push(Canary::new("password of the history", "history-pass-4711"));
    canaries.push(Canary::new("proxy credentials", "proxy-pass-4711"));

    // What is made of reports afterwards.
    let (first, second) = (bench.path("1.json"), bench.path("2.json"));
    let loads = (bench.path("load-1.json"), bench.path("load-2.json"));
    for (name, command, (first, second), formats) in [
        ("compare", "compare", (&first, &second), &["html", "json", "markdown"][..]),
        ("merge", "merge", (&first, &second), &["html", "json"]),
        ("merged-load", "merge", (&loads.0, &loads.1), &["html", "json"]),
    ] {
        let reports =
            formats.iter().map(|format| format!("{format}={}", bench.path(&format!("{name}.{format}"))));
        let reports: Vec<String> = reports.flat_map(|report| ["--report".to_owned(), report]).collect();
        bench.command(&[command, first, second]).with(&reports).end().await;
    }

    let artefacts = files(Path::new(&bench.path("")));
    for name in [
        "0.events.jsonl",
        "1.events.csv",
        "load-1.events.jsonl",
        "compare.json",
        "merge.html",
        "merged-load.html",
    ] {
        let written =
            |(path, text): &(String, String)| path.ends_with(&format!("/{name}")) && !text.is_empty();
        assert!(artefacts.iter().any(written), "{name}");
    }
    for format in formats() {
        let written =
            |(name, text): &(String, String)| name.ends_with(&format!("/1.{format}")) && !text.is_empty();
        assert!(artefacts.iter().any(written), "{format}");
    }
    assert!(artefacts.iter().any(|(name, _)| name.contains("ledgers")));
    assert!(artefacts.iter().any(|(name, _)| name.contains("spool")));
    assert!(artefacts.iter().any(|(name, _)| name.ends_with("1.evidence/status.502.txt")));
    let found: Vec<String> = artefacts.iter().flat_map(|(name, text)| leaks(name, text, &canaries)).collect();
    assert!(found.is_empty(), "{} leaks:\n{}", found.len(), found.join("\n"));
}
