//! Cleaning up: the synthetic tenants are uninstalled, signed as Atlassian would.

use std::time::{Duration, Instant};

use futures_util::stream::{self, StreamExt};
use tokio::time::sleep_until;

use super::Surroundings;
use super::call::{Call, Due};
use crate::atlassian::tenant::Reception;
use crate::atlassian::{LifecycleEvent, Signing, Tenant};
use crate::recorder::{Place, Slot};
use crate::scenario::{Callback, Event};

/// A tenant that is still in the app, or may be.
#[derive(Debug)]
pub struct Remaining {
    /// The tenant.
    pub tenant: Tenant,
    /// Why it could not be uninstalled.
    pub why: String,
}

/// Uninstalls `tenants`, `concurrency` at once and one each `apart` at most, and returns those that remain.
///
/// None of it counts: it is housekeeping, not rehearsal.
pub async fn remove(
    around: &Surroundings<'_>,
    tenants: Vec<Tenant>,
    concurrency: u32,
    apart: Duration,
) -> Vec<Remaining> {
    let began = Instant::now();
    let callback = Callback::new(Event::Uninstalled, Signing::AsAtlassian);
    let concurrency = usize::try_from(concurrency).unwrap_or(usize::MAX);
    let callback = &callback;
    let remaining: Vec<Option<Remaining>> = stream::iter((0..).zip(tenants))
        .map(|(turn, tenant)| async move {
            tokio::select! {
                () = sleep_until((began + apart * turn).into()) => {}
                () = around.stop.wait() => {}
            }
            uninstall(around, callback, tenant).await
        })
        .buffer_unordered(concurrency)
        .collect()
        .await;
    remaining.into_iter().flatten().collect()
}

async fn uninstall(around: &Surroundings<'_>, callback: &Callback, mut tenant: Tenant) -> Option<Remaining> {
    let place = Place::default();
    let Some(call) = Call::new(around.script, &tenant, callback, place, Slot::default()) else {
        return Some(Remaining { tenant, why: "the app has no uninstalled path".to_owned() });
    };
    if around.stop.requested() {
        return Some(Remaining { tenant, why: "cleaning up was interrupted".to_owned() });
    }
    let made = match call.make(around, &tenant, None, Due::OnTurn, &mut around.transport.connections()).await
    {
        Ok(made) => made,
        Err(error) => return Some(Remaining { tenant, why: error.to_string() }),
    };
    tenant.settle(LifecycleEvent::Uninstalled, made.reception);
    if made.reception == Reception::Accepted {
        around.log.gone(&tenant);
        return None;
    }
    Some(Remaining { tenant, why: format!("uninstalling it was answered with {}", made.recorded.code) })
}
