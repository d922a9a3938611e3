//! Questions about probes that were or will be sent.

use std::str::FromStr;

use crate::statistics::stratified::Stratum;
use crate::statistics::{Confidence, Counts, Objective, Probability};

/// What was typed after `rehearsal estimate interval`.
#[derive(Debug, clap::Args)]
#[command(group = clap::ArgGroup::new("rest").required(true).args(["bad", "n"]))]
pub struct IntervalArgs {
    /// Good events.
    #[arg(long, value_name = "COUNT")]
    pub good: u64,
    /// Bad events.
    #[arg(long, value_name = "COUNT")]
    pub bad: Option<u64>,
    /// All events, instead of --bad.
    #[arg(long, value_name = "COUNT")]
    pub n: Option<u64>,
    /// How sure the bounds should be, above 0 and below 100 %.
    #[arg(long, value_name = "PERCENT", default_value = "95")]
    pub confidence: Confidence,
    /// Which bounds: the whole error goes to one, or half of it to each of two.
    #[arg(long, value_enum, default_value_t = SideArg::Two)]
    pub side: SideArg,
    /// Also say whether this objective is proven.
    #[arg(long, value_name = "PERCENT")]
    pub objective: Option<Objective>,
}

/// Which bounds of an interval.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum SideArg {
    /// Both.
    Two,
    /// "At least".
    Lower,
    /// "At most".
    Upper,
}

/// What was typed after `rehearsal estimate sample-size`.
#[derive(Debug, clap::Args)]
pub struct SampleSizeArgs {
    /// The success rate to prove.
    #[arg(long, value_name = "PERCENT", default_value = "99")]
    pub objective: Objective,
    /// How sure the proof should be, above 0 and below 100 %.
    #[arg(long, value_name = "PERCENT", default_value = "95")]
    pub confidence: Confidence,
    /// List plans with up to so many bad probes, 0 to 50.
    #[arg(long, value_name = "COUNT", default_value_t = 3, value_parser = clap::value_parser!(u64).range(0..=50))]
    pub failures: u64,
    /// The success rate of an app that should pass [default: a tenth of the failures that the objective
    /// leaves].
    #[arg(long, value_name = "PERCENT")]
    pub alternative: Option<Probability>,
}

/// What was typed after `rehearsal estimate gate`.
#[derive(Debug, clap::Args)]
pub struct GateArgs {
    /// The success rate an app must be shown to have.
    #[arg(long, value_name = "PERCENT", default_value = "99")]
    pub objective: Objective,
    /// The success rate of an app that should pass [default: a tenth of the failures that the objective
    /// leaves].
    #[arg(long, value_name = "PERCENT")]
    pub alternative: Option<Probability>,
    /// How sure the gate should be when it ships, above 0 and below 100 %.
    #[arg(long, value_name = "PERCENT", default_value = "95")]
    pub confidence: Confidence,
    /// How it decides.
    #[arg(long, value_enum, default_value_t = GateMethod::Sprt)]
    pub method: GateMethod,
    /// The bad probes that the fixed plan allows.
    #[arg(long, value_name = "COUNT", default_value_t = 0)]
    pub allowed_failures: u64,
    /// The probes after which it gives up, 1 to 10^9 [default: 30 over the failures that the objective
    /// leaves, 3,000 for 99 %].
    #[arg(long, value_name = "COUNT")]
    pub max_probes: Option<u64>,
    /// Also say what it does with an app of this true success rate; may be repeated.
    #[arg(long, value_name = "PERCENT")]
    pub true_p: Vec<Probability>,
}

/// How the gate decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum GateMethod {
    /// Wald's sequential test of the objective against the alternative.
    Sprt,
    /// A fixed number of probes; ends early once it has failed.
    Fixed,
    /// Needs no alternative, and takes more probes.
    EProcess,
}

/// What was typed after `rehearsal estimate stratified`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example: --stratum initial-install=60:300/300 --stratum secret-rotation=40:118/120")]
pub struct StratifiedArgs {
    /// An event type, its weight in the mix in any unit, and the good events of all; may be repeated.
    #[arg(long, value_name = "NAME=WEIGHT:GOOD/N", required = true)]
    pub stratum: Vec<StratumArg>,
    /// How sure the lower bounds should be, above 0 and below 100 %.
    #[arg(long, value_name = "PERCENT", default_value = "95")]
    pub confidence: Confidence,
}

/// One event type as typed: `NAME=WEIGHT:GOOD/N`.
#[derive(Debug, Clone, PartialEq)]
pub struct StratumArg {
    /// Its name.
    pub name: String,
    /// Its weight as typed.
    pub weight: f64,
    /// What was seen of it.
    pub counts: Counts,
    /// Both together.
    pub stratum: Stratum,
}

impl FromStr for StratumArg {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let form = || "write NAME=WEIGHT:GOOD/N, as in initial-install=60:300/300".to_owned();
        let (name, rest) = text.rsplit_once('=').ok_or_else(form)?;
        let (weight, counts) = rest.split_once(':').ok_or_else(form)?;
        let (good, n) = counts.split_once('/').ok_or_else(form)?;
        let whole = |digits: &str| digits.trim().parse::<u64>().map_err(|_| form());
        let weight = weight.trim().parse().map_err(|_| form())?;
        let counts = Counts::of_total(whole(good)?, whole(n)?).map_err(|error| error.to_string())?;
        let stratum = Stratum::new(weight, counts).map_err(|error| error.to_string())?;
        Ok(Self { name: name.trim().to_owned(), weight, counts, stratum })
    }
}

/// What was typed after `rehearsal estimate dependence`.
#[derive(Debug, clap::Args)]
#[command(group = clap::ArgGroup::new("model").required(true).args(["lag1", "icc"]))]
pub struct DependenceArgs {
    /// How many probes.
    #[arg(long, value_name = "COUNT")]
    pub n: u64,
    /// The correlation of each probe with the one before, above -1 and at most 1.
    #[arg(long, value_name = "NUMBER", allow_negative_numbers = true)]
    pub lag1: Option<f64>,
    /// The correlation of two probes of one cluster (one time, address or connection), at most 1.
    #[arg(long, value_name = "NUMBER", allow_negative_numbers = true, requires = "cluster_size")]
    pub icc: Option<f64>,
    /// The probes in a cluster, 1 or more.
    #[arg(long, value_name = "COUNT", requires = "icc")]
    pub cluster_size: Option<u64>,
    /// The success rate to prove.
    #[arg(long, value_name = "PERCENT", default_value = "99")]
    pub objective: Objective,
    /// How sure the proof should be, above 0 and below 100 %.
    #[arg(long, value_name = "PERCENT", default_value = "95")]
    pub confidence: Confidence,
}
