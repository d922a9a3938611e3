//! What a load test is to do.

use std::time::Duration;

use super::arrival::{Schedule, Stage};
use super::mix::ScenarioMix;

/// What decides when a journey begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Model {
    /// A schedule, whether or not earlier journeys have ended.
    Open(Schedule),
    /// So many senders, each of which begins a journey when its last one has ended.
    Closed {
        /// How many.
        senders: u32,
        /// For how long.
        lasts: Duration,
    },
}

impl Model {
    /// How long journeys are begun.
    pub fn lasts(&self) -> Duration {
        match self {
            Self::Open(schedule) => schedule.lasts(),
            Self::Closed { lasts, .. } => *lasts,
        }
    }
}

/// What happens to a callback that is due while too many are open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WhenFull {
    /// It is not sent, and counted as dropped.
    Drop,
    /// It waits until another one has ended; the wait is part of its response time.
    Queue,
}

/// The tenants of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tenants {
    /// A new one for each journey, numbered from this on.
    UniqueFrom(u64),
    /// So many, taken in turn.
    Pool(u64),
}

impl Tenants {
    /// The number of the tenant that plays a journey.
    pub fn number(self, journey: u64) -> u64 {
        match self {
            Self::UniqueFrom(first) => first + journey,
            Self::Pool(size) => journey % size,
        }
    }
}

/// How often a tenant's first request is signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tokens {
    /// For every callback, as Atlassian does.
    EachTime,
    /// Once for each tenant of a pool, and again when the token has grown old.
    Reused,
}

/// What a load test is to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoadPlan {
    /// When journeys begin.
    pub model: Model,
    /// The time at the beginning that is not counted.
    pub warm_up: Duration,
    /// How long open callbacks may take to end when no more are begun.
    pub grace: Duration,
    /// How many journeys may be under way.
    pub max_in_flight: u32,
    /// What happens when they are.
    pub when_full: WhenFull,
    /// Which scenarios are played how often.
    pub mix: ScenarioMix,
    /// By which tenants.
    pub tenants: Tenants,
    /// With which tokens.
    pub tokens: Tokens,
    /// Threads that send.
    pub shards: u32,
    /// Threads that sign, at least one for each that sends.
    pub signers: u32,
}

impl LoadPlan {
    /// The schedule with the warm-up in front, at the first rate. A closed model has none.
    pub(super) fn schedule(&self) -> Option<Schedule> {
        let Model::Open(schedule) = &self.model else { return None };
        if self.warm_up.is_zero() {
            return Some(schedule.clone());
        }
        let first = schedule.stages().first().map(|stage| Stage::steady(stage.from, self.warm_up));
        Some(schedule.preceded_by(first))
    }

    /// The stage in which a slot is due; none during the warm-up.
    pub(super) fn stage(&self, due: Duration) -> Option<usize> {
        let mut end = self.warm_up;
        if due < end {
            return None;
        }
        let Model::Open(schedule) = &self.model else { return Some(0) };
        let last = schedule.stages().len().saturating_sub(1);
        let stage = schedule.stages().iter().position(|stage| {
            end += stage.lasts;
            due < end
        });
        Some(stage.unwrap_or(last))
    }

    /// How many stages there are.
    pub(super) fn stages(&self) -> usize {
        match &self.model {
            Model::Open(schedule) => schedule.stages().len(),
            Model::Closed { .. } => 1,
        }
    }

    /// How long journeys are begun, warm-up included.
    pub fn lasts(&self) -> Duration {
        self.warm_up + self.model.lasts()
    }

    /// The rate that is aimed at so many seconds after the warm-up; none in a closed model.
    pub fn rate_at(&self, seconds: u64) -> Option<f64> {
        match &self.model {
            Model::Open(schedule) => Some(schedule.rate_at(Duration::from_secs(seconds))),
            Model::Closed { .. } => None,
        }
    }

    /// A shard's part of something that is spread over all.
    pub(super) fn share(&self, whole: u32, shard: u32) -> u32 {
        whole / self.shards + u32::from(shard < whole % self.shards)
    }

    /// Signing threads for each shard.
    pub(super) fn signers_each(&self) -> u32 {
        self.signers.div_ceil(self.shards).max(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::load::arrival::{RatePerSecond, Spacing};

    fn plan() -> LoadPlan {
        let rate = |rate| RatePerSecond::new(rate, Duration::from_secs(1)).expect("a rate");
        let stages = vec![
            Stage::steady(rate(10.0), Duration::from_secs(2)),
            Stage { from: rate(10.0), to: rate(0.0), lasts: Duration::from_secs(2) },
        ];
        LoadPlan {
            model: Model::Open(Schedule::new(stages, Spacing::Even)),
            warm_up: Duration::from_secs(1),
            grace: Duration::ZERO,
            max_in_flight: 10,
            when_full: WhenFull::Drop,
            mix: ScenarioMix::new(&[1]).expect("a mix"),
            tenants: Tenants::Pool(3),
            tokens: Tokens::EachTime,
            shards: 3,
            signers: 4,
        }
    }

    #[test]
    fn a_warm_up_comes_before_the_first_stage_and_belongs_to_none() {
        let plan = plan();
        let schedule = plan.schedule().expect("an open model");
        assert_eq!(schedule.lasts(), Duration::from_secs(5));
        let stages: Vec<_> = schedule.slots().map(|slot| plan.stage(slot.due)).collect();
        let of = |stage| stages.iter().filter(|one| **one == stage).count();
        assert_eq!((of(None), of(Some(0)), of(Some(1))), (10, 20, 10));
    }

    #[test]
    fn shares_add_up() {
        let plan = plan();
        assert_eq!((0..3).map(|shard| plan.share(10, shard)).collect::<Vec<_>>(), [4, 3, 3]);
        assert_eq!(plan.signers_each(), 2);
        assert_eq!(plan.tenants.number(7), 1);
    }
}
