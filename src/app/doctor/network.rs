//! What one request tells about name, address, connection and certificate.

use jiff::Timestamp;

use super::diagnosis::{Area, Diagnosis};
use crate::atlassian::BaseUrl;
use crate::codes::{Code, FailureCause, Family};
use crate::outcome::Outcome;
use crate::transport::{Answer, Certificate, Exchange, FamilyAnswer, Source, TlsSession};

/// Certificates with fewer days left deserve a warning.
const DAYS_TO_WARN: i64 = 30;

/// The name of what became of a request.
pub(super) fn code(outcome: Outcome) -> Code {
    match outcome {
        Outcome::Responded { status } => Code::Status(status),
        Outcome::Failed { cause, .. } | Outcome::NotSent { cause } => Code::Failure(cause),
    }
}

/// What the exchange tells, phase by phase.
pub(super) fn examine(exchange: &Exchange, base: &BaseUrl) -> Vec<Diagnosis> {
    let mut diagnoses = Vec::new();
    if let Some(resolution) = &exchange.resolution
        && !matches!(resolution.source, Source::Literal)
    {
        diagnoses.extend(resolution.families.iter().map(|family| answer(&resolution.name, family)));
    }
    if let Outcome::Failed { cause, .. } = exchange.outcome() {
        diagnoses.push(failure(cause, exchange));
    } else if let Some(peer) = &exchange.peer {
        diagnoses.push(Diagnosis::good(Area::Connection, format!("{base} answers at {}", peer.address)));
    }
    match exchange.peer.as_ref().and_then(|peer| peer.tls.as_ref()) {
        Some(session) => diagnoses.extend(tls(session)),
        None if base.url().scheme() == "http" => diagnoses.push(Diagnosis::warning(
            Area::Tls,
            "the app is reached over plain http",
            "That is fine on your own machine; Atlassian installs apps with https base URLs only.",
        )),
        None => {}
    }
    diagnoses.extend(
        exchange
            .advisories
            .iter()
            .map(|advisory| Diagnosis::warning(Area::Connection, advisory.to_string(), "")),
    );
    diagnoses
}

fn answer(name: &str, family: &FamilyAnswer) -> Diagnosis {
    match &family.answer {
        Answer::Addresses(addresses) => {
            let addresses = addresses.iter().map(|(address, ttl)| match ttl {
                Some(ttl) => format!("{address} (TTL {} s)", ttl.as_secs()),
                None => address.to_string(),
            });
            let addresses = addresses.collect::<Vec<_>>().join(", ");
            Diagnosis::good(Area::Dns, format!("{name} {} {addresses}", family.record))
        }
        // One family is enough: that both failed is told by the exchange's own failure.
        Answer::Failed { cause, detail } => {
            Diagnosis::info(Area::Dns, format!("{name} {}: {cause}: {detail}", family.record))
        }
        Answer::Outrun => Diagnosis::info(Area::Dns, format!("{name} {}: not waited for", family.record)),
    }
}

fn failure(cause: FailureCause, exchange: &Exchange) -> Diagnosis {
    let entry = cause.entry();
    let area = match entry.family {
        Family::Dns => Area::Dns,
        Family::Tls => Area::Tls,
        Family::Good
        | Family::Status
        | Family::Connect
        | Family::Timeout
        | Family::Http
        | Family::Probe
        | Family::Unrecognised => Area::Connection,
    };
    let detail = exchange.failure().map(|failure| failure.detail.as_str()).unwrap_or_default();
    Diagnosis::error(area, format!("{cause}: {} ({detail})", entry.meaning), entry.remedy)
}

fn tls(session: &TlsSession) -> Vec<Diagnosis> {
    let mut diagnoses = Vec::new();
    if let (Some(version), Some(suite)) = (session.version, session.suite) {
        diagnoses.push(Diagnosis::good(Area::Tls, format!("{version} with {suite}")));
    }
    if let Some(leaf) = session.chain.first() {
        diagnoses.push(validity(leaf));
    }
    for certificate in session.chain.iter() {
        diagnoses.extend(
            certificate.problems.iter().map(|problem| {
                Diagnosis::error(Area::Tls, format!("{}: {problem}", certificate.subject), "")
            }),
        );
    }
    diagnoses
}

fn validity(leaf: &Certificate) -> Diagnosis {
    let names = leaf.names.join(", ");
    let Some(until) = leaf.not_after else {
        return Diagnosis::info(Area::Tls, format!("the certificate for {names} can't be read"));
    };
    let days = until.duration_since(Timestamp::now()).as_hours() / 24;
    let finding = format!("the certificate for {names} is valid for {days} more days, until {until}");
    if days < DAYS_TO_WARN {
        Diagnosis::warning(Area::Tls, finding, "Renew it, and see why it was not renewed by itself.")
    } else {
        Diagnosis::good(Area::Tls, finding)
    }
}
