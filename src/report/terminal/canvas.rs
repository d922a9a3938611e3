//! Lines of styled text, measured in terminal columns.

use std::fmt::Write;

use anstyle::{AnsiColor, Style};
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use crate::report::inert;
use crate::report::wrap::wrapped;

/// What a piece of text means, and how it looks. The sixteen basic colours alone: they follow the
/// terminal's theme, light or dark. Yellow can't be read on white, so it lies behind the text; cyan is for charts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tone {
    Plain,
    Strong,
    Faint,
    Good,
    Bad,
    Warn,
    Accent,
}

impl Tone {
    const fn style(self) -> Style {
        let style = Style::new();
        match self {
            Self::Plain => style,
            Self::Strong => style.bold(),
            Self::Faint => style.dimmed(),
            Self::Good => style.fg_color(Some(anstyle::Color::Ansi(AnsiColor::Green))),
            Self::Bad => style.fg_color(Some(anstyle::Color::Ansi(AnsiColor::Red))).bold(),
            Self::Warn => style
                .fg_color(Some(anstyle::Color::Ansi(AnsiColor::Black)))
                .bg_color(Some(anstyle::Color::Ansi(AnsiColor::Yellow))),
            Self::Accent => style.fg_color(Some(anstyle::Color::Ansi(AnsiColor::Cyan))),
        }
    }
}

/// One line, made of pieces from left to right.
#[derive(Debug, Clone, Default)]
pub(super) struct Line {
    pieces: Vec<(Tone, String)>,
    width: usize,
}

impl Line {
    pub(super) fn new() -> Self {
        Self::default()
    }

    /// A line that begins with so many blanks.
    pub(super) fn indented(columns: usize) -> Self {
        Self::new().blank_to(columns)
    }

    pub(super) fn put(mut self, tone: Tone, text: impl AsRef<str>) -> Self {
        let text = inert::line(text.as_ref());
        self.width += text.width();
        self.pieces.push((tone, text));
        self
    }

    pub(super) fn plain(self, text: impl AsRef<str>) -> Self {
        self.put(Tone::Plain, text)
    }

    pub(super) fn faint(self, text: impl AsRef<str>) -> Self {
        self.put(Tone::Faint, text)
    }

    /// Fills up with blanks to this column; a line that is there already stays as it is.
    pub(super) fn blank_to(self, column: usize) -> Self {
        let blanks = column.saturating_sub(self.width);
        self.plain(" ".repeat(blanks))
    }

    /// Text that ends at this column.
    pub(super) fn right(self, column: usize, tone: Tone, text: impl AsRef<str>) -> Self {
        let width = text.as_ref().width();
        self.blank_to(column.saturating_sub(width)).put(tone, text)
    }

    /// Text in a cell of so many columns, cut where it does not fit.
    pub(super) fn cell(self, columns: usize, tone: Tone, text: impl AsRef<str>) -> Self {
        let end = self.width + columns;
        self.put(tone, cut(&inert::line(text.as_ref()), columns)).blank_to(end)
    }

    pub(super) const fn width(&self) -> usize {
        self.width
    }
}

/// `text`, cut to so many columns, with an ellipsis where something is missing.
pub(super) fn cut(text: &str, columns: usize) -> String {
    if text.width() <= columns {
        return text.to_owned();
    }
    let mut out = String::new();
    let mut width = 1;
    for character in text.chars() {
        width += character.width().unwrap_or(0);
        if width > columns {
            break;
        }
        out.push(character);
    }
    if columns > 0 {
        out.push('…');
    }
    out
}

/// The report as it grows, line by line.
pub(super) struct Canvas {
    width: usize,
    out: String,
}

impl Canvas {
    pub(super) const fn new(width: usize) -> Self {
        Self { width, out: String::new() }
    }

    pub(super) const fn width(&self) -> usize {
        self.width
    }

    pub(super) fn blank(&mut self) {
        self.out.push('\n');
    }

    /// Draws a line, cut at the right edge, without blanks at its end.
    pub(super) fn line(&mut self, mut line: Line) {
        while let Some((_, text)) = line.pieces.last_mut() {
            text.truncate(text.trim_end().len());
            if !text.is_empty() {
                break;
            }
            line.pieces.pop();
        }
        let mut rest = self.width;
        for (tone, text) in &line.pieces {
            let text = cut(text, rest);
            rest -= text.width();
            let style = tone.style();
            let _ = if style.is_plain() || text.trim().is_empty() {
                self.out.write_str(&text)
            } else {
                write!(self.out, "{style}{text}{style:#}")
            };
        }
        self.out.push('\n');
    }

    /// A heading with a rule to the right edge, and a note in it.
    pub(super) fn heading(&mut self, title: &str, note: &str) {
        self.blank();
        let mut line = Line::indented(1).put(Tone::Strong, title.to_uppercase()).plain(" ");
        if !note.is_empty() {
            line = line.faint(format!("· {note} "));
        }
        let rule = "─".repeat(self.width.saturating_sub(line.width()));
        self.line(line.faint(rule));
    }

    /// A paragraph after `lead`, wrapped, its further lines indented as far as the first.
    pub(super) fn paragraph(&mut self, lead: Line, tone: Tone, text: &str) {
        let indent = lead.width();
        let columns = self.width.saturating_sub(indent + 1).max(20);
        let mut lead = Some(lead);
        for row in wrapped(&inert::line(text), columns) {
            let start = lead.take().unwrap_or_else(|| Line::indented(indent));
            self.line(start.put(tone, row));
        }
    }

    pub(super) fn finish(self) -> String {
        self.out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_cut_says_so() {
        assert_eq!(cut("abcdef", 4), "abc…");
        assert_eq!(cut("abcd", 4), "abcd");
        assert_eq!(cut("世界世界", 5), "世界…");
    }

    #[test]
    fn lines_end_at_the_edge_and_hold_no_styles_from_outside() {
        let mut canvas = Canvas::new(10);
        canvas.line(Line::new().put(Tone::Bad, "abc\u{1b}[0m").put(Tone::Faint, "defghijkl"));
        let drawn = canvas.finish();
        assert_eq!(anstream::adapter::strip_str(&drawn).to_string(), "abc\\u{1b}…\n");
    }
}
