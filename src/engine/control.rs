//! The control targets: a URL and a name outside the app that show whether the probe's own network works.

use std::cmp::Ordering;
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
    last: Mutex<Option<(Instant, Told)>>,
}

/// What came of asking.
#[derive(Debug, Clone)]
struct Told {
    said: String,
    failure: Option<Failure>,
}

impl ControlTargets {
    /// Control targets that are reached through `transport`.
    pub fn new(transport: Transport, url: Option<Target>, name: Option<Host<String>>) -> Self {
        Self { transport, url: url.map(ControlTarget::new), name: name.map(ControlTarget::new) }
    }

    /// Whether our own network works now, as far as it matters to a failure in `phase`.
    pub async fn ask(&self, phase: Phase) -> ControlAnswer {
        let told = match (phase, &self.name, &self.url) {
            (Phase::Dns, Some(name), _) => name.told(self.resolve(&name.what)).await,
            (Phase::Dns | Phase::Connect | Phase::Tls, _, Some(url)) => url.told(self.visit(&url.what)).await,
            (Phase::Dns | Phase::Connect | Phase::Tls | Phase::Write | Phase::Wait | Phase::Body, _, _) => {
                return ControlAnswer::default();
            }
        };
        let network = told.failure.as_ref().map_or(Control::Answered, |failure| shows(failure, phase));
        ControlAnswer { network, said: Some(told.said) }
    }

    async fn resolve(&self, host: &Host<String>) -> Told {
        let asked = Instant::now();
        match self.transport.resolve(host).await {
            Ok(resolution) => {
                let addresses: Vec<_> = resolution.addresses().map(|address| address.to_string()).collect();
                answered(format!("the control name {host} resolved to {}", addresses.join(", ")), asked)
            }
            Err(failure) => failed(format!("the control name {host}"), failure),
        }
    }

    /// Any response at all shows that our network works.
    async fn visit(&self, target: &Target) -> Told {
        let asked = Instant::now();
        let exchange = self.transport.connections().exchange(Request::get(target.clone()), asked).await;
        match (exchange.status(), exchange.end) {
            (None, Err(failure)) => failed(format!("the control target {target}"), failure),
            (Some(status), _) => answered(format!("the control target {target} answered {status}"), asked),
            (None, Ok(_)) => answered(format!("the control target {target} answered"), asked),
        }
    }
}

impl<T> ControlTarget<T> {
    fn new(what: T) -> Self {
        Self { what, last: Mutex::new(None) }
    }

    /// Its last answer, or what `asking` brings when that is no longer fresh.
    async fn told(&self, asking: impl Future<Output = Told>) -> Told {
        let mut last = self.last.lock().await;
        if let Some((at, told)) = &*last
            && at.elapsed() < FRESH
        {
            return told.clone();
        }
        let told = asking.await;
        *last = Some((Instant::now(), told.clone()));
        told
    }
}

fn answered(what: String, asked: Instant) -> Told {
    let said = format!("{what} in {} ms at the same moment", asked.elapsed().as_millis());
    Told { said, failure: None }
}

fn failed(what: String, failure: Failure) -> Told {
    let (cause, phase, detail) = (failure.cause, failure.phase.name(), &failure.detail);
    let said = format!("{what} failed at the same moment in phase {phase}: {cause} ({detail})");
    Told { said, failure: Some(failure) }
}

/// What a control target's failure shows about our network, where a callback failed in `phase`.
fn shows(failure: &Failure, phase: Phase) -> Control {
    let lacks_something =
        failure.cause.entry().family == Family::Probe && failure.cause != FailureCause::OwnNetworkDown;
    match failure.phase.cmp(&phase) {
        _ if lacks_something => Control::Unknown,
        // The resolver answered, and the control target may only be misspelt.
        Ordering::Equal if matches!(failure.cause, FailureCause::DnsNxdomain | FailureCause::DnsNoData) => {
            Control::Unknown
        }
        Ordering::Equal => Control::Failed,
        // We got further there than to the app.
        Ordering::Greater => Control::Answered,
        // We got further to the app: its connection stood, or the target is only misspelt.
        Ordering::Less
            if phase == Phase::Tls
                || matches!(failure.cause, FailureCause::DnsNxdomain | FailureCause::DnsNoData) =>
        {
            Control::Unknown
        }
        Ordering::Less => Control::Failed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dead_control_target_proves_no_more_than_it_can() {
        use FailureCause as Cause;
        for (cause, there, here, shown) in [
            (Cause::ConnectTimeout, Phase::Connect, Phase::Connect, Control::Failed),
            (Cause::DnsServfail, Phase::Dns, Phase::Dns, Control::Failed),
            (Cause::TlsUnknownIssuer, Phase::Tls, Phase::Tls, Control::Failed),
            (Cause::DnsResolverUnreachable, Phase::Dns, Phase::Connect, Control::Failed),
            (Cause::OwnNetworkDown, Phase::Connect, Phase::Connect, Control::Failed),
            (Cause::DnsNxdomain, Phase::Dns, Phase::Connect, Control::Unknown),
            (Cause::DnsNxdomain, Phase::Dns, Phase::Dns, Control::Unknown),
            (Cause::ConnectRefused, Phase::Connect, Phase::Tls, Control::Unknown),
            (Cause::TooManyOpenFiles, Phase::Connect, Phase::Connect, Control::Unknown),
            (Cause::TlsCertificateExpired, Phase::Tls, Phase::Connect, Control::Answered),
            (Cause::TimeoutResponseHead, Phase::Wait, Phase::Dns, Control::Answered),
        ] {
            let failure = Failure { phase: there, cause, clock: None, detail: String::new() };
            assert_eq!(shows(&failure, here), shown, "{cause} in {there:?}, where ours was in {here:?}");
        }
    }
}
