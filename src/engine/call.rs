//! One callback: prepared, sent, judged.

use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use hyper::header::{AUTHORIZATION, HeaderName, HeaderValue};
use jiff::Timestamp;

use super::{Script, Surroundings, answer};
use crate::atlassian::jwt::{Authorization, Call as SignedCall, SignedRequest};
use crate::atlassian::lifecycle::{self, Payload};
use crate::atlassian::target::Target as CallTarget;
use crate::atlassian::tenant::Reception;
use crate::atlassian::{LifecycleEvent, Tenant};
use crate::codes::{Code, FailureCause};
use crate::outcome::{Outcome, Phase};
use crate::recorder::{Asked, Callback as Recorded, ControlAnswer, Place, Slot};
use crate::scenario::{Callback, Event, Expectation, Method};
use crate::transport::{Connections, Exchange, Request, Target};
use crate::verdict::Verdict;

/// The code of a callback that the run did not wait for.
const CANCELLED: Code = Code::Failure(FailureCause::Cancelled);

/// One callback of a journey, addressed.
#[derive(Debug)]
pub(super) struct Call<'run> {
    place: Place,
    slot: Slot,
    callback: &'run Callback,
    target: CallTarget,
}

/// A request that is ready to be sent, or why there is none.
#[derive(Debug, Clone)]
pub(super) struct Signed(Result<Request, FailureCause>);

/// When a call is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Due {
    /// When its turn comes: its time runs from its dispatch.
    OnTurn,
    /// At a moment of the schedule: its time runs from then.
    At(Instant),
    /// It follows from another call and has no moment of its own; only what the app takes can be told.
    Unscheduled,
}

impl Due {
    /// How late it was dispatched.
    fn lag(self, dispatched: Instant) -> Option<Duration> {
        match self {
            Self::At(due) => Some(dispatched.saturating_duration_since(due)),
            Self::OnTurn | Self::Unscheduled => None,
        }
    }

    /// What a tenant feels of a call that was dispatched and ended then.
    fn response_time(self, dispatched: Instant, ended: Instant) -> Option<Duration> {
        match self {
            Self::OnTurn => Some(ended.saturating_duration_since(dispatched)),
            Self::At(due) => Some(ended.saturating_duration_since(due)),
            Self::Unscheduled => None,
        }
    }
}

/// What came of a call.
#[derive(Debug)]
pub(super) struct Made {
    /// What is to be recorded.
    pub(super) recorded: Recorded,
    /// How the app took it, for the tenant.
    pub(super) reception: Reception,
}

impl Made {
    /// Whether it was bad, and not so that the run has to end.
    fn is_worth_another_try(&self) -> bool {
        self.recorded.verdict == Some(Verdict::Bad) && self.recorded.code != Code::UntrustedInstallAccepted
    }

    /// This try after an earlier one: both make one callback. What an app may have taken from either it has.
    fn after(mut self, earlier: Self) -> Self {
        let Self { recorded: mut before, reception } = earlier;
        let now = &mut self.recorded;
        now.lag = before.lag;
        now.response_time = match (before.response_time, now.response_time) {
            (Some(before), Some(now)) => Some(before + now),
            (before, now) => now.or(before),
        };
        now.checks.splice(0..0, std::mem::take(&mut before.checks));
        now.earlier = std::mem::take(&mut before.earlier);
        now.earlier.push(before);
        self.reception = match (reception, self.reception) {
            (Reception::Accepted, _) | (_, Reception::Accepted) => Reception::Accepted,
            (Reception::Unknown, _) | (_, Reception::Unknown) => Reception::Unknown,
            (Reception::Refused, Reception::Refused) => Reception::Refused,
        };
        self
    }
}

impl<'run> Call<'run> {
    /// Addresses a callback. There is none when the app does not subscribe to the event.
    pub(super) fn new(
        script: &Script,
        tenant: &Tenant,
        callback: &'run Callback,
        place: Place,
        slot: Slot,
    ) -> Option<Self> {
        let target = match &callback.event {
            Event::Request { path, .. } => script.targets.at(path),
            event => script.targets.get(lifecycle_event(event)?)?.clone(),
        };
        let target = match (tenant.user_key(), &callback.event) {
            (Some(user_key), Event::Installed | Event::Uninstalled | Event::Enabled | Event::Disabled) => {
                target.with_parameter("user_key", &user_key)
            }
            (Some(_) | None, _) => target,
        };
        Some(Self { place, slot, callback, target })
    }

