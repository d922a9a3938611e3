//! Why a comparison's verdict is what it is, in sentences.

use crate::report::figures::{duration, duration_or_dash, percent, percent_or_dash};
use crate::report::model::{Basis, Change, ComparedCheck, ComparedQuantile, Comparison};
use crate::report::wording;

/// The reasons, the weightiest first: what got worse, then what got better, or why neither is shown.
pub(super) fn reasons(comparison: &Comparison) -> Vec<String> {
    let mut reasons = Vec::new();
    for change in [Change::Worse, Change::Better] {
        let checks = comparison.checks.iter().filter(|check| check.change == change);
        reasons.extend(checks.map(check_changed));
        if comparison.rate.change == change {
            reasons.push(rate_moved(comparison));
        }
        let latency = comparison.latency.iter().filter(|row| row.change == change);
        reasons.extend(latency.map(|row| quantile_moved(row, comparison.latency_tolerance)));
    }
    if reasons.is_empty() {
        reasons.push(nothing_shown(comparison).to_owned());
    }
    reasons
}

fn check_changed(check: &ComparedCheck) -> String {
    let ComparedCheck { scenario, step, event, name, detail, .. } = check;
    let place = format!("{scenario} / {step} / {event}");
    match check.change {
        Change::Better => format!("{place}: {name}, which failed before ({detail})"),
        Change::Worse | Change::NoDifferenceShown => {
            format!("{place}: not {name}, which passed before: {detail}")
        }
    }
}

fn rate_moved(comparison: &Comparison) -> String {
    let rate = &comparison.rate;
    let what = match comparison.basis {
        Basis::Sli => "success rate",
        Basis::Reachability => "reachability",
    };
    let moved = if rate.change == Change::Worse { "fell" } else { "rose" };
    let (before, after) =
        (percent_or_dash(rate.before.success_rate), percent_or_dash(rate.after.success_rate));
    let chance = rate
        .p_value
        .map_or_else(String::new, |p| format!(" (p {}, Fisher's exact test)", wording::p_value(p)));
    format!("the {what} {moved} from {before} to {after}{chance}")
}

fn quantile_moved(row: &ComparedQuantile, tolerance: f64) -> String {
    let moved = if row.change == Change::Worse { "rose" } else { "fell" };
    let (before, after) = (duration_or_dash(row.before_us), duration_or_dash(row.after_us));
    let ends = row.low_us.zip(row.high_us).map(|(low, high)| {
        let (least, most) =
            (low.unsigned_abs().min(high.unsigned_abs()), low.unsigned_abs().max(high.unsigned_abs()));
        format!(" by {} to {}", duration(least), duration(most))
    });
    format!(
        "the {} of the response time {moved}{}, from {before} to {after}; {} are tolerated",
        wording::quantile(row.quantile),
        ends.unwrap_or_default(),
        percent(tolerance)
    )
}

fn nothing_shown(comparison: &Comparison) -> &'static str {
    let timed = comparison.latency.iter().any(|row| row.low_us.is_some());
    match (comparison.rate.p_value, timed) {
        (None, _) => "one of the runs counted nothing, so nothing can be shown",
        (Some(_), true) => "rates and response times differ by no more than chance, or the tolerance, allows",
        (Some(_), false) => {
            "the rates differ by no more than chance allows, and there are too few callbacks to compare times"
        }
    }
}
