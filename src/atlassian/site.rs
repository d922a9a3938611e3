//! The sites of synthetic tenants: where they live, and under which names.

use url::{Host, Url};

use super::identity::{BaseUrl, InvalidIdentity};
use super::run_tag::RunTag;
use super::variant::Product;

/// A pattern for the base URLs of synthetic sites. `{run}` stands for the run's tag and `{n}` for the
/// tenant's number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SiteTemplate(String);

impl SiteTemplate {
    /// One label under the domain that apps know from real sites.
    pub const DEFAULT: &'static str = "https://rehearsal-{run}-{n}.atlassian.net";

    /// Reads a template.
    ///
    /// # Errors
    /// When it doesn't make a base URL once its placeholders are filled.
    pub fn parse(text: &str) -> Result<Self, InvalidIdentity> {
        let template = Self(text.to_owned());
        // Not every number is a port or an address, nor every tag the rest of a punycode label.
        for (run, number) in [("000000000000", 0), ("999999999999", u64::MAX), ("abcdef012345", 1)] {
            BaseUrl::parse(&template.filled(run, number))?;
        }
        Ok(template)
    }

    /// The sites of Atlassian's own scanner.
    pub(super) fn ecoscanner() -> Self {
        Self("https://csrt-scanner-{n}.atlassian.net".to_owned())
    }

    /// The site of one tenant, without the part that is the product's.
    pub(super) fn site(&self, run: &RunTag, number: u64) -> Site {
        Site(
            BaseUrl::parse(&self.filled(run.as_str(), number))
                .expect("the template was parsed with the extremes of tags and numbers"),
        )
    }

    fn filled(&self, run: &str, number: u64) -> String {
        self.0.replace("{run}", run).replace("{n}", &number.to_string())
    }
}

impl Default for SiteTemplate {
    fn default() -> Self {
        Self(Self::DEFAULT.to_owned())
    }
}

/// A site, which can be renamed and houses products.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Site(BaseUrl);

/// The path under which a site has its Confluence.
const WIKI: &str = "/wiki";

impl Site {
    /// The site that has `product` at `base_url`.
    pub(super) fn of(base_url: BaseUrl, product: Product) -> Self {
        match product {
            Product::Jira => Self(base_url),
            Product::Confluence => {
                let path = base_url.path();
                let mut url = base_url.url().clone();
                url.set_path(path.strip_suffix(WIKI).unwrap_or(path));
                Self(changed(url))
            }
        }
    }

    /// The base URL of a product on this site.
    pub(super) fn base_url(&self, product: Product) -> BaseUrl {
        match product {
            Product::Confluence if !self.0.path().ends_with(WIKI) => {
                let mut url = self.0.url().clone();
                url.set_path(&format!("{}{WIKI}", self.0.path()));
                changed(url)
            }
            Product::Confluence | Product::Jira => self.0.clone(),
        }
    }

    /// The same site under its `nth` name: the first label of its domain gets the number, and so does the
    /// path where there is no domain to rename (an IP address, `localhost`).
    pub(super) fn named(&self, nth: u32) -> Self {
        if nth == 1 {
            return self.clone();
        }
        let mut url = self.0.url().clone();
        let renamed = match url.host() {
            Some(Host::Domain(domain)) => {
                domain.split_once('.').map(|(label, rest)| format!("{label}-{nth}.{rest}"))
            }
            Some(Host::Ipv4(_) | Host::Ipv6(_)) | None => None,
        };
        // A punycode label may not bear the number.
        if renamed.is_none_or(|domain| url.set_host(Some(&domain)).is_err()) {
            url.set_path(&format!("{}/renamed-{nth}", self.0.path()));
        }
        Self(changed(url))
    }
}

fn changed(url: Url) -> BaseUrl {
    BaseUrl::parse(url.as_str()).expect("only host and path were changed")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn tag() -> RunTag {
        RunTag::of(uuid::uuid!("00000000-0000-4000-8000-0123456789ab"))
    }

    fn site(template: &str) -> Site {
        SiteTemplate::parse(template).expect("valid").site(&tag(), 7)
    }

    fn base(site: &Site, product: Product) -> String {
        site.base_url(product).to_string()
    }

    #[test]
    fn a_template_is_filled() {
        let default = SiteTemplate::default().site(&tag(), 7);
        assert_eq!(base(&default, Product::Jira), "https://rehearsal-0123456789ab-7.atlassian.net");
        assert_eq!(base(&site("http://localhost:2990/{n}"), Product::Jira), "http://localhost:2990/7");
        for wrong in
            ["{n}.atlassian.net", "http://localhost:{n}", "http://{n}", "http://{run}", "http://xn--{n}.net"]
        {
            assert!(SiteTemplate::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn confluence_lives_under_wiki() {
        assert_eq!(base(&site("https://{n}.example"), Product::Confluence), "https://7.example/wiki");
        assert_eq!(base(&site("https://{n}.example/wiki"), Product::Confluence), "https://7.example/wiki");
        let wiki = BaseUrl::parse("http://localhost/wiki").expect("valid");
        let renamed = Site::of(wiki, Product::Confluence).named(2);
        assert_eq!(base(&renamed, Product::Confluence), "http://localhost/renamed-2/wiki");
    }

    #[test]
    fn a_site_is_renamed_where_it_has_a_name() {
        for (template, renamed) in [
            ("https://site-{n}.atlassian.net", "https://site-7-2.atlassian.net"),
            ("http://localhost:2990/jira", "http://localhost:2990/jira/renamed-2"),
            ("http://[::1]:2990", "http://[::1]:2990/renamed-2"),
            ("http://127.0.0.1", "http://127.0.0.1/renamed-2"),
            ("https://b\u{fc}cher.example", "https://xn--bcher-kva.example/renamed-2"),
        ] {
            assert_eq!(base(&site(template).named(2), Product::Jira), renamed);
        }
        assert_eq!(site("https://a.example").named(1), site("https://a.example"));
    }

    proptest! {
        /// Whatever is taken for a template makes a site for every tenant, under every name.
        #[test]
        fn a_template_holds_for_all_tenants(
            template in "https?://([a-z0-9.:\\[\\]-]|\\{n\\}|\\{run\\}|\u{fc}|xn--){1,6}(:\\{n\\})?(/[a-z]|/wiki|/\\{n\\})?",
            run in any::<u128>(),
            number in any::<u64>(),
            nth in 1..9_u32,
        ) {
            if let Ok(template) = SiteTemplate::parse(&template) {
                let site = template.site(&RunTag::of(uuid::Uuid::from_u128(run)), number);
                let renamed = site.named(nth);
                prop_assert_eq!(renamed == site, nth == 1);
                let wiki = renamed.base_url(Product::Confluence);
                prop_assert_eq!(Site::of(wiki, Product::Confluence).base_url(Product::Confluence), renamed.base_url(Product::Confluence));
            }
        }
    }
}
