//! The canonical request and its hash, the `qsh` claim that binds a token to one request.
//!
//! Atlassian documents the rules under "Understanding JWT for Connect apps"; where that page is silent,
//! its published libraries decide.

use std::collections::BTreeMap;
use std::fmt::Write;

use aws_lc_rs::digest;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode, percent_encode};

/// The unreserved characters of RFC 3986, section 2.3, stay as they are; all else is encoded.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// The query parameter that may carry the token itself, and so can't be part of what the token states.
const TOKEN_PARAMETER: &str = "jwt";

/// The `qsh` claim: SHA-256 of the canonical request, in lower-case hexadecimal.
///
/// The arguments are those of [`canonical_request`].
pub fn query_hash(method: &str, path: &str, query: Option<&str>) -> String {
    let canonical = canonical_request(method, path, query);
    let hash = digest::digest(&digest::SHA256, canonical.as_bytes());
    hash.as_ref().iter().fold(String::with_capacity(64), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

/// The canonical form of a request: `METHOD&path&query`.
///
/// `path` is relative to the app's base URL (see [`relative_path`]) and `query` comes without its `?`,
/// both as they are sent. The body plays no part.
pub fn canonical_request(method: &str, path: &str, query: Option<&str>) -> String {
    format!("{}&{}&{}", method.to_uppercase(), canonical_path(path), canonical_query(query.unwrap_or("")))
}

/// Takes the path of the app's base URL off a request's path.
///
/// Whole segments only: `/context` is no part of `/contextual/installed`. A path that lies elsewhere
/// stays as it is.
pub fn relative_path<'a>(base_path: &str, path: &'a str) -> &'a str {
    match path.strip_prefix(base_path.trim_end_matches('/')) {
        Some(rest) if rest.is_empty() || rest.starts_with('/') => rest,
        Some(_) | None => path,
    }
}

/// A raw `&` is encoded, because it separates the parts of the canonical request; all else stays as sent.
fn canonical_path(path: &str) -> String {
    let path = path.strip_suffix('/').unwrap_or(path).replace('&', "%26");
    match path.as_str() {
        "" => "/".to_owned(),
        rooted if rooted.starts_with('/') => path,
        _ => format!("/{path}"),
    }
}

/// Each name once, in code-point order of the encoded names, with its encoded values in order and joined
/// by a literal comma.
fn canonical_query(query: &str) -> String {
    let mut parameters: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for parameter in query.split('&').filter(|parameter| !parameter.is_empty()) {
        let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
        parameters.entry(reencoded(name)).or_default().push(reencoded(value));
    }
    parameters.remove(TOKEN_PARAMETER);
    parameters
        .into_iter()
        .map(|(name, mut values)| {
            values.sort_unstable();
            format!("{name}={}", values.join(","))
        })
        .collect::<Vec<_>>()
        .join("&")
}

