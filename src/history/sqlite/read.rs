//! What is asked of the file.

use std::time::Duration;

use jiff::Timestamp;
use rusqlite::types::Type;
use rusqlite::{OptionalExtension, Row, Transaction, params};
use uuid::Uuid;

use super::{Answer, Problem};
use crate::history::sql;
use crate::history::values::{decompressed, ids_beginning, nanoseconds, read_count, timestamp};
use crate::history::{
    EventCount, Exclusion, HealthProbe, HealthRow, RunFilter, RunHead, RunRecord, Scope, Series, SeriesHead,
    TallyRow,
};
use crate::verdict::{Trust, Verdict};

/// The columns that [`head`] reads, and those before which others may stand.
const HEAD: &str = "
    runs.number, runs.id, series.app_key, series.environment, series.location, series.trust, runs.command,
    runs.target, runs.started_at, runs.finished_at, runs.complete, runs.feeds_windows, runs.status
    FROM runs JOIN series ON series.id = runs.series";

pub(super) fn runs(transaction: &Transaction<'_>, filter: &RunFilter) -> Answer<Vec<RunHead>> {
    let sql = format!(
        "SELECT {HEAD} WHERE (?1 IS NULL OR series.app_key = ?1) AND (?2 IS NULL OR series.environment = ?2)
            AND (?3 IS NULL OR series.location = ?3) AND (?4 IS NULL OR runs.command = ?4)
            AND runs.started_at >= ?5 AND runs.started_at < ?6
         ORDER BY runs.started_at DESC, runs.number DESC LIMIT ?7"
    );
    let mut statement = transaction.prepare_cached(&sql)?;
    let rows = statement.query_map(
        params![
            filter.app_key,
            filter.environment,
            filter.location,
            filter.command,
            filter.since.map_or(i64::MIN, nanoseconds),
            filter.until.map_or(i64::MAX, nanoseconds),
            filter.limit.map_or(-1, i64::from),
        ],
        head,
    )?;
    collect(rows)
}

pub(super) fn run(transaction: &Transaction<'_>, id: &str) -> Answer<Option<RunRecord>> {
    let Some(ids) = ids_beginning(id) else { return Ok(None) };
    let sql = format!("SELECT {HEAD} WHERE runs.id BETWEEN ?1 AND ?2 LIMIT 2");
    let mut statement = transaction.prepare_cached(&sql)?;
    let found = statement.query_map([ids.start().as_bytes(), ids.end().as_bytes()], |row| {
        Ok((row.get::<_, i64>(0)?, head(row)?))
    })?;
    let mut found: Vec<_> = collect(found)?;
    let Some((number, head)) = found.pop() else { return Ok(None) };
    if !found.is_empty() {
        return Err(Problem::Ambiguous(id.to_owned()));
    }
    Ok(Some(RunRecord {
        head,
        events: events(transaction, number)?,
        health: health(transaction, number)?,
        report: report(transaction, number)?,
    }))
}

fn events(transaction: &Transaction<'_>, run: i64) -> Answer<Vec<EventCount>> {
    let mut statement = transaction.prepare_cached(
        "SELECT at, event_type, scenario, step, client_key, site, code, verdict, count
         FROM events WHERE run = ?1 ORDER BY position",
    )?;
    let rows = statement.query_map([run], |row| {
        Ok(EventCount {
            at: timestamp(row.get(0)?),
            event_type: row.get(1)?,
            scenario: row.get(2)?,
            step: row.get(3)?,
            client_key: row.get(4)?,
            site: row.get(5)?,
            code: row.get(6)?,
            verdict: verdict(row, 7)?,
            count: count(row, 8)?,
        })
    })?;
    collect(rows)
}

fn health(transaction: &Transaction<'_>, run: i64) -> Answer<Option<HealthProbe>> {
    let mut statement =
        transaction.prepare_cached("SELECT at, code, verdict, elapsed_us FROM health WHERE run = ?1")?;
    let probe = statement.query_row([run], |row| {
        Ok(HealthProbe {
            at: timestamp(row.get(0)?),
            code: row.get(1)?,
            verdict: verdict(row, 2)?,
            elapsed: Duration::from_micros(count(row, 3)?),
        })
    });
    Ok(probe.optional()?)
}

fn report(transaction: &Transaction<'_>, run: i64) -> Answer<String> {
    let gzip: Vec<u8> =
        transaction.query_row("SELECT gzip FROM reports WHERE run = ?1", [run], |row| row.get(0))?;
    decompressed(&gzip).ok_or_else(|| Problem::Foreign("a report in it is damaged".to_owned()))
}

pub(super) fn series(transaction: &Transaction<'_>) -> Answer<Vec<SeriesHead>> {
    let mut statement = transaction.prepare_cached(
        "SELECT app_key, environment, location, trust, last_run_at, last_good_at FROM series
         ORDER BY app_key, environment, location, trust",
    )?;
    let rows = statement.query_map((), |row| {
        Ok(SeriesHead {
            series: series_of(row, 0)?,
            last_run_at: row.get::<_, Option<i64>>(4)?.map(timestamp),
            last_good_at: row.get::<_, Option<i64>>(5)?.map(timestamp),
        })
    })?;
    collect(rows)
}

