//! A small DNS server on loopback, UDP and TCP, that answers as it is told to.

use std::collections::BTreeMap;
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use hickory_resolver::proto::op::{Message, OpCode, Query, ResponseCode};
use hickory_resolver::proto::rr::rdata::{CNAME, SOA};
use hickory_resolver::proto::rr::{Name, RData, Record, RecordType};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream, UdpSocket};
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::sleep;

use crate::serve::StartError;

/// The name under which apps are reached through the responder. `.test` is reserved for this (RFC 6761).
pub(super) const HOST: &str = "app.rehearsal.test";

/// No DNS message.
const RUBBISH: &[u8] = b"rubbish";

/// How long answers may be kept, in seconds.
const TTL_SECONDS: u32 = 60;

/// The answer to one question.
#[derive(Debug, Clone)]
pub(super) enum Answer {
    /// These addresses.
    Addresses(Vec<IpAddr>),
    /// An alias, and nothing about what it stands for.
    Alias(&'static str),
    /// A chain of aliases, and the addresses at its end.
    Chain(&'static [&'static str], Vec<IpAddr>),
    /// A chain of aliases that ends at a name that does not exist.
    Dangling(&'static str),
    /// The name exists, but has no such record.
    NoData,
    /// An error.
    Error(ResponseCode),
    /// No answer at all.
    Silence,
    /// A message that breaks off in the middle of a record.
    Malformed,
    /// A few bytes that are no DNS message.
    Rubbish,
    /// A good answer under another id.
    OtherId,
    /// A good answer to another question.
    OtherQuestion,
    /// The addresses, after this many beats.
    Late(u32, Vec<IpAddr>),
}

/// How an answer goes out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Delivery {
    /// Whole.
    Whole,
    /// Over UDP truncated, so that the question has to be asked again over TCP.
    WholeOverTcpOnly,
    /// Over UDP truncated, and over TCP not at all.
    TruncatedOnly,
    /// Over UDP truncated, and over TCP a few bytes that are no DNS message.
    RubbishOverTcp,
}

/// What the responder knows: answers by name and record type. It knows no other names.
#[derive(Debug, Clone)]
pub(super) struct Zone {
    answers: BTreeMap<(String, RecordType), Answer>,
    delivery: Delivery,
}

impl Zone {
    /// A zone with the answers for [`HOST`].
    pub(super) fn new(a: Answer, aaaa: Answer) -> Self {
        let zone = Self { answers: BTreeMap::new(), delivery: Delivery::Whole };
        zone.with(HOST, a, aaaa)
    }

    /// Adds the answers for another name.
    pub(super) fn with(mut self, name: &str, a: Answer, aaaa: Answer) -> Self {
        self.answers.insert((name.to_owned(), RecordType::A), a);
        self.answers.insert((name.to_owned(), RecordType::AAAA), aaaa);
        self
    }

    pub(super) fn delivered(mut self, delivery: Delivery) -> Self {
        self.delivery = delivery;
        self
    }

    fn find(&self, query: &Query) -> Answer {
        let name = query.name().to_ascii().trim_end_matches('.').to_ascii_lowercase();
        let find = |kind| self.answers.get(&(name.clone(), kind));
        match (query.query_type(), find(RecordType::A)) {
            (RecordType::CNAME, Some(Answer::Alias(alias) | Answer::Chain([alias, ..], _))) => {
                Answer::Alias(alias)
            }
            (kind, Some(_)) => find(kind).cloned().unwrap_or(Answer::NoData),
            (_, None) => Answer::Error(ResponseCode::NXDomain),
        }
    }
}

/// A responder, answering until it is stopped or dropped.
#[derive(Debug)]
pub(super) struct DnsResponder {
    address: SocketAddr,
    task: JoinHandle<()>,
}

impl DnsResponder {
    /// Answers from `zone` on a free port of loopback.
    pub(super) async fn start(zone: Zone, pace: Duration) -> Result<Self, StartError> {
        let any = (Ipv4Addr::LOCALHOST, 0).into();
        let (udp, tcp) = bind_both().await.map_err(|source| StartError::listen(any, source))?;
        let address = udp.local_addr().map_err(|source| StartError::listen(any, source))?;
        let zone = Arc::new(zone);
        let task = tokio::spawn(async move {
            tokio::join!(serve_udp(udp, Arc::clone(&zone), pace), serve_tcp(tcp, zone, pace));
        });
        Ok(Self { address, task })
    }

    /// Answers that [`HOST`] is at 127.0.0.1.
    pub(super) async fn loopback(pace: Duration) -> Result<Self, StartError> {
        let here = Answer::Addresses(vec![Ipv4Addr::LOCALHOST.into()]);
        Self::start(Zone::new(here, Answer::NoData), pace).await
    }

    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }

    pub(super) async fn stop(mut self) {
        self.task.abort();
        // It ends by being aborted; waiting makes sure that the port is free.
        let _ = (&mut self.task).await;
    }
}

