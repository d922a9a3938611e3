//! A DNS server that answers as told, over UDP and TCP on one port.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use hickory_resolver::proto::op::{Message, ResponseCode};
use hickory_resolver::proto::rr::rdata::{A, AAAA, CNAME};
use hickory_resolver::proto::rr::{Name, RData, Record, RecordType};
use rehearsal::transport::{DnsSettings, Settings};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, UdpSocket};

/// What to send back for a question.
pub(super) enum Reply {
    /// A response with this code and these answers.
    Answer(ResponseCode, Vec<Record>),
    /// A response that says that it was cut short.
    Truncated,
    /// These bytes instead of a response; the first two are replaced by the question's number if `fits`.
    Bytes { bytes: Vec<u8>, fits: bool },
    /// Over TCP these bytes without the length that goes before a response, then the end of the connection.
    Raw(&'static [u8]),
    /// The response to another question.
    OtherQuestion,
    /// A response that repeats its question twice.
    TwiceTheQuestion,
    /// A response with these answers, over UDP only after a while.
    Late(Duration, Vec<Record>),
    /// Nothing.
    Silence,
}

/// How a question came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Over {
    Udp,
    Tcp,
}

type Answer = Arc<dyn Fn(&str, RecordType, Over) -> Reply + Send + Sync>;

/// Starts a server and gives settings that ask it alone.
pub(super) async fn asking(
    answer: impl Fn(&str, RecordType, Over) -> Reply + Send + Sync + 'static,
) -> (Settings, SocketAddr) {
    let answer: Answer = Arc::new(answer);
    let (udp, tcp) = bind().await;
    let server = udp.local_addr().expect("bound");
    tokio::spawn(over_udp(udp, Arc::clone(&answer)));
    tokio::spawn(over_tcp(tcp, answer));
    let dns = DnsSettings { server: Some(server), ..DnsSettings::default() };
    (Settings { dns, ..Settings::default() }, server)
}

async fn bind() -> (UdpSocket, TcpListener) {
    loop {
        let udp = UdpSocket::bind("127.0.0.1:0").await.expect("a free port");
        if let Ok(tcp) = TcpListener::bind(udp.local_addr().expect("bound")).await {
            return (udp, tcp);
        }
    }
}

async fn over_udp(socket: UdpSocket, answer: Answer) {
    let mut buffer = [0; 4096];
    let socket = Arc::new(socket);
    while let Ok((count, from)) = socket.recv_from(&mut buffer).await {
        let Some(response) = respond(&buffer[..count], &answer, Over::Udp) else { continue };
        let socket = Arc::clone(&socket);
        tokio::spawn(async move {
            tokio::time::sleep(response.delay).await;
            socket.send_to(&response.bytes, from).await.ok();
        });
    }
}

async fn over_tcp(listener: TcpListener, answer: Answer) {
    while let Ok((mut stream, _)) = listener.accept().await {
        let answer = Arc::clone(&answer);
        tokio::spawn(async move {
            while let Ok(length) = stream.read_u16().await {
                let mut question = vec![0; length.into()];
                stream.read_exact(&mut question).await.ok();
                let Some(Response { bytes, is_raw, .. }) = respond(&question, &answer, Over::Tcp) else {
                    continue;
                };
                if !is_raw {
                    stream.write_u16(bytes.len().try_into().expect("short")).await.ok();
                }
                stream.write_all(&bytes).await.ok();
                if is_raw {
                    return;
                }
            }
        });
    }
}

/// What goes out, and how.
struct Response {
    delay: Duration,
    bytes: Vec<u8>,
    is_raw: bool,
}

fn respond(question: &[u8], answer: &Answer, over: Over) -> Option<Response> {
    let question = Message::from_vec(question).expect("a question");
    let query = question.queries.first().expect("a question").clone();
    let mut response = Message::response(question.id, question.op_code);
    response.add_query(query.clone());
    let name = query.name().to_string();
    let mut delay = Duration::ZERO;
    match answer(name.trim_end_matches('.'), query.query_type(), over) {
        Reply::Answer(code, answers) => {
            response.metadata.response_code = code;
            response.add_answers(answers);
        }
        Reply::Truncated => response.metadata.truncation = true,
        Reply::Bytes { mut bytes, fits } => {
            if fits {
                bytes[..2].copy_from_slice(&question.id.to_be_bytes());
            }
            return Some(Response { delay, bytes, is_raw: false });
        }
        Reply::Raw(bytes) => return Some(Response { delay, bytes: bytes.to_vec(), is_raw: true }),
        Reply::OtherQuestion => {
            let mut other = query;
            other.set_name(Name::from_ascii("another.name.").expect("a name"));
            response.queries = vec![other];
        }
        Reply::TwiceTheQuestion => {
            response.add_query(query);
        }
        Reply::Late(late, answers) => {
            delay = late;
            response.add_answers(answers);
        }
        Reply::Silence => return None,
    }
    Some(Response { delay, bytes: response.to_vec().expect("a response"), is_raw: false })
}

/// A response without answers.
pub(super) fn code(code: ResponseCode) -> Reply {
    Reply::Answer(code, Vec::new())
}

/// No data.
pub(super) fn nothing() -> Reply {
    code(ResponseCode::NoError)
}

/// A response with these records.
pub(super) fn records(records: impl IntoIterator<Item = Record>) -> Reply {
    Reply::Answer(ResponseCode::NoError, records.into_iter().collect())
}

/// An address record with a time to live of 60 s.
pub(super) fn address(name: &str, address: impl Into<IpAddr>) -> Record {
    let data = match address.into() {
        IpAddr::V4(address) => RData::A(A(address)),
        IpAddr::V6(address) => RData::AAAA(AAAA(address)),
    };
    Record::from_rdata(fqdn(name), 60, data)
}

/// A CNAME record with a time to live of 30 s.
pub(super) fn alias(name: &str, target: &str) -> Record {
    Record::from_rdata(fqdn(name), 30, RData::CNAME(CNAME(fqdn(target))))
}

fn fqdn(name: &str) -> Name {
    Name::from_ascii(format!("{name}.")).expect("a name")
}
