//! What is worth knowing about an exchange although it changes no verdict.

use hyper::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, DATE, HeaderMap, TRANSFER_ENCODING};
use jiff::{SignedDuration, Timestamp};

use super::exchange::{AttemptResult, Body, Exchange, Head};
use super::resolve::{Answer, Source};
use super::{Deadlines, Settings};
use crate::codes::{Advisory, FailureCause};
use crate::outcome::{Clock, Phase};

/// How far the app's clock may be from ours before its judgement of token lifetimes is in doubt.
const CLOCK_SKEW: SignedDuration = SignedDuration::from_secs(30);

/// Days before a certificate's end at which renewal should have happened.
const RENEWAL_DAYS: i64 = 30;

/// Adds the advisories that follow from the facts of a finished exchange.
pub(super) fn advise(exchange: &mut Exchange, settings: &Settings) {
    let mut advisories = std::mem::take(&mut exchange.advisories);
    of_dns(exchange, &mut advisories);
    of_attempts(exchange, &mut advisories);
    of_tls(exchange, &mut advisories);
    of_time(exchange, settings.deadlines, &mut advisories);
    if let Some(head) = &exchange.head {
        of_head(head, &mut advisories);
        if let Ok(body) = &exchange.end {
            of_body(head, body, settings, &mut advisories);
        }
    }
    if !exchange.redirects.is_empty() && !advisories.contains(&Advisory::RedirectSeen) {
        advisories.push(Advisory::RedirectSeen);
    }
    exchange.advisories = advisories;
}

fn of_dns(exchange: &Exchange, advisories: &mut Vec<Advisory>) {
    let Some(resolution) = &exchange.resolution else { return };
    if resolution.addresses().next().is_none() {
        return;
    }
    for family in &resolution.families {
        match &family.answer {
            // Most apps have addresses of one family, and say so properly.
            Answer::Addresses(_) | Answer::Failed { cause: FailureCause::DnsNoData, .. } => {}
            Answer::Failed { cause, .. } => {
                let record = family.record;
                advisories.push(Advisory::OneDnsFamilyFailing { record, cause: *cause });
            }
            Answer::Outrun => advisories.push(Advisory::OneDnsFamilySlow { record: family.record }),
        }
    }
}

fn of_attempts(exchange: &Exchange, advisories: &mut Vec<Advisory>) {
    let connected = |attempt: &&super::Attempt| attempt.result == AttemptResult::Connected;
    let Some(winner) = exchange.attempts.iter().find(connected) else { return };
    // This machine's own names often stand for an address that nothing listens on.
    let is_published =
        exchange.resolution.as_ref().is_some_and(|resolution| resolution.source != Source::Hosts);
    if !is_published {
        return;
    }
    if let Some(first) = exchange.attempts.first().filter(|first| first.address != winner.address) {
        advisories.push(Advisory::FirstAddressDead { address: first.address });
    }
    // Without a route of that family it is ours that fails, not the app's.
    let failed_there = |attempt: &&super::Attempt| match &attempt.result {
        AttemptResult::Failed { cause, .. } => *cause != FailureCause::ConnectNetworkUnreachable,
        AttemptResult::GivenUp => true,
        AttemptResult::Connected => false,
    };
    let is_other = |attempt: &&super::Attempt| attempt.address.is_ipv4() != winner.address.is_ipv4();
    if exchange.attempts.iter().filter(is_other).any(|attempt| failed_there(&attempt)) {
        let dead = if winner.address.is_ipv4() { "IPv6" } else { "IPv4" };
        advisories.push(Advisory::OneFamilyOnly { dead });
    }
}

fn of_tls(exchange: &Exchange, advisories: &mut Vec<Advisory>) {
    let Some(session) = exchange.peer.as_ref().and_then(|peer| peer.tls.as_ref()) else { return };
    if session.version == Some("TLSv1.2") {
        advisories.push(Advisory::TlsVersion12);
    }
    if let Some(problem) = &session.overlooked {
        advisories.push(Advisory::TlsNotVerified { problem: problem.clone() });
    }
    if let Some(end) = session.chain.first().and_then(|leaf| leaf.not_after) {
        let days_left = end.duration_since(Timestamp::now()).as_hours() / 24;
        if let Ok(days_left) = u16::try_from(days_left)
            && i64::from(days_left) < RENEWAL_DAYS
            && end > Timestamp::now()
        {
            advisories.push(Advisory::CertificateExpiresSoon { days_left });
        }
    }
}

