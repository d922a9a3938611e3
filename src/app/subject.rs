//! The app that is rehearsed, as its descriptor describes it.

use std::fs;
use std::path::Path;
use std::time::Instant;

use hyper::StatusCode;
use hyper::header::CONTENT_ENCODING;
use serde::{Deserialize, Serialize};

use crate::atlassian::descriptor::Descriptor;
use crate::atlassian::lint::Finding;
use crate::atlassian::manifest::Manifest;
use crate::atlassian::target::LifecycleTargets;
use crate::atlassian::{AppKey, BaseUrl, LifecycleEvent, Product};
use crate::cli::PlaceArgs;
use crate::exit::Abort;
use crate::outcome::Outcome;
use crate::transport::{Body, Head, Request, Target, Transport};

/// Where the descriptor of a Connect app lives by convention.
const DESCRIPTOR_PATH: &str = "/atlassian-connect.json";
/// Where most frameworks listen for the callback, for an app whose descriptor can't be had.
const CONVENTIONAL_PATH: &str = "/installed";
/// The key in payloads for an app whose key is not known.
const UNKNOWN_KEY: &str = "unknown-app";

/// The app that is rehearsed.
#[derive(Debug)]
pub(super) struct Subject {
    /// Its base URL as the person gave it: requests go there and nowhere else.
    pub(super) base: BaseUrl,
    /// Its key, if known.
    pub(super) key: Option<AppKey>,
    /// What it calls itself: the audience of tokens.
    pub(super) audience: String,
    /// Where it wants which event.
    pub(super) targets: LifecycleTargets,
    /// What is to be said about its descriptor.
    pub(super) findings: Vec<Finding>,
    /// Why its descriptor could not be had, when callbacks go by what was known instead.
    pub(super) descriptor_missing: Option<DescriptorMissing>,
}

/// A descriptor that could not be had because the app failed.
#[derive(Debug)]
pub(super) struct DescriptorMissing {
    /// Where it should be.
    pub(super) url: String,
    /// What became of the request.
    pub(super) outcome: Outcome,
    /// Where callbacks went instead.
    pub(super) instead: Instead,
}

/// Where callbacks go without a descriptor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Instead {
    /// Where most frameworks listen.
    Convention,
    /// Where the descriptor said when it was last had.
    Remembered,
}

/// What an earlier run learnt from the descriptor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct KnownApp {
    /// The app's key.
    pub(super) key: Option<String>,
    /// What it calls itself.
    pub(super) audience: String,
    /// Path and query of the installed callback.
    pub(super) installed: String,
    /// Path and query of the uninstalled callback, where there is one.
    pub(super) uninstalled: Option<String>,
}

impl Subject {
    /// Finds out about the app: from paths given, from a file, or from the descriptor it serves. Where that
    /// can't be had, what is `known` from an earlier run serves in its place.
    ///
    /// # Errors
    /// When a flag is wrong (64), or a descriptor is none or names no installed callback (65).
    pub(super) async fn find(
        base: BaseUrl,
        place: &PlaceArgs,
        product: Product,
        transport: &Transport,
        known: Option<&KnownApp>,
    ) -> Result<Self, Abort> {
        let typed_key = match &place.app_key {
            Some(key) => Some(AppKey::new(key).map_err(|error| Abort::usage(format!("--app-key: {error}")))?),
            None => None,
        };
        let mut subject = match (&place.installed_path, &place.descriptor) {
            (Some(installed), _) => Self::of_paths(base, installed, place.uninstalled_path.as_deref()),
            (None, _) if place.manifest.is_some() => Self::of_manifest(base, place, product)?,
            (None, Some(source)) if !is_url(source) => Self::of_file(base, Path::new(source))?,
            (None, Some(_) | None) => {
                let url = descriptor_url(&base, place);
                Self::fetch(base, &url, transport, known).await?
            }
        };
        subject.key = typed_key.or(subject.key);
        Ok(subject)
    }

    /// The key that payloads carry.
    pub(super) fn payload_key(&self) -> AppKey {
        self.key
            .clone()
            .unwrap_or_else(|| AppKey::new(UNKNOWN_KEY).expect("a constant without control characters"))
    }

