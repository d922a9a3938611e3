//! What can be told about descriptor, trust and plan before anything is sent.

use super::diagnosis::{Area, Diagnosis, Severity};
use crate::atlassian::descriptor::Descriptor;
use crate::atlassian::{BaseUrl, LifecycleEvent};
use crate::cli::TrustArgs;
use crate::verdict::Trust;

/// The descriptor's findings; one good word when there is nothing to find.
pub(super) fn descriptor(descriptor: &Descriptor, base: Option<&BaseUrl>) -> Vec<Diagnosis> {
    let findings = descriptor.lint(base);
    let mut diagnoses: Vec<_> = findings
        .into_iter()
        .map(|finding| Diagnosis {
            area: Area::Descriptor,
            severity: finding.severity.into(),
            finding: format!("{}: {}", finding.pointer, finding.problem),
            remedy: finding.remedy,
        })
        .collect();
    if diagnoses.iter().all(|diagnosis| diagnosis.severity < Severity::Error) {
        let key = descriptor.key.as_ref().map(ToString::to_string).unwrap_or_default();
        diagnoses.push(Diagnosis::good(Area::Descriptor, format!("a descriptor of the app `{key}`")));
    }
    diagnoses
}

/// Whether the app can be expected to take our signature.
pub(super) fn trust(
    args: &TrustArgs,
    trust: Trust,
    descriptor: Option<&Descriptor>,
    base: &BaseUrl,
) -> Vec<Diagnosis> {
    let mut diagnoses = vec![match trust {
        Trust::ProbeKey => Diagnosis::info(
            Area::Trust,
            format!("the app has to fetch keys from {}{}/{{kid}}", key_host(args), args.key_server_prefix),
        ),
        Trust::Legacy => {
            Diagnosis::info(Area::Trust, "first installs go unsigned, later ones under the previous secret")
        }
        Trust::None => Diagnosis::info(
            Area::Trust,
            "the app trusts Atlassian alone: a probe tells whether it is reached, not whether installs work",
        ),
    }];
    if trust == Trust::ProbeKey && key_host_is_loopback(args) && !base.is_loopback() {
        diagnoses.push(Diagnosis::warning(
            Area::Trust,
            "the key server would listen on this machine's loopback, which the app can't reach",
            "Publish the key where the app can fetch it: `rehearsal keys export DIR` for any web server, then --key-server none; or --key-server ADDR:PORT with --signing-key FILE.",
        ));
    }
    match descriptor.map(|descriptor| descriptor.signed_install) {
        Some(false) if trust == Trust::ProbeKey => diagnoses.push(Diagnosis::warning(
            Area::Trust,
            "the descriptor does not ask for signed installs, so the app may ignore our signature",
            "Set apiMigrations.signed-install to true, or rehearse with --trust legacy.",
        )),
        Some(true) if trust == Trust::Legacy => diagnoses.push(Diagnosis::error(
            Area::Trust,
            "the descriptor asks for signed installs, and --trust legacy sends the first one unsigned",
            "Leave out --trust legacy.",
        )),
        Some(_) | None => {}
    }
    diagnoses
}

fn key_host(args: &TrustArgs) -> String {
    let scheme = if args.key_server_tls.is_some() { "https" } else { "http" };
    match args.key_server.as_str() {
        "none" => "the place where you published the key".to_owned(),
        address => format!("{scheme}://{address}"),
    }
}

fn key_host_is_loopback(args: &TrustArgs) -> bool {
    args.key_server.parse::<std::net::SocketAddr>().is_ok_and(|address| address.ip().is_loopback())
}

/// What a probe would send, and what it would leave behind.
pub(super) fn plan(descriptor: Option<&Descriptor>, base: &BaseUrl, trust: Trust) -> Vec<Diagnosis> {
    let Some(descriptor) = descriptor else { return Vec::new() };
    let targets = descriptor.targets(base.clone());
    let mut diagnoses: Vec<_> = LifecycleEvent::ALL
        .into_iter()
        .filter_map(|event| {
            let target = targets.get(event)?;
            Some(Diagnosis::info(Area::Plan, format!("{event} goes to POST {}", target.url())))
        })
        .collect();
    if targets.get(LifecycleEvent::Uninstalled).is_none() && trust != Trust::None {
        diagnoses.push(Diagnosis::warning(
            Area::Plan,
            format!("{base} has no uninstalled callback: synthetic tenants stay installed"),
            "Remove them by the clientKeys that the report lists (they begin with rehearsal-).",
        ));
    }
    diagnoses
}
