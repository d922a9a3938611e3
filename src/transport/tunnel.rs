//! A tunnel through an HTTP proxy.

use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;

use bytes::Bytes;
use http_body_util::Empty;
use hyper::client::conn::http1::Builder;
use hyper::header::{HOST, PROXY_AUTHORIZATION};
use hyper::{Method, Request, Uri};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

use super::{Proxy, Target, errors};
use crate::codes::FailureCause;

/// A proxy's answer is a few lines.
const HEAD_LIMIT: usize = 16 * 1024;

/// Asks the proxy at the other end of `stream` for a tunnel to `target`.
///
/// # Errors
/// When it opens none, in the words of the proxy.
pub(super) async fn open(
    stream: TcpStream,
    proxy: &Proxy,
    target: &Target,
) -> Result<TcpStream, (FailureCause, String)> {
    let broken = |error: hyper::Error| {
        (FailureCause::ProxyRefused, format!("the proxy {proxy}: {}", errors::text(&error)))
    };
    let (mut sender, connection) = Builder::new()
        .title_case_headers(true)
        .max_buf_size(HEAD_LIMIT)
        .handshake(TokioIo::new(stream))
        .await
        .map_err(broken)?;
    let mut connection = connection;
    let mut response = pin!(sender.send_request(connect(proxy, target)));
    let mut ended = None;
    let response = poll_fn(|cx| {
        if ended.is_none()
            && let Poll::Ready(end) = connection.poll_without_shutdown(cx)
        {
            ended = Some(end);
        }
        response.as_mut().poll(cx)
    })
    .await
    .map_err(broken)?;
    if !response.status().is_success() {
        let status = response.status();
        return Err((
            FailureCause::ProxyRefused,
            format!("the proxy {proxy} answered CONNECT with {status}"),
        ));
    }
    if ended.is_none() {
        poll_fn(|cx| connection.poll_without_shutdown(cx)).await.map_err(broken)?;
    }
    let parts = connection.into_parts();
    if !parts.read_buf.is_empty() {
        let detail = format!("the proxy {proxy} sent more than its answer to CONNECT");
        return Err((FailureCause::ProxyRefused, detail));
    }
    Ok(parts.io.into_inner())
}

fn connect(proxy: &Proxy, target: &Target) -> Request<Empty<Bytes>> {
    let authority = format!("{}:{}", target.host(), target.port());
    let mut request = Request::new(Empty::new());
    *request.method_mut() = Method::CONNECT;
    *request.uri_mut() = Uri::try_from(&authority).expect("a host and a port make an authority");
    let headers = request.headers_mut();
    headers.insert(HOST, authority.try_into().expect("a host and a port make a header value"));
    if let Some(value) = proxy.authorization() {
        headers.insert(PROXY_AUTHORIZATION, value.clone());
    }
    request
}
