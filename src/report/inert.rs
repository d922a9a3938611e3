//! Making text from outside harmless to whatever shows it.

use std::fmt::Write;

/// `text` on one line, with every character spelled out that would steer a terminal, break the line,
/// hide, or turn the direction of what follows.
pub(super) fn line(text: &str) -> String {
    spelled_out(text, |_| false)
}

/// As [`line`], but line breaks and tabs stay.
pub(super) fn lines(text: &str) -> String {
    spelled_out(text, |character| matches!(character, '\n' | '\t'))
}

fn spelled_out(text: &str, stays: impl Fn(char) -> bool) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            _ if stays(character) => out.push(character),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            _ if is_unsafe(character) => {
                let _ = write!(out, "\\u{{{:x}}}", u32::from(character));
            }
            _ => out.push(character),
        }
    }
    out
}

/// Control characters, and the format characters that are invisible or change direction (Unicode
/// Standard Annex #9 and the "default ignorable" ranges of general use).
fn is_unsafe(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{ad}'
                | '\u{61c}'
                | '\u{180e}'
                | '\u{200b}'..='\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{feff}'
                | '\u{fff9}'..='\u{fffb}'
                | '\u{e0000}'..='\u{e007f}'
                | '\u{fffe}'
                | '\u{ffff}'
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_steers_is_spelled_out_and_the_rest_stays() {
        assert_eq!(
            line("a\u{1b}[31m\r\nb\u{9b}2J\u{202e}c\u{0}"),
            "a\\u{1b}[31m\\r\\nb\\u{9b}2J\\u{202e}c\\u{0}"
        );
        assert_eq!(line("Grüße, 世界 – 5 µs"), "Grüße, 世界 – 5 µs");
        assert_eq!(lines("a\n\tb\u{7}"), "a\n\tb\\u{7}");
    }
}
