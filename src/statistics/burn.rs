//! Burn rates: how fast a budget of failures is used up, as a multiple of the pace that just lasts.
//!
//! The Site Reliability Workbook (Beyer et al., 2018, chapter 5) gives 14.4, 6 and 1 for a window of 30
//! days; for 28 days they are 13.44, 5.6 and 0.933.

use super::{OutOfRange, Probability};

/// The burn rate that uses up `budget_share` of the budget of a window of `window_days` within
/// `alert_window_hours`.
///
/// # Errors
/// When a length is not above 0, or the share is negative.
pub fn burn_rate(window_days: f64, budget_share: f64, alert_window_hours: f64) -> Result<f64, OutOfRange> {
    positive("the window's days", window_days)?;
    positive("the alert window's hours", alert_window_hours)?;
    if !(0.0..=LARGEST).contains(&budget_share) {
        return Err(OutOfRange::new("the budget share", "from 0 to 10^12", budget_share));
    }
    Ok(budget_share * window_days * 24.0 / alert_window_hours)
}

/// The burn rate at which an alert below `threshold` fires: 0.1 for 99.9 % against an objective of 99 %.
///
/// # Errors
/// When the objective leaves no budget.
pub fn burn_rate_of_threshold(objective: Probability, threshold: Probability) -> Result<f64, OutOfRange> {
    if objective.complement() > 0.0 {
        Ok(threshold.complement() / objective.complement())
    } else {
        Err(OutOfRange::new("the objective", "below 1", objective.get()))
    }
}

/// The hours until the whole budget of a window is gone at this burn rate; `None` at rate 0.
///
/// # Errors
/// When the length is not above 0, or the rate is negative.
pub fn hours_to_exhaustion(window_days: f64, burn_rate: f64) -> Result<Option<f64>, OutOfRange> {
    positive("the window's days", window_days)?;
    if !(0.0..=LARGEST).contains(&burn_rate) {
        return Err(OutOfRange::new("a burn rate", "from 0 to 10^12", burn_rate));
    }
    Ok((burn_rate > 0.0).then(|| window_days * 24.0 / burn_rate))
}

/// Far beyond any use, and far from where a product of such numbers would overflow.
const LARGEST: f64 = 1e12;

fn positive(name: &str, value: f64) -> Result<(), OutOfRange> {
    if (1.0 / LARGEST..=LARGEST).contains(&value) {
        Ok(())
    } else {
        Err(OutOfRange::new(name, "above 0 and at most 10^12", value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_workbook_s_rates_for_28_days() {
        for (share, hours, rate) in [(0.02, 1.0, 13.44), (0.05, 6.0, 5.6), (0.1, 72.0, 14.0 / 15.0)] {
            let computed = burn_rate(28.0, share, hours).expect("in range");
            assert!((computed - rate).abs() < 1e-12);
            let hours_left = hours_to_exhaustion(28.0, computed).expect("in range").expect("it burns");
            assert!(
                (hours_left * share - hours).abs() < 1e-9,
                "the share is gone when the alert's window is over"
            );
        }
    }

    #[test]
    fn no_budget_has_no_rate() {
        assert!(burn_rate_of_threshold(Probability::ONE, Probability::ONE).is_err());
        assert!(burn_rate(0.0, 0.1, 1.0).is_err());
        assert_eq!(hours_to_exhaustion(28.0, 0.0), Ok(None));
    }
}
