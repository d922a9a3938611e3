//! E-mail, handed to a mail server over SMTP.

use std::fmt;
use std::time::Duration;

use lettre::message::{Mailbox, MultiPart};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, CertificateStore, Tls, TlsParameters};
use lettre::{AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};
use tokio::time::Instant;

use super::content::{one_line, shortened};
use super::retry::{Undelivered, retry};
use super::{Alert, IncidentData, Secret};
use crate::redact::Redactor;

/// Characters of a server's answer that a note of a failure shows.
const SHOWN: usize = 160;

/// A mail server, and whom it is to send to.
pub struct Email {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
    to: Vec<Mailbox>,
    incident_data: IncidentData,
    redactor: Redactor,
}

/// How the connection to the mail server is kept private.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encryption {
    /// It begins in plain text and must change to TLS before anything is said: port 587.
    StartTls,
    /// It is TLS from the beginning: port 465.
    Tls,
    /// It is not: port 25, for a mail server on this machine.
    None,
}

impl Encryption {
    const fn port(self) -> u16 {
        match self {
            Self::StartTls => 587,
            Self::Tls => 465,
            Self::None => 25,
        }
    }
}

/// A setting of e-mail that can't be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{key}` {problem}")]
pub struct InvalidEmail {
    /// Its key.
    pub key: &'static str,
    /// What is wrong with it.
    pub problem: String,
}

/// What e-mail is set up from.
#[derive(Debug)]
pub struct EmailSettings<'text> {
    /// The mail server.
    pub host: &'text str,
    /// Its port, the usual one of the encryption if none.
    pub port: Option<u16>,
    /// How the connection is kept private.
    pub encryption: Encryption,
    /// A certificate authority that is trusted besides the built-in ones, PEM.
    pub cacert: Option<&'text [u8]>,
    /// User name and password, where the server wants them.
    pub login: Option<(String, &'text Secret)>,
    /// The sender.
    pub from: &'text str,
    /// The recipients, one at least.
    pub to: &'text [String],
    /// How long one try may take.
    pub try_time: Duration,
    /// What the mail's `incident-data` says besides the alert.
    pub incident_data: IncidentData,
}

impl Email {
    /// Prepares the way to a mail server.
    ///
    /// # Errors
    /// When an address or a certificate can't be used, or a password would be sent in plain text.
    pub fn new(settings: EmailSettings<'_>) -> Result<Self, InvalidEmail> {
        let invalid = |key: &'static str, problem: &str| InvalidEmail { key, problem: problem.to_owned() };
        let mailbox = |key: &'static str, text: &str| {
            text.parse::<Mailbox>()
                .map_err(|error| InvalidEmail { key, problem: format!("is no address: {text}: {error}") })
        };
        let to = settings.to.iter().map(|text| mailbox("to", text)).collect::<Result<Vec<_>, _>>()?;
        if to.is_empty() {
            return Err(invalid("to", "names nobody"));
        }
        if settings.encryption == Encryption::None && settings.login.is_some() {
            return Err(invalid("encryption", "is none, and a password is not sent in plain text"));
        }
        let encryption = match settings.encryption {
            Encryption::StartTls => Tls::Required(tls(&settings)?),
            Encryption::Tls => Tls::Wrapper(tls(&settings)?),
            Encryption::None => Tls::None,
        };
        let mut builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(settings.host)
            .port(settings.port.unwrap_or_else(|| settings.encryption.port()))
            .timeout(Some(settings.try_time))
            .tls(encryption);
        let mut redactor = Redactor::default();
        if let Some((user, password)) = settings.login {
            redactor = redactor.and(password.expose());
            builder = builder.credentials(Credentials::new(user, password.expose().to_owned()));
        }
        Ok(Self {
            transport: builder.build(),
            from: mailbox("from", settings.from)?,
            to,
            incident_data: settings.incident_data,
            redactor,
        })
    }

    /// Hands the mail server an alert. Every try has the same Message-ID.
    ///
    /// # Errors
    /// When it was not taken before `until`.
    pub(super) async fn send(&self, alert: &Alert, until: Instant) -> Result<(), Undelivered> {
        let mail = self
            .mail(alert)
            .map_err(|error| Undelivered::lasting(format!("the mail can't be written: {error}")))?;
        retry(until, async || {
            let sent = self.transport.send(mail.clone()).await;
            sent.map(|_| ()).map_err(|error| {
                let problem = self.problem(&error);
                if error.is_permanent() {
                    Undelivered::lasting(problem)
                } else {
                    Undelivered::passing(problem)
                }
            })
        })
        .await
    }

    fn mail(&self, alert: &Alert) -> Result<Message, lettre::error::Error> {
        let domain = self.from.email.domain();
        let mut mail = Message::builder()
            .message_id(Some(format!("<{}@{domain}>", alert.key)))
            .references(format!("<{}@{domain}>", alert.incident))
            .from(self.from.clone())
            .subject(one_line(&alert.title()));
        for to in &self.to {
            mail = mail.to(to.clone());
        }
        let text = format!("{}\n\n{}\n", alert.title(), alert.body());
        let html = format!(
            "<!doctype html>\n<html><body><pre>{}</pre>{}</body></html>\n",
            text.replace('&', "&amp;").replace('<', "&lt;"),
            self.incident_data.element(alert)
        );
        mail.multipart(MultiPart::alternative_plain_html(text, html))
    }

    /// What the library says, with what it was caused by, without secrets.
    fn problem(&self, error: &(dyn std::error::Error + 'static)) -> String {
        let causes = std::iter::successors(Some(error), |error| error.source());
        let mut texts: Vec<String> = causes.map(ToString::to_string).collect();
        texts.dedup_by(|later, earlier| earlier.contains(later.as_str()));
        shortened(&one_line(&self.redactor.redact_text(&texts.join(": "))), SHOWN)
    }
}

fn tls(settings: &EmailSettings<'_>) -> Result<TlsParameters, InvalidEmail> {
    let invalid = |key, problem: String| InvalidEmail { key, problem };
    let mut parameters = TlsParameters::builder(settings.host.to_owned())
        // The list that the probe itself trusts.
        .certificate_store(CertificateStore::WebpkiRoots);
    if let Some(pem) = settings.cacert {
        let authority =
            Certificate::from_pem(pem).map_err(|error| invalid("cacert", format!("is not PEM: {error}")))?;
        parameters = parameters.add_root_certificate(authority);
    }
    parameters.build().map_err(|error| invalid("host", format!("can't be verified: {error}")))
}

impl fmt::Debug for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Email").field("from", &self.from).field("to", &self.to).finish_non_exhaustive()
    }
}
