//! Text broken into rows.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Breaks a text into rows of at most so many columns, at blanks where there are any.
pub(super) fn wrapped(text: &str, columns: usize) -> Vec<String> {
    let mut rows = vec![String::new()];
    let mut width = 0;
    for word in words(text) {
        let row = rows.last_mut().expect("rows begin with one and only grow");
        let needed = word.width() + usize::from(!row.is_empty());
        if width + needed <= columns {
            if !row.is_empty() {
                row.push(' ');
            }
            row.push_str(&word);
            width += needed;
            continue;
        }
        if !row.is_empty() {
            rows.push(String::new());
        }
        width = break_word(&word, columns, &mut rows);
    }
    rows
}

/// The words of a text; a number and its unit are one.
fn words(text: &str) -> Vec<String> {
    const UNITS: [&str; 6] = ["%", "µs", "ms", "s", "min", "h"];
    let mut words: Vec<String> = Vec::new();
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        let unit = word.trim_end_matches([',', ';', ':', '.', ')']);
        match words.last_mut() {
            Some(number) if UNITS.contains(&unit) && number.ends_with(|last: char| last.is_ascii_digit()) => {
                number.push(' ');
                number.push_str(word);
            }
            Some(_) | None => words.push(word.to_owned()),
        }
    }
    words
}

/// Adds a word to the last row, which is empty, and to as many further ones as it takes.
fn break_word(word: &str, columns: usize, rows: &mut Vec<String>) -> usize {
    let mut width = 0;
    for character in word.chars() {
        let needed = character.width().unwrap_or(0);
        if width + needed > columns {
            rows.push(String::new());
            width = 0;
        }
        rows.last_mut().expect("rows begin with one and only grow").push(character);
        width += needed;
    }
    width
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_wrapped_at_blanks_and_long_words_are_broken() {
        assert_eq!(wrapped("one two three", 8), ["one two", "three"]);
        assert_eq!(wrapped("abcdefghij k", 4), ["abcd", "efgh", "ij k"]);
        assert_eq!(wrapped("", 4), [""]);
        assert_eq!(wrapped("takes 5 ms, or 5 %.", 10), ["takes", "5 ms, or", "5 %."]);
        assert_eq!(wrapped("世界 世界", 5), ["世界", "世界"]);
    }
}