/// Reads a name or value as an HTML form writes it and encodes it as RFC 3986 does.
fn reencoded(text: &str) -> String {
    let spaced = text.replace('+', " ");
    let bytes: Vec<u8> = percent_decode(spaced.as_bytes()).collect();
    percent_encode(&bytes, RESERVED).to_string()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn requests_hash_as_atlassian_says() {
        let installed = "4a2e1de8ca74e6cafe8862d332fa3ac7a8e51e692bc6d798ea4dfedc14948bf4";
        let vectors = [
            ("POST", "/installed", None, "POST&/installed&", installed),
            ("POST", relative_path("/ctx", "/ctx/installed"), None, "POST&/installed&", installed),
            (
                "POST",
                "/installed",
                Some("user_id=a%20b&jwt=x.y.z"),
                "POST&/installed&user_id=a%20b",
                "f362456f9f6d2625948ff539c077f8b03719e4effbdc8b8b0b655237077f20d2",
            ),
            ("GET", "", None, "GET&/&", "c88caad15a1c1a900b8ac08aa9686f4e8184539bea1deda36e2f649430df3239"),
            (
                "GET",
                "/path/to/service",
                Some("zee_last=param&repeated=parameter%201&first=param&repeated=parameter%202"),
                "GET&/path/to/service&first=param&repeated=parameter%201,parameter%202&zee_last=param",
                "e52bb281606c3bd9ca16cfe96fe2df78f5d9ffa126f06befd750dfa10fa1a897",
            ),
            (
                "GET",
                "/q",
                Some("query=connect*&t=in+~3+days&e=&plus=1%2B1"),
                "GET&/q&e=&plus=1%2B1&query=connect%2A&t=in%20~3%20days",
                "0d55bf5579a9f752ad44d20bf789199e01e59c1d96d4a81a95625750d5692a83",
            ),
        ];
        for (method, path, query, canonical, hash) in vectors {
            assert_eq!(canonical_request(method, path, query), canonical);
            assert_eq!(query_hash(method, path, query), hash, "{canonical}");
        }
    }

    #[test]
    fn a_path_is_rooted_and_loses_one_trailing_slash() {
        for (path, canonical) in [
            ("/", "/"),
            ("installed", "/installed"),
            ("/installed/", "/installed"),
            ("/installed//", "/installed/"),
            ("/a&b", "/a%26b"),
            ("/a%20b+c", "/a%20b+c"),
        ] {
            assert_eq!(canonical_path(path), canonical, "{path}");
        }
    }

    #[test]
    fn the_base_path_goes_by_whole_segments() {
        for (base, path, relative) in [
            ("", "/installed", "/installed"),
            ("/ctx", "/ctx/installed", "/installed"),
            ("/ctx/", "/ctx/installed", "/installed"),
            ("/ctx", "/ctx", ""),
            ("/ctx", "/ctxual/installed", "/ctxual/installed"),
            ("/ctx", "/installed", "/installed"),
        ] {
            assert_eq!(relative_path(base, path), relative, "{base} {path}");
        }
    }

    #[test]
    fn a_query_is_decoded_encoded_and_sorted() {
        for (query, canonical) in [
            ("", ""),
            ("&&", ""),
            ("flag", "flag="),
            ("a=b=c", "a=b%3Dc"),
            ("b=1&B=2&a=3", "B=2&a=3&b=1"),
            ("a=z&a=B&a=b", "a=B,b,z"),
            ("a=%c3%a9", "a=%C3%A9"),
            ("a=100%", "a=100%25"),
            ("a=%ff", "a=%FF"),
            ("j%77t=x&jwts=y", "jwts=y"),
            ("a=!'()*~-._", "a=%21%27%28%29%2A~-._"),
        ] {
            assert_eq!(canonical_query(query), canonical, "{query}");
        }
    }

    proptest! {
        #[test]
        fn the_order_of_parameters_does_not_matter(
            mut parameters in prop::collection::vec("[a-c]{1,2}=[ -~&&[^&#]]{0,4}", 0..6),
            seed in any::<usize>(),
        ) {
            let sent = canonical_query(&parameters.join("&"));
            let turn = seed % parameters.len().max(1);
            parameters.rotate_left(turn);
            parameters.reverse();
            prop_assert_eq!(canonical_query(&parameters.join("&")), sent);
        }

        #[test]
        fn the_canonical_form_is_its_own(
            path in "(/[!-~&&[^/?#]]{1,4}){0,3}",
            query in prop::collection::btree_map("[!-~&&[^=&+%]]{1,3}", "\\PC{0,4}", 0..5),
        ) {
            // A name that repeats is left out: its values are joined by a comma that is not encoded.
            let query: Vec<String> =
                query.iter().map(|(name, value)| format!("{name}={}", value.replace('&', "%26"))).collect();
            let once_path = canonical_path(&path);
            let once_query = canonical_query(&query.join("&"));
            prop_assert_eq!(canonical_path(&once_path), once_path);
            prop_assert_eq!(canonical_query(&once_query), once_query);
        }
    }
}