    fn of_paths(base: BaseUrl, installed: &str, uninstalled: Option<&str>) -> Self {
        let targets = LifecycleTargets::new(base.clone()).with(LifecycleEvent::Installed, installed);
        let targets = match uninstalled {
            Some(path) => targets.with(LifecycleEvent::Uninstalled, path),
            None => targets,
        };
        Self {
            audience: base.to_string(),
            base,
            key: None,
            targets,
            findings: Vec::new(),
            descriptor_missing: None,
        }
    }

    fn of_file(base: BaseUrl, path: &Path) -> Result<Self, Abort> {
        let shown = path.display().to_string();
        let text = fs::read_to_string(path)
            .map_err(|error| Abort::data(format!("--descriptor {shown} can't be read: {error}")))?;
        Self::of_descriptor(base, &shown, &text)
    }

    fn of_manifest(base: BaseUrl, place: &PlaceArgs, product: Product) -> Result<Self, Abort> {
        let path = place.manifest.as_deref().unwrap_or(Path::new("manifest.yml"));
        let shown = path.display().to_string();
        let descriptor = read_manifest(path)?.descriptor(product);
        Self::of_parsed(base, &format!("manifest {shown}"), descriptor)
    }

    async fn fetch(
        base: BaseUrl,
        url: &str,
        transport: &Transport,
        known: Option<&KnownApp>,
    ) -> Result<Self, Abort> {
        let target = target("--descriptor", url)?;
        let exchange = transport.connections().exchange(Request::get(target), Instant::now()).await;
        let missing =
            |instead| Some(DescriptorMissing { url: url.to_owned(), outcome: exchange.outcome(), instead });
        match (&exchange.end, exchange.outcome(), known) {
            (Ok(body), Outcome::Responded { status: 200..=299 }, None) => {
                Self::of_read(base, url, read_descriptor(exchange.head.as_ref(), body))
            }
            (Ok(body), Outcome::Responded { status: 200..=299 }, Some(known)) => {
                let read = read_descriptor(exchange.head.as_ref(), body);
                Self::of_read(base.clone(), url, read).or_else(|_| {
                    Ok(Self {
                        descriptor_missing: missing(Instead::Remembered),
                        ..Self::of_known(base, known)?
                    })
                })
            }
            (_, _, Some(known)) => {
                Ok(Self { descriptor_missing: missing(Instead::Remembered), ..Self::of_known(base, known)? })
            }
            (_, Outcome::Responded { status: 404 | 410 }, None) => Err(Abort::data(format!(
                "there is no descriptor at {url}: {}",
                StatusCode::NOT_FOUND
            ))
            .remedy(
                "check the base URL, or name the place with --descriptor URL|FILE or --installed-path PATH",
            )),
            (_, _, None) => Ok(Self {
                descriptor_missing: missing(Instead::Convention),
                ..Self::of_paths(base, CONVENTIONAL_PATH, None)
            }),
        }
    }

    fn of_known(base: BaseUrl, known: &KnownApp) -> Result<Self, Abort> {
        let key = known.key.as_ref().map(AppKey::new).transpose();
        let key = key.map_err(|error| Abort::data(format!("what is remembered of the app: {error}")))?;
        let own = BaseUrl::parse(&known.audience).unwrap_or_else(|_| base.clone());
        let targets = LifecycleTargets::elsewhere(base.clone(), &own);
        let targets = targets.with(LifecycleEvent::Installed, &known.installed);
        let targets = match &known.uninstalled {
            Some(path) => targets.with(LifecycleEvent::Uninstalled, path),
            None => targets,
        };
        let audience = known.audience.clone();
        Ok(Self { base, key, audience, targets, findings: Vec::new(), descriptor_missing: None })
    }

    /// What a later run should know, if the descriptor was had.
    pub(super) fn known(&self) -> Option<KnownApp> {
        let path = |event| {
            let url = self.targets.get(event)?.url();
            let query = url.query().map(|query| format!("?{query}")).unwrap_or_default();
            Some(format!("{}{query}", url.path().strip_prefix(self.base.path())?))
        };
        Some(KnownApp {
            key: self.key.as_ref().map(ToString::to_string),
            audience: self.audience.clone(),
            installed: path(LifecycleEvent::Installed)?,
            uninstalled: path(LifecycleEvent::Uninstalled),
        })
    }

