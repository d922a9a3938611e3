//! How an app stands over time: two rolling windows, what is left of their budgets, and what follows.
//!
//! Pure: the history's counts and the time come in as arguments. Windows are stretches of real time that end
//! now, 24 hours and 28 days long; a change to or from daylight saving does not bend them. From the bottom up:
//!
//! - what does not count, because a person said so: `exclusion`;
//! - counts between moments, and how they add up: [`Moments`], [`Tally`];
//! - the figures: [`Window`] with its [`Budget`], [`Burn`], [`Forecast`], [`Health`];
//! - and what they come to: [`Standing`], with a [`State`] and the reasons for it.

mod budget;
mod burn;
mod event_type;
mod exclusion;
mod forecast;
mod health;
mod moments;
mod reasons;
mod standing;
mod state;
mod tally;
mod window;

pub use budget::Budget;
pub use burn::Burn;
pub use event_type::EventType;
pub use forecast::Forecast;
pub use health::Health;
pub use moments::Moments;
pub use standing::{Basis, Observation, Standing};
pub use state::State;
pub use tally::Tally;
pub use window::{Span, Window};
