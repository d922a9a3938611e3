//! What is wrong with scenario files: every problem at once, each pointing at its place.

use std::fmt;
use std::ops::Range;

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};

use super::source::{Places, Pointer, Source};

/// One thing that is wrong in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// What it is about.
    pub pointer: Pointer,
    /// What is wrong.
    pub message: String,
    /// What was probably meant, or what to do.
    pub help: Option<String>,
    span: Range<usize>,
}

/// The problems of one file, in the making.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Findings {
    source: Source,
    places: Places,
    problems: Vec<Problem>,
}

impl Findings {
    /// Nothing found so far.
    pub(super) fn new(source: Source, places: Places) -> Self {
        Self { source, places, problems: Vec::new() }
    }

    /// Whether nothing has been found.
    pub(super) fn is_empty(&self) -> bool {
        self.problems.is_empty()
    }

    /// A problem with the value at `pointer`.
    pub(super) fn at(&mut self, pointer: &Pointer, message: impl Into<String>, help: Option<String>) {
        self.push(pointer, self.places.value(pointer), message, help);
    }

    /// A problem with the name of the field at `pointer`.
    pub(super) fn at_key(&mut self, pointer: &Pointer, message: impl Into<String>, help: Option<String>) {
        self.push(pointer, self.places.key(pointer), message, help);
    }

    /// A problem at a place that no pointer leads to.
    pub(super) fn push(
        &mut self,
        pointer: &Pointer,
        span: Range<usize>,
        message: impl Into<String>,
        help: Option<String>,
    ) {
        self.problems.push(Problem { pointer: pointer.clone(), message: message.into(), help, span });
    }
}

/// All that is wrong with a set of scenario files; never empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problems {
    files: Vec<Findings>,
}

/// A problem with the place that a person can go to; line and column count from one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Located<'p> {
    /// The file.
    pub file: &'p str,
    /// The line.
    pub line: usize,
    /// The column, in characters.
    pub column: usize,
    /// The problem there.
    pub problem: &'p Problem,
}

impl Problems {
    /// Everything found in some files; none when nothing was found in any.
    pub(super) fn of(files: impl IntoIterator<Item = Findings>) -> Option<Self> {
        let mut files: Vec<_> = files.into_iter().filter(|findings| !findings.is_empty()).collect();
        for findings in &mut files {
            findings.problems.sort_by_key(|problem| problem.span.start);
        }
        (!files.is_empty()).then_some(Self { files })
    }

    /// How many there are; at least one.
    pub fn count(&self) -> usize {
        self.files.iter().map(|findings| findings.problems.len()).sum()
    }

    /// Every problem with its place, file by file from top to bottom.
    pub fn iter(&self) -> impl Iterator<Item = Located<'_>> {
        self.files.iter().flat_map(|findings| {
            findings.problems.iter().map(|problem| {
                let (line, column) = findings.source.line_and_column(problem.span.start);
                Located { file: &findings.source.name, line, column, problem }
            })
        })
    }

    /// Draws every problem under its line of its file, in colours for a terminal.
    pub fn drawing(&self) -> String {
        self.draw(&Renderer::styled())
    }

    /// How many problems there are, and where.
    pub fn summary(&self) -> String {
        let problems = if self.count() == 1 { "problem" } else { "problems" };
        let place = match self.files.as_slice() {
            [only] => only.source.name.clone(),
            files => format!("{} files", files.len()),
        };
        format!("{} {problems} in {place}", self.count())
    }

    fn draw(&self, renderer: &Renderer) -> String {
        let of_file = |findings: &Findings| -> Vec<String> {
            findings
                .problems
                .iter()
                .map(|problem| renderer.render(&[group(&findings.source, problem)]))
                .collect()
        };
        self.files.iter().flat_map(of_file).collect::<Vec<_>>().join("\n\n")
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}\n\n{}", self.draw(&Renderer::plain()), self.summary())
    }
}

impl std::error::Error for Problems {}

fn group<'p>(source: &'p Source, problem: &'p Problem) -> Group<'p> {
    let mark = AnnotationKind::Primary.span(problem.span.clone()).label(problem.help.as_deref());
    let snippet = Snippet::source(&source.text).path(&source.name).annotation(mark);
    let group = Level::ERROR.primary_title(&problem.message).element(snippet);
    match problem.pointer.as_str() {
        "" => group,
        pointer => group.element(Level::NOTE.message(format!("at {pointer}"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problems(text: &str, mistakes: &[(&str, &str)]) -> Problems {
        let source = Source::new("mine.json", text);
        let (_, places) = source.parse().expect("valid JSON");
        let mut findings = Findings::new(source, places);
        for (field, message) in mistakes {
            findings.at(&Pointer::default().child(field), *message, Some("do better".to_owned()));
        }
        Problems::of([findings]).expect("problems")
    }

    #[test]
    fn every_problem_is_drawn_in_the_order_of_the_file_and_they_are_counted() {
        let text = "{\n  \"a\": 1,\n  \"b\": 2\n}\n";
        let drawn = problems(text, &[("b", "b is off"), ("a", "a is off")]).to_string();
        assert_eq!(
            drawn,
            "error: a is off\n --> mine.json:2:8\n  |\n2 |   \"a\": 1,\n  |        ^ do better\n  |\n  = note: at /a\n\n\
             error: b is off\n --> mine.json:3:8\n  |\n3 |   \"b\": 2\n  |        ^ do better\n  |\n  = note: at /b\n\n\
             2 problems in mine.json"
        );
    }

    #[test]
    fn nothing_found_is_no_problem() {
        let source = Source::new("mine.json", "{}");
        let (_, places) = source.parse().expect("valid JSON");
        assert_eq!(Problems::of([Findings::new(source, places)]), None);
    }

    #[test]
    fn a_file_can_not_colour_the_terminal() {
        let drawn = problems("{\"a\": \"\\u001b[31m\"}", &[("a", "\u{1b}[31mred")]).to_string();
        assert!(!drawn.contains('\u{1b}'), "{drawn:?}");
    }
}
