//! What a server answers to a callback, byte for byte: the exchange ends in time and its cause has a name.
//!
//! The first byte of the input picks the protocol and how the connection ends; the second says where the
//! answer is split in two.

#![no_main]

use std::cell::LazyCell;
use std::time::{Duration, Instant};

use libfuzzer_sys::fuzz_target;
use rehearsal::codes::FailureCause;
use rehearsal::redact::Redactor;
use rehearsal::transport::{
    Connections, Deadlines, HttpVersion, Redirects, Request, Reuse, Settings, Target, Transport,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;

const DEADLINES: Deadlines = Deadlines {
    connect: Duration::from_millis(500),
    idle: Duration::from_millis(500),
    total: Duration::from_millis(1000),
};
/// How much later than its deadline an exchange may end.
const GRACE: Duration = Duration::from_millis(500);
/// Exchanges in a row; the later ones may find a kept connection.
const EXCHANGES: usize = 2;

thread_local! {
    static BENCH: LazyCell<Bench> = LazyCell::new(Bench::new);
}

fuzz_target!(|bytes: &[u8]| BENCH.with(|bench| bench.runtime.block_on(bench.play(bytes))));

struct Bench {
    runtime: Runtime,
    listener: TcpListener,
    target: Target,
    http1: Transport,
    http2: Transport,
    redactor: Redactor,
}

impl Bench {
    fn new() -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).expect("a free port");
        let address = listener.local_addr().expect("a bound socket");
        let url = format!("http://{address}/installed").parse().expect("a URL");
        let transport = |http| {
            Transport::new(Settings {
                deadlines: DEADLINES,
                http,
                reuse: Reuse::KeepAlive,
                redirects: Redirects::Show,
                body_limit: 16 * 1024,
                head_limit: 8 * 1024,
                ..Settings::default()
            })
            .expect("usable settings")
        };
        Self {
            target: Target::new(&url).expect("a target"),
            http1: transport(HttpVersion::Http1),
            http2: transport(HttpVersion::Http2),
            redactor: Redactor::new(["a secret of ours"]),
            runtime,
            listener,
        }
    }

    async fn play(&self, bytes: &[u8]) {
        let [mode, split, answer @ ..] = bytes else { return };
        let transport = if mode & 1 == 0 { &self.http1 } else { &self.http2 };
        let ending = if mode & 2 == 0 { Ending::Close } else { Ending::Reset };
        let answer = answer.split_at(usize::from(*split).min(answer.len()));
        let exchanges = self.exchange(transport.connections());
        tokio::select! {
            () = exchanges => {}
            () = self.serve(answer, ending) => {}
        }
    }

    async fn exchange(&self, mut connections: Connections) {
        for _ in 0..EXCHANGES {
            let request = Request::post(self.target.clone(), "{}");
            let exchange = connections.exchange(request, Instant::now()).await;
            let took = exchange.stamps.ended - exchange.stamps.dispatched;
            assert!(took < DEADLINES.total + GRACE, "took {took:?}: {exchange:?}");
            if let Some(failure) = exchange.failure() {
                assert_ne!(failure.cause, FailureCause::Unrecognised, "{exchange:?}");
            }
            let _ = self.redactor.redact_text(&String::from_utf8_lossy(&exchange.received));
        }
    }

    /// Answers every connection, one after the other, without end.
    async fn serve(&self, (first, second): (&[u8], &[u8]), ending: Ending) {
        loop {
            let Ok((mut stream, _)) = self.listener.accept().await else { continue };
            let _ = stream.read(&mut [0; 4096]).await;
            let _ = stream.write_all(first).await;
            if !second.is_empty() {
                tokio::task::yield_now().await;
                let _ = stream.write_all(second).await;
            }
            ending.end(stream).await;
        }
    }
}

/// How the server ends a connection.
#[derive(Clone, Copy)]
enum Ending {
    Close,
    Reset,
}

impl Ending {
    async fn end(self, mut stream: TcpStream) {
        match self {
            Self::Close => {
                let _ = stream.shutdown().await;
                // Closed with unread bytes it would be a reset.
                let _ =
                    tokio::time::timeout(GRACE / 10, tokio::io::copy(&mut stream, &mut tokio::io::sink()))
                        .await;
            }
            Self::Reset => {
                let _ = stream.set_zero_linger();
            }
        }
    }
}
