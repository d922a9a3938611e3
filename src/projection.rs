//! From counts to claims: what the events seen foretell about the success rate of real ones.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use serde::Deserialize;
use serde::de::IntoDeserializer;
use serde::de::value::Error as WireError;

use crate::scenario::Case;
use crate::statistics::forecast::{Belief, Outlook};
use crate::statistics::retries::{EventualSuccess, Rollout};
use crate::statistics::stratified::{Stratified, Stratum};
use crate::statistics::{Confidence, Counts, Objective, OutOfRange, Probability};

/// How much of a probe's weight is believed of real events: probes and real installs are not
/// exchangeable (a power prior, Ibrahim and Chen, 2000).
const DISCOUNT: f64 = 0.5;
/// The confidence of the two bounds together.
const CONFIDENCE: f64 = 0.95;
/// The weight of each case where nobody says otherwise. Nobody publishes one: these say that upgrades
/// which happen by themselves and first installs are what an app sees most of.
const DEFAULT_MIX: &[(Case, f64)] = &[
    (Case::InitialInstall, 40.0),
    (Case::AutomaticUpgrade, 30.0),
    (Case::ManualUpgrade, 10.0),
    (Case::SecretRotation, 10.0),
    (Case::SiteRename, 5.0),
    (Case::SiteImport, 5.0),
];

/// The shares in which event types make up an app's real events, in any unit.
#[derive(Debug, Clone, PartialEq)]
pub struct Mix {
    weights: BTreeMap<Case, f64>,
}

impl Mix {
    /// The mix assumed where nobody says otherwise. A platform that sends no `installed` on automatic
    /// upgrades has none of them in its mix.
    pub fn assumed(sends_automatic_upgrades: bool) -> Self {
        let sent = |case: Case| case != Case::AutomaticUpgrade || sends_automatic_upgrades;
        let weights =
            DEFAULT_MIX.iter().map(|(case, weight)| (*case, if sent(*case) { *weight } else { 0.0 }));
        Self { weights: weights.collect() }
    }

    /// Reads `CASE=WEIGHT` pairs.
    ///
    /// # Errors
    /// When a case is unknown or given twice, a weight is none, or all are 0; the text says which.
    pub fn parse<'text>(pairs: impl IntoIterator<Item = &'text str>) -> Result<Self, String> {
        let mut weights = BTreeMap::new();
        for pair in pairs {
            let (name, weight) =
                pair.split_once('=').ok_or_else(|| format!("`{pair}` is not of the form CASE=WEIGHT"))?;
            let case = case_named(name.trim())?;
            let weight = f64::from_str(weight.trim())
                .ok()
                .filter(|weight| (0.0..=1e12).contains(weight))
                .ok_or_else(|| format!("`{pair}`: a weight is a number from 0 to 10^12"))?;
            if weights.insert(case, weight).is_some() {
                return Err(format!("`{name}` is given twice"));
            }
        }
        if weights.values().all(|weight| *weight == 0.0) {
            return Err("at least one weight has to be above 0".to_owned());
        }
        Ok(Self { weights })
    }

    fn weight(&self, case: Case) -> f64 {
        self.weights.get(&case).copied().unwrap_or(0.0)
    }
}

fn case_named(name: &str) -> Result<Case, String> {
    let wire: Result<Case, WireError> = Case::deserialize(name.into_deserializer());
    wire.map_err(|_| {
        let known = DEFAULT_MIX.iter().map(|(case, _)| case.name());
        format!("`{name}` is no event type; they are {} and reinstall", known.collect::<Vec<_>>().join(", "))
    })
}

/// One event type of a projection.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Share {
    /// Its part of the mix, 0 to 1.
    pub weight: f64,
    /// What was seen of it.
    pub counts: Counts,
}

/// What the events seen foretell.
#[derive(Debug, Clone, PartialEq)]
pub struct Projection {
    /// The success rate over the mix; none when an event type of the mix was never seen.
    pub success_rate: Option<f64>,
    /// The lower bound.
    pub low: f64,
    /// The upper bound.
    pub high: f64,
    /// The confidence of the two bounds together.
    pub confidence: f64,
    /// How many events the window is to have.
    pub events_28d: Option<u64>,
    /// The probability that a window with so many more events meets the objective of 99 %.
    pub p_meet_28d: Option<f64>,
    /// How much of a probe's weight is believed of real events.
    pub discount: f64,
    /// The event types, with what was seen of each.
    pub mix: BTreeMap<Case, Share>,
}

