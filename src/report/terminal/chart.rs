//! Histograms in block characters on a logarithmic time axis.

use hdrhistogram::Histogram;

use super::canvas::{Canvas, Line, Tone};
use crate::report::figures::duration;

const LABEL: usize = 12;
const HEIGHT: usize = 3;
const EIGHTHS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// A logarithmic time axis over so many columns.
#[derive(Debug, Clone, Copy)]
pub(super) struct Axis {
    least: f64,
    ratio: f64,
    columns: usize,
}

impl Axis {
    /// The axis that holds all that was recorded in either histogram, if anything was.
    pub(super) fn over(histograms: &[&Histogram<u64>], width: usize) -> Option<Self> {
        let recorded = || histograms.iter().filter(|histogram| !histogram.is_empty());
        let least = recorded().map(|histogram| histogram.min().max(1)).min()? as f64 * 0.9;
        let greatest = recorded().map(|histogram| histogram.max().max(1)).max()? as f64 * 1.1;
        // At least one octave, or a constant time would fill the axis.
        let ratio = (greatest / least).max(2.0);
        Some(Self { least, ratio, columns: width.saturating_sub(LABEL + 3) })
    }

    fn column(&self, micros: f64) -> usize {
        let share = (micros.max(1.0) / self.least).ln() / self.ratio.ln();
        ((share * self.columns as f64) as usize).min(self.columns - 1)
    }

    /// Draws the axis with its ticks.
    pub(super) fn draw(&self, canvas: &mut Canvas) {
        let mut rule = vec!['─'; self.columns];
        let mut labels = vec![' '; self.columns];
        for tick in self.ticks() {
            let column = self.column(tick);
            let label = tick_label(tick);
            rule[column] = '┴';
            let start = column.saturating_sub(label.chars().count() / 2);
            let end = start + label.chars().count();
            let around = start.saturating_sub(2)..(end + 1).min(self.columns);
            if end <= self.columns && labels[around].iter().all(|cell| *cell == ' ') {
                labels.splice(start..end, label.chars());
            }
        }
        canvas.line(Line::indented(LABEL).faint(rule.iter().collect::<String>()));
        canvas.line(Line::indented(LABEL).faint(labels.iter().collect::<String>()));
    }

    /// Powers of ten; on a short axis 2 and 5 times them as well.
    fn ticks(&self) -> impl Iterator<Item = f64> + '_ {
        let factors: &[f64] = if self.ratio < 100.0 { &[1.0, 2.0, 5.0] } else { &[1.0] };
        (0..11)
            .flat_map(move |power| factors.iter().map(move |factor| factor * 10_f64.powi(power)))
            .filter(|tick| (self.least..=self.least * self.ratio).contains(tick))
    }
}

fn tick_label(micros: f64) -> String {
    let label = duration(micros as u64);
    let (number, unit) = label.split_once(' ').expect("a duration has a unit");
    let number =
        if number.contains('.') { number.trim_end_matches('0').trim_end_matches('.') } else { number };
    format!("{number} {unit}")
}

/// Draws a histogram above the axis, its name before it.
pub(super) fn draw(canvas: &mut Canvas, name: &str, histogram: &Histogram<u64>, axis: &Axis) {
    let levels = levels(&counts(histogram, axis));
    for row in (0..HEIGHT).rev() {
        let blocks: String = levels.iter().map(|level| block(*level, row)).collect();
        let label = if row == 0 { name } else { "" };
        canvas.line(Line::indented(3).plain(label).blank_to(LABEL).put(Tone::Accent, blocks));
    }
}

/// How many were recorded in each column. Few callbacks get wide bars, or they would stand like pickets.
fn counts(histogram: &Histogram<u64>, axis: &Axis) -> Vec<u64> {
    let bars = (3.0 * (histogram.len() as f64).sqrt()).max(8.0) as usize;
    let bar = (axis.columns / bars).max(1);
    let mut counts = vec![0; axis.columns];
    for bucket in histogram.iter_recorded() {
        let start = axis.column(bucket.value_iterated_to() as f64) / bar * bar;
        for count in counts.iter_mut().skip(start).take(bar) {
            *count += bucket.count_at_value();
        }
    }
    counts
}

/// The height of each column in eighths of a row; whatever was seen shows.
fn levels(counts: &[u64]) -> Vec<usize> {
    let most = counts.iter().copied().max().unwrap_or(0).max(1) as f64;
    let full = (HEIGHT * EIGHTHS.len()) as f64;
    counts.iter().map(|count| (*count as f64 / most * full).ceil() as usize).collect()
}

fn block(level: usize, row: usize) -> char {
    match level.saturating_sub(row * EIGHTHS.len()) {
        0 => ' ',
        eighths => EIGHTHS[eighths.min(EIGHTHS.len()) - 1],
    }
}

/// A bar of `value` against `greatest`, in eighths of a column; whatever is not zero shows.
pub(super) fn bar(value: f64, greatest: f64, columns: usize) -> String {
    const PARTS: [char; 8] = ['▏', '▎', '▍', '▌', '▋', '▊', '▉', '█'];
    let eighths = (value / greatest.max(1.0) * (columns * 8) as f64).ceil() as usize;
    let mut bar = "█".repeat(eighths / 8);
    if let Some(part) = (eighths % 8).checked_sub(1) {
        bar.push(PARTS[part]);
    }
    bar
}

/// A line of heights, one column for each value, scaled to the greatest.
pub(super) fn sparkline(values: &[f64]) -> String {
    let greatest = values.iter().copied().fold(0.0, f64::max);
    values
        .iter()
        .map(|value| match (value / greatest.max(f64::MIN_POSITIVE) * 8.0).ceil() as usize {
            0 => ' ',
            level => EIGHTHS[level.min(8) - 1],
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn histogram(values: &[u64]) -> Histogram<u64> {
        let mut histogram = Histogram::new_with_bounds(1, 3_600_000_000, 3).expect("valid bounds");
        for value in values {
            histogram.record(*value).expect("within bounds");
        }
        histogram
    }

    #[test]
    fn everything_recorded_has_a_column() {
        for values in [&[0, 1][..], &[5_000], &[1, 3_600_000_000], &[900, 1_000]] {
            let histogram = histogram(values);
            let axis = Axis::over(&[&histogram], 80).expect("something was recorded");
            let first = axis.column(histogram.min() as f64);
            let last = axis.column(histogram.max() as f64);
            assert!(first <= last && last < axis.columns, "{values:?}: {first} {last}");
        }
        assert!(Axis::over(&[&histogram(&[])], 80).is_none());
    }

    #[test]
    fn a_single_callback_among_thousands_shows() {
        assert_eq!(levels(&[10_000, 0, 1]), [24, 0, 1]);
        assert_eq!(block(24, 2), '█');
        assert_eq!(block(1, 0), '▁');
        assert_eq!(block(8, 1), ' ');
        assert_eq!(block(9, 1), '▁');
    }

    #[test]
    fn bars_and_sparklines_reach_from_nothing_to_the_greatest() {
        assert_eq!([0.0, 0.1, 5.0, 10.0].map(|value| bar(value, 10.0, 4)), ["", "▏", "██", "████"]);
        assert_eq!(sparkline(&[0.0, 1.0, 4.0, 8.0]), " ▁▄█");
        assert_eq!(sparkline(&[]), "");
    }
}
