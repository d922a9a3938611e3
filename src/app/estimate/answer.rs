//! What every question is answered with: a sentence, tables, and what it does not mean.

use std::fmt::Write as _;

use serde_json::{Value, json};

/// The width that everything fits into.
const COLUMNS: usize = 80;

/// An answer, for a person and for a program.
#[derive(Debug)]
pub(super) struct Answer {
    /// The subcommand.
    pub(super) question: &'static str,
    /// What was asked, in JSON.
    pub(super) inputs: Value,
    /// The person's question, answered in a sentence or two.
    pub(super) sentence: String,
    /// The figures behind it, for a terminal.
    pub(super) tables: Vec<Table>,
    /// The same figures with every digit.
    pub(super) result: Value,
    /// What the figures do not mean.
    pub(super) caveat: &'static str,
}

impl Answer {
    /// As text of at most 80 columns.
    pub(super) fn text(&self) -> String {
        let mut text = wrapped(&self.sentence);
        for table in &self.tables {
            text.push('\n');
            text.push_str(&table.text());
        }
        text.push('\n');
        text.push_str(&wrapped(self.caveat));
        text
    }

    /// As JSON.
    pub(super) fn json(&self) -> String {
        let document = json!({
            "question": self.question,
            "inputs": self.inputs,
            "answer": self.sentence,
            "result": self.result,
            "caveat": self.caveat,
        });
        format!("{document:#}\n")
    }
}

/// A table: the first column holds words, the others numbers. Without any column heads it has no head.
#[derive(Debug)]
pub(super) struct Table {
    head: Vec<String>,
    rows: Vec<Vec<String>>,
}

impl Table {
    /// An empty one with these column heads.
    pub(super) fn new<const N: usize>(head: [&str; N]) -> Self {
        Self { head: head.map(str::to_owned).to_vec(), rows: Vec::new() }
    }

    /// Adds a row.
    pub(super) fn row<const N: usize>(&mut self, cells: [String; N]) {
        debug_assert_eq!(N, self.head.len(), "a row has a cell for each head");
        self.rows.push(cells.to_vec());
    }

    fn text(&self) -> String {
        let head = std::iter::once(&self.head).filter(|head| head.iter().any(|cell| !cell.is_empty()));
        let lines = || head.clone().chain(&self.rows);
        let width = |column: usize| lines().map(|line| line[column].chars().count()).max().unwrap_or(0);
        let widths: Vec<_> = (0..self.head.len()).map(width).collect();
        let mut text = String::new();
        for line in lines() {
            let mut cells = line.iter().zip(&widths);
            let mut printed =
                cells.next().map_or_else(String::new, |(words, width)| format!("  {words:<width$}"));
            for (number, width) in cells {
                let _ = write!(printed, "   {number:>width$}");
            }
            text.push_str(printed.trim_end());
            text.push('\n');
        }
        text
    }
}

/// Breaks a paragraph at spaces, but not between a number and its per cent sign.
fn wrapped(paragraph: &str) -> String {
    const HELD: char = '\u{a0}';
    let paragraph = paragraph.replace(" %", &format!("{HELD}%"));
    let mut text = String::new();
    let mut column = 0;
    for word in paragraph.split(' ') {
        let length = word.chars().count();
        if column > 0 && column + 1 + length > COLUMNS {
            text.push('\n');
            column = 0;
        } else if column > 0 {
            text.push(' ');
            column += 1;
        }
        text.push_str(word);
        column += length;
    }
    text.push('\n');
    text.replace(HELD, " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paragraphs_break_at_the_last_space_that_fits() {
        let text = wrapped(&"12345678 ".repeat(20));
        assert!(text.lines().all(|line| line.chars().count() <= COLUMNS));
        assert!(text.lines().next().is_some_and(|line| line.len() == 80), "{text}");
        assert_eq!(text.replace(['\n', ' '], ""), "12345678".repeat(20));
    }

    #[test]
    fn a_per_cent_sign_stays_with_its_number() {
        let text = wrapped(&format!("{} 95 % sure", "x".repeat(77)));
        assert!(text.ends_with("\n95 % sure\n"), "{text}");
    }

    #[test]
    fn numbers_stand_under_one_another() {
        let mut table = Table::new(["method", "low"]);
        table.row(["Wilson".to_owned(), "98.73 %".to_owned()]);
        table.row(["Clopper–Pearson".to_owned(), "9 %".to_owned()]);
        assert_eq!(
            table.text(),
            "  method                low\n  Wilson            98.73 %\n  Clopper–Pearson       9 %\n"
        );
    }
}
