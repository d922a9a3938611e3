//! The fault bench: every failure of an installation callback as a named behaviour that can be started,
//! seen and stopped.
//!
//! One file holds each family: its table first, and how its behaviours are made below. What they are made
//! of lies beside them: scripts for sockets ([`script`], [`wire`]), a DNS responder ([`dns_responder`]),
//! certificates ([`identity`]), ports that refuse or swallow ([`port`]).

mod app;
mod connect;
mod dns;
mod dns_responder;
mod http;
mod http2;
mod identity;
mod port;
mod proxy;
mod script;
mod setup;
mod status;
mod tls;
mod wait;
mod wire;

pub use setup::{FaultSetup, Running, Stage};

use crate::codes::{Code, FailureCause};
use crate::serve::StartError;

/// One failure, or one oddity that must not count as a failure, as a named behaviour.
#[derive(Debug)]
pub struct Fault {
    /// Its name, in lower case with hyphens; the first word is its family.
    pub name: &'static str,
    /// What the server does, in one sentence.
    pub description: &'static str,
    /// What a prober under the clocks of [`Stage::pace`] has to say about the callback.
    pub expected: Code,
    /// The advisory that belongs to it as well.
    pub advisory: Option<&'static str>,
    /// What it takes to see it.
    pub shown_by: ShownBy,
    behaviour: Behaviour,
}

/// What it takes to see a fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ShownBy {
    /// Any callback.
    Callback,
    /// The rightful callbacks of this built-in scenario, or the look at the protected page after them.
    Scenario(&'static str),
    /// Forged callbacks, or a look at what the app does afterwards: a rightful callback is answered well.
    Checks,
}

#[derive(Debug, Clone, Copy)]
enum Behaviour {
    Dns(dns::Behaviour),
    Connect(connect::Behaviour),
    Proxy(proxy::Behaviour),
    Tls(tls::Behaviour),
    Script(script::Script, wire::Over),
    LongHttp2Body,
    Status(status::Behaviour),
    App(app::Behaviour),
}

impl Fault {
    /// All of them, family by family.
    pub fn all() -> impl Iterator<Item = &'static Self> {
        FAMILIES.iter().copied().flatten()
    }

    /// The fault of that name.
    pub fn named(name: &str) -> Option<&'static Self> {
        Self::all().find(|fault| fault.name == name)
    }

    /// The family, the first word of the name.
    pub fn family(&self) -> &'static str {
        self.name.split('-').next().unwrap_or(self.name)
    }

    /// Sets the stage for it on loopback. Needs a tokio runtime.
    ///
    /// # Errors
    /// When an address can't be listened on, as where this machine has no IPv6.
    pub async fn start(&self, stage: &Stage) -> Result<Running, StartError> {
        match self.behaviour {
            Behaviour::Dns(behaviour) => dns::start(behaviour, stage).await,
            Behaviour::Connect(behaviour) => connect::start(behaviour, stage).await,
            Behaviour::Proxy(behaviour) => proxy::start(behaviour, stage).await,
            Behaviour::Tls(behaviour) => tls::start(behaviour, stage).await,
            Behaviour::Script(script, over) => wire::start(script, over, stage).await,
            Behaviour::LongHttp2Body => http2::start_long_body(stage).await,
            Behaviour::Status(behaviour) => status::start(behaviour).await,
            Behaviour::App(behaviour) => app::start(behaviour, stage).await,
        }
    }

    const fn new(
        name: &'static str,
        description: &'static str,
        expected: Code,
        behaviour: Behaviour,
    ) -> Self {
        Self { name, description, expected, advisory: None, shown_by: ShownBy::Callback, behaviour }
    }

    const fn advising(mut self, advisory: &'static str) -> Self {
        self.advisory = Some(advisory);
        self
    }

    const fn shown_by(mut self, shown_by: ShownBy) -> Self {
        self.shown_by = shown_by;
        self
    }
}

const FAMILIES: &[&[Fault]] = &[
    dns::FAULTS,
    connect::FAULTS,
    proxy::FAULTS,
    tls::FAULTS,
    wait::FAULTS,
    http::FAULTS,
    http2::FAULTS,
    status::FAULTS,
    app::FAULTS,
];

/// A callback that ends without a response for this reason.
const fn fails(cause: FailureCause) -> Code {
    Code::Failure(cause)
}

/// A callback that is answered with this status.
const fn answers(status: u16) -> Code {
    Code::Status(status)
}
