//! Names that resolve and names that don't.

use std::net::{Ipv4Addr, Ipv6Addr};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use hickory_resolver::proto::op::ResponseCode;
use hickory_resolver::proto::rr::RecordType;
use rehearsal::codes::{Advisory, FailureCause};
use rehearsal::outcome::{Clock, Phase};
use rehearsal::transport::{
    AddressFamily, Answer, DnsCache, DnsSettings, Exchange, Request, Settings, Source, Transport,
};

use super::bench::{answering, assert_failed, assert_responded, failure, post, short, target};
use super::dns_server::{Over, Reply, address, alias, asking, code, nothing, records};

const APP: &str = "app.example";
const LOOPBACK: Ipv4Addr = Ipv4Addr::LOCALHOST;

async fn healthy() -> u16 {
    answering(b"HTTP/1.1 204 No Content\r\n\r\n").await.port()
}

/// One callback to `app.example`, resolved by a server that answers so.
async fn resolve(answer: impl Fn(&str, RecordType, Over) -> Reply + Send + Sync + 'static) -> Exchange {
    let (settings, _) = asking(answer).await;
    let settings = Settings { deadlines: short(400, 1000, 1000).deadlines, ..settings };
    post(settings, format!("http://{APP}:{}/", healthy().await)).await
}

/// The same answer to every question.
async fn resolve_to(reply: impl Fn() -> Reply + Send + Sync + 'static) -> Exchange {
    resolve(move |_, _, _| reply()).await
}

#[tokio::test]
async fn answers_are_evidence_with_their_times_to_live() {
    let exchange = resolve(|name, record, _| {
        assert_eq!(name, APP, "search domains must stay out of it");
        if record == RecordType::A { records([address(APP, LOOPBACK)]) } else { nothing() }
    })
    .await;
    assert_responded(&exchange, 204);
    assert!(exchange.phases.get(Phase::Dns).is_some());
    let resolution = exchange.resolution.as_ref().expect("a resolution");
    assert_eq!(
        (resolution.name.as_str(), resolution.source, resolution.servers.len()),
        (APP, Source::Dns, 1)
    );
    let a = resolution.families.iter().find(|family| family.record == "A").expect("asked");
    assert_eq!(a.answer, Answer::Addresses(vec![(LOOPBACK.into(), Some(Duration::from_secs(60)))]));
    let aaaa = resolution.families.iter().find(|family| family.record == "AAAA").expect("asked");
    assert!(matches!(aaaa.answer, Answer::Failed { cause: FailureCause::DnsNoData, .. }));
    assert_eq!(exchange.advisories, [], "an app with IPv4 alone is no cause for advice");
}

#[tokio::test]
async fn negative_answers_have_their_names() {
    let table = [
        (ResponseCode::NXDomain, FailureCause::DnsNxdomain),
        (ResponseCode::NoError, FailureCause::DnsNoData),
        (ResponseCode::ServFail, FailureCause::DnsServfail),
        (ResponseCode::Refused, FailureCause::DnsRefused),
        (ResponseCode::FormErr, FailureCause::DnsMalformed),
        (ResponseCode::NotImp, FailureCause::DnsServfail),
        (ResponseCode::from(0, 11), FailureCause::DnsServfail),
    ];
    for (response, cause) in table {
        let exchange = resolve_to(move || code(response)).await;
        assert_failed(&exchange, Phase::Dns, cause);
        let detail = &failure(&exchange).detail;
        assert!(detail.starts_with(&format!("AAAA and A of {APP}: ")), "{detail}");
        assert_eq!(exchange.resolution.expect("a resolution").families.len(), 2);
    }
}

#[tokio::test]
async fn an_error_without_its_question_is_still_that_error() {
    for (code, cause) in [(2, FailureCause::DnsServfail), (5, FailureCause::DnsRefused)] {
        let bytes =
            move || Reply::Bytes { bytes: [b"\0\0\x81".as_slice(), &[code], &[0; 8]].concat(), fits: true };
        let exchange = resolve_to(bytes).await;
        assert_failed(&exchange, Phase::Dns, cause);
        assert_eq!(failure(&exchange).clock, None, "it is told at once");
    }
}

