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
    ledger: RefCell<Ledger>,
    noted: RefCell<BTreeSet<String>>,
}

impl LedgerLog {
    /// A log that writes to `ledger`.
    pub(super) fn new(ledger: Ledger) -> Self {
        Self { ledger: RefCell::new(ledger), noted: RefCell::default() }
    }

    /// The ledger, once the run is over.
    pub(super) fn into_ledger(self) -> Ledger {
        self.ledger.into_inner()
    }
}

impl TenantLog for LedgerLog {
    fn installing(&self, tenant: &Tenant) -> io::Result<()> {
        let client_key = tenant.client_key().to_string();
        if self.noted.borrow().contains(&client_key) {
            return Ok(());
        }
        self.ledger.borrow_mut().installing(tenancy(tenant))?;
        self.noted.borrow_mut().insert(client_key);
        Ok(())
    }

    fn gone(&self, tenant: &Tenant) {
        // A line that can't be written costs one needless uninstall by a later cleanup, and no more.
        let _ = self.ledger.borrow_mut().gone(tenant.client_key().as_str());
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
