//! The text of a JSON file, and where in it each value stands.

use std::collections::HashMap;
use std::fmt;
use std::ops::Range;

use serde_json::Value;

/// A JSON pointer (RFC 6901) to a value within a document.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Pointer(String);

impl Pointer {
    /// The pointer to a field or an element of the value that this one points to.
    #[must_use]
    pub fn child(&self, token: impl fmt::Display) -> Self {
        let token = token.to_string().replace('~', "~0").replace('/', "~1");
        Self(format!("{}/{token}", self.0))
    }

    /// The pointer as RFC 6901 writes it: empty for the whole document.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The last field name on the way: for an element of an array, the field that holds the array.
    pub(super) fn field(&self) -> Option<&str> {
        self.0.rsplit('/').find(|token| !token.is_empty() && !is_index(token))
    }

    /// Whether it points to an element of an array.
    pub(super) fn is_element(&self) -> bool {
        self.0.rsplit('/').next().is_some_and(is_index)
    }
}

fn is_index(token: &str) -> bool {
    !token.is_empty() && token.bytes().all(|byte| byte.is_ascii_digit())
}

impl fmt::Display for Pointer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A JSON text with its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Source {
    /// What a person calls it: a path.
    pub(super) name: String,
    /// The text.
    pub(super) text: String,
}

impl Source {
    /// Wraps a text. A byte-order mark, which some editors put first, is no part of it.
    pub(super) fn new(name: &str, text: &str) -> Self {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        Self { name: name.to_owned(), text: text.to_owned() }
    }

    /// Parses the text.
    ///
    /// # Errors
    /// When the text is not JSON: what is wrong, and the place in the text.
    pub(super) fn parse(&self) -> Result<(Value, Places), (String, Range<usize>)> {
        match serde_json::from_str(&self.text) {
            Ok(value) => Ok((value, Places::of_valid_json(&self.text))),
            Err(error) => Err((without_place(&error), self.place_of(&error))),
        }
    }

    /// The line and column of an offset, both counted from one, columns in characters.
    pub(super) fn line_and_column(&self, offset: usize) -> (usize, usize) {
        let before = self.text.get(..offset).unwrap_or(&self.text);
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        (before.matches('\n').count() + 1, before[line_start..].chars().count() + 1)
    }

    /// The character at which the parser stopped; the last one when it stopped at the end.
    fn place_of(&self, error: &serde_json::Error) -> Range<usize> {
        let line_start = match error.line() {
            0 | 1 => 0,
            line => self.text.match_indices('\n').nth(line - 2).map_or(0, |(newline, _)| newline + 1),
        };
        let last = self.text.trim_end().char_indices().next_back().map_or(0, |(last, _)| last);
        let start = self.text.floor_char_boundary((line_start + error.column().saturating_sub(1)).min(last));
        let length = self.text[start..].chars().next().map_or(0, char::len_utf8);
        start..start + length
    }
}

/// What the parser says, without the line and column at its end.
fn without_place(error: &serde_json::Error) -> String {
    let text = error.to_string();
    text.rsplit_once(" at line ").map_or(text.as_str(), |(message, _)| message).to_owned()
}

/// Where the values of one JSON text stand.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Places {
    places: HashMap<Pointer, Place>,
    /// Fields that a text gives a second time.
    pub(super) repeated: Vec<(Pointer, Range<usize>)>,
}

/// Where one value stands; an object or an array is represented by its opening bracket.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Place {
    key: Option<Range<usize>>,
    value: Range<usize>,
}

impl Places {
    /// Reads the places out of a text that has been parsed before, so that it need not be checked again.
    fn of_valid_json(text: &str) -> Self {
        let mut scanner = Scanner { text, at: 0, places: Self::default() };
        scanner.value(&Pointer::default(), None);
        scanner.places
    }

    /// The place of a value.
    pub(super) fn value(&self, pointer: &Pointer) -> Range<usize> {
        self.places.get(pointer).map_or(0..0, |place| place.value.clone())
    }

    /// The place of a field's name, or of the value itself when it has none.
    pub(super) fn key(&self, pointer: &Pointer) -> Range<usize> {
        let key = self.places.get(pointer).and_then(|place| place.key.clone());
        key.unwrap_or_else(|| self.value(pointer))
    }
}

/// Walks over a valid JSON text. Its depth is bounded by the parser's, which has been there before.
struct Scanner<'t> {
    text: &'t str,
    at: usize,
    places: Places,
}