    /// The lifecycle event, unless it is another kind of request.
    pub(super) fn event(&self) -> Option<LifecycleEvent> {
        lifecycle_event(&self.callback.event)
    }

    /// Whether what follows in the journey depends on the app having taken this call.
    pub(super) fn is_essential(&self) -> bool {
        self.callback.event == Event::Installed && self.callback.expect == Expectation::Success
    }

    /// Makes the request ready.
    pub(super) fn sign(&self, script: &Script, tenant: &Tenant) -> Signed {
        Signed(self.request(script, tenant, Timestamp::now()))
    }

    /// Sends the call, made ready before or now, and judges the answer; a bad one is sent again as often as
    /// the script says. All tries make one call, which counts as the last of them.
    ///
    /// # Errors
    /// When the tenant can't be noted in the log: then nothing is sent.
    pub(super) async fn make(
        &self,
        around: &Surroundings<'_>,
        tenant: &Tenant,
        signed: Option<Signed>,
        due: Due,
        connections: &mut Connections,
    ) -> io::Result<Made> {
        let made = self.attempt(around, tenant, signed, due, connections).await?;
        if around.script.retries == 0 {
            return Ok(made);
        }
        // Boxed, so that a call that is under way does not carry the room for it.
        Box::pin(self.persist(around, tenant, made, connections)).await
    }

    /// Sends the call again as often as the script says, as long as it is bad.
    async fn persist(
        &self,
        around: &Surroundings<'_>,
        tenant: &Tenant,
        mut made: Made,
        connections: &mut Connections,
    ) -> io::Result<Made> {
        for _ in 0..around.script.retries {
            if !made.is_worth_another_try() || around.stop.requested() {
                break;
            }
            let again = self.attempt(around, tenant, None, Due::OnTurn, connections).await?;
            if again.recorded.code == CANCELLED {
                break;
            }
            made = again.after(made);
        }
        Ok(made)
    }

    async fn attempt(
        &self,
        around: &Surroundings<'_>,
        tenant: &Tenant,
        signed: Option<Signed>,
        due: Due,
        connections: &mut Connections,
    ) -> io::Result<Made> {
        let at = Timestamp::now();
        let request = match signed.unwrap_or_else(|| self.sign(around.script, tenant)).0 {
            Ok(request) => request,
            Err(cause) => return Ok(self.not_sent(around.script, tenant, at, due, cause)),
        };
        if self.callback.event == Event::Installed {
            around.log.installing(tenant)?;
        }
        let dispatched = Instant::now();
        let exchange = tokio::select! {
            biased;
            exchange = connections.exchange(request, dispatched) => exchange,
            () = around.stop.wait() => return Ok(self.cancelled(around.script, tenant, at, due, dispatched)),
        };
        let control = match (around.control, exchange.outcome()) {
            // Boxed, so that a call that is under way does not carry the room for it.
            (Some(control), Outcome::Failed { phase, .. }) => Box::pin(control.ask(phase)).await,
            (Some(_), Outcome::Responded { .. } | Outcome::NotSent { .. }) | (None, _) => {
                ControlAnswer::default()
            }
        };
        Ok(self.judged(around.script, tenant, at, due, exchange, control))
    }

    fn request(&self, script: &Script, tenant: &Tenant, now: Timestamp) -> Result<Request, FailureCause> {
        let signed_call = match &self.callback.event {
            Event::Request { method: Method::Get, .. } => SignedCall::Request("GET"),
            Event::Request { method: Method::Post, .. } => SignedCall::Request("POST"),
            Event::Installed | Event::Uninstalled | Event::Enabled | Event::Disabled => {
                SignedCall::Lifecycle(self.event().expect("every other event is a lifecycle event"))
            }
        };
        let signed =
            SignedRequest { tenant, call: signed_call, target: &self.target, signing: self.callback.signing };
        let authorization = script.signer.sign(&signed, now).map_err(|_| FailureCause::SigningFailed)?;
        let target = match &authorization {
            Authorization::Parameter(token) => {
                self.target.clone().with_parameter(Authorization::PARAMETER, token.expose())
            }
            Authorization::Absent | Authorization::Header(_) => self.target.clone(),
        };
        let target = Target::new(target.url()).map_err(|_| FailureCause::SigningFailed)?;
        let mut request = match self.event() {
            Some(event) => {
                let mut body = Payload::new(event, &script.app_key, tenant).json();
                body.extend(std::iter::repeat_n(' ', script.padding));
                let headers = lifecycle::headers(tenant.profile().product, script.introduction);
                headers.into_iter().fold(Request::post(target, body), |request, (name, value)| {
                    request
                        .header(HeaderName::try_from(name).expect("a constant header name"), visible(&value))
                })
            }
            None if self.method() == "POST" => {
                Request { keep: usize::MAX, ..Request::post(target, Bytes::new()) }
            }
            None => Request::get(target),
        };
        if let Authorization::Header(token) = &authorization {
            request = request.header(AUTHORIZATION, visible(token.expose()));
        }
        for (name, value) in &script.headers {
            request = request.header(name.clone(), value.clone());
        }
        Ok(request)
    }

