//! `rehearsal check --forget`: the tenant that checks keep in an app is taken out of it.

use std::cell::RefCell;
use std::time::Duration;

use super::{Check, memory};
use crate::app::ledger_log::LedgerLog;
use crate::app::recording;
use crate::app::rehearsal::{Cleanup, fill_random};
use crate::atlassian::tenant::Reception;
use crate::atlassian::{LifecycleEvent, Tenant};
use crate::engine::{self, Surroundings};
use crate::exit::{Abort, Exit};
use crate::report::output;

/// Uninstalls the tenant and forgets it.
pub(super) async fn run(check: &mut Check<'_>) -> Result<Exit, Abort> {
    let Check { setup, history } = check;
    let subject = setup.subject(history).await?;
    let series = recording::series(&subject, &setup.args.place, setup.trust);
    let store = history.store().map_err(|missing| {
        Abort::unavailable(format!("which tenant checks keep can't be told: {missing}"))
    })?;
    let Some(tag) = memory::known_tenant(store, &setup.base, &series).await? else {
        output::print(&format!("Checks keep no tenant in the app at {}.\n", setup.base))?;
        return Ok(Exit::Ok);
    };
    let rehearsal = setup.rehearsal(subject, Cleanup::Keep(tag.clone()));
    let script = rehearsal.script(tag.clone())?;
    let scenario = &script.plan.scenarios[0];
    let profile = scenario.profile(&scenario.steps[0]);
    let mut tenant = Tenant::new(&tag, 0, profile, &script.sites, &mut fill_random);
    tenant.settle(LifecycleEvent::Installed, Reception::Unknown);
    let around = Surroundings {
        script: &script,
        transport: &setup.transport,
        control: None,
        log: &LedgerLog::without_ledger(),
        random: &RefCell::new(fill_random),
        stop: &setup.interrupt.soon,
    };
    let client_key = tenant.client_key().to_string();
    if let Some(remaining) = engine::remove(&around, vec![tenant], 1, Duration::ZERO).await.pop() {
        output::note(&format!("{client_key} remains in the app: {}", remaining.why));
        return Ok(Exit::Breach);
    }
    memory::forget_tenant(store, &setup.base, &series).await?;
    output::print(&format!("Uninstalled {client_key}; the next check begins with another tenant.\n"))?;
    Ok(Exit::Ok)
}
