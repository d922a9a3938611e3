//! The app descriptor, `atlassian-connect.json`: read with tolerance, so that all that is wrong with it
//! can be said at once.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::identity::{AppKey, BaseUrl};
use super::lifecycle::LifecycleEvent;
use super::target::LifecycleTargets;

/// What an app says about itself, as far as an installation is concerned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Descriptor {
    /// The app's key.
    pub key: Option<AppKey>,
    /// The name that people see.
    pub name: Option<String>,
    /// Where the app lives, exactly as stated: the audience of tokens.
    pub base_url: Option<String>,
    /// How requests between product and app are authenticated: `jwt` or `none`.
    pub authentication: Option<String>,
    /// The path of each lifecycle callback that the app subscribes to, relative to the base URL.
    pub lifecycle: BTreeMap<LifecycleEvent, String>,
    /// Whether installs are signed with a key of Atlassian's.
    pub signed_install: bool,
    /// The major version of the app's interface with the product.
    pub api_version: Option<u64>,
    /// What the app may do.
    pub scopes: Vec<String>,
    /// The kinds of modules that the app adds to the product.
    pub modules: Vec<String>,
    /// Where in the file each part stands.
    pub(super) places: Places,
    /// What could not be read.
    pub(super) misread: Vec<Misread>,
}

/// A value that is not what should stand at its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Misread {
    pub(super) pointer: String,
    pub(super) problem: String,
}

/// JSON pointers to the parts of a descriptor in the file that it was read from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Places {
    pub(super) key: String,
    pub(super) name: String,
    pub(super) base_url: String,
    pub(super) authentication: String,
    pub(super) lifecycle: String,
    pub(super) signed_install: String,
    pub(super) api_version: String,
    pub(super) scopes: String,
    pub(super) modules: String,
}

impl Places {
    /// Where things stand in `atlassian-connect.json`.
    fn of_descriptor() -> Self {
        Self {
            key: "/key".to_owned(),
            name: "/name".to_owned(),
            base_url: "/baseUrl".to_owned(),
            authentication: "/authentication/type".to_owned(),
            lifecycle: "/lifecycle".to_owned(),
            signed_install: "/apiMigrations/signed-install".to_owned(),
            api_version: "/apiVersion".to_owned(),
            scopes: "/scopes".to_owned(),
            modules: "/modules".to_owned(),
        }
    }
}

/// A text that is no descriptor at all.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotADescriptor {
    /// Nothing is there.
    #[error("is empty")]
    Empty,
    /// A page for people: a login page, an error page, or another application.
    #[error("is an HTML page{}, not JSON", .title.as_ref().map(|title| format!(" (\"{title}\")")).unwrap_or_default())]
    Html {
        /// The page's title.
        title: Option<String>,
    },
    /// The other file by which an app can describe itself.
    #[error("is a Forge manifest, not JSON: read it with --manifest")]
    Manifest,
    /// Broken JSON, or something else.
    #[error("is not JSON: {problem} at line {line}, column {column}")]
    NotJson {
        /// What the reader stumbled over.
        problem: String,
        /// Counted from 1.
        line: usize,
        /// Counted from 1.
        column: usize,
    },
    /// JSON, but no object.
    #[error("is JSON, but {0} instead of an object")]
    NoObject(&'static str),
}

impl Descriptor {
    /// Reads `atlassian-connect.json`. Fields that are unknown, missing or of the wrong kind are no error
    /// here: [`Descriptor::lint`] tells them.
    ///
    /// # Errors
    /// When the text is no JSON object.
    pub fn parse(text: &str) -> Result<Self, NotADescriptor> {
        let text = text.trim_start_matches('\u{feff}').trim();
        if text.is_empty() {
            return Err(NotADescriptor::Empty);
        }
        if text.starts_with('<') {
            return Err(NotADescriptor::Html { title: title(text) });
        }
        let root: Value = serde_json::from_str(text).map_err(|error| not_json(text, &error))?;
        match root {
            Value::Object(_) => Ok(Self::read(&root, Places::of_descriptor())),
            other => Err(NotADescriptor::NoObject(kind(&other))),
        }
    }

