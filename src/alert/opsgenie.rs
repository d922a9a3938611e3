//! Opsgenie, and Jira Service Management, which took over its alerts with their interface.
//!
//! Opsgenie's own address ends in April 2027. Behind `/v2/alerts` the two are alike: an alert is made under
//! an alias, a second one of that alias is counted with the first, and the alias closes it.

use hyper::header::{AUTHORIZATION, HeaderName, HeaderValue};
use serde_json::{Value, json};
use tokio::time::Instant;
use url::Url;

use super::content::shortened;
use super::retry::Undelivered;
use super::{Alert, Http, Occasion, Secret};
use crate::slo::State;
use crate::transport::{InvalidSetting, Target};

/// Characters that are taken in a message.
const MESSAGE_LIMIT: usize = 130;

/// Characters that are taken in a description.
const DESCRIPTION_LIMIT: usize = 15_000;

/// An integration that alerts are made in.
#[derive(Debug)]
pub struct Opsgenie {
    http: Http,
    base: Url,
    authorization: HeaderValue,
}

impl Opsgenie {
    /// Opsgenie's own address; that of Europe is `https://api.eu.opsgenie.com`.
    pub const OPSGENIE: &'static str = "https://api.opsgenie.com";

    /// The address of Jira Service Management's integration events.
    pub const JIRA_SERVICE_MANAGEMENT: &'static str = "https://api.atlassian.com/jsm/ops/integration";

    /// The integration at `base` that takes `api_key`.
    ///
    /// # Errors
    /// When the address or the key can't be used. The key is not repeated.
    pub fn new(http: Http, base: &Url, api_key: &Secret) -> Result<Self, InvalidSetting> {
        Target::new(base)?;
        let authorization = HeaderValue::try_from(format!("GenieKey {}", api_key.expose()))
            .map_err(|_| InvalidSetting { what: "api-key", problem: "can't stand in a header".to_owned() })?;
        Ok(Self { http, base: base.clone(), authorization })
    }

    /// Makes the alert of the new state, then closes the one of the state before.
    ///
    /// # Errors
    /// When one of the two was not taken before `until`. Both can be repeated without harm.
    pub(super) async fn send(&self, alert: &Alert, until: Instant) -> Result<(), Undelivered> {
        if alert.state != State::Ok {
            self.post(&[], &made(alert), until).await?;
        }
        let over = match alert.occasion {
            Occasion::Change | Occasion::Recovery => alert.before,
            Occasion::Test => alert.state,
            Occasion::Reminder => State::Ok,
        };
        if over != State::Ok {
            let note = json!({ "source": "rehearsal", "note": alert.title() });
            self.post(&[&alert.alias(over), "close"], &note, until).await?;
        }
        Ok(())
    }

    async fn post(&self, path: &[&str], body: &Value, until: Instant) -> Result<(), Undelivered> {
        let mut url = self.base.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().extend(["v2", "alerts"]).extend(path);
        }
        if !path.is_empty() {
            url.set_query(Some("identifierType=alias"));
        }
        let target = Target::new(&url).map_err(|error| Undelivered::lasting(error.to_string()))?;
        let headers =
            || -> Vec<(HeaderName, HeaderValue)> { vec![(AUTHORIZATION, self.authorization.clone())] };
        self.http.post(&target, &body.to_string(), until, headers).await
    }
}

fn made(alert: &Alert) -> Value {
    let priority = match (alert.occasion, alert.state) {
        (Occasion::Test, _) => "P5",
        (_, State::Breach) => "P1",
        (_, State::AtRisk) => "P2",
        (_, State::NoData | State::Ok) => "P3",
    };
    json!({
        "message": shortened(&alert.title(), MESSAGE_LIMIT),
        "alias": alert.alias(alert.state),
        "description": shortened(&alert.body(), DESCRIPTION_LIMIT),
        "entity": alert.subject.app_key,
        "source": "rehearsal",
        "priority": priority,
        "tags": ["rehearsal", alert.state.name()],
        "details": {
            "key": alert.key,
            "incident": alert.incident,
            "target": alert.subject.target,
            "environment": alert.subject.environment,
            "location": alert.subject.location,
            "code": alert.occurrence.failure.as_ref().map_or("", |failure| failure.code.as_str()),
        },
    })
}
