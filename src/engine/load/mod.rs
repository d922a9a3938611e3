//! Load: the walk of a probe, many times over, on a schedule that does not wait for the app.
//!
//! Signing threads make tenants and their first requests ahead of need; sending threads, each with a runtime
//! of its own, begin a journey whenever one is due; this thread adds up what they tell each second.

mod arrival;
mod brake;
mod cpu;
mod mix;
mod pacer;
mod plan;
mod random;
mod shard;
mod signing;

use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use tokio::sync::mpsc;

pub use arrival::{DueSlot, RatePerSecond, Schedule, Slots, Spacing, Stage};
pub use brake::Brake;
pub use mix::ScenarioMix;
pub use plan::{LoadPlan, Model, Tenants, Tokens, WhenFull};

use self::shard::{Second, ShardEnd, ShardJob};
use self::signing::{Signed, SigningJob, Supply};
use super::{Script, Stop, StopSwitch, TenantLog};
use crate::atlassian::Tenant;
use crate::recorder::{Callback, Interval, LoadTally, Recorder, Series};
use crate::transport::Settings;

/// The time between the start of the threads and the first slot: signing needs a head start.
const LEAD: Duration = Duration::from_millis(400);

/// Is told about tenants before the app is, by several threads.
pub trait TenantBook: TenantLog + Send + Sync {
    /// These tenants are about to be sent to the app, each under its first clientKey.
    ///
    /// # Errors
    /// When they can't be noted: then none of them is sent.
    fn installing_all(&self, tenants: &[&Tenant]) -> io::Result<()>;
}

/// Is told of every callback that ended, the warm-up's too, by several threads. It must make none of them wait.
pub trait Witness: Send + Sync {
    /// A callback came to its end.
    fn ended(&self, callback: &Callback);
}

/// What a load test works with.
pub struct LoadSetup {
    /// What is to be done.
    pub plan: LoadPlan,
    /// What stays the same throughout the run.
    pub script: Arc<Script>,
    /// How requests travel.
    pub settings: Settings,
    /// Where tenants are noted.
    pub book: Arc<dyn TenantBook>,
    /// Who is told of every callback, if anyone is.
    pub witness: Option<Arc<dyn Witness>>,
    /// The source of secrets.
    pub random: fn(&mut [u8]),
}

/// How far a load test is.
#[derive(Debug, Clone)]
pub struct LoadProgress<'run> {
    /// Seconds since the end of the warm-up.
    pub seconds: u64,
    /// What ended in the last of them.
    pub last: &'run Interval,
    /// What has ended so far.
    pub total: &'run Interval,
}

/// What a load test brought.
#[derive(Debug)]
pub struct Loaded {
    /// What was seen, the warm-up left out.
    pub recorder: Recorder,
    /// Whether the generator kept to its schedule.
    pub tally: LoadTally,
    /// The run over time, from the end of the warm-up.
    pub series: Series,
    /// How often each scenario was begun, by its index in the plan.
    pub iterations: Vec<u64>,
    /// Tenants that may still be in the app and are known from nowhere else.
    pub residue: Vec<Tenant>,
    /// Why it was ended early, when whoever watched it wanted that.
    pub ended_early: Option<String>,
    /// When the first slot was due.
    pub started_at: Timestamp,
    /// From the end of the warm-up until the last journey had ended.
    pub took: Duration,
    /// From the first slot until the last journey had ended, warm-up included.
    pub whole: Duration,
    /// How far the time of day moved against the time that passed.
    pub clock_step: Duration,
    /// What each thread used.
    pub threads: Vec<ThreadTime>,
    /// Why tenants could not be noted: then no more were sent.
    pub failed: Option<io::Error>,
}

/// What a thread used.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ThreadTime {
    /// What it did.
    pub work: Work,
    /// Its processor time.
    pub cpu: Duration,
    /// The largest share of a second in which it had the processor; of senders alone.
    pub busiest: f64,
}

/// What a thread did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Work {
    /// It sent.
    Sending,
    /// It signed.
    Signing,
}

