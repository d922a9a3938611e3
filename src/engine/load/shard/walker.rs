//! A task that walks one journey after another, on connections of its own: making a task for each journey costs
//! more than many a journey.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Instant;

use tokio::sync::Notify;

use super::Shard;
use crate::engine::load::signing::Prepared;

/// A journey to be walked.
pub(super) struct Errand {
    pub(super) prepared: Prepared,
    /// When it is due.
    pub(super) due: Instant,
    /// Whether it had to wait for another one to end.
    pub(super) queued: bool,
    /// When it was begun.
    pub(super) began: Instant,
}

/// Where an idle walker is called.
#[derive(Default)]
pub(super) struct Walker {
    errand: Cell<Option<Errand>>,
    called: Notify,
}

impl Walker {
    /// Gives an errand to an idle walker, or to a new one.
    pub(super) fn send(shard: &Rc<Shard>, errand: Errand) {
        let idle = shard.idle.borrow_mut().pop();
        match idle {
            Some(walker) => walker.call(errand),
            None => Self::start(Rc::clone(shard), errand),
        }
    }

    /// Starts a walker with its first errand. Having ended one, it puts itself among the idle ones.
    fn start(shard: Rc<Shard>, first: Errand) {
        let walker = Rc::new(Self::default());
        tokio::task::spawn_local(async move {
            let mut connections = shard.transport.connections();
            let mut errand = first;
            loop {
                shard.walk(errand, &mut connections).await;
                shard.idle.borrow_mut().push(Rc::clone(&walker));
                errand = walker.next().await;
            }
        });
    }

    /// Gives an idle walker its next errand.
    fn call(&self, errand: Errand) {
        self.errand.set(Some(errand));
        self.called.notify_one();
    }

    async fn next(&self) -> Errand {
        loop {
            if let Some(errand) = self.errand.take() {
                return errand;
            }
            self.called.notified().await;
        }
    }
}
