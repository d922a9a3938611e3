//! Prometheus' text format, for the node exporter's text files or a push gateway.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::escape::prometheus_label;
use super::inert;
use super::model::{Distribution, Load, Report, Run, Status};
use super::wording;
use crate::outcome::Phase;
use crate::slo::{Span, Standing, Window};
use crate::verdict::Verdict;

/// Renders the report as gauges and summaries: each run replaces the one before. Times are seconds, rates lie between
/// 0 and 1, and what is not known is left out.
pub(super) fn render(report: &Report) -> String {
    let mut out = Metrics::of(&report.run);
    run(&mut out, report);
    rates(&mut out, report);
    callbacks(&mut out, report);
    checks(&mut out, report);
    latency(&mut out, report);
    if let Some(of_load) = &report.load {
        load(&mut out, of_load);
    }
    if let Some(standing) = &report.windows {
        windows(&mut out, standing);
    }
    out.text
}

/// Metrics as they are written.
#[derive(Default)]
pub(super) struct Metrics {
    text: String,
    /// Labels of every sample.
    common: Vec<(&'static str, String)>,
}

pub(super) type Labels<'labels> = &'labels [(&'static str, &'labels str)];

impl Metrics {
    /// Metrics that say whose they are, so that files about several apps can stand beside each other.
    fn of(run: &Run) -> Self {
        let known =
            [("app_key", &run.app_key), ("environment", &run.environment), ("location", &run.location)];
        let known = known.into_iter().filter_map(|(label, value)| Some((label, value.clone()?)));
        Self { text: String::new(), common: known.chain([("trust", run.trust.name().to_owned())]).collect() }
    }

    /// Begins a family of metrics. All its samples follow at once, as the format asks.
    fn family(&mut self, name: &str, help: &str) {
        self.begin(name, "gauge", help);
    }

    /// Begins a family of counters, whose names end with `_total`.
    pub(super) fn counter(&mut self, name: &str, help: &str) {
        self.begin(name, "counter", help);
    }

    /// Begins a family of distributions.
    fn summary(&mut self, name: &str, help: &str) {
        self.begin(name, "summary", help);
    }

    /// Adds a distribution to the summary that was begun last.
    fn distribution(&mut self, name: &str, labels: Labels<'_>, times: &Distribution) {
        for (quantile, micros) in quantiles(times) {
            self.sample(name, &[labels, &[("quantile", quantile)]].concat(), micros as f64 / 1e6);
        }
        let sum = times.mean_us.unwrap_or_default() * times.count as f64 / 1e6;
        self.sample(&format!("{name}_sum"), labels, sum);
        self.sample(&format!("{name}_count"), labels, times.count as f64);
    }

    /// What was written.
    pub(super) fn into_text(self) -> String {
        self.text
    }

    fn begin(&mut self, name: &str, kind: &str, help: &str) {
        let _ = writeln!(self.text, "# HELP rehearsal_{name} {help}\n# TYPE rehearsal_{name} {kind}");
    }

    /// Adds a sample to the family that was begun last.
    pub(super) fn sample(&mut self, name: &str, labels: Labels<'_>, value: f64) {
        let _ = write!(self.text, "rehearsal_{name}");
        let common = self.common.iter().map(|(label, value)| (*label, value.as_str()));
        let labels: Vec<_> = common
            .chain(labels.iter().copied())
            .map(|(label, value)| format!("{label}=\"{}\"", prometheus_label(&inert::line(value))))
            .collect();
        if !labels.is_empty() {
            let _ = write!(self.text, "{{{}}}", labels.join(","));
        }
        let _ = writeln!(self.text, " {value}");
    }

