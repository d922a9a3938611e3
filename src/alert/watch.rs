//! From the states of one check after the other to what is worth saying: changes that last, reminders,
//! recoveries. Pure; the time comes in as an argument.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Patience;
use super::patience::has_passed;
use crate::slo::State;

/// What is remembered of a series: what was announced, and what is suspected.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Watch {
    /// When it was first looked at. With the numbers below it names announcements.
    began: Timestamp,
    announced: State,
    since: Timestamp,
    last_said: Timestamp,
    /// Announcements so far, reminders included.
    said: u64,
    /// The announcement by which the announced state ceased to be OK.
    incident: u64,
    suspicion: Option<Suspicion>,
}

/// A run of checks on one side of the announced state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Suspicion {
    /// The state of the run that lies nearest to the announced one: the whole run was that far away.
    nearest: State,
    checks: u32,
    first: Timestamp,
}

/// What an announcement is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Occasion {
    /// The state became another one, and not OK.
    Change,
    /// The state is what it was, and still not OK.
    Reminder,
    /// The state is OK again.
    Recovery,
    /// Nothing happened: a person wants to see an alert.
    Test,
}

/// Something worth saying.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Announcement {
    /// What it is about.
    pub occasion: Occasion,
    /// The state announced before.
    pub before: State,
    /// The state announced now.
    pub state: State,
    /// When the announced state began.
    pub since: Timestamp,
    /// The number of this announcement, from 1.
    pub number: u64,
    /// The number of the announcement that began the incident.
    pub incident: u64,
}

impl Watch {
    /// Begins to watch; until something else is announced, all is taken to be well.
    pub fn begin(now: Timestamp) -> Self {
        Self {
            began: now,
            announced: State::Ok,
            since: now,
            last_said: now,
            said: 0,
            incident: 0,
            suspicion: None,
        }
    }

    /// When the watch began.
    pub fn began(&self) -> Timestamp {
        self.began
    }

    /// The state that was announced last.
    pub fn announced(&self) -> State {
        self.announced
    }

    /// Takes note of the state that a check found, and says what is to be announced.
    ///
    /// A worse or a better state is announced once the checks have been worse, or better, for as long as
    /// `patience` wants. If they differed, what is announced is the state that all of them reached.
    pub fn observe(&mut self, state: State, now: Timestamp, patience: &Patience) -> Option<Announcement> {
        if state == self.announced {
            self.suspicion = None;
            return self.remind(now, patience);
        }
        let is_worse = state > self.announced;
        let run = self.suspicion.filter(|run| (run.nearest > self.announced) == is_worse);
        let nearest = |run: Suspicion| if is_worse { run.nearest.min(state) } else { run.nearest.max(state) };
        let run = Suspicion {
            nearest: run.map_or(state, nearest),
            checks: run.map_or(0, |run| run.checks).saturating_add(1),
            first: run.map_or(now, |run| run.first),
        };
        let wanted = if is_worse { patience.worse } else { patience.better };
        if !wanted.is_met(run.checks, run.first, now) {
            self.suspicion = Some(run);
            return self.remind(now, patience);
        }
        let reached = run.nearest;
        let beyond = Suspicion { nearest: state, checks: 1, first: now };
        self.suspicion = (state != reached).then_some(beyond);
        Some(self.announce(reached, run.first, now))
    }

    fn remind(&mut self, now: Timestamp, patience: &Patience) -> Option<Announcement> {
        let is_due = patience.remind_every.is_some_and(|every| has_passed(every, self.last_said, now));
        if self.announced == State::Ok || !is_due {
            return None;
        }
        Some(self.say(Occasion::Reminder, self.announced, now))
    }

    fn announce(&mut self, state: State, since: Timestamp, now: Timestamp) -> Announcement {
        let before = self.announced;
        if before == State::Ok {
            self.incident = self.said + 1;
        }
        self.announced = state;
        self.since = since;
        let occasion = if state == State::Ok { Occasion::Recovery } else { Occasion::Change };
        self.say(occasion, before, now)
    }

