//! Alerts: what is worth saying about an app, and the ways to say it.
//!
//! A [`Watch`] decides what is worth saying; an [`Alert`] is what is said; a [`Sink`] says it somewhere. A
//! [`Memory`] is what has to be kept between checks, so that nothing is said twice and nothing is lost.

mod collector;
mod command;
mod content;
mod delivery;
mod email;
mod heartbeat;
mod http;
mod incident_data;
mod memory;
mod opsgenie;
mod patience;
mod retry;
mod secret;
mod slack;
mod watch;
mod webhook;

pub use collector::Collector;
pub use command::Program;
pub use content::{Alert, Basis, LeadingFailure, Occurrence, Subject, Window};
pub use delivery::{Delivery, Sink, SinkKind, deliver};
pub use email::{Email, EmailSettings, Encryption, InvalidEmail};
pub use heartbeat::{Heartbeat, Signal};
pub use http::Http;
pub use incident_data::IncidentData;
pub use memory::{Letter, Memory};
pub use opsgenie::Opsgenie;
pub use patience::{InvalidSteadiness, Patience, Steadiness};
pub use retry::Undelivered;
pub use secret::Secret;
pub use slack::Slack;
pub use watch::{Announcement, Occasion, Watch};
pub use webhook::{Shape, Webhook};
