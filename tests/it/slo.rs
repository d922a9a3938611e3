//! Sixty days of checks on an injected clock: every state and figure is held against another computation.

use std::time::Duration;

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan};
use rehearsal::alert::{Occasion, Patience, Watch};
use rehearsal::history::{Exclusion, HealthRow, Scope, Series, TallyRow};
use rehearsal::report::slo::SloReport;
use rehearsal::report::terminal;
use rehearsal::slo::{Moments, Observation, Span, Standing, State};
use rehearsal::verdict::{Trust, Verdict};
use unicode_width::UnicodeWidthStr;
use uuid::Uuid;

const STALE_AFTER: Duration = Duration::from_secs(26 * 3600);

/// One event of a check.
#[derive(Debug, Clone)]
struct Seen {
    at: Timestamp,
    /// Whether a person took it out, as spelt out by hand.
    excluded: bool,
    event_type: &'static str,
    client_key: &'static str,
    code: &'static str,
    verdict: Verdict,
}

fn at(text: &str) -> Timestamp {
    text.parse().expect("a moment")
}

fn within(moment: Timestamp, from: &str, to: &str) -> bool {
    (at(from)..at(to)).contains(&moment)
}

/// A check every quarter of an hour by the clock on the wall, from 5 to 23 o'clock, over the change from
/// daylight saving on 25 October 2026; and what it sees.
fn sixty_days() -> Vec<Seen> {
    let berlin = TimeZone::posix("CET-1CEST,M3.5.0,M10.5.0/3").expect("a rule");
    let mut seen = Vec::new();
    let mut wall: DateTime = "2026-10-01T05:00".parse().expect("a date");
    let mut number = 0;
    while wall < "2026-11-30T00:00".parse().expect("a date") {
        let moment = berlin.to_timestamp(wall).expect("no gap at these hours");
        if (5..23).contains(&wall.hour()) && !within(moment, "2026-11-17T12:00Z", "2026-11-19T12:00Z") {
            number += 1;
            seen.extend(check(moment, number));
        }
        wall = wall.checked_add(15.minutes()).expect("in range");
    }
    seen
}

fn check(moment: Timestamp, number: u32) -> Vec<Seen> {
    let (code, verdict) = match moment {
        // Two outages of the app, of which the second spends what the first left of the budget.
        _ if within(moment, "2026-10-12T08:00Z", "2026-10-12T11:00Z") => ("status.502", Verdict::Bad),
        _ if within(moment, "2026-11-02T10:00Z", "2026-11-02T15:00Z") => ("status.503", Verdict::Bad),
        // The probe's own network, proven and not.
        _ if within(moment, "2026-10-20T06:00Z", "2026-10-20T07:00Z") => {
            ("probe.own_network_down", Verdict::Excluded)
        }
        _ if within(moment, "2026-10-22T06:00Z", "2026-10-22T06:31Z") => {
            ("connect.timeout", Verdict::Unattributed)
        }
        // A whole day on which nothing counts.
        _ if within(moment, "2026-11-25T00:00Z", "2026-11-27T00:00Z") => {
            ("dns.timeout", Verdict::Unattributed)
        }
        _ if number.is_multiple_of(701) => ("timeout.response_head", Verdict::Bad),
        _ => ("status.204", Verdict::Good),
    };
    let event_type = if number.is_multiple_of(3) { "secret-rotation" } else { "initial-install" };
    let usual = by_hand::seen(moment, event_type, "rehearsal-a-0", code, verdict);
    let broken = by_hand::seen(moment, "site-rename", "rehearsal-b-0", "status.500", Verdict::Bad);
    if moment < at("2026-11-10T00:00Z") { vec![usual] } else { vec![usual, broken] }
}

