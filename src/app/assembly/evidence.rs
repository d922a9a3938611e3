//! From an exchange to the evidence that a report shows.

use std::time::Duration;

use crate::codes::Code;
use crate::outcome::Clock;
use crate::recorder::Callback;
use crate::redact::Redactor;
use crate::report::model::{
    Attempt, Certificate, EarlierTry, Evidence, Header, LookupError, Phases, Record, RequestEvidence,
    Resolution, ResponseEvidence, TlsEvidence,
};
use crate::scenario::Plan;
use crate::transport::{self, Answer, AttemptResult, Deadlines, Exchange, Source};

/// The longest part of a body that evidence shows.
const BODY_START: usize = 2048;

/// The evidence of one callback.
pub(super) fn evidence(
    callback: &Callback,
    plan: &Plan,
    deadlines: &Deadlines,
    redactor: &Redactor,
) -> Evidence {
    let scenario = &plan.scenarios[callback.place.scenario];
    let exchange = callback.exchange.as_deref();
    let failure = exchange.and_then(Exchange::failure);
    let clock = failure.and_then(|failure| failure.clock);
    Evidence {
        scenario: scenario.name.clone(),
        step: scenario.steps[callback.place.step].name.clone(),
        tenant: callback.tenant.to_string(),
        at: callback.at,
        detail: redactor.redact_text(&detail(callback)),
        deadline: clock,
        deadline_us: clock.map(|clock| micros(deadline(deadlines, clock))),
        phases_us: exchange.map(|exchange| Phases::from(&exchange.phases)).unwrap_or_default(),
        address: exchange.and_then(address),
        reused_connection: exchange.is_some_and(|exchange| exchange.reused),
        resolution: exchange.and_then(|exchange| exchange.resolution.as_ref()).map(resolution),
        attempts: exchange
            .map(|exchange| exchange.attempts.iter().map(attempt).collect())
            .unwrap_or_default(),
        tls: exchange.and_then(|exchange| exchange.peer.as_ref()?.tls.as_ref()).map(tls),
        request: Some(request(callback, redactor)),
        response: exchange.and_then(|exchange| response(exchange, redactor)),
        received: exchange.and_then(|exchange| received(exchange, redactor)),
        redirects: exchange
            .map(|exchange| exchange.redirects.iter().map(|hop| redactor.redact_text(&shown(hop))).collect())
            .unwrap_or_default(),
        control: callback.control.said.as_ref().map(|said| redactor.redact_text(said)),
        earlier: callback
            .earlier
            .iter()
            .map(|one| EarlierTry {
                code: one.code.to_string(),
                phase: one.outcome.phase(),
                evidence: evidence(one, plan, deadlines, redactor),
            })
            .collect(),
    }
}

/// Whom we talked to, or tried last.
fn address(exchange: &Exchange) -> Option<String> {
    let tried = exchange.attempts.last().map(|attempt| attempt.address);
    exchange.peer.as_ref().map(|peer| peer.address).or(tried).map(|address| address.to_string())
}

fn detail(callback: &Callback) -> String {
    let exchange = callback.exchange.as_deref();
    let retried = exchange.and_then(|exchange| exchange.retried.as_ref()).map(|retried| {
        format!("first attempt on a kept connection: {}; sent again on a fresh one: ", retried.failure.detail)
    });
    let own = match exchange.and_then(Exchange::failure) {
        Some(failure) if callback.code == Code::Failure(failure.cause) => failure.detail.clone(),
        // It counts as something else: as its status, or as a fault of our own network.
        Some(failure) => format!("{}: {}", failure.cause, failure.detail),
        None => callback.code.entry().meaning.to_owned(),
    };
    retried.unwrap_or_default() + &own
}

const fn deadline(deadlines: &Deadlines, clock: Clock) -> Duration {
    match clock {
        Clock::Connect => deadlines.connect,
        Clock::Idle => deadlines.idle,
        Clock::Total => deadlines.total,
    }
}

