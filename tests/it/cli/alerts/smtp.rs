//! A small mail server: SMTP (RFC 5321) with STARTTLS, TLS from the beginning, and AUTH PLAIN and LOGIN.

use std::sync::{Arc, Mutex};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

use crate::serve::identity_pem;

/// How the server is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    StartTls,
    Tls,
    Plain,
}

/// A mail that was handed over.
#[derive(Debug, Clone, Default)]
pub(super) struct Mail {
    pub(super) from: String,
    pub(super) to: Vec<String>,
    pub(super) login: Option<String>,
    pub(super) encrypted: bool,
    pub(super) text: String,
}

/// A mail server that keeps what it is given.
pub(super) struct MailServer {
    pub(super) port: u16,
    pub(super) ca_pem: String,
    mails: Arc<Mutex<Vec<Mail>>>,
}

impl MailServer {
    /// Refuses the first `busy` mails for a while (451), and takes the others.
    pub(super) async fn start(way: Way, busy: usize) -> Self {
        let (ca_pem, chain, key) = identity_pem();
        let chain = CertificateDer::pem_slice_iter(chain.as_bytes()).map(Result::unwrap).collect();
        let key = PrivateKeyDer::from_pem_slice(key.as_bytes()).unwrap();
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(chain, key)
            .unwrap();
        let tls = TlsAcceptor::from(Arc::new(config));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let mails = Arc::new(Mutex::new(Vec::new()));
        let post = Post { mails: Arc::clone(&mails), busy: Arc::new(Mutex::new(busy)) };
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                // What a client breaks off is its own affair.
                tokio::spawn(serve(stream, way, tls.clone(), post.clone()));
            }
        });
        Self { port, ca_pem, mails }
    }

    pub(super) fn mails(&self) -> Vec<Mail> {
        self.mails.lock().unwrap().clone()
    }
}

#[derive(Clone)]
struct Post {
    mails: Arc<Mutex<Vec<Mail>>>,
    busy: Arc<Mutex<usize>>,
}

impl Post {
    /// What DATA is answered.
    fn take(&self, mail: Mail) -> &'static str {
        let mut busy = self.busy.lock().unwrap();
        if *busy > 0 {
            *busy -= 1;
            return "451 try again later";
        }
        self.mails.lock().unwrap().push(mail);
        "250 taken"
    }
}

async fn serve(stream: TcpStream, way: Way, tls: TlsAcceptor, post: Post) -> std::io::Result<()> {
    if way == Way::Tls {
        return talk(
            tls.accept(stream).await?,
            "220 localhost",
            Talk { post, offers_tls: false, encrypted: true },
        )
        .await
        .map(|_| ());
    }
    let plain = Talk { post: post.clone(), offers_tls: way == Way::StartTls, encrypted: false };
    let Some(stream) = talk(stream, "220 localhost", plain).await? else { return Ok(()) };
    let encrypted = Talk { post, offers_tls: false, encrypted: true };
    talk(tls.accept(stream).await?, "", encrypted).await.map(|_| ())
}

struct Talk {
    post: Post,
    offers_tls: bool,
    encrypted: bool,
}

/// Talks until the client quits, or gives the stream back for STARTTLS.
async fn talk<S: AsyncRead + AsyncWrite + Unpin>(
    stream: S,
    greeting: &str,
    talk: Talk,
) -> std::io::Result<Option<S>> {
    let mut stream = BufReader::new(stream);
    let mut mail = Mail { encrypted: talk.encrypted, ..Mail::default() };
    if !greeting.is_empty() {
        say(&mut stream, greeting).await?;
    }
    while let Some(line) = read(&mut stream).await? {
        let upper = line.to_ascii_uppercase();
        let answer = match upper.split(' ').next().unwrap() {
            "EHLO" if talk.offers_tls => "250-localhost\r\n250 STARTTLS",
            "EHLO" => "250-localhost\r\n250 AUTH PLAIN LOGIN",
            "STARTTLS" => {
                say(&mut stream, "220 go on").await?;
                return Ok(Some(stream.into_inner()));
            }
            "AUTH" => {
                let login = STANDARD.decode(line.rsplit(' ').next().unwrap()).unwrap();
                mail.login = Some(String::from_utf8(login).unwrap());
                if mail.login.as_deref() == Some("\0probe\0mail-pass-4711-0815") {
                    "235 welcome"
                } else {
                    "535 who?"
                }
            }
            "MAIL" => {
                mail.from = address(&line);
                "250 ok"
            }
            "RCPT" => {
                mail.to.push(address(&line));
                "250 ok"
            }
            "DATA" => {
                say(&mut stream, "354 go on").await?;
                mail.text.clear();
                while let Some(line) = read(&mut stream).await? {
                    if line == "." {
                        break;
                    }
                    mail.text += line.strip_prefix('.').unwrap_or(&line);
                    mail.text += "\n";
                }
                talk.post.take(mail.clone())
            }
            "QUIT" => {
                say(&mut stream, "221 bye").await?;
                return Ok(None);
            }
            _ => "250 ok",
        };
        say(&mut stream, answer).await?;
    }
    Ok(None)
}

fn address(line: &str) -> String {
    line.split_once('<').unwrap().1.split_once('>').unwrap().0.to_owned()
}

async fn say(stream: &mut (impl AsyncWrite + Unpin), line: &str) -> std::io::Result<()> {
    stream.write_all(format!("{line}\r\n").as_bytes()).await?;
    stream.flush().await
}

async fn read(stream: &mut (impl AsyncBufReadExt + Unpin)) -> std::io::Result<Option<String>> {
    let mut line = String::new();
    let length = stream.read_line(&mut line).await?;
    Ok((length > 0).then(|| line.trim_end_matches(['\r', '\n']).to_owned()))
}