fn exclusions() -> Vec<Exclusion> {
    let exclusion = |from: &str, to: Option<&str>, scope| Exclusion {
        id: Uuid::nil(),
        reason: "a test".to_owned(),
        from: at(from),
        to: to.map(at),
        scope,
        created_at: at(from),
    };
    let some = |text: &str| Some(text.to_owned());
    vec![
        // Maintenance that was part of the second outage.
        exclusion(
            "2026-11-02T11:07Z",
            Some("2026-11-02T12:30Z"),
            Scope { code: some("status.5*"), ..Scope::default() },
        ),
        // An instance that is broken for good.
        exclusion("2026-11-10T00:00Z", None, Scope { client_key: some("rehearsal-b-*"), ..Scope::default() }),
        // What is excluded elsewhere stays here.
        exclusion("2026-10-01T00:00Z", None, Scope { location: some("us-*"), ..Scope::default() }),
        exclusion("2026-10-01T00:00Z", None, Scope { site: some("https://other.*"), ..Scope::default() }),
        // An hour of good events that a person takes out as well.
        exclusion("2026-10-15T09:00Z", Some("2026-10-15T10:00Z"), Scope::default()),
    ]
}

fn series() -> Series {
    Series {
        app_key: "app".to_owned(),
        environment: "production".to_owned(),
        location: "eu-west-1".to_owned(),
        trust: Trust::ProbeKey,
    }
}

/// The standing as the library has it, from sums between the moments it asks for.
fn standing(events: &[Seen], now: Timestamp) -> Standing {
    let exclusions = exclusions();
    let moments = Moments::at(now, &exclusions);
    let rows = |from: Timestamp, to: Timestamp| {
        let start = events.partition_point(|seen| seen.at < from);
        let within = events[start..].iter().take_while(|seen| seen.at < to);
        let row = |seen: &Seen| TallyRow {
            event_type: seen.event_type.to_owned(),
            client_key: seen.client_key.to_owned(),
            site: "https://site.atlassian.net".to_owned(),
            code: seen.code.to_owned(),
            verdict: seen.verdict,
            count: 1,
        };
        within.map(row).collect::<Vec<_>>()
    };
    let sums: Vec<_> = moments.cuts().windows(2).map(|pair| rows(pair[0], pair[1])).collect();
    let health: Vec<Vec<HealthRow>> = vec![Vec::new(); sums.len()];
    let before = events.partition_point(|seen| seen.at <= now);
    Standing::of(&Observation {
        series: &series(),
        moments: &moments,
        callbacks: &sums,
        health: &health,
        exclusions: &exclusions,
        last_run_at: before.checked_sub(1).map(|last| events[last].at),
        last_good_at: None,
        stale_after: STALE_AFTER,
    })
}

/// The same by counting events one by one, written for this test alone.
mod by_hand {
    use super::*;

    #[derive(Debug, Clone, Copy, PartialEq, Default)]
    pub(super) struct Count {
        pub(super) good: u64,
        pub(super) bad: u64,
        pub(super) excluded: u64,
        pub(super) unattributed: u64,
        pub(super) all_good: u64,
    }

    /// An event, and whether a person took it out: the exclusions, spelt out for the events of this test.
    pub(super) fn seen(
        at: Timestamp,
        event_type: &'static str,
        client_key: &'static str,
        code: &'static str,
        verdict: Verdict,
    ) -> Seen {
        let excluded = within(at, "2026-11-02T11:07Z", "2026-11-02T12:30Z") && code.starts_with("status.5")
            || client_key == "rehearsal-b-0"
            || within(at, "2026-10-15T09:00Z", "2026-10-15T10:00Z");
        Seen { at, excluded, event_type, client_key, code, verdict }
    }

    pub(super) fn count(events: &[Seen], now: Timestamp, back: SignedDuration) -> Count {
        let mut count = Count::default();
        let from = now - back;
        for seen in events {
            if seen.at >= now || seen.at < from {
                continue;
            }
            count.all_good += u64::from(seen.verdict == Verdict::Good);
            match seen.verdict {
                _ if seen.excluded => count.excluded += 1,
                Verdict::Good => count.good += 1,
                Verdict::Bad => count.bad += 1,
                Verdict::Excluded => count.excluded += 1,
                Verdict::Unattributed => count.unattributed += 1,
                Verdict::Reached => panic!("the app trusts the probe"),
            }
        }
        count
    }

