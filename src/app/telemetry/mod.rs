//! Metrics of the passes of a check, pushed to a collector.

#[cfg(not(feature = "otlp"))]
mod absent;
#[cfg(feature = "otlp")]
mod push;

#[cfg(not(feature = "otlp"))]
pub(super) use absent::Telemetry;
#[cfg(feature = "otlp")]
pub(super) use push::Telemetry;
