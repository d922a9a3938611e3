//! The ledger, as the engine sees it.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::io;

use crate::atlassian::Tenant;
use crate::engine::TenantLog;
use crate::ledger::{Ledger, Tenancy};

/// Notes each tenant once, before the app hears of it.
#[derive(Debug)]
pub(super) struct LedgerLog {
    ledger: Option<RefCell<Ledger>>,
    noted: RefCell<BTreeSet<String>>,
}

impl LedgerLog {
    /// A log that writes to `ledger`.
    pub(super) fn new(ledger: Ledger) -> Self {
        Self { ledger: Some(RefCell::new(ledger)), noted: RefCell::default() }
    }

    /// A log of tenants that are noted elsewhere, or end with their app: it writes nothing.
    pub(super) fn without_ledger() -> Self {
        Self { ledger: None, noted: RefCell::default() }
    }

    /// Ends the ledger of a run that left nothing behind.
    ///
    /// # Errors
    /// When its file can't be removed.
    pub(super) fn discard(self) -> io::Result<()> {
        self.ledger.map_or(Ok(()), |ledger| ledger.into_inner().discard())
    }
}

impl TenantLog for LedgerLog {
    fn installing(&self, tenant: &Tenant) -> io::Result<()> {
        let Some(ledger) = &self.ledger else { return Ok(()) };
        let client_key = tenant.client_key().to_string();
        if self.noted.borrow().contains(&client_key) {
            return Ok(());
        }
        ledger.borrow_mut().installing(tenancy(tenant))?;
        self.noted.borrow_mut().insert(client_key);
        Ok(())
    }

    fn gone(&self, tenant: &Tenant) {
        // A line that can't be written costs one needless uninstall by a later cleanup, and no more.
        if let Some(ledger) = &self.ledger {
            let _ = ledger.borrow_mut().gone(tenant.client_key().as_str());
        }
    }
}

/// What a later cleanup has to know about a tenant.
pub(super) fn tenancy(tenant: &Tenant) -> Tenancy {
    Tenancy {
        client_key: tenant.client_key().to_string(),
        site: tenant.site().to_string(),
        product: tenant.profile().product,
    }
}
