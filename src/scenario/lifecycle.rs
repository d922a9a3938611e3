//! The order in which Atlassian sends lifecycle callbacks to an app, as a small state machine.
//!
//! It follows one tenant through the changes and callbacks of a scenario, says what could not happen, and
//! tells which case of the lifecycle an `installed` belongs to: its payload does not.

use super::{Callback, Case, Event};
use crate::atlassian::TenantChange;

/// Something that Atlassian would not send, or could not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Impossible {
    /// Why not.
    pub(super) message: String,
    /// What would make it possible.
    pub(super) help: &'static str,
}

fn impossible<T>(message: impl Into<String>, help: &'static str) -> Result<T, Impossible> {
    Err(Impossible { message: message.into(), help })
}

/// What the app should know of the tenant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Presence {
    /// There is no tenant yet.
    NoTenant,
    /// The tenant is new; the app has not heard of it.
    Unheard,
    /// The app is installed.
    Installed,
    /// The app was installed, and uninstalled since.
    Uninstalled,
}

/// Where a tenant stands in its lifecycle.
#[derive(Debug, Clone)]
pub(super) struct Lifecycle {
    presence: Presence,
    /// Known once `enabled` or `disabled` was sent; open again after an install or upgrade, which
    /// `enabled` follows.
    enabled: Option<bool>,
    /// Whether the tenant had another secret before the current one.
    has_previous_secret: bool,
    /// Whether a user is behind the next callbacks.
    user: bool,
    /// What has changed since the app was last told.
    untold: Vec<TenantChange>,
}

impl Lifecycle {
    /// Before the first step.
    pub(super) fn new() -> Self {
        Self {
            presence: Presence::NoTenant,
            enabled: None,
            has_previous_secret: false,
            user: true,
            untold: Vec::new(),
        }
    }

    /// Whether something can be signed with the secret before the current one.
    pub(super) fn has_previous_secret(&self) -> bool {
        self.has_previous_secret
    }

    /// Changes the tenant. A change that can't happen is made all the same, as though the install that
    /// it lacks had been there, so that one mistake is one problem.
    pub(super) fn change(&mut self, change: TenantChange) -> Result<(), Impossible> {
        let known = matches!(self.presence, Presence::Installed | Presence::Uninstalled);
        let installed = self.presence == Presence::Installed;
        match change {
            TenantChange::NewTenant => {
                *self = Self { presence: Presence::Unheard, untold: vec![change], ..Self::new() };
                Ok(())
            }
            TenantChange::ImportedSite => {
                let user = self.user;
                *self = Self { presence: Presence::Unheard, untold: vec![change], user, ..Self::new() };
                or_impossible(installed, "a site import", "an imported site had the app installed before")
            }
            TenantChange::NewSecret => {
                self.has_previous_secret = true;
                self.change_known(change, known);
                or_impossible(known, "a new secret", "a new tenant comes with its first secret")
            }
            TenantChange::RenamedSite => {
                self.change_known(change, known);
                or_impossible(known, "a site rename", "send `installed` to a `new-tenant` first")
            }
            TenantChange::NewAppVersion => {
                self.change_known(change, known);
                or_impossible(known, "an upgrade", "send `installed` to a `new-tenant` first")
            }
            TenantChange::UserPresent | TenantChange::UserAbsent => {
                self.user = change == TenantChange::UserPresent;
                Ok(())
            }
        }
    }

    fn change_known(&mut self, change: TenantChange, known: bool) {
        self.untold.push(change);
        if !known {
            self.presence = Presence::Installed;
        }
    }

    /// The case that an `installed` sent now would belong to.
    pub(super) fn case(&self) -> Case {
        let untold = |change| self.untold.contains(&change);
        if untold(TenantChange::ImportedSite) {
            Case::SiteImport
        } else if matches!(self.presence, Presence::NoTenant | Presence::Unheard) {
            Case::InitialInstall
        } else if self.presence == Presence::Uninstalled {
            Case::Reinstall
        } else if untold(TenantChange::NewAppVersion) {
            if self.user { Case::ManualUpgrade } else { Case::AutomaticUpgrade }
        } else if untold(TenantChange::RenamedSite) {
            Case::SiteRename
        } else if untold(TenantChange::NewSecret) {
            Case::SecretRotation
        } else {
            Case::Other
        }
    }

    /// Sends a callback.
    pub(super) fn send(&mut self, callback: &Callback) -> Result<(), Impossible> {
        if self.presence == Presence::NoTenant {
            self.change(TenantChange::NewTenant)?;
            return self.send(callback).and_then(|()| {
                let message = format!("`{}` is sent before there is a tenant", callback.event.name());
                impossible(message, "make the change `new-tenant` first")
            });
        }
        if !(200..300).any(|status| callback.expect.is_met_by(status)) {
            // What the app should refuse may come at any time, and tells it nothing.
            return Ok(());
        }
        match callback.event {
            Event::Installed => self.install(),
            Event::Uninstalled => {
                self.require_installed("uninstalled")?;
                self.presence = Presence::Uninstalled;
                Ok(())
            }
            Event::Enabled => {
                self.require_installed("enabled")?;
                if self.enabled.replace(true) == Some(true) {
                    return impossible(
                        "the app is enabled already",
                        "`enabled` follows an install, an upgrade or a site import, not a rename or a rotation",
                    );
                }
                Ok(())
            }
            Event::Disabled => {
                self.require_installed("disabled")?;
                if self.enabled.replace(false) == Some(false) {
                    return impossible("the app is disabled already", "send `enabled` in between");
                }
                Ok(())
            }
            Event::Request { .. } => self.require_installed("request"),
        }
    }

    fn install(&mut self) -> Result<(), Impossible> {
        let untold = |change| self.untold.contains(&change);
        let (version, secret, rename) = (
            untold(TenantChange::NewAppVersion),
            untold(TenantChange::NewSecret),
            untold(TenantChange::RenamedSite),
        );
        let verdict = match self.presence {
            Presence::Installed if !(version || secret || rename) => impossible(
                "nothing has changed since the last `installed`, so Atlassian sends none",
                "name what changes, or say `\"order\": \"any\"` to repeat one",
            ),
            Presence::Installed if rename && (version || secret) => impossible(
                "a site rename changes the base URL and the display URLs alone",
                "tell the app of the other changes in a step of their own",
            ),
            Presence::Uninstalled if !secret => impossible(
                "an install after an uninstall comes with a new secret",
                "add the change `new-secret`",
            ),
            Presence::NoTenant | Presence::Unheard | Presence::Installed | Presence::Uninstalled => Ok(()),
        };
        if self.presence != Presence::Installed || version {
            self.enabled = None;
        }
        self.presence = Presence::Installed;
        self.untold.clear();
        verdict
    }

    fn require_installed(&self, event: &str) -> Result<(), Impossible> {
        if self.presence == Presence::Installed {
            return Ok(());
        }
        let when =
            if self.presence == Presence::Uninstalled { "after an uninstall" } else { "before an install" };
        impossible(format!("`{event}` is sent {when}"), "send `installed` before it")
    }
}

fn or_impossible(possible: bool, what: &str, help: &'static str) -> Result<(), Impossible> {
    if possible { Ok(()) } else { impossible(format!("{what} before an install"), help) }
}