    /// Reads what stands at these places of a document.
    pub(super) fn read(root: &Value, places: Places) -> Self {
        let mut reader = Reader { root, misread: Vec::new() };
        Self {
            key: reader.key(&places.key),
            name: reader.text(&places.name),
            base_url: reader.text(&places.base_url),
            authentication: reader.text(&places.authentication),
            lifecycle: reader.lifecycle(&places.lifecycle),
            signed_install: reader.flag(&places.signed_install),
            api_version: reader.number(&places.api_version),
            scopes: reader.texts(&places.scopes),
            modules: reader.names(&places.modules),
            misread: reader.misread,
            places,
        }
    }

    /// The targets of the lifecycle callbacks below a base URL: the descriptor's own, or that of the
    /// deployment to rehearse. Paths that are none are left out.
    pub fn targets(&self, base: BaseUrl) -> LifecycleTargets {
        let own = self.base_url.as_deref().and_then(|text| BaseUrl::parse(text).ok());
        let targets = match own {
            Some(own) => LifecycleTargets::elsewhere(base, &own),
            None => LifecycleTargets::new(base),
        };
        self.lifecycle
            .iter()
            .filter(|(_, path)| !is_absolute(path))
            .fold(targets, |targets, (event, path)| targets.with(*event, path))
    }
}

/// Whether a lifecycle path is a URL of its own, which can't follow a base URL.
pub(super) fn is_absolute(path: &str) -> bool {
    path.starts_with("//") || url::Url::parse(path).is_ok()
}

struct Reader<'a> {
    root: &'a Value,
    misread: Vec<Misread>,
}

impl<'a> Reader<'a> {
    /// The value at a place, unless it is missing. An explicit null counts as missing.
    fn at(&self, pointer: &str) -> Option<&'a Value> {
        self.root.pointer(pointer).filter(|value| !value.is_null())
    }

    fn misread<T>(&mut self, pointer: &str, wanted: &str, found: &Value) -> Option<T> {
        let problem = format!("is {}, not {wanted}", kind(found));
        self.misread.push(Misread { pointer: pointer.to_owned(), problem });
        None
    }

    fn text(&mut self, pointer: &str) -> Option<String> {
        let value = self.at(pointer)?;
        value.as_str().map(str::to_owned).or_else(|| self.misread(pointer, "a string", value))
    }

    fn key(&mut self, pointer: &str) -> Option<AppKey> {
        match AppKey::new(self.text(pointer)?) {
            Ok(key) => Some(key),
            Err(error) => {
                self.misread.push(Misread { pointer: pointer.to_owned(), problem: error.to_string() });
                None
            }
        }
    }

    fn flag(&mut self, pointer: &str) -> bool {
        self.at(pointer)
            .and_then(|value| value.as_bool().or_else(|| self.misread(pointer, "true or false", value)))
            .unwrap_or(false)
    }

    fn number(&mut self, pointer: &str) -> Option<u64> {
        let value = self.at(pointer)?;
        value.as_u64().or_else(|| self.misread(pointer, "a whole number", value))
    }

    fn object(&mut self, pointer: &str) -> Option<&'a Map<String, Value>> {
        let value = self.at(pointer)?;
        value.as_object().or_else(|| self.misread(pointer, "an object", value))
    }

    fn names(&mut self, pointer: &str) -> Vec<String> {
        self.object(pointer).map(|object| object.keys().cloned().collect()).unwrap_or_default()
    }

    fn texts(&mut self, pointer: &str) -> Vec<String> {
        let Some(value) = self.at(pointer) else { return Vec::new() };
        let items = value.as_array().or_else(|| self.misread(pointer, "an array", value));
        let count = items.map_or(0, Vec::len);
        (0..count).filter_map(|index| self.text(&format!("{pointer}/{index}"))).collect()
    }

    fn lifecycle(&mut self, pointer: &str) -> BTreeMap<LifecycleEvent, String> {
        if self.object(pointer).is_none() {
            return BTreeMap::new();
        }
        LifecycleEvent::ALL
            .into_iter()
            .filter_map(|event| Some((event, self.text(&format!("{pointer}/{event}"))?)))
            .collect()
    }
}

pub(super) fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}

fn not_json(text: &str, error: &serde_json::Error) -> NotADescriptor {
    if text.lines().any(|line| line.trim_end() == "app:") {
        return NotADescriptor::Manifest;
    }
    let (line, column) = (error.line(), error.column());
    let message = error.to_string();
    let problem = message.strip_suffix(&format!(" at line {line} column {column}")).unwrap_or(&message);
    NotADescriptor::NotJson { problem: problem.to_owned(), line, column }
}

