//! An app that remembers every request and answers as a test likes.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use hyper::{Method, StatusCode};
use rehearsal::serve::{Request, Response, Server, ServerTls, empty, reply};
use serde_json::{Value, json};

/// What the app does with a request.
pub(super) enum Answer {
    With(Response),
    /// The same after a while.
    After(Duration, Response),
    /// Nothing, for as long as the sender waits.
    Never,
}

impl From<u16> for Answer {
    fn from(status: u16) -> Self {
        Self::With(empty(StatusCode::from_u16(status).unwrap()))
    }
}

/// An app that remembers every request.
pub(super) struct Spy {
    server: Server,
    seen: Arc<Mutex<Vec<Request>>>,
}

impl Spy {
    /// Answers `/atlassian-connect.json` with a descriptor, and all else as `answer` says, which is told
    /// how many requests came to the same path before.
    pub(super) async fn start(answer: impl Fn(&Request, usize) -> Answer + Send + Sync + 'static) -> Self {
        Self::start_over(None, answer).await
    }

    pub(super) async fn start_over(
        tls: Option<ServerTls>,
        answer: impl Fn(&Request, usize) -> Answer + Send + Sync + 'static,
    ) -> Self {
        let seen = Arc::new(Mutex::new(Vec::<Request>::new()));
        let (memory, answer) = (Arc::clone(&seen), Arc::new(answer));
        let scheme = if tls.is_some() { "https" } else { "http" };
        let server = Server::start("127.0.0.1:0".parse().unwrap(), tls, move |request: Request| {
            let before = {
                let mut seen = memory.lock().unwrap();
                let before = seen.iter().filter(|other| other.uri().path() == request.uri().path()).count();
                seen.push(request.clone());
                before
            };
            let answer = Arc::clone(&answer);
            async move {
                if request.method() == Method::GET && request.uri().path() == "/atlassian-connect.json" {
                    let host = request.uri().authority().map(ToString::to_string);
                    let host = host.unwrap_or_else(|| header(&request, "host"));
                    let descriptor = descriptor(&format!("{scheme}://{host}")).to_string();
                    return reply(StatusCode::OK, "application/json", descriptor);
                }
                match answer(&request, before) {
                    Answer::With(response) => response,
                    Answer::After(pause, response) => {
                        tokio::time::sleep(pause).await;
                        response
                    }
                    Answer::Never => std::future::pending().await,
                }
            }
        });
        Self { server: server.await.unwrap(), seen }
    }

    pub(super) fn base_url(&self) -> String {
        self.server.origin()
    }

    /// Every request to `path` so far.
    pub(super) fn requests(&self, path: &str) -> Vec<Request> {
        let seen = self.seen.lock().unwrap();
        seen.iter().filter(|request| request.uri().path() == path).cloned().collect()
    }

    /// Every request so far but those for the descriptor.
    pub(super) fn callbacks(&self) -> Vec<Request> {
        let seen = self.seen.lock().unwrap();
        seen.iter().filter(|request| request.method() == Method::POST).cloned().collect()
    }
}

/// A header's value, empty when there is none.
pub(super) fn header(request: &Request, name: &str) -> String {
    request.headers().get(name).map(|value| value.to_str().unwrap().to_owned()).unwrap_or_default()
}

/// The payload of a callback.
pub(super) fn payload(request: &Request) -> Value {
    serde_json::from_slice(request.body()).unwrap()
}

/// A response of `status` with a text.
pub(super) fn text(status: u16, text: impl Into<Bytes>) -> Answer {
    Answer::With(reply(StatusCode::from_u16(status).unwrap(), "text/plain", text))
}

/// The least descriptor that names all lifecycle callbacks.
pub(super) fn descriptor(base_url: &str) -> Value {
    json!({
        "key": "spied-app",
        "name": "Spied app",
        "baseUrl": base_url,
        "authentication": { "type": "jwt" },
        "apiMigrations": { "signed-install": true },
        "lifecycle": {
            "installed": "/installed",
            "uninstalled": "/uninstalled",
            "enabled": "/enabled",
            "disabled": "/disabled"
        }
    })
}
