//! Maintenance that was planned ahead: exclusions that come from the settings and are never recorded.

use jiff::civil::{Time, Weekday};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan};
use uuid::Uuid;

use super::{Exclusion, Scope};

/// Planned maintenance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Maintenance {
    /// Why.
    pub reason: String,
    /// What it is about.
    pub scope: Scope,
    /// When.
    pub when: When,
}

/// When maintenance is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum When {
    /// Once, from one moment up to another.
    Once(Timestamp, Timestamp),
    /// Every week.
    Weekly(Weekly),
}

/// The same hours of every week, by the clocks of one place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Weekly {
    /// The day on which it begins.
    pub day: Weekday,
    /// When it begins.
    pub from: Time,
    /// When it ends: on the next day if that is not after its beginning.
    pub to: Time,
    /// The place.
    pub time_zone: TimeZone,
}

impl Weekly {
    /// Reads `Sun 02:00-04:30`, by the clocks of `time_zone`.
    pub fn parse(text: &str, time_zone: TimeZone) -> Option<Self> {
        let (day, hours) = text.split_once(' ')?;
        let (from, to) = hours.trim().split_once('-')?;
        let day = match day.to_ascii_lowercase().as_str() {
            "mon" | "monday" => Weekday::Monday,
            "tue" | "tuesday" => Weekday::Tuesday,
            "wed" | "wednesday" => Weekday::Wednesday,
            "thu" | "thursday" => Weekday::Thursday,
            "fri" | "friday" => Weekday::Friday,
            "sat" | "saturday" => Weekday::Saturday,
            "sun" | "sunday" => Weekday::Sunday,
            _ => return None,
        };
        Some(Self { day, from: from.parse().ok()?, to: to.parse().ok()?, time_zone })
    }

    /// The intervals that reach into the time from `from` to `to`.
    fn intervals(&self, from: Timestamp, to: Timestamp) -> Vec<(Timestamp, Timestamp)> {
        // One that began the day before may reach into it; a day more is for the difference of clocks.
        let early = from.checked_sub(SignedDuration::from_hours(48)).unwrap_or(from);
        let mut day = self.time_zone.to_datetime(early).date();
        let last = self.time_zone.to_datetime(to).date();
        let mut intervals = Vec::new();
        while day <= last {
            let next = day.saturating_add(1.day());
            if day.weekday() == self.day {
                let end = if self.to > self.from { day } else { next };
                let at = |moment| self.time_zone.to_timestamp(moment);
                // An hour that the clocks leave out is taken as the one after it.
                if let (Ok(begin), Ok(end)) = (at(day.to_datetime(self.from)), at(end.to_datetime(self.to)))
                    && begin < to
                    && from < end
                {
                    intervals.push((begin, end));
                }
            }
            if next == day {
                break;
            }
            day = next;
        }
        intervals
    }
}

impl Maintenance {
    /// The exclusions that it makes in the time from `from` to `to`. Their id is nil.
    pub fn exclusions(&self, from: Timestamp, to: Timestamp) -> Vec<Exclusion> {
        let intervals = match &self.when {
            When::Once(begin, end) if *begin < to && from < *end => vec![(*begin, *end)],
            When::Once(..) => Vec::new(),
            When::Weekly(weekly) => weekly.intervals(from, to),
        };
        let exclusion = |(begin, end)| Exclusion {
            id: Uuid::nil(),
            reason: self.reason.clone(),
            from: begin,
            to: Some(end),
            scope: self.scope.clone(),
            created_at: begin,
        };
        intervals.into_iter().map(exclusion).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn intervals(weekly: &str, from: &str, to: &str) -> Vec<String> {
        let zone = TimeZone::posix("CET-1CEST,M3.5.0,M10.5.0/3").expect("a time zone");
        let weekly = Weekly::parse(weekly, zone).expect("a recurrence");
        let maintenance =
            Maintenance { reason: String::new(), scope: Scope::default(), when: When::Weekly(weekly) };
        let at = |text: &str| text.parse::<Timestamp>().expect("a timestamp");
        let exclusions = maintenance.exclusions(at(from), at(to));
        exclusions.iter().map(|it| format!("{} {}", it.from, it.to.expect("an end"))).collect()
    }

    #[test]
    fn every_week_it_is_at_the_same_hour_of_the_place() {
        // The clocks go back on 25 October 2026.
        assert_eq!(
            intervals("Sun 01:00-04:00", "2026-10-17T00:00:00Z", "2026-11-02T00:00:00Z"),
            [
                "2026-10-17T23:00:00Z 2026-10-18T02:00:00Z",
                "2026-10-24T23:00:00Z 2026-10-25T03:00:00Z",
                "2026-11-01T00:00:00Z 2026-11-01T03:00:00Z",
            ]
        );
    }

    #[test]
    fn it_may_end_on_the_next_day_and_has_to_reach_into_the_time_asked_for() {
        let at = |from, to| intervals("Saturday 23:00-01:00", from, to);
        let expected = ["2026-11-21T22:00:00Z 2026-11-22T00:00:00Z"];
        assert_eq!(at("2026-11-21T23:59:59Z", "2026-11-22T10:00:00Z"), expected);
        assert_eq!(at("2026-11-21T00:00:00Z", "2026-11-21T22:00:01Z"), expected);
        assert!(at("2026-11-22T00:00:00Z", "2026-11-28T22:00:00Z").is_empty());
    }

    #[test]
    fn a_recurrence_has_a_day_and_two_times() {
        for text in ["Sun", "Sun 02:00", "Someday 02:00-03:00", "Sun 25:00-26:00", "Sun 2-3pm", ""] {
            assert_eq!(Weekly::parse(text, TimeZone::UTC), None, "{text}");
        }
    }
}
