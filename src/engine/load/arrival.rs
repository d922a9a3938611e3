//! When callbacks are due: pure arithmetic on a schedule, without a clock.

use std::time::Duration;

use super::random::Random;

/// Callbacks per second, to a millionth.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct RatePerSecond(u64);

impl RatePerSecond {
    /// The greatest rate that is taken: a million a second.
    pub const MAX: Self = Self(MILLION * MILLION);
    /// No callbacks at all.
    pub const ZERO: Self = Self(0);

    /// `count` callbacks within `period`.
    ///
    /// There is none when the period is zero or the rate beyond [`RatePerSecond::MAX`].
    pub fn new(count: f64, period: Duration) -> Option<Self> {
        let micros = (count * MILLION as f64 / period.as_secs_f64()).round();
        (micros >= 0.0 && micros <= Self::MAX.0 as f64).then_some(Self(micros as u64))
    }

    /// The rate as a number.
    pub fn get(self) -> f64 {
        self.0 as f64 / MILLION as f64
    }
}

const MILLION: u64 = 1_000_000;

/// A part of a schedule: the rate moves in a straight line from one value to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stage {
    /// The rate at its beginning.
    pub from: RatePerSecond,
    /// The rate at its end.
    pub to: RatePerSecond,
    /// How long it is, at most [`Stage::LONGEST`].
    pub lasts: Duration,
}

impl Stage {
    /// A day.
    pub const LONGEST: Duration = Duration::from_secs(24 * 3600);

    /// A stage of one rate.
    pub const fn steady(rate: RatePerSecond, lasts: Duration) -> Self {
        Self { from: rate, to: rate, lasts }
    }

    /// What has arrived when `nanos` of this stage are over, in units of [`ARRIVAL`].
    ///
    /// The area under the line, doubled: 2·f·t + (g−f)·t²/L. The square is split so that it stays within
    /// 128 bits.
    fn arrived(&self, nanos: u128) -> u128 {
        let (from, to, lasts) = (u128::from(self.from.0), u128::from(self.to.0), self.lasts.as_nanos());
        let slope = |difference: u128| {
            let product = difference * nanos;
            product / lasts * nanos + product % lasts * nanos / lasts
        };
        let even = 2 * from * nanos;
        if to >= from { even + slope(to - from) } else { even - slope(from - to) }
    }

    fn total(&self) -> u128 {
        if self.lasts.is_zero() { 0 } else { self.arrived(self.lasts.as_nanos()) }
    }

    /// The first nanosecond at which `arrived` has come to `wanted`, which the whole stage brings.
    fn moment(&self, wanted: u128) -> u128 {
        if self.from == self.to {
            return wanted.div_ceil(2 * u128::from(self.from.0));
        }
        let (mut low, mut high) = (0, self.lasts.as_nanos());
        while low < high {
            let middle = (low + high) / 2;
            if self.arrived(middle) < wanted {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        low
    }
}

/// One arrival: a millionth times a nanosecond, and doubled, is the unit.
const ARRIVAL: u128 = 2 * MILLION as u128 * 1_000_000_000;

/// How arrivals lie under the line of a schedule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spacing {
    /// Evenly: the slot number `i` is due when the line has brought `i` arrivals.
    Even,
    /// At random and independently of each other, a Poisson process with the line as its rate.
    Poisson {
        /// Drives the gaps.
        seed: u64,
    },
    /// So many, each at a moment of its own, all moments alike: how sites take up a new version when
    /// nobody coordinates them. The stages give the time alone.
    Scattered {
        /// How many in all.
        count: u64,
        /// Drives the moments.
        seed: u64,
    },
}

/// When the callbacks of an open model are due, counted from the start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schedule {
    stages: Vec<Stage>,
    spacing: Spacing,
}

/// A slot of a schedule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DueSlot {
    /// Its number, from zero.
    pub number: u64,
    /// When it is due, counted from the start.
    pub due: Duration,
}

impl Schedule {
    /// A schedule of these stages, one after the other.
    pub fn new(stages: Vec<Stage>, spacing: Spacing) -> Self {
        Self { stages, spacing }
    }

    /// The same schedule after another stage.
    #[must_use]
    pub(super) fn preceded_by(&self, first: Option<Stage>) -> Self {
        let stages = first.into_iter().chain(self.stages.iter().copied()).collect();
        Self { stages, spacing: self.spacing }
    }

    /// The stages in order.
    pub fn stages(&self) -> &[Stage] {
        &self.stages
    }

    /// How long it is.
    pub fn lasts(&self) -> Duration {
        self.stages.iter().map(|stage| stage.lasts).sum()
    }

