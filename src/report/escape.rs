//! Text as the languages of formats want it.

/// Text in which nothing is Markdown, HTML, a link or a mention.
pub(super) fn markdown(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    for (at, character) in text.char_indices() {
        let (before, after) = (&text[..at], &text[at + character.len_utf8()..]);
        let ends_word = after.is_empty() || after.starts_with(' ');
        match character {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            // Hosts look for mentions and references when Markdown is done: there a mark has to part them.
            '@' | '#' => out.extend([character, '\u{2060}']),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '~' | '$' => out.extend(['\\', character]),
            '-' | '+' if before.is_empty() && ends_word => out.extend(['\\', character]),
            '.' | ')' if is_number(before) && ends_word => out.extend(['\\', character]),
            '.' if before.to_ascii_lowercase().ends_with("www") => out.push_str("\\."),
            ':' if after.starts_with("//") => out.push_str("\\:"),
            _ => out.push(character),
        }
    }
    out
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Text as inline code, also in a cell of a table.
pub(super) fn markdown_code(text: &str) -> String {
    if text.is_empty() {
        return String::new();
    }
    let longest = text.split(|character| character != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest + 1);
    let text = text.replace('|', "\\|");
    // A blank is taken off each side where code begins or ends with a backtick.
    let pad = if longest > 0 { " " } else { "" };
    format!("{fence}{pad}{text}{pad}{fence}")
}

/// A data value of a GitHub workflow command.
pub(super) fn workflow_data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// A property value of a GitHub workflow command.
pub(super) fn workflow_property(text: &str) -> String {
    workflow_data(text).replace(':', "%3A").replace(',', "%2C")
}

/// A label's value in Prometheus' text format.
pub(super) fn prometheus_label(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

/// A field of a CSV row (RFC 4180), which no spreadsheet takes for a formula.
pub(super) fn csv_field(text: &str) -> String {
    let is_formula = text.starts_with(['=', '+', '-', '@', '\t', '\r']) && text.parse::<f64>().is_err();
    let guard = if is_formula { "'" } else { "" };
    if is_formula || text.contains([',', '"', '\n', '\r']) {
        format!("\"{guard}{}\"", text.replace('"', "\"\""))
    } else {
        text.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_sentence_is_markdown() {
        assert_eq!(
            markdown("**b** [l](u) `c` <i> &amp; a|b $x$"),
            "\\*\\*b\\*\\* \\[l\\](u) \\`c\\` &lt;i&gt; &amp;amp; a\\|b \\$x\\$"
        );
        assert_eq!(
            markdown("see @team, www.a.b https://a.b #1"),
            "see @\u{2060}team, www\\.a.b https\\://a.b #\u{2060}1"
        );
        assert_eq!(["1. a", "- a", "95.65 %"].map(markdown), ["1\\. a", "\\- a", "95.65 %"]);
    }

    #[test]
    fn code_holds_whatever_it_is_given() {
        assert_eq!(markdown_code("plain"), "`plain`");
        assert_eq!(markdown_code("a`b``c"), "``` a`b``c ```");
        assert_eq!(markdown_code("a|b"), "`a\\|b`");
        assert_eq!(markdown_code(""), "");
    }

    #[test]
    fn a_cell_is_no_formula() {
        assert_eq!(csv_field("=1+1"), "\"'=1+1\"");
        assert_eq!(csv_field("-5"), "-5");
        assert_eq!(csv_field("a,\"b\""), "\"a,\"\"b\"\"\"");
    }
}
