//! The certificate a server shows, byte for byte: described or called broken, and its cause has a name.

#![no_main]

use std::cell::LazyCell;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use libfuzzer_sys::fuzz_target;
use rehearsal::codes::FailureCause;
use rehearsal::transport::{Deadlines, Request, Settings, Target, Transport};
use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs::{default_provider, sign::any_supported_type};
use rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::{CertifiedKey, SigningKey};
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio_rustls::TlsAcceptor;

thread_local! {
    static BENCH: LazyCell<Bench> = LazyCell::new(Bench::new);
}

fuzz_target!(|bytes: &[u8]| BENCH.with(|bench| bench.runtime.block_on(bench.play(bytes))));

struct Bench {
    runtime: Runtime,
    listener: TcpListener,
    acceptor: TlsAcceptor,
    shown: Arc<Shown>,
    target: Target,
    transport: Transport,
}

impl Bench {
    fn new() -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).expect("a free port");
        let address = listener.local_addr().expect("a bound socket");
        let shown = Arc::new(Shown::new());
        let config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
            .with_safe_default_protocol_versions()
            .expect("the provider has them")
            .with_no_client_auth()
            .with_cert_resolver(Arc::clone(&shown) as Arc<dyn ResolvesServerCert>);
        let deadlines = Deadlines {
            connect: Duration::from_millis(500),
            idle: Duration::from_millis(500),
            total: Duration::from_secs(1),
        };
        let url = format!("https://{address}/installed").parse().expect("a URL");
        Self {
            acceptor: TlsAcceptor::from(Arc::new(config)),
            target: Target::new(&url).expect("a target"),
            transport: Transport::new(Settings { deadlines, ..Settings::default() })
                .expect("usable settings"),
            runtime,
            listener,
            shown,
        }
    }

    async fn play(&self, bytes: &[u8]) {
        self.shown.set(bytes);
        let serve = async {
            if let Ok((stream, _)) = self.listener.accept().await {
                let _ = self.acceptor.accept(stream).await;
            }
        };
        let exchange = async {
            let request = Request::post(self.target.clone(), "{}");
            self.transport.connections().exchange(request, Instant::now()).await
        };
        let ((), exchange) = tokio::join!(serve, exchange);
        if let Some(failure) = exchange.failure() {
            assert_ne!(failure.cause, FailureCause::Unrecognised, "{exchange:?}");
        }
    }
}

/// Shows whatever bytes it was given as the server's certificate.
#[derive(Debug)]
struct Shown {
    key: Arc<dyn SigningKey>,
    certificate: Mutex<CertificateDer<'static>>,
}

impl Shown {
    fn new() -> Self {
        let key = rcgen::KeyPair::generate().expect("a key");
        let key = any_supported_type(&PrivatePkcs8KeyDer::from(key.serialize_der()).into()).expect("a key");
        Self { key, certificate: Mutex::new(CertificateDer::from(Vec::new())) }
    }

    fn set(&self, bytes: &[u8]) {
        *self.certificate.lock().expect("nobody panics while holding it") = bytes.to_vec().into();
    }
}

impl ResolvesServerCert for Shown {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let certificate = self.certificate.lock().expect("nobody panics while holding it").clone();
        Some(Arc::new(CertifiedKey::new(vec![certificate], Arc::clone(&self.key))))
    }
}
