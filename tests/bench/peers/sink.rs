//! The server that every client is measured against: one thread that spins, so that waking it up is never
//! billed to the client, and that answers the moment a request is whole.

use std::error::Error;
use std::io::{self, BufRead, ErrorKind, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Instant;

use rustix::buffer::spare_capacity;
use rustix::event::{Timespec, epoll};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use rustls::server::NoServerSessionStorage;
use rustls::{ServerConfig, ServerConnection};
use serde::{Deserialize, Serialize};

use crate::identity::identity;

const LISTENER: u64 = u64::MAX;
const ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
const LAST_ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";

/// How a sink behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Behaviour {
    /// It answers, one request after another.
    Answer,
    /// It answers one request and closes the connection.
    AnswerOnce,
    /// It reads requests and never answers.
    Hang,
}

impl Behaviour {
    const ALL: [Self; 3] = [Self::Answer, Self::AnswerOnce, Self::Hang];

    /// Its name on a command line.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Answer => "answer",
            Self::AnswerOnce => "answer-once",
            Self::Hang => "hang",
        }
    }

    /// The behaviour of this name.
    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|behaviour| behaviour.name() == name)
    }
}

/// What a sink saw.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Seen {
    /// Requests that were whole.
    pub(crate) requests: u64,
    /// Connections taken.
    pub(crate) connections: u64,
    /// When each of the first million requests was whole, in nanoseconds.
    pub(crate) arrivals_ns: Vec<u64>,
}

/// Serves until standard input ends, then prints what was seen. First it prints its port, and puts the
/// certificate of its authority into `authority` if it is to speak TLS.
pub(crate) fn run(behaviour: Behaviour, authority: Option<&Path>) -> io::Result<()> {
    let limit = getrlimit(Resource::Nofile);
    setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, maximum: limit.maximum })?;
    let tls = authority.map(tls).transpose().map_err(io::Error::other)?;
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    listener.set_nonblocking(true)?;
    println!("{}", listener.local_addr()?.port());
    let ended = Arc::new(AtomicBool::new(false));
    let end = Arc::clone(&ended);
    thread::spawn(move || {
        // Nothing is ever sent: only the end counts.
        let _ = io::stdin().lock().lines().count();
        end.store(true, Ordering::Relaxed);
    });
    let mut sink = Sink::new(listener, tls, behaviour)?;
    while !ended.load(Ordering::Relaxed) {
        sink.turn()?;
    }
    println!("{}", serde_json::to_string(&sink.seen)?);
    Ok(())
}

struct Sink {
    listener: TcpListener,
    tls: Option<Arc<ServerConfig>>,
    behaviour: Behaviour,
    epoll: rustix::fd::OwnedFd,
    events: Vec<epoll::Event>,
    connections: Vec<Option<Connection>>,
    free: Vec<usize>,
    began: Instant,
    seen: Seen,
}

struct Connection {
    stream: TcpStream,
    tls: Option<ServerConnection>,
    input: Vec<u8>,
}

/// What became of a connection's turn.
#[derive(PartialEq, Eq)]
enum Turn {
    Stays,
    Ends,
}

impl Sink {
    fn new(listener: TcpListener, tls: Option<Arc<ServerConfig>>, behaviour: Behaviour) -> io::Result<Self> {
        let epoll = epoll::create(epoll::CreateFlags::CLOEXEC)?;
        epoll::add(&epoll, &listener, epoll::EventData::new_u64(LISTENER), epoll::EventFlags::IN)?;
        Ok(Self {
            listener,
            tls,
            behaviour,
            epoll,
            events: Vec::with_capacity(1024),
            connections: Vec::new(),
            free: Vec::new(),
            began: Instant::now(),
            seen: Seen { requests: 0, connections: 0, arrivals_ns: Vec::with_capacity(1_000_000) },
        })
    }

    /// Serves whatever is ready, without waiting.
    fn turn(&mut self) -> io::Result<()> {
        let at_once = Timespec { tv_sec: 0, tv_nsec: 0 };
        self.events.clear();
        epoll::wait(&self.epoll, spare_capacity(&mut self.events), Some(&at_once))?;
        for event in std::mem::take(&mut self.events).iter() {
            let token = event.data.u64();
            if token == LISTENER {
                self.accept()?;
            } else {
                self.serve(token as usize);
            }
        }
        if self.events.capacity() == 0 {
            self.events.reserve(1024);
        }
        Ok(())
    }

