//! Opening connections: refusals, black holes, races.

use std::future::poll_fn;
use std::net::SocketAddr;
use std::task::Poll;
use std::time::Duration;

use rehearsal::codes::{Advisory, FailureCause};
use rehearsal::outcome::{Clock, Phase};
use rehearsal::transport::{AddressFamily, AttemptResult, DnsSettings, Settings, Source};
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpSocket, TcpStream};

use super::bench::{assert_failed, assert_responded, failure, post, post_to, read_request, short};

/// An address that lets connections neither in nor down: its queue is full.
pub(super) struct Blackhole {
    pub(super) address: SocketAddr,
    _listener: TcpListener,
    _fillers: Vec<TcpStream>,
}

pub(super) async fn blackhole() -> Blackhole {
    blackhole_at("127.0.0.1:0".parse().expect("an address")).await
}

async fn blackhole_at(address: SocketAddr) -> Blackhole {
    let socket = TcpSocket::new_v4().expect("a socket");
    socket.bind(address).expect("a free address");
    let listener = socket.listen(1).expect("listening");
    let address = listener.local_addr().expect("bound");
    let mut fillers = Vec::new();
    while let Ok(Ok(filler)) =
        tokio::time::timeout(Duration::from_millis(100), TcpStream::connect(address)).await
    {
        fillers.push(filler);
    }
    Blackhole { address, _listener: listener, _fillers: fillers }
}

/// A port of 127.0.0.1 that nothing listens on, nor on the other loopback addresses.
async fn closed_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    listener.local_addr().expect("bound").port()
}

/// A server on 127.0.0.1 that answers 204.
async fn healthy() -> SocketAddr {
    super::bench::serve(|mut stream, _| async move {
        read_request(&mut stream).await;
        stream.write_all(b"HTTP/1.1 204 No Content\r\n\r\n").await.ok();
    })
    .await
}

/// Settings in which `app.test:PORT` stands for these addresses.
fn at(port: u16, addresses: &str) -> Settings {
    let overrides = vec![format!("app.test:{port}:{addresses}").parse().expect("an override")];
    Settings { dns: DnsSettings { overrides, ..DnsSettings::default() }, ..Settings::default() }
}

fn url(port: u16) -> String {
    format!("http://app.test:{port}/")
}

