//! Histograms in text form.

use std::borrow::Cow;
use std::io::Read;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use flate2::read::ZlibDecoder;
use hdrhistogram::Histogram;
use hdrhistogram::serialization::{Deserializer as HistogramReader, Serializer as _, V2DeflateSerializer};
use schemars::{JsonSchema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// An HdrHistogram of microseconds in its interchange form: V2, compressed, base64.
///
/// A value of this type decodes: what can't be decoded is refused when it is read.
#[derive(Debug, Clone)]
pub struct EncodedHistogram {
    text: String,
    histogram: Histogram<u64>,
}

/// Why a text is no histogram.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("this is no compressed V2 HdrHistogram in base64: {0}")]
pub struct InvalidHistogram(String);

impl EncodedHistogram {
    /// Encodes a histogram. The same counts give the same text, however much room the histogram has.
    pub fn encode(histogram: &Histogram<u64>) -> Self {
        const LEAST_ROOM: u64 = 2;
        let mut fitting = Histogram::new_with_max(histogram.max().max(LEAST_ROOM), histogram.sigfig())
            .expect("the digits are those of a histogram");
        fitting.add(histogram).expect("there is room for the greatest value");
        let mut bytes = Vec::new();
        V2DeflateSerializer::new()
            .serialize(&fitting, &mut bytes)
            .expect("a histogram of less than 4 GiB can be written to memory");
        Self { text: STANDARD.encode(bytes), histogram: fitting }
    }

    /// A histogram in which nothing was recorded.
    pub fn empty() -> Self {
        Self::encode(&Histogram::new(3).expect("three digits are a valid precision"))
    }

    /// Decodes a text.
    ///
    /// # Errors
    /// When it is no histogram, or one of a size that no run of ours makes.
    pub fn decode(text: &str) -> Result<Self, InvalidHistogram> {
        let invalid = |problem: &dyn std::fmt::Display| InvalidHistogram(problem.to_string());
        let compressed = STANDARD.decode(text).map_err(|error| invalid(&error))?;
        let plain = inflate(&compressed)?;
        let histogram =
            HistogramReader::new().deserialize(&mut plain.as_slice()).map_err(|error| invalid(&error))?;
        Ok(Self { text: text.to_owned(), histogram })
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The histogram.
    pub const fn histogram(&self) -> &Histogram<u64> {
        &self.histogram
    }
}

/// Takes the compression off and checks the sizes that the header states: the library trusts them, and
/// would set aside as much memory as a broken or hostile file asks for.
fn inflate(compressed: &[u8]) -> Result<Vec<u8>, InvalidHistogram> {
    const COMPRESSED_COOKIE: [u8; 4] = 0x1c84_9314_u32.to_be_bytes();
    const COMPRESSED_HEADER: usize = 8;
    const PLAIN_HEADER: usize = 40;
    const MAX_PLAIN: u64 = 4 << 20;
    const MAX_DIGITS: u32 = 3;
    const MAX_VALUE: u64 = 1 << 40;

    let invalid = |problem: &str| InvalidHistogram(problem.to_owned());
    if !compressed.starts_with(&COMPRESSED_COOKIE) {
        return Err(invalid("it begins with another mark"));
    }
    let stream = compressed.get(COMPRESSED_HEADER..).ok_or_else(|| invalid("it ends early"))?;
    let mut plain = Vec::new();
    ZlibDecoder::new(stream)
        .take(MAX_PLAIN)
        .read_to_end(&mut plain)
        .map_err(|error| InvalidHistogram(error.to_string()))?;

    let header: &[u8; PLAIN_HEADER] = plain.first_chunk().ok_or_else(|| invalid("its header ends early"))?;
    let word = |at: usize| u32::from_be_bytes([header[at], header[at + 1], header[at + 2], header[at + 3]]);
    let highest = (u64::from(word(24)) << 32) | u64::from(word(28));
    if usize::try_from(word(4)) != Ok(plain.len() - PLAIN_HEADER) {
        return Err(invalid("it states another length than it has"));
    }
    if word(12) > MAX_DIGITS || highest > MAX_VALUE {
        return Err(invalid("it states a range that no run has"));
    }
    if !has_believable_counts(&plain[PLAIN_HEADER..]) {
        return Err(invalid("it holds counts that no run has"));
    }
    Ok(plain)
}

/// Walks the payload: zigzag numbers in groups of seven bits, the ninth byte whole. Negative ones stand
/// for runs of empty buckets, and the library overflows on the least of them, as sums would on huge
/// counts.
fn has_believable_counts(payload: &[u8]) -> bool {
    const MAX_ZIGZAG: u64 = 1 << 41;

    let mut number = 0;
    let mut length = 0;
    for byte in payload {
        let last = length == 8 || byte & 0x80 == 0;
        let bits = if length == 8 { *byte } else { byte & 0x7f };
        number |= u64::from(bits) << (7 * length);
        length += 1;
        if last {
            if number > MAX_ZIGZAG {
                return false;
            }
            (number, length) = (0, 0);
        }
    }
    true
}

impl PartialEq for EncodedHistogram {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Serialize for EncodedHistogram {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

impl<'de> Deserialize<'de> for EncodedHistogram {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<str>::deserialize(deserializer)?;
        Self::decode(&text).map_err(de::Error::custom)
    }
}

impl JsonSchema for EncodedHistogram {
    fn schema_name() -> Cow<'static, str> {
        "EncodedHistogram".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> schemars::Schema {
        json_schema!({
            "type": "string",
            "contentEncoding": "base64",
            "description": "An HdrHistogram of microseconds: V2, compressed, base64.",
        })
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::ZlibEncoder;
    use hdrhistogram::serialization::V2Serializer;

    use super::*;

    fn sample() -> Histogram<u64> {
        let mut histogram = Histogram::new_with_bounds(1, 3_600_000_000, 3).expect("valid bounds");
        for value in [900, 1_500, 1_500, 42_000, 10_000_000] {
            histogram.record(value).expect("within bounds");
        }
        histogram
    }

    #[test]
    fn a_histogram_survives_its_text() {
        let encoded = EncodedHistogram::encode(&sample());
        let decoded = EncodedHistogram::decode(encoded.as_str()).expect("our own text");
        assert_eq!(decoded.histogram(), &sample());
        assert!(encoded.as_str().starts_with("HISTFAAA"));
    }

    fn plain() -> Vec<u8> {
        let mut plain = Vec::new();
        V2Serializer::new().serialize(&sample(), &mut plain).expect("to memory");
        plain
    }

    fn text_of(plain: &[u8]) -> String {
        let mut zlib = ZlibEncoder::new(Vec::new(), Compression::default());
        zlib.write_all(plain).expect("to memory");
        let body = zlib.finish().expect("to memory");
        let mut bytes = 0x1c84_9314_u32.to_be_bytes().to_vec();
        bytes.extend(u32::try_from(body.len()).expect("short").to_be_bytes());
        bytes.extend(body);
        STANDARD.encode(bytes)
    }

    #[test]
    fn a_header_that_lies_is_refused_before_memory_is_set_aside() {
        assert!(EncodedHistogram::decode(&text_of(&plain())).is_ok());
        for (at, lie) in [(4, u32::MAX), (12, 5), (24, u32::MAX)] {
            let mut plain = plain();
            plain[at..at + 4].copy_from_slice(&lie.to_be_bytes());
            let error = EncodedHistogram::decode(&text_of(&plain)).expect_err("a lie");
            assert!(error.to_string().contains("it states"), "{error}");
        }
    }

    #[test]
    fn damage_is_an_error_or_another_histogram() {
        let plain = plain();
        for at in 0..plain.len() {
            for byte in [0, 1, 0x7f, 0x80, 0xff] {
                for length in [1, 9] {
                    let mut damaged = plain.clone();
                    let end = damaged.len().min(at + length);
                    damaged[at..end].fill(byte);
                    if let Ok(decoded) = EncodedHistogram::decode(&text_of(&damaged)) {
                        let _ = decoded.histogram().mean();
                        assert!(decoded.histogram().iter_recorded().count() <= 5_000);
                    }
                }
            }
        }
    }
}
