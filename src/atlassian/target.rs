//! Where the callbacks go: full URLs, and the parts of them that a token is bound to.

use std::collections::BTreeMap;
use std::sync::Arc;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use url::Url;

use super::identity::BaseUrl;
use super::lifecycle::LifecycleEvent;
use super::query_hash::relative_path;

/// One URL of an app, ready to be called and signed for. Cheap to clone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    url: Arc<Url>,
    /// The path of the base URL that the app calls its own.
    base_path: Arc<str>,
}

impl Target {
    /// The URL to call.
    pub fn url(&self) -> &Arc<Url> {
        &self.url
    }

    /// The path below the app's base URL: what the `qsh` is computed from.
    pub fn path(&self) -> &str {
        relative_path(&self.base_path, self.url.path())
    }

    /// The query without its `?`, as sent.
    pub fn query(&self) -> Option<&str> {
        self.url.query()
    }

    /// The same target with one more query parameter, whose value gets encoded.
    #[must_use]
    pub fn with_parameter(mut self, name: &str, value: &str) -> Self {
        let parameter = format!("{name}={}", utf8_percent_encode(value, NON_ALPHANUMERIC));
        let query = match self.url.query() {
            None | Some("") => parameter,
            Some(query) => format!("{query}&{parameter}"),
        };
        Arc::make_mut(&mut self.url).set_query(Some(&query));
        self
    }
}

/// The targets of an app's lifecycle callbacks. Those that the app doesn't subscribe to are missing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LifecycleTargets {
    base: BaseUrl,
    /// The path of the base URL that the app calls its own.
    base_path: Arc<str>,
    targets: BTreeMap<LifecycleEvent, Target>,
}

impl LifecycleTargets {
    /// No targets yet, below this base URL.
    pub fn new(base: BaseUrl) -> Self {
        let base_path = base.path().into();
        Self { base, base_path, targets: BTreeMap::new() }
    }

    /// No targets yet, of an app that is called at one base URL and calls another its own: it is that one's
    /// path which the app takes off before it computes a `qsh`.
    pub fn elsewhere(base: BaseUrl, own: &BaseUrl) -> Self {
        Self { base, base_path: own.path().into(), targets: BTreeMap::new() }
    }

    /// Adds the path of an event, relative to the base URL.
    #[must_use]
    pub fn with(mut self, event: LifecycleEvent, path: &str) -> Self {
        self.targets.insert(event, self.at(path));
        self
    }

    /// The target at any path of the app, as [`BaseUrl::join`] puts it below the base URL.
    pub fn at(&self, path: &str) -> Target {
        Target { url: self.base.join(path).into(), base_path: Arc::clone(&self.base_path) }
    }

    /// The base URL.
    pub fn base(&self) -> &BaseUrl {
        &self.base
    }

    /// The target of an event, unless the app doesn't subscribe to it.
    pub fn get(&self, event: LifecycleEvent) -> Option<&Target> {
        self.targets.get(&event)
    }

    /// The events that the app subscribes to.
    pub fn events(&self) -> impl Iterator<Item = LifecycleEvent> + '_ {
        self.targets.keys().copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target(base: &str, path: &str) -> Target {
        LifecycleTargets::new(BaseUrl::parse(base).expect("valid")).at(path)
    }

    #[test]
    fn a_target_is_the_concatenation_and_knows_its_relative_path() {
        let target = target("https://app.example/ctx", "/installed?tier=a%20b");
        assert_eq!(target.url().as_str(), "https://app.example/ctx/installed?tier=a%20b");
        assert_eq!(target.path(), "/installed");
        assert_eq!(target.query(), Some("tier=a%20b"));
    }

    #[test]
    fn what_is_hashed_is_what_is_sent() {
        let target = target("http://[::1]:3000", "/a b/../in stalled#fragment");
        assert_eq!(target.url().as_str(), "http://[::1]:3000/in%20stalled");
        assert_eq!(target.path(), "/in%20stalled");
    }

    #[test]
    fn an_app_that_is_called_elsewhere_hashes_below_its_own_base_url() {
        let base = |text| BaseUrl::parse(text).expect("valid");
        for (called, own, path) in [
            ("http://localhost/ctx", "https://app.example/ctx", "/installed"),
            ("http://localhost", "https://app.example/ctx", "/installed"),
            ("http://localhost/ctx", "https://app.example", "/ctx/installed"),
        ] {
            let targets = LifecycleTargets::elsewhere(base(called), &base(own));
            assert_eq!(targets.at("/installed").path(), path, "{called} {own}");
        }
    }

    #[test]
    fn a_parameter_is_encoded_and_added_last() {
        assert_eq!(
            target("http://app", "/installed?a=1").with_parameter("user_key", "557058:x y").query(),
            Some("a=1&user_key=557058%3Ax%20y")
        );
        assert_eq!(target("http://app", "/installed").with_parameter("u", "x").query(), Some("u=x"));
    }

    #[test]
    fn a_path_can_not_lead_to_another_host() {
        for path in ["@evil.example/", ".evil.example/", ":99/x"] {
            assert_eq!(target("http://app.example", path).url().host_str(), Some("app.example"), "{path}");
        }
    }

    #[test]
    fn targets_hold_what_the_app_subscribes_to() {
        let base = BaseUrl::parse("http://app").expect("valid");
        let targets = LifecycleTargets::new(base).with(LifecycleEvent::Installed, "/in");
        assert!(targets.get(LifecycleEvent::Uninstalled).is_none());
        assert_eq!(targets.events().collect::<Vec<_>>(), [LifecycleEvent::Installed]);
    }
}
