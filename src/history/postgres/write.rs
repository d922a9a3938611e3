//! What changes the database.

use jiff::Timestamp;
use tokio_postgres::Transaction;
use uuid::Uuid;

use super::Answer;
use super::schema::LOCK;
use crate::history::sql;
use crate::history::values::{compressed, nanoseconds, stored_count};
use crate::history::{EventCount, Exclusion, Recorded, RunRecord};

pub(super) async fn run(transaction: &Transaction<'_>, run: &RunRecord) -> Answer<Recorded> {
    let head = &run.head;
    let id = head.id.as_bytes().as_slice();
    if transaction.query_opt("SELECT 1 FROM runs WHERE id = $1", &[&id]).await?.is_some() {
        return Ok(Recorded::AlreadyThere);
    }
    let series = series(transaction, run).await?;
    let inserted = transaction
        .query_opt(
            "INSERT INTO runs
                (id, series, command, target, started_at, finished_at, complete, feeds_windows, status)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (id) DO NOTHING RETURNING number",
            &[
                &id,
                &series,
                &head.command,
                &head.target,
                &nanoseconds(head.started_at),
                &nanoseconds(head.finished_at),
                &head.complete,
                &head.feeds_windows,
                &head.status,
            ],
        )
        .await?;
    // Another probe delivered the same run meanwhile.
    let Some(row) = inserted else { return Ok(Recorded::AlreadyThere) };
    let number: i64 = row.try_get(0)?;
    transaction
        .execute("INSERT INTO reports (run, gzip) VALUES ($1, $2)", &[&number, &compressed(&run.report)])
        .await?;
    let feeds = head.feeds_windows.then_some(series);
    events(transaction, &run.events, number, feeds).await?;
    transaction.execute(sql::ADD_HOURS, &[&number]).await?;
    if let Some(health) = &run.health {
        let elapsed = i64::try_from(health.elapsed.as_micros()).unwrap_or(i64::MAX);
        transaction
            .execute(
                "INSERT INTO health (run, feeds, at, code, verdict, elapsed_us) VALUES ($1, $2, $3, $4, $5, $6)",
                &[
                    &number,
                    &feeds,
                    &nanoseconds(health.at),
                    &health.code,
                    &health.verdict.name(),
                    &elapsed,
                ],
            )
            .await?;
        transaction.execute(sql::ADD_HEALTH_HOURS, &[&number]).await?;
    }
    Ok(Recorded::New)
}

/// All events at once: each statement is a way to the server and back.
async fn events(
    transaction: &Transaction<'_>,
    events: &[EventCount],
    number: i64,
    feeds: Option<i64>,
) -> Answer<()> {
    if events.is_empty() {
        return Ok(());
    }
    let texts = |text: fn(&EventCount) -> &str| events.iter().map(text).collect::<Vec<_>>();
    let at: Vec<i64> = events.iter().map(|event| nanoseconds(event.at)).collect();
    let counts: Vec<i64> = events.iter().map(|event| stored_count(event.count)).collect();
    transaction
        .execute(
            "INSERT INTO events (run, feeds, position, at, event_type, scenario, step, client_key, site,
                code, verdict, count)
             SELECT $1, $2, event.position - 1, event.at, event.event_type, event.scenario, event.step,
                event.client_key, event.site, event.code, event.verdict, event.count
             FROM unnest($3::BIGINT[], $4::TEXT[], $5::TEXT[], $6::TEXT[], $7::TEXT[], $8::TEXT[],
                $9::TEXT[], $10::TEXT[], $11::BIGINT[]) WITH ORDINALITY AS event
                (at, event_type, scenario, step, client_key, site, code, verdict, count, position)",
            &[
                &number,
                &feeds,
                &at,
                &texts(|event| &event.event_type),
                &texts(|event| &event.scenario),
                &texts(|event| &event.step),
                &texts(|event| &event.client_key),
                &texts(|event| &event.site),
                &texts(|event| &event.code),
                &texts(|event| event.verdict.name()),
                &counts,
            ],
        )
        .await?;
    Ok(())
}

/// The number of the run's series, which is made when there is none. Its row stays locked until the end of
/// the transaction: runs of one series are recorded one after another.
async fn series(transaction: &Transaction<'_>, run: &RunRecord) -> Answer<i64> {
    let series = &run.head.series;
    let feeds = run.head.feeds_windows;
    let last_run = feeds.then(|| nanoseconds(run.head.finished_at));
    let last_good = run.last_good_at().filter(|_| feeds).map(nanoseconds);
    // `greatest` leaves out what is null.
    let row = transaction
        .query_one(
            "INSERT INTO series (app_key, environment, location, trust, last_run_at, last_good_at)
             VALUES ($1, $2, $3, $4, $5, $6)
             ON CONFLICT (app_key, environment, location, trust) DO UPDATE SET
                last_run_at = greatest(series.last_run_at, excluded.last_run_at),
                last_good_at = greatest(series.last_good_at, excluded.last_good_at)
             RETURNING id",
            &[
                &series.app_key,
                &series.environment,
                &series.location,
                &series.trust.name(),
                &last_run,
                &last_good,
            ],
        )
        .await?;
    Ok(row.try_get(0)?)
}

pub(super) async fn exclusion(transaction: &Transaction<'_>, exclusion: &Exclusion) -> Answer<()> {
    let Exclusion { id, reason, from, to, scope, created_at } = exclusion;
    transaction
        .execute(
            "INSERT INTO exclusions
                (id, reason, from_at, to_at, app_key, environment, location, site, client_key, code, created_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
             ON CONFLICT DO NOTHING",
            &[
                &id.as_bytes().as_slice(),
                reason,
                &nanoseconds(*from),
                &to.map(nanoseconds),
                &scope.app_key,
                &scope.environment,
                &scope.location,
                &scope.site,
                &scope.client_key,
                &scope.code,
                &nanoseconds(*created_at),
            ],
        )
        .await?;
    Ok(())
}

pub(super) async fn no_exclusion(transaction: &Transaction<'_>, id: Uuid) -> Answer<bool> {
    let id = id.as_bytes().as_slice();
    Ok(transaction.execute("DELETE FROM exclusions WHERE id = $1", &[&id]).await? > 0)
}

pub(super) async fn memory(transaction: &Transaction<'_>, key: &str, value: &str) -> Answer<()> {
    transaction
        .execute(
            "INSERT INTO memory (key, value) VALUES ($1, $2)
             ON CONFLICT (key) DO UPDATE SET value = excluded.value",
            &[&key, &value],
        )
        .await?;
    Ok(())
}

pub(super) async fn prune(transaction: &Transaction<'_>, before: Timestamp) -> Answer<u64> {
    // Two at once would take the same events out of the sums twice.
    transaction.batch_execute(LOCK).await?;
    let before = nanoseconds(before);
    transaction.execute(sql::TAKE_HOURS, &[&before]).await?;
    transaction.execute(sql::TAKE_HEALTH_HOURS, &[&before]).await?;
    let pruned = transaction.execute(sql::FORGET_RUNS, &[&before]).await?;
    transaction.execute(sql::FORGET_HOURS, &[&before]).await?;
    transaction.execute(sql::FORGET_HEALTH_HOURS, &[&before]).await?;
    Ok(pruned)
}
