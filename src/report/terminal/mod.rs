//! The report on a terminal: 60 to 120 columns, colour with meaning and never alone.

mod canvas;
mod chart;
mod comparison;
mod failures;
mod gauge;
mod header;
mod latency;
mod limits;
mod load;
mod notes;
mod projection;
mod rate;
mod scenarios;
mod windows;

pub use comparison::render_comparison;

use canvas::Canvas;

use super::slo::SloReport;
use super::{Report, inert, wording};

/// The widths that the report adapts to; narrower and wider terminals get the nearest.
pub const WIDTHS: std::ops::RangeInclusive<usize> = 60..=120;

/// Renders the report for a terminal of `width` columns, styled: whatever prints it takes the styles out
/// where they don't belong. Text from outside can't add styles of its own.
pub fn render(report: &Report, width: usize) -> String {
    let mut canvas = Canvas::new(width.clamp(*WIDTHS.start(), *WIDTHS.end()));
    header::draw(&mut canvas, report);
    windows::draw(&mut canvas, report);
    rate::draw(&mut canvas, report);
    scenarios::draw(&mut canvas, report);
    failures::draw(&mut canvas, report);
    latency::draw(&mut canvas, report);
    load::draw(&mut canvas, report);
    projection::draw(&mut canvas, report);
    notes::draw(&mut canvas, report);
    limits::draw(&mut canvas, report);
    canvas.finish()
}

/// One line about a pass of a service: when it was, how the app stands, and the weightiest reason.
pub fn line(report: &Report) -> String {
    let reason = report.verdict.reasons.first().map(|reason| inert::line(reason)).unwrap_or_default();
    format!("{:.0} {}: {reason}\n", report.run.finished_at, wording::status(report.verdict.status))
}

/// Renders how the series of a history stand, in the same way.
pub fn render_slo(report: &SloReport, width: usize) -> String {
    let mut canvas = Canvas::new(width.clamp(*WIDTHS.start(), *WIDTHS.end()));
    for standing in &report.series {
        windows::draw_standing(&mut canvas, standing);
    }
    canvas.finish()
}
