//! What follows from a run: one status, one exit code, and the reasons, the weightiest first.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::exit::Exit;
use crate::slo::{Standing, State};
use crate::validity::{Validity, Weight};
use crate::verdict::Trust;

/// The status of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// All is well.
    Ok,
    /// The 24-hour tripwire fired.
    AtRisk,
    /// The objective is missed, the gate blocked, or a contract check failed.
    Breach,
    /// Nothing was counted.
    NoData,
    /// What was measured settles nothing.
    Inconclusive,
    /// Who is to blame can't be told.
    Unattributed,
}

impl Status {
    /// The name used in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::AtRisk => "at_risk",
            Self::Breach => "breach",
            Self::NoData => "no_data",
            Self::Inconclusive => "inconclusive",
            Self::Unattributed => "unattributed",
        }
    }
}

/// What a gate said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GateSaid {
    /// Ship.
    Ship,
    /// Block, and why.
    Block(String),
    /// Neither, and why.
    Inconclusive(String),
}

/// What the windows of 24 hours and 28 days said.
#[derive(Debug, Clone, Copy)]
pub enum Windows<'run> {
    /// They were not asked: the run is judged by itself.
    NotAsked,
    /// They were, and this is how the app stands.
    Judged(&'run Standing),
    /// They were, and can't be had; why not.
    OutOfReach(&'run str),
}

/// What bounds on the figures of a run said.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BoundsSaid {
    /// Each bound that was crossed, with the figure.
    pub crossed: Vec<String>,
    /// Each bound whose figure is not there.
    pub unknown: Vec<String>,
    /// Whether they say how many events may be bad, so that a bad one alone is no breach.
    pub weigh_bad_events: bool,
}

impl BoundsSaid {
    /// Adds what other bounds said.
    pub fn add(&mut self, other: Self) {
        self.crossed.extend(other.crossed);
        self.unknown.extend(other.unknown);
        self.weigh_bad_events |= other.weigh_bad_events;
    }
}

/// What a conclusion is drawn from.
#[derive(Debug, Clone)]
pub struct Grounds<'run> {
    /// How the app was meant to take the signature.
    pub trust: Trust,
    /// Good events, or reached ones without trust.
    pub good: u64,
    /// Bad events.
    pub bad: u64,
    /// Events whose blame can't be told.
    pub unattributed: u64,
    /// What explains the bad events, the most telling first.
    pub explanations: Vec<String>,
    /// The checks that failed, each with what was seen.
    pub failed_checks: Vec<String>,
    /// The scenarios of which something was never seen. Without a gate each has to pass.
    pub unseen: Vec<String>,
    /// What the gate said, where there was one.
    pub gate: Option<GateSaid>,
    /// What the windows said.
    pub windows: Windows<'run>,
    /// What bounds on the figures said.
    pub bounds: BoundsSaid,
    /// Whether an app that should trust Atlassian alone accepted our install.
    pub untrusted_install_accepted: bool,
    /// Why the run ended before it was done, if it did.
    pub cut_short: Option<CutShort>,
    /// Whether the measurement was sound.
    pub validity: &'run Validity,
}

/// Why a run ended before it was done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CutShort {
    /// The person interrupted it.
    Interrupted,
    /// Tenants could not be noted, for this reason, so that no more were sent.
    Unnoted(String),
}

impl CutShort {
    /// How the process ends, whatever the run had seen, and the reason.
    fn end(&self) -> (Exit, String) {
        match self {
            Self::Interrupted => {
                (Exit::Interrupted, "the run was interrupted: this is what it had seen until then".to_owned())
            }
            Self::Unnoted(why) => {
                (Exit::Unavailable, format!("the run was cut short, and this is what it had seen: {why}"))
            }
        }
    }
}

/// What follows from a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conclusion {
    /// The status.
    pub status: Status,
    /// How the process ends.
    pub exit: Exit,
    /// Why, the weightiest reason first.
    pub reasons: Vec<String>,
}

impl Conclusion {
    /// Draws the conclusion. Precedence: invalid, breach, unattributed, inconclusive, no data, at risk, ok;
    /// a run that was cut short ends as such whatever it saw. Bad events are a breach by themselves, unless a gate or
    /// the windows weigh them.
    pub fn draw(grounds: &Grounds<'_>) -> Self {
        let (status, mut reasons) = judge(grounds);
        let mut exit = exit_of(status);
        if grounds.validity.heaviest() == Some(Weight::Invalid) {
            exit = Exit::NoData;
        }
        if let Some(cut_short) = &grounds.cut_short {
            let (end, reason) = cut_short.end();
            exit = end;
            reasons.insert(0, reason);
        }
        Self { status, exit, reasons }
    }
}