    fn accept(&mut self) -> io::Result<()> {
        loop {
            let stream = match self.listener.accept() {
                Ok((stream, _)) => stream,
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
                Err(error) => return Err(error),
            };
            stream.set_nonblocking(true)?;
            stream.set_nodelay(true)?;
            let tls = self.tls.clone().map(ServerConnection::new).transpose().map_err(io::Error::other)?;
            let index = self.free.pop().unwrap_or(self.connections.len());
            epoll::add(&self.epoll, &stream, epoll::EventData::new_u64(index as u64), epoll::EventFlags::IN)?;
            let connection = Some(Connection { stream, tls, input: Vec::new() });
            if index == self.connections.len() {
                self.connections.push(connection);
            } else {
                self.connections[index] = connection;
            }
            self.seen.connections += 1;
        }
    }

    fn serve(&mut self, index: usize) {
        let Some(connection) = &mut self.connections[index] else { return };
        // A client that goes away in the middle is none of the sink's business.
        let turn = connection.turn(self.behaviour, self.began, &mut self.seen).unwrap_or(Turn::Ends);
        if turn == Turn::Ends {
            // Dropping the stream takes it out of the epoll.
            self.connections[index] = None;
            self.free.push(index);
        }
    }
}

impl Connection {
    fn turn(&mut self, behaviour: Behaviour, began: Instant, seen: &mut Seen) -> io::Result<Turn> {
        let is_open = self.read()?;
        while let Some(length) = whole_request(&self.input) {
            if seen.arrivals_ns.len() < seen.arrivals_ns.capacity() {
                seen.arrivals_ns.push(began.elapsed().as_nanos() as u64);
            }
            seen.requests += 1;
            self.input.drain(..length);
            match behaviour {
                Behaviour::Answer => self.write(ANSWER)?,
                Behaviour::AnswerOnce => {
                    self.write(LAST_ANSWER)?;
                    return Ok(Turn::Ends);
                }
                Behaviour::Hang => {}
            }
        }
        Ok(if is_open { Turn::Stays } else { Turn::Ends })
    }

    /// Reads what there is. Tells whether more may come.
    fn read(&mut self) -> io::Result<bool> {
        let mut buffer = [0; 16 * 1024];
        let Some(tls) = &mut self.tls else {
            return match self.stream.read(&mut buffer) {
                Ok(count) => {
                    self.input.extend_from_slice(&buffer[..count]);
                    Ok(count > 0)
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => Ok(true),
                Err(error) => Err(error),
            };
        };
        let is_open = tls.read_tls(&mut self.stream)? > 0;
        tls.process_new_packets().map_err(io::Error::other)?;
        while tls.wants_write() {
            tls.write_tls(&mut self.stream)?;
        }
        loop {
            match tls.reader().read(&mut buffer) {
                Ok(0) => return Ok(false),
                Ok(count) => self.input.extend_from_slice(&buffer[..count]),
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(is_open),
                Err(error) => return Err(error),
            }
        }
    }

    fn write(&mut self, answer: &[u8]) -> io::Result<()> {
        let Some(tls) = &mut self.tls else { return self.stream.write_all(answer) };
        tls.writer().write_all(answer)?;
        while tls.wants_write() {
            tls.write_tls(&mut self.stream)?;
        }
        Ok(())
    }
}

/// The length of the first request if it is whole.
fn whole_request(input: &[u8]) -> Option<usize> {
    const LENGTH: &[u8] = b"content-length:";
    let head = input.windows(4).position(|four| four == b"\r\n\r\n")? + 4;
    let mut body = 0;
    for line in input[..head].split(|byte| *byte == b'\n') {
        let Some((name, value)) = line.split_at_checked(LENGTH.len()) else { continue };
        if name.eq_ignore_ascii_case(LENGTH) {
            body = std::str::from_utf8(value.trim_ascii()).ok()?.parse().ok()?;
        }
    }
    (input.len() >= head + body).then_some(head + body)
}

/// A certificate for 127.0.0.1; that of its authority goes into the file. Every handshake is a full one.
fn tls(authority_file: &Path) -> Result<Arc<ServerConfig>, Box<dyn Error + Send + Sync>> {
    let (mut config, authority) = identity()?;
    std::fs::write(authority_file, authority)?;
    config.session_storage = Arc::new(NoServerSessionStorage {});
    config.send_tls13_tickets = 0;
    Ok(Arc::new(config))
}
