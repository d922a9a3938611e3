//! Numbers as a person reads them.

use jiff::Timestamp;

use super::model::Interval;

/// A rate in percent, never rounded up: 0.99996 is 99.99 %, not 100 %.
pub fn percent(rate: f64) -> String {
    hundredths(rate, f64::floor)
}

/// A rate in percent, never rounded down: the upper end of an interval.
fn percent_up(rate: f64) -> String {
    hundredths(rate, f64::ceil)
}

fn hundredths(rate: f64, round: fn(f64) -> f64) -> String {
    // The product carries an error of some 1e-14: without this, 0.29 would be 28.99 %.
    let exact = (rate * 1e10).round() / 1e6;
    let text = format!("{:.2}", round(exact) / 100.0);
    format!("{} %", text.trim_end_matches('0').trim_end_matches('.'))
}

/// A rate in percent, or a dash when nothing was counted.
pub(crate) fn percent_or_dash(rate: Option<f64>) -> String {
    rate.map_or_else(|| "–".to_owned(), percent)
}

/// The difference of two rates in percentage points, with its sign.
pub(super) fn points(difference: f64) -> String {
    format!("{:+.2}", difference * 100.0).replace('-', "−")
}

/// The difference of two times, with its sign.
pub(super) fn signed_duration(micros: i64) -> String {
    let sign = if micros < 0 { '−' } else { '+' };
    format!("{sign}{}", duration(micros.unsigned_abs()))
}

/// Both ends of an interval, rounded outwards.
pub(super) fn interval(interval: &Interval) -> String {
    range(interval.low, interval.high)
}

/// From `low` to `high`, rounded outwards.
pub(super) fn range(low: Option<f64>, high: Option<f64>) -> String {
    match (low, high) {
        (Some(low), Some(high)) => {
            format!("{} – {}", percent(low).trim_end_matches(" %"), percent_up(high))
        }
        (_, _) => "–".to_owned(),
    }
}

/// A time in three significant digits, with its unit.
pub(crate) fn duration(micros: u64) -> String {
    let micros = micros as f64;
    let (value, unit) = match micros {
        ..999.5 => return format!("{micros:.0} µs"),
        ..999_500.0 => (micros / 1e3, "ms"),
        ..120_000_000.0 => (micros / 1e6, "s"),
        ..7_200_000_000.0 => (micros / 6e7, "min"),
        _ => (micros / 3.6e9, "h"),
    };
    let decimals = match value {
        ..9.995 => 2,
        ..99.95 => 1,
        _ => 0,
    };
    format!("{value:.decimals$} {unit}")
}

/// A time in three significant digits, or a dash when nothing was measured.
pub(crate) fn duration_or_dash(micros: Option<u64>) -> String {
    micros.map_or_else(|| "–".to_owned(), duration)
}

/// A count with its thousands apart.
pub(super) fn count(count: u64) -> String {
    let digits = count.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A count with its noun: `1 callback`, `2 callbacks`.
pub(super) fn counted(number: u64, noun: &str) -> String {
    format!("{} {noun}{}", count(number), if number == 1 { "" } else { "s" })
}

/// A moment to the second.
pub(super) fn moment(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M:%S UTC").to_string()
}

/// A moment within the run, to the millisecond.
pub(super) fn time_of_day(at: Timestamp) -> String {
    at.strftime("%H:%M:%S.%3f UTC").to_string()
}

/// The time between two moments.
pub(super) fn elapsed(from: Timestamp, to: Timestamp) -> String {
    let micros = to.as_microsecond().saturating_sub(from.as_microsecond());
    duration(u64::try_from(micros).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_never_flattered() {
        for (rate, text) in [
            (1.0, "100 %"),
            (0.999_99, "99.99 %"),
            (0.999, "99.9 %"),
            (0.989_999, "98.99 %"),
            (0.29, "29 %"),
            (0.0, "0 %"),
            (66.0 / 69.0, "95.65 %"),
        ] {
            assert_eq!(percent(rate), text);
        }
        assert_eq!(range(Some(0.878_152), Some(0.990_942)), "87.81 – 99.1 %");
        assert_eq!(range(None, None), "–");
    }

    #[test]
    fn times_have_three_digits() {
        for (micros, text) in [
            (0, "0 µs"),
            (999, "999 µs"),
            (1_000, "1.00 ms"),
            (9_994, "9.99 ms"),
            (9_996, "10.0 ms"),
            (24_871, "24.9 ms"),
            (999_499, "999 ms"),
            (999_600, "1.00 s"),
            (5_010_900, "5.01 s"),
            (600_000_000, "10.0 min"),
            (28_800_000_000, "8.00 h"),
        ] {
            assert_eq!(duration(micros), text);
        }
    }

    #[test]
    fn thousands_stand_apart() {
        assert_eq!([0, 999, 1_000, 1_234_567].map(count), ["0", "999", "1,000", "1,234,567"]);
        assert_eq!(counted(1, "callback"), "1 callback");
    }
}