fn judge(grounds: &Grounds<'_>) -> (Status, Vec<String>) {
    let valid = grounds.good + grounds.bad;
    let mut reasons = Vec::new();
    if grounds.validity.heaviest() == Some(Weight::Invalid) {
        reasons.push("the measurement was not sound, so it says nothing about the app".to_owned());
        reasons.extend(grounds.validity.doubts().iter().map(|doubt| doubt.reason.clone()));
        return (Status::Inconclusive, reasons);
    }
    if grounds.untrusted_install_accepted {
        reasons.push(
            "security.untrusted_install_accepted: the app accepted an install that Atlassian did not sign; the run was stopped at once".to_owned(),
        );
        return (Status::Breach, reasons);
    }
    reasons.extend(grounds.bounds.crossed.iter().cloned());
    reasons.extend(grounds.explanations.iter().cloned());
    let is_bad_a_breach = grounds.gate.is_none() && !grounds.bounds.weigh_bad_events;
    if grounds.bad > 0 && is_bad_a_breach {
        let verb = if valid == 1 { "was" } else { "were" };
        reasons.push(format!("{} of {} {verb} bad", grounds.bad, events(grounds.trust, valid)));
    }
    reasons.extend(grounds.failed_checks.iter().cloned());
    let contract_broken = !grounds.failed_checks.is_empty();
    match &grounds.gate {
        Some(GateSaid::Block(why)) => {
            reasons.insert(0, why.clone());
            return (Status::Breach, reasons);
        }
        Some(GateSaid::Inconclusive(why)) if !contract_broken && grounds.bounds.crossed.is_empty() => {
            reasons.insert(0, why.clone());
            return (Status::Inconclusive, reasons);
        }
        Some(GateSaid::Inconclusive(_) | GateSaid::Ship) | None => {}
    }
    let is_bad_a_breach = match grounds.windows {
        Windows::Judged(standing) if standing.state == State::Breach => return weighed(standing, reasons),
        Windows::Judged(_) => false,
        Windows::NotAsked | Windows::OutOfReach(_) => is_bad_a_breach,
    };
    if contract_broken || !grounds.bounds.crossed.is_empty() || (grounds.bad > 0 && is_bad_a_breach) {
        return (Status::Breach, reasons);
    }
    if grounds.unattributed > 0 {
        reasons.push(format!(
            "{} failed while the control target could not tell whose fault it was",
            events(grounds.trust, grounds.unattributed)
        ));
        return (Status::Unattributed, reasons);
    }
    if !grounds.bounds.unknown.is_empty() {
        reasons.extend(grounds.bounds.unknown.iter().cloned());
        return (Status::Inconclusive, reasons);
    }
    match grounds.windows {
        Windows::Judged(standing) => return weighed(standing, reasons),
        Windows::OutOfReach(why) => {
            reasons.insert(0, format!("the windows can't be judged: {why}"));
            return (Status::NoData, reasons);
        }
        Windows::NotAsked => {}
    }
    if valid == 0 {
        reasons.push("nothing was counted, and that is never a pass".to_owned());
        return (Status::NoData, reasons);
    }
    if grounds.gate.is_none() && !grounds.unseen.is_empty() {
        reasons.push(format!("not all was seen of {}: callbacks were excluded", grounds.unseen.join(", ")));
        return (Status::Inconclusive, reasons);
    }
    reasons.push(match grounds.trust {
        Trust::None => {
            format!("{} reached the app, which refused them as it should", events(grounds.trust, valid))
        }
        Trust::ProbeKey | Trust::Legacy if grounds.bad == 0 => {
            format!("{} {} good", events(grounds.trust, valid), if valid == 1 { "was" } else { "were all" })
        }
        Trust::ProbeKey | Trust::Legacy => {
            format!("{} of {} were good", grounds.good, events(grounds.trust, valid))
        }
    });
    (Status::Ok, reasons)
}

