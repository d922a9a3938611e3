//! The ledger of a load test: written by several threads, a batch at a time.

use std::io;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::app::ledger_log::tenancy;
use crate::atlassian::Tenant;
use crate::engine::TenantLog;
use crate::engine::load::TenantBook;
use crate::ledger::Ledger;

/// Notes tenants before they are sent. It remembers none of them: those with their first clientKey come in
/// batches, and of the few others a line too many does no harm.
#[derive(Debug)]
pub(super) struct LedgerBook(Mutex<Ledger>);

impl LedgerBook {
    pub(super) fn new(ledger: Ledger) -> Self {
        Self(Mutex::new(ledger))
    }

    /// The ledger. A panic elsewhere leaves it as usable as before.
    pub(super) fn ledger(&self) -> MutexGuard<'_, Ledger> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl TenantLog for LedgerBook {
    fn installing(&self, tenant: &Tenant) -> io::Result<()> {
        if tenant.has_first_key() {
            return Ok(());
        }
        self.ledger().installing(tenancy(tenant))
    }

    fn gone(&self, tenant: &Tenant) {
        // A line that can't be written costs one needless uninstall by a later cleanup, and no more.
        let _ = self.ledger().gone(tenant.client_key().as_str());
    }
}

impl TenantBook for LedgerBook {
    fn installing_all(&self, tenants: &[&Tenant]) -> io::Result<()> {
        self.ledger().installing_all(tenants.iter().map(|tenant| tenancy(tenant)))
    }
}
