//! The control targets: a URL and a name outside the app that show whether the probe's own network works.

use std::time::{Duration, Instant};

use tokio::sync::Mutex;
use url::Host;

use crate::codes::{FailureCause, Family};
use crate::outcome::{Failure, Phase};
use crate::recorder::ControlAnswer;
use crate::transport::{Request, Target, Transport};
use crate::verdict::Control;

/// How long an answer of a control target is taken to hold.
const FRESH: Duration = Duration::from_secs(1);

/// Tried when a callback fails before its connection stands, each of them at most once a second: the name when
/// a name did not resolve, the URL otherwise.
#[derive(Debug)]
pub struct ControlTargets {
    transport: Transport,
    url: Option<ControlTarget<Target>>,
    name: Option<ControlTarget<Host<String>>>,
}

/// A control target and its last answer. Whoever needs one while it is being asked waits for that answer.
#[derive(Debug)]
struct ControlTarget<T> {
    what: T,
    last: Mutex<Option<(Instant, ControlAnswer)>>,
}

impl ControlTargets {
    /// Control targets that are reached through `transport`.
    pub fn new(transport: Transport, url: Option<Target>, name: Option<Host<String>>) -> Self {
        Self { transport, url: url.map(ControlTarget::new), name: name.map(ControlTarget::new) }
    }

    /// Whether our own network works now, as far as it matters to a failure in `phase`.
    pub async fn ask(&self, phase: Phase) -> ControlAnswer {
        match (phase, &self.name, &self.url) {
            (Phase::Dns, Some(name), _) => name.answer(self.resolve(&name.what)).await,
            (Phase::Dns | Phase::Connect | Phase::Tls, _, Some(url)) => {
                url.answer(self.visit(&url.what)).await
            }
            (Phase::Dns | Phase::Connect | Phase::Tls | Phase::Write | Phase::Wait | Phase::Body, _, _) => {
                ControlAnswer::default()
            }
        }
    }

    async fn resolve(&self, host: &Host<String>) -> ControlAnswer {
        let asked = Instant::now();
        match self.transport.resolve(host).await {
            Ok(resolution) => {
                let addresses: Vec<_> = resolution.addresses().map(|address| address.to_string()).collect();
                answered(format!("the control name {host} resolved to {}", addresses.join(", ")), asked)
            }
            Err(failure) => failed(format!("the control name {host}"), &failure),
        }
    }

    /// Any response at all shows that our network works.
    async fn visit(&self, target: &Target) -> ControlAnswer {
        let asked = Instant::now();
        let exchange = self.transport.connections().exchange(Request::get(target.clone()), asked).await;
        match (exchange.status(), exchange.failure()) {
            (Some(status), _) => answered(format!("the control target {target} answered {status}"), asked),
            (None, Some(failure)) => failed(format!("the control target {target}"), failure),
            (None, None) => ControlAnswer { network: Control::Unknown, said: None },
        }
    }
}

impl<T> ControlTarget<T> {
    fn new(what: T) -> Self {
        Self { what, last: Mutex::new(None) }
    }

    /// Its last answer, or what `asking` brings when that is no longer fresh.
    async fn answer(&self, asking: impl Future<Output = ControlAnswer>) -> ControlAnswer {
        let mut last = self.last.lock().await;
        if let Some((at, answer)) = &*last
            && at.elapsed() < FRESH
        {
            return answer.clone();
        }
        let answer = asking.await;
        *last = Some((Instant::now(), answer.clone()));
        answer
    }
}

fn answered(what: String, asked: Instant) -> ControlAnswer {
    let said = format!("{what} in {} ms at the same moment", asked.elapsed().as_millis());
    ControlAnswer { network: Control::Answered, said: Some(said) }
}

/// A target that failed because the probe lacks something itself shows nothing of the network.
fn failed(what: String, failure: &Failure) -> ControlAnswer {
    let is_own =
        failure.cause.entry().family == Family::Probe && failure.cause != FailureCause::OwnNetworkDown;
    ControlAnswer {
        network: if is_own { Control::Unknown } else { Control::Failed },
        said: Some(format!("{what} failed at the same moment: {} ({})", failure.cause, failure.detail)),
    }
}
