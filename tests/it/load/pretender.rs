//! An app that takes callbacks at a known pace: it answers each after an exact delay, can stand still for a
//! while, and knows when each callback arrived.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::thread;
use std::time::{Duration, Instant};

/// An app on threads of its own, so that no runtime rounds its times.
pub(super) struct Pretender {
    pub(super) address: SocketAddr,
    shared: Arc<Shared>,
}

struct Shared {
    /// The delay of each callback in the order of arrival; the last one holds for the rest.
    delays: Vec<Duration>,
    freeze: Option<Freeze>,
    frozen_until: OnceLock<Instant>,
    arrivals: Mutex<Vec<Instant>>,
    next: AtomicUsize,
}

/// A time in which nothing is answered.
#[derive(Debug, Clone, Copy)]
pub(super) struct Freeze {
    /// The callback whose arrival begins it, counted from 0.
    pub(super) at: usize,
    pub(super) lasts: Duration,
}

impl Pretender {
    pub(super) fn start(delays: Vec<Duration>, freeze: Option<Freeze>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("works");
        let address = listener.local_addr().expect("works");
        let shared = Arc::new(Shared {
            delays,
            freeze,
            frozen_until: OnceLock::new(),
            arrivals: Mutex::default(),
            next: AtomicUsize::new(0),
        });
        let serving = Arc::clone(&shared);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let shared = Arc::clone(&serving);
                thread::Builder::new()
                    .stack_size(64 * 1024)
                    .spawn(move || serve(stream, &shared))
                    .expect("a thread");
            }
        });
        Self { address, shared }
    }

    pub(super) fn base_url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// When each callback arrived, in order.
    pub(super) fn arrivals(&self) -> Vec<Instant> {
        let mut arrivals = self.shared.arrivals.lock().expect("no panic elsewhere").clone();
        arrivals.sort();
        arrivals
    }
}

fn serve(mut stream: TcpStream, shared: &Shared) {
    stream.set_nodelay(true).expect("an open socket");
    let mut buffer = vec![0; 16 * 1024];
    while let Some(arrived) = request(&mut stream, &mut buffer) {
        shared.arrivals.lock().expect("no panic elsewhere").push(arrived);
        let number = shared.next.fetch_add(1, Ordering::Relaxed);
        let delay = shared.delays.get(number).or(shared.delays.last()).copied().unwrap_or_default();
        if let Some(Freeze { at, lasts }) = shared.freeze
            && number == at
        {
            shared.frozen_until.get_or_init(|| arrived + lasts);
        }
        let thawed = shared.frozen_until.get().copied().unwrap_or(arrived);
        let answer_at = thawed.max(arrived + delay);
        thread::sleep(answer_at.saturating_duration_since(Instant::now()));
        if stream.write_all(b"HTTP/1.1 204 No Content\r\n\r\n").is_err() {
            return;
        }
    }
}

/// Reads one request, and says when its last byte had arrived.
fn request(stream: &mut TcpStream, buffer: &mut [u8]) -> Option<Instant> {
    let mut length = 0;
    loop {
        length += stream.read(&mut buffer[length..]).ok().filter(|read| *read > 0)?;
        let text = &buffer[..length];
        let Some(head) = text.windows(4).position(|window| window == b"\r\n\r\n") else { continue };
        let head_text = String::from_utf8_lossy(&text[..head]).to_ascii_lowercase();
        let body =
            head_text.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse::<usize>().ok());
        if length >= head + 4 + body.unwrap_or(0) {
            return Some(Instant::now());
        }
    }
}
