-- Moments are nanoseconds since 1970, ids the sixteen bytes of a UUID.

CREATE TABLE series (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    app_key TEXT NOT NULL,
    environment TEXT NOT NULL,
    location TEXT NOT NULL,
    trust TEXT NOT NULL,
    last_run_at BIGINT,
    last_good_at BIGINT,
    UNIQUE (app_key, environment, location, trust)
);

CREATE TABLE runs (
    number BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    id BYTEA NOT NULL UNIQUE,
    series BIGINT NOT NULL REFERENCES series,
    command TEXT NOT NULL,
    target TEXT NOT NULL,
    started_at BIGINT NOT NULL,
    finished_at BIGINT NOT NULL,
    complete BOOLEAN NOT NULL,
    feeds_windows BOOLEAN NOT NULL,
    status TEXT NOT NULL
);

CREATE INDEX runs_by_start ON runs (started_at);
CREATE INDEX runs_by_end ON runs (finished_at);

-- Apart from the runs, so that lists of runs don't read past them.
CREATE TABLE reports (
    run BIGINT PRIMARY KEY REFERENCES runs ON DELETE CASCADE,
    gzip BYTEA NOT NULL
);

-- `feeds` is the series whose windows an event counts in, if it does in any.
CREATE TABLE events (
    run BIGINT NOT NULL REFERENCES runs ON DELETE CASCADE,
    position BIGINT NOT NULL,
    feeds BIGINT REFERENCES series,
    at BIGINT NOT NULL,
    event_type TEXT NOT NULL,
    scenario TEXT NOT NULL,
    step TEXT NOT NULL,
    client_key TEXT NOT NULL,
    site TEXT NOT NULL,
    code TEXT NOT NULL,
    verdict TEXT NOT NULL,
    count BIGINT NOT NULL,
    PRIMARY KEY (run, position)
);

CREATE INDEX events_of_windows ON events (feeds, at) WHERE feeds IS NOT NULL;

CREATE TABLE health (
    run BIGINT PRIMARY KEY REFERENCES runs ON DELETE CASCADE,
    feeds BIGINT REFERENCES series,
    at BIGINT NOT NULL,
    code TEXT NOT NULL,
    verdict TEXT NOT NULL,
    elapsed_us BIGINT NOT NULL
);

CREATE INDEX health_of_windows ON health (feeds, at) WHERE feeds IS NOT NULL;

CREATE TABLE exclusions (
    id BYTEA PRIMARY KEY,
    reason TEXT NOT NULL,
    from_at BIGINT NOT NULL,
    to_at BIGINT,
    app_key TEXT,
    environment TEXT,
    location TEXT,
    site TEXT,
    client_key TEXT,
    code TEXT,
    created_at BIGINT NOT NULL
);

CREATE TABLE memory (
    key TEXT PRIMARY KEY,
    value TEXT NOT NULL
);