    pub(super) fn state(events: &[Seen], now: Timestamp, day: Count, four_weeks: Count) -> State {
        let last = events.iter().map(|seen| seen.at).filter(|moment| *moment <= now).max().expect("a run");
        let age = now.duration_since(last);
        let below = |count: Count, per_mille: u64| 1000 * count.good < per_mille * (count.good + count.bad);
        if below(four_weeks, 990) {
            State::Breach
        } else if age > SignedDuration::from_hours(26)
            || four_weeks.good + four_weeks.bad == 0
            || (age <= SignedDuration::from_hours(24) && day.good + day.bad == 0)
        {
            State::NoData
        } else if below(day, 999) {
            State::AtRisk
        } else {
            State::Ok
        }
    }

    /// What has to be said to these states, by looking at the last two of them.
    pub(super) fn announced(states: &[(Timestamp, State)]) -> Said {
        let mut said: Said = Vec::new();
        let (mut standing, mut last_said) = (State::Ok, states[0].0);
        let mut better: Vec<State> = Vec::new();
        for (now, state) in states {
            let state = *state;
            let is_due =
                standing != State::Ok && now.duration_since(last_said) >= SignedDuration::from_hours(24);
            let mut say = |occasion, state| {
                said.push((*now, occasion, state));
                last_said = *now;
            };
            if state > standing {
                standing = state;
                better.clear();
                say(Occasion::Change, state);
                continue;
            }
            if state == standing {
                better.clear();
            } else {
                better.push(state);
            }
            if let [first, second] = better[..] {
                standing = first.max(second);
                better = if second < standing { vec![second] } else { Vec::new() };
                let occasion = if standing == State::Ok { Occasion::Recovery } else { Occasion::Change };
                say(occasion, standing);
            } else if is_due {
                say(Occasion::Reminder, standing);
            }
        }
        said
    }

    /// The beta-binomial sum by its recurrence, from the belief Beta(½ + good, ½ + bad).
    pub(super) fn p_meet(belief: Count, kept: Count, future: u64) -> f64 {
        let (a, b) = (belief.good as f64 + 0.5, belief.bad as f64 + 0.5);
        let total = future + kept.good + kept.bad;
        let Some(allowed) = (total / 100).checked_sub(kept.bad) else { return 0.0 };
        let n = future as f64;
        let mut term: f64 = (0..future).map(|i| (a + i as f64) / (a + b + i as f64)).product();
        let mut sum = 0.0;
        for j in 0..=allowed.min(future) {
            sum += term;
            let j = j as f64;
            term *= (n - j) / (j + 1.0) * (b + j) / (a + n - j - 1.0);
        }
        sum
    }
}

fn close(one: Option<f64>, other: Option<f64>) -> bool {
    match (one, other) {
        (Some(one), Some(other)) => (one - other).abs() < 1e-9,
        (None, None) => true,
        (_, _) => false,
    }
}

fn rate(good: u64, all: u64) -> Option<f64> {
    (all > 0).then(|| good as f64 / all as f64)
}

