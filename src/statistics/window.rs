//! What the rolling windows will show: breach and warning.

use super::{MAX_EVENTS, Objective, OutOfRange, Probability, binomial};

/// The chance that a window of `events` misses the objective, each event good with probability `p`
/// independently. No event breaches nothing.
///
/// # Errors
/// When there are more than [`MAX_EVENTS`].
pub fn breach_probability(objective: Objective, events: u64, p: Probability) -> Result<f64, OutOfRange> {
    if events > MAX_EVENTS {
        return Err(OutOfRange::new("the number of events", "at most 10^9", events));
    }
    Ok(binomial::more_than(objective.allowed_bad(events), events, p.not()))
}

/// The chance that at least one of `events` is bad, each good with probability `p` independently.
///
/// Under a thousand events a day this is the chance of at least one warning at 99.9 %. A number of
/// events that is an average need not be whole.
///
/// # Errors
/// When `events` is negative or no number.
pub fn any_failure_probability(events: f64, p: Probability) -> Result<f64, OutOfRange> {
    if events.is_nan() || events < 0.0 {
        return Err(OutOfRange::new("the number of events", "0 or more", events));
    }
    Ok(at_least_once(events, p.not()))
}

/// The chance of at least one alert in so many separate windows.
///
/// # Errors
/// When one window has more than [`MAX_EVENTS`].
pub fn any_breach_probability(
    objective: Objective,
    events_per_window: u64,
    windows: u64,
    p: Probability,
) -> Result<f64, OutOfRange> {
    let once = breach_probability(objective, events_per_window, p)?;
    let once = Probability::new(once.clamp(0.0, 1.0))?;
    Ok(at_least_once(windows as f64, once))
}

/// 1 − (1 − chance)^tries.
fn at_least_once(tries: f64, chance: Probability) -> f64 {
    if tries == 0.0 || chance.get() == 0.0 { 0.0 } else { -(tries * chance.not().ln()).exp_m1() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn p(text: &str) -> Probability {
        text.parse().expect("a share")
    }

    #[test]
    fn one_more_event_may_make_the_warning_twice_as_likely() {
        let alert =
            |events| breach_probability(Objective::EARLY_WARNING, events, p("99.9")).expect("in range");
        assert!((alert(1000) - 0.264_241_087).abs() < 1e-9, "one failure of 1,000 is allowed");
        assert!((alert(999) - (1.0 - 0.999_f64.powi(999))).abs() < 1e-12, "none of 999");
        assert!(alert(999) > 2.0 * alert(1000));
    }

    #[test]
    fn under_a_thousand_a_day_a_warning_is_any_failure() {
        let by_day = any_breach_probability(Objective::EARLY_WARNING, 20, 28, p("99.9")).expect("in range");
        let by_event = any_failure_probability(560.0, p("99.9")).expect("in range");
        assert!((by_day - by_event).abs() < 1e-12);
        assert!((by_event - 0.428_950_959).abs() < 1e-9);
    }

    #[test]
    fn the_ends_are_certain() {
        for events in [0, 1, 100, MAX_EVENTS] {
            let breach = |p| breach_probability(Objective::CLOUD_FORTIFIED, events, p).expect("in range");
            assert_eq!(breach(Probability::ONE), 0.0);
            assert_eq!(breach(p("0")), if events == 0 { 0.0 } else { 1.0 });
        }
        assert_eq!(any_failure_probability(0.0, p("0")), Ok(0.0));
        assert_eq!(any_failure_probability(1.0, p("0")), Ok(1.0));
        assert_eq!(any_failure_probability(1e9, Probability::ONE), Ok(0.0));
        assert!(breach_probability(Objective::CLOUD_FORTIFIED, MAX_EVENTS + 1, Probability::ONE).is_err());
        assert!(any_failure_probability(f64::NAN, Probability::ONE).is_err());
    }
}