fn resolution(resolution: &transport::Resolution) -> Resolution {
    let mut records: Vec<Record> = resolution
        .aliases
        .iter()
        .map(|alias| Record {
            kind: "CNAME".to_owned(),
            value: alias.target.clone(),
            ttl_s: Some(seconds(alias.ttl)),
        })
        .collect();
    let mut errors = Vec::new();
    for family in &resolution.families {
        match &family.answer {
            Answer::Addresses(addresses) => records.extend(addresses.iter().map(|(address, ttl)| Record {
                kind: family.record.to_owned(),
                value: address.to_string(),
                ttl_s: ttl.map(seconds),
            })),
            Answer::Failed { cause, detail } => errors
                .push(LookupError { kind: family.record.to_owned(), error: format!("{cause}: {detail}") }),
            Answer::Outrun => errors.push(LookupError {
                kind: family.record.to_owned(),
                error: "no answer before the other family was connected".to_owned(),
            }),
        }
    }
    let elapsed = resolution.families.iter().map(|family| family.elapsed).max();
    Resolution {
        name: resolution.name.clone(),
        source: Some(source(resolution.source).to_owned()),
        servers: resolution.servers.iter().map(ToString::to_string).collect(),
        elapsed_us: elapsed.map(micros),
        records,
        errors,
    }
}

const fn source(source: Source) -> &'static str {
    match source {
        Source::Literal => "literal",
        Source::Override => "override",
        Source::Hosts => "hosts",
        Source::Dns => "dns",
        Source::Cache => "cache",
    }
}

fn attempt(attempt: &transport::Attempt) -> Attempt {
    let error = match &attempt.result {
        AttemptResult::Connected => None,
        AttemptResult::Failed { cause, detail } => Some(format!("{cause}: {detail}")),
        AttemptResult::GivenUp => Some("given up when another address answered first".to_owned()),
    };
    Attempt { address: attempt.address.to_string(), elapsed_us: micros(attempt.elapsed), error }
}

fn tls(session: &transport::TlsSession) -> TlsEvidence {
    TlsEvidence {
        version: session.version.map(str::to_owned),
        suite: session.suite.map(str::to_owned),
        alpn: session.alpn.clone(),
        chain: session.chain.iter().map(certificate).collect(),
    }
}

fn certificate(certificate: &transport::Certificate) -> Certificate {
    Certificate {
        subject: certificate.subject.clone(),
        issuer: certificate.issuer.clone(),
        names: certificate.names.clone(),
        not_before: certificate.not_before,
        not_after: certificate.not_after,
        serial: Some(certificate.serial.clone()),
        key: Some(certificate.key.clone()),
        signature: Some(certificate.signature.clone()),
        sha256: certificate.fingerprint.clone(),
        problems: certificate.problems.clone(),
    }
}

fn request(callback: &Callback, redactor: &Redactor) -> RequestEvidence {
    let headers = callback.exchange.iter().flat_map(|exchange| exchange.request.headers.iter());
    RequestEvidence {
        method: callback.asked.method.to_owned(),
        url: redactor.redact_text(callback.asked.url.as_str()),
        headers: headers
            .map(|(name, value)| {
                let shown = if value.is_sensitive() {
                    "(redacted)".into()
                } else {
                    String::from_utf8_lossy(value.as_bytes())
                };
                Header { name: name.to_string(), value: redactor.redact_header(name.as_str(), &shown) }
            })
            .collect(),
    }
}

fn response(exchange: &Exchange, redactor: &Redactor) -> Option<ResponseEvidence> {
    let head = exchange.head.as_ref()?;
    let headers = head.headers.iter().map(|(name, value)| Header {
        name: name.to_string(),
        value: redactor.redact_header(name.as_str(), &String::from_utf8_lossy(value.as_bytes())),
    });
    let body = exchange.end.as_ref().ok();
    Some(ResponseEvidence {
        status: head.status.as_u16(),
        version: Some(format!("{:?}", head.version)),
        headers: headers.collect(),
        body_start: redactor.redact_text(&start(exchange.response_start())),
        body_bytes: body.map(|body| body.length),
    })
}

/// What came in place of a response.
fn received(exchange: &Exchange, redactor: &Redactor) -> Option<String> {
    let is_in_place = exchange.head.is_none() && !exchange.received.is_empty();
    is_in_place.then(|| redactor.redact_text(&start(&exchange.received)))
}

fn start(bytes: &[u8]) -> String {
    String::from_utf8_lossy(&bytes[..bytes.len().min(BODY_START)]).into_owned()
}

fn shown(hop: &transport::Hop) -> String {
    format!("{} {} -> {}", hop.status, hop.from, hop.to)
}

fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}

fn seconds(duration: Duration) -> u32 {
    u32::try_from(duration.as_secs()).unwrap_or(u32::MAX)
}
