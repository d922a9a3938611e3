//! `--find-capacity`: many short runs towards the largest rate that the app sustains.

use std::time::Duration;

use super::Carried;
use super::ceilings::Ceilings;
use crate::app::assembly::LoadFinished;
use crate::atlassian::Tenant;
use crate::cli::LoadArgs;
use crate::conclusion::BoundsSaid;
use crate::engine::load::{
    LoadPlan, LoadProgress, Loaded, Model, RatePerSecond, Schedule, Spacing, Stage, Tenants, Work,
};
use crate::exit::Abort;
use crate::recorder::{Latency, SeriesSlot};
use crate::report::model::{Capacity, CapacityLimit, CapacityResource, CapacityTrial};
use crate::statistics::capacity::{Ending, Goal, Judgement, Plan, Search, Shortfall, Trial};
use crate::statistics::{Confidence, Counts};
use crate::validity::{Validity, Weight};

/// The trials that are made at most.
const MAX_TRIALS: u32 = 40;
/// The length of the interval that ends the search, as a share of its lower bound.
const PRECISION: f64 = 0.08;
/// How far below the first rate the search may go.
const BELOW_START: f64 = 1_000.0;
/// The shortest trial: its queue is looked at by the second, after a quarter and at the end.
const SHORTEST: Duration = Duration::from_secs(4);
/// How long an app rests after a trial that met the goal, as a part of the trial's length.
const REST: u32 = 20;
/// And after one that was too much for it.
const LONG_REST: u32 = 5;

/// What is looked for, and what has been found so far.
pub(super) struct Quest<'run> {
    plan: &'run LoadPlan,
    goal: Goal,
    quick: Duration,
    lasts: Duration,
    search: Search,
    /// Whether the last trial could not be judged.
    is_second_try: bool,
    tenants: u64,
    trials: Vec<CapacityTrial>,
    shown: Option<Shown>,
    residue: Vec<Tenant>,
}

/// A trial that may be shown in full.
struct Shown {
    met: bool,
    rate: f64,
    plan: LoadPlan,
    loaded: Loaded,
}

impl<'run> Quest<'run> {
    /// A search that begins with the one rate of `plan`, the length of which is that of a trial.
    ///
    /// # Errors
    /// When the rates are out of order or a trial is too short.
    pub(super) fn of(args: &LoadArgs, plan: &'run LoadPlan) -> Result<Self, Abort> {
        let Model::Open(schedule) = &plan.model else {
            return Err(Abort::usage("--find-capacity goes with --rate alone"));
        };
        if schedule.lasts() < SHORTEST {
            return Err(Abort::usage("--duration: a trial takes at least 4s"));
        }
        let max_rate = args.capacity.max_rate;
        let start = schedule.peak_rate();
        let search = Search::new(Plan {
            start,
            least: start / BELOW_START,
            most: max_rate.count / max_rate.period.as_secs_f64(),
            precision: PRECISION,
            confidence: Confidence::NINETY_FIVE,
            max_trials: MAX_TRIALS,
        })
        .map_err(|error| Abort::usage(format!("--rate, --max-rate: {error}")))?;
        Ok(Self {
            plan,
            goal: Goal { success: args.capacity.slo },
            quick: args.capacity.p99,
            lasts: schedule.lasts(),
            search,
            is_second_try: false,
            tenants: 0,
            trials: Vec::new(),
            shown: None,
            residue: Vec::new(),
        })
    }

    /// The next trial; none when enough is known.
    pub(super) fn next(&self) -> Option<LoadPlan> {
        let rate = RatePerSecond::new(self.search.next_rate()?, Duration::from_secs(1))?;
        let at_once = (rate.get() * self.quick.as_secs_f64() * 2.0).ceil() as u32;
        Some(LoadPlan {
            model: Model::Open(Schedule::new(vec![Stage::steady(rate, self.lasts)], Spacing::Even)),
            tenants: match self.plan.tenants {
                Tenants::UniqueFrom(_) => Tenants::UniqueFrom(self.tenants),
                Tenants::Pool(size) => Tenants::Pool(size),
            },
            max_in_flight: self.plan.max_in_flight.max(at_once),
            ..self.plan.clone()
        })
    }

    /// Why a trial that is under way need not go on.
    pub(super) fn is_hopeless(&self, trial: &LoadPlan, progress: &LoadProgress<'_>) -> Option<String> {
        let Model::Open(schedule) = &trial.model else { return None };
        let slow = self.slow(&progress.total.response) + progress.total.dropped;
        self.goal
            .is_out_of_reach(schedule.expected() as u64, progress.total.bad, slow)
            .then(|| "the goal of this trial was out of reach".to_owned())
    }

