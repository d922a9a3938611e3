//! From the flags about load to what is to be done.

use std::num::NonZero;
use std::thread;
use std::time::Duration;

use crate::cli::{LoadArgs, RateArg, WhenFullArg};
use crate::engine::load::{
    LoadPlan, Model, RatePerSecond, ScenarioMix, Schedule, Spacing, Stage, Tenants, Tokens, WhenFull,
};
use crate::exit::Abort;
use crate::verdict::Trust;

/// What a bare `load` is answered.
const MODELS: &str = "say how callbacks arrive:
    --rate 50/s --duration 10s                              open: so many a second, whatever the app does
    --rate 50/s --poisson --duration 10s                    the same at random moments
    --stages 0:30s,200:2m,500:1m                            open, in stages with straight lines between them
    --rollout tenants=10000,over=24h,speedup=1440           a new version that reaches every tenant
    --concurrency 10 --duration 10s                         closed: so many senders, each waits for its answer
    --find-capacity --slo 99.9% --p99 2s                    the largest rate at which the app is good and quick";

/// The first rate and the length of a trial of a search that says nothing else.
const FIRST_RATE: RateArg = RateArg { count: 10.0, period: Duration::from_secs(1) };
const TRIAL: Duration = Duration::from_secs(10);

/// What is to be done.
///
/// # Errors
/// When no model was named, or flags don't fit together.
pub(super) fn plan(args: &LoadArgs, scenarios: usize, trust: Trust) -> Result<LoadPlan, Abort> {
    let model = model(args)?;
    let warm_up = args.model.warm_up.unwrap_or_default();
    if let Model::Open(schedule) = &model
        && !warm_up.is_zero()
        && (args.model.rollout.is_some()
            || schedule.stages().first().is_none_or(|first| first.from == RatePerSecond::ZERO))
    {
        return Err(Abort::usage("--warm-up goes with a first rate above 0").remedy(
            "leave it out with --rollout and with --stages that begin at 0: a stage of its own shows the beginning apart",
        ));
    }
    if trust == Trust::Legacy && args.what.tenants_pool.is_some() {
        return Err(Abort::usage("--tenants-pool does not go with --trust legacy").remedy(
            "an app without signed installs takes the unsigned install of a tenant once; leave the pool out",
        ));
    }
    let half = thread::available_parallelism().map_or(1, NonZero::get).div_ceil(2);
    let half = u32::try_from(half).unwrap_or(1);
    let max_in_flight = most_at_once(args, &model);
    let shards = args.sending.threads.unwrap_or(half).min(max_in_flight);
    Ok(LoadPlan {
        model,
        warm_up,
        grace: args.sending.grace,
        max_in_flight,
        when_full: match args.sending.when_full {
            WhenFullArg::Drop => WhenFull::Drop,
            WhenFullArg::Queue => WhenFull::Queue,
        },
        mix: mix(&args.what.weights, scenarios)?,
        tenants: args.what.tenants_pool.map_or(Tenants::UniqueFrom(0), Tenants::Pool),
        tokens: if args.what.reuse_tokens { Tokens::Reused } else { Tokens::EachTime },
        shards,
        signers: args.sending.signing_threads.unwrap_or(half),
    })
}

fn most_at_once(args: &LoadArgs, model: &Model) -> u32 {
    match model {
        Model::Open(_) => args.sending.max_in_flight,
        Model::Closed { senders, .. } => *senders,
    }
}

fn model(args: &LoadArgs) -> Result<Model, Abort> {
    let typed = &args.model;
    let spacing = if typed.poisson { Spacing::Poisson { seed: args.what.seed } } else { Spacing::Even };
    let duration = |flag: &str| {
        typed.duration.ok_or_else(|| {
            Abort::usage(format!("{flag} does not say for how long"))
                .remedy("add --duration TIME, e.g. --duration 10s")
        })
    };
    if args.capacity.find_capacity {
        let rate = per_second(typed.rate.unwrap_or(FIRST_RATE));
        let stage = Stage::steady(rate, typed.duration.unwrap_or(TRIAL));
        return Ok(Model::Open(Schedule::new(vec![stage], spacing)));
    }
    if let Some(rate) = typed.rate {
        let stage = Stage::steady(per_second(rate), duration("--rate")?);
        return Ok(Model::Open(Schedule::new(vec![stage], spacing)));
    }
    if !typed.stages.is_empty() {
        let next = typed.stages.iter().skip(1).chain(typed.stages.last());
        let stages = typed.stages.iter().zip(next).map(|(stage, next)| Stage {
            from: per_second(stage.rate),
            to: per_second(next.rate),
            lasts: stage.lasts,
        });
        return Ok(Model::Open(Schedule::new(stages.collect(), spacing)));
    }
    if let Some(rollout) = typed.rollout {
        let lasts = rollout.lasts().max(Duration::from_millis(1));
        let mean = RatePerSecond::new(rollout.tenants as f64, lasts).ok_or_else(|| {
            Abort::usage("--rollout is beyond a million tenants a second").remedy("lower speedup")
        })?;
        let spacing = Spacing::Scattered { count: rollout.tenants, seed: args.what.seed };
        return Ok(Model::Open(Schedule::new(vec![Stage::steady(mean, lasts)], spacing)));
    }
    if let Some(senders) = typed.concurrency {
        return Ok(Model::Closed { senders, lasts: duration("--concurrency")? });
    }
    Err(Abort::usage("load has no model that it could go by").remedy(MODELS))
}

fn per_second(rate: RateArg) -> RatePerSecond {
    RatePerSecond::new(rate.count, rate.period).unwrap_or(RatePerSecond::MAX)
}

fn mix(weights: &[u32], scenarios: usize) -> Result<ScenarioMix, Abort> {
    if weights.is_empty() {
        return Ok(
            ScenarioMix::new(&vec![1; scenarios]).unwrap_or_else(|| unreachable!("each scenario weighs one"))
        );
    }
    if weights.len() != scenarios {
        return Err(Abort::usage(format!(
            "--weights has {} numbers for {scenarios} scenarios",
            weights.len()
        ))
        .remedy("give one for each --scenario, in their order"));
    }
    ScenarioMix::new(weights)
        .ok_or_else(|| Abort::usage(format!("--weights must have a sum from 1 to {}", ScenarioMix::MOST)))
}
