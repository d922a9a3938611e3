//! What is wrong with a descriptor, or worth knowing about it, before anything is sent.

use url::Host;

use super::descriptor::{Descriptor, is_absolute};
use super::identity::BaseUrl;
use super::lifecycle::LifecycleEvent;

/// Something about a descriptor that a person should know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// How bad it is.
    pub severity: Severity,
    /// Where in the file: a JSON pointer.
    pub pointer: String,
    /// What is the matter.
    pub problem: String,
    /// What to do about it.
    pub remedy: String,
}

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Worth knowing.
    Info,
    /// It works today or in one environment, and may not in another.
    Warning,
    /// Atlassian would refuse it, or its callbacks could not arrive.
    Error,
}

impl Severity {
    /// The name in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

impl Descriptor {
    /// All findings, the worst first. `given` is the base URL that the person wants to rehearse.
    pub fn lint(&self, given: Option<&BaseUrl>) -> Vec<Finding> {
        let mut findings = Findings(Vec::new());
        for misread in &self.misread {
            findings.add(Severity::Error, &misread.pointer, &misread.problem, "Correct the value.");
        }
        self.lint_key(&mut findings);
        self.lint_base_url(given, &mut findings);
        self.lint_authentication(&mut findings);
        self.lint_lifecycle(&mut findings);
        findings.0.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
        findings.0
    }

    fn lint_key(&self, findings: &mut Findings) {
        let Some(key) = &self.key else {
            findings.missing(&self.places.key, "Give the app a key, e.g. `com.example.app`.");
            return;
        };
        let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_');
        if !key.as_str().chars().all(allowed) {
            findings.add(
                Severity::Error,
                &self.places.key,
                "has other characters than letters, digits, `-`, `.` and `_`",
                "Take another key; Atlassian refuses this one.",
            );
        }
        if key.as_str().len() > LONGEST_KEY {
            findings.add(
                Severity::Warning,
                &self.places.key,
                &format!("is longer than {LONGEST_KEY} characters"),
                "Take a shorter key; Atlassian documents this as the limit.",
            );
        }
    }

    fn lint_base_url(&self, given: Option<&BaseUrl>, findings: &mut Findings) {
        let pointer = &self.places.base_url;
        let Some(text) = &self.base_url else {
            findings.missing(pointer, "State where the app lives, e.g. `https://app.example.com`.");
            return;
        };
        let base = match BaseUrl::parse(text) {
            Ok(base) => base,
            Err(error) => {
                let remedy = "State scheme, host and path alone, e.g. `https://app.example.com/connect`.";
                findings.add(Severity::Error, pointer, &error.to_string(), remedy);
                return;
            }
        };
        if text.ends_with('/') {
            findings.add(
                Severity::Warning,
                pointer,
                "ends in a slash, and paths are appended to it",
                "Leave the slash off: some frameworks compare the token's `aud` with it letter by letter.",
            );
        }
        let loopback = is_loopback(&base);
        if base.url().scheme() == "http" {
            let severity = if loopback { Severity::Info } else { Severity::Error };
            findings.add(
                severity,
                pointer,
                "is plain http: Atlassian calls https alone",
                "Put TLS in front of the app before it is installed for real.",
            );
        }
        let port = base.url().port_or_known_default();
        if !loopback && !port.is_some_and(|port| INSTALLABLE_PORTS.contains(&port)) {
            findings.add(
                Severity::Warning,
                pointer,
                "is on a port that Atlassian does not fetch descriptors from",
                "Serve the descriptor on port 443; 80 and 8080 are the others documented.",
            );
        }
        if let Some(given) = given.filter(|given| given.to_string() != base.to_string()) {
            findings.add(
                Severity::Warning,
                pointer,
                &format!("is {base}, not the {given} that is to be rehearsed: Atlassian would call {base}"),
                "Rehearse the URL of the descriptor, or deploy a descriptor with this base URL.",
            );
        }
    }

