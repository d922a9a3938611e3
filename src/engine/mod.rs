//! The engine: who sends what when. It knows no terminals, formats, stores or file paths.

mod answer;
mod call;
mod control;
mod driver;
mod gatekeeper;
mod journey;
pub mod load;
mod progress;
mod proof;
mod removal;
mod script;
mod stop;
mod watch;

pub use control::ControlTargets;
pub use driver::{Extent, Rehearsed, Schedule, rehearse};
pub use journey::{RandomSource, Surroundings};
pub use progress::Progress;
pub use proof::{Proof, prove};
pub use removal::{Remaining, remove};
pub use script::{Script, TenantLog};
pub use stop::{Stop, StopSwitch};
pub use watch::Watch;