impl Projection {
    /// Projects what was seen of each event type onto a mix; nothing when nothing was seen.
    ///
    /// What the window holds `so_far` counts beside the events to come. Event types of an assumed mix that were not rehearsed are left out of it; those of a mix that the
    /// person gave stay, and leave the rate unknown.
    ///
    /// # Errors
    /// When the numbers are beyond what the formulas take.
    pub fn of(
        seen: &BTreeMap<Case, Counts>,
        mix: &MixChoice,
        events_28d: Option<u64>,
        so_far: Counts,
    ) -> Result<Option<Self>, OutOfRange> {
        let shares = shares(seen, mix);
        if shares.values().all(|share| share.counts.n() == 0) {
            return Ok(None);
        }
        let strata = shares.values().map(|share| Stratum::new(share.weight, share.counts));
        let strata = strata.collect::<Result<Vec<_>, _>>()?;
        let mirrored = shares
            .values()
            .map(|share| Stratum::new(share.weight, Counts::new(share.counts.bad(), share.counts.good())?));
        let mirrored = mirrored.collect::<Result<Vec<_>, _>>()?;
        let one_sided = Confidence::from_alpha((1.0 - CONFIDENCE) / 2.0)?;
        let stratified = Stratified::of(&strata, one_sided)?;
        let high = 1.0 - Stratified::of(&mirrored, one_sided)?.lower_beta_moment;
        // The bounds come from a posterior, whose bulk lies off the ends; the rate seen is always inside.
        let seen_rate = stratified.estimate.unwrap_or(high);
        let p_meet_28d = match (events_28d, stratified.estimate) {
            (Some(events), Some(rate)) => Some(p_meet(rate, stratified.n_eff_kish, events, so_far)?),
            _ => None,
        };
        Ok(Some(Self {
            success_rate: stratified.estimate,
            low: stratified.lower_beta_moment.min(seen_rate),
            high: high.max(seen_rate),
            confidence: CONFIDENCE,
            events_28d,
            p_meet_28d,
            discount: DISCOUNT,
            mix: shares,
        }))
    }
}

/// What one broken tenant costs when its failed upgrade is retried until it is mended.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RetryCost {
    /// The app's tenants.
    pub tenants: u64,
    /// The part of them that is broken: one.
    pub broken_share: f64,
    /// The retries a day.
    pub retries_per_day: f64,
    /// The days until it is mended: the whole window.
    pub days_until_fixed: f64,
    /// The success rate of such a window.
    pub success_rate: Option<f64>,
    /// The days after which the objective of 99 % is missed.
    pub days_of_budget: Option<f64>,
}

/// The days of the objective's window.
const WINDOW_DAYS: f64 = 28.0;

impl RetryCost {
    /// The cost among `tenants`, each upgraded once in the window beside `other_events` good ones.
    ///
    /// # Errors
    /// When a number is negative or not finite.
    pub fn of_one_tenant(tenants: u64, retries_per_day: f64, other_events: u64) -> Result<Self, OutOfRange> {
        let broken_share = Probability::new(1.0 / tenants as f64)?;
        let amplified = Rollout {
            tenants: tenants as f64,
            organic_good: other_events as f64,
            broken_share,
            retries_per_day,
            days_to_fix: WINDOW_DAYS,
            eventual_success: EventualSuccess::Ignored,
        }
        .amplification()?;
        Ok(Self {
            tenants,
            broken_share: broken_share.get(),
            retries_per_day,
            days_until_fixed: WINDOW_DAYS,
            success_rate: amplified.sli,
            days_of_budget: amplified.max_days_99,
        })
    }
}

/// A mix, and whether a person stands behind it.
#[derive(Debug, Clone, PartialEq)]
pub enum MixChoice {
    /// Nobody said otherwise.
    Assumed(Mix),
    /// The person gave it.
    Given(Mix),
}