#[tokio::test]
async fn a_closed_port_refuses() {
    let port = closed_port().await;
    let exchange = post_to(SocketAddr::from(([127, 0, 0, 1], port))).await;
    assert_failed(&exchange, Phase::Connect, FailureCause::ConnectRefused);
    assert!(failure(&exchange).detail.contains(&format!("127.0.0.1:{port}")));
    assert!(matches!(
        exchange.attempts.as_slice(),
        [one] if matches!(one.result, AttemptResult::Failed { cause: FailureCause::ConnectRefused, .. })
    ));
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_connection_that_is_reset_while_it_opens() {
    // The kernel has accepted it when its listener goes, which the probe has not been told yet.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let mut exchange = Box::pin(post_to(listener.local_addr().expect("bound")));
    let is_under_way = poll_fn(|cx| Poll::Ready(exchange.as_mut().poll(cx).is_pending()));
    assert!(is_under_way.await);
    drop(listener);
    assert_failed(&exchange.await, Phase::Connect, FailureCause::ConnectReset);
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn an_address_without_a_route() {
    // Linux never connects to a multicast address: no route leads there, whatever the machine's routes.
    let exchange = post(short(500, 500, 500), "http://224.0.0.1:9/").await;
    assert_failed(&exchange, Phase::Connect, FailureCause::ConnectNetworkUnreachable);
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_link_local_address_leads_nowhere() {
    let exchange = post(short(500, 500, 500), "http://[fe80::1]:9/").await;
    assert_failed(&exchange, Phase::Connect, FailureCause::ConnectNetworkUnreachable);
}

#[tokio::test]
async fn a_dead_first_address_is_survived_and_shown() {
    let port = healthy().await.port();
    let exchange = post(at(port, "127.0.0.2,127.0.0.1"), url(port)).await;
    assert_responded(&exchange, 204);
    let dead = SocketAddr::from(([127, 0, 0, 2], port));
    assert_eq!(exchange.advisories, [Advisory::FirstAddressDead { address: dead }]);
    let results: Vec<_> = exchange.attempts.iter().map(|attempt| attempt.result.clone()).collect();
    assert!(
        matches!(results.as_slice(), [AttemptResult::Failed { .. }, AttemptResult::Connected]),
        "{results:?}"
    );
    assert_eq!(exchange.resolution.expect("a resolution").source, Source::Override);
}

#[tokio::test]
async fn a_first_address_that_swallows_everything_costs_its_head_start_only() {
    let port = healthy().await.port();
    let hole = blackhole_at(SocketAddr::from(([127, 0, 0, 3], port))).await;
    let exchange = post(at(port, "127.0.0.3,127.0.0.1"), url(port)).await;
    assert_responded(&exchange, 204);
    let took = exchange.phases.get(Phase::Connect).expect("connected");
    assert!(took >= Duration::from_millis(240) && took < Duration::from_millis(700), "{took:?}");
    assert_eq!(exchange.attempts[0].result, AttemptResult::GivenUp);
    assert_eq!(exchange.advisories, [Advisory::FirstAddressDead { address: hole.address }]);
}

#[tokio::test]
async fn one_dead_family_is_survived_and_shown() {
    let port = healthy().await.port();
    let exchange = post(at(port, "[::1],127.0.0.1"), url(port)).await;
    assert_responded(&exchange, 204);
    let first = exchange.attempts[0].clone();
    assert!(first.address.is_ipv6());
    // Without IPv6 on this machine it is not the app's family that is dead.
    let unroutable = AttemptResult::Failed {
        cause: FailureCause::ConnectNetworkUnreachable,
        detail: match &first.result {
            AttemptResult::Failed { detail, .. } => detail.clone(),
            AttemptResult::Connected | AttemptResult::GivenUp => String::new(),
        },
    };
    let expected = (first.result != unroutable).then_some(Advisory::OneFamilyOnly { dead: "IPv6" });
    assert_eq!(exchange.advisories.get(1), expected.as_ref());
    assert!(matches!(exchange.advisories[0], Advisory::FirstAddressDead { .. }));
}

#[tokio::test]
async fn of_different_failures_the_telling_one_is_told() {
    let port = closed_port().await;
    let addresses = if cfg!(target_os = "linux") { "224.0.0.1,127.0.0.1" } else { "127.0.0.2,127.0.0.1" };
    let exchange = post(at(port, addresses), url(port)).await;
    assert_failed(&exchange, Phase::Connect, FailureCause::ConnectRefused);
    assert_eq!(exchange.attempts.len(), 2);
}

#[tokio::test]
async fn a_clock_that_runs_out_over_some_addresses_is_a_timeout() {
    let hole = blackhole().await;
    let port = hole.address.port();
    let settings =
        Settings { deadlines: short(200, 1000, 1000).deadlines, ..at(port, "127.0.0.2,127.0.0.1") };
    let exchange = post(settings, url(port)).await;
    assert_failed(&exchange, Phase::Connect, FailureCause::ConnectTimeout);
    assert_eq!(failure(&exchange).clock, Some(Clock::Connect));
    let results: Vec<_> = exchange.attempts.iter().map(|attempt| attempt.result.clone()).collect();
    assert!(
        matches!(results.as_slice(), [AttemptResult::Failed { .. }, AttemptResult::GivenUp]),
        "{results:?}"
    );
}

#[tokio::test]
async fn only_the_family_asked_for_is_used() {
    let port = healthy().await.port();
    let both = at(port, "[::1],127.0.0.1");
    let exchange = post(Settings { family: AddressFamily::V4, ..both.clone() }, url(port)).await;
    assert_responded(&exchange, 204);
    assert_eq!(exchange.attempts.len(), 1);
    let only_v4 = Settings { family: AddressFamily::V6, ..at(port, "127.0.0.1") };
    assert_failed(&post(only_v4, url(port)).await, Phase::Dns, FailureCause::DnsNoData);
}

#[tokio::test]
async fn localhost_needs_no_resolver() {
    let port = healthy().await.port();
    let nowhere =
        DnsSettings { server: Some(SocketAddr::from(([127, 0, 0, 1], 9))), ..DnsSettings::default() };
    let settings = Settings { dns: nowhere, ..Settings::default() };
    let exchange = post(settings, format!("http://localhost:{port}/")).await;
    assert_responded(&exchange, 204);
    assert_eq!(exchange.resolution.as_ref().expect("a resolution").source, Source::Hosts);
    assert_eq!((exchange.advisories, exchange.phases.get(Phase::Dns)), (Vec::new(), None));
}

#[tokio::test]
async fn an_ipv6_literal_works() {
    let Ok(listener) = TcpListener::bind("[::1]:0").await else { return };
    let port = listener.local_addr().expect("bound").port();
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.expect("a connection");
        let request = read_request(&mut stream).await;
        let status =
            if request.contains(&format!("Host: [::1]:{port}\r\n")) { "204 No Content" } else { "400 Bad" };
        stream.write_all(format!("HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n").as_bytes()).await.ok();
    });
    assert_responded(&post(Settings::default(), format!("http://[::1]:{port}/")).await, 204);
}
