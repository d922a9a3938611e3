//! Where metrics are pushed to: the table `[otlp]` of the settings file, and over it the variables that OpenTelemetry
//! has for all programs.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use hyper::header::{HeaderName, HeaderValue};
use percent_encoding::percent_decode_str;
use url::Url;

use super::alerts::{http, target};
use super::layers;
use super::table::Table;
use crate::alert::Collector;
use crate::exit::Abort;

/// How long a push may take unless the table says otherwise: what OpenTelemetry has as `OTEL_EXPORTER_OTLP_TIMEOUT`.
const PATIENCE: Duration = Duration::from_secs(10);
/// Where a collector listens on its own machine.
const USUAL_ENDPOINT: &str = "http://localhost:4318";

/// Where metrics are pushed to, and as whose.
#[derive(Debug)]
pub struct Export {
    /// Where to.
    pub collector: Collector,
    /// What is said about the probe besides what it says itself.
    pub resource: BTreeMap<String, String>,
}

/// Whether this program can push metrics.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Build {
    WithOtlp,
    WithoutOtlp,
}

impl Build {
    const THIS: Self = if cfg!(feature = "otlp") { Self::WithOtlp } else { Self::WithoutOtlp };
}

/// Where the metrics of a check are pushed to; none where neither the settings file nor the environment asks for it,
/// or `OTEL_SDK_DISABLED` is true. Headers may be secret, and no error repeats them.
///
/// # Errors
/// When something of it is wrong, or the table is there and this program was built without OTLP. The environment, which
/// speaks to all programs, asks such a one for nothing.
pub fn export(config: Option<&Path>) -> Result<Option<Export>, Abort> {
    let environment = |name: &str| std::env::var(name).ok().filter(|value| !value.trim().is_empty());
    read(config, environment, Build::THIS)
}

fn read(
    config: Option<&Path>,
    environment: impl Fn(&str) -> Option<String>,
    build: Build,
) -> Result<Option<Export>, Abort> {
    let (shown, table) = layers::table(config, "otlp")?;
    let endpoints = ["OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT"];
    let is_asked = endpoints.iter().any(|name| environment(name).is_some());
    match (build, &table) {
        (Build::WithoutOtlp, Some(_)) => {
            return Err(Abort::usage(format!(
                "{shown}: [otlp] is there, and this program was built without OTLP"
            ))
            .remedy(
                "take the table out, or build one with it: cargo install --locked --path . --features otlp",
            ));
        }
        (Build::WithoutOtlp, None) => return Ok(None),
        (Build::WithOtlp, None) if !is_asked => return Ok(None),
        (Build::WithOtlp, _) => {}
    }
    let is_disabled = environment("OTEL_SDK_DISABLED").is_some_and(|text| text.eq_ignore_ascii_case("true"));
    let mut source = Source {
        table: Table::new(format!("{shown}: [otlp]"), table.unwrap_or_default()),
        variables: Table::new("the environment".to_owned(), toml::Table::new()),
        environment,
    };
    let export = source.export()?;
    source.table.finish()?;
    Ok((!is_disabled).then_some(export))
}

/// The table, and the environment over it.
struct Source<E> {
    table: Table,
    /// Names the environment in messages.
    variables: Table,
    environment: E,
}

/// A value, with the key that it has in its place.
struct Given {
    key: &'static str,
    value: String,
    from: Place,
}

/// Where a value stands.
#[derive(Clone, Copy)]
enum Place {
    Table,
    Environment,
}

impl<E: Fn(&str) -> Option<String>> Source<E> {
    fn export(&mut self) -> Result<Export, Abort> {
        let patience = self.table.duration("timeout")?.unwrap_or(PATIENCE);
        let target = self.target()?;
        let headers = self.headers()?;
        let secrets: Vec<String> =
            headers.iter().filter_map(|(_, value)| value.to_str().ok()).map(str::to_owned).collect();
        let http = http(&target, patience, &secrets, &mut self.table)?;
        let resource = self.resource()?;
        Ok(Export { collector: Collector { http, target, headers, patience }, resource })
    }

