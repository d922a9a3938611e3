//! The figures of one run.

use std::collections::BTreeMap;

use super::{Measure, Measures, NO_LABELS, Unit};
use crate::outcome::Phase;
use crate::report::model::{Latency, Load, Report, Status};
use crate::report::wording;
use crate::slo::{Span, Standing, Window};
use crate::verdict::Verdict;

/// Every figure of the run that is known. Times are seconds, rates lie between 0 and 1.
pub(in crate::report) fn of_run(report: &Report) -> Vec<Measure<'_>> {
    let mut out = Measures::of(&report.run);
    run(&mut out, report);
    rates(&mut out, report);
    callbacks(&mut out, report);
    checks(&mut out, report);
    latency(&mut out, &report.latency);
    if let Some(of_load) = &report.load {
        load(&mut out, of_load);
    }
    if let Some(standing) = &report.windows {
        windows(&mut out, standing);
    }
    out.into_list()
}

fn run(out: &mut Measures<'_>, report: &Report) {
    let run = &report.run;
    let labels = [
        ("run", &run.id),
        ("command", &run.command),
        ("target", &run.target),
        ("version", &run.tool_version),
    ];
    out.gauge("run_info", Unit::None, "The run that the other figures are of.", [(labels, 1.0)]);
    out.one(
        "run_started_timestamp_seconds",
        Unit::Seconds,
        "When the run began.",
        Some(seconds(run.started_at)),
    );
    out.one(
        "run_finished_timestamp_seconds",
        Unit::Seconds,
        "When the run ended.",
        Some(seconds(run.finished_at)),
    );
    let statuses = [
        Status::Ok,
        Status::AtRisk,
        Status::Breach,
        Status::NoData,
        Status::Inconclusive,
        Status::Unattributed,
    ];
    let verdict = statuses.map(|status| {
        let name = wording::status(status).to_lowercase().replace(' ', "_");
        ([("status", name)], switch(status == report.verdict.status))
    });
    out.gauge("verdict", Unit::None, "1 for the verdict of the run, 0 for every other.", verdict);
    let exit_code = f64::from(report.verdict.exit_code);
    out.one("exit_code", Unit::None, "The exit code of the run.", Some(exit_code));
    let residue = report.residue.len() as f64;
    out.one("residue", Unit::Tenants, "Synthetic tenants still installed in the app.", Some(residue));
}

fn rates(out: &mut Measures<'_>, report: &Report) {
    let (sli, projection) = (&report.sli, &report.projection);
    let reached = report.reachability.as_ref().and_then(|reach| reach.success_rate);
    for (name, help, rate) in [
        ("success_ratio", "Good callbacks of good and bad ones.", sli.success_rate),
        ("success_ratio_low", "The lower end of its Clopper-Pearson interval.", sli.interval.low),
        ("success_ratio_high", "The upper end of its Clopper-Pearson interval.", sli.interval.high),
        ("objective_ratio", "The least success ratio over 28 days.", Some(sli.objective)),
        ("warning_ratio", "The success ratio over 24 hours below which a warning is due.", Some(sli.warning)),
        (
            "reachability_ratio",
            "Callbacks that reached the app: an upper bound of the success ratio.",
            reached,
        ),
        ("projected_success_ratio", "The success ratio weighted by the event mix.", projection.success_rate),
        ("projected_meet_28d_ratio", "The chance that 28 days meet the objective.", projection.p_meet_28d),
    ] {
        out.one(name, Unit::Ratio, help, rate);
    }
}

fn callbacks(out: &mut Measures<'_>, report: &Report) {
    let help = "Callbacks by what happened and what it counts as.";
    let outcomes = report.outcomes.iter().map(|row| {
        let labels = [
            ("code", row.code.as_str()),
            ("family", row.family.name()),
            ("owner", row.owner.name()),
            ("verdict", row.verdict.name()),
        ];
        (labels, row.count as f64)
    });
    out.gauge("callbacks", Unit::Callbacks, help, outcomes);
    // A step may send the same event twice: a series may stand in a format only once.
    let mut steps: BTreeMap<(&str, &str, &str, &str), u64> = BTreeMap::new();
    for scenario in &report.scenarios {
        for step in &scenario.steps {
            for (verdict, count) in [
                (Verdict::Good, step.good),
                (Verdict::Bad, step.bad),
                (Verdict::Excluded, step.excluded),
                (Verdict::Unattributed, step.unattributed),
                (Verdict::Reached, step.reached),
            ] {
                *steps.entry((&scenario.name, &step.name, &step.event, verdict.name())).or_default() += count;
            }
        }
    }
    let help = "Callbacks by scenario, step and what they count as.";
    let steps = steps.into_iter().map(|((scenario, step, event, verdict), count)| {
        ([("scenario", scenario), ("step", step), ("event", event), ("verdict", verdict)], count as f64)
    });
    out.gauge("step_callbacks", Unit::Callbacks, help, steps);
}

/// Whether each check passed wherever it was made in a step.
fn checks(out: &mut Measures<'_>, report: &Report) {
    let mut passed: BTreeMap<(&str, &str, &str), bool> = BTreeMap::new();
    for scenario in &report.scenarios {
        for step in &scenario.steps {
            for check in &step.checks {
                *passed.entry((&scenario.name, &step.name, &check.name)).or_insert(true) &= check.passed;
            }
        }
    }
    let help = "1 for a check that the app passed, 0 for one that it failed.";
    let passed = passed.into_iter().map(|((scenario, step, check), passed)| {
        ([("scenario", scenario), ("step", step), ("check", check)], switch(passed))
    });
    out.gauge("check_passed", Unit::None, help, passed);
}