/// The number of a series that is there.
pub(super) fn series_number(transaction: &Transaction<'_>, series: &Series) -> Answer<Option<i64>> {
    let Series { app_key, environment, location, trust } = series;
    let mut statement = transaction.prepare_cached(
        "SELECT id FROM series WHERE app_key = ?1 AND environment = ?2 AND location = ?3 AND trust = ?4",
    )?;
    Ok(statement.query_row([app_key, environment, location, trust.name()], |row| row.get(0)).optional()?)
}

pub(super) fn tally(
    transaction: &Transaction<'_>,
    series: &Series,
    cuts: &[Timestamp],
) -> Answer<Vec<Vec<TallyRow>>> {
    tallied(transaction, series, cuts, sql::TALLY, |row| {
        Ok(TallyRow {
            event_type: row.get(0)?,
            client_key: row.get(1)?,
            site: row.get(2)?,
            code: row.get(3)?,
            verdict: verdict(row, 4)?,
            count: count(row, 5)?,
        })
    })
}

pub(super) fn health_tally(
    transaction: &Transaction<'_>,
    series: &Series,
    cuts: &[Timestamp],
) -> Answer<Vec<Vec<HealthRow>>> {
    tallied(transaction, series, cuts, sql::HEALTH_TALLY, |row| {
        Ok(HealthRow { code: row.get(0)?, verdict: verdict(row, 1)?, count: count(row, 2)? })
    })
}

/// The rows of each interval, in the order of their type.
fn tallied<R: Ord>(
    transaction: &Transaction<'_>,
    series: &Series,
    cuts: &[Timestamp],
    statement: &str,
    read: fn(&Row<'_>) -> rusqlite::Result<R>,
) -> Answer<Vec<Vec<R>>> {
    let Some(series): Option<i64> = series_number(transaction, series)? else {
        return Ok(cuts.windows(2).map(|_| Vec::new()).collect());
    };
    let mut statement = transaction.prepare_cached(statement)?;
    let mut tally = Vec::new();
    for interval in cuts.windows(2) {
        let [first, last, from, before, after, to] =
            sql::split(nanoseconds(interval[0]), nanoseconds(interval[1]));
        let bounds = [series, first, last, from, before, after, to];
        let mut rows: Vec<R> = collect(statement.query_map(bounds, read)?)?;
        rows.sort_unstable();
        tally.push(rows);
    }
    Ok(tally)
}

pub(super) fn exclusions(transaction: &Transaction<'_>) -> Answer<Vec<Exclusion>> {
    let mut statement = transaction.prepare_cached(
        "SELECT id, reason, from_at, to_at, app_key, environment, location, site, client_key, code, created_at
         FROM exclusions ORDER BY from_at, id",
    )?;
    let rows = statement.query_map((), |row| {
        Ok(Exclusion {
            id: id(row, 0)?,
            reason: row.get(1)?,
            from: timestamp(row.get(2)?),
            to: row.get::<_, Option<i64>>(3)?.map(timestamp),
            scope: Scope {
                app_key: row.get(4)?,
                environment: row.get(5)?,
                location: row.get(6)?,
                site: row.get(7)?,
                client_key: row.get(8)?,
                code: row.get(9)?,
            },
            created_at: timestamp(row.get(10)?),
        })
    })?;
    collect(rows)
}

pub(super) fn memory(transaction: &Transaction<'_>, key: &str) -> Answer<Option<String>> {
    let value = transaction.query_row("SELECT value FROM memory WHERE key = ?1", [key], |row| row.get(0));
    Ok(value.optional()?)
}

fn head(row: &Row<'_>) -> rusqlite::Result<RunHead> {
    Ok(RunHead {
        id: id(row, 1)?,
        series: series_of(row, 2)?,
        command: row.get(6)?,
        target: row.get(7)?,
        started_at: timestamp(row.get(8)?),
        finished_at: timestamp(row.get(9)?),
        complete: row.get(10)?,
        feeds_windows: row.get(11)?,
        status: row.get(12)?,
    })
}

fn series_of(row: &Row<'_>, first: usize) -> rusqlite::Result<Series> {
    Ok(Series {
        app_key: row.get(first)?,
        environment: row.get(first + 1)?,
        location: row.get(first + 2)?,
        trust: named(row, first + 3, Trust::named)?,
    })
}

fn verdict(row: &Row<'_>, column: usize) -> rusqlite::Result<Verdict> {
    named(row, column, Verdict::named)
}

fn named<T>(row: &Row<'_>, column: usize, read: fn(&str) -> Option<T>) -> rusqlite::Result<T> {
    let name: String = row.get(column)?;
    let unknown = || format!("`{name}` is unknown").into();
    read(&name).ok_or_else(|| rusqlite::Error::FromSqlConversionFailure(column, Type::Text, unknown()))
}

fn id(row: &Row<'_>, column: usize) -> rusqlite::Result<Uuid> {
    row.get(column).map(Uuid::from_bytes)
}

fn count(row: &Row<'_>, column: usize) -> rusqlite::Result<u64> {
    row.get(column).map(read_count)
}

fn collect<T>(rows: impl Iterator<Item = rusqlite::Result<T>>) -> Answer<Vec<T>> {
    rows.map(|row| row.map_err(Problem::from)).collect()
}