fn of_time(exchange: &Exchange, deadlines: Deadlines, advisories: &mut Vec<Advisory>) {
    let slowest = exchange.phases.iter().max_by_key(|(_, duration)| *duration);
    let Some((phase, phase_took)) = slowest.filter(|_| exchange.end.is_ok()) else { return };
    let took = exchange.stamps.ended.saturating_duration_since(exchange.stamps.dispatched);
    let (phase_clock, phase_deadline) = match phase {
        Phase::Dns | Phase::Connect | Phase::Tls => (Clock::Connect, deadlines.connect),
        Phase::Write | Phase::Wait | Phase::Body => (Clock::Idle, deadlines.idle),
    };
    let clocks = [(Clock::Total, took, deadlines.total), (phase_clock, phase_took, phase_deadline)];
    let half_run_out = clocks.into_iter().find(|(_, took, deadline)| *took * 2 > *deadline);
    advisories.extend(half_run_out.map(|(clock, took, deadline)| Advisory::OverHalfOfDeadline {
        phase: phase.name(),
        clock: clock.name(),
        took,
        deadline,
    }));
}

fn of_head(head: &Head, advisories: &mut Vec<Advisory>) {
    match head.status.as_u16() {
        201 => advisories.push(Advisory::CreatedSeen),
        300..=399 => advisories.push(Advisory::RedirectSeen),
        _ => {}
    }
    if let Some(skew) = clock_skew(&head.headers, Timestamp::now).filter(|skew| skew.abs() > CLOCK_SKEW) {
        advisories.push(Advisory::ClockSkew { seconds: skew.as_secs() });
    }
}

/// How far the Date of a response is ahead of now.
fn clock_skew(headers: &HeaderMap, now: impl FnOnce() -> Timestamp) -> Option<SignedDuration> {
    let date = headers.get(DATE)?.to_str().ok()?;
    let date = jiff::fmt::rfc2822::parse(date).ok()?.timestamp();
    Some(date.duration_since(now()))
}

fn of_body(head: &Head, body: &Body, settings: &Settings, advisories: &mut Vec<Advisory>) {
    if body.oversized {
        advisories.push(Advisory::BodyOversized { limit: settings.body_limit as u64 });
    }
    let announced = head.headers.get(CONTENT_LENGTH).is_some_and(|length| length.as_bytes() != b"0")
        || head.headers.contains_key(TRANSFER_ENCODING);
    if head.status == 204 && announced && !advisories.contains(&Advisory::BodyUnexpected) {
        advisories.push(Advisory::BodyUnexpected);
    }
    let is_whole = body.start.len() as u64 == body.length && body.length > 0;
    if is_whole
        && is_json(&head.headers)
        && !head.headers.contains_key(CONTENT_ENCODING)
        && serde_json::from_slice::<serde::de::IgnoredAny>(&body.start).is_err()
    {
        advisories.push(Advisory::BodyNotAsDeclared);
    }
}

fn is_json(headers: &HeaderMap) -> bool {
    headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split(';').next())
        .is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json"))
}

#[cfg(test)]
mod tests {
    use hyper::header::HeaderValue;

    use super::*;

    fn headers(pairs: &[(hyper::header::HeaderName, &'static str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (name.clone(), HeaderValue::from_static(value))).collect()
    }

    #[test]
    fn the_apps_clock_is_compared_with_ours() {
        let date = headers(&[(DATE, "Sun, 06 Nov 1994 08:49:37 GMT")]);
        let at = |text: &str| clock_skew(&date, || text.parse().expect("time")).map(|skew| skew.as_secs());
        assert_eq!(at("1994-11-06T08:49:30Z"), Some(7));
        assert_eq!(at("1994-11-06T08:50:37Z"), Some(-60));
        assert_eq!(clock_skew(&headers(&[(DATE, "yesterday")]), Timestamp::now), None);
    }

    #[test]
    fn a_204_says_too_much_when_it_announces_a_body() {
        let advised = |status: u16, announced: HeaderMap| {
            let head = Head {
                status: hyper::StatusCode::from_u16(status).expect("status"),
                version: hyper::Version::HTTP_11,
                headers: announced,
            };
            let mut advisories = Vec::new();
            of_body(&head, &Body::default(), &Settings::default(), &mut advisories);
            advisories
        };
        assert_eq!(advised(204, headers(&[(CONTENT_LENGTH, "2")])), [Advisory::BodyUnexpected]);
        assert_eq!(advised(204, headers(&[(CONTENT_LENGTH, "0")])), []);
        assert_eq!(advised(200, headers(&[(CONTENT_LENGTH, "2")])), []);
    }

    #[test]
    fn a_body_is_held_to_its_content_type() {
        let advised = |text: &'static str, coding: Option<&'static str>| {
            let mut declared = vec![(CONTENT_TYPE, "application/json; charset=utf-8")];
            declared.extend(coding.map(|coding| (CONTENT_ENCODING, coding)));
            let head = Head {
                status: hyper::StatusCode::OK,
                version: hyper::Version::HTTP_11,
                headers: headers(&declared),
            };
            let body = Body { start: text.into(), length: text.len() as u64, oversized: false };
            let mut advisories = Vec::new();
            of_body(&head, &body, &Settings::default(), &mut advisories);
            advisories
        };
        assert_eq!(advised("{\"a\": 1}", None), []);
        assert_eq!(advised("<html>", None), [Advisory::BodyNotAsDeclared]);
        assert_eq!(advised("\u{1f}", Some("gzip")), []);
    }
}
