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

/// Every built-in scenario, those of the lifecycle first.
pub static ALL: [Builtin; 10] = [
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
];

/// The built-in scenario of this name.
pub fn find(name: &str) -> Option<&'static Builtin> {
    ALL.iter().find(|builtin| builtin.name == name)
}

const fn builtin(name: &'static str, text: &'static str) -> Builtin {
    Builtin { name, text }
}