impl Drop for DnsResponder {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Takes the same port for both protocols. One that is free for UDP may be taken for TCP.
async fn bind_both() -> io::Result<(UdpSocket, TcpListener)> {
    const TRIES: usize = 20;
    let mut last = None;
    for _ in 0..TRIES {
        let udp = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        match TcpListener::bind(udp.local_addr()?).await {
            Ok(tcp) => return Ok((udp, tcp)),
            Err(error) => last = Some(error),
        }
    }
    Err(last.unwrap_or_else(|| io::ErrorKind::AddrInUse.into()))
}

async fn serve_udp(socket: UdpSocket, zone: Arc<Zone>, pace: Duration) {
    let socket = Arc::new(socket);
    let mut answers = JoinSet::new();
    let mut buffer = [0; 4096];
    loop {
        tokio::select! {
            Some(_) = answers.join_next() => {}
            Ok((length, peer)) = socket.recv_from(&mut buffer) => {
                let question = buffer[..length].to_vec();
                let (socket, zone) = (Arc::clone(&socket), Arc::clone(&zone));
                answers.spawn(async move {
                    let truncated = zone.delivery != Delivery::Whole;
                    if let Some(reply) = reply(&zone, &question, truncated, pace).await {
                        // A peer that is gone needs no answer.
                        let _ = socket.send_to(&reply, peer).await;
                    }
                });
            }
        }
    }
}

async fn serve_tcp(listener: TcpListener, zone: Arc<Zone>, pace: Duration) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            Some(_) = connections.join_next() => {}
            Ok((stream, _)) = listener.accept() => {
                connections.spawn(serve_stream(stream, Arc::clone(&zone), pace));
            }
        }
    }
}

/// Over TCP each message comes after its length in two bytes (RFC 1035, section 4.2.2).
async fn serve_stream(mut stream: TcpStream, zone: Arc<Zone>, pace: Duration) -> io::Result<()> {
    loop {
        let mut question = vec![0; usize::from(stream.read_u16().await?)];
        stream.read_exact(&mut question).await?;
        let reply = match zone.delivery {
            Delivery::Whole | Delivery::WholeOverTcpOnly => reply(&zone, &question, false, pace).await,
            Delivery::TruncatedOnly => None,
            Delivery::RubbishOverTcp => Some(RUBBISH.to_vec()),
        };
        if let Some(reply) = reply {
            stream.write_u16(u16::try_from(reply.len()).map_err(io::Error::other)?).await?;
            stream.write_all(&reply).await?;
        }
    }
}

async fn reply(zone: &Zone, question: &[u8], truncated: bool, pace: Duration) -> Option<Vec<u8>> {
    let question = Message::from_vec(question).ok()?;
    let query = question.queries.first()?;
    let mut answer = Message::response(question.metadata.id, OpCode::Query);
    answer.metadata.recursion_desired = question.metadata.recursion_desired;
    answer.metadata.recursion_available = true;
    answer.add_query(query.clone());
    match zone.find(query) {
        Answer::Addresses(addresses) => add_addresses(&mut answer, query.name(), addresses),
        Answer::Alias(alias) => {
            add_aliases(&mut answer, query.name(), &[alias]);
        }
        Answer::Chain(aliases, addresses) => {
            let last = add_aliases(&mut answer, query.name(), aliases);
            add_addresses(&mut answer, &last, addresses);
        }
        Answer::Dangling(alias) => {
            add_aliases(&mut answer, query.name(), &[alias]);
            answer.metadata.response_code = ResponseCode::NXDomain;
            add_authority(&mut answer);
        }
        Answer::NoData => add_authority(&mut answer),
        Answer::Error(code) => {
            answer.metadata.response_code = code;
            if code == ResponseCode::NXDomain {
                add_authority(&mut answer);
            }
        }
        Answer::Silence => return None,
        Answer::Malformed => {
            add_addresses(&mut answer, query.name(), vec![Ipv4Addr::LOCALHOST.into()]);
            let mut bytes = answer.to_vec().ok()?;
            bytes.truncate(bytes.len() - 6);
            return Some(bytes);
        }
        Answer::Rubbish => return Some(RUBBISH.to_vec()),
        Answer::OtherId => {
            answer.metadata.id = answer.metadata.id.wrapping_add(1);
            add_addresses(&mut answer, query.name(), vec![Ipv4Addr::LOCALHOST.into()]);
        }
        Answer::OtherQuestion => {
            let other = absolute("other.rehearsal.test");
            add_addresses(&mut answer, &other, vec![Ipv4Addr::LOCALHOST.into()]);
            answer.queries = vec![Query::query(other, query.query_type())];
        }
        Answer::Late(beats, addresses) => {
            sleep(pace * beats).await;
            add_addresses(&mut answer, query.name(), addresses);
        }
    }
    if truncated { answer.truncate().to_vec().ok() } else { answer.to_vec().ok() }
}

fn add_addresses(message: &mut Message, name: &Name, addresses: Vec<IpAddr>) {
    for address in addresses {
        let data = match address {
            IpAddr::V4(address) => RData::A(address.into()),
            IpAddr::V6(address) => RData::AAAA(address.into()),
        };
        message.add_answer(Record::from_rdata(name.clone(), TTL_SECONDS, data));
    }
}

/// Adds a chain of aliases, and returns the last one.
fn add_aliases(message: &mut Message, name: &Name, aliases: &[&str]) -> Name {
    let mut owner = name.clone();
    for alias in aliases {
        let alias = absolute(alias);
        message.add_answer(Record::from_rdata(owner, TTL_SECONDS, RData::CNAME(CNAME(alias.clone()))));
        owner = alias;
    }
    owner
}

/// Negative answers carry the zone's SOA, which says how long they may be kept (RFC 2308).
fn add_authority(message: &mut Message) {
    let zone = absolute("rehearsal.test");
    let soa =
        SOA::new(absolute("ns.rehearsal.test"), absolute("hostmaster.rehearsal.test"), 1, 60, 60, 60, 60);
    message.add_authority(Record::from_rdata(zone, TTL_SECONDS, RData::SOA(soa)));
}

fn absolute(name: &str) -> Name {
    let mut name = Name::from_ascii(name).expect("the names of this bench are plain host names");
    name.set_fqdn(true);
    name
}
