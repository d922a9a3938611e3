//! HdrHistogram's own formats: the percentile distribution (`.hgrm`) and the log (`.hlog`).

use std::fmt::Write;

use super::Report;
use super::model::{EncodedHistogram, Histograms};
use crate::exit::Abort;
use crate::outcome::Phase;

/// The percentile distribution of the response times in milliseconds, as HdrHistogram's plotter reads it.
///
/// # Errors
/// When the report holds no histograms.
pub(super) fn distribution(report: &Report) -> Result<String, Abort> {
    const TICKS_PER_HALF_DISTANCE: u32 = 5;
    let histogram = histograms(report)?.response.histogram();
    let mut out =
        format!("{:>12} {:>14} {:>10} {:>14}\n\n", "Value", "Percentile", "TotalCount", "1/(1-Percentile)");
    let mut count = 0;
    for step in histogram.iter_quantiles(TICKS_PER_HALF_DISTANCE) {
        let (value, quantile) = (milliseconds(step.value_iterated_to() as f64), step.quantile_iterated_to());
        count += step.count_since_last_iteration();
        let _ = write!(out, "{value:12.3} {quantile:2.12} {count:10}");
        let _ =
            if quantile < 1.0 { writeln!(out, " {:14.2}", 1.0 / (1.0 - quantile)) } else { writeln!(out) };
    }
    let (mean, deviation) = (milliseconds(histogram.mean()), milliseconds(histogram.stdev()));
    let _ = writeln!(out, "#[Mean    = {mean:12.3}, StdDeviation   = {deviation:12.3}]");
    let max = milliseconds(histogram.max() as f64);
    let _ = writeln!(out, "#[Max     = {max:12.3}, Total count    = {:12}]", histogram.len());
    // All buckets but the first share half of their values with the one before.
    let buckets = histogram.buckets();
    let sub_buckets = 2 * histogram.distinct_values() / (usize::from(buckets) + 1);
    let _ = writeln!(out, "#[Buckets = {buckets:12}, SubBuckets     = {sub_buckets:12}]");
    Ok(out)
}

/// The log of the run as one interval, one tagged line for each histogram. Values are microseconds; the
/// greatest of each line stands in milliseconds.
///
/// # Errors
/// When the report holds no histograms.
pub(super) fn log(report: &Report) -> Result<String, Abort> {
    let histograms = histograms(report)?;
    let run = &report.run;
    let start = run.started_at.as_microsecond() as f64 / 1e6;
    let length = (run.finished_at.as_microsecond() - run.started_at.as_microsecond()) as f64 / 1e6;
    let mut out = format!("#[Logged with rehearsal {}]\n", run.tool_version.replace(char::is_control, "?"));
    out.push_str("#[Histogram log format version 1.3]\n#[Values are microseconds]\n");
    let _ = writeln!(out, "#[StartTime: {start:.3} (seconds since epoch), {}]", run.started_at);
    let _ = writeln!(out, "#[BaseTime: {start:.3} (seconds since epoch)]");
    out.push_str(
        "\"StartTimestamp\",\"Interval_Length\",\"Interval_Max\",\"Interval_Compressed_Histogram\"\n",
    );
    let mut line = |tag: &str, encoded: &EncodedHistogram| {
        let max = milliseconds(encoded.histogram().max() as f64);
        let _ = writeln!(out, "Tag={tag},0.000,{length:.3},{max:.3},{}", encoded.as_str());
    };
    line("response", &histograms.response);
    line("service", &histograms.service);
    for phase in Phase::ALL {
        if let Some(encoded) = histograms.phases.get(phase) {
            line(phase.name(), encoded);
        }
    }
    Ok(out)
}

fn histograms(report: &Report) -> Result<&Histograms, Abort> {
    report.latency.histogram.as_ref().ok_or_else(|| {
        Abort::data("the report holds no histograms: nothing was timed")
            .remedy("The formats hgrm and hlog need at least one callback that was sent.")
    })
}

fn milliseconds(micros: f64) -> f64 {
    micros / 1e3
}
