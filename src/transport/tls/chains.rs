//! Certificate chains, described once each.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use rustls::RootCertStore;
use rustls::pki_types::{CertificateDer, ServerName};
use x509_cert::der::Decode;
use x509_cert::der::asn1::AnyRef;

use super::certificate::{self, Certificate};

/// Descriptions of the chains seen lately. An app shows the same one at every handshake, and describing
/// it costs a good part of one.
#[derive(Debug, Default)]
pub(super) struct Chains {
    known: Mutex<VecDeque<Known>>,
}

#[derive(Debug)]
struct Known {
    chain: Vec<CertificateDer<'static>>,
    name: ServerName<'static>,
    described: Arc<[Certificate]>,
}

impl Chains {
    /// Chains remembered: instances behind a load balancer may show several.
    const REMEMBERED: usize = 16;

    /// The chain in the words of a report.
    pub(super) fn describe(
        &self,
        chain: &[CertificateDer<'static>],
        name: &ServerName<'static>,
        is_trusted: &dyn Fn(&[u8]) -> bool,
    ) -> Arc<[Certificate]> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = known.iter().find(|known| known.chain == chain && known.name == *name) {
            return Arc::clone(&known.described);
        }
        let described: Arc<[Certificate]> = certificate::describe(chain, name, is_trusted).into();
        known.truncate(Self::REMEMBERED - 1);
        known.push_front(Known {
            chain: chain.to_vec(),
            name: name.clone(),
            described: Arc::clone(&described),
        });
        described
    }
}

/// Whether the bearer of an encoded subject is one of `roots`, which hold it without its outer tag.
pub(super) fn is_among(roots: &RootCertStore, subject: &[u8]) -> bool {
    AnyRef::from_der(subject)
        .is_ok_and(|subject| roots.roots.iter().any(|root| root.subject.as_ref() == subject.value()))
}