/// Carries out a load test. `watch` is called after each second; when it gives a reason, no more journeys are
/// begun. Asking `stop` drops those that are under way as well.
///
/// # Errors
/// When a thread, runtime or timer can't be had.
pub async fn load(
    setup: LoadSetup,
    stop: &Stop,
    watch: &mut dyn FnMut(&LoadProgress<'_>) -> Option<String>,
) -> io::Result<Loaded> {
    let clocks = Clocks { start: Instant::now() + LEAD, at: Timestamp::now() + LEAD };
    let (threads, seconds, switches) = Threads::start(setup, clocks.start)?;
    let mut watched = Watched::new(threads.shards.len());
    watched.follow(seconds, &switches, stop, watch).await;
    let plan = Arc::clone(&threads.plan);
    let (ends, signed) = threads.join()?;
    Ok(summary(&plan, &clocks, watched, ends, signed))
}

/// The same moment on both clocks.
struct Clocks {
    start: Instant,
    at: Timestamp,
}

impl Clocks {
    fn step(&self) -> Duration {
        let passed = self.start.elapsed();
        let by_day = Timestamp::now().duration_since(self.at).unsigned_abs();
        by_day.abs_diff(passed)
    }
}

struct Switches {
    end: StopSwitch,
    cut: StopSwitch,
}

/// The threads of a run.
struct Threads {
    plan: Arc<LoadPlan>,
    shards: Vec<JoinHandle<io::Result<ShardEnd>>>,
    signers: Vec<JoinHandle<Signed>>,
}

impl Threads {
    fn start(
        setup: LoadSetup,
        start: Instant,
    ) -> io::Result<(Self, mpsc::UnboundedReceiver<Second>, Switches)> {
        let (plan, script) = (Arc::new(setup.plan), setup.script);
        let (seconds, told) = mpsc::unbounded_channel();
        let ((end, ending), (cut, cutting)) = (StopSwitch::new(), StopSwitch::new());
        let signers_each = plan.signers_each();
        let mut threads = Self { plan: Arc::clone(&plan), shards: Vec::new(), signers: Vec::new() };
        for index in 0..plan.shards {
            let (ready, supply) = Supply::new(signers_each, plan.shards);
            for (turn, ready) in (0..).zip(ready) {
                let job = SigningJob {
                    plan: Arc::clone(&plan),
                    script: Arc::clone(&script),
                    book: Arc::clone(&setup.book),
                    random: setup.random,
                    start,
                    first: u64::from(index + plan.shards * turn),
                    step: u64::from(plan.shards * signers_each),
                    ready,
                };
                let thread = thread::Builder::new().name(format!("sign-{index}-{turn}"));
                threads.signers.push(thread.spawn(move || job.run())?);
            }
            let job = ShardJob {
                index,
                plan: Arc::clone(&plan),
                script: Arc::clone(&script),
                settings: setup.settings.clone(),
                book: Arc::clone(&setup.book),
                witness: setup.witness.clone(),
                random: setup.random,
                start,
                supply,
                seconds: seconds.clone(),
                end: ending.clone(),
                cut: cutting.clone(),
            };
            let thread = thread::Builder::new().name(format!("send-{index}"));
            threads.shards.push(thread.spawn(move || job.run())?);
        }
        Ok((threads, told, Switches { end, cut }))
    }

    /// Waits for the threads, which have ended or are about to.
    fn join(self) -> io::Result<(Vec<ShardEnd>, Vec<Signed>)> {
        let ends: Vec<_> = self.shards.into_iter().map(joined).collect();
        let signed = self.signers.into_iter().map(joined).collect();
        Ok((ends.into_iter().collect::<io::Result<_>>()?, signed))
    }
}

fn joined<T>(thread: JoinHandle<T>) -> T {
    thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}

/// What the sending threads have told so far.
struct Watched {
    shards: usize,
    /// Seconds that not all of them have told yet, with how many have.
    open: BTreeMap<u64, (usize, Interval)>,
    series: Series,
    total: Interval,
    seconds: u64,
    busiest: f64,
    ended_early: Option<String>,
}

impl Watched {
    fn new(shards: usize) -> Self {
        Self {
            shards,
            open: BTreeMap::new(),
            series: Series::default(),
            total: Interval::default(),
            seconds: 0,
            busiest: 0.0,
            ended_early: None,
        }
    }

    /// Listens until every sending thread has ended.
    async fn follow(
        &mut self,
        mut told: mpsc::UnboundedReceiver<Second>,
        switches: &Switches,
        stop: &Stop,
        watch: &mut dyn FnMut(&LoadProgress<'_>) -> Option<String>,
    ) {
        let mut stopped = false;
        loop {
            let second = tokio::select! {
                second = told.recv() => second,
                () = stop.wait(), if !stopped => {
                    stopped = true;
                    switches.end.pull();
                    switches.cut.pull();
                    continue;
                }
            };
            let Some(second) = second else { break };
            self.take(second);
            while let Some(first) = self.open.first_entry().filter(|first| first.get().0 == self.shards) {
                let (_, interval) = first.remove();
                self.close(&interval);
                let progress = LoadProgress { seconds: self.seconds, last: &interval, total: &self.total };
                if let Some(reason) = watch(&progress).filter(|_| self.ended_early.is_none()) {
                    self.ended_early = Some(reason);
                    switches.end.pull();
                }
            }
        }
        for (_, (_, interval)) in std::mem::take(&mut self.open) {
            self.close(&interval);
        }
    }

    fn take(&mut self, second: Second) {
        self.busiest = self.busiest.max(second.cpu.as_secs_f64());
        let (heard, interval) = self.open.entry(second.number).or_default();
        *heard += 1;
        interval.add(&second.interval);
    }

    fn close(&mut self, interval: &Interval) {
        self.seconds += 1;
        self.total.append(interval);
        self.series.push(interval);
    }
}

fn summary(
    plan: &LoadPlan,
    clocks: &Clocks,
    watched: Watched,
    ends: Vec<ShardEnd>,
    signed: Vec<Signed>,
) -> Loaded {
    let mut loaded = Loaded {
        recorder: Recorder::unordered(),
        tally: LoadTally::new(plan.stages()),
        series: watched.series,
        iterations: Vec::new(),
        residue: Vec::new(),
        ended_early: watched.ended_early,
        started_at: clocks.at,
        took: Duration::ZERO,
        whole: Duration::ZERO,
        clock_step: clocks.step(),
        threads: Vec::new(),
        failed: None,
    };
    for end in ends {
        loaded.recorder.merge(end.recorder);
        loaded.tally.merge(&end.tally);
        loaded.iterations.resize(loaded.iterations.len().max(end.iterations.len()), 0);
        for (sum, part) in loaded.iterations.iter_mut().zip(end.iterations) {
            *sum += part;
        }
        loaded.residue.extend(end.residue);
        loaded.failed = loaded.failed.or(end.failed);
        loaded.whole = loaded.whole.max(end.ended);
        loaded.threads.push(ThreadTime { work: Work::Sending, cpu: end.cpu, busiest: watched.busiest });
    }
    for signed in signed {
        loaded.tally.signing.merge(&signed.tally);
        // It is the cause of what its sending thread lacked, and so told first.
        loaded.failed = signed.failed.or(loaded.failed);
        loaded.threads.push(ThreadTime { work: Work::Signing, cpu: signed.cpu, busiest: 0.0 });
    }
    loaded.took = loaded.whole.saturating_sub(plan.warm_up);
    loaded
}
