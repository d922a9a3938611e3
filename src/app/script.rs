//! From what was found out and typed to what stays the same throughout a run.

use std::path::Path;

use hyper::header::{HeaderName, HeaderValue};
use jiff::Timestamp;
use uuid::Uuid;

use super::signing::Signing;
use super::subject::Subject;
use crate::atlassian::lifecycle::Introduction;
use crate::atlassian::target::LifecycleTargets;
use crate::atlassian::{LifecycleEvent, RunTag, SiteTemplate};
use crate::cli::TrustArgs;
use crate::engine::Script;
use crate::exit::Abort;
use crate::ledger::{self, Header};
use crate::redact::Redactor;
use crate::scenario::{Event, Plan};
use crate::transport::{Proxy, Transport};
use crate::verdict::{ClassificationPolicy, Trust};

/// The shortest text that counts as a secret: `X-Debug: 1` is none.
const SHORTEST_SECRET: usize = 4;

/// The longest URL that is called. Few servers take half of it.
const LONGEST_URL: usize = 16 * 1024;

/// What a script and the head of its ledger are made of.
pub(super) struct ScriptParts<'run> {
    /// The app.
    pub(super) subject: &'run Subject,
    /// What is rehearsed.
    pub(super) plan: &'run Plan,
    /// What was typed about trust.
    pub(super) trust_args: &'run TrustArgs,
    /// How the app takes our signature.
    pub(super) trust: Trust,
    /// The key and its server.
    pub(super) signing: &'run Signing,
    /// Extra headers.
    pub(super) headers: &'run [(HeaderName, HeaderValue)],
    /// How often a bad callback is sent again.
    pub(super) retries: u32,
    /// How many blanks follow each payload.
    pub(super) padding: usize,
}

impl ScriptParts<'_> {
    /// The script of the run with this tag.
    ///
    /// # Errors
    /// When the template of sites is none, or a URL of the app is longer than any server takes.
    pub(super) fn script(&self, tag: RunTag) -> Result<Script, Abort> {
        check_urls(&self.subject.targets, self.plan)?;
        let introduction = match self.trust {
            Trust::None => Introduction::AsProbe,
            Trust::ProbeKey | Trust::Legacy => Introduction::AsAtlassian,
        };
        Ok(Script {
            plan: self.plan.clone(),
            tag,
            sites: site_template(self.trust_args)?,
            app_key: self.subject.payload_key(),
            targets: self.subject.targets.clone(),
            signer: self.signing.signer(&self.subject.audience),
            trust: self.trust,
            policy: ClassificationPolicy::new(self.trust, self.trust_args.reached_status.iter().copied()),
            introduction,
            headers: self.headers.to_vec(),
            retries: self.retries,
            padding: self.padding,
        })
    }

    /// What a later cleanup has to know about the run.
    pub(super) fn ledger_header(&self, id: Uuid, started_at: Timestamp) -> Header {
        Header {
            ledger: ledger::FORMAT.to_owned(),
            run: id.to_string(),
            started_at,
            base_url: self.subject.base.to_string(),
            audience: self.subject.audience.clone(),
            app_key: self.subject.payload_key().to_string(),
            uninstalled_path: self.uninstalled_path(),
            trust: self.trust.name().to_owned(),
        }
    }

    fn uninstalled_path(&self) -> Option<String> {
        let target = self.subject.targets.get(LifecycleEvent::Uninstalled)?;
        let query = target.query().map(|query| format!("?{query}")).unwrap_or_default();
        Some(format!("{}{query}", target.path()))
    }
}

/// Refuses URLs that are too long for a request, before anything is sent.
fn check_urls(targets: &LifecycleTargets, plan: &Plan) -> Result<(), Abort> {
    /// Characters that are enough to recognise a URL.
    const SHOWN: usize = 80;
    let lifecycle = LifecycleEvent::ALL.into_iter().filter_map(|event| targets.get(event).cloned());
    let steps = plan.scenarios.iter().flat_map(|scenario| &scenario.steps);
    let requests = steps.flat_map(|step| &step.callbacks).filter_map(|callback| match &callback.event {
        Event::Request { path, .. } => Some(targets.at(path)),
        Event::Installed | Event::Uninstalled | Event::Enabled | Event::Disabled => None,
    });
    let too_long = lifecycle.chain(requests).find(|target| target.url().as_str().len() > LONGEST_URL);
    too_long.map_or(Ok(()), |target| {
        let url = target.url().as_str();
        let beginning = url.chars().take(SHOWN).collect::<String>();
        Err(Abort::data(format!("a URL of the app is {} bytes long: {beginning}…", url.len())).remedy(format!(
            "give the app paths, in its descriptor or with --installed-path, that make no more than {LONGEST_URL}"
        )))
    })
}

/// The sites of the synthetic tenants.
///
/// # Errors
/// When what was typed is no template.
pub(super) fn site_template(args: &TrustArgs) -> Result<SiteTemplate, Abort> {
    match &args.site_template {
        Some(template) => {
            SiteTemplate::parse(template).map_err(|error| Abort::usage(format!("--site-template: {error}")))
        }
        None => Ok(SiteTemplate::default()),
    }
}

/// Knows what was typed and may be a secret. Text as short as a flag's would be found everywhere.
pub(super) fn redactor(headers: &[(HeaderName, HeaderValue)], transport: &Transport) -> Redactor {
    let headers = headers.iter().map(|(_, value)| String::from_utf8_lossy(value.as_bytes()).into_owned());
    let proxy = transport.settings().proxy.as_ref().and_then(Proxy::credentials);
    let password = proxy.iter().flat_map(|pair| pair.split_once(':')).map(|(_, text)| text.to_owned());
    let secrets = headers.chain(password).chain(proxy.clone());
    Redactor::new(secrets.filter(|secret| secret.len() >= SHORTEST_SECRET))
}

/// A ledger in `folder` can't be written.
pub(super) fn ledger_failed(folder: &Path, error: &std::io::Error) -> Abort {
    Abort::unavailable(format!("the ledger of tenants in {} can't be written: {error}", folder.display()))
        .remedy(
            "nothing is sent that could not be cleaned up later, and `rehearsal cleanup` does so for what was sent; give \
             another folder with --state-dir DIR",
        )
}
