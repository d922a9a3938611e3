//! Apps whose success rate is known, and what the gate and the forecasts make of them.

use rehearsal::statistics::forecast::{BadEvents, Belief, Outlook};
use rehearsal::statistics::gate::{Conclusion, Decision, Gate, GatePlan, Inconclusive, Method};
use rehearsal::statistics::sequential::SlotOrder;
use rehearsal::statistics::{Confidence, Counts, Objective, Probability};

/// SplitMix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014).
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// Evenly from 0 up to, but not including, 1.
    pub(crate) fn unit(&mut self) -> f64 {
        (self.bits() >> 11) as f64 / (1_u64 << 53) as f64
    }

    pub(crate) fn happens(&mut self, p: f64) -> bool {
        self.unit() < p
    }

    /// The good ones of `n` events.
    fn counts(&mut self, n: u64, p: f64) -> Counts {
        (0..n).fold(Counts::NONE, |counts, _| counts.with(self.happens(p)))
    }
}

/// What theory says, what happened, and the standard error between the two.
pub(crate) struct Agreement {
    pub(crate) exact: f64,
    pub(crate) simulated: f64,
    standard_error: f64,
}

impl Agreement {
    /// Whether the two are within four standard errors, and a rounding error.
    pub(crate) fn holds(&self) -> bool {
        (self.exact - self.simulated).abs() <= 4.0 * self.standard_error + 1e-6
    }

    fn of_share(exact: f64, times: u32, runs: u32) -> Self {
        let runs = f64::from(runs);
        Self {
            exact,
            simulated: f64::from(times) / runs,
            standard_error: (exact * (1.0 - exact) / runs).sqrt(),
        }
    }

    fn of_mean(exact: f64, values: &[f64]) -> Self {
        let runs = values.len() as f64;
        let mean = values.iter().sum::<f64>() / runs;
        let variance = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / runs;
        Self { exact, simulated: mean, standard_error: (variance / runs).sqrt() }
    }
}

/// One kind of app before one kind of gate.
pub(crate) struct GateRow {
    pub(crate) method: &'static str,
    pub(crate) p: f64,
    pub(crate) ships: Agreement,
    pub(crate) blocks: Agreement,
    pub(crate) probes: Agreement,
    /// The share of decisions that the gate withdrew for correlation, though the outcomes had none.
    pub(crate) withdrawn: f64,
}

/// Healthy, borderline and bad apps before each gate.
pub(crate) fn gates(runs: u32, random: &mut Random) -> Vec<GateRow> {
    let methods = [
        ("sprt", Method::Sprt),
        ("fixed, 0 allowed", Method::Fixed { allowed_bad: 0 }),
        ("fixed, 2 allowed", Method::Fixed { allowed_bad: 2 }),
        ("e-process", Method::EProcess),
    ];
    let mut rows = Vec::new();
    for (name, method) in methods {
        for p in [0.9995, 0.99, 0.97] {
            rows.push(gate_row(name, method, p, runs, random));
        }
    }
    rows
}

fn gate_row(name: &'static str, method: Method, p: f64, runs: u32, random: &mut Random) -> GateRow {
    let objective = Objective::CLOUD_FORTIFIED.probability();
    let alternative = GatePlan::usual_alternative(objective);
    let max_probes = GatePlan::usual_max_probes(objective);
    let plan = GatePlan::new(objective, alternative, Confidence::NINETY_FIVE, method, max_probes)
        .expect("a sound plan");
    let (mut shipped, mut blocked, mut withdrawn, mut probes) = (0, 0, 0, Vec::new());
    for _ in 0..runs {
        let gate = run_gate(plan, p, random);
        match gate.decision() {
            Decision::Ship => shipped += 1,
            Decision::Block => blocked += 1,
            Decision::Continue => {}
        }
        if let Conclusion::Inconclusive(Inconclusive::Correlated { .. }) = gate.conclude() {
            withdrawn += 1;
        }
        probes.push(gate.counts().n() as f64);
    }
    let exact = plan.characteristics(Probability::new(p).expect("a probability")).expect("a short programme");
    GateRow {
        method: name,
        p,
        ships: Agreement::of_share(exact.prob_ship, shipped, runs),
        blocks: Agreement::of_share(exact.prob_block, blocked, runs),
        probes: Agreement::of_mean(exact.expected_n, &probes),
        withdrawn: f64::from(withdrawn) / f64::from(runs),
    }
}

