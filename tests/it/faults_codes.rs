//! Every fault of the bench, met by the real transport: the code is the expected one, in time, and never
//! `unrecognised`.

#![expect(clippy::unwrap_used, reason = "a test that can't go on may panic anywhere")]

use std::sync::Arc;
use std::time::{Duration, Instant};

use hyper::header::{AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use rehearsal::codes::{Code, FailureCause};
use rehearsal::outcome::Outcome;
use rehearsal::reference_app::{AppTrust, Fault, FaultSetup, ShownBy, Stage};
use rehearsal::transport::{
    Deadlines, Exchange, HttpVersion, Proxy, Request, Reuse, Settings, Target, Transport,
};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, CertificateRevocationListDer};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use crate::faults::{PAYLOAD, TOKEN, has_ipv6, needs_ipv6};

/// Long enough that a busy machine keeps up with it.
const PACE: Duration = Duration::from_millis(200);
/// How much later than its deadline an exchange may end.
const GRACE: Duration = Duration::from_millis(500);
/// Faults met at the same time.
const AT_ONCE: usize = 16;

fn settings(setup: &FaultSetup) -> Settings {
    let mut settings = Settings {
        deadlines: Deadlines { connect: PACE * 3, idle: PACE * 5, total: PACE * 10 },
        http: if setup.http2 { HttpVersion::Http2 } else { HttpVersion::Http1 },
        reuse: if setup.keep_alive { Reuse::KeepAlive } else { Reuse::Fresh },
        proxy: setup.proxy.as_ref().map(|proxy| Proxy::parse(proxy).unwrap()),
        ..Settings::default()
    };
    settings.dns.server = setup.dns_server;
    let ca_pem = setup.ca_pem.iter().flat_map(|pem| CertificateDer::pem_slice_iter(pem.as_bytes()));
    settings.tls.extra_authorities = ca_pem.collect::<Result<_, _>>().unwrap();
    let lists = setup.crl_pem.iter().map(|pem| CertificateRevocationListDer::from_pem_slice(pem.as_bytes()));
    settings.tls.revocation_lists = lists.collect::<Result<_, _>>().unwrap();
    settings
}

/// Sends callbacks until the fault shows, and returns the exchange that shows it.
async fn meet(setup: &FaultSetup) -> Exchange {
    let mut connections = Transport::new(settings(setup)).unwrap().connections();
    let target = Target::new(&format!("{}/installed", setup.base_url).parse().unwrap()).unwrap();
    let padding = " ".repeat(setup.request_bytes);
    for number in 1.. {
        let request = Request::post(target.clone(), format!("{PAYLOAD}{padding}"))
            .header(CONTENT_TYPE, HeaderValue::from_static("application/json"))
            .header(AUTHORIZATION, HeaderValue::from_static(TOKEN));
        let exchange = connections.exchange(request, Instant::now()).await;
        if number == setup.exchange {
            return *exchange;
        }
        assert_eq!(exchange.status(), Some(204), "exchange {number}: {:?}", exchange.end);
    }
    unreachable!("exchanges are counted from 1")
}

fn code(outcome: Outcome) -> Code {
    match outcome {
        Outcome::Responded { status } => Code::Status(status),
        Outcome::Failed { cause, .. } | Outcome::NotSent { cause } => Code::Failure(cause),
    }
}

/// A process of its own sees its own descriptors and memory alone.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "run by the test below, in a process of its own"]
async fn leaks_in_this_process() {
    const ROUNDS: usize = 4;
    /// What the allocator keeps back of busy moments.
    const SLACK_KIB: u64 = 4 * 1024;
    let stage = Stage { trust: AppTrust::Anyone, pace: Duration::from_millis(1) };
    let mut before = None;
    for round in 0..ROUNDS {
        let mut meetings = JoinSet::new();
        for fault in Fault::all().filter(|fault| is_quick(fault)) {
            let stage = stage.clone();
            meetings.spawn(async move {
                let running = fault.start(&stage).await.expect(fault.name);
                meet(running.setup()).await;
                running.stop().await;
            });
            // Few enough at a time that memory is not that of many faults together.
            if meetings.len() == 8 {
                meetings.join_next().await.unwrap().unwrap();
            }
        }
        while let Some(met) = meetings.join_next().await {
            met.unwrap();
        }
        if round == 1 {
            before = Some((open_descriptors(), anonymous_memory_kib()));
        }
    }
    let (descriptors, memory) = before.expect("there is a second round");
    assert!(open_descriptors() <= descriptors, "{descriptors} descriptors became {}", open_descriptors());
    let now = anonymous_memory_kib();
    assert!(now <= memory + SLACK_KIB, "{memory} KiB became {now} KiB");
}

