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
    Ok(binomial::more_than(objective.allowed_bad(events), events, p.complement()))
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
