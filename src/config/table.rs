//! One table of the settings file, read key by key, so that what nobody asked for is a mistake.

use std::collections::BTreeSet;
use std::fs;
use std::time::Duration;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

use crate::exit::Abort;
use crate::nearest::nearest;

/// A table, what it is called in messages, and the keys it was asked for.
pub(super) struct Table {
    place: String,
    values: toml::Table,
    known: BTreeSet<String>,
}

impl Table {
    pub(super) fn new(place: String, values: toml::Table) -> Self {
        Self { place, values, known: BTreeSet::new() }
    }

    /// A text, if there is one.
    pub(super) fn text(&mut self, key: &str) -> Result<Option<String>, Abort> {
        match self.take(key) {
            None => Ok(None),
            Some(toml::Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(self.wrong(key, "is no text")),
        }
    }

    /// A text that has to be there.
    pub(super) fn required(&mut self, key: &str) -> Result<String, Abort> {
        self.text(key)?.ok_or_else(|| self.wrong(key, "is missing"))
    }

    /// A list of texts; one text is a list as well, and so is none.
    pub(super) fn texts(&mut self, key: &str) -> Result<Vec<String>, Abort> {
        let values = match self.take(key) {
            None => return Ok(Vec::new()),
            Some(toml::Value::Array(values)) => values,
            Some(value) => vec![value],
        };
        let text = |value| match value {
            toml::Value::String(text) => Ok(text),
            _ => Err(self.wrong(key, "is neither a text nor a list of texts")),
        };
        values.into_iter().map(text).collect()
    }

    /// A number such as a port, if there is one.
    pub(super) fn number(&mut self, key: &str) -> Result<Option<u16>, Abort> {
        let Some(value) = self.take(key) else { return Ok(None) };
        let number = value.as_integer().and_then(|number| u16::try_from(number).ok());
        number.map(Some).ok_or_else(|| self.wrong(key, "is no number from 0 to 65535"))
    }

    /// A time from one second to a minute, if there is one.
    pub(super) fn duration(&mut self, key: &str) -> Result<Option<Duration>, Abort> {
        let Some(text) = self.text(key)? else { return Ok(None) };
        let time = text.parse::<jiff::SignedDuration>().ok().and_then(|time| Duration::try_from(time).ok());
        time.filter(|time| (Duration::from_secs(1)..=Duration::from_secs(60)).contains(time))
            .map(Some)
            .ok_or_else(|| self.wrong(key, "is no time from 1s to 60s"))
    }

    /// A secret, if there is one: from the environment variable that `KEY-env` names, or the file that
    /// `KEY-file` names. In the settings file itself it is refused.
    pub(super) fn secret(&mut self, key: &str) -> Result<Option<String>, Abort> {
        if self.take(key).is_some() {
            return Err(self.wrong(key, "is a secret, and secrets don't stand in the settings file").remedy(format!(
                "put it into an environment variable or a file, and name that: {key}-env = \"NAME\" or {key}-file = \"PATH\""
            )));
        }
        self.secret_beside_text(key)
    }

    /// As [`Self::secret`], where the plain key is no mistake.
    pub(super) fn secret_beside_text(&mut self, key: &str) -> Result<Option<String>, Abort> {
        let (env_key, file_key) = (format!("{key}-env"), format!("{key}-file"));
        let secret = match (self.text(&env_key)?, self.text(&file_key)?) {
            (None, None) => return Ok(None),
            (Some(_), Some(_)) => {
                return Err(self.wrong(&env_key, &format!("and `{file_key}` are both there")));
            }
            (Some(name), None) => std::env::var(&name).map_err(|_| {
                self.wrong(&env_key, &format!("names the environment variable {name}, which is not set"))
            })?,
            (None, Some(path)) => fs::read_to_string(&path).map_err(|error| {
                self.wrong(&file_key, &format!("names {path}, which can't be read: {error}"))
            })?,
        };
        let secret = secret.trim();
        if secret.is_empty() {
            return Err(self.wrong(key, "is empty where it is kept"));
        }
        Ok(Some(secret.to_owned()))
    }

    /// A secret that has to be there.
    pub(super) fn required_secret(&mut self, key: &str) -> Result<String, Abort> {
        self.secret(key)?.ok_or_else(|| {
            self.wrong(key, "is missing").remedy(format!(
                "name an environment variable with {key}-env = \"NAME\", or a file with {key}-file = \"PATH\""
            ))
        })
    }

    /// What the file holds that is named here, if one is.
    pub(super) fn file(&mut self, key: &str) -> Result<Option<Vec<u8>>, Abort> {
        let Some(path) = self.text(key)? else { return Ok(None) };
        fs::read(&path)
            .map(Some)
            .map_err(|error| self.wrong(key, &format!("names {path}, which can't be read: {error}")))
    }

    /// The certificates in the PEM file that is named here; none without one.
    pub(super) fn authorities(&mut self, key: &str) -> Result<Vec<CertificateDer<'static>>, Abort> {
        let Some(pem) = self.file(key)? else { return Ok(Vec::new()) };
        let certificates: Vec<_> = CertificateDer::pem_slice_iter(&pem)
            .collect::<Result<_, _>>()
            .map_err(|error| self.wrong(key, &format!("names a file that is not PEM: {error}")))?;
        if certificates.is_empty() {
            Err(self.wrong(key, "names a file without a certificate"))
        } else {
            Ok(certificates)
        }
    }

    /// Makes sure that nothing is left that nobody asked for.
    pub(super) fn finish(self) -> Result<(), Abort> {
        let Some(key) = self.values.keys().next() else { return Ok(()) };
        let abort = Abort::usage(format!("{}: unknown key `{key}`", self.place));
        Err(match nearest(key, self.known.iter().map(String::as_str)) {
            Some(near) => abort.remedy(format!("did you mean `{near}`?")),
            None => abort,
        })
    }

    /// What is wrong with a key of this table.
    pub(super) fn wrong(&self, key: &str, problem: &str) -> Abort {
        Abort::usage(format!("{}: `{key}` {problem}", self.place))
    }

    fn take(&mut self, key: &str) -> Option<toml::Value> {
        self.known.insert(key.to_owned());
        self.values.remove(key)
    }
}