    /// An address of metrics is taken as it is; of a general one the metrics are below `v1/metrics`.
    fn target(&mut self) -> Result<crate::transport::Target, Abort> {
        let own = self.variable("OTEL_EXPORTER_OTLP_METRICS_ENDPOINT");
        let general = self.variable("OTEL_EXPORTER_OTLP_ENDPOINT");
        let (own_in_table, general_in_table) = (self.text("metrics-endpoint")?, self.text("endpoint")?);
        let usual = || Given { key: "endpoint", value: USUAL_ENDPOINT.to_owned(), from: Place::Table };
        let (given, is_general) = match (own, general, own_in_table, general_in_table) {
            (Some(own), ..) => (own, false),
            (None, Some(general), ..) => (general, true),
            (None, None, Some(own), _) => (own, false),
            (None, None, None, general) => (general.unwrap_or_else(usual), true),
        };
        let place = self.place(given.from);
        let mut url: Url = given.value.trim().parse().map_err(|_| place.wrong(given.key, "is no URL"))?;
        if is_general && let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().extend(["v1", "metrics"]);
        }
        target(given.key, url.as_str(), place)
    }

    fn headers(&mut self) -> Result<Vec<(HeaderName, HeaderValue)>, Abort> {
        let own = self.variable("OTEL_EXPORTER_OTLP_METRICS_HEADERS");
        let general = self.variable("OTEL_EXPORTER_OTLP_HEADERS");
        let secret = self.table.secret("headers")?;
        let in_table = secret.map(|value| Given { key: "headers", value, from: Place::Table });
        let Some(given) = own.or(general).or(in_table) else { return Ok(Vec::new()) };
        let wrong = || self.place(given.from).wrong(given.key, "is not of the form NAME=VALUE,NAME=VALUE");
        let header = |(name, value): (String, String)| {
            let mut value = HeaderValue::try_from(value).map_err(|_| wrong())?;
            value.set_sensitive(true);
            Ok((HeaderName::try_from(name).map_err(|_| wrong())?, value))
        };
        pairs(&given.value).ok_or_else(wrong)?.into_iter().map(header).collect()
    }

    fn resource(&mut self) -> Result<BTreeMap<String, String>, Abort> {
        let in_table = self.text("resource-attributes")?;
        let given = self.variable("OTEL_RESOURCE_ATTRIBUTES").or(in_table);
        let mut resource = BTreeMap::new();
        if let Some(given) = given {
            let wrong = || self.place(given.from).wrong(given.key, "is not of the form KEY=VALUE,KEY=VALUE");
            resource.extend(pairs(&given.value).ok_or_else(wrong)?);
        }
        let name = self.variable("OTEL_SERVICE_NAME");
        resource.extend(name.map(|name| ("service.name".to_owned(), name.value)));
        Ok(resource)
    }

    fn text(&mut self, key: &'static str) -> Result<Option<Given>, Abort> {
        Ok(self.table.text(key)?.map(|value| Given { key, value, from: Place::Table }))
    }

    fn variable(&self, key: &'static str) -> Option<Given> {
        (self.environment)(key).map(|value| Given { key, value, from: Place::Environment })
    }

    const fn place(&self, place: Place) -> &Table {
        match place {
            Place::Table => &self.table,
            Place::Environment => &self.variables,
        }
    }
}

