//! `rehearsal load`.

use std::str::FromStr;
use std::time::Duration;

use clap::builder::PossibleValuesParser;
use clap::{Args, ValueEnum};

use super::{
    AbortFlags, CapacityFlags, CleanupFlags, EventsFlags, HistoryFlag, HowArgs, OutArgs, PlaceArgs,
    PlatformArg, ThresholdFlags, TrustArgs,
};
use crate::atlassian::Product;

/// What was typed after `rehearsal load`.
#[derive(Debug, Clone, Args)]
pub struct LoadArgs {
    /// The app's base URL, e.g. `https://staging.example.com/connect`
    pub base_url: String,

    #[command(flatten)]
    /// When callbacks are due.
    pub model: LoadModelArgs,
    #[command(flatten)]
    /// The search for the largest rate.
    pub capacity: CapacityFlags,
    #[command(flatten)]
    /// What fails the run.
    pub thresholds: ThresholdFlags,
    #[command(flatten)]
    /// What ends it on its way.
    pub abort: AbortFlags,
    #[command(flatten)]
    /// How they are sent.
    pub sending: SendingArgs,
    #[command(flatten)]
    /// What is sent, by whom.
    pub what: LoadWhatArgs,
    #[command(flatten)]
    /// What the person vouches for.
    pub safety: SafetyArgs,
    #[command(flatten)]
    /// Where the app is.
    pub place: PlaceArgs,
    #[command(flatten)]
    /// How the app takes our signature.
    pub trust: TrustArgs,
    #[command(flatten)]
    /// How requests travel.
    pub how: HowArgs,
    #[command(flatten)]
    /// Where the run is recorded.
    pub history: HistoryFlag,
    #[command(flatten)]
    /// What happens to the tenants.
    pub cleanup: CleanupFlags,
    #[command(flatten)]
    /// Where every exchange is written.
    pub events: EventsFlags,
    #[command(flatten)]
    /// Where results go.
    pub out: OutArgs,
}

/// When callbacks are due.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Load")]
pub struct LoadModelArgs {
    /// Open model: so many callbacks arrive, whether or not earlier ones have ended, e.g. 50/s or 300/m
    #[arg(long, value_name = "RATE", conflicts_with_all = ["stages", "rollout", "concurrency"])]
    pub rate: Option<RateArg>,

    /// Arrivals at random, independent of each other, instead of evenly spaced
    #[arg(long)]
    pub poisson: bool,

    /// Open model in stages: each begins at RATE and moves in a straight line, within TIME, to the rate of
    /// the next; the last one keeps its rate. E.g. 0:30s,200:2m,500:1m
    #[arg(long, value_name = "RATE:TIME,…", value_delimiter = ',', conflicts_with_all = ["rollout", "concurrency"])]
    pub stages: Vec<StageArg>,

    /// Open model of a rollout: each of so many tenants at a random moment of its own within a time that is
    /// passed so many times faster, e.g. tenants=10000,over=24h,speedup=1440
    #[arg(long, value_name = "tenants=N,over=TIME,speedup=N", conflicts_with = "concurrency")]
    pub rollout: Option<RolloutArg>,

    /// Closed model: so many senders, each of which waits for its answer (1 to 10,000)
    #[arg(long, short = 'c', value_name = "N", value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub concurrency: Option<u32>,

    /// How long callbacks are sent, with --rate and --concurrency (1 ms to 24 h)
    #[arg(long, value_name = "TIME", value_parser = long_time)]
    pub duration: Option<Duration>,

    /// A time in front, at the first rate, that is sent and shown but not counted
    #[arg(long, value_name = "TIME", value_parser = long_time)]
    pub warm_up: Option<Duration>,
}

/// How callbacks are sent.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Load")]
pub struct SendingArgs {
    /// How many tenants may be under way at once, unless --concurrency says how many are (1 to 1,000,000)
    #[arg(long, value_name = "N", default_value_t = 1_000, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub max_in_flight: u32,

    /// What happens to a callback that is due while so many are under way
    #[arg(long, value_enum, default_value_t = WhenFullArg::Drop)]
    pub when_full: WhenFullArg,

    /// How long callbacks may take to end after the last one was sent
    #[arg(long, value_name = "TIME", default_value = "10s", value_parser = long_time)]
    pub grace: Duration,

    /// Threads that send [default: half of the cores]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=256))]
    pub threads: Option<u32>,

    /// Threads that sign [default: half of the cores]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=256))]
    pub signing_threads: Option<u32>,
}

/// What is sent, by whom.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "What")]
pub struct LoadWhatArgs {
    /// A built-in scenario or a scenario file
    #[arg(long, value_name = "NAME|FILE", value_delimiter = ',', default_value = "initial-install")]
    pub scenario: Vec<String>,

    /// How often each scenario is played in proportion to the others, in their order [default: 1 each]
    #[arg(long, value_name = "N,…", value_delimiter = ',')]
    pub weights: Vec<u32>,

    /// So many tenants, taken in turn, instead of a new one for each arrival
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=1_000_000))]
    pub tenants_pool: Option<u64>,

    /// Sign once for each tenant of the pool instead of each time; the report says so
    #[arg(long, requires = "tenants_pool")]
    pub reuse_tokens: bool,

    /// The product that sends the callbacks [default: what each scenario says]
    #[arg(long, value_name = "PRODUCT", value_parser = PossibleValuesParser::new(["jira", "confluence"]))]
    pub product: Option<String>,

    /// The platform the app is on
    #[arg(long, value_enum, default_value_t = PlatformArg::Connect)]
    pub platform: PlatformArg,

    /// A path of the app that wants the tenant's current secret, e.g. /protected
    #[arg(long, value_name = "PATH")]
    pub protected_path: Option<String>,

    /// Makes arrivals at random moments repeatable (never identities or secrets)
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub seed: u64,
}

