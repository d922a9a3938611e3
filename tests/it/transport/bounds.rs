//! Nothing hangs, nothing grows, and what the probe itself lacks is the probe's own fault.
//!
//! Descriptors and memory are those of a whole process, so each of these runs in one of its own: the test
//! starts this binary again for the ignored test that does the work.

#![cfg(target_os = "linux")]

use std::fs;
use std::net::SocketAddr;
use std::process::Command;
use std::time::{Duration, Instant};

use rehearsal::codes::FailureCause;
use rehearsal::outcome::Phase;
use rehearsal::transport::{DnsSettings, Request, Settings, Transport};
use tokio::io::AsyncWriteExt;

use super::bench::{answering, assert_failed, forever, post, read_request, reset, serve, short, target};

/// Runs the ignored test `name` of this module in a process of its own, with at most `descriptors`.
fn in_its_own_process(name: &str, descriptors: u32) {
    let output = Command::new("sh")
        .args(["-c", &format!("ulimit -n {descriptors}; exec \"$0\" \"$@\"")])
        .arg(std::env::current_exe().expect("this binary"))
        .args(["--exact", &format!("transport::bounds::{name}"), "--ignored", "--nocapture"])
        .output()
        .expect("a process");
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success() && text.contains("1 passed"),
        "{text}\n{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

fn descriptors() -> usize {
    fs::read_dir("/proc/self/fd").expect("a directory").count()
}

fn anonymous_memory_kib() -> usize {
    let status = fs::read_to_string("/proc/self/status").expect("a file");
    let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:")).expect("a line");
    line.trim().trim_end_matches(" kB").parse().expect("a number")
}

#[test]
fn two_thousand_faulty_exchanges_leave_nothing_behind() {
    in_its_own_process("faulty_exchanges", 1024);
}

#[tokio::test]
#[ignore = "run in a process of its own by the test above"]
async fn faulty_exchanges() {
    let closing = serve(|mut stream, _| async move {
        read_request(&mut stream).await;
    })
    .await;
    let resetting = serve(|mut stream, _| async move {
        read_request(&mut stream).await;
        reset(stream);
    })
    .await;
    let cut = answering(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc").await;
    let garbage = answering(b"\0\0\0\0\0\0").await;
    let stalling = serve(|mut stream, _| async move {
        read_request(&mut stream).await;
        tokio::time::sleep(Duration::from_millis(50)).await;
    })
    .await;
    let (unresolvable, _) = super::dns_server::asking(|_, _, _| super::dns_server::nothing()).await;
    let settings = Settings { dns: unresolvable.dns, ..short(100, 20, 200) };
    let transport = Transport::new(settings).expect("settings");
    let urls = [
        format!("http://{closing}/"),
        format!("http://{resetting}/"),
        format!("http://{cut}/"),
        format!("http://{garbage}/"),
        format!("http://{stalling}/"),
        format!("https://{closing}/"),
        format!("https://{garbage}/"),
        "http://127.0.0.1:1/".to_owned(),
        "http://app.example/".to_owned(),
    ];
    let round = async |count: usize| {
        for url in urls.iter().cycle().take(count) {
            let request = Request::post(target(url), "{}");
            let exchange = transport.connections().exchange(request, Instant::now()).await;
            assert!(exchange.end.is_err(), "{exchange:?}");
        }
        // The servers' ends close a moment later.
        tokio::time::sleep(Duration::from_millis(200)).await;
        (descriptors(), anonymous_memory_kib())
    };
    let before = round(200).await;
    let after = round(2000).await;
    assert!(after.0 <= before.0 + 2, "descriptors: {before:?} -> {after:?}");
    assert!(after.1 <= before.1 + 2048, "KiB: {before:?} -> {after:?}");
}

#[test]
fn floods_are_not_kept() {
    in_its_own_process("floods", 1024);
}

#[tokio::test]
#[ignore = "run in a process of its own by the test above"]
async fn floods() {
    let body = serve(|mut stream, _| async move {
        read_request(&mut stream).await;
        stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 209715200\r\n\r\n").await.ok();
        while stream.write_all(&[b'x'; 65536]).await.is_ok() {}
    })
    .await;
    let head = serve(|mut stream, _| async move {
        read_request(&mut stream).await;
        stream.write_all(b"HTTP/1.1 200 OK\r\n").await.ok();
        while stream.write_all(b"X-More: and more\r\n").await.is_ok() {}
    })
    .await;
    let interim = serve(|mut stream, _| async move {
        read_request(&mut stream).await;
        while stream.write_all(b"HTTP/1.1 102 Processing\r\n\r\n").await.is_ok() {}
    })
    .await;
    let trickle = serve(|mut stream, _| async move {
        read_request(&mut stream).await;
        stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await.ok();
        while stream.write_all(b"x").await.is_ok() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    })
    .await;
    let exchanges: Vec<_> = [body, head, interim, trickle]
        .into_iter()
        .cycle()
        .take(40)
        .map(|address| tokio::spawn(post(short(1000, 500, 1000), format!("http://{address}/"))))
        .collect();
    let mut most = 0;
    for exchange in exchanges {
        exchange.await.expect("an exchange");
        most = most.max(anonymous_memory_kib());
    }
    assert!(most < 40 * 1024, "{most} KiB");
}

#[test]
fn a_probe_without_descriptors_says_so() {
    in_its_own_process("no_descriptors", 64);
}

#[tokio::test]
#[ignore = "run in a process of its own by the test above"]
async fn no_descriptors() {
    let server = serve(|stream, _| async move {
        forever().await;
        drop(stream);
    })
    .await;
    let dns = DnsSettings { server: Some(SocketAddr::from(([127, 0, 0, 1], 9))), ..DnsSettings::default() };
    let settings = Settings { dns, ..Settings::default() };
    let mut taken = Vec::new();
    while let Ok(file) = fs::File::open("/dev/null") {
        taken.push(file);
    }
    let by_address = post(settings.clone(), format!("http://{server}/")).await;
    let by_name = post(settings, "http://app.example/").await;
    drop(taken);
    assert_failed(&by_address, Phase::Connect, FailureCause::TooManyOpenFiles);
    assert_failed(&by_name, Phase::Dns, FailureCause::TooManyOpenFiles);
}
