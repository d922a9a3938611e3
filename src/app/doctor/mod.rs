//! `rehearsal doctor`: what is wrong with the set-up of an app, without sending an install.

mod diagnosis;
mod network;
mod setup;

use std::path::Path;
use std::time::Instant;

use self::diagnosis::{Area, Diagnosis, Severity};
use super::probe;
use super::subject::{descriptor_url, read_descriptor, read_manifest, target};
use crate::atlassian::Product;
use crate::atlassian::descriptor::Descriptor;
use crate::cli::DoctorArgs;
use crate::exit::{Abort, Exit};
use crate::outcome::Outcome;
use crate::report::output;
use crate::transport::{Exchange, Request, Transport};
use crate::verdict::Trust;

/// Examines the set-up and prints what was found; exit 2 when an error was.
pub(super) async fn run(args: &DoctorArgs) -> Result<Exit, Abort> {
    let diagnoses = if is_url(&args.subject) {
        examine_app(args).await?
    } else {
        examine_file(Path::new(&args.subject))?
    };
    let worst = diagnoses.iter().map(|diagnosis| diagnosis.severity).max();
    let text = if args.json {
        diagnosis::as_json(&diagnoses)
    } else {
        diagnosis::as_text(&args.subject, &diagnoses)
    };
    output::print(&text)?;
    Ok(if worst == Some(Severity::Error) { Exit::Breach } else { Exit::Ok })
}

fn is_url(subject: &str) -> bool {
    subject.contains("://")
}

fn examine_file(path: &Path) -> Result<Vec<Diagnosis>, Abort> {
    let shown = path.display();
    if path.extension().is_some_and(|extension| extension == "yml" || extension == "yaml") {
        let descriptor = read_manifest(path)?.descriptor(Product::default());
        return Ok(setup::descriptor(&descriptor, None));
    }
    let text = std::fs::read_to_string(path).map_err(|error| {
        Abort::data(format!("{shown} can't be read: {error}"))
            .remedy("give the file of a descriptor or manifest, or a base URL as https://HOST[:PORT][/PATH]")
    })?;
    let descriptor = Descriptor::parse(&text).map_err(|problem| Abort::data(format!("{shown} {problem}")))?;
    Ok(setup::descriptor(&descriptor, None))
}

async fn examine_app(args: &DoctorArgs) -> Result<Vec<Diagnosis>, Abort> {
    let base = probe::base_url(&args.subject)?;
    let transport = probe::transport(&args.how, &base)?;
    let url = descriptor_url(&base, &args.place);
    let exchange = fetch(&transport, &url).await?;
    let mut diagnoses = network::examine(&exchange, &base);
    let found = descriptor_at(&url, &exchange);
    match &found {
        Ok(descriptor) => diagnoses.extend(setup::descriptor(descriptor, Some(&base))),
        Err(diagnosis) => diagnoses.push(diagnosis.clone()),
    }
    let trust = args.trust.trust.map_or(Trust::ProbeKey, Trust::from);
    diagnoses.extend(setup::trust(&args.trust, trust, found.as_ref().ok(), &base));
    diagnoses.extend(setup::plan(found.as_ref().ok(), &base, trust));
    Ok(diagnoses)
}

async fn fetch(transport: &Transport, url: &str) -> Result<Exchange, Abort> {
    let target = target("--descriptor", url)?;
    Ok(*transport.connections().exchange(Request::get(target), Instant::now()).await)
}

fn descriptor_at(url: &str, exchange: &Exchange) -> Result<Descriptor, Diagnosis> {
    let problem = |what: String, remedy: &str| Diagnosis::error(Area::Descriptor, what, remedy);
    match (&exchange.end, exchange.outcome()) {
        (Ok(body), Outcome::Responded { status: 200..=299 }) => read_descriptor(exchange.head.as_ref(), body)
            .map_err(|reason| {
                problem(
                    format!("what is at {url} {reason}"),
                    "Serve the descriptor there, or name its place with --descriptor.",
                )
            }),
        (_, outcome) => Err(problem(
            format!("there is no descriptor at {url}: {}", network::code(outcome)),
            "Check the base URL and that the app is up, or name the descriptor's place with --descriptor.",
        )),
    }
}