#[tokio::test]
async fn silence_is_a_timeout() {
    let started = Instant::now();
    let exchange = resolve_to(|| Reply::Silence).await;
    assert_failed(&exchange, Phase::Dns, FailureCause::DnsTimeout);
    assert_eq!(failure(&exchange).clock, Some(Clock::Connect));
    assert!(started.elapsed() < Duration::from_millis(900));

    let (settings, _) = asking(|_, _, _| Reply::Silence).await;
    let settings = Settings { deadlines: short(2000, 2000, 200).deadlines, ..settings };
    assert_eq!(failure(&post(settings, format!("http://{APP}/")).await).clock, Some(Clock::Total));
}

#[tokio::test]
async fn of_an_answer_and_a_silence_the_one_that_says_more_is_told() {
    for (response, cause) in [
        (ResponseCode::ServFail, FailureCause::DnsServfail),
        (ResponseCode::Refused, FailureCause::DnsRefused),
        (ResponseCode::NoError, FailureCause::DnsTimeout),
    ] {
        let exchange = resolve(move |_, record, _| match record {
            RecordType::A => code(response),
            _ => Reply::Silence,
        })
        .await;
        assert_failed(&exchange, Phase::Dns, cause);
        let is_silence = cause == FailureCause::DnsTimeout;
        assert_eq!(failure(&exchange).clock.is_some(), is_silence, "{:?}", failure(&exchange));
    }
}

#[tokio::test]
async fn nonsense_is_malformed_even_when_it_fits_no_question() {
    let bytes = |bytes: &'static [u8], fits| move || Reply::Bytes { bytes: bytes.to_vec(), fits };
    for exchange in [
        resolve_to(bytes(b"garbage", false)).await,
        resolve_to(bytes(b"x", false)).await,
        resolve_to(bytes(b"\0\0\x81\x80\0\x01\0\x05\0\0\0\0truncated", true)).await,
        resolve_to(|| Reply::OtherQuestion).await,
        resolve_to(|| Reply::TwiceTheQuestion).await,
    ] {
        assert_failed(&exchange, Phase::Dns, FailureCause::DnsMalformed);
    }
}

#[tokio::test]
async fn a_truncated_answer_is_asked_for_again_over_tcp() {
    let exchange = resolve(|_, record, over| match (record, over) {
        (_, Over::Udp) => Reply::Truncated,
        (RecordType::A, Over::Tcp) => records([address(APP, LOOPBACK)]),
        (_, Over::Tcp) => nothing(),
    })
    .await;
    assert_responded(&exchange, 204);
    let never = resolve_to(|| Reply::Truncated).await;
    assert_failed(&never, Phase::Dns, FailureCause::DnsMalformed);
}

#[tokio::test]
async fn nonsense_over_tcp_is_malformed_too() {
    let table: [fn() -> Reply; 7] = [
        || Reply::Bytes { bytes: b"garbage".to_vec(), fits: false },
        || Reply::Bytes { bytes: b"\0\0\x81\x80\0\x01\0\x05\0\0\0\0truncated".to_vec(), fits: true },
        || Reply::Bytes { bytes: Vec::new(), fits: false },
        || Reply::Raw(b"HTTP/1.1 400 Bad Request\r\n\r\n"),
        || Reply::Raw(b"\xff\xfftoo short for its length"),
        || Reply::Raw(b"\0"),
        || Reply::Raw(b""),
    ];
    for (number, reply) in table.into_iter().enumerate() {
        let exchange =
            resolve(move |_, _, over| if over == Over::Udp { Reply::Truncated } else { reply() }).await;
        assert_failed(&exchange, Phase::Dns, FailureCause::DnsMalformed);
        assert!(!failure(&exchange).detail.is_empty(), "reply {number}");
    }
    let silent =
        resolve(|_, _, over| if over == Over::Udp { Reply::Truncated } else { Reply::Silence }).await;
    assert_failed(&silent, Phase::Dns, FailureCause::DnsTimeout);
}