    fn judged(
        &self,
        script: &Script,
        tenant: &Tenant,
        at: Timestamp,
        due: Due,
        mut exchange: Box<Exchange>,
        control: ControlAnswer,
    ) -> Made {
        let outcome = script.policy.outcome(exchange.status(), exchange.failure());
        let mut checks = Vec::new();
        let recorded = self.unsent(script, tenant, at, outcome, control);
        checks.extend(answer::as_expected(self.callback, script.trust, outcome, recorded.code));
        checks.extend(answer::secret_kept(self.callback, tenant, &exchange));
        match recorded.verdict {
            // Reports show nothing of these unless they took several tries.
            None | Some(Verdict::Good) if script.retries == 0 => answer::forget(&mut exchange),
            _ => answer::redact(&mut exchange, &tenant.redactor()),
        }
        let reception = answer::reception(outcome, &exchange);
        let stamps = exchange.stamps;
        let recorded = Recorded {
            lag: due.lag(stamps.dispatched),
            response_time: due.response_time(stamps.dispatched, stamps.ended),
            exchange: Some(exchange),
            checks,
            ..recorded
        };
        Made { recorded, reception }
    }

    fn not_sent(
        &self,
        script: &Script,
        tenant: &Tenant,
        at: Timestamp,
        due: Due,
        cause: FailureCause,
    ) -> Made {
        let outcome = Outcome::NotSent { cause };
        let mut recorded = self.unsent(script, tenant, at, outcome, ControlAnswer::default());
        recorded.lag = due.lag(Instant::now());
        Made { recorded, reception: Reception::Refused }
    }

    fn cancelled(
        &self,
        script: &Script,
        tenant: &Tenant,
        at: Timestamp,
        due: Due,
        dispatched: Instant,
    ) -> Made {
        let outcome = Outcome::Failed { phase: Phase::Wait, cause: FailureCause::Cancelled };
        let mut recorded = self.unsent(script, tenant, at, outcome, ControlAnswer::default());
        recorded.lag = due.lag(dispatched);
        recorded.response_time = due.response_time(dispatched, Instant::now());
        Made { recorded, reception: Reception::Unknown }
    }

    fn unsent(
        &self,
        script: &Script,
        tenant: &Tenant,
        at: Timestamp,
        outcome: Outcome,
        control: ControlAnswer,
    ) -> Recorded {
        Recorded {
            place: self.place,
            slot: self.slot,
            tenant: tenant.client_key().to_shared(),
            site: tenant.site().to_shared(),
            at,
            outcome,
            code: script.policy.code(outcome, control.network),
            verdict: self.callback.counted.then(|| script.policy.classify(outcome, control.network)),
            control,
            earlier: Vec::new(),
            lag: None,
            response_time: None,
            exchange: None,
            asked: Asked { method: self.method(), url: Arc::clone(self.target.url()) },
            checks: Vec::new(),
        }
    }

    fn method(&self) -> &'static str {
        match self.callback.event {
            Event::Request { method: Method::Get, .. } => "GET",
            Event::Request { method: Method::Post, .. }
            | Event::Installed
            | Event::Uninstalled
            | Event::Enabled
            | Event::Disabled => "POST",
        }
    }
}

const fn lifecycle_event(event: &Event) -> Option<LifecycleEvent> {
    match event {
        Event::Installed => Some(LifecycleEvent::Installed),
        Event::Uninstalled => Some(LifecycleEvent::Uninstalled),
        Event::Enabled => Some(LifecycleEvent::Enabled),
        Event::Disabled => Some(LifecycleEvent::Disabled),
        Event::Request { .. } => None,
    }
}

fn visible(text: &str) -> HeaderValue {
    HeaderValue::from_str(text).expect("header values and tokens are visible ASCII")
}
