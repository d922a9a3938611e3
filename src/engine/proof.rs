//! Two installs that show whether an app is ours to test: one it should take, and one it should not.

use std::io;

use super::Surroundings;
use super::call::{Call, Due};
use crate::atlassian::tenant::Reception;
use crate::atlassian::{LifecycleEvent, Profile, Signing, Tenant};
use crate::codes::Code;
use crate::recorder::{Place, Slot};
use crate::scenario::{Callback, Event};

/// The number of the tenant that proves it: no journey has it.
const NUMBER: u64 = u64::MAX;

/// What came of the two installs.
#[derive(Debug)]
pub struct Proof {
    /// What was answered to the install signed as it should be.
    pub ours: Code,
    /// Whether that was 200 or 204.
    pub accepts_ours: bool,
    /// What was answered to the install signed with another key.
    pub others: Code,
    /// Whether that was a refusal.
    pub refuses_others: bool,
    /// What the app may hold of it.
    pub residue: Vec<Tenant>,
}

/// Installs a tenant, and then once more in its name with a signature that is wrong.
///
/// # Errors
/// When the tenant can't be noted: then nothing is sent.
pub async fn prove(around: &Surroundings<'_>) -> io::Result<Proof> {
    let script = around.script;
    let mut tenant = {
        let random = &mut *around.random.borrow_mut();
        Tenant::new(&script.tag, NUMBER, Profile::default(), &script.sites, random)
    };
    let ours = install(around, &mut tenant, Signing::AsAtlassian).await?;
    let others = install(around, &mut tenant, Signing::WrongKey).await?;
    Ok(Proof {
        ours,
        accepts_ours: matches!(ours, Code::Status(200 | 204)),
        others,
        refuses_others: matches!(others, Code::Status(400..=499)),
        residue: tenant.residue(),
    })
}

async fn install(around: &Surroundings<'_>, tenant: &mut Tenant, signing: Signing) -> io::Result<Code> {
    let callback = Callback::new(Event::Installed, signing);
    let call = Call::new(around.script, tenant, &callback, Place::default(), Slot::default())
        .expect("an app that is rehearsed has an installed path");
    let made = call.make(around, tenant, None, Due::OnTurn, &mut around.transport.connections()).await?;
    // A forged install that was refused leaves what the true one left.
    if signing == Signing::AsAtlassian || made.reception != Reception::Refused {
        tenant.settle(LifecycleEvent::Installed, made.reception);
    }
    Ok(made.recorded.code)
}
