//! One accepted connection, served until it ends or the listener stops.

use std::convert::Infallible;
use std::pin::pin;
use std::sync::Arc;

use bytes::Bytes;
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{Response, StatusCode};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::timeout;
use tokio_rustls::server::TlsStream;

use super::{Handler, Limits, ServerTls, empty};

/// Serves `stream` until the peer closes it, breaks the protocol, stays silent for too long, or `stop`
/// changes; requests being answered then are still answered.
pub(super) async fn serve<H: Handler>(
    stream: TcpStream,
    tls: Option<ServerTls>,
    handler: Arc<H>,
    limits: Limits,
    mut stop: watch::Receiver<()>,
) {
    // Answers are small: waiting to fill a segment would only add latency to what is being measured.
    let _ = stream.set_nodelay(true);
    let builder = builder(&limits);
    let opening = async {
        match tls {
            // The protocol is told from the first bytes, and until they are there no other clock runs.
            None => stream.peek(&mut [0]).await.ok().map(|_| Opened::Plain(stream)),
            Some(tls) => tls.acceptor().accept(stream).await.ok().map(|stream| Opened::Tls(Box::new(stream))),
        }
    };
    let opened = tokio::select! {
        opened = timeout(limits.idle, opening) => opened.ok().flatten(),
        _ = stop.changed() => None,
    };
    match opened {
        Some(Opened::Plain(stream)) => drive(builder, stream, handler, limits, stop).await,
        Some(Opened::Tls(stream)) => {
            let builder = match stream.get_ref().1.alpn_protocol() {
                Some(b"h2") => builder.http2_only(),
                Some(_) | None => builder.http1_only(),
            };
            drive(builder, stream, handler, limits, stop).await;
        }
        None => {}
    }
}

enum Opened {
    Plain(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
}

fn builder(limits: &Limits) -> Builder<TokioExecutor> {
    let mut builder = Builder::new(TokioExecutor::new());
    builder.http1().timer(TokioTimer::new()).header_read_timeout(limits.idle).max_buf_size(limits.head_bytes);
    builder
        .http2()
        .timer(TokioTimer::new())
        .keep_alive_interval(limits.idle)
        .max_header_list_size(u32::try_from(limits.head_bytes).unwrap_or(u32::MAX));
    builder
}

async fn drive<S, H>(
    builder: Builder<TokioExecutor>,
    stream: S,
    handler: Arc<H>,
    limits: Limits,
    mut stop: watch::Receiver<()>,
) where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    H: Handler,
{
    let service = service_fn(move |request| {
        let handler = Arc::clone(&handler);
        async move { Ok::<_, Infallible>(answer(request, &*handler, &limits).await) }
    });
    let mut connection = pin!(builder.serve_connection(TokioIo::new(stream), service));
    // A connection that breaks is the peer's business: the other side of this listener sees it.
    tokio::select! {
        _ = connection.as_mut() => {}
        _ = stop.changed() => {
            connection.as_mut().graceful_shutdown();
            let _ = connection.await;
        }
    }
}

async fn answer<H: Handler>(
    request: hyper::Request<Incoming>,
    handler: &H,
    limits: &Limits,
) -> Response<Full<Bytes>> {
    let (head, body) = request.into_parts();
    let body = Limited::new(body, limits.body_bytes).collect();
    let response = match timeout(limits.idle, body).await {
        Ok(Ok(body)) => handler.answer(hyper::Request::from_parts(head, body.to_bytes())).await,
        Ok(Err(error)) if error.is::<LengthLimitError>() => empty(StatusCode::PAYLOAD_TOO_LARGE),
        Ok(Err(_)) => empty(StatusCode::BAD_REQUEST),
        Err(_) => empty(StatusCode::REQUEST_TIMEOUT),
    };
    response.map(Full::new)
}
