//! What a run adds up to: counts, latency and evidence.

mod latency;

pub use latency::Latency;