fn compare(events: &[Seen], now: Timestamp) -> State {
    let standing = standing(events, now);
    let back = |hours| by_hand::count(events, now, SignedDuration::from_hours(hours));
    let (day, four_weeks) = (back(24), back(28 * 24));
    for (span, count, spare) in [(Span::Day, day, 1000), (Span::FourWeeks, four_weeks, 100)] {
        let window = standing.window(span).expect("both are there");
        let n = count.good + count.bad;
        let counts = (window.good, window.bad, window.excluded, window.unattributed);
        assert_eq!(counts, (count.good, count.bad, count.excluded, count.unattributed), "{now} {span:?}");
        assert!(close(window.success_rate, rate(count.good, n)), "{now} {span:?}");
        let all = n + count.excluded + count.unattributed;
        assert!(
            close(window.success_rate_with_exclusions_counted, rate(count.all_good, all)),
            "{now} {span:?}"
        );
        assert_eq!(window.budget.allowed, n / spare, "{now} {span:?}");
        assert_eq!(window.budget.remaining, (n / spare) as i64 - count.bad as i64, "{now} {span:?}");
        assert_eq!(window.met, (n > 0).then_some(count.bad * spare <= n), "{now} {span:?}");
    }
    for (burn, (long, short)) in standing.burn.iter().zip([(60, 5), (360, 30), (72 * 60, 360)]) {
        for (found, minutes) in [(burn.long_rate, long), (burn.short_rate, short)] {
            let count = by_hand::count(events, now, SignedDuration::from_mins(minutes));
            let burning = rate(count.bad, count.good + count.bad).map(|share| share * 100.0);
            assert!(close(found, burning), "{now}: {found:?} and {burning:?} over {minutes} min");
        }
    }
    for forecast in &standing.forecast {
        let kept = back(28 * 24 - i64::from(forecast.days) * 24);
        let future = (day.good + day.bad) * u64::from(forecast.days);
        let expected = by_hand::p_meet(four_weeks, kept, future);
        assert!((forecast.p_meet - expected).abs() < 1e-8, "{now} {forecast:?}: {expected}");
    }
    let by_type: u64 = standing.event_types.iter().map(|row| row.good + row.bad).sum();
    assert_eq!(by_type, four_weeks.good + four_weeks.bad, "{now}");
    let expected = by_hand::state(events, now, day, four_weeks);
    assert_eq!(standing.state, expected, "{now}: {:?}", standing.reasons);
    assert!(!standing.reasons.is_empty());
    standing.state
}

type Said = Vec<(Timestamp, Occasion, State)>;

/// What the watch says to these states: at once when it gets worse, and after two when it gets better.
fn announced(states: &[(Timestamp, State)]) -> Said {
    let patience = Patience::default();
    let mut watch = Watch::begin(states[0].0);
    let said = states.iter().filter_map(|(now, state)| {
        let announcement = watch.observe(*state, *now, &patience)?;
        Some((*now, announcement.occasion, announcement.state))
    });
    said.collect()
}

#[test]
fn sixty_days_of_checks_are_as_counted_by_hand() {
    let events = sixty_days();
    assert!(events.len() > 4000, "{}", events.len());
    let mut states: Vec<(State, u32)> = Vec::new();
    let mut watched = Vec::new();
    let mut now = at("2026-10-01T06:00:00.5Z");
    while now < at("2026-11-30T00:00Z") {
        let state = compare(&events, now);
        match states.last_mut() {
            Some((last, times)) if *last == state => *times += 1,
            Some(_) | None => states.push((state, 1)),
        }
        watched.push((now, state));
        now += SignedDuration::from_mins(90);
    }
    let told: Vec<String> = states.iter().map(|(state, times)| format!("{} {times}", state.name())).collect();
    insta::assert_snapshot!(told.join("\n"));
    for state in [State::Ok, State::AtRisk, State::NoData, State::Breach] {
        assert!(states.iter().any(|(seen, _)| *seen == state), "{state:?} never came");
    }
    let (said, expected) = (announced(&watched), by_hand::announced(&watched));
    assert_eq!(said, expected);
    for occasion in [Occasion::Change, Occasion::Reminder, Occasion::Recovery] {
        assert!(said.iter().any(|(_, seen, _)| *seen == occasion), "{occasion:?} never came");
    }
}

#[test]
fn it_looks_on_a_terminal_as_it_did() {
    let events = sixty_days();
    let now = at("2026-11-03T12:00Z");
    let report = SloReport::new(now, STALE_AFTER.as_secs(), vec![standing(&events, now)]);
    let plain = |width| anstream::adapter::strip_str(&terminal::render_slo(&report, width)).to_string();
    insta::assert_snapshot!("slo-80", plain(80));
    insta::assert_snapshot!("slo-60", plain(60));
    for width in [60, 80, 120] {
        assert!(plain(width).lines().all(|line| line.width() <= width), "{}", plain(width));
    }
}
