//! A Forge manifest: read, and seen as each product's descriptor.

#![no_main]

use libfuzzer_sys::fuzz_target;
use rehearsal::atlassian::manifest::Manifest;
use rehearsal::atlassian::{BaseUrl, LifecycleEvent, Product};

fuzz_target!(|text: &str| {
    let Ok(manifest) = Manifest::parse(text) else { return };
    let base = BaseUrl::parse("https://app.example/connect").expect("a base URL");
    for product in [Product::Jira, Product::Confluence] {
        let descriptor = manifest.descriptor(product);
        let _ = descriptor.lint(Some(&base));
        let _ = descriptor.targets(base.clone()).get(LifecycleEvent::Installed);
    }
});
