//! What an alert says.

use aws_lc_rs::digest;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Announcement, Occasion};
use crate::report::percent;
use crate::slo::State;

/// An alert: all that any sink may want to say. It is the body of the webhook as well.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Alert {
    /// The form of this object.
    pub schema: String,
    /// Names this alert: the same however often it is sent.
    pub key: String,
    /// Names what began when the state ceased to be OK, and ends with its recovery.
    pub incident: String,
    /// Names the series that the state is of.
    pub series: String,
    /// What it is about.
    pub occasion: Occasion,
    /// The state.
    pub state: State,
    /// The state announced before.
    pub before: State,
    /// When the state began.
    pub since: Timestamp,
    /// When this was said.
    pub at: Timestamp,
    /// The app.
    #[serde(flatten)]
    pub subject: Subject,
    /// What was found.
    #[serde(flatten)]
    pub occurrence: Occurrence,
}

/// The app that an alert is about, and where and how it was seen. Texts that are not known are empty.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subject {
    /// The app's key.
    pub app_key: String,
    /// The app's address.
    pub target: String,
    /// The product that the callbacks come from.
    pub product: String,
    /// The environment.
    pub environment: String,
    /// The place the probe runs at.
    pub location: String,
    /// How the app takes the probe's signature.
    pub trust: String,
}

impl Subject {
    /// Names the app as people do, with environment and place where these are known.
    fn shown(&self) -> String {
        let name = if self.app_key.is_empty() { &self.target } else { &self.app_key };
        let place: Vec<_> =
            [&self.environment, &self.location].into_iter().filter(|text| !text.is_empty()).collect();
        match place.as_slice() {
            [] => name.clone(),
            [one] => format!("{name} ({one})"),
            [one, other, ..] => format!("{name} ({one}, {other})"),
        }
    }

    /// What the series of this app is called: two series never share a name.
    fn series(&self) -> String {
        let parts = [&self.app_key, &self.environment, &self.location, &self.trust];
        named(&parts.map(|part| part.escape_debug().to_string()).join("\n"))
    }
}

/// What a check found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Occurrence {
    /// What the rates below are of.
    pub basis: Basis,
    /// The figures of the windows, the shortest first.
    pub windows: Vec<Window>,
    /// What failed most.
    pub failure: Option<LeadingFailure>,
    /// Why the state is what it is, the weightiest reason first.
    pub reasons: Vec<String>,
    /// The command that shows more.
    pub more: String,
}

/// What a rate is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Basis {
    /// Installed callbacks that succeeded.
    Sli,
    /// Callbacks that reached the app: an upper bound of the success rate.
    Reachability,
}

/// The figures of one window.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Window {
    /// How long it is.
    pub seconds: u64,
    /// Events that were good, or reached the app.
    pub good: u64,
    /// Events that were bad.
    pub bad: u64,
    /// The share of good ones, from 0 to 1; none when there were no events.
    pub success_rate: Option<f64>,
    /// The least share that is well.
    pub threshold: f64,
}

/// The failure that was seen most.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeadingFailure {
    /// Its code.
    pub code: String,
    /// How often it was seen.
    pub count: u64,
    /// Who has to act.
    pub owner: String,
    /// What to do.
    pub remedy: String,
}

impl Alert {
    /// The form of this version.
    pub const SCHEMA: &'static str = "rehearsal.alert/1";

    /// The alert of an announcement from a watch that began at `began`.
    pub fn new(
        announcement: &Announcement,
        began: Timestamp,
        at: Timestamp,
        subject: Subject,
        occurrence: Occurrence,
    ) -> Self {
        let series = subject.series();
        let name = |number: u64| named(&format!("{series}\n{began}\n{number}"));
        Self {
            schema: Self::SCHEMA.to_owned(),
            key: name(announcement.number),
            incident: name(announcement.incident),
            occasion: announcement.occasion,
            state: announcement.state,
            before: announcement.before,
            since: announcement.since,
            at,
            series,
            subject,
            occurrence,
        }
    }

