//! Handing alerts to sinks: all sinks at once, each within its time.

use std::time::Duration;

use futures_util::future::join_all;
use tokio::time::{Instant, timeout_at};

use super::{Alert, Email, Letter, Opsgenie, Program, Slack, Undelivered, Webhook};

/// What a sink may take beyond its time to say what went wrong.
const GRACE: Duration = Duration::from_millis(250);

/// Somewhere alerts go to.
#[derive(Debug)]
pub struct Sink {
    /// What it is called in the settings.
    pub name: String,
    /// How long it may take, for all alerts of a check together.
    pub patience: Duration,
    /// What it is.
    pub kind: SinkKind,
}

/// The kinds of sinks.
#[derive(Debug)]
pub enum SinkKind {
    /// A webhook.
    Webhook(Webhook),
    /// Slack.
    Slack(Slack),
    /// Opsgenie, or Jira Service Management.
    Opsgenie(Opsgenie),
    /// E-mail.
    Email(Box<Email>),
    /// A program.
    Command(Program),
}

impl SinkKind {
    async fn send(&self, alert: &Alert, until: Instant) -> Result<(), Undelivered> {
        match self {
            Self::Webhook(webhook) => webhook.send(alert, until).await,
            Self::Slack(slack) => slack.send(alert, until).await,
            Self::Opsgenie(opsgenie) => opsgenie.send(alert, until).await,
            Self::Email(email) => email.send(alert, until).await,
            Self::Command(program) => program.send(alert, until).await,
        }
    }
}

/// What became of one alert at one sink.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// The sink's name.
    pub sink: String,
    /// The alert's key.
    pub key: String,
    /// How long it took.
    pub elapsed: Duration,
    /// Whether the sink took it.
    pub result: Result<(), Undelivered>,
}

/// Hands every letter to its sink. Sinks don't wait for each other; the letters to one go in order, and
/// none goes before an earlier one was taken.
pub async fn deliver(sinks: &[Sink], letters: &[Letter]) -> Vec<Delivery> {
    let deliveries = sinks.iter().map(|sink| {
        let letters = letters.iter().filter(|letter| letter.sink == sink.name);
        deliver_to(sink, letters.map(|letter| &letter.alert).collect())
    });
    join_all(deliveries).await.concat()
}

async fn deliver_to(sink: &Sink, alerts: Vec<&Alert>) -> Vec<Delivery> {
    let until = Instant::now() + sink.patience;
    let mut deliveries = Vec::new();
    for alert in alerts {
        let began = Instant::now();
        let result = timeout_at(until + GRACE, sink.kind.send(alert, until))
            .await
            .unwrap_or_else(|_| Err(Undelivered::passing("did not answer in time")));
        let is_delivered = result.is_ok();
        deliveries.push(Delivery {
            sink: sink.name.clone(),
            key: alert.key.clone(),
            elapsed: began.elapsed(),
            result,
        });
        if !is_delivered {
            break;
        }
    }
    deliveries
}
