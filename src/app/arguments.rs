//! The command line as it may be shown: how to repeat a run, without what is secret in it.

use std::ffi::OsString;

use crate::config;
use crate::history::HistoryUrl;

/// Flags whose values may be secret.
const SECRET_FLAGS: [&str; 4] = ["-H", "--header", "--proxy", "--history"];

/// What was typed, without secrets.
pub(super) fn typed() -> Vec<String> {
    // The program's own path would tell where it was built.
    let typed = std::iter::once("rehearsal".to_owned()).chain(std::env::args().skip(1));
    without_secrets(typed)
}

/// Whether a password for the history stands on the command line, where every process of the machine can read it.
pub(super) fn shows_password(args: &[OsString]) -> bool {
    let address = |typed: &String| HistoryUrl::parse(typed).ok();
    config::typed(args, "history").iter().filter_map(address).any(|url| match url {
        HistoryUrl::Postgres(url) => url.has_password(),
        HistoryUrl::Sqlite(_) | HistoryUrl::None => false,
    })
}

fn without_secrets(args: impl IntoIterator<Item = String>) -> Vec<String> {
    let mut follows_secret_flag = false;
    args.into_iter()
        .map(|arg| {
            let is_secret = std::mem::replace(&mut follows_secret_flag, SECRET_FLAGS.contains(&arg.as_str()));
            if is_secret {
                return shown(&arg);
            }
            match SECRET_FLAGS.iter().find_map(|flag| Some((flag, arg.strip_prefix(flag)?))) {
                Some((_, "")) | None => without_credentials(&arg),
                Some((flag, rest)) => match rest.strip_prefix('=') {
                    Some(value) => format!("{flag}={}", shown(value)),
                    // `-HName: value`; a longer flag that merely begins alike is left as it is.
                    None if flag.len() == 2 => format!("{flag}{}", shown(rest)),
                    None => arg,
                },
            }
        })
        .collect()
}

/// A header keeps its name and a file its path; anything else is a URL, which keeps all but credentials.
fn shown(value: &str) -> String {
    match value.split_once(':') {
        _ if value.starts_with('@') => value.to_owned(),
        Some((name, rest)) if name != "sqlite" && !rest.starts_with("//") => format!("{name}: [redacted]"),
        _ => without_credentials(value),
    }
}

fn without_credentials(text: &str) -> String {
    match (text.split_once("://"), url::Url::parse(text)) {
        (Some(("postgres" | "postgresql", _)), _) => {
            HistoryUrl::parse(text).map_or_else(|_| "[redacted]".to_owned(), |url| url.shown())
        }
        (Some(_), Ok(mut url)) if !url.username().is_empty() || url.password().is_some() => {
            let cleared = url.set_username("redacted").is_ok() && url.set_password(None).is_ok();
            if cleared { url.to_string() } else { "[redacted]".to_owned() }
        }
        _ => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown_as(args: &[&str]) -> Vec<String> {
        without_secrets(args.iter().map(|arg| (*arg).to_owned()))
    }

    #[test]
    fn values_of_headers_and_credentials_of_proxies_are_not_shown() {
        for args in [
            ["-H", "X-Key: hush"].as_slice(),
            &["-HX-Key: hush"],
            &["--header=X-Key: hush"],
            &["--header", "X-Key: hush"],
            &["--proxy", "http://me:hush@proxy:3128"],
            &["--proxy=http://me:hush@proxy:3128"],
            &["probe", "https://me:hush@app"],
            &["--history", "postgres://me:hush@db/probes"],
            &["--history=postgres://db/probes?user=me&password=hush"],
        ] {
            let text = shown_as(args).join(" ");
            assert!(!text.contains("hush"), "{text}");
        }
    }

    #[test]
    fn everything_else_is_shown_as_it_was_typed() {
        let args =
            ["rehearsal", "probe", "http://app", "-H", "@headers.txt", "--history", "none", "--timeout=2s"];
        assert_eq!(shown_as(&args), args);
    }
}
