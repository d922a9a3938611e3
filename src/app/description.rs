//! What ran, described for its report: what rehearsals and load tests have in common.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::signing::Signing;
use super::subject::Subject;
use crate::cli::{HowArgs, PlaceArgs, PlatformArg};
use crate::report::model::Run;
use crate::scenario::Plan;
use crate::serve::KeyServer;
use crate::transport::Deadlines;
use crate::verdict::Trust;

/// What ran, against what and how.
pub(super) struct Description<'run> {
    /// The command that ran it.
    pub(super) command: &'static str,
    /// What was typed, without secrets.
    pub(super) arguments: Vec<String>,
    /// The app.
    pub(super) subject: &'run Subject,
    /// What was rehearsed.
    pub(super) plan: &'run Plan,
    /// What was typed about the place.
    pub(super) place: &'run PlaceArgs,
    /// What was typed about transport.
    pub(super) how: &'run HowArgs,
    /// The deadlines in force.
    pub(super) deadlines: Deadlines,
    /// The platform that was typed.
    pub(super) platform: PlatformArg,
    /// How the app takes our signature.
    pub(super) trust: Trust,
    /// The key and its server.
    pub(super) signing: &'run Signing,
    /// What drove order and arrivals.
    pub(super) seed: u64,
}

impl Description<'_> {
    /// The head of the report of a run, whose settings are those of its kind together with the common ones.
    pub(super) fn of_run<const N: usize>(
        self,
        id: Uuid,
        started_at: Timestamp,
        complete: bool,
        of_its_kind: [(&str, Value); N],
    ) -> Run {
        let mut settings = self.settings();
        settings.extend(of_its_kind.map(|(name, value)| (name.to_owned(), value)));
        Run {
            id: id.to_string(),
            command: self.command.to_owned(),
            target: self.subject.base.to_string(),
            app_key: self.subject.key.as_ref().map(ToString::to_string),
            environment: self.place.environment.clone(),
            location: self.place.location.clone(),
            labels: self.place.label.iter().cloned().collect::<BTreeMap<_, _>>(),
            started_at,
            finished_at: started_at,
            tool_version: env!("CARGO_PKG_VERSION").to_owned(),
            seed: self.seed,
            complete,
            trust: self.trust,
            platform: platform_name(self.platform).to_owned(),
            settings,
            arguments: self.arguments,
        }
    }

    fn settings(&self) -> Map<String, Value> {
        let Self { plan, how, deadlines, .. } = self;
        let settings = [
            ("scenarios", json!(plan.scenarios.iter().map(|scenario| &scenario.name).collect::<Vec<_>>())),
            ("connect_timeout_ms", millis(deadlines.connect)),
            ("idle_timeout_ms", millis(deadlines.idle)),
            ("timeout_ms", millis(deadlines.total)),
            ("connections", json!(if how.keep_alive { "keep-alive" } else { "fresh" })),
            ("http", json!(if how.http2 { "2" } else { "1.1" })),
            ("source_addresses", json!(how.source)),
            ("tls_verified", json!(!how.insecure)),
            ("follow_redirects", json!(how.follow_redirects)),
            ("audience", json!(self.subject.audience)),
            ("kid", json!(self.signing.kid().map(ToString::to_string))),
            ("key_server", json!(self.signing.server().map(KeyServer::url))),
            ("omitted", json!(plan.omissions.iter().map(ToString::to_string).collect::<Vec<_>>())),
        ];
        settings.map(|(name, value)| (name.to_owned(), value)).into_iter().collect()
    }
}

/// A time as a setting.
pub(super) fn millis(time: Duration) -> Value {
    json!(u64::try_from(time.as_millis()).unwrap_or(u64::MAX))
}

const fn platform_name(platform: PlatformArg) -> &'static str {
    match platform {
        PlatformArg::Connect => "connect",
        PlatformArg::ConnectOnForge => "connect-on-forge",
    }
}
