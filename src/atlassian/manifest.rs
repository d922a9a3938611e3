//! A Forge manifest with Connect modules: another way for an app to say what a descriptor says.

use serde_json::Value;
use serde_saphyr::options;

use super::descriptor::{Descriptor, Places, kind};
use super::variant::Product;

/// A Forge manifest, `manifest.yml`.
#[derive(Debug, Clone, PartialEq)]
pub struct Manifest(Value);

/// A text that is no manifest of an app with an installation callback.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotAManifest {
    /// Broken YAML, or something else.
    #[error("is not YAML: {0}")]
    NotYaml(String),
    /// YAML, but no mapping.
    #[error("is YAML, but {0} instead of a mapping")]
    NoMapping(&'static str),
    /// A Forge app without Connect in it.
    #[error("has no `app.connect`: a pure Forge app has no installation callback")]
    NoConnect,
}

impl Manifest {
    /// Reads a manifest.
    ///
    /// # Errors
    /// When the text is no YAML mapping, or describes an app without Connect modules.
    pub fn parse(text: &str) -> Result<Self, NotAManifest> {
        let root: Value = serde_saphyr::from_str_with_options(text, options! { with_snippet: false })
            .map_err(|error| NotAManifest::NotYaml(error.to_string()))?;
        if !root.is_object() {
            return Err(NotAManifest::NoMapping(kind(&root)));
        }
        if root.pointer("/app/connect").is_none_or(Value::is_null) {
            return Err(NotAManifest::NoConnect);
        }
        Ok(Self(root))
    }

    /// What the manifest says about the app's installation in a product.
    ///
    /// Where a manifest is silent, Forge decides: requests are authenticated with JWTs, and installs are
    /// signed.
    pub fn descriptor(&self, product: Product) -> Descriptor {
        let mut descriptor = Descriptor::read(&self.0, self.places(product));
        if self.0.pointer(&descriptor.places.authentication).is_none() {
            descriptor.authentication = Some("jwt".to_owned());
        }
        descriptor.signed_install = true;
        descriptor
    }

    fn places(&self, product: Product) -> Places {
        let module = match product {
            Product::Jira => "jira:lifecycle",
            Product::Confluence => "confluence:lifecycle",
        };
        Places {
            key: "/app/connect/key".to_owned(),
            name: "/app/name".to_owned(),
            base_url: self.base_url_place(),
            authentication: "/app/connect/authentication".to_owned(),
            lifecycle: format!("/connectModules/{module}/0"),
            signed_install: "/app/connect/apiMigrations/signed-install".to_owned(),
            api_version: "/app/connect/apiVersion".to_owned(),
            scopes: "/permissions/scopes".to_owned(),
            modules: "/connectModules".to_owned(),
        }
    }

    /// The base URL of the remote that Connect names; with data residency, that of its default region.
    fn base_url_place(&self) -> String {
        let wanted = self.0.pointer("/app/connect/remote").and_then(Value::as_str);
        let remotes = self.0.pointer("/remotes").and_then(Value::as_array);
        let index = remotes
            .and_then(|remotes| {
                remotes.iter().position(|remote| wanted.is_none() || remote["key"].as_str() == wanted)
            })
            // Nothing stands there: it is reported as missing.
            .unwrap_or_else(|| remotes.map_or(0, Vec::len));
        let place = format!("/remotes/{index}/baseUrl");
        match self.0.pointer(&place) {
            Some(Value::Object(_)) => format!("{place}/default"),
            Some(_) | None => place,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::atlassian::lint::Severity;
    use crate::atlassian::{BaseUrl, LifecycleEvent};

    const MANIFEST: &str = r#"
app:
  id: ari:cloud:ecosystem::app/406d303d-0393-4ec4-ad7c-1435be94583a
  name: Example
  connect:
    key: com.example.app
    remote: connect
connectModules:
  jira:lifecycle:
    - key: lifecycle-events
      installed: /installed?product=jira
      uninstalled: /uninstalled
  confluence:lifecycle:
    - { key: lifecycle-events, installed: /wiki/installed }
  jira:webhooks: []
remotes:
  - key: other
    baseUrl: https://other.example
  - key: connect
    baseUrl: https://app.example/ctx
permissions:
  scopes: [read:connect-jira]
"#;

    #[test]
    fn a_manifest_says_what_a_descriptor_says() {
        let manifest = Manifest::parse(MANIFEST).expect("a manifest");
        let jira = manifest.descriptor(Product::Jira);
        assert_eq!(jira.key.as_ref().map(ToString::to_string).as_deref(), Some("com.example.app"));
        assert_eq!(jira.name.as_deref(), Some("Example"));
        assert_eq!(jira.base_url.as_deref(), Some("https://app.example/ctx"));
        assert_eq!(jira.lifecycle[&LifecycleEvent::Installed], "/installed?product=jira");
        assert_eq!(jira.lifecycle[&LifecycleEvent::Uninstalled], "/uninstalled");
        assert_eq!(jira.scopes, ["read:connect-jira"]);
        assert!(jira.signed_install);
        let base = BaseUrl::parse("https://app.example/ctx").expect("valid");
        assert_eq!(jira.lint(Some(&base)), []);

        let confluence = manifest.descriptor(Product::Confluence);
        assert_eq!(confluence.lifecycle[&LifecycleEvent::Installed], "/wiki/installed");
        assert_eq!(confluence.lifecycle.len(), 1);
    }

    #[test]
    fn what_is_missing_is_told_at_its_place_in_the_manifest() {
        let places = |text: &str| -> Vec<String> {
            let findings = Manifest::parse(text).expect("a manifest").descriptor(Product::Jira).lint(None);
            let errors = findings.into_iter().filter(|finding| finding.severity == Severity::Error);
            errors.map(|finding| finding.pointer).collect()
        };
        assert_eq!(
            places("app: { connect: {} }"),
            ["/app/connect/key", "/remotes/0/baseUrl", "/connectModules/jira:lifecycle/0/installed"]
        );
        assert_eq!(places(&MANIFEST.replace("remote: connect", "remote: gone")), ["/remotes/2/baseUrl"]);
        assert_eq!(
            places(&MANIFEST.replace("https://app.example/ctx", "http://app.example")),
            ["/remotes/1/baseUrl"]
        );
        assert_eq!(
            places(
                &MANIFEST
                    .replace("  - key: lifecycle", "  - installed: 7\n      key: x")
                    .replace("      installed: /installed?product=jira\n", "")
            ),
            ["/connectModules/jira:lifecycle/0/installed"]
        );
    }

    #[test]
    fn the_default_region_counts() {
        let text = MANIFEST.replace(
            "baseUrl: https://app.example/ctx",
            "baseUrl: { default: 'https://us.example', EU: 'https://eu.example' }",
        );
        let descriptor = Manifest::parse(&text).expect("a manifest").descriptor(Product::Jira);
        assert_eq!(descriptor.base_url.as_deref(), Some("https://us.example"));
    }

    #[test]
    fn what_is_no_manifest_is_told_apart() {
        let of = |text: &str| Manifest::parse(text).expect_err("no manifest").to_string();
        assert_eq!(of("app: [1"), "is not YAML: unclosed bracket '[' at line 1, column 6");
        assert_eq!(of("<html>"), "is YAML, but a string instead of a mapping");
        assert_eq!(of(""), "is YAML, but null instead of a mapping");
        assert!(of("app: { id: x }\nmodules: {}").starts_with("has no `app.connect`"));
    }
}