    /// An alert that a person asked for to see one.
    pub fn test(at: Timestamp) -> Self {
        let announcement = Announcement {
            occasion: Occasion::Test,
            before: State::Ok,
            state: State::Breach,
            since: at,
            number: 1,
            incident: 1,
        };
        let subject = Subject {
            app_key: "rehearsal-test".to_owned(),
            target: "https://app.example.com".to_owned(),
            product: "jira".to_owned(),
            trust: "probe-key".to_owned(),
            ..Subject::default()
        };
        let window = |seconds, good, bad, threshold| Window {
            seconds,
            good,
            bad,
            success_rate: Some(good as f64 / (good + bad) as f64),
            threshold,
        };
        let occurrence = Occurrence {
            basis: Basis::Sli,
            windows: vec![window(86_400, 285, 3, 0.999), window(2_419_200, 7_960, 104, 0.99)],
            failure: Some(LeadingFailure {
                code: "status.502".to_owned(),
                count: 104,
                owner: "app".to_owned(),
                remedy: "Nothing: this is a test, and its figures are made up.".to_owned(),
            }),
            reasons: vec!["this is a test of the alerts; nothing happened".to_owned()],
            more: "rehearsal alert list".to_owned(),
        };
        Self::new(&announcement, at, at, subject, occurrence)
    }

    /// One line: the state, the app, and the figure that matters most.
    pub fn title(&self) -> String {
        let app = self.subject.shown();
        let state = shown(self.state);
        match self.occasion {
            Occasion::Change => format!("{state}: {app}{}", self.headline()),
            Occasion::Reminder => format!("Still {state}: {app}{}", self.headline()),
            Occasion::Recovery => format!("Recovered: {app} is OK again after {}", shown(self.before)),
            Occasion::Test => "TEST of rehearsal's alerts: nothing happened".to_owned(),
        }
    }

    fn headline(&self) -> String {
        let missed = |window: &&Window| window.success_rate.is_some_and(|rate| rate < window.threshold);
        // The longer window is the weightier one.
        let Some(window) = self.occurrence.windows.iter().rev().find(missed) else { return String::new() };
        format!(", {} over {}", percent(window.success_rate.unwrap_or_default()), window.name())
    }

    /// The rest: figures, leading failure, reasons, and where to look.
    pub fn body(&self) -> String {
        let found = &self.occurrence;
        let mut lines = vec![format!(
            "{} since {:.0}, {} before that",
            shown(self.state),
            self.since,
            shown(self.before)
        )];
        lines.extend(found.reasons.iter().map(|reason| format!("- {}", one_line(reason))));
        lines.push(String::new());
        let figure = match found.basis {
            Basis::Sli => "success rate of installed callbacks",
            Basis::Reachability => "reachability (an upper bound of the success rate)",
        };
        lines.push(format!("{figure}:"));
        lines.extend(found.windows.iter().map(|window| format!("  {}", window.shown())));
        if let Some(failure) = &found.failure {
            lines.push(String::new());
            let times =
                if failure.count == 1 { "once".to_owned() } else { format!("{} times", failure.count) };
            lines.push(format!("Leading failure: {}, {times}, owner: {}", failure.code, failure.owner));
            lines.push(format!("  {}", one_line(&failure.remedy)));
        }
        lines.push(String::new());
        lines.push(format!("App: {}", one_line(&self.subject.target)));
        lines.push(format!("More: {}", one_line(&found.more)));
        lines.join("\n")
    }

    /// Names the alert of a state in a system that keeps alerts open: each state has one for each series.
    pub(super) fn alias(&self, state: State) -> String {
        format!("{}-{}", self.series, state.name().replace('_', "-"))
    }
}

impl Window {
    fn name(&self) -> String {
        match self.seconds {
            seconds if seconds > 172_800 && seconds.is_multiple_of(86_400) => {
                format!("{} days", seconds / 86_400)
            }
            seconds if seconds.is_multiple_of(3600) => format!("{} hours", seconds / 3600),
            seconds => format!("{seconds} seconds"),
        }
    }

