//! Where a history is, as `--history` has it.

use std::path::PathBuf;

/// Where a history is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HistoryUrl {
    /// In a file: `sqlite:PATH`.
    Sqlite(PathBuf),
    /// In a PostgreSQL database: `postgres://…`.
    Postgres(PostgresUrl),
    /// Nowhere: `none`.
    None,
}

impl HistoryUrl {
    /// Reads what was typed. What is wrong with it is told without showing it: it may hold a password.
    ///
    /// # Errors
    /// A sentence that says what was expected.
    pub fn parse(text: &str) -> Result<Self, String> {
        if text == "none" {
            return Ok(Self::None);
        }
        match text.split_once(':') {
            Some(("sqlite", "")) => Err("sqlite: needs a path, as in sqlite:history.db".to_owned()),
            Some(("sqlite", path)) => Ok(Self::Sqlite(path.into())),
            Some(("postgres" | "postgresql", _)) => PostgresUrl::parse(text).map(Self::Postgres),
            Some(_) | None => Err("expected sqlite:PATH, postgres://HOST/DATABASE or none".to_owned()),
        }
    }

    /// Its name without credentials.
    pub fn shown(&self) -> String {
        match self {
            Self::Sqlite(path) => format!("sqlite:{}", path.display()),
            Self::Postgres(url) => url.shown(),
            Self::None => "none".to_owned(),
        }
    }
}

/// The address of a PostgreSQL database, in libpq's form. Its `Debug` shows no credentials.
#[derive(Clone, PartialEq, Eq)]
pub struct PostgresUrl(url::Url);

impl PostgresUrl {
    fn parse(text: &str) -> Result<Self, String> {
        let expected = "expected postgres://[USER[:PASSWORD]@]HOST[:PORT]/DATABASE[?sslmode=MODE]";
        let url = url::Url::parse(text).map_err(|error| format!("{error}; {expected}"))?;
        if url.cannot_be_a_base() { Err(expected.to_owned()) } else { Ok(Self(url)) }
    }

    /// Fills in a password where the address has none.
    #[must_use]
    pub fn or_password(mut self, password: Option<&str>) -> Self {
        if self.0.password().is_none() {
            // An address without a host takes none: such a one has it in its parameters.
            let _ = self.0.set_password(password);
        }
        self
    }

    /// Whether it holds a password.
    pub fn has_password(&self) -> bool {
        self.0.password().is_some() || self.0.query_pairs().any(|(name, _)| name == "password")
    }

    /// The address with credentials: for connecting alone.
    #[cfg(feature = "postgres")]
    pub(super) const fn expose(&self) -> &url::Url {
        &self.0
    }

    /// Scheme, host, port and database; where the parameters name the host, that too.
    fn shown(&self) -> String {
        let mut shown = self.0.clone();
        let host = self.0.query_pairs().find(|(name, _)| name == "host").map(|(_, host)| host.into_owned());
        shown.set_query(None);
        shown.set_fragment(None);
        let cleared = shown.set_password(None).and_then(|()| shown.set_username(""));
        match (cleared, host) {
            (Ok(()), None) => shown.to_string(),
            (_, host) => format!("postgres://{}{}", host.unwrap_or_default(), shown.path()),
        }
    }
}

impl std::fmt::Debug for PostgresUrl {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.shown())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_shown_without_credentials() {
        for (text, shown) in [
            ("none", "none"),
            ("sqlite:a/b.db", "sqlite:a/b.db"),
            ("postgres://me:hush@db:5433/probes?sslmode=require", "postgres://db:5433/probes"),
            ("postgresql://db/probes?user=me&password=hush", "postgresql://db/probes"),
            ("postgres:///probes?host=/run/postgresql&password=hush", "postgres:///run/postgresql/probes"),
        ] {
            let url = HistoryUrl::parse(text).expect("an address");
            assert_eq!(url.shown(), shown);
            assert!(!format!("{url:?}").contains("hush"));
        }
    }

    #[test]
    fn what_is_wrong_is_told_without_showing_it() {
        for text in ["postgress://me:hush@db/a", "sqlite:", "hush", "postgres:hush", "postgres://me:hush@[db"]
        {
            let problem = HistoryUrl::parse(text).expect_err(text);
            assert!(!problem.contains("hush"), "{problem}");
        }
    }

    #[test]
    fn a_password_from_elsewhere_fills_a_gap() {
        let with = |text: &str| match HistoryUrl::parse(text) {
            Ok(HistoryUrl::Postgres(url)) => url.or_password(Some("other")),
            other => panic!("{other:?}"),
        };
        assert_eq!(with("postgres://me@db/a").0.password(), Some("other"));
        assert_eq!(with("postgres://me:own@db/a").0.password(), Some("own"));
    }
}
