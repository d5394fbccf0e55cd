-- The batch store, version 1. A released step is never edited: a change is a new step beside it.
PRAGMA application_id = 0x4E504254; -- "NPBT"

CREATE TABLE batch (
    id              INTEGER PRIMARY KEY CHECK (id = 1),
    batch_id        TEXT    NOT NULL,
    name            TEXT    NOT NULL,
    created_ms      INTEGER NOT NULL,
    tool_version    TEXT    NOT NULL,
    refusals_logged INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE TABLE jobs (
    id             INTEGER PRIMARY KEY,
    name           TEXT    NOT NULL,
    data_file      TEXT    NOT NULL,
    data_sha256    TEXT    NOT NULL,
    data_bytes     INTEGER NOT NULL,
    data_rows      INTEGER NOT NULL,
    name_was_free  INTEGER CHECK (name_was_free IN (0, 1)), -- NULL: not known
    intent_ms      INTEGER NOT NULL,
    answer_lost_ms INTEGER,
    abandoned_ms   INTEGER,
    service_id     TEXT,
    posted_ms      INTEGER,
    status         TEXT,
    status_ms      INTEGER,
    report_file    TEXT,
    report_ms      INTEGER
) STRICT;

-- One job a batch, for now: a step that allows several drops this index.
CREATE UNIQUE INDEX one_live_job ON jobs ((1)) WHERE abandoned_ms IS NULL;

CREATE TABLE boards (
    sequence     INTEGER PRIMARY KEY,
    mac          TEXT    NOT NULL UNIQUE,
    name         TEXT    NOT NULL UNIQUE,
    key_sha256   TEXT    NOT NULL UNIQUE,
    link         TEXT    NOT NULL,
    csr          BLOB    NOT NULL,
    firmware     TEXT    NOT NULL,
    columns      TEXT    NOT NULL,
    row_sha256   BLOB    NOT NULL, -- over the columns above: a changed byte is found when the row is read
    state        TEXT    NOT NULL
                 CHECK (state IN ('collected', 'submitted', 'issued', 'installed', 'done', 'failed')),
    error        TEXT,
    job          INTEGER REFERENCES jobs (id),
    collected_ms INTEGER NOT NULL,
    changed_ms   INTEGER NOT NULL
) STRICT;

CREATE TABLE sightings (
    id    INTEGER PRIMARY KEY, -- grows with every sighting: the lowest is the one not seen for longest
    link  TEXT    NOT NULL,
    mac   TEXT    NOT NULL,    -- '' where the board did not say
    name  TEXT    NOT NULL,    -- '' where the board did not say
    state TEXT    NOT NULL CHECK (state IN ('seen', 'failed')),
    error TEXT,
    at_ms INTEGER NOT NULL,
    UNIQUE (link, mac, name)
) STRICT;

CREATE INDEX sightings_of_board ON sightings (mac, name);

CREATE TABLE log (
    seq           INTEGER PRIMARY KEY,
    time_ms       INTEGER NOT NULL,
    station       TEXT    NOT NULL,
    actor         TEXT    NOT NULL,
    event         TEXT    NOT NULL,
    subject       TEXT    NOT NULL,
    detail        TEXT    NOT NULL,
    previous_hash BLOB    NOT NULL,
    hash          BLOB    NOT NULL
) STRICT;

-- Where the log ends, so that rows taken off its end are missed too.
CREATE TABLE log_head (
    id   INTEGER PRIMARY KEY CHECK (id = 1),
    seq  INTEGER NOT NULL,
    hash BLOB    NOT NULL
) STRICT;

CREATE TRIGGER log_is_never_changed BEFORE UPDATE ON log
BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END;

CREATE TRIGGER log_is_never_shortened BEFORE DELETE ON log
BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END;

-- "OR REPLACE" would take a row's place without any of the two above.
CREATE TRIGGER log_is_only_appended BEFORE INSERT ON log
WHEN NEW.seq <> (SELECT seq + 1 FROM log_head)
BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END;
