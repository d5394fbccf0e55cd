-- The station-wide index, version 1. A released step is never edited: a change is a new step beside it.
PRAGMA application_id = 0x4E505354; -- "NPST"

CREATE TABLE boards (
    mac        TEXT    NOT NULL UNIQUE,
    name       TEXT    NOT NULL UNIQUE,
    key_sha256 TEXT    NOT NULL UNIQUE,
    batch_id   TEXT    NOT NULL,
    batch_name TEXT    NOT NULL,
    at_ms      INTEGER NOT NULL
) STRICT;

CREATE INDEX boards_of_batch ON boards (batch_id);
