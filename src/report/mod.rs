//! Reports: the view model and its formats. The only room besides `main` that prints.

mod capacity;
mod csv;
mod dossier;
mod escape;
pub mod events;
mod evidence;
pub(crate) mod figures;
mod format;
mod github;
mod hdr;
mod html;
mod inert;
pub mod json;
mod junit;
pub mod live;
pub mod markdown;
mod measures;
pub mod model;
mod nagios;
#[cfg(feature = "otlp")]
pub mod otlp;
pub mod output;
pub mod progress;
mod prometheus;
mod sarif;
mod scrape;
pub mod slo;
mod target;
pub mod terminal;
pub(crate) mod wording;
mod wrap;

pub use evidence::EvidenceFolder;
pub use figures::percent;
pub use format::Format;
pub use model::Report;
pub use scrape::Scrape;
pub use target::{Destination, ReportTarget, ReportTargets};
