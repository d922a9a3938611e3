//! A program that was built without OTLP pushes nothing, and says so to those who ask for it.

use std::path::Path;

use crate::config;
use crate::exit::Abort;
use crate::report::{Report, Scrape};

/// What there is nothing of.
pub(in crate::app) enum Telemetry {}

impl Telemetry {
    /// Nothing.
    ///
    /// # Errors
    /// When the settings file asks for it.
    pub(in crate::app) fn start(config: Option<&Path>, _instance: &str) -> Result<Option<Self>, Abort> {
        config::export(config).map(|_| None)
    }

    /// Is never called.
    pub(in crate::app) fn tell(&mut self, _pass: Option<&Report>, _service: Option<&Scrape>) {
        match *self {}
    }

    /// Is never called.
    pub(in crate::app) async fn end(self) {
        match self {}
    }
}
