//! The alerts of the settings file: `[alerts.NAME]` with `kind = "…"` and what that kind wants.

use std::path::Path;
use std::time::Duration;

use url::Url;

use super::how::proxy_of_environment;
use super::layers;
use super::table::Table;
use crate::alert::{
    Email, EmailSettings, Encryption, Heartbeat, Http, IncidentData, Opsgenie, Program, Secret, Shape, Sink,
    SinkKind, Slack, Webhook,
};
use crate::exit::Abort;
use crate::transport::{InvalidSetting, Settings, Target, TlsSettings};

/// How long a sink may take unless its table says otherwise.
const PATIENCE: Duration = Duration::from_secs(10);

/// The names of the kinds, as the settings file has them.
const KINDS: [&str; 7] =
    ["webhook", "slack", "opsgenie", "jira-service-management", "email", "command", "heartbeat"];

/// What the settings file says about alerts.
#[derive(Debug, Default)]
pub struct Alerting {
    /// Where alerts go to.
    pub sinks: Vec<Sink>,
    /// What is told of every check.
    pub heartbeats: Vec<Heartbeat>,
    /// The name and kind of each, in the order of the file.
    pub kinds: Vec<(String, String)>,
}

/// One entry of the settings file.
enum Entry {
    Sink(SinkKind),
    Heartbeat(Heartbeat),
}

/// Reads the alerts of the settings file, those named in `wanted` or, if it is empty, all of them. The
/// name `none` stands for none. Secrets are read from the environment or from files.
///
/// # Errors
/// When the file can't be read, a table is wrong, a secret is missing or stands in the file, or a name is
/// not there.
pub fn alerting(config: Option<&Path>, wanted: &[String]) -> Result<Alerting, Abort> {
    if let [only] = wanted
        && only == "none"
    {
        return Ok(Alerting::default());
    }
    let (shown, tables) = layers::tables(config, "alerts")?;
    if let Some(unknown) = wanted.iter().find(|name| !tables.contains_key(name.as_str())) {
        let names: Vec<_> = tables.keys().map(String::as_str).collect();
        return Err(Abort::usage(format!("{shown} has no table [alerts.{unknown}]")).remedy(format!(
            "its alerts are: {}",
            if names.is_empty() { "none".to_owned() } else { names.join(", ") }
        )));
    }
    let mut alerting = Alerting::default();
    for (name, values) in tables {
        if !wanted.is_empty() && !wanted.contains(&name) {
            continue;
        }
        let mut table = Table::new(format!("{shown}: [alerts.{name}]"), values);
        let kind = table.required("kind")?;
        let patience = table.duration("timeout")?.unwrap_or(PATIENCE);
        match entry(&name, &kind, patience, &mut table)? {
            Entry::Sink(kind) => alerting.sinks.push(Sink { name: name.clone(), patience, kind }),
            Entry::Heartbeat(heartbeat) => alerting.heartbeats.push(heartbeat),
        }
        table.finish()?;
        alerting.kinds.push((name, kind));
    }
    Ok(alerting)
}

fn entry(name: &str, kind: &str, patience: Duration, table: &mut Table) -> Result<Entry, Abort> {
    let sink = match kind {
        "webhook" => SinkKind::Webhook(webhook(patience, table)?),
        "slack" => SinkKind::Slack(slack(patience, table)?),
        "opsgenie" => SinkKind::Opsgenie(opsgenie(Opsgenie::OPSGENIE, patience, table)?),
        "jira-service-management" => {
            SinkKind::Opsgenie(opsgenie(Opsgenie::JIRA_SERVICE_MANAGEMENT, patience, table)?)
        }
        "email" => SinkKind::Email(Box::new(email(patience, table)?)),
        "command" => SinkKind::Command(program(table)?),
        "heartbeat" => return heartbeat(name, patience, table).map(Entry::Heartbeat),
        unknown => {
            return Err(table
                .wrong("kind", &format!("`{unknown}` is no kind of alert"))
                .remedy(format!("the kinds are: {}", KINDS.join(", "))));
        }
    };
    Ok(Entry::Sink(sink))
}

fn webhook(patience: Duration, table: &mut Table) -> Result<Webhook, Abort> {
    let (open_url, hidden_url) = (table.text("url")?, table.secret_beside_text("url")?);
    let url = match (&open_url, &hidden_url) {
        (Some(url), None) | (None, Some(url)) => url,
        (_, _) => return Err(table.wrong("url", "is wanted once: as url, url-env or url-file")),
    };
    let target = target("url", url, table)?;
    let secret = table.secret("secret")?;
    let incident_data = incident_data(table)?;
    let shape = match table.text("body")?.as_deref() {
        None | Some("alert") => Shape::Alert,
        Some("incident-data") => Shape::IncidentData(incident_data),
        Some(other) => {
            return Err(table.wrong("body", &format!("`{other}` is neither alert nor incident-data")));
        }
    };
    let http = http(&target, patience, hidden_url.iter().chain(&secret), table)?;
    Ok(Webhook { http, target, secret: secret.as_deref().map(Secret::new), shape })
}

