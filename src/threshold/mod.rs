//! Thresholds: bounds on the figures of a run, such as `bad > 0.1%` or `response.p99 > 2s`.
//!
//! A threshold names one figure, an operator and a value with its unit. What it is for is up to whoever
//! asks: it can fail a run at its end or abort it on the way. A figure that is not there leaves the
//! threshold unknown, which is never a pass.

mod expression;
mod metric;
mod value;

pub use expression::ExpressionError;
pub use metric::{Count, Metric, Statistic, Timing};

use std::cmp::Ordering;
use std::fmt;
use std::time::Duration;

use self::value::{Bound, Reading};

/// The figures of a run that thresholds are about: of a finished one, or so far.
pub trait Figures {
    /// How many there were; `None` when this run does not count them.
    fn count(&self, count: Count) -> Option<u64>;

    /// A statistic of times; `None` when none was measured.
    fn time(&self, timing: Timing, statistic: Statistic) -> Option<Duration>;

    /// Callbacks that ended, per second; `None` when no time has passed.
    fn rate(&self) -> Option<f64>;
}

/// A bound on one figure of a run, written as `METRIC OPERATOR VALUE`.
#[derive(Debug, Clone, PartialEq)]
pub struct Threshold {
    text: String,
    metric: Metric,
    operator: Operator,
    bound: Bound,
}

/// What a threshold says of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Judgement {
    /// The expression is true; with the figure as it is.
    Crossed(String),
    /// The expression is false; with the figure as it is.
    Kept(String),
    /// The figure is not there.
    Unknown,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Operator {
    Above,
    AtLeast,
    Below,
    AtMost,
}

impl Operator {
    /// Each with its sign; a sign that is the beginning of another comes after it.
    const SIGNS: [(&'static str, Self); 4] =
        [(">=", Self::AtLeast), ("<=", Self::AtMost), (">", Self::Above), ("<", Self::Below)];

    const fn holds(self, ordering: Ordering) -> bool {
        match self {
            Self::Above => ordering.is_gt(),
            Self::AtLeast => ordering.is_ge(),
            Self::Below => ordering.is_lt(),
            Self::AtMost => ordering.is_le(),
        }
    }
}

impl Threshold {
    /// The figure it is about.
    pub fn metric(&self) -> Metric {
        self.metric
    }

    /// Whether the expression is true of these figures.
    pub fn judge(&self, figures: &impl Figures) -> Judgement {
        let Some(reading) = Reading::take(self.metric, self.bound, figures) else {
            return Judgement::Unknown;
        };
        let text = format!("{} is {reading}", self.metric);
        if self.operator.holds(reading.compare(self.bound)) {
            Judgement::Crossed(text)
        } else {
            Judgement::Kept(text)
        }
    }
}

impl fmt::Display for Threshold {
    /// As it was written.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 1,000 events, 1 of them bad, of 1,010 callbacks in 20 seconds.
    struct Run;

    impl Figures for Run {
        fn count(&self, count: Count) -> Option<u64> {
            match count {
                Count::Good => Some(999),
                Count::Bad => Some(1),
                Count::Excluded | Count::Unattributed => Some(0),
                Count::Scheduled => Some(1_010),
                Count::Completed => Some(1_000),
                Count::Dropped => Some(10),
                Count::Censored => None,
            }
        }

        fn time(&self, timing: Timing, statistic: Statistic) -> Option<Duration> {
            match (timing, statistic) {
                (Timing::Response, Statistic::P99) => Some(Duration::from_millis(2_000)),
                (Timing::Response, _) => Some(Duration::from_micros(350)),
                (_, _) => None,
            }
        }

        fn rate(&self) -> Option<f64> {
            Some(50.0)
        }
    }

    struct Nothing;

    impl Figures for Nothing {
        fn count(&self, _: Count) -> Option<u64> {
            Some(0)
        }

        fn time(&self, _: Timing, _: Statistic) -> Option<Duration> {
            None
        }

        fn rate(&self) -> Option<f64> {
            None
        }
    }

    #[track_caller]
    fn judged(text: &str, figures: &impl Figures) -> Judgement {
        text.parse::<Threshold>().expect("a threshold").judge(figures)
    }

    #[track_caller]
    fn crossed(text: &str) -> bool {
        match judged(text, &Run) {
            Judgement::Crossed(_) => true,
            Judgement::Kept(_) => false,
            Judgement::Unknown => panic!("unknown: {text}"),
        }
    }

    #[test]
    fn the_bound_itself_is_compared_exactly() {
        for (text, expected) in [
            ("bad > 0.1%", false),
            ("bad >= 0.1%", true),
            ("bad > 0.0999%", true),
            ("bad > 0", true),
            ("bad >= 1", true),
            ("bad > 1", false),
            ("good < 999", false),
            ("success_rate < 99.9%", false),
            ("success_rate <= 99.9%", true),
            ("success_rate < 99.91%", true),
            ("dropped > 0", true),
            ("dropped > 1%", false),
            ("completed < 1000", false),
            ("response.p99 > 2s", false),
            ("response.p99 >= 2000ms", true),
            ("response.p99 > 1.999s", true),
            ("response.p50 < 350us", false),
            ("response.max > 0.3ms", true),
            ("rate < 50/s", false),
            ("rate < 50.1/s", true),
        ] {
            assert_eq!(crossed(text), expected, "{text}");
        }
    }

    #[test]
    fn a_reading_is_given_in_the_unit_of_the_bound() {
        let reading = |text| match judged(text, &Run) {
            Judgement::Crossed(reading) | Judgement::Kept(reading) => reading,
            Judgement::Unknown => panic!("unknown"),
        };
        assert_eq!(reading("bad > 0.1%"), "bad is 0.1 % (1 of 1000)");
        assert_eq!(reading("bad > 3"), "bad is 1");
        assert_eq!(reading("success_rate < 99%"), "success_rate is 99.9 % (999 of 1000)");
        assert_eq!(reading("response.p99 > 2s"), "response.p99 is 2 s");
        assert_eq!(reading("response.p50 > 2s"), "response.p50 is 350 µs");
        assert_eq!(reading("rate < 40/s"), "rate is 50.00/s");
    }

    #[test]
    fn what_is_not_there_is_unknown() {
        for text in ["lag.p99 > 5ms", "censored > 0", "censored > 1%"] {
            assert_eq!(judged(text, &Run), Judgement::Unknown, "{text}");
        }
        for text in ["bad > 0.1%", "success_rate < 99%", "response.p99 > 2s", "rate < 5/s", "dropped > 1%"] {
            assert_eq!(judged(text, &Nothing), Judgement::Unknown, "{text}");
        }
        assert_eq!(judged("bad > 0", &Nothing), Judgement::Kept("bad is 0".to_owned()));
    }

    #[test]
    fn it_is_shown_as_it_was_written() {
        let text = " response.p99>2s ";
        assert_eq!(text.parse::<Threshold>().expect("a threshold").to_string(), "response.p99>2s");
    }
}