    /// Takes in a trial, and says how long the app should rest.
    pub(super) fn take(&mut self, plan: LoadPlan, mut loaded: Loaded) -> Duration {
        let Model::Open(schedule) = &plan.model else { return Duration::ZERO };
        let rate = schedule.peak_rate();
        self.tenants += loaded.tally.scheduled;
        self.residue.append(&mut loaded.residue);
        let mut validity = Validity::default();
        LoadFinished { loaded: &loaded, plan: &plan, capacity: None }.doubt(&mut validity);
        let judgement = self.goal.judge(&self.trial(&loaded));
        let ours = validity.doubts().iter().find(|doubt| doubt.weight == Weight::Invalid);
        let met = ours.is_none() && judgement == Judgement::Met;
        let stage = &loaded.tally.stages[0];
        let valid = stage.good + stage.bad;
        self.trials.push(CapacityTrial {
            rate,
            met,
            success_rate: (valid > 0).then(|| stage.good as f64 / valid as f64),
            p99_us: stage.response.histogram().map(|times| times.value_at_quantile(0.99).min(times.max())),
            why: match (ours, judgement) {
                (Some(doubt), _) => Some(format!("not judged: {}", doubt.reason)),
                (None, Judgement::Met) => None,
                (None, Judgement::Missed(shortfall)) => Some(words(shortfall).to_owned()),
            },
        });
        match ours {
            // Once may be chance: the same rate comes again.
            Some(_) if !self.is_second_try => self.is_second_try = true,
            Some(_) => {
                self.is_second_try = false;
                self.search.cap(rate);
            }
            None => {
                self.is_second_try = false;
                self.search.observe(rate, met);
            }
        }
        let is_better = self.shown.as_ref().is_none_or(|shown| !shown.met || (met && rate >= shown.rate));
        if is_better {
            self.shown = Some(Shown { met, rate, plan, loaded });
        }
        self.lasts / if met { REST } else { LONG_REST }
    }

    /// Keeps a trial that was interrupted out of the search. It is shown when there is no other.
    pub(super) fn break_off(&mut self, plan: LoadPlan, mut loaded: Loaded) {
        self.residue.append(&mut loaded.residue);
        if self.shown.is_none() {
            self.shown = Some(Shown { met: false, rate: 0.0, plan, loaded });
        }
    }

    /// What was found, as the trial at the greatest rate that met the goal, or else the last; none when no
    /// trial was made.
    pub(super) fn end(self, ceilings: &Ceilings) -> Option<Carried> {
        let Shown { plan, mut loaded, .. } = self.shown?;
        loaded.residue = self.residue;
        let answer = self.search.answer();
        let goal = format!(
            "{} good, 99 % within {} s, and no queue that grows",
            self.goal.success,
            self.quick.as_secs_f64()
        );
        let mut said = BoundsSaid { weigh_bad_events: true, ..BoundsSaid::default() };
        match answer.ending {
            Ending::Found | Ending::AboveAll => {}
            Ending::TrialsUsedUp | Ending::Unfinished if answer.rate.is_some() => {}
            Ending::BelowAll => said.crossed.push(format!("no rate that was tried met the goal: {goal}")),
            Ending::TrialsUsedUp | Ending::Unfinished => {
                said.unknown.push("the trials did not show what the app sustains".to_owned());
            }
        }
        let capacity = Capacity {
            rate: answer.rate,
            low: answer.low,
            high: answer.high,
            confidence: Confidence::NINETY_FIVE.level(),
            goal,
            limits: limits(ceilings, &loaded),
            trials: self.trials,
        };
        Some(Carried { plan, loaded, capacity: Some(capacity), said })
    }

    /// The figures by which a trial is judged.
    fn trial(&self, loaded: &Loaded) -> Trial {
        let stage = &loaded.tally.stages[0];
        let slow = self.slow(&stage.response) + loaded.tally.dropped;
        let timed = stage.response.count() + loaded.tally.dropped;
        let seconds = usize::try_from(self.lasts.as_secs()).unwrap_or(usize::MAX);
        let sent: Vec<SeriesSlot> = loaded.series.slots().take(seconds).collect();
        let (first, rest) = sent.split_at(sent.len() / 4);
        let last = |slots: &[SeriesSlot]| slots.last().map_or(0, |slot| slot.interval.in_flight);
        Trial {
            events: Counts::new(stage.good, stage.bad).unwrap_or(Counts::NONE),
            times: Counts::of_total(timed - slow, timed).unwrap_or(Counts::NONE),
            in_flight_before: last(first),
            in_flight_after: last(rest),
            arrived: rest.iter().map(|slot| slot.interval.dispatched + slot.interval.dropped).sum(),
        }
    }

    /// How many of these times are slower than allowed.
    fn slow(&self, times: &Latency) -> u64 {
        let quick = u64::try_from(self.quick.as_micros()).unwrap_or(u64::MAX);
        times.histogram().map_or(0, |times| {
            if times.max() > quick { times.count_between(quick + 1, times.max()) } else { 0 }
        })
    }
}

const fn words(shortfall: Shortfall) -> &'static str {
    match shortfall {
        Shortfall::NoData => "nothing was counted",
        Shortfall::Failures => "too many bad",
        Shortfall::Slowness => "too slow",
        Shortfall::Backlog => "callbacks piled up",
    }
}

/// At which rate each resource of ours would have been used up, going by what this trial took of it.
fn limits(ceilings: &Ceilings, loaded: &Loaded) -> Vec<CapacityLimit> {
    let journey_s = loaded.tally.journeys.histogram().map(|times| times.mean() / 1e6);
    let connections = ceilings.connections.zip(journey_s).map(|(limit, seconds)| limit as f64 / seconds);
    let senders: Vec<_> = loaded.threads.iter().filter(|thread| thread.work == Work::Sending).collect();
    let cpu_s: f64 = senders.iter().map(|thread| thread.cpu.as_secs_f64()).sum();
    let sending = (cpu_s > 0.0).then(|| loaded.tally.completed as f64 * senders.len() as f64 / cpu_s);
    [
        (CapacityResource::Signing, Some(ceilings.signatures)),
        (CapacityResource::LocalPorts, ceilings.new_connections),
        (CapacityResource::Descriptors, connections),
        (CapacityResource::SendingThreads, sending),
    ]
    .into_iter()
    .filter_map(|(resource, rate)| Some(CapacityLimit { resource, rate: rate? }))
    .collect()
}