    /// The rate on average, in callbacks per second.
    pub fn mean_rate(&self) -> f64 {
        self.expected() / self.lasts().as_secs_f64()
    }

    /// The rate at a moment, in callbacks per second.
    pub fn rate_at(&self, moment: Duration) -> f64 {
        let mut begins = Duration::ZERO;
        for stage in &self.stages {
            if moment <= begins + stage.lasts {
                let share = (moment - begins).div_duration_f64(stage.lasts);
                return stage.from.get() + (stage.to.get() - stage.from.get()) * share;
            }
            begins += stage.lasts;
        }
        0.0
    }

    /// The greatest rate.
    pub fn peak_rate(&self) -> f64 {
        match self.spacing {
            Spacing::Scattered { .. } => self.mean_rate(),
            Spacing::Even | Spacing::Poisson { .. } => {
                self.stages.iter().map(|stage| stage.from.max(stage.to).get()).fold(0.0, f64::max)
            }
        }
    }

    /// How many callbacks it brings, on average where chance has a part in it.
    pub fn expected(&self) -> f64 {
        match self.spacing {
            Spacing::Scattered { count, .. } => count as f64,
            Spacing::Even | Spacing::Poisson { .. } => self.total() as f64 / ARRIVAL as f64,
        }
    }

    /// Every slot in order. Whoever takes each n-th of them gets that part of this one schedule.
    pub fn slots(&self) -> Slots<'_> {
        let (random, sum) = match self.spacing {
            Spacing::Even => (Random::new(0), 0.0),
            Spacing::Poisson { seed } => (Random::new(seed), 0.0),
            Spacing::Scattered { count, seed } => {
                let mut random = Random::new(seed);
                (Random::new(seed), (0..=count).map(|_| random.exponential()).sum())
            }
        };
        Slots { schedule: self, number: 0, wanted: 0, random, passed: 0.0, sum, stage: 0, before: 0 }
    }

    fn total(&self) -> u128 {
        self.stages.iter().map(Stage::total).sum()
    }
}

/// The slots of a schedule, in order.
#[derive(Debug, Clone)]
pub struct Slots<'a> {
    schedule: &'a Schedule,
    number: u64,
    /// What has to have arrived before the next slot is due.
    wanted: u128,
    random: Random,
    /// The gaps so far and in all, in units of their mean; of scattered slots alone.
    passed: f64,
    sum: f64,
    /// The stage in which the next slot is looked for, and what the stages before it bring.
    stage: usize,
    before: u128,
}

impl Slots<'_> {
    /// Uniform moments in order are the partial sums of exponential gaps over their whole sum, of which
    /// there is one more than moments (Devroye, *Non-Uniform Random Variate Generation*, V.3).
    fn scattered(&mut self, count: u64) -> Option<Duration> {
        if self.number >= count {
            return None;
        }
        self.passed += self.random.exponential();
        Some(self.schedule.lasts().mul_f64(self.passed / self.sum))
    }

    fn under_the_line(&mut self) -> Option<Duration> {
        loop {
            let stage = self.schedule.stages.get(self.stage)?;
            let total = stage.total();
            if self.wanted - self.before < total {
                let earlier: Duration = self.schedule.stages[..self.stage].iter().map(|one| one.lasts).sum();
                let nanos = stage.moment(self.wanted - self.before);
                let within =
                    Duration::from_nanos(u64::try_from(nanos).expect("a stage is no longer than a day"));
                return Some(earlier + within);
            }
            self.before += total;
            self.stage += 1;
        }
    }
}

