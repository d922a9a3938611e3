//! What a handshake shows before it fails.

use std::cell::RefCell;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use rustls::pki_types::CertificateDer;

/// What a handshake showed, kept even when it failed: rustls drops all of it with the connection.
#[derive(Debug, Default)]
pub(in crate::transport) struct Seen {
    /// The certificates the server sent, its own first.
    pub(super) chain: Vec<CertificateDer<'static>>,
    /// What verification would have said, when it is off.
    pub(super) overlooked: Option<rustls::Error>,
    /// Whether the server asked for a client certificate.
    pub(in crate::transport) client_certificate_wanted: bool,
}

thread_local! {
    /// What the handshake that is being polled on this thread has shown. The verifier is one for all
    /// connections (rustls resumes sessions of the same verifier only), so it can't know whose it is.
    static CURRENT: RefCell<Seen> = RefCell::default();
}

impl Seen {
    /// Lets the callbacks of rustls note what they see. Does nothing of use outside of [`Watched`].
    pub(super) fn note(note: impl FnOnce(&mut Self)) {
        CURRENT.with_borrow_mut(note);
    }
}

/// A handshake whose callbacks note what they see in `seen`.
pub(super) struct Watched<'a, F> {
    pub(super) handshake: F,
    pub(super) seen: &'a mut Seen,
}

impl<F: Future + Unpin> Future for Watched<'_, F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        CURRENT.set(std::mem::take(self.seen));
        let polled = Pin::new(&mut self.handshake).poll(cx);
        *self.seen = CURRENT.take();
        polled
    }
}
