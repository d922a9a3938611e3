//! A rollout to ten thousand tenants: each a new one, over a new TLS connection, with a token of its own, against the
//! reference app, which verifies every one of them.
//!
//! `cargo bench --bench rollout` takes two minutes on two cores, which client and app share; `-- 500` rolls out to
//! another number of tenants. `PROBE_BINARY=target/release/rehearsal` in the environment measures a program that is
//! there already. Exits with 1 unless every tenant is installed and the measurement is valid.

#![expect(clippy::print_stdout, reason = "the table is what this program is for")]

#[path = "../identity.rs"]
mod identity;

use std::collections::BTreeMap;
use std::error::Error;
use std::fs;
use std::net::Ipv4Addr;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::{Command, ExitCode, Stdio};

use rehearsal::atlassian::SigningKey;
use rehearsal::reference_app::{AppTrust, KeyHost, ReferenceApp, Settings};
use rehearsal::serve::{KeyServer, PathPrefix, ServerTls};
use serde_json::Value;

const TENANTS: u64 = 10_000;
/// A day in a minute.
const SPEEDUP: u32 = 1440;

fn main() -> Result<ExitCode, Box<dyn Error + Send + Sync>> {
    let tenants = std::env::args().find_map(|argument| argument.parse().ok()).unwrap_or(TENANTS);
    let folder = tempfile::tempdir()?;
    let file = |name: &str| folder.path().join(name);
    let key = SigningKey::generate(None)?;
    fs::write(file("key.pem"), format!("kid: {}\n{}", key.kid(), key.private_pem()?.expose()))?;
    fs::set_permissions(file("key.pem"), fs::Permissions::from_mode(0o600))?;
    let (tls, authority) = identity::identity()?;
    fs::write(file("ca.pem"), authority)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let (app, _keys) = runtime.block_on(serve(&key, ServerTls::from_config(tls)))?;

    let built = || env!("CARGO_BIN_EXE_rehearsal").into();
    let status = Command::new(std::env::var_os("PROBE_BINARY").map_or_else(built, PathBuf::from))
        .args(["load", app.base_url(), "--rollout"])
        .arg(format!("tenants={tenants},over=24h,speedup={SPEEDUP}"))
        .args(["--key-server", "none", "--acknowledge-egress", "--quiet", "--no-progress"])
        .arg("--signing-key")
        .arg(file("key.pem"))
        .arg("--cacert")
        .arg(file("ca.pem"))
        .arg("--state-dir")
        .arg(file("state"))
        .arg("--report")
        .arg(format!("json={}", file("report.json").display()))
        .stdout(Stdio::null())
        .status()?;
    let report: Value = serde_json::from_slice(&fs::read(file("report.json"))?)?;
    print(&report);
    let left = app.tenants().len();
    println!("| tenants left in the app | {left} |");
    let all_good = report["sli"]["good"].as_u64() >= Some(tenants) && report["sli"]["bad"] == 0;
    let is_valid = report["measurement"]["validity"] == "valid";
    let held = status.success() && all_good && is_valid && left == 0;
    println!(
        "\n{}",
        if held { "All installed, and the measurement is valid." } else { "Not as it should be." }
    );
    Ok(if held { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The app, and the host of the keys that it trusts.
async fn serve(
    key: &SigningKey,
    tls: ServerTls,
) -> Result<(ReferenceApp, KeyServer), Box<dyn Error + Send + Sync>> {
    let keys = BTreeMap::from([(key.kid().to_string(), key.public_pem().to_owned())]);
    let host = KeyServer::start((Ipv4Addr::LOCALHOST, 0).into(), None, PathPrefix::default(), keys).await?;
    let mut settings = Settings::new(AppTrust::KeyHost(KeyHost::new(host.url())));
    settings.tls = Some(tls);
    Ok((ReferenceApp::start(settings).await?, host))
}

fn print(report: &Value) {
    let at = |pointer: &str| report.pointer(pointer).unwrap_or(&Value::Null);
    println!("| what | figure |\n|---|---|");
    for (what, pointer) in [
        ("installs that were due", "/load/scheduled"),
        ("good", "/sli/good"),
        ("bad", "/sli/bad"),
        ("dropped", "/load/dropped"),
        ("achieved, a second", "/load/achieved_rate"),
        ("most open at once", "/load/in_flight/max"),
        ("response time p50, µs", "/latency/response/p50_us"),
        ("response time p99, µs", "/latency/response/p99_us"),
        ("begun late by p50, µs", "/load/lag/p50_us"),
        ("begun late by p99, µs", "/load/lag/p99_us"),
        ("threads", "/load/threads"),
        ("validity", "/measurement/validity"),
        ("doubts", "/measurement/reasons"),
    ] {
        println!("| {what} | {} |", at(pointer));
    }
}
