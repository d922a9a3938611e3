//! Two searches that always end.

/// The least whole number from `least` to `most` for which `holds`, given that it holds for every
/// number above one for which it holds; `None` when it holds for none.
///
/// Doubles the step, then halves the gap: at most 128 questions.
pub(super) fn least_whole(least: u64, most: u64, mut holds: impl FnMut(u64) -> bool) -> Option<u64> {
    if least > most {
        return None;
    }
    if holds(least) {
        return Some(least);
    }
    let (mut below, mut step) = (least, 1_u64);
    let mut above = loop {
        let next = below.saturating_add(step).min(most);
        if holds(next) {
            break next;
        }
        if next == most {
            return None;
        }
        below = next;
        step = step.saturating_mul(2);
    };
    while above - below > 1 {
        let middle = below + (above - below) / 2;
        if holds(middle) {
            above = middle;
        } else {
            below = middle;
        }
    }
    Some(above)
}

/// The least number in `[low, high]`, both at least 0, for which `holds`, given that it holds for
/// every number above one for which it holds; `high` when it holds for none.
///
/// Halves the gap between the bit patterns, which have the order of the numbers: at most 64 questions
/// find the very floating-point number, be it 0.5 or 1e-300.
pub(super) fn least_real(low: f64, high: f64, mut holds: impl FnMut(f64) -> bool) -> f64 {
    debug_assert!(low >= 0.0 && high >= low, "the order of bit patterns is that of the numbers from 0 up");
    let (mut below, mut above) = (low.to_bits(), high.to_bits());
    if holds(low) {
        return low;
    }
    while above - below > 1 {
        let middle = below + (above - below) / 2;
        if holds(f64::from_bits(middle)) {
            above = middle;
        } else {
            below = middle;
        }
    }
    f64::from_bits(above)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_threshold_is_found() {
        for threshold in 3..200 {
            assert_eq!(least_whole(3, 199, |n| n >= threshold), Some(threshold));
        }
        assert_eq!(least_whole(3, 199, |_| false), None);
        assert_eq!(least_whole(5, 4, |_| true), None);
        assert_eq!(least_whole(0, u64::MAX, |n| n == u64::MAX), Some(u64::MAX));
    }

    #[test]
    fn the_very_number_is_found() {
        for threshold in [0.0, 5e-324, 1e-300, 0.1, 0.5, 1.0 - f64::EPSILON, 1.0] {
            assert_eq!(least_real(0.0, 1.0, |x| x >= threshold), threshold);
        }
        assert_eq!(least_real(0.0, 1.0, |_| false), 1.0);
    }
}
