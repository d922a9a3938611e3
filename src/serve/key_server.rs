//! The key server: publishes the public keys under which callbacks are signed, as Atlassian's key host
//! does, and counts who asked.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use hyper::header::{ALLOW, CACHE_CONTROL, HeaderValue};
use hyper::{Method, StatusCode};
use percent_encoding::percent_decode_str;

use super::{PathPrefix, Request, Response, Server, ServerTls, StartError, empty, reply};

/// What has been asked of the key server for one kid, or for all kids it does not know.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Fetched {
    /// How many times.
    pub count: u64,
    /// When it was asked for last.
    pub last: Option<SystemTime>,
}

impl Fetched {
    fn again(&mut self, now: SystemTime) {
        self.count += 1;
        self.last = Some(now);
    }
}

/// Answers `GET {prefix}/{kid}` with the public key of that kid, a PEM of its SubjectPublicKeyInfo.
///
/// A kid may hold slashes. It is found whether they come as they are or percent-encoded.
#[derive(Debug)]
pub struct KeyServer {
    server: Server,
    prefix: PathPrefix,
    shelf: Arc<Shelf>,
}

#[derive(Debug)]
struct Shelf {
    prefix: PathPrefix,
    keys: BTreeMap<String, String>,
    fetches: Mutex<Fetches>,
}

#[derive(Debug, Default)]
struct Fetches {
    known: BTreeMap<String, Fetched>,
    unknown: Fetched,
}

impl KeyServer {
    /// Serves `keys`, public keys in PEM by their kids, on `address` below `prefix`.
    ///
    /// # Errors
    /// When the address can't be listened on.
    pub async fn start(
        address: SocketAddr,
        tls: Option<ServerTls>,
        prefix: PathPrefix,
        keys: BTreeMap<String, String>,
    ) -> Result<Self, StartError> {
        let shelf = Arc::new(Shelf { prefix: prefix.clone(), keys, fetches: Mutex::default() });
        let answering = Arc::clone(&shelf);
        let server = Server::start(address, tls, move |request: Request| {
            let response = answering.answer(&request);
            async move { response }
        })
        .await?;
        Ok(Self { server, prefix, shelf })
    }

    /// The address listened on, with the port that was picked.
    pub fn address(&self) -> SocketAddr {
        self.server.address()
    }

    /// The URL that an app is to take for its key host: it appends `/{kid}`.
    pub fn url(&self) -> String {
        format!("{}{}", self.server.origin(), self.prefix)
    }

    /// How often, and when last, each kid that was asked for was fetched.
    pub fn fetches(&self) -> BTreeMap<String, Fetched> {
        self.shelf.fetches().known.clone()
    }

    /// How often, and when last, `kid` was fetched.
    pub fn fetched(&self, kid: &str) -> Fetched {
        self.shelf.fetches().known.get(kid).copied().unwrap_or_default()
    }

    /// How often, and when last, kids that are not published here were asked for.
    pub fn unknown_fetched(&self) -> Fetched {
        self.shelf.fetches().unknown
    }

    /// Stops listening.
    pub async fn stop(self) {
        self.server.stop().await;
    }
}

impl Shelf {
    fn answer(&self, request: &Request) -> Response {
        if !matches!(*request.method(), Method::GET | Method::HEAD) {
            let mut response = empty(StatusCode::METHOD_NOT_ALLOWED);
            response.headers_mut().insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
            return response;
        }
        let Some((kid, pem)) = self.find(request.uri().path()) else {
            self.fetches().unknown.again(SystemTime::now());
            return reply(StatusCode::NOT_FOUND, "text/html; charset=utf-8", NOT_FOUND_PAGE);
        };
        self.fetches().known.entry(kid.to_owned()).or_default().again(SystemTime::now());
        let mut response = reply(StatusCode::OK, "text/plain; charset=utf-8", pem.to_owned());
        // A key that some cache answers is a fetch that is not seen here.
        response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        response
    }

    fn find(&self, path: &str) -> Option<(&str, &str)> {
        let kid = self.prefix.strip(path)?.strip_prefix('/')?;
        let kid = percent_decode_str(kid).decode_utf8().ok()?;
        self.keys.get_key_value(kid.as_ref()).map(|(kid, pem)| (kid.as_str(), pem.as_str()))
    }

    fn fetches(&self) -> MutexGuard<'_, Fetches> {
        // Counts stay right whatever panicked elsewhere.
        self.fetches.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

const NOT_FOUND_PAGE: &str = "<!doctype html>\n<html lang=\"en\"><head><title>404 Not Found</title></head>\
    <body><h1>404 Not Found</h1><p>No public key is published under this key id.</p></body></html>\n";
