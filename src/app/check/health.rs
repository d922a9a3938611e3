//! The app's own health check, asked as Atlassian asks it.

use std::time::{Duration, Instant};

use jiff::Timestamp;

use crate::atlassian::BaseUrl;
use crate::engine::ControlTargets;
use crate::exit::Abort;
use crate::history::HealthProbe;
use crate::outcome::Outcome;
use crate::report::model::HealthRow;
use crate::transport::{Deadlines, Redirects, Request, Settings, Target, Transport};
use crate::verdict::{ClassificationPolicy, Control, Trust, Verdict};

/// Within this time the answer has to be there (Atlassian, "App availability success rate", Cloud Fortified
/// apps program).
const DEADLINE: Duration = Duration::from_secs(3);

/// The app's own health check: an unauthenticated GET, of which only 200 is good, within three seconds and
/// without a redirect.
#[derive(Debug)]
pub(super) struct HealthCheck {
    target: Target,
    transport: Transport,
}

impl HealthCheck {
    /// The health check at `path`, reached in the way of `settings` but for its deadlines.
    ///
    /// # Errors
    /// When the path makes no URL.
    pub(super) fn new(base: &BaseUrl, path: &str, settings: Settings) -> Result<Self, Abort> {
        let wrong =
            |problem: &dyn std::fmt::Display| Abort::usage(format!("--health-path {path}: {problem}"));
        let target = Target::new(&base.join(path)).map_err(|error| wrong(&error.problem))?;
        let deadlines =
            Deadlines { connect: settings.deadlines.connect.min(DEADLINE), idle: DEADLINE, total: DEADLINE };
        let settings = Settings { deadlines, redirects: Redirects::Show, ..settings };
        Ok(Self { target, transport: Transport::new(settings).map_err(|error| wrong(&error))? })
    }

    /// Asks once.
    pub(super) async fn ask(&self, control: Option<&ControlTargets>) -> HealthProbe {
        let (at, asked) = (Timestamp::now(), Instant::now());
        let request = Request::get(self.target.clone());
        let outcome = self.transport.connections().exchange(request, asked).await.outcome();
        let elapsed = asked.elapsed();
        let own_network = match (control, outcome) {
            (Some(control), Outcome::Failed { phase, .. }) => control.ask(phase).await.network,
            (Some(_) | None, _) => Control::NotConfigured,
        };
        let policy = ClassificationPolicy::new(Trust::ProbeKey, []);
        let verdict = match outcome {
            Outcome::Responded { status: 200 } => Verdict::Good,
            Outcome::Responded { .. } => Verdict::Bad,
            Outcome::Failed { .. } | Outcome::NotSent { .. } => policy.classify(outcome, own_network),
        };
        HealthProbe { at, code: policy.code(outcome, own_network).to_string(), verdict, elapsed }
    }

    /// The answer as a report shows it.
    pub(super) fn row(&self, probe: &HealthProbe) -> HealthRow {
        HealthRow {
            url: self.target.to_string(),
            code: probe.code.clone(),
            verdict: probe.verdict,
            elapsed_us: u64::try_from(probe.elapsed.as_micros()).unwrap_or(u64::MAX),
        }
    }
}
