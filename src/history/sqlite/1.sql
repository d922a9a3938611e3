-- Moments are nanoseconds since 1970, ids the sixteen bytes of a UUID.

CREATE TABLE series (
    id INTEGER PRIMARY KEY,
    app_key TEXT NOT NULL,
    environment TEXT NOT NULL,
    location TEXT NOT NULL,
    trust TEXT NOT NULL,
    last_run_at INTEGER,
    last_good_at INTEGER,
    UNIQUE (app_key, environment, location, trust)
) STRICT;

CREATE TABLE runs (
    number INTEGER PRIMARY KEY,
    id BLOB NOT NULL UNIQUE,
    series INTEGER NOT NULL REFERENCES series,
    command TEXT NOT NULL,
    target TEXT NOT NULL,
    started_at INTEGER NOT NULL,
    finished_at INTEGER NOT NULL,
    complete INTEGER NOT NULL,
    feeds_windows INTEGER NOT NULL,
    status TEXT NOT NULL
) STRICT;

CREATE INDEX runs_by_start ON runs (started_at);
CREATE INDEX runs_by_end ON runs (finished_at);

-- Apart from the runs, so that lists of runs don't read past them.
CREATE TABLE reports (
    run INTEGER PRIMARY KEY REFERENCES runs ON DELETE CASCADE,
    gzip BLOB NOT NULL
) STRICT;

-- `feeds` is the series whose windows an event counts in, if it does in any.
CREATE TABLE events (
    run INTEGER NOT NULL REFERENCES runs ON DELETE CASCADE,
    position INTEGER NOT NULL,
    feeds INTEGER REFERENCES series,
    at INTEGER NOT NULL,
    event_type TEXT NOT NULL,
    scenario TEXT NOT NULL,
    step TEXT NOT NULL,
    client_key TEXT NOT NULL,
    site TEXT NOT NULL,
    code TEXT NOT NULL,
    verdict TEXT NOT NULL,
    count INTEGER NOT NULL,
    PRIMARY KEY (run, position)
) STRICT, WITHOUT ROWID;

CREATE INDEX events_of_windows ON events (feeds, at) WHERE feeds IS NOT NULL;

CREATE TABLE health (
    run INTEGER PRIMARY KEY REFERENCES runs ON DELETE CASCADE,
    feeds INTEGER REFERENCES series,
    at INTEGER NOT NULL,
    code TEXT NOT NULL,
    verdict TEXT NOT NULL,
    elapsed_us INTEGER NOT NULL
) STRICT;

CREATE INDEX health_of_windows ON health (feeds, at) WHERE feeds IS NOT NULL;

CREATE TABLE exclusions (
    id BLOB PRIMARY KEY,
    reason TEXT NOT NULL,
    from_at INTEGER NOT NULL,
    to_at INTEGER,
    app_key TEXT,
    environment TEXT,
    location TEXT,
    site TEXT,
    client_key TEXT,
    code TEXT,
    created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE memory (
    key TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;