#[tokio::test]
async fn chains_of_aliases_are_followed_and_shown() {
    let whole = resolve(|_, record, _| match record {
        RecordType::A => records([
            alias(APP, "edge.example"),
            alias("edge.example", "host.example"),
            address("host.example", LOOPBACK),
        ]),
        _ => records([alias(APP, "edge.example"), alias("edge.example", "host.example")]),
    })
    .await;
    assert_responded(&whole, 204);
    let aliases = whole.resolution.expect("a resolution").aliases;
    assert_eq!((aliases[0].target.as_str(), aliases[0].ttl), ("edge.example.", Duration::from_secs(30)));

    let links = |length: usize| {
        move |name: &str, record: RecordType, _: Over| {
            let number = name.strip_prefix("link").and_then(|rest| rest.split('.').next()?.parse().ok());
            let number: usize = number.unwrap_or(0);
            if number < length {
                return records([alias(name, &format!("link{}.example", number + 1))]);
            }
            if record == RecordType::A { records([address(name, LOOPBACK)]) } else { nothing() }
        }
    };
    for length in [1, 5, 12] {
        assert_responded(&resolve(links(length)).await, 204);
    }
}

#[tokio::test]
async fn a_loop_of_aliases_is_told_from_no_data() {
    let step_by_step = resolve(|name, _, _| {
        let target = if name == APP { "other.example" } else { APP };
        records([alias(name, target)])
    })
    .await;
    assert_failed(&step_by_step, Phase::Dns, FailureCause::DnsCnameLoop);
    let names: Vec<_> = step_by_step.resolution.expect("a resolution").aliases;
    assert_eq!(names.len(), 2);

    let refused_by_the_resolver = resolve(|name, record, _| match record {
        RecordType::CNAME => records([alias(name, name)]),
        _ => code(ResponseCode::ServFail),
    })
    .await;
    assert_failed(&refused_by_the_resolver, Phase::Dns, FailureCause::DnsCnameLoop);
}

#[tokio::test]
async fn one_family_failing_is_survived_and_shown() {
    for failing in [RecordType::A, RecordType::AAAA] {
        let port = healthy().await;
        let Ok(v6) = tokio::net::TcpListener::bind((Ipv6Addr::LOCALHOST, port)).await else { return };
        tokio::spawn(async move {
            let (mut stream, _) = v6.accept().await.expect("a connection");
            super::bench::read_request(&mut stream).await;
            use tokio::io::AsyncWriteExt;
            stream.write_all(b"HTTP/1.1 204 No Content\r\n\r\n").await.ok();
        });
        let (settings, _) = asking(move |_, record, _| match record {
            record if record == failing => code(ResponseCode::ServFail),
            RecordType::A => records([address(APP, LOOPBACK)]),
            _ => records([address(APP, Ipv6Addr::LOCALHOST)]),
        })
        .await;
        let exchange = post(settings, format!("http://{APP}:{port}/")).await;
        assert_responded(&exchange, 204);
        let record = if failing == RecordType::A { "A" } else { "AAAA" };
        assert_eq!(
            exchange.advisories,
            [Advisory::OneDnsFamilyFailing { record, cause: FailureCause::DnsServfail }]
        );
    }
}

#[tokio::test]
async fn a_family_that_is_never_answered_delays_by_a_moment_only() {
    let exchange = resolve(|_, record, _| match record {
        RecordType::A => records([address(APP, LOOPBACK)]),
        _ => Reply::Silence,
    })
    .await;
    assert_responded(&exchange, 204);
    let took = exchange.phases.get(Phase::Dns).expect("asked");
    assert!(took >= Duration::from_millis(50) && took < Duration::from_millis(250), "{took:?}");
    assert_eq!(exchange.advisories, [Advisory::OneDnsFamilySlow { record: "AAAA" }]);
}

