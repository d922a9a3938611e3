//! Chains that were verified a moment ago.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use rustls::pki_types::{CertificateDer, ServerName};

/// For how long a chain need not be verified again. A certificate that ends in the meantime is noticed that
/// much later.
const LASTS: Duration = Duration::from_secs(1);

/// Chains remembered: instances behind a load balancer may show several.
const REMEMBERED: usize = 16;

/// Chains that were found to be trusted, for a moment: at a thousand handshakes a second with the same app, the
/// signatures in its chain cost a fifth of each. What the server signs in the handshake is verified every time.
#[derive(Debug, Default)]
pub(super) struct Trusted(Mutex<VecDeque<Found>>);

#[derive(Debug)]
struct Found {
    chain: Vec<CertificateDer<'static>>,
    name: ServerName<'static>,
    at: Instant,
}

impl Trusted {
    /// Whether this chain was found to be trusted under this name a moment before `now`.
    pub(super) fn has(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        now: Instant,
    ) -> bool {
        let found = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        found.iter().any(|found| {
            now.saturating_duration_since(found.at) < LASTS
                && found.name == *name
                && found.chain.iter().eq(std::iter::once(end_entity).chain(intermediates))
        })
    }

    /// Remembers a chain.
    pub(super) fn remember(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        now: Instant,
    ) {
        let chain = std::iter::once(end_entity)
            .chain(intermediates)
            .map(|certificate| certificate.clone().into_owned())
            .collect();
        let mut found = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        found.retain(|found| now.saturating_duration_since(found.at) < LASTS);
        found.truncate(REMEMBERED - 1);
        found.push_front(Found { chain, name: name.to_owned(), at: now });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chain_is_trusted_under_its_name_for_a_moment() {
        let certificate = |bytes: &'static [u8]| CertificateDer::from(bytes);
        let name = |text: &'static str| ServerName::try_from(text).expect("a name");
        let (leaf, above) = (certificate(b"leaf"), [certificate(b"authority")]);
        let (trusted, now) = (Trusted::default(), Instant::now());
        let has = |leaf, above, called, at| trusted.has(leaf, above, &name(called), at);
        assert!(!has(&leaf, &above, "a.example", now));
        trusted.remember(&leaf, &above, &name("a.example"), now);
        assert!(has(&leaf, &above, "a.example", now + LASTS / 2));
        assert!(!has(&leaf, &above, "a.example", now + LASTS));
        assert!(!has(&leaf, &above, "b.example", now));
        assert!(!has(&leaf, &[], "a.example", now));
        assert!(!has(&above[0], &above, "a.example", now));
    }
}
