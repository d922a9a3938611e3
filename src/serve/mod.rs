//! One small HTTP listener under everything that listens here: the key server, the reference app and
//! the metrics endpoint.
//!
//! Plain or TLS, HTTP/1.1 and HTTP/2 (by ALPN, or by prior knowledge on plain connections), bounded in
//! connections, head and body, and stopped cleanly or by dropping it.

mod connection;
mod error;
mod key_server;
mod listener;
mod prefix;
mod tls;

pub use error::StartError;
pub use key_server::{Fetched, KeyServer};
pub use listener::{Limits, Server};
pub use prefix::{InvalidPrefix, PathPrefix};
pub use tls::ServerTls;

use std::future::Future;

use bytes::Bytes;
use hyper::StatusCode;
use hyper::header::{CONTENT_TYPE, HeaderValue};

/// A request whose body has been read whole.
pub type Request = hyper::Request<Bytes>;

/// A response whose body is at hand.
pub type Response = hyper::Response<Bytes>;

/// What answers the requests of a [`Server`]: any `async fn(Request) -> Response`.
pub trait Handler: Send + Sync + 'static {
    /// Answers one request.
    fn answer(&self, request: Request) -> impl Future<Output = Response> + Send;
}

impl<F, Answer> Handler for F
where
    F: Fn(Request) -> Answer + Send + Sync + 'static,
    Answer: Future<Output = Response> + Send,
{
    fn answer(&self, request: Request) -> impl Future<Output = Response> + Send {
        self(request)
    }
}

/// A response of `status` with a body of the given media type.
pub fn reply(status: StatusCode, content_type: &'static str, body: impl Into<Bytes>) -> Response {
    let mut response = Response::new(body.into());
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    response
}

/// A response of `status` without a body.
pub fn empty(status: StatusCode) -> Response {
    let mut response = Response::new(Bytes::new());
    *response.status_mut() = status;
    response
}
