//! Secrets nobody told us about, recognised by what they look like.

use base64::Engine;
use base64::alphabet::URL_SAFE;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use super::REDACTED;

/// `text` without private keys, tokens, shared secrets in a field of that name, and passwords in URLs.
pub(super) fn remove_from(text: &str) -> String {
    passwords(&shared_secrets(&tokens(&private_keys(text))))
}

/// Takes out `-----BEGIN … PRIVATE KEY-----` up to its end, or to the end of a text that was cut off.
fn private_keys(text: &str) -> String {
    const BEGIN: &str = "-----BEGIN ";
    const END: &str = "PRIVATE KEY-----";
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(begin) = rest.find(BEGIN) {
        let label_end = rest[begin..].find(END).map(|end| begin + end + END.len());
        let Some(label_end) = label_end.filter(|end| end - begin < 64) else {
            out.push_str(&rest[..begin + BEGIN.len()]);
            rest = &rest[begin + BEGIN.len()..];
            continue;
        };
        out.push_str(&rest[..begin]);
        out.push_str(REDACTED);
        rest = rest[label_end..].find(END).map_or("", |end| &rest[label_end + end + END.len()..]);
    }
    out + rest
}

/// Takes out JSON web tokens, whole or cut off: dotted base64url whose first part holds a JSON object.
fn tokens(text: &str) -> String {
    let is_token_byte = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.bytes().position(is_token_byte) {
        let (before, from_start) = rest.split_at(start);
        let length = from_start.bytes().position(|byte| !is_token_byte(byte)).unwrap_or(from_start.len());
        let (run, after) = from_start.split_at(length);
        out.push_str(before);
        match token_start(run) {
            Some(at) => {
                out.push_str(&run[..at]);
                out.push_str(REDACTED);
            }
            None => out.push_str(run),
        }
        rest = after;
    }
    out + rest
}

/// Where in a run of token characters a token begins.
fn token_start(run: &str) -> Option<usize> {
    let mut at = 0;
    for part in run.split('.') {
        let is_last = at + part.len() == run.len();
        if !is_last && holds_json_object(part) {
            return Some(at);
        }
        at += part.len() + 1;
    }
    None
}

/// Base64url as strict as the standard asks but for padding and leftover bits.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &URL_SAFE,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

fn holds_json_object(part: &str) -> bool {
    LENIENT.decode(part).is_ok_and(|json| {
        let json = json.trim_ascii_start();
        json.starts_with(b"{") && json[1..].trim_ascii_start().starts_with(b"\"")
    })
}

/// Takes out the value of a field named `sharedSecret`, in JSON, forms and most notations of objects.
fn shared_secrets(text: &str) -> String {
    const NAMES: [&str; 3] = ["sharedsecret", "shared_secret", "shared-secret"];
    let lower = text.to_ascii_lowercase();
    let mut out = String::with_capacity(text.len());
    let mut done = 0;
    while let Some(name_end) =
        NAMES.iter().filter_map(|name| lower[done..].find(name).map(|at| done + at + name.len())).min()
    {
        out.push_str(&text[done..name_end]);
        done = name_end;
        let Some(value) = value_after(&text[name_end..]) else { continue };
        out.push_str(&text[name_end..name_end + value.start]);
        out.push_str(REDACTED);
        done = name_end + value.end;
    }
    out + &text[done..]
}

/// The place of the value in what follows a field's name: a separator, perhaps quoted, then the value.
fn value_after(text: &str) -> Option<std::ops::Range<usize>> {
    let is_quote = |character: char| matches!(character, '"' | '\'' | '\\');
    let separator = text.find(|character: char| !is_quote(character) && character != ' ')?;
    let past_separator = text[separator..].strip_prefix([':', '='])?.trim_start();
    let past_quotes = past_separator.trim_start_matches(is_quote);
    let start = text.len() - past_quotes.len();
    let length = past_quotes
        .find(|character: char| {
            is_quote(character)
                || character.is_whitespace()
                || matches!(character, ',' | '&' | '}' | ';' | '<')
        })
        .unwrap_or(past_quotes.len());
    let value = &past_quotes[..length];
    (!value.is_empty() && value != REDACTED && value != "null").then_some(start..start + length)
}

/// Takes the user name and password out of URLs.
fn passwords(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("://") {
        let (before, after) = rest.split_at(at + 3);
        out.push_str(before);
        let authority = after
            .find(|character: char| {
                matches!(character, '/' | '?' | '#' | '"' | '<' | '>') || character.is_whitespace()
            })
            .unwrap_or(after.len());
        rest = match after[..authority].rfind('@') {
            Some(end) => {
                out.push_str(REDACTED);
                &after[end..]
            }
            None => after,
        };
    }
    out + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = "eyJ0eXAiOiJKV1QiLCJhbGciOiJSUzI1NiJ9";
    const CLAIMS: &str = "eyJpc3MiOiJ0ZW5hbnQifQ";

    #[test]
    fn tokens_go_whole_cut_off_and_unsigned() {
        for token in [
            format!("{HEAD}.{CLAIMS}.c2lnbmF0dXJl"),
            format!("{HEAD}.{CLAIMS}."),
            format!("{HEAD}.eyJpc3M"),
            format!("ewogICJ0eXAiOiAiSldUIn0.{CLAIMS}.c2ln"),
        ] {
            assert_eq!(remove_from(&format!("got \"{token}\" here")), "got \"[redacted]\" here", "{token}");
            assert_eq!(remove_from(&format!("/?jwt={token}&a=b")), "/?jwt=[redacted]&a=b");
        }
    }

    #[test]
    fn names_that_only_look_dotted_stay() {
        for text in [
            "staging.app.example",
            "a-long-label.another-long-label.third",
            "1.2.3",
            "eyes.only.example",
            "v1.0…",
        ] {
            assert_eq!(remove_from(text), text);
        }
    }

    #[test]
    fn a_shared_secret_goes_by_the_name_of_its_field() {
        for (text, expected) in [
            (r#"{"sharedSecret":"abc","key":"k"}"#, r#"{"sharedSecret":"[redacted]","key":"k"}"#),
            (r#"{\"sharedSecret\": \"abc\"}"#, r#"{\"sharedSecret\": \"[redacted]\"}"#),
            ("shared_secret=abc&x=1", "shared_secret=[redacted]&x=1"),
            ("{sharedSecret: 'abc'}", "{sharedSecret: '[redacted]'}"),
            ("the sharedSecret is missing", "the sharedSecret is missing"),
            (r#"{"sharedSecret":null}"#, r#"{"sharedSecret":null}"#),
            ("sharedSecret", "sharedSecret"),
        ] {
            assert_eq!(remove_from(text), expected);
        }
    }

    #[test]
    fn private_keys_and_passwords_go() {
        let key = "-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----";
        assert_eq!(remove_from(&format!("a {key} b")), "a [redacted] b");
        assert_eq!(remove_from("a -----BEGIN PRIVATE KEY-----\nMIIE"), "a [redacted]");
        let certificate = "-----BEGIN CERTIFICATE-----\nMIIE\n-----END CERTIFICATE-----";
        assert_eq!(remove_from(certificate), certificate);
        assert_eq!(
            remove_from("postgres://u:p@db/x and http://h/@y"),
            "postgres://[redacted]@db/x and http://h/@y"
        );
    }
}
