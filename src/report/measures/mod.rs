//! The figures that systems keep of runs: how each is called, what it is in, and its values. Formats of such systems
//! read only this, so that all of them say the same.

mod of_run;

use hdrhistogram::Histogram;

pub(super) use of_run::of_run;

use super::model::{Distribution, EncodedHistogram, Run};

/// A value that nothing but its name tells from others.
pub(super) const NO_LABELS: [(&str, &str); 0] = [];

/// A figure, with a value for each set of labels.
pub(super) struct Measure<'run> {
    /// As Prometheus calls it, with the unit's word and without a prefix.
    pub(super) name: &'static str,
    /// What it is of.
    pub(super) help: &'static str,
    /// What its values are in.
    #[cfg_attr(not(feature = "otlp"), expect(dead_code, reason = "Prometheus has units in names alone"))]
    pub(super) unit: Unit,
    /// The values.
    pub(super) values: Values<'run>,
}

/// The values of a figure.
pub(super) enum Values<'run> {
    /// What the last run found, which replaces what those before it found.
    Gauge(Vec<Sample>),
    /// What has been counted since the process began.
    Counter(Vec<Sample>),
    /// Distributions of times.
    Times(Vec<Times<'run>>),
}

/// What tells the values of one figure apart, in order.
pub(super) type Labels = Vec<(&'static str, String)>;

/// One value.
pub(super) struct Sample {
    pub(super) labels: Labels,
    pub(super) value: f64,
}

/// One distribution of times.
pub(super) struct Times<'run> {
    pub(super) labels: Labels,
    /// Its figures.
    pub(super) figures: &'run Distribution,
    /// What they are of, in microseconds, where it is kept.
    #[cfg_attr(not(feature = "otlp"), expect(dead_code, reason = "Prometheus' summaries have no buckets"))]
    pub(super) histogram: Option<&'run Histogram<u64>>,
}

/// What values are in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unit {
    /// Nothing that could be added up: a switch, a code.
    None,
    /// Seconds; moments are seconds since 1970.
    Seconds,
    /// A part of one.
    Ratio,
    /// Callbacks per second.
    CallbacksPerSecond,
    /// Callbacks.
    Callbacks,
    /// Passes of a check.
    Passes,
    /// Tenants of the probe.
    Tenants,
}

/// A list of figures as it grows.
#[derive(Default)]
pub(super) struct Measures<'run> {
    list: Vec<Measure<'run>>,
    /// Labels of every value.
    common: Labels,
}

impl<'run> Measures<'run> {
    /// Figures that say whose they are, so that those of several apps can stand beside each other.
    fn of(run: &Run) -> Self {
        let known =
            [("app_key", &run.app_key), ("environment", &run.environment), ("location", &run.location)];
        let known = known.into_iter().filter_map(|(label, value)| Some((label, value.clone()?)));
        Self { list: Vec::new(), common: known.chain([("trust", run.trust.name().to_owned())]).collect() }
    }

    /// Adds a figure whose values the next run replaces.
    fn gauge<L, V>(
        &mut self,
        name: &'static str,
        unit: Unit,
        help: &'static str,
        values: impl IntoIterator<Item = (L, f64)>,
    ) where
        L: IntoIterator<Item = (&'static str, V)>,
        V: Into<String>,
    {
        let values = Values::Gauge(self.samples(values));
        self.list.push(Measure { name, help, unit, values });
    }

    /// Adds a figure that only grows while the process lives. Its name ends with `_total`.
    pub(super) fn counter<L, V>(
        &mut self,
        name: &'static str,
        unit: Unit,
        help: &'static str,
        values: impl IntoIterator<Item = (L, f64)>,
    ) where
        L: IntoIterator<Item = (&'static str, V)>,
        V: Into<String>,
    {
        let values = Values::Counter(self.samples(values));
        self.list.push(Measure { name, help, unit, values });
    }

    /// Adds a figure of one value, unless that is not known.
    fn one(&mut self, name: &'static str, unit: Unit, help: &'static str, value: Option<f64>) {
        if let Some(value) = value {
            self.gauge(name, unit, help, [(NO_LABELS, value)]);
        }
    }

    /// Adds a figure of times: figures and the histogram behind them.
    fn times<L>(
        &mut self,
        name: &'static str,
        help: &'static str,
        times: impl IntoIterator<Item = (L, &'run Distribution, Option<&'run EncodedHistogram>)>,
    ) where
        L: IntoIterator<Item = (&'static str, &'static str)>,
    {
        let times = times.into_iter().map(|(labels, figures, histogram)| Times {
            labels: self.labels(labels),
            figures,
            histogram: histogram.map(EncodedHistogram::histogram),
        });
        let values = Values::Times(times.collect());
        self.list.push(Measure { name, help, unit: Unit::Seconds, values });
    }

    /// The figures.
    pub(super) fn into_list(self) -> Vec<Measure<'run>> {
        self.list
    }

    fn samples<L, V>(&self, values: impl IntoIterator<Item = (L, f64)>) -> Vec<Sample>
    where
        L: IntoIterator<Item = (&'static str, V)>,
        V: Into<String>,
    {
        let sample = |(labels, value)| Sample { labels: self.labels(labels), value };
        values.into_iter().map(sample).collect()
    }

    fn labels<V: Into<String>>(&self, own: impl IntoIterator<Item = (&'static str, V)>) -> Labels {
        let own = own.into_iter().map(|(label, value)| (label, value.into()));
        self.common.iter().cloned().chain(own).collect()
    }
}
