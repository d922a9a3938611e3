//! What does not count because a person said so.

use jiff::Timestamp;

use crate::history::{Exclusion, HealthRow, Series, TallyRow, fits};

/// The exclusions that can bear on one series.
#[derive(Debug)]
pub(super) struct Excluded<'history>(Vec<&'history Exclusion>);

impl<'history> Excluded<'history> {
    pub(super) fn of(series: &Series, exclusions: &'history [Exclusion]) -> Self {
        let bears = |exclusion: &&Exclusion| {
            let scope = &exclusion.scope;
            fits(scope.app_key.as_deref(), &series.app_key)
                && fits(scope.environment.as_deref(), &series.environment)
                && fits(scope.location.as_deref(), &series.location)
        };
        Self(exclusions.iter().filter(bears).collect())
    }

    /// Whether a person excluded what `row` counts from `at` on.
    pub(super) fn has(&self, at: Timestamp, row: &TallyRow) -> bool {
        self.0.iter().any(|exclusion| {
            let scope = &exclusion.scope;
            exclusion.covers(at)
                && fits(scope.site.as_deref(), &row.site)
                && fits(scope.client_key.as_deref(), &row.client_key)
                && fits(scope.code.as_deref(), &row.code)
        })
    }

    /// The same for an answer of the health path, which belongs to no tenant: what is excluded for some
    /// tenants alone leaves it as it is.
    pub(super) fn has_health(&self, at: Timestamp, row: &HealthRow) -> bool {
        self.0.iter().any(|exclusion| {
            let scope = &exclusion.scope;
            exclusion.covers(at)
                && scope.site.is_none()
                && scope.client_key.is_none()
                && fits(scope.code.as_deref(), &row.code)
        })
    }
}