    fn lint_authentication(&self, findings: &mut Findings) {
        let pointer = &self.places.authentication;
        match self.authentication.as_deref().map(str::to_ascii_lowercase).as_deref() {
            Some("jwt") => {}
            Some("none") => findings.add(
                Severity::Warning,
                pointer,
                "is `none`: the app gets no shared secret, and can't tell who calls",
                "Make it `jwt`.",
            ),
            Some(_) => {
                findings.add(Severity::Error, pointer, "is neither `jwt` nor `none`", "Make it `jwt`.")
            }
            None => findings.missing(pointer, "Make it `jwt`."),
        }
        if !self.signed_install {
            findings.add_unless_misread(
                Severity::Warning,
                &self.places.signed_install,
                "is not true: the app does not say that it verifies signed installs",
                "Set it to true and verify them; to rehearse the app as it is, add `--trust legacy`.",
            );
        }
    }

    fn lint_lifecycle(&self, findings: &mut Findings) {
        let place = |event: LifecycleEvent| format!("{}/{event}", self.places.lifecycle);
        if !self.lifecycle.contains_key(&LifecycleEvent::Installed) {
            findings.missing(
                &place(LifecycleEvent::Installed),
                "Subscribe to it, e.g. with `/installed`: without it an app never gets a shared secret.",
            );
        }
        if !self.lifecycle.contains_key(&LifecycleEvent::Uninstalled) {
            findings.add_unless_misread(
                Severity::Info,
                &place(LifecycleEvent::Uninstalled),
                "is missing: what a rehearsal installs can't be uninstalled again",
                "Subscribe to it, or remove the tenants `rehearsal-…` by hand.",
            );
        }
        for (event, path) in &self.lifecycle {
            let (severity, problem, remedy) = if is_absolute(path) {
                (
                    Severity::Error,
                    "is a URL of its own, but is appended to the base URL",
                    "State the path below the base URL alone, e.g. `/installed`.",
                )
            } else if !path.starts_with('/') {
                (
                    Severity::Warning,
                    "has no slash in front, and is appended to the base URL",
                    "Begin it with a slash.",
                )
            } else if path.contains('#') {
                (Severity::Warning, "has a fragment, which is never sent", "Leave the fragment off.")
            } else {
                continue;
            };
            findings.add(severity, &place(*event), problem, remedy);
        }
    }
}

/// Atlassian's reference of the descriptor: the key's length.
const LONGEST_KEY: usize = 64;

/// Atlassian's reference of the descriptor: the ports that it is fetched from.
const INSTALLABLE_PORTS: [u16; 3] = [80, 443, 8080];

fn is_loopback(base: &BaseUrl) -> bool {
    match base.url().host() {
        Some(Host::Domain(domain)) => domain == "localhost" || domain.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

struct Findings(Vec<Finding>);

impl Findings {
    fn add(&mut self, severity: Severity, pointer: &str, problem: &str, remedy: &str) {
        self.0.push(Finding {
            severity,
            pointer: pointer.to_owned(),
            problem: problem.to_owned(),
            remedy: remedy.to_owned(),
        });
    }

    fn missing(&mut self, pointer: &str, remedy: &str) {
        self.add_unless_misread(Severity::Error, pointer, "is missing", remedy);
    }

    /// Adds what follows from a value's absence, unless something unreadable stands there.
    fn add_unless_misread(&mut self, severity: Severity, pointer: &str, problem: &str, remedy: &str) {
        if self.0.iter().all(|finding| finding.pointer != pointer) {
            self.add(severity, pointer, problem, remedy);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;

    fn sound() -> Value {
        json!({
            "key": "com.example.app",
            "baseUrl": "https://app.example",
            "authentication": { "type": "jwt" },
            "lifecycle": { "installed": "/installed", "uninstalled": "/uninstalled" },
            "apiMigrations": { "signed-install": true },
        })
    }

    fn lint(descriptor: &Value, given: Option<&str>) -> Vec<Finding> {
        let given = given.map(|text| BaseUrl::parse(text).expect("valid"));
        Descriptor::parse(&descriptor.to_string()).expect("an object").lint(given.as_ref())
    }

    /// What is found when one value of a sound descriptor is replaced.
    fn with(pointer: &str, value: Value) -> Vec<(Severity, String)> {
        let mut descriptor = sound();
        *descriptor.pointer_mut(pointer).expect("it is there") = value;
        lint(&descriptor, None).into_iter().map(|finding| (finding.severity, finding.pointer)).collect()
    }

    #[test]
    fn a_sound_descriptor_has_no_findings() {
        assert_eq!(lint(&sound(), Some("https://app.example")), []);
    }

    #[test]
    fn each_fault_is_found_at_its_place() {
        for (pointer, value, severity) in [
            ("/key", Value::Null, Severity::Error),
            ("/key", json!("com example/app"), Severity::Error),
            ("/key", json!("a".repeat(65)), Severity::Warning),
            ("/key", json!(1), Severity::Error),
            ("/baseUrl", Value::Null, Severity::Error),
            ("/baseUrl", json!("app.example"), Severity::Error),
            ("/baseUrl", json!("https://app.example/?tenant=a"), Severity::Error),
            ("/baseUrl", json!("http://app.example"), Severity::Error),
            ("/baseUrl", json!("http://localhost:3000"), Severity::Info),
            ("/baseUrl", json!("https://app.example/"), Severity::Warning),
            ("/baseUrl", json!("https://app.example:8443"), Severity::Warning),
            ("/authentication/type", json!("none"), Severity::Warning),
            ("/authentication/type", json!("oauth"), Severity::Error),
            ("/authentication/type", Value::Null, Severity::Error),
            ("/apiMigrations/signed-install", json!(false), Severity::Warning),
            ("/apiMigrations/signed-install", json!("yes"), Severity::Error),
            ("/lifecycle/installed", Value::Null, Severity::Error),
            ("/lifecycle/installed", json!("https://app.example/installed"), Severity::Error),
            ("/lifecycle/installed", json!("installed"), Severity::Warning),
            ("/lifecycle/installed", json!("/installed#now"), Severity::Warning),
            ("/lifecycle/uninstalled", Value::Null, Severity::Info),
        ] {
            assert_eq!(with(pointer, value.clone()), [(severity, pointer.to_owned())], "{pointer} {value}");
        }
    }

    #[test]
    fn a_base_url_other_than_the_given_one_is_told() {
        let findings = lint(&sound(), Some("https://staging.example"));
        assert_eq!(findings.len(), 1);
        assert!(findings[0].problem.contains("https://app.example, not the https://staging.example"));
    }

    #[test]
    fn the_worst_comes_first() {
        let severities: Vec<Severity> =
            lint(&json!({ "baseUrl": "http://localhost" }), None).iter().map(|it| it.severity).collect();
        assert_eq!(
            severities,
            [
                Severity::Error,
                Severity::Error,
                Severity::Error,
                Severity::Warning,
                Severity::Info,
                Severity::Info
            ]
        );
    }

    proptest! {
        #[test]
        fn no_value_at_any_place_makes_it_panic(
            place in prop::sample::select(vec![
                "/key", "/baseUrl", "/authentication", "/authentication/type", "/lifecycle",
                "/lifecycle/installed", "/apiMigrations", "/apiMigrations/signed-install",
            ]),
            text in "\\PC{0,12}|https?://\\PC{0,12}|[0-9]{1,25}|\\[\\]|\\{\\}",
        ) {
            let mut descriptor = sound();
            if let Some(value) = descriptor.pointer_mut(place) {
                *value = serde_json::from_str(&text).unwrap_or(Value::String(text));
            }
            let read = Descriptor::parse(&descriptor.to_string()).expect("an object");
            read.lint(None);
            read.targets(BaseUrl::parse("http://localhost").expect("valid"));
        }
    }
}
