//! The end: what the numbers mean and what they can't.

use super::canvas::{Canvas, Line, Tone};
use super::header;
use crate::report::model::Report;
use crate::report::wording;

pub(super) fn draw(canvas: &mut Canvas, report: &Report) {
    canvas.heading("What this means", "");
    for limit in wording::limits(report) {
        canvas.paragraph(Line::indented(3), Tone::Plain, &limit);
    }
    canvas.blank();
    header::draw_closing(canvas, report);
}
