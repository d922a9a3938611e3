//! A signing key's file: what is read can be written and is the same key again.

#![no_main]

use libfuzzer_sys::fuzz_target;
use rehearsal::atlassian::SigningKey;

fuzz_target!(|text: &str| {
    let Ok(key) = SigningKey::from_pem(text, None) else { return };
    let written = key.private_pem().expect("a key that was read can be written");
    let again = SigningKey::from_pem(written.expose(), None).expect("what was written can be read");
    assert_eq!((again.kid(), again.public_pem()), (key.kid(), key.public_pem()));
});
