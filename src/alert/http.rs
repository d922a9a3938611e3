//! Requests of the sinks that speak HTTP, over the probe's own transport.

use std::time::{Duration, Instant as StdInstant};

use hyper::StatusCode;
use hyper::header::{CONTENT_TYPE, HeaderName, HeaderValue, RETRY_AFTER, USER_AGENT};
use tokio::time::Instant;

use super::content::{one_line, shortened};
use super::retry::{Again, Undelivered, retry};
use crate::codes::Code;
use crate::outcome::Outcome;
use crate::redact::Redactor;
use crate::transport::{Deadlines, Exchange, InvalidSetting, Request, Settings, Target, Transport};

/// Characters of an answer that a note of a failure shows.
const SHOWN: usize = 120;

/// Sends requests of one sink.
#[derive(Debug, Clone)]
pub struct Http {
    transport: Transport,
    redactor: Redactor,
}

impl Http {
    /// A sender with these settings, of which the deadlines follow from `patience`: a try takes at most
    /// half of it, so that there is time for another. `secrets` are kept out of notes.
    ///
    /// # Errors
    /// When a certificate can't be used.
    pub fn new<S: AsRef<str>>(
        settings: Settings,
        patience: Duration,
        secrets: impl IntoIterator<Item = S>,
    ) -> Result<Self, InvalidSetting> {
        let try_time = patience / 2;
        let usual = Deadlines::default();
        let deadlines = Deadlines { connect: usual.connect.min(try_time), idle: try_time, total: try_time };
        let transport = Transport::new(Settings { deadlines, ..settings })?;
        Ok(Self { transport, redactor: Redactor::new(secrets) })
    }

    /// Posts a JSON body until it is taken or `until` has come; each try has the headers of `headers`.
    ///
    /// # Errors
    /// How the last try failed.
    pub(super) async fn post(
        &self,
        target: &Target,
        body: &str,
        until: Instant,
        headers: impl Fn() -> Vec<(HeaderName, HeaderValue)>,
    ) -> Result<(), Undelivered> {
        retry(until, async || {
            let mut request = Request::post(target.clone(), body.to_owned())
                .header(CONTENT_TYPE, HeaderValue::from_static("application/json"))
                .header(
                    USER_AGENT,
                    HeaderValue::from_static(concat!("rehearsal/", env!("CARGO_PKG_VERSION"))),
                );
            for (name, value) in headers() {
                request = request.header(name, value);
            }
            self.judge(&self.transport.connections().exchange(request, StdInstant::now()).await)
        })
        .await
    }

    fn judge(&self, exchange: &Exchange) -> Result<(), Undelivered> {
        match exchange.outcome() {
            Outcome::Responded { status } => self.judge_status(status, exchange),
            Outcome::Failed { cause, .. } | Outcome::NotSent { cause } => {
                let detail = exchange.failure().map(|failure| failure.detail.as_str()).unwrap_or_default();
                Err(Undelivered::passing(self.problem(Code::Failure(cause), detail)))
            }
        }
    }

    fn judge_status(&self, status: u16, exchange: &Exchange) -> Result<(), Undelivered> {
        let status_code = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        if status_code.is_success() {
            return Ok(());
        }
        let answer = String::from_utf8_lossy(exchange.response_start()).into_owned();
        let problem = self.problem(Code::Status(status), &answer);
        let may_pass = status_code.is_server_error()
            || matches!(
                status_code,
                StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_EARLY | StatusCode::TOO_MANY_REQUESTS
            );
        if !may_pass {
            return Err(Undelivered::lasting(problem));
        }
        let wanted = exchange
            .head
            .as_ref()
            .and_then(|head| head.headers.get(RETRY_AFTER)?.to_str().ok()?.parse().ok());
        let again = wanted.map_or(Again::Soon, |seconds| Again::After(Duration::from_secs(seconds)));
        Err(Undelivered { problem, again })
    }

    /// A line about a failure: its code, and the beginning of what was said, without secrets.
    fn problem(&self, code: Code, said: &str) -> String {
        let said = shortened(one_line(&self.redactor.redact_text(said)).trim(), SHOWN);
        if said.is_empty() { code.to_string() } else { format!("{code}: {said}") }
    }
}