/// Sixteen probes are in flight at a time, and failures, as timeouts do, come back last.
fn run_gate(plan: GatePlan, p: f64, random: &mut Random) -> Gate {
    const IN_FLIGHT: usize = 16;
    let mut gate = plan.start();
    let mut order = SlotOrder::new(IN_FLIGHT);
    let mut first_slot = 0;
    while !gate.is_over() {
        let mut batch: Vec<_> =
            (first_slot..).take(IN_FLIGHT).map(|slot| (slot, random.happens(p))).collect();
        first_slot += IN_FLIGHT as u64;
        batch.sort_by_key(|(_, good)| !good);
        for (slot, good) in batch {
            order.fill(slot, good).expect("each slot comes once, within reach");
            while let Some(good) = order.pop() {
                gate.observe(good);
            }
        }
    }
    gate
}

/// Where the apps of a forecast come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Apps {
    /// Success rates drawn from the prior itself: here the forecasts must be right.
    FromThePrior,
    /// Failure rates from 0.01 % to 10 %, each power of ten as likely: what apps may be like.
    FailingALittle,
}

impl Apps {
    pub(crate) const ALL: [Self; 2] = [Self::FromThePrior, Self::FailingALittle];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::FromThePrior => "drawn from the prior",
            Self::FailingALittle => "failing 0.01 % to 10 % of the time",
        }
    }

    fn draw(self, random: &mut Random) -> f64 {
        match self {
            // Beta(½, ½) is the arcsine distribution.
            Self::FromThePrior => (std::f64::consts::FRAC_PI_2 * random.unit()).sin().powi(2),
            Self::FailingALittle => 1.0 - 10.0_f64.powf(-4.0 + 3.0 * random.unit()),
        }
    }
}

/// What forecasts said, and what happened.
pub(crate) struct ForecastRow {
    /// The interval of whole numbers, which covers more than it must.
    pub(crate) covered: Agreement,
    /// The middle 80 % to the last digit: the number's place within its own probability is drawn.
    pub(crate) in_the_middle: Agreement,
    pub(crate) met: Agreement,
}

/// 300 probes of each app, a forecast of 120 events, and then the events.
pub(crate) fn forecasts(apps: Apps, runs: u32, random: &mut Random) -> ForecastRow {
    const PROBES: u64 = 300;
    const EVENTS: u64 = 120;
    let eighty = Confidence::from_level(0.8).expect("a level");
    let outlook = Outlook { objective: Objective::CLOUD_FORTIFIED, so_far: Counts::NONE };
    let (mut covered, mut in_the_middle, mut met) = (0, 0, 0);
    let (mut said_covered, mut said_met) = (0.0, 0.0);
    for _ in 0..runs {
        let p = apps.draw(random);
        let belief = Belief::JEFFREYS.after(random.counts(PROBES, p));
        let bad = BadEvents::new(belief, EVENTS).expect("few events");
        let (fewest, most) = bad.interval(eighty);
        let below = |k: u64| k.checked_sub(1).map_or(0.0, |k| bad.at_most(k));
        said_covered += bad.at_most(most) - below(fewest);
        said_met += outlook.probability_to_meet(belief, EVENTS).expect("few events");
        let seen = random.counts(EVENTS, p);
        covered += u32::from((fewest..=most).contains(&seen.bad()));
        let place = below(seen.bad()) + random.unit() * bad.exactly(seen.bad());
        in_the_middle += u32::from((0.1..0.9).contains(&place));
        met += u32::from(Objective::CLOUD_FORTIFIED.met_by(seen) == Some(true));
    }
    let runs_as_float = f64::from(runs);
    ForecastRow {
        covered: Agreement::of_share(said_covered / runs_as_float, covered, runs),
        in_the_middle: Agreement::of_share(0.8, in_the_middle, runs),
        met: Agreement::of_share(said_met / runs_as_float, met, runs),
    }
}
