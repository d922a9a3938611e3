//! Reading a threshold from text.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use super::value::Bound;
use super::{Metric, Operator, Threshold};
use crate::nearest::nearest;
use crate::statistics::Objective;

/// What is wrong with an expression, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExpressionError {
    /// The character at which it is wrong, counted from 1.
    pub at: usize,
    /// What is wrong, and what to write instead.
    pub problem: String,
}

impl fmt::Display for ExpressionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "at character {}: {}", self.at, self.problem)
    }
}

impl std::error::Error for ExpressionError {}

impl FromStr for Threshold {
    type Err = ExpressionError;

    /// Reads `METRIC OPERATOR VALUE`, such as `bad > 0.1%`, with or without blanks between the three.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut reader = Reader { text, rest: text };
        let metric = reader.metric()?;
        let operator = reader.operator()?;
        let bound = reader.bound(metric)?;
        Ok(Self { text: text.trim().to_owned(), metric, operator, bound })
    }
}

/// A text, and what of it has not been read yet.
struct Reader<'text> {
    text: &'text str,
    rest: &'text str,
}

impl<'text> Reader<'text> {
    fn metric(&mut self) -> Result<Metric, ExpressionError> {
        self.skip_blanks();
        let from = self.rest;
        let name = self.take_while(|c| c.is_alphanumeric() || matches!(c, '_' | '.' | '-'));
        let names: Vec<String> = Metric::all().map(|metric| metric.to_string()).collect();
        if name.is_empty() {
            return Err(self.wrong(from, format!("the name of a figure is missing, {EXAMPLES}")));
        }
        // In JSON and on other command lines the point would be in the way.
        let spelled = name.replace("p99_9", "p99.9");
        if let Some(metric) = Metric::all().zip(&names).find(|(_, known)| **known == spelled) {
            return Ok(metric.0);
        }
        let hint = match nearest(&spelled, names.iter().map(String::as_str)) {
            Some(near) => format!("did you mean `{near}`?"),
            None => EXAMPLES.to_owned(),
        };
        Err(self.wrong(from, format!("there is no figure `{name}`; {hint}")))
    }

    fn operator(&mut self) -> Result<Operator, ExpressionError> {
        self.skip_blanks();
        for (sign, operator) in Operator::SIGNS {
            if let Some(rest) = self.rest.strip_prefix(sign) {
                self.rest = rest;
                return Ok(operator);
            }
        }
        let from = self.rest;
        let found = self.take_while(|c| !c.is_whitespace() && !c.is_alphanumeric());
        let found = if found.is_empty() { String::new() } else { format!(", not `{found}`") };
        Err(self.wrong(from, format!("an operator is expected here, > >= < or <={found}")))
    }

    fn bound(&mut self, metric: Metric) -> Result<Bound, ExpressionError> {
        self.skip_blanks();
        let from = self.rest;
        let number = self.take_while(|c| c.is_ascii_digit() || c == '.');
        if number.is_empty() {
            return Err(self.wrong(from, format!("a number is expected here: {}", expected(metric))));
        }
        self.skip_blanks();
        let unit_from = self.rest;
        let unit = self.take_while(|c| !c.is_whitespace());
        self.skip_blanks();
        if !self.rest.is_empty() {
            return Err(self.wrong(
                self.rest,
                "nothing may follow the value: give each threshold a flag of its own".to_owned(),
            ));
        }
        let wrong_number = || self.wrong(from, format!("`{number}` is no such number: {}", expected(metric)));
        let bound = match unit {
            "" => number.parse().map(Bound::Number).map_err(|_| wrong_number())?,
            "%" => format!("{number}%").parse::<Objective>().map(Bound::Share).map_err(|_| wrong_number())?,
            "/s" => number.parse().map(Bound::Rate).map_err(|_| wrong_number())?,
            _ => match seconds(unit) {
                Some(seconds) => number
                    .parse::<f64>()
                    .ok()
                    .and_then(|number| Duration::try_from_secs_f64(number * seconds).ok())
                    .map(Bound::Time)
                    .ok_or_else(wrong_number)?,
                None => {
                    return Err(self.wrong(unit_from, format!("`{unit}` is no unit: {}", expected(metric))));
                }
            },
        };
        if bound.suits(metric) {
            Ok(bound)
        } else {
            Err(self.wrong(from, format!("{metric} is not compared with this: {}", expected(metric))))
        }
    }

    fn skip_blanks(&mut self) {
        self.rest = self.rest.trim_start();
    }