    fn shown(&self) -> String {
        let rate = self.success_rate.map_or_else(|| "nothing counted".to_owned(), percent);
        let events = self.good + self.bad;
        format!(
            "{}: {rate}, {} bad of {events} (at least {} is wanted)",
            self.name(),
            self.bad,
            percent(self.threshold)
        )
    }
}

/// The name of a state that people read.
fn shown(state: State) -> &'static str {
    match state {
        State::Ok => "OK",
        State::AtRisk => "AT RISK",
        State::NoData => "NO DATA",
        State::Breach => "BREACH",
    }
}

/// A text from elsewhere without what could break out of its line.
pub(super) fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// The first `limit` characters of a text, marked where something is left out.
pub(super) fn shortened(text: &str, limit: usize) -> String {
    if text.chars().count() <= limit {
        return text.to_owned();
    }
    text.chars().take(limit.saturating_sub(1)).chain(['…']).collect()
}

/// A short name that follows from a text, and from which the text can't be had.
fn named(text: &str) -> String {
    let hash = digest::digest(&digest::SHA256, text.as_bytes());
    let hex: String = hash.as_ref()[..12].iter().map(|byte| format!("{byte:02x}")).collect();
    format!("rehearsal-{hex}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::alert::{Patience, Watch};

    fn alerts(states: &[State]) -> Vec<Alert> {
        let began: Timestamp = "2026-11-25T10:00:00Z".parse().expect("a time");
        let mut watch = Watch::begin(began);
        let template = Alert::test(began);
        let patience = Patience::default();
        let alert = |said: Announcement| {
            Alert::new(&said, began, began, template.subject.clone(), template.occurrence.clone())
        };
        states.iter().filter_map(|state| watch.observe(*state, began, &patience)).map(alert).collect()
    }

    #[test]
    fn keys_differ_between_alerts_and_incidents_join_them() {
        let said = alerts(&[State::AtRisk, State::Breach, State::Ok, State::Ok, State::Breach]);
        let keys: std::collections::BTreeSet<_> = said.iter().map(|alert| &alert.key).collect();
        assert_eq!((said.len(), keys.len()), (4, 4));
        assert!(said[..3].iter().all(|alert| alert.incident == said[0].incident));
        assert_ne!(said[3].incident, said[0].incident);
        assert_eq!(said, alerts(&[State::AtRisk, State::Breach, State::Ok, State::Ok, State::Breach]));
    }

    #[test]
    fn titles_say_what_happened_to_whom() {
        let mut alert = alerts(&[State::Breach]).remove(0);
        alert.subject.environment = "production".to_owned();
        assert_eq!(alert.title(), "BREACH: rehearsal-test (production), 98.71 % over 28 days");
        alert.subject.location = "eu".to_owned();
        alert.occasion = Occasion::Reminder;
        assert_eq!(alert.title(), "Still BREACH: rehearsal-test (production, eu), 98.71 % over 28 days");
        alert.occasion = Occasion::Recovery;
        alert.before = State::Breach;
        assert!(alert.title().starts_with("Recovered: rehearsal-test"));
        assert!(Alert::test(alert.at).title().starts_with("TEST"));
    }

    #[test]
    fn series_differ_where_the_parts_are_cut_differently() {
        let series = |app: &str, environment: &str| {
            Subject { app_key: app.to_owned(), environment: environment.to_owned(), ..Subject::default() }
                .series()
        };
        assert_ne!(series("a\n", "b"), series("a", "\nb"));
        assert_ne!(series("a", "b"), series("ab", ""));
    }

    #[test]
    fn an_alert_is_read_back_as_it_was_written() {
        let alert = alerts(&[State::Breach]).remove(0);
        let text = serde_json::to_string(&alert).expect("writable");
        assert_eq!(serde_json::from_str::<Alert>(&text).expect("readable"), alert);
    }
}
