//! Who follows a run: the live view, the log of exchanges, and the counts for the history.

use std::cell::{Cell, RefCell};
use std::time::{Duration, Instant};

use super::event_log::EventLog;
use super::recording::EventCounts;
use crate::engine::{Progress, Watch};
use crate::recorder::{Callback, Latency};
use crate::report::progress::{GateStanding, ProgressView, Standing};

/// How often the view is told: what it shows changes no faster than a person reads.
const TELL_EVERY: Duration = Duration::from_millis(100);

/// Who follows a run.
pub(super) struct Audience<'run> {
    view: &'run ProgressView,
    events: Option<&'run EventLog>,
    counts: &'run EventCounts<'run>,
    began: Instant,
    told: Cell<Option<Instant>>,
    response: RefCell<Latency>,
}

impl<'run> Audience<'run> {
    pub(super) fn new(
        view: &'run ProgressView,
        events: Option<&'run EventLog>,
        counts: &'run EventCounts<'run>,
    ) -> Self {
        Self {
            view,
            events,
            counts,
            began: Instant::now(),
            told: Cell::new(None),
            response: RefCell::default(),
        }
    }
}

impl Watch for Audience<'_> {
    fn recorded(&self, callback: &Callback) {
        if callback.verdict.is_some()
            && let Some(time) = callback.response_time
        {
            self.response.borrow_mut().record(time);
        }
        self.counts.note(callback);
        if let Some(events) = self.events {
            events.note(callback);
        }
    }

    fn progressed(&self, progress: &Progress) {
        let now = Instant::now();
        if self.told.get().is_some_and(|told| now.duration_since(told) < TELL_EVERY) {
            return;
        }
        self.told.set(Some(now));
        let elapsed = now.duration_since(self.began).as_secs_f64();
        let response = self.response.borrow();
        let quantile = |q: f64| Some(response.histogram()?.value_at_quantile(q));
        self.view.update(Standing {
            done: progress.journeys,
            total: progress.total,
            good: progress.good,
            bad: progress.bad,
            other: progress.other,
            // Less than a second says nothing about a rate.
            per_second: (elapsed >= 1.0).then(|| progress.sent as f64 / elapsed),
            p50_us: quantile(0.5),
            p99_us: quantile(0.99),
            gate: progress.gate.map(|gate| GateStanding {
                good_to_ship: gate.good_to_ship,
                bad_to_block: gate.bad_to_block,
            }),
        });
    }
}