impl Scanner<'_> {
    fn value(&mut self, pointer: &Pointer, key: Option<Range<usize>>) {
        self.skip_space();
        let start = self.at;
        let end = match self.peek() {
            Some(b'{') => self.members(pointer),
            Some(b'[') => self.elements(pointer),
            Some(b'"') => self.string(),
            _ => self.literal(),
        };
        self.places.places.insert(pointer.clone(), Place { key, value: start..end });
    }

    fn members(&mut self, pointer: &Pointer) -> usize {
        let opened = self.step();
        while self.skip_space() != Some(b'}') && self.at < self.text.len() {
            let start = self.at;
            let key = start..self.string();
            let name: String = serde_json::from_str(&self.text[key.clone()]).unwrap_or_default();
            let member = pointer.child(name);
            if self.places.places.contains_key(&member) {
                self.places.repeated.push((member.clone(), key.clone()));
            }
            self.skip_space();
            self.step();
            self.value(&member, Some(key));
            self.skip_comma();
        }
        self.step();
        opened
    }

    fn elements(&mut self, pointer: &Pointer) -> usize {
        let opened = self.step();
        let mut index = 0;
        while self.skip_space() != Some(b']') && self.at < self.text.len() {
            self.value(&pointer.child(index), None);
            self.skip_comma();
            index += 1;
        }
        self.step();
        opened
    }

    fn string(&mut self) -> usize {
        self.step();
        while let Some(byte) = self.peek() {
            self.step();
            match byte {
                b'\\' => _ = self.step(),
                b'"' => break,
                _ => {}
            }
        }
        self.at
    }

    fn literal(&mut self) -> usize {
        while self.peek().is_some_and(|byte| !matches!(byte, b',' | b']' | b'}') && !is_space(byte)) {
            self.step();
        }
        self.at
    }

    fn skip_comma(&mut self) {
        if self.skip_space() == Some(b',') {
            self.step();
        }
    }

    fn skip_space(&mut self) -> Option<u8> {
        while self.peek().is_some_and(is_space) {
            self.step();
        }
        self.peek()
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn step(&mut self) -> usize {
        self.at = (self.at + 1).min(self.text.len());
        self.at
    }
}

const fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places(text: &str) -> Places {
        Source::new("t.json", text).parse().expect("valid JSON").1
    }

    #[test]
    fn every_value_and_key_is_found_where_it_stands() {
        let text = r#" {"a": [1, "x\"]", {"b/c~": true}], "ü\u0041": null }"#;
        let places = places(text);
        let root = Pointer::default();
        let at = |range: Range<usize>| &text[range];
        assert_eq!(at(places.value(&root)), "{");
        assert_eq!(at(places.value(&root.child("a"))), "[");
        assert_eq!(at(places.value(&root.child("a").child(1))), r#""x\"]""#);
        assert_eq!(at(places.key(&root.child("a").child(2).child("b/c~"))), r#""b/c~""#);
        assert_eq!(at(places.value(&root.child("üA"))), "null");
        assert_eq!(root.child("b/c~").as_str(), "/b~1c~0");
    }

    #[test]
    fn a_field_that_is_given_twice_is_noticed_at_the_second_place() {
        let text = r#"{"a": 1, "\u0061": 2}"#;
        assert_eq!(places(text).repeated, [(Pointer::default().child("a"), 9..17)]);
    }

    #[test]
    fn an_element_is_named_after_the_field_that_holds_it() {
        let pointer = Pointer::default().child("steps").child(1).child("changes").child(0);
        assert_eq!(pointer.field(), Some("changes"));
        assert_eq!(Pointer::default().field(), None);
    }

    #[test]
    fn a_syntax_error_has_its_place() {
        let source = Source::new("t.json", "{\n  \"ä\": 1\n  \"b\": 2\n}\n");
        let (message, place) = source.parse().expect_err("a comma is missing");
        assert_eq!(message, "expected `,` or `}`");
        assert_eq!(source.line_and_column(place.start), (3, 3));
        for text in ["", "{", "{\"a\": \"ü", "[1,]", "\u{feff}{,}", "nul", "\n\n"] {
            let source = Source::new("t.json", text);
            let (_, place) = source.parse().expect_err(text);
            assert!(source.text.get(place).is_some(), "{text:?}");
        }
    }
}