#[tokio::test]
async fn a_family_answered_while_the_app_works_is_no_cause_for_advice() {
    let port = super::bench::serve(|mut stream, _| async move {
        super::bench::read_request(&mut stream).await;
        tokio::time::sleep(Duration::from_millis(400)).await;
        tokio::io::AsyncWriteExt::write_all(&mut stream, b"HTTP/1.1 204 No Content\r\n\r\n").await.ok();
    })
    .await
    .port();
    let (settings, _) = asking(|_, record, _| match record {
        RecordType::A => records([address(APP, LOOPBACK)]),
        _ => Reply::Late(Duration::from_millis(200), Vec::new()),
    })
    .await;
    let exchange = post(settings, format!("http://{APP}:{port}/")).await;
    assert_responded(&exchange, 204);
    assert_eq!(exchange.advisories, []);
    let families = exchange.resolution.expect("a resolution").families;
    assert!(families.iter().all(|family| family.answer != Answer::Outrun), "{families:?}");
}

#[tokio::test]
async fn a_late_family_still_saves_a_race() {
    // AAAA leads nowhere and is answered first; A comes 150 ms later and is still used.
    let port = healthy().await;
    let (settings, _) = asking(|_, record, _| match record {
        RecordType::A => Reply::Late(Duration::from_millis(150), vec![address(APP, LOOPBACK)]),
        _ => records([address(APP, Ipv6Addr::LOCALHOST)]),
    })
    .await;
    let exchange = post(settings, format!("http://{APP}:{port}/")).await;
    assert_responded(&exchange, 204);
    assert_eq!(exchange.attempts.len(), 2, "{:?}", exchange.attempts);
}

#[tokio::test]
async fn only_the_family_asked_for_is_asked_about() {
    let (settings, _) = asking(|_, record, _| {
        assert_eq!(record, RecordType::A);
        records([address(APP, LOOPBACK)])
    })
    .await;
    let settings = Settings { family: AddressFamily::V4, ..settings };
    let exchange = post(settings, format!("http://{APP}:{}/", healthy().await)).await;
    assert_responded(&exchange, 204);
    assert_eq!(exchange.resolution.expect("a resolution").families.len(), 1);
}

#[tokio::test]
async fn a_dead_resolver_is_ours() {
    let socket = std::net::UdpSocket::bind("127.0.0.1:0").expect("a free port");
    let server = socket.local_addr().expect("bound");
    drop(socket);
    let dns = DnsSettings { server: Some(server), ..DnsSettings::default() };
    let started = Instant::now();
    let exchange = post(Settings { dns, ..Settings::default() }, format!("http://{APP}/")).await;
    assert_failed(&exchange, Phase::Dns, FailureCause::DnsResolverUnreachable);
    assert!(started.elapsed() < Duration::from_secs(1), "the system says so at once");
}

#[tokio::test]
async fn answers_are_kept_when_asked_to_and_then_asked_for_once() {
    let asked = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&asked);
    let (settings, _) = asking(move |_, record, _| {
        count.fetch_add(1, Ordering::Relaxed);
        if record == RecordType::A { records([address(APP, LOOPBACK)]) } else { nothing() }
    })
    .await;
    let url = format!("http://{APP}:{}/", healthy().await);
    for (cache, expected) in [(DnsCache::Off, 6), (DnsCache::On, 2)] {
        asked.store(0, Ordering::Relaxed);
        let dns = DnsSettings { cache, ..settings.dns.clone() };
        let transport = Transport::new(Settings { dns, ..settings.clone() }).expect("settings");
        let mut sources = Vec::new();
        for _ in 0..3 {
            let request = Request::post(target(&url), "{}");
            let exchange = transport.connections().exchange(request, Instant::now()).await;
            assert_responded(&exchange, 204);
            sources.push(exchange.resolution.expect("a resolution").source);
        }
        assert_eq!(asked.load(Ordering::Relaxed), expected);
        let last = if cache == DnsCache::On { Source::Cache } else { Source::Dns };
        assert_eq!(sources, [Source::Dns, last, last]);
    }
}

#[tokio::test]
async fn a_name_that_cannot_be_one_does_not_exist() {
    let label = "x".repeat(64);
    let exchange = post(Settings::default(), format!("http://{label}.example/")).await;
    assert_failed(&exchange, Phase::Dns, FailureCause::DnsNxdomain);
}