/// The title of an HTML page, in one line and shortened.
fn title(html: &str) -> Option<String> {
    let lower = html.to_ascii_lowercase();
    let start = lower.find("<title")?;
    let start = start + lower[start..].find('>')? + 1;
    let end = start + lower[start..].find("</title")?;
    let title: String = html[start..end].split_whitespace().collect::<Vec<_>>().join(" ");
    let title: String = title.chars().filter(|c| !c.is_control()).take(80).collect();
    (!title.is_empty()).then_some(title)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_descriptor_is_read_and_unknown_fields_are_left_alone() {
        let descriptor = Descriptor::parse(
            r#"{
                "key": "com.example.app", "name": "Example", "baseUrl": "https://app.example/ctx",
                "authentication": {"type": "jwt"},
                "lifecycle": {"installed": "/installed?tier=a", "uninstalled": "/gone", "other": 1},
                "apiMigrations": {"signed-install": true, "gdpr": true}, "apiVersion": 3,
                "scopes": ["READ", "WRITE"], "modules": {"webhooks": [], "generalPages": []},
                "vendor": {"name": "Example"}
            }"#,
        )
        .expect("an object");
        assert_eq!(descriptor.key.as_ref().map(AppKey::as_str), Some("com.example.app"));
        assert_eq!(descriptor.name.as_deref(), Some("Example"));
        assert_eq!(descriptor.base_url.as_deref(), Some("https://app.example/ctx"));
        assert_eq!(descriptor.authentication.as_deref(), Some("jwt"));
        assert_eq!(descriptor.lifecycle.len(), 2);
        assert!(descriptor.signed_install);
        assert_eq!(descriptor.api_version, Some(3));
        assert_eq!(descriptor.scopes, ["READ", "WRITE"]);
        assert_eq!(descriptor.modules, ["webhooks", "generalPages"]);
        assert!(descriptor.misread.is_empty());

        let targets = descriptor.targets(BaseUrl::parse("http://localhost:3000").expect("valid"));
        let installed = targets.get(LifecycleEvent::Installed).expect("subscribed");
        assert_eq!(installed.url().as_str(), "http://localhost:3000/installed?tier=a");
        assert_eq!(targets.at("/ctx/page").path(), "/page");
        assert!(targets.get(LifecycleEvent::Enabled).is_none());
    }

    #[test]
    fn what_is_of_the_wrong_kind_is_noted_at_its_place() {
        let descriptor = Descriptor::parse(
            r#"{"key": "", "name": null, "baseUrl": 7, "authentication": "jwt", "lifecycle": {"installed": true},
                "apiMigrations": {"signed-install": "true"}, "apiVersion": "1", "scopes": ["READ", 1],
                "modules": []}"#,
        )
        .expect("an object");
        let pointers: Vec<&str> = descriptor.misread.iter().map(|misread| misread.pointer.as_str()).collect();
        assert_eq!(
            pointers,
            [
                "/key",
                "/baseUrl",
                "/lifecycle/installed",
                "/apiMigrations/signed-install",
                "/apiVersion",
                "/scopes/1",
                "/modules"
            ]
        );
        assert_eq!(descriptor.misread[1].problem, "is a number, not a string");
        assert!(!descriptor.signed_install);
    }

    #[test]
    fn what_is_no_descriptor_is_told_apart() {
        let of = |text: &str| Descriptor::parse(text).expect_err("no descriptor").to_string();
        assert_eq!(of("\u{feff} \n"), "is empty");
        assert_eq!(
            of("\n<!DOCTYPE html><html><head><TITLE lang=en>\n Sign  in </title>"),
            "is an HTML page (\"Sign in\"), not JSON"
        );
        assert_eq!(of("<html>"), "is an HTML page, not JSON");
        assert_eq!(of("[1]"), "is JSON, but an array instead of an object");
        assert_eq!(of("{\n  \"key\": }"), "is not JSON: expected value at line 2, column 10");
        assert!(of("modules: {}\napp:\n  id: x").starts_with("is a Forge manifest"));
        assert!(of("Cannot GET /").starts_with("is not JSON: expected value at line 1"));
    }

    #[test]
    fn a_path_that_is_a_url_is_no_target() {
        for (path, absolute) in [
            ("https://other.example/installed", true),
            ("//other.example/installed", true),
            ("mailto:x", true),
            ("/installed", false),
            ("installed", false),
            ("/installed?to=https://x", false),
        ] {
            assert_eq!(is_absolute(path), absolute, "{path}");
        }
    }
}