/// Pairs in the form of W3C Baggage without properties, values percent-encoded, as OpenTelemetry's variables have them.
fn pairs(text: &str) -> Option<Vec<(String, String)>> {
    let pair = |pair: &str| {
        let (key, value) = pair.split_once('=')?;
        let value = percent_decode_str(value.trim()).decode_utf8().ok()?;
        let key = key.trim();
        (!key.is_empty()).then(|| (key.to_owned(), value.into_owned()))
    };
    text.split(',').filter(|part| !part.trim().is_empty()).map(pair).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const VARIABLE: &str = "OTEL_EXPORTER_OTLP_ENDPOINT";

    fn read_with(text: &str, variables: &[(&str, &str)], build: Build) -> Result<Option<Export>, Abort> {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("rehearsal.toml");
        std::fs::write(&file, text).expect("written");
        let variable = |name: &str| variables.iter().find(|(key, _)| *key == name).map(|(_, value)| value);
        read(Some(&file), |name| variable(name).map(|value| (*value).to_owned()), build)
    }

    fn export(text: &str, variables: &[(&str, &str)]) -> Export {
        read_with(text, variables, Build::WithOtlp).expect("right").expect("asked for")
    }

    fn address(text: &str, variables: &[(&str, &str)]) -> String {
        export(text, variables).collector.target.url().to_string()
    }

    #[test]
    fn nobody_who_did_not_ask_is_told() {
        assert!(read_with("", &[], Build::WithOtlp).expect("right").is_none());
        let disabled = [("OTEL_SDK_DISABLED", "TRUE"), (VARIABLE, "http://c:1")];
        assert!(read_with("", &disabled, Build::WithOtlp).expect("right").is_none());
        assert_eq!(address("[otlp]", &[]), "http://localhost:4318/v1/metrics");
    }

    #[test]
    fn a_program_without_it_refuses_the_table_and_heeds_no_variable() {
        let abort = read_with("[otlp]", &[], Build::WithoutOtlp).expect_err("it can't");
        assert_eq!(abort.exit, crate::exit::Exit::Usage);
        assert!(abort.to_string().contains("--features otlp"), "{abort}");
        assert!(read_with("", &[(VARIABLE, "http://c:1")], Build::WithoutOtlp).expect("right").is_none());
    }

    #[test]
    fn the_environment_wins_and_what_is_of_metrics_wins_in_each() {
        let both = "[otlp]\nendpoint = 'http://t:1/base/'\nmetrics-endpoint = 'http://t:2/own'";
        let own = ("OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", "http://e:2/own");
        for (text, variables, expected) in [
            ("[otlp]\nendpoint = 'http://t:1/base/'", &[][..], "http://t:1/base/v1/metrics"),
            (both, &[], "http://t:2/own"),
            (both, &[(VARIABLE, "http://e:1")], "http://e:1/v1/metrics"),
            (both, &[(VARIABLE, "http://e:1"), own], "http://e:2/own"),
        ] {
            assert_eq!(address(text, variables), expected);
        }
    }

    #[test]
    fn headers_and_attributes_are_percent_encoded_pairs() {
        let export = export(
            "[otlp]\nresource-attributes = 'a=table'",
            &[
                ("OTEL_EXPORTER_OTLP_HEADERS", "api-key=hush%2C4711, x-scope = one "),
                ("OTEL_RESOURCE_ATTRIBUTES", "service.name=probe,deployment.environment.name=p%20q"),
                ("OTEL_SERVICE_NAME", "other"),
            ],
        );
        let headers = export.collector.headers;
        assert_eq!((headers[0].1.as_bytes(), headers[1].1.as_bytes()), (&b"hush,4711"[..], &b"one"[..]));
        assert!(!format!("{headers:?}").contains("hush"));
        let resource: Vec<_> =
            export.resource.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
        assert_eq!(resource, [("deployment.environment.name", "p q"), ("service.name", "other")]);
    }

    #[test]
    fn what_is_wrong_is_named_and_no_secret_is_repeated() {
        for (text, variables, said) in [
            ("[otlp]\nendpoint = 'hush'", &[][..], "rehearsal.toml: [otlp]: `endpoint` is no URL"),
            ("[otlp]\nheaders = 'a=hush'", &[], "headers-env"),
            ("[otlp]\nendpont = 'http://c:1'", &[], "did you mean `endpoint`?"),
            ("otlp = 'hush'", &[], "`otlp` is not a table"),
            ("", &[(VARIABLE, "hush")], "the environment: `OTEL_EXPORTER_OTLP_ENDPOINT` is no URL"),
            ("", &[(VARIABLE, "grpc://c:1")], "neither http nor https"),
            ("[otlp]", &[("OTEL_EXPORTER_OTLP_HEADERS", "hush")], "NAME=VALUE"),
            ("[otlp]", &[("OTEL_EXPORTER_OTLP_HEADERS", "a b=hush")], "NAME=VALUE"),
            ("[otlp]", &[("OTEL_RESOURCE_ATTRIBUTES", "hush")], "KEY=VALUE"),
        ] {
            let abort = read_with(text, variables, Build::WithOtlp).expect_err("wrong");
            assert!(abort.to_string().contains(said), "{abort}");
            assert!(!abort.to_string().contains("hush"), "{abort}");
        }
    }
}
