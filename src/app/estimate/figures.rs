//! Numbers as a person reads them.

/// The most decimals of a percentage; what they don't show is said with < or >.
const MOST_DECIMALS: usize = 8;

/// A share as a percentage: as it was typed if it has few decimals, otherwise with as many as it takes to
/// see three digits of what it is, or of what is missing to 100 %.
pub(super) fn percent(share: f64) -> String {
    let percent = share * 100.0;
    let small = percent.min(100.0 - percent);
    let short = (percent * 1e4).round() / 1e4;
    if (percent - short).abs() < 1e-12 {
        return format!("{short} %");
    }
    let decimals = (2.0 - small.log10().floor()).clamp(1.0, 99.0) as usize;
    if decimals > MOST_DECIMALS + 2 {
        let (least, sign) = (0.1_f64.powi(MOST_DECIMALS as i32), if share < 0.5 { "<" } else { ">" });
        let bound = if share < 0.5 { least } else { 100.0 - least };
        return format!("{sign} {bound:.MOST_DECIMALS$} %");
    }
    let decimals = decimals.min(MOST_DECIMALS);
    format!("{percent:.decimals$} %")
}

/// A whole number with its thousands apart.
pub(super) fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() * 4 / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A whole number, or a dash where there is none.
pub(super) fn count_or_dash(number: Option<u64>) -> String {
    number.map_or_else(|| "–".to_owned(), count)
}

/// A number from 0 up that need not be whole: one decimal from 100 on, four digits below.
pub(super) fn number(value: f64) -> String {
    const EXACT: f64 = 1e15;
    if value.is_infinite() {
        return "∞".to_owned();
    }
    if !(0.0..EXACT).contains(&value) {
        return value.to_string();
    }
    if value >= 100.0 || value.fract() == 0.0 {
        let tenths = (value * 10.0).round() as u64;
        return match tenths % 10 {
            0 => count(tenths / 10),
            tenth => format!("{}.{tenth}", count(tenths / 10)),
        };
    }
    let decimals = (3.0 - value.log10().floor()).clamp(0.0, 12.0) as usize;
    let text = format!("{value:.decimals$}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// "1 failure", "2 failures".
pub(super) fn counted(number: u64, one: &str, many: &str) -> String {
    format!("{} {}", count(number), if number == 1 { one } else { many })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentages_show_the_small_side() {
        let table = [
            (0.0, "0 %"),
            (1.0, "100 %"),
            (0.5, "50 %"),
            (0.95, "95 %"),
            (0.999_99, "99.999 %"),
            (0.984_243_21, "98.42 %"),
            (0.999_000_3, "99.9000 %"),
            (0.048_512_3, "4.85 %"),
            (1e-9, "0.00000010 %"),
            (1e-12, "< 0.00000001 %"),
            (1.0 - 1e-12, "> 99.99999999 %"),
        ];
        for (share, text) in table {
            assert_eq!(percent(share), text);
        }
    }

    #[test]
    fn thousands_are_apart() {
        assert_eq!([0, 999, 1000, 1_234_567].map(count), ["0", "999", "1,000", "1,234,567"]);
        assert_eq!(count_or_dash(None), "–");
    }

    #[test]
    fn numbers_have_the_digits_that_matter() {
        let table = [
            (0.0, "0"),
            (f64::INFINITY, "∞"),
            (28.0, "28"),
            (13.44, "13.44"),
            (0.1, "0.1"),
            (422.96, "423"),
            (2588.21, "2,588.2"),
            (0.001_234_5, "0.001234"),
            (14.0 / 15.0, "0.9333"),
        ];
        for (value, text) in table {
            assert_eq!(number(value), text);
        }
    }
}