    /// A family of one sample, left out when it is not known.
    fn one(&mut self, name: &str, help: &str, value: Option<f64>) {
        if let Some(value) = value {
            self.family(name, help);
            self.sample(name, &[], value);
        }
    }
}

fn run(out: &mut Metrics, report: &Report) {
    let run = &report.run;
    out.family("run_info", "The run that the other figures are of.");
    let labels = [
        ("run", &run.id),
        ("command", &run.command),
        ("target", &run.target),
        ("version", &run.tool_version),
    ];
    out.sample("run_info", &labels.map(|(label, value)| (label, value.as_str())), 1.0);
    let seconds = |at: jiff::Timestamp| Some(at.as_microsecond() as f64 / 1e6);
    out.one("run_started_timestamp_seconds", "When the run began.", seconds(run.started_at));
    out.one("run_finished_timestamp_seconds", "When the run ended.", seconds(run.finished_at));
    out.family("verdict", "1 for the verdict of the run, 0 for every other.");
    for status in [
        Status::Ok,
        Status::AtRisk,
        Status::Breach,
        Status::NoData,
        Status::Inconclusive,
        Status::Unattributed,
    ] {
        let name = wording::status(status).to_lowercase().replace(' ', "_");
        out.sample("verdict", &[("status", &name)], f64::from(u8::from(status == report.verdict.status)));
    }
    out.one("exit_code", "The exit code of the run.", Some(f64::from(report.verdict.exit_code)));
    out.one("residue", "Synthetic tenants still installed in the app.", Some(report.residue.len() as f64));
}

fn rates(out: &mut Metrics, report: &Report) {
    let sli = &report.sli;
    out.one("success_ratio", "Good callbacks of good and bad ones.", sli.success_rate);
    out.one("success_ratio_low", "The lower end of its Clopper-Pearson interval.", sli.interval.low);
    out.one("success_ratio_high", "The upper end of its Clopper-Pearson interval.", sli.interval.high);
    out.one("objective_ratio", "The least success ratio over 28 days.", Some(sli.objective));
    out.one(
        "warning_ratio",
        "The success ratio over 24 hours below which a warning is due.",
        Some(sli.warning),
    );
    if let Some(reach) = &report.reachability {
        out.one(
            "reachability_ratio",
            "Callbacks that reached the app: an upper bound of the success ratio.",
            reach.success_rate,
        );
    }
    let projection = &report.projection;
    out.one(
        "projected_success_ratio",
        "The success ratio weighted by the event mix.",
        projection.success_rate,
    );
    out.one("projected_meet_28d_ratio", "The chance that 28 days meet the objective.", projection.p_meet_28d);
}

fn callbacks(out: &mut Metrics, report: &Report) {
    out.family("callbacks", "Callbacks by what happened and what it counts as.");
    for row in &report.outcomes {
        let labels = [
            ("code", row.code.as_str()),
            ("family", row.family.name()),
            ("owner", row.owner.name()),
            ("verdict", row.verdict.name()),
        ];
        out.sample("callbacks", &labels, row.count as f64);
    }
    // A step may send the same event twice: a series may stand in the text only once.
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
    out.family("step_callbacks", "Callbacks by scenario, step and what they count as.");
    for ((scenario, step, event, verdict), count) in steps {
        let labels = [("scenario", scenario), ("step", step), ("event", event), ("verdict", verdict)];
        out.sample("step_callbacks", &labels, count as f64);
    }
}

/// Whether each check passed wherever it was made in a step.
fn checks(out: &mut Metrics, report: &Report) {
    let mut passed: BTreeMap<(&str, &str, &str), bool> = BTreeMap::new();
    for scenario in &report.scenarios {
        for step in &scenario.steps {
            for check in &step.checks {
                *passed.entry((&scenario.name, &step.name, &check.name)).or_insert(true) &= check.passed;
            }
        }
    }
    out.family("check_passed", "1 for a check that the app passed, 0 for one that it failed.");
    for ((scenario, step, check), passed) in passed {
        let labels = [("scenario", scenario), ("step", step), ("check", check)];
        out.sample("check_passed", &labels, f64::from(u8::from(passed)));
    }
}

fn latency(out: &mut Metrics, report: &Report) {
    let latency = &report.latency;
    for (name, help, times) in [
        ("response_seconds", "Response times, from when a callback was due.", &latency.response),
        ("service_seconds", "Service times, from the first byte sent.", &latency.service),
    ] {
        out.summary(name, help);
        out.distribution(name, &[], times);
    }
    out.summary("phase_seconds", "Times of the phases of a callback.");
    for phase in Phase::ALL {
        if let Some(times) = latency.phases.get(phase) {
            out.distribution("phase_seconds", &[("phase", phase.name())], times);
        }
    }
}

/// Whether the generator kept to its schedule, and what a search for a capacity found.
fn load(out: &mut Metrics, load: &Load) {
    out.one("load_target_per_second", "Callbacks per second that were asked for.", load.target_rate);
    out.one("load_achieved_per_second", "Callbacks per second that were completed.", load.achieved_rate);
    out.family("load_callbacks", "Callbacks of the schedule: scheduled are completed, dropped and censored.");
    for (state, count) in [
        ("scheduled", load.scheduled),
        ("completed", load.completed),
        ("dropped", load.dropped),
        ("censored", load.censored),
    ] {
        out.sample("load_callbacks", &[("state", state)], count as f64);
    }
    out.one("load_late_ratio", "Callbacks that were begun more than a millisecond late.", load.late_share);
    out.summary("load_lag_seconds", "How late callbacks were begun.");
    out.distribution("load_lag_seconds", &[], &load.lag);
    let Some(capacity) = &load.capacity else { return };
    out.one("load_capacity_per_second", "The greatest rate that met the goal.", capacity.rate);
    out.one("load_capacity_per_second_low", "The lower end of its interval.", capacity.low);
    out.one("load_capacity_per_second_high", "The upper end of its interval.", capacity.high);
}

/// What the history says, the run included.
fn windows(out: &mut Metrics, standing: &Standing) {
    let seconds = |at: Option<jiff::Timestamp>| at.map(|at| at.as_microsecond() as f64 / 1e6);
    out.one("last_run_timestamp_seconds", "When the last check ended.", seconds(standing.last_run_at));
    out.one(
        "last_success_timestamp_seconds",
        "When a callback was last good, or without trust last reached the app.",
        seconds(standing.last_good_at),
    );
    let name = |window: &Window| match window.span {
        Span::Day => "24h",
        Span::FourWeeks => "28d",
    };
    out.family("window_events", "Events in a window, by what they count as.");
    for window in &standing.windows {
        for (verdict, count) in [
            (Verdict::Good, window.good),
            (Verdict::Bad, window.bad),
            (Verdict::Excluded, window.excluded),
            (Verdict::Unattributed, window.unattributed),
        ] {
            out.sample(
                "window_events",
                &[("window", name(window)), ("verdict", verdict.name())],
                count as f64,
            );
        }
    }
    type Figure = fn(&Window) -> Option<f64>;
    let figures: [(&str, &str, Figure); 4] = [
        ("window_success_ratio", "Good events of good and bad ones in a window.", |window| {
            window.success_rate
        }),
        ("window_objective_ratio", "The least success ratio of a window that is well.", |window| {
            Some(window.objective)
        }),
        (
            "window_budget_remaining_events",
            "Bad events that a window may still bear; below zero when overspent.",
            |window| Some(window.budget.remaining as f64),
        ),
        ("window_budget_remaining_ratio", "The part of a window's budget that is left.", |window| {
            window.budget.remaining_share
        }),
    ];
    for (family, help, figure) in figures {
        out.family(family, help);
        for window in &standing.windows {
            if let Some(value) = figure(window) {
                out.sample(family, &[("window", name(window))], value);
            }
        }
    }
    if let Some(health) = &standing.health {
        out.one(
            "health_available_ratio",
            "Good answers of the app's health path over 28 days.",
            health.availability,
        );
    }
}

fn quantiles(times: &Distribution) -> impl Iterator<Item = (&'static str, u64)> + use<> {
    [
        ("0", times.min_us),
        ("0.5", times.p50_us),
        ("0.9", times.p90_us),
        ("0.95", times.p95_us),
        ("0.99", times.p99_us),
        ("0.999", times.p99_9_us),
        ("1", times.max_us),
    ]
    .into_iter()
    .filter_map(|(quantile, micros)| micros.map(|micros| (quantile, micros)))
}