    /// Takes the app's word for it: `text` is its descriptor, found at `place`.
    ///
    /// # Errors
    /// When it is none, or names no installed callback.
    pub(super) fn of_descriptor(base: BaseUrl, place: &str, text: &str) -> Result<Self, Abort> {
        Self::of_read(base, place, Descriptor::parse(text).map_err(|problem| problem.to_string()))
    }

    fn of_read(base: BaseUrl, place: &str, descriptor: Result<Descriptor, String>) -> Result<Self, Abort> {
        let descriptor = descriptor.map_err(|problem| {
            Abort::data(format!("the descriptor {place} {problem}")).remedy(
                "give its place with --descriptor URL|FILE, or do without one with --installed-path PATH",
            )
        })?;
        Self::of_parsed(base, &format!("descriptor {place}"), descriptor)
    }

    fn of_parsed(base: BaseUrl, place: &str, descriptor: Descriptor) -> Result<Self, Abort> {
        let targets = descriptor.targets(base.clone());
        let findings = descriptor.lint(Some(&base));
        if targets.get(LifecycleEvent::Installed).is_none() {
            let reason = findings.iter().find(|finding| finding.pointer.ends_with("/installed"));
            let reason = reason
                .map_or_else(String::new, |finding| format!(": {} {}", finding.pointer, finding.problem));
            return Err(Abort::data(format!("the {place} names no installed callback{reason}"))
                .remedy("an app without one can't be rehearsed; `rehearsal doctor` lists everything that is wrong with a descriptor"));
        }
        Ok(Self {
            audience: descriptor.base_url.clone().unwrap_or_else(|| base.to_string()),
            findings,
            key: descriptor.key,
            targets,
            base,
            descriptor_missing: None,
        })
    }
}

/// Where the URL of a flag leads. Errors don't repeat it, since it may hold a password.
///
/// # Errors
/// When it is no URL that a request can go to.
pub(super) fn target(flag: &str, url: &str) -> Result<Target, Abort> {
    let parsed = url.parse().map_err(|error| Abort::usage(format!("{flag}: {error}")))?;
    Target::new(&parsed).map_err(|error| Abort::usage(format!("{flag}: {}", error.problem)))
}

/// Reads the descriptor that a response brought.
///
/// # Errors
/// What is the matter with it, to follow its name.
pub(super) fn read_descriptor(head: Option<&Head>, body: &Body) -> Result<Descriptor, String> {
    if body.oversized {
        return Err(format!("is longer than {} bytes, and no more of it is read", body.start.len()));
    }
    let coding = head.and_then(|head| head.headers.get(CONTENT_ENCODING));
    if let Some(coding) = coding.and_then(|coding| coding.to_str().ok()).filter(|it| *it != "identity") {
        return Err(format!("comes compressed ({coding}), which was not asked for"));
    }
    Descriptor::parse(&String::from_utf8_lossy(&body.start)).map_err(|problem| problem.to_string())
}

/// Reads a Forge manifest.
///
/// # Errors
/// When the file can't be read, or is none of an app with Connect modules.
pub(super) fn read_manifest(path: &Path) -> Result<Manifest, Abort> {
    let shown = path.display();
    let text =
        fs::read_to_string(path).map_err(|error| Abort::data(format!("{shown} can't be read: {error}")))?;
    Manifest::parse(&text).map_err(|problem| Abort::data(format!("{shown} {problem}")))
}

/// Where the app's descriptor is to be found.
pub(super) fn descriptor_url(base: &BaseUrl, place: &PlaceArgs) -> String {
    match &place.descriptor {
        Some(url) if is_url(url) => url.clone(),
        Some(_) | None => format!("{base}{DESCRIPTOR_PATH}"),
    }
}

fn is_url(source: &str) -> bool {
    source.starts_with("http://") || source.starts_with("https://")
}
