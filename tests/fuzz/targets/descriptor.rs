//! An app's descriptor, as a stranger's server sends it: read, checked, and turned into targets.

#![no_main]

use libfuzzer_sys::fuzz_target;
use rehearsal::atlassian::{BaseUrl, Descriptor, LifecycleEvent};

fuzz_target!(|bytes: &[u8]| {
    let text = String::from_utf8_lossy(bytes);
    let Ok(descriptor) = Descriptor::parse(&text) else { return };
    let base = BaseUrl::parse("https://app.example/connect").expect("a base URL");
    let _ = descriptor.lint(Some(&base));
    let _ = descriptor.lint(None);
    let _ = descriptor.targets(base).get(LifecycleEvent::Installed);
});