impl LoadWhatArgs {
    /// The product asked for, if any.
    pub fn product(&self) -> Option<Product> {
        super::what::product(self.product.as_deref())
    }
}

/// What the person vouches for.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Load")]
pub struct SafetyArgs {
    /// Send more than 50 a second to an app that is not on this machine
    #[arg(long)]
    pub yes_i_operate_this_app: bool,

    /// Install more than 100 tenants whose sites lie under .atlassian.net: work that the app does later may
    /// call those sites
    #[arg(long)]
    pub acknowledge_egress: bool,
}

/// `--when-full`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum WhenFullArg {
    /// It is not sent, and counted.
    Drop,
    /// It waits, and the wait counts.
    Queue,
}

/// A rate as typed: so many within a second, minute or hour.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RateArg {
    /// How many.
    pub count: f64,
    /// Within which time.
    pub period: Duration,
}

impl FromStr for RateArg {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let expected =
            || "expected a rate such as 50/s, 300/m or 0.5 (a second), at most 1000000/s".to_owned();
        let (count, seconds) = match text.split_once('/') {
            None | Some((_, "s")) => (text.trim_end_matches("/s"), 1),
            Some((count, "m" | "min")) => (count, 60),
            Some((count, "h")) => (count, 3_600),
            Some(_) => return Err(expected()),
        };
        let count: f64 = count.parse().map_err(|_| expected())?;
        let period = Duration::from_secs(seconds);
        let is_in_range = (0.0..=1_000_000.0).contains(&(count / seconds as f64));
        is_in_range.then_some(Self { count, period }).ok_or_else(expected)
    }
}

/// One stage as typed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct StageArg {
    /// The rate at its beginning.
    pub rate: RateArg,
    /// How long it is.
    pub lasts: Duration,
}

impl FromStr for StageArg {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (rate, time) = text.split_once(':').ok_or("expected RATE:TIME, e.g. 200:2m")?;
        Ok(Self { rate: rate.parse()?, lasts: long_time(time)? })
    }
}

/// A rollout as typed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RolloutArg {
    /// How many tenants.
    pub tenants: u64,
    /// Within which time, in the real world.
    pub over: Duration,
    /// How many times faster it is passed.
    pub speedup: f64,
}

impl RolloutArg {
    /// How long it takes here.
    pub fn lasts(&self) -> Duration {
        self.over.div_f64(self.speedup)
    }
}

impl FromStr for RolloutArg {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let expected =
            || "expected tenants=N,over=TIME,speedup=N, e.g. tenants=10000,over=24h,speedup=1440".to_owned();
        let mut rollout = Self { tenants: 0, over: Duration::from_secs(24 * 3600), speedup: 1.0 };
        for part in text.split(',') {
            let (name, value) = part.split_once('=').ok_or_else(expected)?;
            match name {
                "tenants" => rollout.tenants = value.parse().map_err(|_| expected())?,
                "over" => rollout.over = long_time(value)?,
                "speedup" => rollout.speedup = value.parse().map_err(|_| expected())?,
                _ => return Err(expected()),
            }
        }
        let fits =
            (1..=100_000_000).contains(&rollout.tenants) && (1.0..=1_000_000.0).contains(&rollout.speedup);
        fits.then_some(rollout).ok_or_else(expected)
    }
}

/// Reads a time up to a day.
pub(super) fn long_time(text: &str) -> Result<Duration, String> {
    let expected = || "expected a time such as 30s, 5m or 1h30m, from 1ms to 24h".to_owned();
    let time: jiff::SignedDuration = text.parse().map_err(|_| expected())?;
    let time = Duration::try_from(time).map_err(|_| expected())?;
    let range = Duration::from_millis(1)..=Duration::from_secs(24 * 3600);
    range.contains(&time).then_some(time).ok_or_else(expected)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_have_a_period() {
        let of = |text: &str| text.parse::<RateArg>().map(|rate| rate.count / rate.period.as_secs_f64());
        assert_eq!((of("50/s"), of("50"), of("300/m"), of("1800/h")), (Ok(50.0), Ok(50.0), Ok(5.0), Ok(0.5)));
        for text in ["", "-1", "fast", "5/d", "NaN", "2000000", "1/s/s"] {
            assert!(of(text).is_err(), "{text}");
        }
    }

    #[test]
    fn stages_and_rollouts_name_their_parts() {
        let stage: StageArg = "200:2m".parse().expect("a stage");
        assert_eq!((stage.rate.count, stage.lasts), (200.0, Duration::from_secs(120)));
        let rollout: RolloutArg = "tenants=10000,over=24h,speedup=1440".parse().expect("a rollout");
        assert_eq!((rollout.tenants, rollout.lasts()), (10_000, Duration::from_secs(60)));
        for text in ["200", "200:", "x:2m", "200:25h"] {
            assert!(text.parse::<StageArg>().is_err(), "{text}");
        }
        for text in ["", "tenants=0", "tenants=5,speed=2", "over=24h", "tenants=5,speedup=0.5"] {
            assert!(text.parse::<RolloutArg>().is_err(), "{text}");
        }
    }
}
