//! The planned maintenance of the settings file: tables `[maintenance.NAME]`.

use std::ffi::OsString;
use std::path::Path;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::layers;
use super::table::Table;
use crate::exit::Abort;
use crate::history::{Maintenance, Scope, Weekly, When};

/// Reads the planned maintenance of the settings file that this process was given.
///
/// # Errors
/// When the file can't be read, or a table is wrong.
pub fn maintenance() -> Result<Vec<Maintenance>, Abort> {
    let args: Vec<OsString> = std::env::args_os().collect();
    read(layers::given(&args, "config").first().map(Path::new))
}

fn read(config: Option<&Path>) -> Result<Vec<Maintenance>, Abort> {
    let (shown, tables) = layers::tables(config, "maintenance")?;
    let mut maintenance = Vec::new();
    for (name, values) in tables {
        let mut table = Table::new(format!("{shown}: [maintenance.{name}]"), values);
        let when = when(&mut table)?;
        let reason = table.text("reason")?.unwrap_or(name);
        let scope = Scope {
            app_key: table.text("only-app-key")?,
            environment: table.text("only-environment")?,
            location: table.text("only-location")?,
            site: table.text("only-site")?,
            client_key: table.text("only-client-key")?,
            code: table.text("only-code")?,
        };
        table.finish()?;
        maintenance.push(Maintenance { reason, scope, when });
    }
    Ok(maintenance)
}

fn when(table: &mut Table) -> Result<When, Abort> {
    let Some(weekly) = table.text("weekly")? else {
        let (from, to) = (moment("from", table)?, moment("to", table)?);
        return if from < to {
            Ok(When::Once(from, to))
        } else {
            Err(table.wrong("to", "is not after `from`"))
        };
    };
    let time_zone = match table.text("time-zone")? {
        None => TimeZone::UTC,
        Some(name) => TimeZone::get(&name).or_else(|_| TimeZone::posix(&name)).map_err(|_| {
            table.wrong(
                "time-zone",
                "is neither a name such as Europe/Berlin that this system knows nor a POSIX rule",
            )
        })?,
    };
    Weekly::parse(&weekly, time_zone)
        .map(When::Weekly)
        .ok_or_else(|| table.wrong("weekly", "is not a day and two times, as in \"Sun 02:00-04:00\""))
}

fn moment(key: &str, table: &mut Table) -> Result<Timestamp, Abort> {
    let text = table.required(key)?;
    text.parse().map_err(|_| table.wrong(key, "is no moment such as \"2026-11-25T20:00:00Z\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_text(text: &str) -> Result<Vec<Maintenance>, Abort> {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("rehearsal.toml");
        std::fs::write(&file, text).expect("written");
        read(Some(&file))
    }

    #[test]
    fn maintenance_is_once_or_weekly() {
        let read = read_text(
            "timeout = '5s'\n[maintenance.move]\nfrom = '2026-11-25T20:00:00Z'\nto = '2026-11-25T22:00:00Z'\n\
             reason = 'a move'\nonly-site = '*.test'\n[maintenance.backup]\nweekly = 'Sun 02:00-04:00'\n\
             time-zone = 'CET-1CEST,M3.5.0,M10.5.0/3'\n",
        );
        let read = read.expect("right");
        assert_eq!(read[0].reason, "backup");
        assert!(matches!(&read[0].when, When::Weekly(weekly) if weekly.from.hour() == 2));
        assert_eq!(read[1].reason, "a move");
        assert_eq!(read[1].scope.site.as_deref(), Some("*.test"));
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (text, key) in [
            ("", "from"),
            ("from = '2026-11-25'\nto = '2026-11-26'", "from"),
            ("from = '2026-11-25T20:00:00Z'\nto = '2026-11-25T20:00:00Z'", "to"),
            ("weekly = 'sometimes'", "weekly"),
            ("weekly = 'Sun 02:00-04:00'\ntime-zone = 'Mars'", "time-zone"),
            ("weekly = 'Sun 02:00-04:00'\nonly-sites = 'x'", "only-sites"),
        ] {
            let abort = read_text(&format!("[maintenance.x]\n{text}")).expect_err(text);
            assert!(abort.to_string().contains(&format!("`{key}`")), "{abort}");
        }
    }
}
