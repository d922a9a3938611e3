//! What a store of the history can do.

use jiff::Timestamp;
use uuid::Uuid;

use super::{
    Exclusion, HealthRow, HistoryError, Recorded, RunFilter, RunHead, RunRecord, Series, SeriesHead, TallyRow,
};

/// A store of runs, used by many processes at once. Each call is one transaction: it happens whole or not
/// at all.
///
/// # Errors
/// Every call fails with [`HistoryError::Unreachable`] when the store can't be had, and with
/// [`HistoryError::NotAHistory`] when what it holds makes no sense.
pub trait HistoryStore {
    /// Keeps runs, all of them or none. One whose id is known changes nothing.
    fn record(&mut self, runs: &[RunRecord]) -> impl Future<Output = Result<Vec<Recorded>, HistoryError>>;

    /// The runs that fit, the latest first.
    fn runs(&mut self, filter: &RunFilter) -> impl Future<Output = Result<Vec<RunHead>, HistoryError>>;

    /// The run whose id is or begins with `id`.
    ///
    /// # Errors
    /// [`HistoryError::Ambiguous`] when there is more than one.
    fn run(&mut self, id: &str) -> impl Future<Output = Result<Option<RunRecord>, HistoryError>>;

    /// Every series that a run was recorded for, ordered by name.
    fn series(&mut self) -> impl Future<Output = Result<Vec<SeriesHead>, HistoryError>>;

    /// Sums of the events that feed the windows of `series`, for each interval from one of the ascending
    /// `cuts`, itself within, to the next, itself without. Rows are ordered.
    fn tally(
        &mut self,
        series: &Series,
        cuts: &[Timestamp],
    ) -> impl Future<Output = Result<Vec<Vec<TallyRow>>, HistoryError>>;

    /// The same for what the app's health path answered.
    fn health_tally(
        &mut self,
        series: &Series,
        cuts: &[Timestamp],
    ) -> impl Future<Output = Result<Vec<Vec<HealthRow>>, HistoryError>>;

    /// Every exclusion, by its beginning.
    fn exclusions(&mut self) -> impl Future<Output = Result<Vec<Exclusion>, HistoryError>>;

    /// Adds an exclusion. One whose id is known changes nothing.
    fn add_exclusion(&mut self, exclusion: &Exclusion) -> impl Future<Output = Result<(), HistoryError>>;

    /// Takes an exclusion back, and says whether there was one.
    fn remove_exclusion(&mut self, id: Uuid) -> impl Future<Output = Result<bool, HistoryError>>;

    /// What was last remembered under `key`.
    fn memory(&mut self, key: &str) -> impl Future<Output = Result<Option<String>, HistoryError>>;

    /// Remembers a small text, without secrets, under `key`.
    fn remember(&mut self, key: &str, value: &str) -> impl Future<Output = Result<(), HistoryError>>;

    /// Forgets the runs that ended before a moment, and says how many they were.
    fn prune(&mut self, before: Timestamp) -> impl Future<Output = Result<u64, HistoryError>>;
}
