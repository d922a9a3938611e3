//! What changes the file.

use jiff::Timestamp;
use rusqlite::{Transaction, params};
use uuid::Uuid;

use super::Answer;
use crate::history::sql;
use crate::history::values::{compressed, nanoseconds, stored_count};
use crate::history::{Exclusion, Recorded, RunRecord, Series};

pub(super) fn run(transaction: &Transaction<'_>, run: &RunRecord) -> Answer<Recorded> {
    let head = &run.head;
    let id = head.id.as_bytes();
    let known = transaction.prepare_cached("SELECT 1 FROM runs WHERE id = ?1")?.exists([id])?;
    if known {
        return Ok(Recorded::AlreadyThere);
    }
    let series = series(transaction, &head.series)?;
    transaction.prepare_cached(
        "INSERT INTO runs (id, series, command, target, started_at, finished_at, complete, feeds_windows, status)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
    )?.execute(params![
        id,
        series,
        head.command,
        head.target,
        nanoseconds(head.started_at),
        nanoseconds(head.finished_at),
        head.complete,
        head.feeds_windows,
        head.status,
    ])?;
    let number = transaction.last_insert_rowid();
    transaction
        .prepare_cached("INSERT INTO reports (run, gzip) VALUES (?1, ?2)")?
        .execute(params![number, compressed(&run.report)])?;
    let feeds = head.feeds_windows.then_some(series);
    events(transaction, run, number, feeds)?;
    transaction.prepare_cached(sql::ADD_HOURS)?.execute([number])?;
    if let Some(health) = &run.health {
        transaction
            .prepare_cached(
                "INSERT INTO health (run, feeds, at, code, verdict, elapsed_us) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            )?
            .execute(params![
                number,
                feeds,
                nanoseconds(health.at),
                health.code,
                health.verdict.name(),
                i64::try_from(health.elapsed.as_micros()).unwrap_or(i64::MAX),
            ])?;
        transaction.prepare_cached(sql::ADD_HEALTH_HOURS)?.execute([number])?;
    }
    if head.feeds_windows {
        note_last(transaction, run, series)?;
    }
    Ok(Recorded::New)
}

fn events(transaction: &Transaction<'_>, run: &RunRecord, number: i64, feeds: Option<i64>) -> Answer<()> {
    let mut insert = transaction.prepare_cached(
        "INSERT INTO events (run, position, feeds, at, event_type, scenario, step, client_key, site, code, verdict, count)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
    )?;
    for (position, event) in (0_i64..).zip(&run.events) {
        insert.execute(params![
            number,
            position,
            feeds,
            nanoseconds(event.at),
            event.event_type,
            event.scenario,
            event.step,
            event.client_key,
            event.site,
            event.code,
            event.verdict.name(),
            stored_count(event.count),
        ])?;
    }
    Ok(())
}

/// The number of a series, which is made when there is none.
fn series(transaction: &Transaction<'_>, series: &Series) -> Answer<i64> {
    if let Some(number) = super::read::series_number(transaction, series)? {
        return Ok(number);
    }
    let Series { app_key, environment, location, trust } = series;
    transaction
        .prepare_cached("INSERT INTO series (app_key, environment, location, trust) VALUES (?1, ?2, ?3, ?4)")?
        .execute(params![app_key, environment, location, trust.name()])?;
    Ok(transaction.last_insert_rowid())
}

fn note_last(transaction: &Transaction<'_>, run: &RunRecord, series: i64) -> Answer<()> {
    // `max` of several values is null as soon as one of them is.
    transaction
        .prepare_cached(
            "UPDATE series SET
                last_run_at = max(coalesce(last_run_at, ?2), ?2),
                last_good_at = coalesce(max(last_good_at, ?3), last_good_at, ?3)
             WHERE id = ?1",
        )?
        .execute(params![series, nanoseconds(run.head.finished_at), run.last_good_at().map(nanoseconds)])?;
    Ok(())
}

pub(super) fn exclusion(transaction: &Transaction<'_>, exclusion: &Exclusion) -> Answer<()> {
    let Exclusion { id, reason, from, to, scope, created_at } = exclusion;
    transaction.execute(
        "INSERT INTO exclusions
            (id, reason, from_at, to_at, app_key, environment, location, site, client_key, code, created_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)
         ON CONFLICT DO NOTHING",
        params![
            id.as_bytes(),
            reason,
            nanoseconds(*from),
            to.map(nanoseconds),
            scope.app_key,
            scope.environment,
            scope.location,
            scope.site,
            scope.client_key,
            scope.code,
            nanoseconds(*created_at),
        ],
    )?;
    Ok(())
}

pub(super) fn no_exclusion(transaction: &Transaction<'_>, id: Uuid) -> Answer<bool> {
    Ok(transaction.execute("DELETE FROM exclusions WHERE id = ?1", [id.as_bytes()])? > 0)
}

pub(super) fn memory(transaction: &Transaction<'_>, key: &str, value: &str) -> Answer<()> {
    transaction.execute(
        "INSERT INTO memory (key, value) VALUES (?1, ?2) ON CONFLICT DO UPDATE SET value = excluded.value",
        [key, value],
    )?;
    Ok(())
}

pub(super) fn prune(transaction: &Transaction<'_>, before: Timestamp) -> Answer<u64> {
    let before = [nanoseconds(before)];
    transaction.execute(sql::TAKE_HOURS, before)?;
    transaction.execute(sql::TAKE_HEALTH_HOURS, before)?;
    let pruned = transaction.execute(sql::FORGET_RUNS, before)?;
    transaction.execute(sql::FORGET_HOURS, before)?;
    transaction.execute(sql::FORGET_HEALTH_HOURS, before)?;
    Ok(pruned as u64)
}
