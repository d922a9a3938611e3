//! The scenarios that come with the program: the files of `scenarios/`, compiled in.

/// A scenario that comes with the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Builtin {
    /// Its name, which is also its file's.
    pub name: &'static str,
    /// Its file's text.
    pub text: &'static str,
}

impl Builtin {
    /// What its file is called where a person is pointed to it.
    pub fn file_name(&self) -> String {
        format!("scenarios/{}.json (built in)", self.name)
    }
}

/// The six scenarios of the lifecycle: what is rehearsed when nothing else is asked for.
pub const LIFECYCLE: [&str; 6] = [
    "initial-install",
    "manual-upgrade",
    "automatic-upgrade",
    "site-rename",
    "site-import",
    "secret-rotation",
];

/// The scenario of a health check: one callback.
pub const SINGLE_INSTALL: &str = "single-install";

/// Every built-in scenario, those of the lifecycle first.
pub static ALL: [Builtin; 11] = [
    builtin("initial-install", include_str!("../../scenarios/initial-install.json")),
    builtin("manual-upgrade", include_str!("../../scenarios/manual-upgrade.json")),
    builtin("automatic-upgrade", include_str!("../../scenarios/automatic-upgrade.json")),
    builtin("site-rename", include_str!("../../scenarios/site-rename.json")),
    builtin("site-import", include_str!("../../scenarios/site-import.json")),
    builtin("secret-rotation", include_str!("../../scenarios/secret-rotation.json")),
    builtin("reinstall", include_str!("../../scenarios/reinstall.json")),
    builtin("confluence-install", include_str!("../../scenarios/confluence-install.json")),
    builtin("paid-upgrade", include_str!("../../scenarios/paid-upgrade.json")),
    builtin("connect-on-forge-rename", include_str!("../../scenarios/connect-on-forge-rename.json")),
    builtin(SINGLE_INSTALL, include_str!("../../scenarios/single-install.json")),
];

/// The built-in scenario of this name.
pub fn find(name: &str) -> Option<&'static Builtin> {
    ALL.iter().find(|builtin| builtin.name == name)
}

const fn builtin(name: &'static str, text: &'static str) -> Builtin {
    Builtin { name, text }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::atlassian::{PayloadVariant, Product, TenantChange};
    use crate::scenario::source::Source;
    use crate::scenario::{Case, Event, Order, Scenario, check, document};

    fn scenario(name: &str) -> Scenario {
        let builtin = find(name).expect("built in");
        check([(builtin.file_name(), builtin.text.to_owned())], Product::Jira).expect("valid").remove(0)
    }

    #[test]
    fn every_file_is_valid_well_laid_out_and_named_after_its_scenario() {
        for builtin in &ALL {
            let scenario = scenario(builtin.name);
            assert_eq!(scenario.name, builtin.name);
            assert_eq!(scenario.order, Order::Documented);
            assert!(!scenario.description.is_empty(), "{}", builtin.name);
            let (document, _) = document::read(Source::new(builtin.name, builtin.text));
            assert_eq!(builtin.text, document.expect("valid").to_json(), "{}", builtin.name);
        }
    }

    #[test]
    fn the_cases_change_what_atlassian_changes() {
        use TenantChange::{
            ImportedSite, NewAppVersion, NewSecret, NewTenant, RenamedSite, UserAbsent, UserPresent,
        };
        let expected: [(&str, Case, &[TenantChange], bool); 9] = [
            ("initial-install", Case::InitialInstall, &[NewTenant, UserPresent], true),
            ("reinstall", Case::Reinstall, &[NewSecret], true),
            ("manual-upgrade", Case::ManualUpgrade, &[NewAppVersion, UserPresent], true),
            ("manual-upgrade", Case::ManualUpgrade, &[NewAppVersion, NewSecret, UserPresent], true),
            ("automatic-upgrade", Case::AutomaticUpgrade, &[NewAppVersion, UserAbsent], true),
            ("automatic-upgrade", Case::AutomaticUpgrade, &[NewAppVersion, NewSecret, UserAbsent], true),
            ("site-rename", Case::SiteRename, &[RenamedSite], false),
            ("site-import", Case::SiteImport, &[ImportedSite], true),
            ("secret-rotation", Case::SecretRotation, &[NewSecret, UserAbsent], false),
        ];
        for (name, case, changes, enabled) in expected {
            let scenario = scenario(name);
            let step = scenario.steps.iter().find(|step| step.case == case && step.changes == changes);
            let step = step.unwrap_or_else(|| panic!("{name} has no step with {changes:?}"));
            assert_eq!(step.callbacks[0].event, Event::Installed);
            assert!(step.callbacks[0].counted);
            assert_eq!(
                step.callbacks.get(1).is_some_and(|next| next.event == Event::Enabled),
                enabled,
                "{name}"
            );
        }
    }

    #[test]
    fn the_payload_changes_where_the_case_says_so() {
        let variants =
            |name, step: usize| -> Vec<_> { scenario(name).steps[step].variants.iter().copied().collect() };
        assert_eq!(variants("paid-upgrade", 0), []);
        assert_eq!(variants("paid-upgrade", 1), [PayloadVariant::Paid]);
        assert_eq!(variants("connect-on-forge-rename", 1), [PayloadVariant::ConnectOnForge]);
        assert_eq!(
            variants("connect-on-forge-rename", 2),
            [PayloadVariant::ConnectOnForge, PayloadVariant::InstallationIdOmitted]
        );
        assert_eq!(scenario("confluence-install").product, Product::Confluence);
    }
}