fn latency<'run>(out: &mut Measures<'run>, latency: &'run Latency) {
    let kept = latency.histogram.as_ref();
    for (name, help, figures, histogram) in [
        (
            "response_seconds",
            "Response times, from when a callback was due.",
            &latency.response,
            kept.map(|kept| &kept.response),
        ),
        (
            "service_seconds",
            "Service times, from the first byte sent.",
            &latency.service,
            kept.map(|kept| &kept.service),
        ),
    ] {
        out.times(name, help, [(NO_LABELS, figures, histogram)]);
    }
    let phases = Phase::ALL.into_iter().filter_map(|phase| {
        let histogram = kept.and_then(|kept| kept.phases.get(phase).as_ref());
        Some(([("phase", phase.name())], latency.phases.get(phase).as_ref()?, histogram))
    });
    out.times("phase_seconds", "Times of the phases of a callback.", phases);
}

/// Whether the generator kept to its schedule, and what a search for a capacity found.
fn load<'run>(out: &mut Measures<'run>, load: &'run Load) {
    let per_second = Unit::CallbacksPerSecond;
    out.one(
        "load_target_per_second",
        per_second,
        "Callbacks per second that were asked for.",
        load.target_rate,
    );
    out.one(
        "load_achieved_per_second",
        per_second,
        "Callbacks per second that were completed.",
        load.achieved_rate,
    );
    let help = "Callbacks of the schedule: scheduled are completed, dropped and censored.";
    let callbacks = [
        ("scheduled", load.scheduled),
        ("completed", load.completed),
        ("dropped", load.dropped),
        ("censored", load.censored),
    ];
    let callbacks = callbacks.map(|(state, count)| ([("state", state)], count as f64));
    out.gauge("load_callbacks", Unit::Callbacks, help, callbacks);
    let help = "Callbacks that were begun more than a millisecond late.";
    out.one("load_late_ratio", Unit::Ratio, help, load.late_share);
    out.times("load_lag_seconds", "How late callbacks were begun.", [(NO_LABELS, &load.lag, None)]);
    let Some(capacity) = &load.capacity else { return };
    for (name, help, rate) in [
        ("load_capacity_per_second", "The greatest rate that met the goal.", capacity.rate),
        ("load_capacity_per_second_low", "The lower end of its interval.", capacity.low),
        ("load_capacity_per_second_high", "The upper end of its interval.", capacity.high),
    ] {
        out.one(name, per_second, help, rate);
    }
}

/// What the history says, the run included.
fn windows(out: &mut Measures<'_>, standing: &Standing) {
    for (name, help, at) in [
        ("last_run_timestamp_seconds", "When the last check ended.", standing.last_run_at),
        (
            "last_success_timestamp_seconds",
            "When a callback was last good, or without trust last reached the app.",
            standing.last_good_at,
        ),
    ] {
        out.one(name, Unit::Seconds, help, at.map(seconds));
    }
    let name = |window: &Window| match window.span {
        Span::Day => "24h",
        Span::FourWeeks => "28d",
    };
    let help = "Events in a window, by what they count as.";
    let events = standing.windows.iter().flat_map(|window| {
        let counts = [
            (Verdict::Good, window.good),
            (Verdict::Bad, window.bad),
            (Verdict::Excluded, window.excluded),
            (Verdict::Unattributed, window.unattributed),
        ];
        counts.map(|(verdict, count)| ([("window", name(window)), ("verdict", verdict.name())], count as f64))
    });
    out.gauge("window_events", Unit::Callbacks, help, events);
    type Figure = fn(&Window) -> Option<f64>;
    let figures: [(&str, Unit, &str, Figure); 4] = [
        ("window_success_ratio", Unit::Ratio, "Good events of good and bad ones in a window.", |window| {
            window.success_rate
        }),
        (
            "window_objective_ratio",
            Unit::Ratio,
            "The least success ratio of a window that is well.",
            |window| Some(window.objective),
        ),
        (
            "window_budget_remaining_events",
            Unit::Callbacks,
            "Bad events that a window may still bear; below zero when overspent.",
            |window| Some(window.budget.remaining as f64),
        ),
        (
            "window_budget_remaining_ratio",
            Unit::Ratio,
            "The part of a window's budget that is left.",
            |window| window.budget.remaining_share,
        ),
    ];
    for (family, unit, help, figure) in figures {
        let known = standing.windows.iter().filter_map(|window| Some((window, figure(window)?)));
        let values = known.map(|(window, value)| ([("window", name(window))], value));
        out.gauge(family, unit, help, values);
    }
    if let Some(health) = &standing.health {
        let help = "Good answers of the app's health path over 28 days.";
        out.one("health_available_ratio", Unit::Ratio, help, health.availability);
    }
}

/// A switch as a number.
fn switch(on: bool) -> f64 {
    f64::from(u8::from(on))
}

/// A moment as Prometheus counts it.
fn seconds(at: jiff::Timestamp) -> f64 {
    at.as_microsecond() as f64 / 1e6
}
