//! From counts to figures: rates, intervals and what they foretell.

use std::collections::BTreeMap;

use crate::projection::{self, MixChoice, RetryCost};
use crate::recorder::{Place, Recorder};
use crate::report::model::{Interval, IntervalMethod, Projection, Reachability, Retry, Share, Sli};
use crate::scenario::{Case, Plan};
use crate::statistics::interval::Interval as Bounds;
use crate::statistics::lag1::Lag1;
use crate::statistics::{Confidence, Counts, Objective};
use crate::verdict::{Trust, Verdict};

/// How many events got which verdict.
pub(in crate::app) struct Totals {
    /// Good ones.
    pub(in crate::app) good: u64,
    /// Bad ones.
    pub(in crate::app) bad: u64,
    /// Those that an app without trust refused, as it should.
    pub(in crate::app) reached: u64,
    /// Those that don't count.
    pub(in crate::app) excluded: u64,
    /// Those of which it can't be told.
    pub(in crate::app) unattributed: u64,
}

impl Totals {
    /// Counts the events of a run.
    pub(super) fn of(recorder: &Recorder) -> Self {
        Self {
            good: recorder.count(Verdict::Good),
            bad: recorder.count(Verdict::Bad),
            reached: recorder.count(Verdict::Reached),
            excluded: recorder.count(Verdict::Excluded),
            unattributed: recorder.count(Verdict::Unattributed),
        }
    }
}

/// The success rate with its intervals; all figures are none in a run without trust, which can't tell it.
/// `n_effective` is how many independent events the valid ones are worth.
pub(in crate::app) fn sli(totals: &Totals, n_effective: Option<f64>, trust: Trust) -> Sli {
    let (objective, warning) =
        (Objective::CLOUD_FORTIFIED.probability().get(), Objective::EARLY_WARNING.probability().get());
    if trust == Trust::None {
        return Sli {
            good: None,
            bad: None,
            excluded: None,
            unattributed: None,
            valid: None,
            success_rate: None,
            success_rate_with_exclusions_counted: None,
            interval: no_interval(IntervalMethod::ClopperPearson),
            interval_jeffreys: no_interval(IntervalMethod::Jeffreys),
            n_effective: None,
            objective,
            warning,
        };
    }
    let counts = counts(totals.good, totals.bad);
    let all = counts.n() + totals.excluded + totals.unattributed;
    Sli {
        good: Some(totals.good),
        bad: Some(totals.bad),
        excluded: Some(totals.excluded),
        unattributed: Some(totals.unattributed),
        valid: Some(counts.n()),
        success_rate: counts.success_rate(),
        success_rate_with_exclusions_counted: rate(totals.good, all),
        interval: interval(IntervalMethod::ClopperPearson, counts),
        interval_jeffreys: interval(IntervalMethod::Jeffreys, counts),
        n_effective,
        objective,
        warning,
    }
}

/// The share of callbacks that reached an app which refused them.
pub(in crate::app) fn reachability(totals: &Totals) -> Reachability {
    let counts = counts(totals.reached, totals.bad);
    Reachability {
        reached: totals.reached,
        bad: totals.bad,
        excluded: totals.excluded,
        unattributed: totals.unattributed,
        success_rate: counts.success_rate(),
        interval: interval(IntervalMethod::ClopperPearson, counts),
    }
}

/// What is expected of real events.
pub(in crate::app) struct Expected<'run> {
    /// The shares of the event types.
    pub(in crate::app) mix: &'run MixChoice,
    /// How many are to come in 28 days.
    pub(in crate::app) events_28d: Option<u64>,
    /// What the window holds already.
    pub(in crate::app) so_far: Counts,
}

/// What the events foretell.
pub(super) fn projection(recorder: &Recorder, plan: &Plan, expected: &Expected<'_>) -> Projection {
    project(&by_case(recorder, plan), expected)
}

/// What so many events of each kind foretell.
pub(in crate::app) fn project(seen: &BTreeMap<Case, Counts>, expected: &Expected<'_>) -> Projection {
    let Expected { mix, events_28d, so_far } = *expected;
    let Ok(Some(projected)) = projection::Projection::of(seen, mix, events_28d, so_far) else {
        return Projection { events_28d, ..Projection::default() };
    };
    Projection {
        success_rate: projected.success_rate,
        low: Some(projected.low),
        high: Some(projected.high),
        confidence: Some(projected.confidence),
        p_meet_28d: projected.p_meet_28d,
        events_28d: projected.events_28d,
        discount: Some(projected.discount),
        window_good: (so_far.n() > 0).then_some(so_far.good()),
        window_bad: (so_far.n() > 0).then_some(so_far.bad()),
        mix: projected
            .mix
            .into_iter()
            .map(|(case, share)| {
                let row = Share {
                    weight: share.weight,
                    good: share.counts.good(),
                    valid: share.counts.n(),
                    success_rate: share.counts.success_rate(),
                };
                (case.name().to_owned(), row)
            })
            .collect(),
        retry: None,
        gate: None,
    }
}

/// What one broken tenant costs.
pub(super) fn retry(cost: RetryCost) -> Retry {
    Retry {
        tenants: cost.tenants,
        broken_share: cost.broken_share,
        retries_per_day: cost.retries_per_day,
        days_until_fixed: cost.days_until_fixed,
        success_rate: cost.success_rate,
        days_of_budget: cost.days_of_budget,
    }
}

fn by_case(recorder: &Recorder, plan: &Plan) -> BTreeMap<Case, Counts> {
    let mut tallies: BTreeMap<Case, (u64, u64)> = BTreeMap::new();
    for (Place { scenario, step, .. }, tally) in recorder.steps() {
        let case = plan.scenarios[scenario].steps[step].case;
        let (good, bad) = tallies.entry(case).or_default();
        *good += tally.count(Verdict::Good);
        *bad += tally.count(Verdict::Bad);
    }
    tallies.into_iter().map(|(case, (good, bad))| (case, counts(good, bad))).collect()
}

/// How many independent events the dependent ones are worth, from the correlation of neighbours in the
/// order of the schedule.
pub(super) fn n_effective(recorder: &Recorder) -> Option<f64> {
    let n = recorder.count(Verdict::Good) + recorder.count(Verdict::Bad);
    let mut lag = Lag1::default();
    for event in recorder.events_in_order()? {
        match event.verdict {
            Verdict::Good => lag.observe(true),
            Verdict::Bad => lag.observe(false),
            Verdict::Reached | Verdict::Excluded | Verdict::Unattributed => {}
        }
    }
    (n > 0).then(|| lag.n_effective(n))
}

fn counts(good: u64, bad: u64) -> Counts {
    Counts::new(good, bad).expect("a run has fewer than 10^9 events: its flags are bounded")
}

fn rate(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

fn interval(method: IntervalMethod, counts: Counts) -> Interval {
    if counts.n() == 0 {
        return no_interval(method);
    }
    let confidence = Confidence::NINETY_FIVE;
    let bounds = match method {
        IntervalMethod::ClopperPearson => Bounds::clopper_pearson(counts, confidence),
        IntervalMethod::Jeffreys => Bounds::jeffreys(counts, confidence),
    };
    Interval { method, confidence: confidence.level(), low: Some(bounds.low), high: Some(bounds.high) }
}

fn no_interval(method: IntervalMethod) -> Interval {
    Interval { method, confidence: Confidence::NINETY_FIVE.level(), low: None, high: None }
}
