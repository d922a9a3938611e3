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

#[cfg(test)]
mod tests {
    use TenantChange::{
        ImportedSite, NewAppVersion, NewSecret, NewTenant, RenamedSite, UserAbsent, UserPresent,
    };

    use super::*;
    use crate::atlassian::Signing;
    use crate::scenario::{Expectation, Method};

    fn sent(event: Event) -> Callback {
        Callback::new(event, Signing::AsAtlassian)
    }

    /// A tenant that has the app installed and enabled.
    fn installed() -> Lifecycle {
        let mut lifecycle = Lifecycle::new();
        lifecycle.change(NewTenant).expect("possible");
        lifecycle.send(&sent(Event::Installed)).expect("possible");
        lifecycle.send(&sent(Event::Enabled)).expect("possible");
        lifecycle
    }

    fn after(mut lifecycle: Lifecycle, changes: &[TenantChange]) -> Lifecycle {
        for change in changes {
            lifecycle.change(*change).expect("possible");
        }
        lifecycle
    }

    fn uninstalled() -> Lifecycle {
        let mut lifecycle = installed();
        lifecycle.send(&sent(Event::Uninstalled)).expect("possible");
        lifecycle
    }

    #[test]
    fn the_case_follows_from_what_has_changed() {
        let cases = [
            (Lifecycle::new(), vec![NewTenant], Case::InitialInstall),
            (uninstalled(), vec![NewSecret], Case::Reinstall),
            (installed(), vec![NewAppVersion], Case::ManualUpgrade),
            (installed(), vec![NewSecret, NewAppVersion, UserPresent], Case::ManualUpgrade),
            (installed(), vec![NewAppVersion, UserAbsent], Case::AutomaticUpgrade),
            (installed(), vec![RenamedSite], Case::SiteRename),
            (installed(), vec![ImportedSite], Case::SiteImport),
            (installed(), vec![NewSecret], Case::SecretRotation),
        ];
        for (lifecycle, changes, case) in cases {
            let mut lifecycle = after(lifecycle, &changes);
            assert_eq!(lifecycle.case(), case, "{changes:?}");
            assert_eq!(lifecycle.send(&sent(Event::Installed)), Ok(()), "{changes:?}");
            assert_eq!(lifecycle.case(), Case::Other, "a repeat of {changes:?}");
        }
    }

    #[test]
    fn nothing_but_a_new_tenant_comes_before_an_install() {
        for change in [NewSecret, RenamedSite, NewAppVersion, ImportedSite] {
            assert!(Lifecycle::new().change(change).is_err(), "{change:?} without a tenant");
            let mut unheard = after(Lifecycle::new(), &[NewTenant]);
            assert!(unheard.change(change).is_err(), "{change:?} of a new tenant");
        }
        for event in [Event::Enabled, Event::Disabled, Event::Uninstalled] {
            let mut unheard = after(Lifecycle::new(), &[NewTenant]);
            assert!(unheard.send(&sent(event.clone())).is_err(), "{event:?}");
        }
        assert!(Lifecycle::new().send(&sent(Event::Installed)).is_err());
    }

    #[test]
    fn one_mistake_is_one_problem() {
        let mut lifecycle = Lifecycle::new();
        assert!(lifecycle.change(NewAppVersion).is_err());
        assert_eq!(lifecycle.send(&sent(Event::Installed)), Ok(()));
        assert_eq!(lifecycle.send(&sent(Event::Enabled)), Ok(()));
    }

    #[test]
    fn enabled_follows_what_atlassian_lets_it_follow() {
        let enabled_after = |lifecycle: Lifecycle, changes: &[TenantChange]| {
            let mut lifecycle = after(lifecycle, changes);
            lifecycle.send(&sent(Event::Installed)).expect("possible");
            lifecycle.send(&sent(Event::Enabled)).is_ok()
        };
        assert!(enabled_after(installed(), &[NewAppVersion, NewSecret]));
        assert!(enabled_after(installed(), &[ImportedSite]));
        assert!(enabled_after(uninstalled(), &[NewSecret]));
        assert!(!enabled_after(installed(), &[RenamedSite]));
        assert!(!enabled_after(installed(), &[NewSecret]));
        let mut disabled = installed();
        disabled.send(&sent(Event::Disabled)).expect("possible");
        assert!(disabled.send(&sent(Event::Disabled)).is_err());
    }

    #[test]
    fn an_install_needs_a_cause_and_a_cause_keeps_to_its_fields() {
        assert!(installed().send(&sent(Event::Installed)).is_err());
        assert!(uninstalled().send(&sent(Event::Installed)).is_err(), "a reinstall brings a new secret");
        let mut both = after(installed(), &[RenamedSite, NewSecret]);
        assert!(both.send(&sent(Event::Installed)).is_err());
    }

    #[test]
    fn what_should_be_refused_may_come_at_any_time_and_tells_nothing() {
        let mut lifecycle = after(Lifecycle::new(), &[NewTenant]);
        let forged = Callback::new(Event::Installed, Signing::WrongKey);
        assert_eq!(lifecycle.send(&forged), Ok(()));
        assert!(lifecycle.send(&sent(Event::Enabled)).is_err(), "the forged install changed nothing");
        let page = Event::Request { method: Method::Get, path: "/page".to_owned() };
        assert!(uninstalled().send(&sent(page.clone())).is_err());
        let refused = Callback { expect: Expectation::Refusal, ..sent(page) };
        assert_eq!(uninstalled().send(&refused), Ok(()));
    }

    #[test]
    fn a_previous_secret_is_the_same_tenants() {
        assert!(!installed().has_previous_secret());
        assert!(after(installed(), &[NewSecret]).has_previous_secret());
        assert!(!after(installed(), &[NewSecret, ImportedSite]).has_previous_secret());
        assert!(!after(installed(), &[NewSecret, NewTenant]).has_previous_secret());
    }
}