/// What follows from windows: what this run saw comes after what they say.
fn weighed(standing: &Standing, seen: Vec<String>) -> (Status, Vec<String>) {
    let status = match standing.state {
        State::Ok => Status::Ok,
        State::AtRisk => Status::AtRisk,
        State::NoData => Status::NoData,
        State::Breach => Status::Breach,
    };
    (status, standing.reasons.iter().cloned().chain(seen).collect())
}

fn events(trust: Trust, count: u64) -> String {
    let noun = match trust {
        Trust::None => "callback",
        Trust::ProbeKey | Trust::Legacy => "installed callback",
    };
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}

const fn exit_of(status: Status) -> Exit {
    match status {
        Status::Ok => Exit::Ok,
        Status::AtRisk => Exit::AtRisk,
        Status::Breach => Exit::Breach,
        Status::NoData | Status::Inconclusive | Status::Unattributed => Exit::NoData,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::slo::Basis;

    fn grounds(validity: &Validity) -> Grounds<'_> {
        Grounds {
            trust: Trust::ProbeKey,
            good: 6,
            bad: 0,
            unattributed: 0,
            explanations: Vec::new(),
            failed_checks: Vec::new(),
            unseen: Vec::new(),
            gate: None,
            windows: Windows::NotAsked,
            bounds: BoundsSaid::default(),
            untrusted_install_accepted: false,
            cut_short: None,
            validity,
        }
    }

    fn concluded(change: impl FnOnce(&mut Grounds<'_>)) -> (Status, Exit) {
        let validity = Validity::default();
        let mut grounds = grounds(&validity);
        change(&mut grounds);
        let conclusion = Conclusion::draw(&grounds);
        assert!(!conclusion.reasons.is_empty(), "a status without a reason");
        (conclusion.status, conclusion.exit)
    }

    #[test]
    fn without_a_gate_any_bad_event_is_a_breach() {
        assert_eq!(concluded(|_| {}), (Status::Ok, Exit::Ok));
        assert_eq!(concluded(|g| g.bad = 1), (Status::Breach, Exit::Breach));
    }

    #[test]
    fn a_scenario_that_was_not_seen_is_no_pass() {
        let unseen = || vec!["site-import".to_owned()];
        assert_eq!(concluded(|grounds| grounds.unseen = unseen()), (Status::Inconclusive, Exit::NoData));
        let bad = concluded(|grounds| (grounds.unseen, grounds.bad) = (unseen(), 1));
        assert_eq!(bad, (Status::Breach, Exit::Breach));
        let shipped = concluded(|grounds| (grounds.unseen, grounds.gate) = (unseen(), Some(GateSaid::Ship)));
        assert_eq!(shipped, (Status::Ok, Exit::Ok));
    }

    #[test]
    fn a_gate_weighs_bad_events_but_not_failed_checks() {
        let ship = |g: &mut Grounds<'_>| {
            g.bad = 1;
            g.gate = Some(GateSaid::Ship);
        };
        assert_eq!(concluded(ship), (Status::Ok, Exit::Ok));
        let broken = |g: &mut Grounds<'_>| {
            ship(g);
            g.failed_checks.push("the old secret was accepted".to_owned());
        };
        assert_eq!(concluded(broken), (Status::Breach, Exit::Breach));
        let undecided =
            |g: &mut Grounds<'_>| g.gate = Some(GateSaid::Inconclusive("more is needed".to_owned()));
        assert_eq!(concluded(undecided), (Status::Inconclusive, Exit::NoData));
        let blocked = |g: &mut Grounds<'_>| g.gate = Some(GateSaid::Block("too many failures".to_owned()));
        assert_eq!(concluded(blocked), (Status::Breach, Exit::Breach));
    }

    #[test]
    fn a_crossed_bound_is_a_breach_and_an_unknown_one_no_pass() {
        let crossed = |g: &mut Grounds<'_>| g.bounds.crossed.push("response.p99 is 3 s".to_owned());
        assert_eq!(concluded(crossed), (Status::Breach, Exit::Breach));
        let unknown = |g: &mut Grounds<'_>| g.bounds.unknown.push("lag.p99 was not measured".to_owned());
        assert_eq!(concluded(unknown), (Status::Inconclusive, Exit::NoData));
        let both = |g: &mut Grounds<'_>| {
            crossed(g);
            unknown(g);
            g.gate = Some(GateSaid::Inconclusive("more is needed".to_owned()));
        };
        assert_eq!(concluded(both), (Status::Breach, Exit::Breach));
    }

    #[test]
    fn bounds_on_bad_events_take_the_place_of_none() {
        let bad = |weigh_bad_events| {
            concluded(|g| {
                g.bad = 1;
                g.bounds.weigh_bad_events = weigh_bad_events;
            })
        };
        assert_eq!(bad(false), (Status::Breach, Exit::Breach));
        assert_eq!(bad(true), (Status::Ok, Exit::Ok));
    }

    #[test]
    fn precedence_is_as_documented() {
        let nothing = |g: &mut Grounds<'_>| g.good = 0;
        assert_eq!(concluded(nothing), (Status::NoData, Exit::NoData));
        let unattributed = |g: &mut Grounds<'_>| g.unattributed = 1;
        assert_eq!(concluded(unattributed), (Status::Unattributed, Exit::NoData));
        let both = |g: &mut Grounds<'_>| {
            g.unattributed = 1;
            g.bad = 1;
        };
        assert_eq!(concluded(both), (Status::Breach, Exit::Breach));
        let cut_short = |how: CutShort| concluded(|g| g.cut_short = Some(how));
        assert_eq!(cut_short(CutShort::Interrupted), (Status::Ok, Exit::Interrupted));
        assert_eq!(cut_short(CutShort::Unnoted("no room".to_owned())), (Status::Ok, Exit::Unavailable));
    }

    fn standing(state: State) -> Standing {
        Standing {
            app_key: None,
            environment: None,
            location: None,
            trust: Trust::ProbeKey,
            basis: Basis::Sli,
            state,
            reasons: vec!["what the windows say".to_owned()],
            last_run_at: None,
            last_good_at: None,
            windows: Vec::new(),
            burn: Vec::new(),
            forecast: Vec::new(),
            event_types: Vec::new(),
            health: None,
        }
    }

    #[test]
    fn windows_weigh_bad_events_but_not_failed_checks() {
        for (state, bad, failed, unattributed, expected) in [
            (State::Ok, 1, false, 0, (Status::Ok, Exit::Ok)),
            (State::AtRisk, 1, false, 0, (Status::AtRisk, Exit::AtRisk)),
            (State::NoData, 1, false, 0, (Status::NoData, Exit::NoData)),
            (State::Breach, 0, false, 1, (Status::Breach, Exit::Breach)),
            (State::AtRisk, 0, true, 0, (Status::Breach, Exit::Breach)),
            (State::AtRisk, 0, false, 1, (Status::Unattributed, Exit::NoData)),
        ] {
            let standing = standing(state);
            let (validity, failed) = (Validity::default(), failed.then(|| "a check".to_owned()));
            let grounds = Grounds {
                good: 0,
                bad,
                unattributed,
                failed_checks: failed.into_iter().collect(),
                windows: Windows::Judged(&standing),
                ..grounds(&validity)
            };
            let conclusion = Conclusion::draw(&grounds);
            assert_eq!((conclusion.status, conclusion.exit), expected, "{state:?}");
        }
    }

    #[test]
    fn windows_out_of_reach_leave_a_good_run_without_data() {
        let out_of_reach = |g: &mut Grounds<'_>| g.windows = Windows::OutOfReach("no route");
        assert_eq!(concluded(out_of_reach), (Status::NoData, Exit::NoData));
        let bad = |g: &mut Grounds<'_>| {
            out_of_reach(g);
            g.bad = 1;
        };
        assert_eq!(concluded(bad), (Status::Breach, Exit::Breach));
    }

    #[test]
    fn an_invalid_measurement_is_never_a_pass_nor_a_breach() {
        let mut validity = Validity::default();
        validity.invalid("the clock was set back");
        let mut grounds = grounds(&validity);
        grounds.bad = 1;
        let conclusion = Conclusion::draw(&grounds);
        assert_eq!((conclusion.status, conclusion.exit), (Status::Inconclusive, Exit::NoData));
        assert!(conclusion.reasons.iter().any(|reason| reason.contains("clock")));
    }

    #[test]
    fn an_accepted_untrusted_install_is_named_by_its_code() {
        let validity = Validity::default();
        let mut grounds = grounds(&validity);
        grounds.trust = Trust::None;
        grounds.untrusted_install_accepted = true;
        let conclusion = Conclusion::draw(&grounds);
        assert_eq!(conclusion.exit, Exit::Breach);
        assert!(conclusion.reasons[0].starts_with("security.untrusted_install_accepted"));
    }
}
