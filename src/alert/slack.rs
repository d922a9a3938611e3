//! Slack, by an incoming webhook.

use serde_json::{Value, json};
use tokio::time::Instant;

use super::content::shortened;
use super::retry::Undelivered;
use super::{Alert, Http, Occasion};
use crate::slo::State;
use crate::transport::Target;

/// Characters that Slack takes in a header.
const HEADER_LIMIT: usize = 150;

/// Characters that Slack takes in a section, with room for escapes.
const SECTION_LIMIT: usize = 2_400;

/// A channel of Slack.
#[derive(Debug)]
pub struct Slack {
    /// Sends requests.
    pub http: Http,
    /// The incoming webhook; whoever knows it can post.
    pub target: Target,
}

impl Slack {
    /// Posts an alert.
    ///
    /// # Errors
    /// When it was not taken before `until`.
    pub(super) async fn send(&self, alert: &Alert, until: Instant) -> Result<(), Undelivered> {
        self.http.post(&self.target, &message(alert).to_string(), until, Vec::new).await
    }
}

/// The title as header and notification, the rest as it is.
fn message(alert: &Alert) -> Value {
    let title = format!("{} {}", sign(alert), alert.title());
    let body = escaped(&shortened(&alert.body(), SECTION_LIMIT));
    json!({
        "text": escaped(&title),
        "blocks": [
            { "type": "header", "text": { "type": "plain_text", "text": shortened(&title, HEADER_LIMIT), "emoji": true } },
            { "type": "section", "text": { "type": "mrkdwn", "text": format!("```{body}```"), "verbatim": true } },
        ],
    })
}

const fn sign(alert: &Alert) -> &'static str {
    match (alert.occasion, alert.state) {
        (Occasion::Test, _) => ":wrench:",
        (_, State::Ok) => ":large_green_circle:",
        (_, State::NoData) => ":white_circle:",
        (_, State::AtRisk) => ":large_orange_circle:",
        (_, State::Breach) => ":red_circle:",
    }
}

/// A text that mentions nobody and ends no block.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace("```", "'''")
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;

    #[test]
    fn nothing_in_an_alert_is_markup() {
        let mut alert = Alert::test(Timestamp::UNIX_EPOCH);
        alert.occurrence.reasons = vec!["<!channel> ```& more".to_owned(), "x".repeat(5000)];
        let message = message(&alert);
        let section = message["blocks"][1]["text"]["text"].as_str().expect("a text");
        assert!(section.contains("&lt;!channel&gt; '''&amp; more"), "{section}");
        assert_eq!(section.matches("```").count(), 2);
        assert!(section.chars().count() < 3000);
    }
}
