//! What a sink needs to be let in, and nobody else may see.

use std::fmt;

/// A secret of a sink: a key, a password, a URL that lets in whoever knows it. Its `Debug` is redacted.
#[derive(Clone)]
pub struct Secret(String);

impl Secret {
    /// Takes a secret. Blanks and line ends around it are not part of it.
    pub fn new(text: &str) -> Self {
        Self(text.trim().to_owned())
    }

    /// The secret itself, for whom it is meant.
    pub(super) fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(redacted)")
    }
}
