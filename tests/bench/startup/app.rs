//! The smallest app a probe can visit, which looks at the clock when bytes arrive and holds its first
//! answer back.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::time::Instant;

use rustls::{ServerConfig, ServerConnection, StreamOwned};

use crate::identity::identity;

/// An app behind a listening socket, plain or with TLS.
pub(crate) struct App {
    listener: TcpListener,
    address: SocketAddr,
    tls: Option<Arc<ServerConfig>>,
}

/// What the app saw of one probe.
pub(crate) struct Visit<M> {
    /// When the first byte of the request for the descriptor arrived.
    pub(crate) descriptor_asked: Instant,
    /// When the first byte of the first callback arrived.
    pub(crate) called_back: Instant,
    /// What was measured while the probe waited for the answer to that callback.
    pub(crate) measured: M,
}

impl App {
    /// An app over plain HTTP.
    pub(crate) fn plain() -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let address = listener.local_addr()?;
        Ok(Self { listener, address, tls: None })
    }

    /// An app over TLS, and the certificate in PEM of the authority to trust.
    pub(crate) fn behind_tls() -> io::Result<(Self, String)> {
        let (config, authority) = identity().map_err(io::Error::other)?;
        Ok((Self { tls: Some(Arc::new(config)), ..Self::plain()? }, authority))
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    pub(crate) fn base_url(&self) -> String {
        let scheme = if self.tls.is_some() { "https" } else { "http" };
        format!("{scheme}://{}", self.address)
    }

    /// Serves one probe until a connection says nothing, which is how the end of the probe is told.
    ///
    /// # Errors
    /// When the probe left before its first callback, or could not be measured.
    pub(crate) fn serve<M>(&self, measure: impl Fn() -> io::Result<M>) -> io::Result<Visit<M>> {
        let mut descriptor_asked = None;
        let mut called_back = None;
        loop {
            let (stream, _) = self.listener.accept()?;
            let mut stream = self.over_tls(stream)?;
            let Some(request) = Request::read(&mut stream)? else { break };
            let answer = if request.line.starts_with("GET /atlassian-connect.json ") {
                descriptor_asked.get_or_insert(request.first_byte);
                let descriptor = descriptor(&self.base_url());
                format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{descriptor}", descriptor.len())
            } else {
                if called_back.is_none() {
                    called_back = Some((request.first_byte, measure()?));
                }
                "HTTP/1.1 204 No Content\r\n\r\n".to_owned()
            };
            stream.write_all(answer.as_bytes())?;
            stream.flush()?;
        }
        let (Some(descriptor_asked), Some((called_back, measured))) = (descriptor_asked, called_back) else {
            return Err(io::Error::other("the probe left before its first callback"));
        };
        Ok(Visit { descriptor_asked, called_back, measured })
    }

    fn over_tls(&self, stream: TcpStream) -> io::Result<Box<dyn Duplex>> {
        Ok(match &self.tls {
            Some(config) => {
                let connection = ServerConnection::new(Arc::clone(config)).map_err(io::Error::other)?;
                Box::new(StreamOwned::new(connection, stream))
            }
            None => Box::new(stream),
        })
    }
}

trait Duplex: Read + Write {}

impl<T: Read + Write> Duplex for T {}

struct Request {
    first_byte: Instant,
    line: String,
}

impl Request {
    /// Reads a request, its body included; none if the peer says nothing.
    fn read(stream: &mut impl Read) -> io::Result<Option<Self>> {
        let mut reader = BufReader::new(stream);
        if reader.fill_buf().map_or(true, <[u8]>::is_empty) {
            return Ok(None);
        }
        let first_byte = Instant::now();
        let mut line = String::new();
        reader.read_line(&mut line)?;
        let mut length = 0;
        loop {
            let mut header = String::new();
            reader.read_line(&mut header)?;
            let header = header.trim_end().to_ascii_lowercase();
            if header.is_empty() {
                break;
            }
            if let Some(value) = header.strip_prefix("content-length:") {
                length = value.trim().parse().map_err(io::Error::other)?;
            }
        }
        io::copy(&mut reader.take(length), &mut io::sink())?;
        Ok(Some(Self { first_byte, line }))
    }
}

fn descriptor(base_url: &str) -> String {
    format!(
        r#"{{
    "key": "benchmark",
    "name": "Benchmark",
    "baseUrl": "{base_url}",
    "authentication": {{ "type": "jwt" }},
    "apiMigrations": {{ "signed-install": true }},
    "lifecycle": {{
        "installed": "/installed", "enabled": "/enabled", "disabled": "/disabled", "uninstalled": "/uninstalled"
    }}
}}"#
    )
}
