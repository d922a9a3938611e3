//! Moments as people type them.

use jiff::tz::TimeZone;
use jiff::{Span, Timestamp, civil};

use crate::exit::Abort;

/// Reads a moment: RFC 3339, a date or a date and time in UTC, `now`, or a time before or after `now`, as in
/// `2h ago` and `30min`. `flag` is where it was typed.
///
/// # Errors
/// When it is none of them.
pub(super) fn moment(flag: &str, text: &str, now: Timestamp) -> Result<Timestamp, Abort> {
    let text = text.trim();
    let in_utc = |at: civil::DateTime| TimeZone::UTC.to_timestamp(at).ok();
    let relative =
        |span: Span| now.to_zoned_datetime(TimeZone::UTC).checked_add(span).ok().map(|at| at.timestamp());
    let read = (text == "now")
        .then_some(now)
        .or_else(|| text.parse().ok())
        .or_else(|| text.parse::<civil::DateTime>().ok().and_then(in_utc))
        .or_else(|| text.parse::<Span>().ok().and_then(relative));
    read.ok_or_else(|| {
        Abort::usage(format!("{flag}: `{text}` is no moment"))
            .remedy("give it as 2026-11-25T14:00:00Z, 2026-11-25, `now`, or `2h ago`")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_exact_or_relative() {
        let now: Timestamp = "2026-11-25T14:00:00Z".parse().expect("a timestamp");
        let read = |text| moment("--from", text, now).map(|at| at.to_string());
        for (text, expected) in [
            ("2026-11-25T13:00:00+01:00", "2026-11-25T12:00:00Z"),
            ("2026-11-25T13:30", "2026-11-25T13:30:00Z"),
            ("2026-11-24", "2026-11-24T00:00:00Z"),
            ("now", "2026-11-25T14:00:00Z"),
            ("2h ago", "2026-11-25T12:00:00Z"),
            ("1 day 30 minutes ago", "2026-11-24T13:30:00Z"),
            ("30min", "2026-11-25T14:30:00Z"),
        ] {
            assert_eq!(read(text).as_deref(), Ok(expected), "{text}");
        }
        for text in ["", "soon", "14", "2026-13-01"] {
            assert!(read(text).is_err(), "{text}");
        }
    }
}
