//! A rate and its interval on a scale of nines, against the objective and the warning.

use super::canvas::{Canvas, Line, Tone};
use crate::report::figures::percent;

const INDENT: usize = 3;

/// Draws the gauge. The scale is that of failures, logarithmic: 90 %, 99 % and 99.9 % lie equally far
/// apart, and 100 % closes it.
pub(super) fn draw(canvas: &mut Canvas, rate: f64, low: f64, high: f64, objective: f64, warning: f64) {
    let scale = Scale { columns: canvas.width() - 2 * INDENT };
    let mut labels = Labels::new(scale.columns);
    labels.centred(scale.column(objective), &format!("{} objective", percent(objective)));
    labels.centred(scale.column(warning), &format!("{} warning", percent(warning)));
    labels.at(0, "≤ 50 %");
    labels.centred(scale.column(0.9), "90 %");
    labels.ending(scale.columns, "100 %");
    canvas.line(Line::indented(INDENT).faint(labels.text()));

    let (from, to, point) = (scale.column(low), scale.column(high), scale.column(rate));
    let mut line = Line::indented(INDENT);
    for column in 0..scale.columns {
        let is_tick = [objective, warning].into_iter().any(|rate| scale.column(rate) == column);
        line = match column {
            _ if column == point => line.put(tone(rate, objective, warning), "●"),
            _ if (from..=to).contains(&column) => {
                line.put(tone(rate, objective, warning), if is_tick { "┿" } else { "━" })
            }
            _ if is_tick => line.plain("┼"),
            0 => line.faint("├"),
            _ if column + 1 == scale.columns => line.faint("┤"),
            _ => line.faint("─"),
        };
    }
    canvas.line(line);
}

fn tone(rate: f64, objective: f64, warning: f64) -> Tone {
    if rate < objective {
        Tone::Bad
    } else if rate < warning {
        Tone::Warn
    } else {
        Tone::Good
    }
}

/// From 50 % at the left to 99.99 % near the right edge, where 100 % stands.
struct Scale {
    columns: usize,
}

impl Scale {
    fn column(&self, rate: f64) -> usize {
        const FIRST: f64 = std::f64::consts::LOG10_2;
        const LAST: f64 = 4.0;
        let last_column = self.columns - 1;
        if rate >= 1.0 {
            return last_column;
        }
        let nines = (-(1.0 - rate).log10()).clamp(FIRST, LAST);
        let share = (nines - FIRST) / (LAST - FIRST);
        (share * (last_column - 2) as f64).round() as usize
    }
}

/// A row of labels that keep out of each other's way: the first come stay.
struct Labels {
    cells: Vec<char>,
}

impl Labels {
    fn new(columns: usize) -> Self {
        Self { cells: vec![' '; columns] }
    }

    fn centred(&mut self, column: usize, label: &str) {
        self.at(column.saturating_sub(label.chars().count() / 2), label);
    }

    fn ending(&mut self, column: usize, label: &str) {
        self.at(column.saturating_sub(label.chars().count()), label);
    }

    fn at(&mut self, start: usize, label: &str) {
        let end = start + label.chars().count();
        let around = start.saturating_sub(1)..(end + 1).min(self.cells.len());
        if end <= self.cells.len() && self.cells[around].iter().all(|cell| *cell == ' ') {
            self.cells.splice(start..end, label.chars());
        }
    }

    fn text(&self) -> String {
        self.cells.iter().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nines_lie_equally_far_apart() {
        let scale = Scale { columns: 75 };
        let columns = [0.9, 0.99, 0.999, 0.9999].map(|rate| scale.column(rate));
        let steps: Vec<_> = columns.windows(2).map(|pair| pair[1] - pair[0]).collect();
        assert!(steps.iter().all(|step| step.abs_diff(steps[0]) <= 1), "{steps:?}");
        assert_eq!(scale.column(0.0), 0);
        assert_eq!(scale.column(1.0), 74);
        assert!(scale.column(0.999_999) < 74);
    }

    #[test]
    fn labels_keep_out_of_each_others_way() {
        let mut labels = Labels::new(12);
        labels.at(0, "abc");
        labels.at(3, "hidden");
        labels.ending(12, "xyz");
        assert_eq!(labels.text(), "abc      xyz");
    }
}
