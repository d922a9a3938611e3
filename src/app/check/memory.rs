//! What checks remember in the history. Nothing of it is secret.

use uuid::Uuid;

use crate::app::subject::KnownApp;
use crate::atlassian::{BaseUrl, RunTag};
use crate::history::{HistoryError, HistoryStore, Series};

/// What the descriptor of the app at `base` said when it was last had.
///
/// # Errors
/// When the history can't be read.
pub(crate) async fn known_app(
    history: &mut impl HistoryStore,
    base: &BaseUrl,
) -> Result<Option<KnownApp>, HistoryError> {
    let text = history.memory(&app_key(base)).await?;
    // What an older version remembered in another form is learnt again.
    Ok(text.and_then(|text| serde_json::from_str(&text).ok()))
}

/// Remembers what the descriptor says, if it says something new.
///
/// # Errors
/// When the history can't be written.
pub(super) async fn learn_app(
    history: &mut impl HistoryStore,
    base: &BaseUrl,
    before: Option<&KnownApp>,
    now: &KnownApp,
) -> Result<(), HistoryError> {
    if before == Some(now) {
        return Ok(());
    }
    let text = serde_json::to_string(now).expect("texts can be written as JSON");
    history.remember(&app_key(base), &text).await
}

/// The tag of the tenant that checks of `series` keep in the app at `base`, a fresh one the first time. It is
/// remembered before the app hears of it.
///
/// # Errors
/// When the history can't be read or written.
pub(super) async fn tenant(
    history: &mut impl HistoryStore,
    base: &BaseUrl,
    series: &Series,
    fresh: Uuid,
) -> Result<RunTag, HistoryError> {
    if let Some(known) = known_tenant(history, base, series).await? {
        return Ok(known);
    }
    history.remember(&tenant_key(base, series), &fresh.to_string()).await?;
    Ok(RunTag::of(fresh))
}

/// The tag of the tenant that checks keep in the app, if there is one.
///
/// # Errors
/// When the history can't be read.
pub(super) async fn known_tenant(
    history: &mut impl HistoryStore,
    base: &BaseUrl,
    series: &Series,
) -> Result<Option<RunTag>, HistoryError> {
    let text = history.memory(&tenant_key(base, series)).await?;
    Ok(text.and_then(|text| Uuid::try_parse(&text).ok()).map(RunTag::of))
}

/// Forgets the tenant that was uninstalled.
///
/// # Errors
/// When the history can't be written.
pub(super) async fn forget_tenant(
    history: &mut impl HistoryStore,
    base: &BaseUrl,
    series: &Series,
) -> Result<(), HistoryError> {
    history.remember(&tenant_key(base, series), "").await
}

fn app_key(base: &BaseUrl) -> String {
    format!("app {base}")
}

fn tenant_key(base: &BaseUrl, series: &Series) -> String {
    let Series { app_key, environment, location, trust } = series;
    format!("tenant {base} {}", serde_json::json!([app_key, environment, location, trust.name()]))
}
