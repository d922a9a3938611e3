//! How long a state has to last before it is announced, and how often it is announced again.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

/// When to announce a state, and when to announce it again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patience {
    /// How steadily a state has to be worse than the announced one.
    pub worse: Steadiness,
    /// How steadily a state has to be better than the announced one.
    pub better: Steadiness,
    /// How long after an announcement one is reminded of a state that is not OK; never if none.
    pub remind_every: Option<Duration>,
}

impl Default for Patience {
    /// Quick to worry, slow to be at ease: one check is enough for a worse state, a better one needs two.
    fn default() -> Self {
        Self {
            worse: Steadiness::Checks(1),
            better: Steadiness::Checks(2),
            remind_every: Some(Duration::from_secs(24 * 3600)),
        }
    }
}

/// How steady a change has to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Steadiness {
    /// For so many checks in a row, one at least.
    Checks(u32),
    /// For so long, over however many checks.
    Time(Duration),
}

impl Steadiness {
    /// Whether `checks` in a row from `first` to `now` are steady enough.
    pub(super) fn is_met(self, checks: u32, first: Timestamp, now: Timestamp) -> bool {
        match self {
            Self::Checks(wanted) => checks >= wanted,
            Self::Time(wanted) => has_passed(wanted, first, now),
        }
    }
}

/// Whether `wanted` has passed since `first`. A clock that was set back makes it wait.
pub(super) fn has_passed(wanted: Duration, first: Timestamp, now: Timestamp) -> bool {
    SignedDuration::try_from(wanted).is_ok_and(|wanted| now.duration_since(first) >= wanted)
}

/// A text that says no steadiness.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected a number of checks such as 2, or a time such as 30min")]
pub struct InvalidSteadiness;

impl FromStr for Steadiness {
    type Err = InvalidSteadiness;

    fn from_str(text: &str) -> Result<Self, InvalidSteadiness> {
        if let Ok(checks) = text.parse::<u32>() {
            return if checks > 0 { Ok(Self::Checks(checks)) } else { Err(InvalidSteadiness) };
        }
        let time: SignedDuration = text.parse().map_err(|_| InvalidSteadiness)?;
        let time = Duration::try_from(time).map_err(|_| InvalidSteadiness)?;
        if time.is_zero() { Err(InvalidSteadiness) } else { Ok(Self::Time(time)) }
    }
}

impl fmt::Display for Steadiness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Checks(checks) => write!(f, "{checks}"),
            Self::Time(time) => {
                write!(f, "{:#}", SignedDuration::try_from(*time).unwrap_or(SignedDuration::MAX))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steadiness_is_a_number_or_a_time() {
        assert_eq!("2".parse(), Ok(Steadiness::Checks(2)));
        assert_eq!("90m".parse(), Ok(Steadiness::Time(Duration::from_secs(5400))));
        for text in ["", "0", "0s", "-1", "soon"] {
            assert_eq!(text.parse::<Steadiness>(), Err(InvalidSteadiness), "{text}");
        }
        for text in ["3", "1h 30m"] {
            assert_eq!(text.parse::<Steadiness>().expect("valid").to_string(), text);
        }
    }
}
