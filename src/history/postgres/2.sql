-- Sums of whole hours, so that a window of weeks is read in hundreds of rows. `hour` counts from 1970.

CREATE TABLE hours (
    feeds BIGINT NOT NULL REFERENCES series,
    hour BIGINT NOT NULL,
    event_type TEXT NOT NULL,
    client_key TEXT NOT NULL,
    site TEXT NOT NULL,
    code TEXT NOT NULL,
    verdict TEXT NOT NULL,
    count BIGINT NOT NULL,
    PRIMARY KEY (feeds, hour, event_type, client_key, site, code, verdict)
);

INSERT INTO hours
SELECT feeds, at / 3600000000000, event_type, client_key, site, code, verdict, sum(count)
FROM events WHERE feeds IS NOT NULL GROUP BY 1, 2, 3, 4, 5, 6, 7;

CREATE TABLE health_hours (
    feeds BIGINT NOT NULL REFERENCES series,
    hour BIGINT NOT NULL,
    code TEXT NOT NULL,
    verdict TEXT NOT NULL,
    count BIGINT NOT NULL,
    PRIMARY KEY (feeds, hour, code, verdict)
);

INSERT INTO health_hours
SELECT feeds, at / 3600000000000, code, verdict, count(*)
FROM health WHERE feeds IS NOT NULL GROUP BY 1, 2, 3, 4;
