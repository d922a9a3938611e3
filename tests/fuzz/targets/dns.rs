//! What a name server answers, byte for byte: the lookup ends in time and its cause has a name.
//!
//! The first byte of the input says how the rest is sent: as it is or with the question's number and the question
//! put in, over UDP or over TCP.

#![no_main]

use std::cell::LazyCell;
use std::time::{Duration, Instant};

use libfuzzer_sys::fuzz_target;
use rehearsal::codes::FailureCause;
use rehearsal::transport::{Deadlines, DnsSettings, Settings, Target, Transport};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream, UdpSocket};
use tokio::runtime::Runtime;

/// Short, because an answer that fits no question is waited out.
const PATIENCE: Duration = Duration::from_millis(50);
/// How much later than its deadline a lookup may end.
const GRACE: Duration = Duration::from_millis(500);

/// Bits of the first byte.
const AS_IT_IS: u8 = 1;
const OVER_TCP: u8 = 2;
const WITHOUT_LENGTH: u8 = 4;

/// Where the question begins in a message, and the flag that a message was cut short.
const HEADER: usize = 12;
const TRUNCATED: [u8; 2] = [0x83, 0x80];

thread_local! {
    static BENCH: LazyCell<Bench> = LazyCell::new(Bench::new);
}

fuzz_target!(|bytes: &[u8]| BENCH.with(|bench| bench.runtime.block_on(bench.play(bytes))));

struct Bench {
    runtime: Runtime,
    udp: UdpSocket,
    tcp: TcpListener,
    target: Target,
    transport: Transport,
}

impl Bench {
    fn new() -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let (udp, tcp) = runtime.block_on(bind());
        let dns = DnsSettings { server: udp.local_addr().ok(), ..DnsSettings::default() };
        let deadlines = Deadlines { connect: PATIENCE, idle: PATIENCE, total: PATIENCE };
        let url = "http://app.rehearsal.test/".parse().expect("a URL");
        Self {
            runtime,
            udp,
            tcp,
            target: Target::new(&url).expect("a target"),
            transport: Transport::new(Settings { dns, deadlines, ..Settings::default() })
                .expect("usable settings"),
        }
    }

    async fn play(&self, bytes: &[u8]) {
        let [mode, answer @ ..] = bytes else { return };
        let lookup = async {
            let asked = Instant::now();
            let resolved = self.transport.resolve(self.target.host()).await;
            assert!(asked.elapsed() < PATIENCE + GRACE, "took {:?}: {resolved:?}", asked.elapsed());
            if let Err(failure) = resolved {
                assert_ne!(failure.cause, FailureCause::Unrecognised, "{failure:?}");
            }
        };
        tokio::select! {
            () = lookup => {}
            () = self.serve_udp(*mode, answer) => {}
            () = self.serve_tcp(*mode, answer) => {}
        }
    }

    async fn serve_udp(&self, mode: u8, answer: &[u8]) {
        let mut question = [0; 512];
        loop {
            let Ok((length, from)) = self.udp.recv_from(&mut question).await else { continue };
            let question = &question[..length];
            let reply = match mode & OVER_TCP {
                0 => reply(mode, question, answer),
                _ => [&question[..2], &TRUNCATED, &[0, 1, 0, 0, 0, 0, 0, 0], asked(question)].concat(),
            };
            let _ = self.udp.send_to(&reply, from).await;
        }
    }

    async fn serve_tcp(&self, mode: u8, answer: &[u8]) {
        loop {
            let Ok((stream, _)) = self.tcp.accept().await else { continue };
            let _ = serve_stream(stream, mode, answer).await;
        }
    }
}

async fn serve_stream(mut stream: TcpStream, mode: u8, answer: &[u8]) -> std::io::Result<()> {
    let mut question = vec![0; stream.read_u16().await?.into()];
    stream.read_exact(&mut question).await?;
    let reply = reply(mode, &question, answer);
    if mode & WITHOUT_LENGTH == 0 {
        stream.write_u16(reply.len().try_into().unwrap_or(u16::MAX)).await?;
    }
    stream.write_all(&reply).await
}

async fn bind() -> (UdpSocket, TcpListener) {
    loop {
        let udp = UdpSocket::bind("127.0.0.1:0").await.expect("a free port");
        if let Ok(tcp) = TcpListener::bind(udp.local_addr().expect("a bound socket")).await {
            return (udp, tcp);
        }
    }
}

/// The answer with what makes it fit the question.
fn reply(mode: u8, question: &[u8], answer: &[u8]) -> Vec<u8> {
    match answer.split_at_checked(HEADER - 2) {
        Some((header, records)) if mode & AS_IT_IS == 0 => {
            [&question[..2], header, asked(question), records].concat()
        }
        Some(_) | None => answer.to_vec(),
    }
}

/// The question of a query: its name up to the empty label, type and class.
fn asked(query: &[u8]) -> &[u8] {
    let section = &query[HEADER..];
    let end = section.iter().position(|byte| *byte == 0).unwrap_or(section.len());
    &section[..(end + 5).min(section.len())]
}
