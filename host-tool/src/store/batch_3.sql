-- The batch store, version 3: certificates that came back, and failed boards submitted again. A released step is never edited.
CREATE TABLE certificates (
    board         INTEGER PRIMARY KEY REFERENCES boards (sequence),
    job           INTEGER NOT NULL REFERENCES jobs (id), -- it came with this job
    chain         BLOB    NOT NULL,                      -- DER, one behind the other, the board's own first
    chain_sha256  BLOB    NOT NULL,
    fingerprint   BLOB    NOT NULL UNIQUE,               -- SHA-256 of the board's own
    serial        TEXT    NOT NULL,                      -- lower-case hexadecimal
    not_before_ms INTEGER NOT NULL,
    not_after_ms  INTEGER NOT NULL,
    taken_ms      INTEGER NOT NULL
) STRICT;

-- What came with a job the last time it was looked at, and was not taken.
CREATE TABLE refused_certificates (
    job         INTEGER NOT NULL REFERENCES jobs (id),
    fingerprint BLOB    NOT NULL,                        -- SHA-256 of the certificate, or of what came in its place
    board       INTEGER REFERENCES boards (sequence),    -- NULL: it is no board's of this batch
    file        TEXT    NOT NULL,                        -- the name that it came under
    kind        TEXT    NOT NULL CHECK (kind IN ('unexpected', 'mismatched')),
    reason      TEXT    NOT NULL,
    refused_ms  INTEGER NOT NULL,
    PRIMARY KEY (job, fingerprint)
) STRICT;

-- When each step was done, and where the board was then.
ALTER TABLE boards ADD COLUMN installed_ms INTEGER;
ALTER TABLE boards ADD COLUMN done_ms INTEGER;
ALTER TABLE boards ADD COLUMN locked_ms INTEGER;
ALTER TABLE boards ADD COLUMN delivered_link TEXT;

-- Round 1 is the batch's first submission, round 2 the boards that failed in it, and so on.
ALTER TABLE jobs ADD COLUMN round INTEGER NOT NULL DEFAULT 1;
ALTER TABLE jobs ADD COLUMN rework_of INTEGER REFERENCES jobs (id); -- the first job of the round before

DROP INDEX one_live_job_a_part;
CREATE UNIQUE INDEX one_live_job_a_part ON jobs (round, part) WHERE abandoned_ms IS NULL;

-- The jobs that a board failed in before the one that it is in.
CREATE TABLE reworked (
    board INTEGER NOT NULL REFERENCES boards (sequence),
    job   INTEGER NOT NULL REFERENCES jobs (id),
    error TEXT,
    PRIMARY KEY (board, job)
) STRICT, WITHOUT ROWID;
