//! The exact operating characteristics of a sequential test.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use super::StoppingRule;
use crate::statistics::{OutOfRange, Probability};

/// What becomes of a test that has not decided when the probes run out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Truncation {
    /// It blocks.
    Block,
    /// It ships.
    Ship,
    /// It stays undecided.
    #[serde(alias = "inconclusive", alias = "none")]
    Undecided,
}

/// How often a test ships and blocks an app whose callbacks are good with a known probability,
/// independently of one another, and how many probes it takes.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Characteristics {
    /// The probability that it ships.
    pub prob_ship: f64,
    /// The probability that it blocks.
    pub prob_block: f64,
    /// The probability that the probes run out first.
    pub prob_undecided: f64,
    /// The probes it takes on average.
    pub expected_n: f64,
}

/// What a programme may cost: a second.
const MAX_CELLS: u64 = 100_000_000;

/// Undecided probability below which the programme ends early: it can't show in any printed digit.
const NEGLIGIBLE: f64 = 1e-18;

impl Characteristics {
    /// Follows the probability of every undecided state, probe by probe, until all is decided or
    /// `max_probes` are sent. Nothing is approximated: only states that add up to less than 10^-18 are
    /// left out.
    ///
    /// # Errors
    /// When that would take more than 100 million steps, as for an alternative very close to the
    /// objective.
    pub fn exact<R: StoppingRule + ?Sized>(
        rule: &R,
        p: Probability,
        max_probes: u64,
        truncation: Truncation,
    ) -> Result<Self, OutOfRange> {
        Self::exact_within(MAX_CELLS, rule, p, max_probes, truncation)
    }

    pub(super) fn exact_within<R: StoppingRule + ?Sized>(
        max_cells: u64,
        rule: &R,
        p: Probability,
        max_probes: u64,
        truncation: Truncation,
    ) -> Result<Self, OutOfRange> {
        let mut programme = Programme::start(rule, p);
        while programme.probes < max_probes && programme.undecided > NEGLIGIBLE {
            programme.step();
            if programme.cells > max_cells {
                return Err(OutOfRange::because(
                    "the exact programme takes too many steps: lower the number of probes, or widen the gap between objective and alternative",
                ));
            }
        }
        let Programme { probes, mut ship, mut block, mut undecided, mut expected_n, .. } = programme;
        expected_n += undecided * probes as f64;
        match truncation {
            Truncation::Block => block += std::mem::take(&mut undecided),
            Truncation::Ship => ship += std::mem::take(&mut undecided),
            Truncation::Undecided => {}
        }
        Ok(Self { prob_ship: ship, prob_block: block, prob_undecided: undecided, expected_n })
    }
}

/// The undecided states after some probes: the numbers of bad ones, a range without gaps.
struct Programme<'a, R: ?Sized> {
    rule: &'a R,
    p: Probability,
    probes: u64,
    /// The fewest bad probes of an undecided state.
    fewest_bad: u64,
    /// The probability of each undecided state, from `fewest_bad` up, and the rule for that many.
    states: VecDeque<State>,
    ship: f64,
    block: f64,
    undecided: f64,
    expected_n: f64,
    cells: u64,
}

struct State {
    probability: f64,
    ship_at: u64,
    block_by: Option<u64>,
}

impl State {
    fn of<R: StoppingRule + ?Sized>(rule: &R, bad: u64, probability: f64) -> Self {
        Self { probability, ship_at: rule.ship_at(bad).unwrap_or(u64::MAX), block_by: rule.block_by(bad) }
    }
}

impl<'a, R: StoppingRule + ?Sized> Programme<'a, R> {
    fn start(rule: &'a R, p: Probability) -> Self {
        let states = VecDeque::from([State::of(rule, 0, 1.0)]);
        Self {
            rule,
            p,
            probes: 0,
            fewest_bad: 0,
            states,
            ship: 0.0,
            block: 0.0,
            undecided: 1.0,
            expected_n: 0.0,
            cells: 0,
        }
    }

    fn step(&mut self) {
        self.probes += 1;
        self.cells += self.states.len() as u64 + 1;
        self.send_one();
        let decided = self.take_shipped() + self.take_blocked();
        self.expected_n += decided * self.probes as f64;
        self.undecided = self.states.iter().map(|state| state.probability).sum();
    }

    /// Every state stays with a good probe, and goes one up with a bad one.
    fn send_one(&mut self) {
        let (good, bad) = (self.p.get(), self.p.complement());
        let mut from_below = 0.0;
        for state in &mut self.states {
            let going_up = state.probability * bad;
            state.probability = state.probability * good + from_below;
            from_below = going_up;
        }
        if from_below > 0.0 {
            let most_bad = self.fewest_bad + self.states.len() as u64;
            self.states.push_back(State::of(self.rule, most_bad, from_below));
        }
    }

    fn take_shipped(&mut self) -> f64 {
        let mut shipped = 0.0;
        while let Some(state) = self.states.pop_front_if(|state| self.probes >= state.ship_at) {
            shipped += state.probability;
            self.fewest_bad += 1;
        }
        self.ship += shipped;
        shipped
    }

    fn take_blocked(&mut self) -> f64 {
        let mut blocked = 0.0;
        while let Some(state) =
            self.states.pop_back_if(|state| state.block_by.is_some_and(|last| self.probes <= last))
        {
            blocked += state.probability;
        }
        self.block += blocked;
        blocked
    }
}