impl Iterator for Slots<'_> {
    type Item = DueSlot;

    fn next(&mut self) -> Option<DueSlot> {
        let due = match self.schedule.spacing {
            Spacing::Scattered { count, .. } => self.scattered(count)?,
            Spacing::Even => {
                let due = self.under_the_line()?;
                self.wanted += ARRIVAL;
                due
            }
            Spacing::Poisson { .. } => {
                self.wanted += (self.random.exponential() * ARRIVAL as f64) as u128;
                self.under_the_line()?
            }
        };
        let number = self.number;
        self.number += 1;
        Some(DueSlot { number, due })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn rate(count: f64) -> RatePerSecond {
        RatePerSecond::new(count, SECOND).expect("a rate")
    }

    fn steady(count: f64, lasts: Duration, spacing: Spacing) -> Schedule {
        Schedule::new(vec![Stage::steady(rate(count), lasts)], spacing)
    }

    fn moments(schedule: &Schedule) -> Vec<Duration> {
        schedule.slots().map(|slot| slot.due).collect()
    }

    #[test]
    fn a_steady_rate_has_even_slots() {
        for (count, slots, number, nanos) in [
            (1.0, 3, 2, 2_000_000_000),
            (3.0, 9, 1, 333_333_334),
            (3.0, 9, 3, 1_000_000_000),
            (50.0, 150, 149, 2_980_000_000),
            (20_000.0, 60_000, 1, 50_000),
            (0.5, 2, 1, 2_000_000_000),
        ] {
            let moments = moments(&steady(count, 3 * SECOND, Spacing::Even));
            assert_eq!(moments.len(), slots, "{count}");
            assert_eq!(moments[number].as_nanos(), nanos, "{count}");
        }
    }

    #[test]
    fn a_ramp_brings_the_area_under_its_line() {
        // From 0 to 100 within 2 s: 100 arrivals, number i due at sqrt(i/25) seconds.
        let schedule = Schedule::new(
            vec![Stage { from: RatePerSecond::ZERO, to: rate(100.0), lasts: 2 * SECOND }],
            Spacing::Even,
        );
        let moments = moments(&schedule);
        assert_eq!(moments.len(), 100);
        for (number, moment) in moments.iter().enumerate() {
            let expected = (number as f64 / 25.0).sqrt();
            assert!((moment.as_secs_f64() - expected).abs() < 1e-8, "{number}: {moment:?}");
        }
        assert_eq!((schedule.peak_rate(), schedule.mean_rate()), (100.0, 50.0));
    }

    #[test]
    fn stages_follow_each_other_without_a_seam() {
        let schedule = Schedule::new(
            vec![
                Stage { from: RatePerSecond::ZERO, to: rate(200.0), lasts: SECOND },
                Stage::steady(RatePerSecond::ZERO, SECOND),
                Stage { from: rate(200.0), to: rate(50.0), lasts: 2 * SECOND },
            ],
            Spacing::Even,
        );
        let moments = moments(&schedule);
        assert_eq!(moments.len(), 350);
        assert_eq!(moments[100], 2 * SECOND, "nothing is due while the rate is zero");
        assert!(moments.is_sorted());
    }

    #[test]
    fn poisson_arrivals_have_the_rate_and_exponential_gaps() {
        let moments = moments(&steady(100.0, 100 * SECOND, Spacing::Poisson { seed: 7 }));
        // Five standard deviations of a count of 10,000.
        assert!((9_500..=10_500).contains(&moments.len()), "{}", moments.len());
        let longer = moments.windows(2).filter(|pair| (pair[1] - pair[0]).as_secs_f64() > 0.01).count();
        let share = longer as f64 / (moments.len() - 1) as f64;
        assert!((share - (-1.0_f64).exp()).abs() < 0.025, "{share}");
    }

    #[test]
    fn a_rollout_brings_exactly_so_many_all_over_its_time() {
        let schedule = steady(0.0, 60 * SECOND, Spacing::Scattered { count: 10_000, seed: 1 });
        let moments = moments(&schedule);
        assert_eq!(moments.len(), 10_000);
        assert!(moments.is_sorted() && moments[9_999] < 60 * SECOND);
        let first_half = moments.iter().filter(|moment| **moment < 30 * SECOND).count();
        assert!((4_750..=5_250).contains(&first_half), "{first_half}");
        assert!((schedule.mean_rate() - 166.667).abs() < 0.001);
    }

    #[test]
    fn the_longest_and_steepest_stage_stays_within_its_numbers() {
        let steep = Stage { from: RatePerSecond::MAX, to: RatePerSecond::ZERO, lasts: Stage::LONGEST };
        assert_eq!(steep.total() / ARRIVAL, 500_000 * 86_400);
        let moment = steep.moment(steep.total() - 1);
        assert!(moment <= Stage::LONGEST.as_nanos());
    }

    proptest! {
        #[test]
        fn shards_make_up_the_one_schedule(
            from in 0_u32..300,
            to in 0_u32..300,
            millis in 1_u64..5_000,
            shards in 1_usize..5,
            seed: u64,
            random: bool,
        ) {
            let stages = vec![Stage {
                from: rate(f64::from(from)),
                to: rate(f64::from(to)),
                lasts: Duration::from_millis(millis),
            }];
            let spacing = if random { Spacing::Poisson { seed } } else { Spacing::Even };
            let schedule = Schedule::new(stages, spacing);
            let whole: Vec<DueSlot> = schedule.slots().collect();
            let mut union: Vec<DueSlot> = (0..shards)
                .flat_map(|shard| schedule.slots().skip(shard).step_by(shards).collect::<Vec<_>>())
                .collect();
            union.sort_by_key(|slot| slot.number);
            prop_assert_eq!(&union, &whole);
            prop_assert!(whole.is_sorted_by_key(|slot| slot.due));
            prop_assert!(whole.iter().all(|slot| slot.due <= schedule.lasts()));
        }
    }
}
