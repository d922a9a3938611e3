//! What this machine allows: descriptors, local ports, signatures. Said before a run begins, so that nobody
//! takes our limits for the app's.

use std::time::{Duration, Instant};

use jiff::Timestamp;

use crate::atlassian::jwt::{Call, SignedRequest};
use crate::atlassian::{LifecycleEvent, Profile, Signing, Tenant};
use crate::engine::Script;
use crate::engine::load::{LoadPlan, Model};
use crate::exit::Abort;
use crate::transport::{Reuse, Settings};
use crate::verdict::Trust;

/// Descriptors that are not for connections to the app.
const RESERVED: u64 = 64;
/// How long a local port rests after we closed its connection.
const TIME_WAIT: Duration = Duration::from_secs(60);
/// How many signatures are timed.
const SAMPLES: u32 = 12;
/// The tenant in whose name they are: no journey has its number.
const NUMBER: u64 = u64::MAX - 1;

/// What this machine allows.
#[derive(Debug)]
pub(super) struct Ceilings {
    /// Connections at one time.
    pub(super) connections: Option<u64>,
    /// New connections a second, where ports are what limits them.
    pub(super) new_connections: Option<f64>,
    /// Signatures a second, all signing threads together.
    pub(super) signatures: f64,
}

impl Ceilings {
    /// Raises the limit of descriptors as far as that goes, and finds out what there is.
    pub(super) fn find(
        plan: &LoadPlan,
        script: &Script,
        settings: &Settings,
        is_loopback: bool,
        random: fn(&mut [u8]),
    ) -> Self {
        let sources = settings.sources.len().max(1) as f64;
        let new_connections = match settings.reuse {
            // On loopback a port is taken again as soon as the other side has forgotten it.
            Reuse::Fresh if !is_loopback => {
                local_ports().map(|ports| sources * ports as f64 / TIME_WAIT.as_secs_f64())
            }
            Reuse::Fresh | Reuse::KeepAlive => None,
        };
        Self {
            connections: descriptors().map(|limit| limit.saturating_sub(RESERVED)),
            new_connections,
            signatures: f64::from(plan.signers) / signature(script, random).as_secs_f64(),
        }
    }

    /// Whether the plan can be carried out at all.
    ///
    /// # Errors
    /// When more may be open than there are descriptors.
    pub(super) fn admit(&self, plan: &LoadPlan) -> Result<(), Abort> {
        let most = plan.max_in_flight;
        match self.connections {
            Some(limit) if u64::from(most) > limit => Err(Abort::usage(format!(
                "{most} callbacks may be open at once, and this process may have {limit} connections"
            ))
            .remedy("raise the limit of open files (`ulimit -n`), or let fewer be under way (`--max-in-flight`, `--concurrency`)")),
            Some(_) | None => Ok(()),
        }
    }

    /// What a person should know before the start.
    pub(super) fn sentence(&self, plan: &LoadPlan) -> String {
        let mut parts = Vec::new();
        if let Some(connections) = self.connections {
            parts.push(format!("{connections} connections at once"));
        }
        if let Some(rate) = self.new_connections {
            parts.push(format!("some {rate:.0} new connections a second"));
        }
        let threads =
            if plan.signers == 1 { "1 thread".to_owned() } else { format!("{} threads", plan.signers) };
        parts.push(format!("some {:.0} signatures a second on {threads}", self.signatures));
        let mut sentence = format!("Ceilings of this machine: {}.", parts.join(", "));
        if let Model::Open(schedule) = &plan.model {
            let peak = schedule.peak_rate();
            let too_many = |limit: f64, what: &str| {
                (peak > limit).then(|| format!(" {peak:.0} a second is more than it can {what}."))
            };
            sentence.extend(self.new_connections.and_then(|limit| too_many(limit, "connect")));
            sentence.extend(too_many(self.signatures, "sign"));
        }
        sentence
    }
}

/// The time that one install takes to sign.
fn signature(script: &Script, mut random: fn(&mut [u8])) -> Duration {
    let tenant = Tenant::new(&script.tag, NUMBER, Profile::default(), &script.sites, &mut random);
    let Some(target) = script.targets.get(LifecycleEvent::Installed) else { return Duration::from_nanos(1) };
    let request = SignedRequest {
        tenant: &tenant,
        call: Call::Lifecycle(LifecycleEvent::Installed),
        target,
        signing: match script.trust {
            // A first install without a signature would say nothing of the later ones.
            Trust::Legacy => Signing::CurrentSecret,
            Trust::ProbeKey | Trust::None => Signing::AsAtlassian,
        },
    };
    let began = Instant::now();
    for _ in 0..SAMPLES {
        // What is wrong with it will show when it is needed.
        let _ = script.signer.sign(&request, Timestamp::now());
    }
    (began.elapsed() / SAMPLES).max(Duration::from_nanos(1))
}

/// The limit of descriptors, after raising it.
#[cfg(unix)]
fn descriptors() -> Option<u64> {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let limit = getrlimit(Resource::Nofile);
    // Where it can't be raised, the old one stands.
    let _ = setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, maximum: limit.maximum });
    getrlimit(Resource::Nofile).current
}

#[cfg(not(unix))]
fn descriptors() -> Option<u64> {
    None
}

/// The local ports that connections are given, where that can be read.
fn local_ports() -> Option<u64> {
    let text = std::fs::read_to_string("/proc/sys/net/ipv4/ip_local_port_range").ok()?;
    let mut ends = text.split_whitespace().map(str::parse::<u64>);
    match (ends.next()?, ends.next()?) {
        (Ok(low), Ok(high)) if high >= low => Some(high - low + 1),
        _ => None,
    }
}
