//! `rehearsal load`: counts, safety and the ways in which a run doubts itself; and its timing, judged by apps
//! whose times are known.

mod capacity;
mod command;
mod doubts;
mod pretender;
mod timing;
