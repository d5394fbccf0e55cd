-- The station-wide index, version 2: which boards joined by which token, and how many a token let in.
CREATE TABLE joins (
    token TEXT    NOT NULL,
    mac   TEXT    NOT NULL,
    at_ms INTEGER NOT NULL,
    PRIMARY KEY (token, mac)
) STRICT, WITHOUT ROWID;

-- The count of its rows there: counting them each time would take ever longer.
CREATE TABLE tokens (
    token  TEXT    NOT NULL PRIMARY KEY,
    boards INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
