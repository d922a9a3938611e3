//! The dead man's switch: a service that is told of every check, and raises the alarm when it is told
//! nothing any more. Checks that no longer run send no alerts.

use std::time::Duration;

use tokio::time::Instant;
use url::Url;

use super::Http;
use super::retry::Undelivered;
use crate::transport::{InvalidSetting, Target};

/// A URL to ping, as healthchecks.io and its like have them.
#[derive(Debug, Clone)]
pub struct Heartbeat {
    /// What it is called in the settings.
    pub name: String,
    http: Http,
    patience: Duration,
    start: Target,
    success: Target,
    fail: Target,
}

/// What a ping says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signal {
    /// A check begins.
    Start,
    /// A check did its work, whatever it found.
    Success,
    /// A check could not do its work.
    Fail,
}

impl Heartbeat {
    /// Pings `url` for a success, and `start` and `fail` below it.
    ///
    /// # Errors
    /// When the URL can't be used.
    pub fn new(name: String, http: Http, patience: Duration, url: &Url) -> Result<Self, InvalidSetting> {
        let below = |segment: &str| {
            let mut url = url.clone();
            if let Ok(mut segments) = url.path_segments_mut() {
                segments.pop_if_empty().push(segment);
            }
            Target::new(&url)
        };
        Ok(Self {
            name,
            http,
            patience,
            start: below("start")?,
            success: Target::new(url)?,
            fail: below("fail")?,
        })
    }

    /// Sends a ping with a line about the check.
    ///
    /// # Errors
    /// When it was not taken in time.
    pub async fn ping(&self, signal: Signal, about: &str) -> Result<(), Undelivered> {
        let target = match signal {
            Signal::Start => &self.start,
            Signal::Success => &self.success,
            Signal::Fail => &self.fail,
        };
        let body = serde_json::json!({ "check": about }).to_string();
        self.http.post(target, &body, Instant::now() + self.patience, Vec::new).await
    }
}
