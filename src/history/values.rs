//! How values look in a store, whichever it is.

use std::io::{Read, Write};
use std::ops::RangeInclusive;

use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use jiff::Timestamp;
use uuid::Uuid;

/// A moment in nanoseconds since 1970. A store holds 64 bits of them: what lies before 1677 or after 2262
/// becomes the nearest moment that fits.
pub(super) fn nanoseconds(at: Timestamp) -> i64 {
    let nanoseconds = at.as_nanosecond();
    i64::try_from(nanoseconds).unwrap_or(if nanoseconds < 0 { i64::MIN } else { i64::MAX })
}

/// The moment of [`nanoseconds`].
pub(super) fn timestamp(nanoseconds: i64) -> Timestamp {
    Timestamp::from_nanosecond(nanoseconds.into()).unwrap_or_default()
}

/// A count as it is stored: no store has numbers above 63 bits.
pub(super) fn stored_count(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// The count of [`stored_count`].
pub(super) fn read_count(stored: i64) -> u64 {
    u64::try_from(stored).unwrap_or_default()
}

/// The ids that begin with `text`, hyphens aside; none when no id can.
pub(super) fn ids_beginning(text: &str) -> Option<RangeInclusive<Uuid>> {
    let digits: String = text.chars().filter(|character| *character != '-').collect();
    if digits.is_empty() || digits.len() > 32 {
        return None;
    }
    let filled = |with: char| {
        let digits: String = digits.chars().chain(std::iter::repeat(with)).take(32).collect();
        Uuid::try_parse(&digits).ok()
    };
    Some(filled('0')?..=filled('f')?)
}

/// A text, compressed.
pub(super) fn compressed(text: &str) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    let written = encoder.write_all(text.as_bytes()).and_then(|()| encoder.finish());
    written.expect("memory takes every write")
}

/// The text of [`compressed`]; none when it is none.
pub(super) fn decompressed(bytes: &[u8]) -> Option<String> {
    let mut text = String::new();
    GzDecoder::new(bytes).read_to_string(&mut text).ok().map(|_| text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_come_back_to_the_nanosecond() {
        for text in ["2026-11-25T22:30:00.123456789Z", "1970-01-01T00:00:00Z", "1969-12-31T23:59:59.9Z"] {
            let at: Timestamp = text.parse().expect("a timestamp");
            assert_eq!(timestamp(nanoseconds(at)), at);
        }
        assert_eq!(nanoseconds(Timestamp::MAX), i64::MAX);
        assert_eq!(nanoseconds(Timestamp::MIN), i64::MIN);
    }

    #[test]
    fn a_prefix_is_a_range_of_ids() {
        let id: Uuid = "018f3b2a-1c00-7abc-8def-0123456789ab".parse().expect("an id");
        for prefix in ["0", "018f3b2a", "018F3B2A-1C", "018f3b2a-1c00-7abc-8def-0123456789ab"] {
            assert!(ids_beginning(prefix).expect("a prefix").contains(&id), "{prefix}");
        }
        assert!(!ids_beginning("1").expect("a prefix").contains(&id));
        for none in ["", "-", "x", "018f3b2a-1c00-7abc-8def-0123456789abc"] {
            assert_eq!(ids_beginning(none), None, "{none}");
        }
    }

    #[test]
    fn texts_come_back_byte_for_byte() {
        let text = "{\"a\": \"ü\"}\n".repeat(1000);
        let bytes = compressed(&text);
        assert!(bytes.len() < text.len() / 10);
        assert_eq!(decompressed(&bytes).as_deref(), Some(text.as_str()));
        assert_eq!(decompressed(b"no gzip"), None);
    }
}
