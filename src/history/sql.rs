//! What both stores say in the same words. SQLite numbers its parameters by their first appearance, so that
//! `$1` has to come before `$2`.

/// Nanoseconds of an hour, as in the statements below.
const HOUR: i64 = 3_600_000_000_000;

/// Adds the events of a run to the sums of their hours.
pub(super) const ADD_HOURS: &str = "
    INSERT INTO hours (feeds, hour, event_type, client_key, site, code, verdict, count)
    SELECT feeds, at / 3600000000000, event_type, client_key, site, code, verdict, sum(count)
    FROM events WHERE run = $1 AND feeds IS NOT NULL GROUP BY 1, 2, 3, 4, 5, 6, 7
    ON CONFLICT (feeds, hour, event_type, client_key, site, code, verdict)
    DO UPDATE SET count = hours.count + excluded.count";

/// Adds what a run's health path answered to the sums of its hour.
pub(super) const ADD_HEALTH_HOURS: &str = "
    INSERT INTO health_hours (feeds, hour, code, verdict, count)
    SELECT feeds, at / 3600000000000, code, verdict, 1
    FROM health WHERE run = $1 AND feeds IS NOT NULL
    ON CONFLICT (feeds, hour, code, verdict) DO UPDATE SET count = health_hours.count + excluded.count";

/// Takes the events of runs that ended before a moment out of the sums.
pub(super) const TAKE_HOURS: &str = "
    INSERT INTO hours (feeds, hour, event_type, client_key, site, code, verdict, count)
    SELECT feeds, at / 3600000000000, event_type, client_key, site, code, verdict, -sum(count)
    FROM events WHERE feeds IS NOT NULL AND run IN (SELECT number FROM runs WHERE finished_at < $1)
    GROUP BY 1, 2, 3, 4, 5, 6, 7
    ON CONFLICT (feeds, hour, event_type, client_key, site, code, verdict)
    DO UPDATE SET count = hours.count + excluded.count";

/// Takes what the health path answered in such runs out of the sums.
pub(super) const TAKE_HEALTH_HOURS: &str = "
    INSERT INTO health_hours (feeds, hour, code, verdict, count)
    SELECT feeds, at / 3600000000000, code, verdict, -count(*)
    FROM health WHERE feeds IS NOT NULL AND run IN (SELECT number FROM runs WHERE finished_at < $1)
    GROUP BY 1, 2, 3, 4
    ON CONFLICT (feeds, hour, code, verdict) DO UPDATE SET count = health_hours.count + excluded.count";

/// Forgets such runs, with all that hangs on them.
pub(super) const FORGET_RUNS: &str = "DELETE FROM runs WHERE finished_at < $1";

/// Forgets the hours up to a moment that have nothing left.
pub(super) const FORGET_HOURS: &str = "
    DELETE FROM hours WHERE feeds IN (SELECT id FROM series) AND hour <= $1 / 3600000000000 AND count = 0";

/// The same for what the health path answered.
pub(super) const FORGET_HEALTH_HOURS: &str = "
    DELETE FROM health_hours
    WHERE feeds IN (SELECT id FROM series) AND hour <= $1 / 3600000000000 AND count = 0";

/// The events of a series in an interval; the parameters after the series are those of [`split`].
pub(super) const TALLY: &str = "
    SELECT event_type, client_key, site, code, verdict, CAST(sum(count) AS BIGINT) FROM (
        SELECT event_type, client_key, site, code, verdict, count FROM hours
        WHERE feeds = $1 AND hour >= $2 AND hour < $3
        UNION ALL
        SELECT event_type, client_key, site, code, verdict, count FROM events
        WHERE feeds = $1 AND at >= $4 AND at < $5
        UNION ALL
        SELECT event_type, client_key, site, code, verdict, count FROM events
        WHERE feeds = $1 AND at >= $6 AND at < $7
    ) AS counted GROUP BY 1, 2, 3, 4, 5";

/// What the health path answered to a series in an interval; parameters as in [`TALLY`].
pub(super) const HEALTH_TALLY: &str = "
    SELECT code, verdict, CAST(sum(count) AS BIGINT) FROM (
        SELECT code, verdict, count FROM health_hours WHERE feeds = $1 AND hour >= $2 AND hour < $3
        UNION ALL
        SELECT code, verdict, 1 AS count FROM health WHERE feeds = $1 AND at >= $4 AND at < $5
        UNION ALL
        SELECT code, verdict, 1 AS count FROM health WHERE feeds = $1 AND at >= $6 AND at < $7
    ) AS counted GROUP BY 1, 2";

/// An interval as whole hours, counted from 1970, and the rests before and after them: the bounds of each.
pub(super) const fn split(from: i64, to: i64) -> [i64; 6] {
    let first = from.div_euclid(HOUR) + (from.rem_euclid(HOUR) != 0) as i64;
    let last = to.div_euclid(HOUR);
    if first < last { [first, last, from, first * HOUR, last * HOUR, to] } else { [0, 0, from, to, to, to] }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_interval_is_whole_hours_and_two_rests() {
        assert_eq!(split(1, 3 * HOUR + 5), [1, 3, 1, HOUR, 3 * HOUR, 3 * HOUR + 5]);
        assert_eq!(split(HOUR, 2 * HOUR), [1, 2, HOUR, HOUR, 2 * HOUR, 2 * HOUR]);
        assert_eq!(split(1, HOUR + 1), [0, 0, 1, HOUR + 1, HOUR + 1, HOUR + 1]);
        let whole = split(i64::MIN, i64::MAX);
        assert_eq!([whole[2], whole[5]], [i64::MIN, i64::MAX]);
        assert!(whole[3] == whole[0] * HOUR && whole[4] == whole[1] * HOUR);
    }
}