fn slack(patience: Duration, table: &mut Table) -> Result<Slack, Abort> {
    let url = table.required_secret("url")?;
    let target = target("url", &url, table)?;
    Ok(Slack { http: http(&target, patience, [&url], table)?, target })
}

fn opsgenie(usual: &str, patience: Duration, table: &mut Table) -> Result<Opsgenie, Abort> {
    let base = table.text("url")?.unwrap_or_else(|| usual.to_owned());
    let target = target("url", &base, table)?;
    let key = table.required_secret("api-key")?;
    let http = http(&target, patience, [&key], table)?;
    Opsgenie::new(http, target.url(), &Secret::new(&key)).map_err(|error| setting(&error, table))
}

fn email(patience: Duration, table: &mut Table) -> Result<Email, Abort> {
    let host = table.required("host")?;
    let port = table.number("port")?;
    let encryption = match table.text("encryption")?.as_deref() {
        None | Some("starttls") => Encryption::StartTls,
        Some("tls") => Encryption::Tls,
        Some("none") => Encryption::None,
        Some(other) => {
            return Err(table.wrong("encryption", &format!("`{other}` is neither starttls, tls nor none")));
        }
    };
    let cacert = table.file("cacert")?;
    let password = table.secret("password")?.as_deref().map(Secret::new);
    let login = match (table.text("username")?, &password) {
        (Some(user), Some(password)) => Some((user, password)),
        (None, None) => None,
        (Some(_), None) => {
            return Err(table.wrong("username", "is of no use without password-env or password-file"));
        }
        (None, Some(_)) => return Err(table.wrong("password", "is of no use without username")),
    };
    let settings = EmailSettings {
        host: &host,
        port,
        encryption,
        cacert: cacert.as_deref(),
        login,
        from: &table.required("from")?,
        to: &table.texts("to")?,
        try_time: patience / 2,
        incident_data: incident_data(table)?,
    };
    Email::new(settings).map_err(|error| table.wrong(error.key, &error.problem))
}

fn program(table: &mut Table) -> Result<Program, Abort> {
    let mut words = table.texts("command")?.into_iter();
    match words.next() {
        Some(program) => Ok(Program { program, arguments: words.collect() }),
        None => Err(table
            .wrong("command", "is missing")
            .remedy("give the program and its arguments: command = [\"/usr/local/bin/notify\", \"oncall\"]")),
    }
}

fn heartbeat(name: &str, patience: Duration, table: &mut Table) -> Result<Heartbeat, Abort> {
    let url = table.required_secret("url")?;
    let target = target("url", &url, table)?;
    let http = http(&target, patience, [&url], table)?;
    Heartbeat::new(name.to_owned(), http, patience, target.url()).map_err(|error| setting(&error, table))
}

fn incident_data(table: &mut Table) -> Result<IncidentData, Abort> {
    Ok(IncidentData {
        app_name: table.text("app-name")?.unwrap_or_default(),
        partner_name: table.text("partner-name")?.unwrap_or_default(),
    })
}

/// A URL may be a secret, so an error does not repeat it.
pub(super) fn target(key: &str, text: &str, table: &Table) -> Result<Target, Abort> {
    let url: Url = text.trim().parse().map_err(|_| table.wrong(key, "is no URL"))?;
    Target::new(&url)
        .map_err(|_| table.wrong(key, "is neither http nor https, has no host, or holds credentials"))
}

/// What sends requests to `target` for the table of a sink, and keeps `secrets` out of what it says.
pub(super) fn http<'secret>(
    target: &Target,
    patience: Duration,
    secrets: impl IntoIterator<Item = &'secret String>,
    table: &mut Table,
) -> Result<Http, Abort> {
    let extra_authorities = table.authorities("cacert")?;
    let settings = Settings {
        tls: TlsSettings { extra_authorities, ..TlsSettings::default() },
        proxy: proxy_of_environment(target.url())?,
        ..Settings::default()
    };
    Http::new(settings, patience, secrets).map_err(|error| setting(&error, table))
}

fn setting(error: &InvalidSetting, table: &Table) -> Abort {
    table.wrong(error.what, &error.problem)
}