/// Whether a fault shows without waiting for a deadline, and without megabytes that are the test's own.
fn is_quick(fault: &Fault) -> bool {
    let waits = fault.expected.to_string().contains("timeout")
        || [
            "dns-malformed",
            "dns-rubbish",
            "dns-other-id",
            "dns-other-question",
            "dns-truncated-tcp-silent",
            "dns-truncated-tcp-rubbish",
            "proxy-silent",
        ]
        .contains(&fault.name)
        || ["http-200-megabytes", "http-early-response"].contains(&fault.name);
    fault.shown_by == ShownBy::Callback && !waits && (has_ipv6() || !needs_ipv6(fault))
}

fn open_descriptors() -> usize {
    std::fs::read_dir("/proc/self/fd").unwrap().count()
}

fn anonymous_memory_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:")).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

/// What is wrong with how the transport met `fault`, if anything.
async fn verdict(fault: &Fault) -> Option<String> {
    let stage = Stage { trust: AppTrust::Anyone, pace: PACE };
    let running = fault.start(&stage).await.expect(fault.name);
    let exchange = meet(running.setup()).await;
    let took = exchange.stamps.ended - exchange.stamps.dispatched;
    running.stop().await;
    let met = code(exchange.outcome());
    let advisories: Vec<_> = exchange.advisories.iter().map(|advisory| advisory.code()).collect();
    let mut wrong = Vec::new();
    if met != fault.expected {
        wrong.push(format!("{met} instead of {}: {:?}", fault.expected, exchange.end));
    }
    if met == Code::Failure(FailureCause::Unrecognised) {
        wrong.push("unrecognised".to_owned());
    }
    if fault.advisory.is_some_and(|advisory| !advisories.contains(&advisory)) {
        wrong.push(format!("advisories {advisories:?} without {:?}", fault.advisory));
    }
    if took > PACE * 10 + GRACE {
        wrong.push(format!("took {took:?}"));
    }
    (!wrong.is_empty()).then(|| format!("{}: {}", fault.name, wrong.join("; ")))
}

#[test]
#[cfg(target_os = "linux")]
fn the_whole_bench_leaves_neither_descriptors_nor_memory_behind() {
    let ran = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "faults_codes::leaks_in_this_process", "--ignored", "--nocapture"])
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&ran.stdout);
    let complaint = String::from_utf8_lossy(&ran.stderr);
    assert!(ran.status.success() && told.contains("1 passed"), "{told}{complaint}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_fault_gets_its_code() {
    let places = Arc::new(Semaphore::new(AT_ONCE));
    let mut meetings = JoinSet::new();
    let faults = Fault::all().filter(|fault| fault.shown_by == ShownBy::Callback);
    for fault in faults.filter(|fault| has_ipv6() || !needs_ipv6(fault)) {
        let places = Arc::clone(&places);
        meetings.spawn(async move {
            let _place = places.acquire_owned().await.unwrap();
            verdict(fault).await.map(|_| fault)
        });
    }
    // Deadlines pass on a machine too busy to keep them. Met alone, a fault has no such excuse.
    let mut wrong = Vec::new();
    for fault in meetings.join_all().await.into_iter().flatten() {
        wrong.extend(verdict(fault).await);
    }
    assert!(wrong.is_empty(), "{} faults were not told:\n{}", wrong.len(), wrong.join("\n"));
}
