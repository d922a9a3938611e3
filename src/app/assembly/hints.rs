//! What the probe can tell about a failure beyond its code: from what it did itself, and from words by
//! which common frameworks give themselves away.

use crate::codes::{Code, FailureCause};
use crate::recorder::{Callback, OutcomeTally};
use crate::transport::Exchange;

/// What the probe knows about its own part.
#[derive(Debug, Clone, Copy)]
pub(super) struct OwnPart {
    /// Whether our key server was asked for our key; none without a key server of ours.
    pub(super) key_fetched: Option<bool>,
    /// Whether tenants were installed at the same time.
    pub(super) concurrent: bool,
}

/// Hints for the bad events of one code, the most telling first.
pub(super) fn hints(tally: &OutcomeTally, own: OwnPart) -> Vec<String> {
    let mut hints = Vec::new();
    let said = |words: &[&str]| tally.examples.iter().any(|example| body_has(example, words));
    let key_not_had = said(&KEY_NOT_HAD);
    if own.key_fetched == Some(false) && may_miss_our_key(tally.code) {
        hints.push(
            "the app never asked our key server: it does not know that it should trust the probe's key, so look at its key host setting before anything else (`rehearsal keys howto`)"
                .to_owned(),
        );
    }
    if key_not_had {
        hints.push(
            "the body says that the public key could not be had: this is about the app's key host, not about a wrong path"
                .to_owned(),
        );
    }
    if tally.code == Code::Status(401) && !key_not_had && own.key_fetched != Some(false) {
        hints.push(signature_candidates(tally, own.key_fetched.is_some()));
    }
    if own.concurrent && (said(&DATABASE_LOCKED) || tally.code == HEAD_TIMEOUT) {
        hints.push(
            "tenants were installed at the same time, which apps on an embedded database often can't take: try --concurrency 1"
                .to_owned(),
        );
    }
    hints
}

const HEAD_TIMEOUT: Code = Code::Failure(FailureCause::TimeoutResponseHead);

/// What atlassian-connect-express and its like say when the key host gives them no key, or no PEM.
const KEY_NOT_HAD: [&str; 4] = [
    "could not get public key",
    "decoder routines::unsupported",
    "unable to fetch public key",
    "public key not found",
];

const DATABASE_LOCKED: [&str; 3] = ["sqlite_busy", "database is locked", "deadlock"];

/// The statuses with which frameworks answer when they have no key to verify a signature with.
const fn may_miss_our_key(code: Code) -> bool {
    matches!(code, Code::Status(400 | 401 | 403 | 404))
}

/// The candidates for a refused signature in the order of likelihood, and which of them is ruled out.
fn signature_candidates(tally: &OutcomeTally, key_is_known: bool) -> String {
    let dated = tally.examples.iter().filter_map(|example| example.exchange.as_deref()).any(has_date);
    let skewed = tally
        .examples
        .iter()
        .filter_map(|example| example.exchange.as_ref())
        .any(|exchange| exchange.advisories.iter().any(|advisory| advisory.code() == "clock.skew"));
    let clock = match (dated, skewed) {
        (_, true) => "; its clock is off, as its Date header shows: look there first",
        (true, false) => "; its clock is ruled out: the Date header agrees with ours",
        (false, false) => "; then its clock, of which the answer shows nothing",
    };
    let (before, after) = if key_is_known {
        ("the key was fetched, so the token itself is refused", "")
    } else {
        ("the signature is refused", "; whether the app has the right key or secret can't be seen from here")
    };
    format!(
        "{before}: most likely its aud (the app's own base URL setting), then its qsh (a proxy that changes the path){clock}{after}"
    )
}

fn has_date(exchange: &Exchange) -> bool {
    exchange.head.as_ref().is_some_and(|head| head.headers.contains_key(hyper::header::DATE))
}

fn body_has(example: &Callback, words: &[&str]) -> bool {
    let Some(exchange) = &example.exchange else { return false };
    let Ok(body) = &exchange.end else { return false };
    let text = String::from_utf8_lossy(&body.start).to_lowercase();
    words.iter().any(|word| text.contains(word))
}
