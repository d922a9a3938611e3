//! What an answer shows besides its code, and what of it is kept.

use std::borrow::Cow;

use bytes::Bytes;
use hyper::header::{AUTHORIZATION, HeaderValue};

use crate::atlassian::tenant::Reception;
use crate::atlassian::{SharedSecret, Tenant};
use crate::codes::Code;
use crate::outcome::Outcome;
use crate::recorder::Check;
use crate::redact::Redactor;
use crate::scenario::{Callback, Event, Expectation};
use crate::transport::Exchange;
use crate::verdict::Trust;

/// Whether the answer is the expected one. Events of the success rate have their verdict instead, and an app that
/// does not trust us is expected to refuse.
pub(super) fn as_expected(callback: &Callback, trust: Trust, outcome: Outcome, code: Code) -> Option<Check> {
    if callback.counted || trust == Trust::None {
        return None;
    }
    let passed = outcome.status().is_some_and(|status| callback.expect.is_met_by(status));
    let expected = match &callback.expect {
        Expectation::Success => "200 or 204".to_owned(),
        Expectation::Refusal => "a 4xx status".to_owned(),
        Expectation::Statuses(statuses) => {
            statuses.iter().map(u16::to_string).collect::<Vec<_>>().join(" or ")
        }
    };
    let detail = format!("{code} where {expected} was expected");
    Some(Check { name: "answered as expected", passed, detail: Cow::Owned(detail) })
}

/// Whether the app keeps the secret to itself.
pub(super) fn secret_kept(callback: &Callback, tenant: &Tenant, exchange: &Exchange) -> Option<Check> {
    if callback.event != Event::Installed || exchange.head.is_none() {
        return None;
    }
    let whole = exchange.end.as_ref().map_or(&exchange.received, |body| &body.start);
    let headers = exchange.head.iter().flat_map(|head| head.headers.values().map(HeaderValue::as_bytes));
    let hops = exchange.redirects.iter().map(|hop| hop.to.as_bytes());
    let parts = headers.chain(hops).chain([&whole[..]]);
    let mut parts = parts.filter(|part| part.len() >= SharedSecret::SHORTEST).peekable();
    let echoed = parts.peek().is_some() && {
        let redactor = tenant.redactor();
        parts.map(String::from_utf8_lossy).any(|part| redactor.finds_secret_in(&part))
    };
    let detail = if echoed { "the response holds the shared secret" } else { "it is not in the response" };
    Some(Check { name: "secret kept", passed: !echoed, detail: Cow::Borrowed(detail) })
}

/// How the app took a callback, as far as can be told: what never arrived was not taken.
pub(super) fn reception(outcome: Outcome, exchange: &Exchange) -> Reception {
    match outcome {
        Outcome::Responded { status: 200..=299 } => Reception::Accepted,
        Outcome::Responded { status: 500.. } => Reception::Unknown,
        Outcome::Responded { .. } | Outcome::NotSent { .. } => Reception::Refused,
        Outcome::Failed { .. } if exchange.stamps.first_byte_sent.is_none() => Reception::Refused,
        Outcome::Failed { .. } => Reception::Unknown,
    }
}

/// Lets go of everything that was sent and received.
pub(super) fn forget(exchange: &mut Exchange) {
    exchange.request.forget();
    exchange.received = Bytes::new();
    if let Ok(body) = &mut exchange.end {
        body.start = Bytes::new();
    }
    if let Some(head) = &mut exchange.head {
        head.headers.clear();
    }
}

/// Takes the tenant's secrets, the token and the request's body out of what is kept as evidence.
pub(super) fn redact(exchange: &mut Exchange, redactor: &Redactor) {
    let token = exchange.request.headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    let with_token =
        token.and_then(|value| value.split_once(' ')).map(|(_, token)| redactor.clone().and(token));
    let redactor = with_token.as_ref().unwrap_or(redactor);
    let redacted = |bytes: &Bytes| Bytes::from(redactor.redact_text(&String::from_utf8_lossy(bytes)));
    exchange.request.body = Bytes::new();
    exchange.received = redacted(&exchange.received);
    for hop in &mut exchange.redirects {
        for place in [&mut hop.from, &mut hop.to] {
            *place = redactor.redact_text(place);
        }
    }
    if let Ok(body) = &mut exchange.end {
        body.start = redacted(&body.start);
    }
    for (name, value) in exchange.head.iter_mut().flat_map(|head| head.headers.iter_mut()) {
        let text = redactor.redact_header(name.as_str(), &String::from_utf8_lossy(value.as_bytes()));
        if text.as_bytes() != value.as_bytes() {
            // What can't stand in a header is not shown at all.
            *value = HeaderValue::from_str(&text).unwrap_or(HeaderValue::from_static("[redacted]"));
        }
    }
}
