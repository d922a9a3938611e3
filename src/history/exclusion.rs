//! Intervals and instances that do not count.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// What does not count, and why. It applies when figures are asked for, so that taking it back restores them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exclusion {
    /// Its identity.
    pub id: Uuid,
    /// Why it is excluded.
    pub reason: String,
    /// The first moment that it is about.
    pub from: Timestamp,
    /// The first moment that it is no longer about; none while it lasts.
    pub to: Option<Timestamp>,
    /// What it is about.
    pub scope: Scope,
    /// When it was recorded.
    pub created_at: Timestamp,
}

impl Exclusion {
    /// Whether `at` lies in its interval.
    pub fn covers(&self, at: Timestamp) -> bool {
        self.from <= at && self.to.is_none_or(|to| at < to)
    }
}

/// What an exclusion is about: all that fits every pattern given. In a pattern `*` stands for any text, and
/// a pattern that is not given fits everything.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Scope {
    /// The app's key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub app_key: Option<String>,
    /// The environment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub environment: Option<String>,
    /// The probe's location.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub location: Option<String>,
    /// The tenant's site.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub site: Option<String>,
    /// The tenant's clientKey.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_key: Option<String>,
    /// The code of what was seen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
}

/// Whether `text` fits `pattern`, in which each `*` stands for any text, also none. A pattern that is not
/// given fits every text.
pub fn fits(pattern: Option<&str>, text: &str) -> bool {
    let Some(pattern) = pattern else { return true };
    let mut parts = pattern.split('*');
    let Some(mut rest) = text.strip_prefix(parts.next().unwrap_or_default()) else { return false };
    let Some(last) = parts.next_back() else { return rest.is_empty() };
    for part in parts {
        match rest.split_once(part) {
            Some((_, after)) => rest = after,
            None => return false,
        }
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_any_text() {
        for (pattern, text) in [
            ("", ""),
            ("*", ""),
            ("*", "anything"),
            ("a*", "a"),
            ("a*b", "ab"),
            ("a*b", "a-b-b"),
            ("*.example.*", "one.example.net"),
            ("status.5*", "status.502"),
            ("a**b", "a*b"),
        ] {
            assert!(fits(Some(pattern), text), "{pattern} {text}");
        }
        for (pattern, text) in [("", "a"), ("a", "ab"), ("a*b", "a"), ("ab*b", "ab"), ("*.x.*.x", ".x.")] {
            assert!(!fits(Some(pattern), text), "{pattern} {text}");
        }
        assert!(fits(None, "anything"));
    }

    #[test]
    fn an_interval_ends_before_its_end() {
        let at = |second| Timestamp::from_second(second).expect("in range");
        let exclusion = |to| Exclusion {
            id: Uuid::nil(),
            reason: "a test".to_owned(),
            from: at(10),
            to,
            scope: Scope::default(),
            created_at: at(0),
        };
        let covered = |to| [9, 10, 19, 20].map(|second| exclusion(to).covers(at(second)));
        assert_eq!(covered(Some(at(20))), [false, true, true, false]);
        assert_eq!(covered(None), [false, true, true, true]);
    }
}
