//! The search for a capacity, on apps whose capacity is known.

use rehearsal::statistics::capacity::{Answer, Ending, Goal, Judgement, Plan, Search, Trial};
use rehearsal::statistics::{Confidence, Counts, Objective};

use crate::statistics::simulation::Random;

const PLAN: Plan = Plan {
    start: 10.0,
    least: 10.0,
    most: 1_000.0,
    precision: 0.08,
    confidence: Confidence::NINETY_FIVE,
    max_trials: 40,
};

fn searched(mut meets: impl FnMut(f64) -> bool) -> Answer {
    let mut search = Search::new(PLAN).expect("a plan in order");
    while let Some(rate) = search.next_rate() {
        search.observe(rate, meets(rate));
    }
    search.answer()
}

/// An app that meets the goal with a probability that falls from all to nothing around its capacity.
struct Noisy {
    capacity: f64,
    spread: f64,
    lapses: f64,
}

impl Noisy {
    fn meets(&self, rate: f64, random: &mut Random) -> bool {
        let meets = 1.0 / (1.0 + (rate / self.capacity).powf(1.0 / self.spread));
        random.happens(self.lapses + (1.0 - 2.0 * self.lapses) * meets)
    }
}

#[test]
fn the_interval_holds_the_capacity_as_often_as_it_says() {
    const RUNS: u32 = 40;
    let mut random = Random::new(5);
    for (spread, lapses) in [(0.001, 0.0), (0.01, 0.01), (0.05, 0.01)] {
        let (mut covered, mut near) = (0, 0);
        for _ in 0..RUNS {
            let app = Noisy { capacity: 20.0 * 40_f64.powf(random.unit()), spread, lapses };
            let answer = searched(|rate| app.meets(rate, &mut random));
            let (Some(low), Some(rate), Some(high)) = (answer.low, answer.rate, answer.high) else {
                panic!("{} was not found: {answer:?}", app.capacity)
            };
            covered += u32::from(low <= app.capacity && app.capacity <= high);
            near += u32::from((rate / app.capacity - 1.0).abs() <= 0.05);
        }
        // Three standard errors below 95 %.
        assert!(covered >= RUNS * 85 / 100, "spread {spread}: the interval held {covered} of {RUNS}");
        assert!(near >= RUNS * 92 / 100, "spread {spread}: {near} of {RUNS} within 5 %");
    }
}

/// An app with so many workers that take their time, and a queue without end before them.
struct Queue {
    workers: usize,
    mean_service_s: f64,
    random_service: bool,
}

impl Queue {
    /// Callbacks come at random for `length_s` seconds; slow is more than two seconds.
    fn trial(&self, rate: f64, length_s: f64, random: &mut Random) -> Trial {
        const SLOW_S: f64 = 2.0;
        let exponential = |mean: f64, random: &mut Random| -mean * (1.0 - random.unit()).ln();
        let mut free_at = vec![0.0_f64; self.workers];
        let (mut now, mut spans) = (0.0, Vec::new());
        loop {
            now += exponential(1.0 / rate, random);
            if now > length_s {
                break;
            }
            let free = free_at.iter_mut().min_by(|one, other| one.total_cmp(other)).expect("a worker");
            let service = if self.random_service {
                exponential(self.mean_service_s, random)
            } else {
                self.mean_service_s
            };
            *free = free.max(now) + service;
            spans.push((now, *free));
        }
        let in_flight = |at: f64| spans.iter().filter(|(from, to)| *from <= at && at < *to).count() as u64;
        let slow = spans.iter().filter(|(from, to)| to - from > SLOW_S).count() as u64;
        let all = spans.len() as u64;
        Trial {
            events: Counts::of_total(all, all).expect("few"),
            times: Counts::of_total(all - slow, all).expect("few"),
            in_flight_before: in_flight(length_s / 4.0),
            in_flight_after: in_flight(length_s),
            arrived: spans.iter().filter(|(from, _)| *from > length_s / 4.0).count() as u64,
        }
    }
}

#[test]
fn the_capacity_of_a_queue_is_what_its_workers_can_do() {
    let goal = Goal { success: Objective::EARLY_WARNING };
    let mut random = Random::new(9);
    for (workers, mean_service_s, random_service) in [(1, 0.005, false), (4, 0.02, true), (50, 0.1, true)] {
        let queue = Queue { workers, mean_service_s, random_service };
        let capacity = workers as f64 / mean_service_s;
        let answer = searched(|rate| {
            let length_s = (2_000.0 / rate).clamp(5.0, 60.0);
            goal.judge(&queue.trial(rate, length_s, &mut random)) == Judgement::Met
        });
        assert!(matches!(answer.ending, Ending::Found | Ending::TrialsUsedUp), "{answer:?}");
        let rate = answer.rate.expect("found");
        assert!((rate / capacity - 1.0).abs() < 0.05, "{workers} workers: {rate} of {capacity}: {answer:?}");
    }
}