fn shares(seen: &BTreeMap<Case, Counts>, mix: &MixChoice) -> BTreeMap<Case, Share> {
    let counts = |case: &Case| seen.get(case).copied().unwrap_or_default();
    let weights: BTreeMap<Case, f64> = match mix {
        MixChoice::Given(mix) => mix.weights.clone(),
        MixChoice::Assumed(mix) => {
            let seen: BTreeMap<_, _> = seen
                .iter()
                .filter(|(_, counts)| counts.n() > 0)
                .map(|(case, _)| (*case, mix.weight(*case)))
                .collect();
            // A single scenario that no usual mix knows still says something about itself.
            if seen.values().all(|weight| *weight == 0.0) {
                seen.into_keys().map(|case| (case, 1.0)).collect()
            } else {
                seen
            }
        }
    };
    let total: f64 = weights.values().sum();
    weights
        .iter()
        .map(|(case, weight)| (*case, Share { weight: weight / total, counts: counts(case) }))
        .collect()
}

fn p_meet(rate: f64, n_effective: f64, events: u64, so_far: Counts) -> Result<f64, OutOfRange> {
    let prior = 0.5;
    let believed = DISCOUNT * n_effective;
    let belief = Belief::new(prior + believed * rate, prior + believed * (1.0 - rate))?;
    let outlook = Outlook { objective: Objective::CLOUD_FORTIFIED, so_far };
    outlook.probability_to_meet(belief, events)
}

impl fmt::Display for Mix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let pairs = self.weights.iter().map(|(case, weight)| format!("{}={weight}", case.name()));
        f.write_str(&pairs.collect::<Vec<_>>().join(","))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(good: u64, bad: u64) -> Counts {
        Counts::new(good, bad).expect("few events")
    }

    fn projected(seen: &[(Case, Counts)], mix: &MixChoice, events: Option<u64>) -> Projection {
        let seen = seen.iter().copied().collect();
        Projection::of(&seen, mix, events, Counts::NONE).expect("in range").expect("something was seen")
    }

    fn given(text: &str) -> MixChoice {
        MixChoice::Given(Mix::parse(text.split(',')).expect("a mix"))
    }

    #[test]
    fn the_rate_is_weighted_by_the_mix() {
        let seen = [(Case::InitialInstall, counts(100, 0)), (Case::SecretRotation, counts(50, 50))];
        let projection = projected(&seen, &given("initial-install=60,secret-rotation=20"), None);
        assert_eq!(projection.success_rate, Some(0.875));
        assert!(projection.low < 0.875 && projection.high > 0.875, "{projection:?}");
    }

    #[test]
    fn an_event_type_of_a_given_mix_that_was_not_seen_leaves_the_rate_unknown() {
        let seen = [(Case::InitialInstall, counts(100, 0))];
        let projection = projected(&seen, &given("initial-install=60,site-import=1"), Some(100));
        assert_eq!((projection.success_rate, projection.p_meet_28d), (None, None));
        let assumed = projected(&seen, &MixChoice::Assumed(Mix::assumed(true)), Some(100));
        assert_eq!(assumed.success_rate, Some(1.0));
        assert_eq!(assumed.mix.len(), 1);
    }

    #[test]
    fn more_good_events_make_the_forecast_surer() {
        let mix = MixChoice::Assumed(Mix::assumed(true));
        let p = |good| projected(&[(Case::InitialInstall, counts(good, 0))], &mix, Some(400)).p_meet_28d;
        assert!(p(30) < p(300) && p(300) < p(3000), "{:?} {:?} {:?}", p(30), p(300), p(3000));
    }

    #[test]
    fn connect_on_forge_has_no_automatic_upgrades_in_its_mix() {
        assert_eq!(Mix::assumed(false).weight(Case::AutomaticUpgrade), 0.0);
        assert!(Mix::assumed(true).weight(Case::AutomaticUpgrade) > 0.0);
    }

    #[test]
    fn a_wrong_mix_is_told() {
        for (text, part) in [
            ("initial", "CASE=WEIGHT"),
            ("first=1", "no event type"),
            ("site-import=-1", "weight"),
            ("site-import=0", "above 0"),
            ("site-import=1,site-import=2", "twice"),
        ] {
            let problem = Mix::parse(text.split(',')).expect_err(text);
            assert!(problem.contains(part), "{text}: {problem}");
        }
    }

    #[test]
    fn one_broken_tenant_of_a_thousand_eats_the_budget_in_days() {
        let cost = RetryCost::of_one_tenant(1000, 4.0, 100).expect("in range");
        assert!((cost.success_rate.expect("events") - 0.9075).abs() < 1e-4, "{cost:?}");
        assert!((cost.days_of_budget.expect("a limit") - 2.8).abs() < 0.1, "{cost:?}");
    }
}
