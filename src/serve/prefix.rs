//! The path below which a listener serves.

use std::fmt;

/// A path prefix: empty, or one or more segments with a leading and without a trailing slash.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PathPrefix(String);

/// A text that is no path prefix.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a path prefix: it holds a query, a fragment, a space or a control character")]
pub struct InvalidPrefix(String);

impl PathPrefix {
    /// Reads a prefix; slashes at its ends make no difference.
    ///
    /// # Errors
    /// When the text could not stand in a URL's path.
    pub fn parse(text: &str) -> Result<Self, InvalidPrefix> {
        let segments = text.trim_matches('/');
        if segments.chars().any(|c| matches!(c, '?' | '#' | ' ') || c.is_control()) {
            return Err(InvalidPrefix(text.escape_debug().to_string()));
        }
        Ok(Self(if segments.is_empty() { String::new() } else { format!("/{segments}") }))
    }

    /// The prefix as it stands in a URL: empty at the root.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What follows the prefix in `path`: empty or starting with a slash. None when `path` lies elsewhere.
    pub fn strip<'path>(&self, path: &'path str) -> Option<&'path str> {
        let rest = path.strip_prefix(self.0.as_str())?;
        (rest.is_empty() || rest.starts_with('/')).then_some(rest)
    }
}

impl fmt::Display for PathPrefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slashes_at_the_ends_make_no_difference() {
        for text in ["a/b", "/a/b", "a/b/", "//a/b//"] {
            assert_eq!(PathPrefix::parse(text).unwrap().as_str(), "/a/b");
        }
        assert_eq!(PathPrefix::parse("/").unwrap(), PathPrefix::default());
        assert!(PathPrefix::parse("/a?b").is_err());
    }

    #[test]
    fn only_whole_segments_are_stripped() {
        let prefix = PathPrefix::parse("/keys").unwrap();
        assert_eq!(prefix.strip("/keys/a/b"), Some("/a/b"));
        assert_eq!(prefix.strip("/keys"), Some(""));
        assert_eq!(prefix.strip("/keysmith/a"), None);
        assert_eq!(PathPrefix::default().strip("/a"), Some("/a"));
    }
}
