//! A webhook: the alert as JSON, signed, to a URL.
//!
//! The headers are those of Standard Webhooks 1.0: `webhook-id`, `webhook-timestamp` and
//! `webhook-signature`, so that its libraries verify them.

use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hyper::header::{HeaderName, HeaderValue};
use jiff::Timestamp;
use tokio::time::Instant;

use super::retry::Undelivered;
use super::{Alert, Http, IncidentData, Secret};
use crate::transport::Target;

/// Where alerts are posted.
#[derive(Debug)]
pub struct Webhook {
    /// Sends requests.
    pub http: Http,
    /// Where to.
    pub target: Target,
    /// Signs them; without it they are not signed.
    pub secret: Option<Secret>,
    /// What they say.
    pub shape: Shape,
}

/// The shape of a webhook's body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Shape {
    /// The alert.
    Alert,
    /// The `incident-data` object of the programme's mails.
    IncidentData(IncidentData),
}

impl Webhook {
    /// Posts an alert. Every try has the same id, and a signature and time of its own.
    ///
    /// # Errors
    /// When it was not taken before `until`.
    pub(super) async fn send(&self, alert: &Alert, until: Instant) -> Result<(), Undelivered> {
        let body = match &self.shape {
            Shape::Alert => serde_json::to_string(alert)
                .map_err(|error| Undelivered::lasting(format!("the alert can't be written: {error}")))?,
            Shape::IncidentData(data) => data.of(alert).to_string(),
        };
        let headers = || self.headers(&alert.key, &body, Timestamp::now());
        self.http.post(&self.target, &body, until, headers).await
    }

    fn headers(&self, key: &str, body: &str, now: Timestamp) -> Vec<(HeaderName, HeaderValue)> {
        let time = now.as_second().to_string();
        let mut headers = vec![
            ("webhook-id", key.to_owned()),
            // What some receivers look for in place of the id.
            ("idempotency-key", key.to_owned()),
            ("webhook-timestamp", time.clone()),
        ];
        let signature = self.secret.as_ref().map(|secret| signature(secret, &format!("{key}.{time}.{body}")));
        headers.extend(signature.map(|signature| ("webhook-signature", signature)));
        let header = |(name, value): (&'static str, String)| {
            // Keys are hexadecimal, times decimal and signatures Base64.
            let value = HeaderValue::try_from(value).expect("made of visible ASCII");
            (HeaderName::from_static(name), value)
        };
        headers.into_iter().map(header).collect()
    }
}

/// The signature of a text, as the header carries it. Secrets that begin with `whsec_` are Base64 behind
/// that; others are taken as they are.
fn signature(secret: &Secret, text: &str) -> String {
    let given = secret.expose();
    let decoded = given.strip_prefix("whsec_").and_then(|key| STANDARD.decode(key).ok());
    let key = decoded.unwrap_or_else(|| given.as_bytes().to_vec());
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &key), text.as_bytes());
    format!("v1,{}", STANDARD.encode(tag.as_ref()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_signs_as_standard_webhooks_does() {
        // The example of the specification's reference libraries.
        let secret = Secret::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n");
        let text = "msg_p5jXN8AQM9LWM0D4loKWxJek.1614265330.{\"test\": 2432232314}";
        assert_eq!(signature(&secret, text), "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn a_secret_of_another_form_is_taken_as_it_is() {
        // RFC 4231, test case 2.
        let expected = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
        let tag = STANDARD.decode(&signature(&Secret::new("Jefe"), "what do ya want for nothing?")[3..]);
        let hex: String = tag.expect("Base64").iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(hex, expected);
    }
}
