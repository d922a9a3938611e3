//! Pushing: what passes found goes out while the check goes on, and never holds it up or changes it.

use std::path::Path;

use jiff::Timestamp;
use tokio::sync::watch;
use tokio::task::{JoinHandle, spawn_local};

use crate::alert::Collector;
use crate::config::{self, Export};
use crate::exit::Abort;
use crate::report::otlp::{Otlp, Rejection};
use crate::report::{Report, Scrape, output};

/// Tells a collector of the passes of a check.
pub(in crate::app) struct Telemetry {
    otlp: Otlp,
    /// The latest request: one that the collector has had no time for gives way to it.
    latest: watch::Sender<Vec<u8>>,
    pushing: JoinHandle<()>,
}

impl Telemetry {
    /// Begins to tell of the process whose metrics `instance` tells from those of others, if the settings file or the
    /// environment asks for it. Needs a [`LocalSet`].
    ///
    /// # Errors
    /// When something of that is wrong.
    ///
    /// [`LocalSet`]: tokio::task::LocalSet
    pub(in crate::app) fn start(config: Option<&Path>, instance: &str) -> Result<Option<Self>, Abort> {
        let Some(Export { collector, resource }) = config::export(config)? else { return Ok(None) };
        let attributes =
            [("service.instance.id".to_owned(), instance.to_owned())].into_iter().chain(resource);
        let (latest, requests) = watch::channel(Vec::new());
        let pushing = spawn_local(push(collector, requests));
        Ok(Some(Self { otlp: Otlp::begin(attributes, Timestamp::now()), latest, pushing }))
    }

    /// Tells of a pass, if it could be made, and of what a service has counted. Waits for nothing.
    pub(in crate::app) fn tell(&mut self, pass: Option<&Report>, service: Option<&Scrape>) {
        if pass.is_some() || service.is_some() {
            // Nobody listens only once the task is gone, which `end` would tell.
            let _ = self.latest.send(self.otlp.request(pass, service, Timestamp::now()));
        }
    }

    /// Waits until the last request was taken, or was not taken in time.
    pub(in crate::app) async fn end(self) {
        drop(self.latest);
        if let Err(error) = self.pushing.await {
            output::note(&format!("the metrics are pushed no more: {error}"));
        }
    }
}

/// Pushes one request after another. What was not taken is noted, and not tried again: the next request has its counts.
async fn push(collector: Collector, mut requests: watch::Receiver<Vec<u8>>) {
    while requests.changed().await.is_ok() {
        let request = requests.borrow_and_update().clone();
        match collector.push(request).await {
            Ok(answer) => {
                if let Some(Rejection { points, message }) = Rejection::in_answer(&answer) {
                    let message = collector.shown(&message);
                    output::note(&format!("the collector did not take {points} of the metrics: {message}"));
                }
            }
            Err(error) => output::note(&format!("the collector did not take the metrics: {error}")),
        }
    }
}