    fn say(&mut self, occasion: Occasion, before: State, now: Timestamp) -> Announcement {
        self.said += 1;
        self.last_said = now;
        Announcement {
            occasion,
            before,
            state: self.announced,
            since: self.since,
            number: self.said,
            incident: self.incident,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use proptest::prelude::*;

    use super::*;
    use crate::alert::Steadiness;

    const MINUTE: i64 = 60;

    fn at(minutes: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + minutes * MINUTE).expect("in range")
    }

    fn patience(worse: u32, better: u32, remind_every: Option<u64>) -> Patience {
        Patience {
            worse: Steadiness::Checks(worse),
            better: Steadiness::Checks(better),
            remind_every: remind_every.map(|minutes| Duration::from_secs(minutes * 60)),
        }
    }

    /// What is said when these states are seen minute by minute.
    fn said(states: &[State], patience: &Patience) -> Vec<(usize, Announcement)> {
        let mut watch = Watch::begin(at(0));
        let observe = |(minute, state): (usize, &State)| {
            let now = at(i64::try_from(minute).expect("few"));
            watch.observe(*state, now, patience).map(|announcement| (minute, announcement))
        };
        states.iter().enumerate().filter_map(observe).collect()
    }

    fn shown(states: &[State], patience: &Patience) -> Vec<(usize, Occasion, State)> {
        said(states, patience).into_iter().map(|(minute, said)| (minute, said.occasion, said.state)).collect()
    }

    use Occasion::{Change, Recovery, Reminder};
    use State::{AtRisk, Breach, NoData, Ok};

    #[test]
    fn worry_is_quick_and_ease_is_slow() {
        let states = [Ok, AtRisk, Ok, AtRisk, Breach, Ok, Breach, Ok, Ok];
        let expected = [(1, Change, AtRisk), (4, Change, Breach), (8, Recovery, Ok)];
        assert_eq!(shown(&states, &patience(1, 2, None)), expected);
    }

    #[test]
    fn a_run_of_mixed_states_announces_what_all_of_them_reached() {
        let patience = patience(2, 2, None);
        assert_eq!(shown(&[AtRisk, Breach, Breach], &patience), [(1, Change, AtRisk), (2, Change, Breach)]);
        let better = [Breach, Breach, AtRisk, Ok, Ok];
        assert_eq!(shown(&better, &patience), [(1, Change, Breach), (3, Change, AtRisk), (4, Recovery, Ok)]);
        assert_eq!(shown(&[NoData, Ok, NoData, Ok, NoData], &patience), []);
    }

    #[test]
    fn one_is_reminded_until_all_is_well() {
        let states = [Breach; 8];
        let expected = [(0, Change, Breach), (3, Reminder, Breach), (6, Reminder, Breach)];
        assert_eq!(shown(&states, &patience(1, 1, Some(3))), expected);
        assert_eq!(shown(&[Ok; 8], &patience(1, 1, Some(3))), []);
    }

    #[test]
    fn a_time_may_be_wanted_in_place_of_a_number() {
        let mut patience = patience(1, 1, None);
        patience.worse = Steadiness::Time(Duration::from_secs(150));
        assert_eq!(shown(&[Breach; 5], &patience), [(3, Change, Breach)]);
    }

    #[test]
    fn an_incident_lasts_from_leaving_ok_to_its_recovery() {
        let states = [AtRisk, Breach, Breach, Ok, NoData];
        let incidents: Vec<_> =
            said(&states, &patience(1, 1, Some(1))).into_iter().map(|(_, said)| said.incident).collect();
        assert_eq!(incidents, [1, 1, 1, 1, 5]);
    }

    fn any_state() -> impl Strategy<Value = State> {
        prop::sample::select(vec![Ok, AtRisk, NoData, Breach])
    }

    proptest! {
        /// What is said is a consistent story, whatever was seen.
        #[test]
        fn announcements_follow_from_each_other(
            states in prop::collection::vec(any_state(), 0..60),
            worse in 1u32..4, better in 1u32..4, remind in prop::option::of(1u64..5),
        ) {
            let mut standing = Ok;
            let mut last = None;
            for (index, (minute, said)) in said(&states, &patience(worse, better, remind)).iter().enumerate() {
                prop_assert_eq!(said.number, index as u64 + 1);
                prop_assert_eq!(said.before, standing);
                match said.occasion {
                    Change => prop_assert!(said.state != standing && said.state != Ok),
                    Recovery => prop_assert!(said.state == Ok && standing != Ok),
                    Reminder => {
                        prop_assert!(said.state == standing && standing != Ok);
                        prop_assert!(minute - last.unwrap_or(0) >= remind.unwrap_or(u64::MAX) as usize);
                    }
                    Occasion::Test => prop_assert!(false, "nobody asked"),
                }
                // Nothing is announced that the last checks did not all reach.
                if said.occasion != Reminder {
                    let run_is_worse = said.state > standing;
                    let run = if run_is_worse { worse } else { better } as usize;
                    let seen = &states[(minute + 1).saturating_sub(run)..=*minute];
                    prop_assert_eq!(seen.len(), run);
                    let reaches = |seen: &State| if run_is_worse { *seen >= said.state } else { *seen <= said.state };
                    prop_assert!(seen.iter().all(reaches));
                }
                standing = said.state;
                last = Some(*minute);
            }
        }

        /// A state that lasts is announced in time, whatever came before it.
        #[test]
        fn what_lasts_is_announced(
            states in prop::collection::vec(any_state(), 0..40),
            end in any_state(), worse in 1u32..4, better in 1u32..4,
        ) {
            let mut states = states;
            states.extend([end; 8]);
            let standing = said(&states, &patience(worse, better, None)).last().map_or(Ok, |(_, said)| said.state);
            prop_assert_eq!(standing, end);
        }

        /// It makes no difference whether the watch was kept in memory or written down between checks.
        #[test]
        fn it_survives_being_written_down(
            states in prop::collection::vec(any_state(), 0..40), worse in 1u32..4, better in 1u32..4,
        ) {
            let patience = patience(worse, better, Some(3));
            let (mut kept, mut written) = (Watch::begin(at(0)), Watch::begin(at(0)));
            for (minute, state) in states.into_iter().enumerate() {
                let now = at(i64::try_from(minute).expect("few"));
                let text = serde_json::to_string(&written).expect("writable");
                written = serde_json::from_str(&text).expect("readable");
                prop_assert_eq!(kept.observe(state, now, &patience), written.observe(state, now, &patience));
            }
            prop_assert_eq!(kept, written);
        }
    }
}
