//! Requests of the sinks that speak HTTP, over the probe's own transport.

use std::time::{Duration, Instant as StdInstant};

use bytes::Bytes;
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

/// What is posted.
pub(super) struct Body {
    /// Its media type.
    pub(super) content_type: &'static str,
    /// The body.
    pub(super) bytes: Bytes,
    /// Whether, refused with this status, it may be taken the next time.
    pub(super) may_pass: fn(StatusCode) -> bool,
}

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
        let bytes = Bytes::copy_from_slice(body.as_bytes());
        let body = Body { content_type: "application/json", bytes, may_pass };
        self.send(target, &body, until, headers).await.map(drop)
    }

    /// As [`Self::post`], for a body of any type. Says how the answer that took it begins.
    ///
    /// # Errors
    /// How the last try failed.
    pub(super) async fn send(
        &self,
        target: &Target,
        body: &Body,
        until: Instant,
        headers: impl Fn() -> Vec<(HeaderName, HeaderValue)>,
    ) -> Result<Bytes, Undelivered> {
        retry(until, async || {
            let mut request = Request::post(target.clone(), body.bytes.clone())
                .header(CONTENT_TYPE, HeaderValue::from_static(body.content_type))
                .header(
                    USER_AGENT,
                    HeaderValue::from_static(concat!("rehearsal/", env!("CARGO_PKG_VERSION"))),
                );
            for (name, value) in headers() {
                request = request.header(name, value);
            }
            let exchange = self.transport.connections().exchange(request, StdInstant::now()).await;
            self.judge(&exchange, body.may_pass)?;
            Ok(exchange.response_start().clone())
        })
        .await
    }

    fn judge(&self, exchange: &Exchange, may_pass: fn(StatusCode) -> bool) -> Result<(), Undelivered> {
        match exchange.outcome() {
            Outcome::Responded { status } => self.judge_status(status, exchange, may_pass),
            Outcome::Failed { cause, .. } | Outcome::NotSent { cause } => {
                let detail = exchange.failure().map(|failure| failure.detail.as_str()).unwrap_or_default();
                Err(Undelivered::passing(self.problem(Code::Failure(cause), detail)))
            }
        }
    }

    fn judge_status(
        &self,
        status: u16,
        exchange: &Exchange,
        may_pass: fn(StatusCode) -> bool,
    ) -> Result<(), Undelivered> {
        let status_code = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        if status_code.is_success() {
            return Ok(());
        }
        let answer = String::from_utf8_lossy(exchange.response_start()).into_owned();
        let problem = self.problem(Code::Status(status), &answer);
        if !may_pass(status_code) {
            return Err(Undelivered::lasting(problem));
        }
        let wanted = exchange
            .head
            .as_ref()
            .and_then(|head| head.headers.get(RETRY_AFTER)?.to_str().ok()?.parse().ok());
        let again = wanted.map_or(Again::Soon, |seconds| Again::After(Duration::from_secs(seconds)));
        Err(Undelivered { problem, again })
    }

    /// A line with what was said, without secrets.
    pub(super) fn shown(&self, said: &str) -> String {
        shortened(one_line(&self.redactor.redact_text(said)).trim(), SHOWN)
    }

    /// A line about a failure: its code, and the beginning of what was said, without secrets.
    fn problem(&self, code: Code, said: &str) -> String {
        let said = self.shown(said);
        if said.is_empty() { code.to_string() } else { format!("{code}: {said}") }
    }
}

/// Whether a server that refused with this status may take the same a little later.
fn may_pass(status: StatusCode) -> bool {
    status.is_server_error()
        || matches!(
            status,
            StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_EARLY | StatusCode::TOO_MANY_REQUESTS
        )
}
