//! `rehearsal keys howto`: how an app comes to trust our key, framework by framework.

use super::parse_kid;
use crate::cli::{Framework, HowtoArgs};
use crate::exit::Abort;

/// The instructions for one framework.
pub(super) fn howto(args: &HowtoArgs) -> Result<String, Abort> {
    let kid = parse_kid(&args.kid)?;
    let host = args.key_host.trim_end_matches('/');
    Ok(text(args.framework).replace("{kid}", kid.as_str()).replace("{key-host}", host))
}

const fn text(framework: Framework) -> &'static str {
    match framework {
        Framework::AtlassianConnectExpress => include_str!("howto/atlassian-connect-express.md"),
        Framework::AtlassianConnectPlay => include_str!("howto/atlassian-connect-play.md"),
        Framework::AtlassianConnectSpringBoot => include_str!("howto/atlassian-connect-spring-boot.md"),
        Framework::FigmaForJira => include_str!("howto/figma-for-jira.md"),
        Framework::AtlassianConnectAuth => include_str!("howto/atlassian-connect-auth.md"),
        Framework::Gitlab => include_str!("howto/gitlab.md"),
        Framework::Generic => include_str!("howto/generic.md"),
        Framework::Production => include_str!("howto/production.md"),
    }
}

#[cfg(test)]
mod tests {
    use clap::ValueEnum;

    use super::*;

    fn of(framework: Framework, kid: &str) -> Result<String, Abort> {
        let key_host = "https://keys.example/a/".to_owned();
        howto(&HowtoArgs { framework, kid: kid.to_owned(), key_host })
    }

    #[test]
    fn every_text_is_filled_in_and_says_whether_it_was_tested() {
        for framework in Framework::value_variants() {
            let text = of(*framework, "team/1").expect("a text");
            assert!(!text.contains("{kid}") && !text.contains("{key-host}"), "{framework:?}");
            assert!(text.contains("Tested") || text.contains("Untested"), "{framework:?}");
            assert!(text.lines().all(|line| line.chars().count() <= 100), "{framework:?}");
            assert!(text.ends_with('\n'), "{framework:?}");
        }
    }

    #[test]
    fn examples_show_the_kid_and_the_key_host() {
        let text = of(Framework::AtlassianConnectExpress, "team/1").expect("a text");
        assert!(text.contains("CONNECT_KEYS_CDN_URL=https://keys.example/a\n"));
        assert!(of(Framework::Production, "team/1").expect("a text").contains("\"team/1\""));
        assert!(of(Framework::Generic, "../x").is_err());
    }
}
