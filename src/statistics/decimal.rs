//! Shares as people type them, read exactly.

use super::OutOfRange;

/// A share between 0 and 1 as the fraction `num / den` that its digits say.
///
/// Kept exact because an objective is compared in integers, and because 1 − 0.999 in binary floating
/// point is not 0.001.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Decimal {
    pub(super) num: u64,
    pub(super) den: u64,
}

impl Decimal {
    /// Reads `99.9`, `99.9%` or `0.999`, which all say the same: a number above 1 is a percentage, one
    /// with a per cent sign always is, any other is a share.
    ///
    /// # Errors
    /// When the text is no plain decimal number, has more than 15 decimals, or exceeds 100 %.
    pub(super) fn parse(text: &str) -> Result<Self, OutOfRange> {
        let wrong = || {
            OutOfRange::new(
                "a share",
                "a percentage like 99.9 or 99.9%, or a number like 0.999",
                quoted(text),
            )
        };
        let trimmed = text.trim();
        let before_sign = trimmed.strip_suffix('%').map(str::trim_end);
        let number = before_sign.unwrap_or(trimmed);
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        let plain = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        if whole.len() + fraction.len() == 0 || !plain(whole) || !plain(fraction) {
            return Err(wrong());
        }
        let fraction = fraction.trim_end_matches('0');
        if whole.len() > 3 || fraction.len() > 15 {
            return Err(wrong());
        }
        let all_digits = format!("{whole}{fraction}");
        let num: u64 = all_digits.parse().map_err(|_| wrong())?;
        let places = u32::try_from(fraction.len()).map_err(|_| wrong())?;
        let den = 10_u64.pow(places);
        let den = if before_sign.is_some() || num > den { den * 100 } else { den };
        if num > den {
            return Err(OutOfRange::new("a share", "at most 100 %", quoted(text)));
        }
        Ok(Self { num, den }.reduced())
    }

    /// The fraction that a number was most likely written as: 0.99999 is meant to leave 0.00001, though
    /// in binary it does not. `None` when it is no short decimal from 0 to 1.
    pub(super) fn meant_by(value: f64) -> Option<Self> {
        if (0.0..=1.0).contains(&value) { Self::parse(&value.to_string()).ok() } else { None }
    }

    /// The share as the nearest floating-point number.
    pub(super) fn value(self) -> f64 {
        self.num as f64 / self.den as f64
    }

    /// What is missing to 1, exact before it is rounded.
    pub(super) fn complement(self) -> f64 {
        (self.den - self.num) as f64 / self.den as f64
    }

    /// The same fraction in lowest terms.
    pub(super) fn reduced(self) -> Self {
        let divisor = greatest_common_divisor(self.num, self.den).max(1);
        Self { num: self.num / divisor, den: self.den / divisor }
    }
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.escape_debug())
}

fn greatest_common_divisor(a: u64, b: u64) -> u64 {
    if b == 0 { a } else { greatest_common_divisor(b, a % b) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_spellings_say_the_same() {
        for text in ["99.9", "99.9%", "99.90 %", "0.999", " .999", "0.99900"] {
            assert_eq!(Decimal::parse(text), Ok(Decimal { num: 999, den: 1000 }), "{text}");
        }
        assert_eq!(Decimal::parse("1"), Ok(Decimal { num: 1, den: 1 }), "1 is a share: all of it");
        assert_eq!(Decimal::parse("1%"), Ok(Decimal { num: 1, den: 100 }));
        assert_eq!(Decimal::parse("100"), Ok(Decimal { num: 1, den: 1 }));
        assert_eq!(Decimal::parse("0"), Ok(Decimal { num: 0, den: 1 }));
    }

    #[test]
    fn anything_else_is_refused() {
        for text in [
            "",
            "%",
            ".",
            "-1",
            "+0.5",
            "1e-3",
            "NaN",
            "inf",
            "101",
            "100.1%",
            "0x1",
            "9 9",
            "99,9",
            "0.1234567890123456",
            "٣",
        ] {
            assert!(Decimal::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_number_means_its_shortest_decimal() {
        assert_eq!(Decimal::meant_by(0.99999), Some(Decimal { num: 99_999, den: 100_000 }));
        assert_eq!(Decimal::meant_by(1.0), Some(Decimal { num: 1, den: 1 }));
        for none in [1.0 / 3.0, 1e-300, 1.5, -0.1, f64::NAN] {
            assert_eq!(Decimal::meant_by(none), None, "{none}");
        }
    }

    #[test]
    fn the_complement_is_rounded_once() {
        let three_nines = Decimal::parse("99.9").expect("a share");
        assert_eq!(three_nines.complement(), 0.001);
        assert_ne!(1.0 - three_nines.value(), 0.001, "the reason for this type");
    }
}