    fn take_while(&mut self, wanted: impl Fn(char) -> bool) -> &'text str {
        let end = self.rest.find(|c| !wanted(c)).unwrap_or(self.rest.len());
        let (taken, rest) = self.rest.split_at(end);
        self.rest = rest;
        taken
    }

    /// An error where `from`, a rest of the text, begins.
    fn wrong(&self, from: &str, problem: String) -> ExpressionError {
        let read = &self.text[..self.text.len() - from.len()];
        ExpressionError { at: read.chars().count() + 1, problem }
    }
}

const EXAMPLES: &str = "e.g. bad, success_rate, dropped, rate, response.p99 or lag.p99";

/// What a figure is compared with, in words.
const fn expected(metric: Metric) -> &'static str {
    match metric {
        Metric::Count(_) => "write a whole number such as 5, or a share such as 0.1%",
        Metric::SuccessRate => "write a share such as 99.9%",
        Metric::Rate => "write a rate such as 200/s",
        Metric::Time(..) => "write a time such as 250us, 5ms, 2s or 1m",
    }
}

fn seconds(unit: &str) -> Option<f64> {
    match unit {
        "us" | "µs" => Some(1e-6),
        "ms" => Some(1e-3),
        "s" => Some(1.0),
        "m" | "min" => Some(60.0),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn error(text: &str) -> String {
        text.parse::<Threshold>().expect_err(text).to_string()
    }

    #[test]
    fn blanks_are_free_and_units_equivalent() {
        let read = |text: &str| {
            let threshold: Threshold = text.parse().expect(text);
            (threshold.metric, threshold.operator, threshold.bound)
        };
        assert_eq!(read("bad>0.1%"), read("  bad   >  0.1 %  "));
        assert_eq!(read("response.p99 > 2s"), read("response.p99 > 2000ms"));
        assert_eq!(read("lag.p99 > 5ms"), read("lag.p99 > 5000us"));
        assert_eq!(read("wait.max >= 1.5m"), read("wait.max >= 90s"));
        assert_eq!(read("response.p99_9 < 1s"), read("response.p99.9 < 1s"));
    }

    #[test]
    fn every_figure_can_be_written() {
        for metric in Metric::all() {
            let value = match metric {
                Metric::Count(_) => "5",
                Metric::SuccessRate => "99%",
                Metric::Rate => "200/s",
                Metric::Time(..) => "5ms",
            };
            let threshold: Threshold = format!("{metric} <= {value}").parse().expect("a threshold");
            assert_eq!(threshold.metric, metric);
        }
    }

    #[test]
    fn errors_name_the_place_and_the_nearest_name() {
        for (text, expected) in [
            ("", "at character 1: the name of a figure is missing"),
            ("> 5", "at character 1: the name of a figure is missing"),
            ("bat > 1%", "at character 1: there is no figure `bat`; did you mean `bad`?"),
            (
                " response.p98 > 2s",
                "at character 2: there is no figure `response.p98`; did you mean `response.p9",
            ),
            ("respons.p99 > 2s", "did you mean `response.p99`?"),
            ("latency > 2s", "there is no figure `latency`; e.g. bad"),
            ("bad", "at character 4: an operator is expected here, > >= < or <="),
            ("bad = 5", "at character 5: an operator is expected here, > >= < or <=, not `=`"),
            ("bad > ", "at character 7: a number is expected here: write a whole number"),
            ("bad >> 5", "at character 6: a number is expected here"),
            ("bad > -1", "at character 7: a number is expected here"),
            ("bad > 0.5", "at character 7: `0.5` is no such number: write a whole number such as 5, or"),
            ("bad > 101%", "at character 7: `101` is no such number"),
            ("bad > 5 ms", "at character 7: bad is not compared with this: write a whole number"),
            (
                "success_rate < 0.999",
                "at character 16: `0.999` is no such number: write a share such as 99.9%",
            ),
            ("success_rate < 1", "at character 16: success_rate is not compared with this"),
            ("response.p99 > 2", "at character 16: response.p99 is not compared with this: write a time"),
            ("response.p99 > 2h", "at character 17: `h` is no unit: write a time"),
            ("response.p99 > 1..5s", "at character 16: `1..5` is no such number"),
            ("rate < 200", "at character 8: rate is not compared with this: write a rate such as 200/s"),
            ("bad > 1% and good > 5", "at character 10: nothing may follow the value"),
            ("µ > 1", "at character 1: there is no figure `µ`"),
        ] {
            assert!(error(text).contains(expected), "{text}: {}", error(text));
        }
    }

    proptest! {
        #[test]
        fn whatever_is_written_is_read_or_refused_at_a_place_in_it(text in "\\PC{0,24}|[a-z.]{1,9} ?[<>=]{1,2} ?[0-9.]{1,5} ?[%a-zµ/]{0,2}") {
            if let Err(error) = text.parse::<Threshold>() {
                prop_assert!((1..=text.chars().count() + 1).contains(&error.at));
            }
        }
    }
}
