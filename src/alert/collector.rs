//! An OpenTelemetry collector, or whatever else takes OTLP over HTTP.

use std::time::Duration;

use hyper::StatusCode;
use hyper::header::{HeaderName, HeaderValue};
use tokio::time::Instant;

use super::http::Body;
use super::{Http, Undelivered};
use crate::transport::Target;

/// Where metrics are pushed to.
#[derive(Debug)]
pub struct Collector {
    /// Sends requests.
    pub http: Http,
    /// The address of its metrics, path and all.
    pub target: Target,
    /// What lets us in.
    pub headers: Vec<(HeaderName, HeaderValue)>,
    /// How long one push may take, with all its tries.
    pub patience: Duration,
}

impl Collector {
    /// Pushes a request in protobuf, and says how the answer begins.
    ///
    /// # Errors
    /// When it was not taken in time.
    pub async fn push(&self, request: Vec<u8>) -> Result<Vec<u8>, Undelivered> {
        let body =
            Body { content_type: "application/x-protobuf", bytes: request.into(), may_pass: is_retryable };
        let until = Instant::now() + self.patience;
        let answer = self.http.send(&self.target, &body, until, || self.headers.clone()).await?;
        Ok(answer.to_vec())
    }

    /// A line with what the collector said, without secrets.
    pub fn shown(&self, said: &str) -> String {
        self.http.shown(said)
    }
}

/// What is tried again: all else must not be (OTLP 1.5, "Retryable response codes" of OTLP/HTTP).
fn is_retryable(status: StatusCode) -> bool {
    matches!(
        status,
        StatusCode::TOO_MANY_REQUESTS
            | StatusCode::BAD_GATEWAY
            | StatusCode::SERVICE_UNAVAILABLE
            | StatusCode::GATEWAY_TIMEOUT
    )
}
