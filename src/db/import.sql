-- What an import knows: every call once, the commands that ran, the transcripts read.
CREATE TABLE IF NOT EXISTS flowmine_calls (
    call_key              TEXT PRIMARY KEY,
    workflow_id           TEXT NOT NULL,
    source                TEXT NOT NULL,
    called_at             TEXT,                  -- ISO 8601, UTC
    model                 TEXT,                  -- as it stands in the transcript
    input_tokens          INTEGER NOT NULL,
    output_tokens         INTEGER NOT NULL,
    cache_write_5m_tokens INTEGER NOT NULL,
    cache_write_1h_tokens INTEGER NOT NULL,
    cache_read_tokens     INTEGER NOT NULL,
    cost                  REAL                   -- US dollars; NULL where no price is known
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS flowmine_commands (
    workflow_id TEXT NOT NULL,
    position    INTEGER NOT NULL,                -- from 0, by the time of the call that issued the line
    part        INTEGER NOT NULL,                -- from 0: a line with several operations has a row for each
    program     TEXT,
    command     TEXT,                            -- the line, without secrets; NULL with --no-text
    signature   TEXT,                            -- NULL where no rule knows it
    exit_status INTEGER,                         -- 0, the number, or NULL: unknown
    calls       INTEGER NOT NULL,                -- that share in it
    tokens      INTEGER NOT NULL,                -- its share of theirs
    cost        REAL,                            -- its share of theirs in US dollars
    PRIMARY KEY (workflow_id, position, part)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS flowmine_transcripts (
    path        TEXT PRIMARY KEY,
    source      TEXT NOT NULL,
    size        INTEGER NOT NULL,                -- bytes on disk
    modified    INTEGER NOT NULL,                -- nanoseconds since 1970
    read_to     INTEGER NOT NULL,                -- bytes read, after decompression
    unreadable  INTEGER NOT NULL,                -- lines
    format      INTEGER NOT NULL,                -- of the facts
    facts       BLOB NOT NULL                    -- what the file says of turns, calls and commands
);
-- With --no-text: what a request asks for.
CREATE TABLE IF NOT EXISTS flowmine_asked (
    workflow_id TEXT NOT NULL,
    position    INTEGER NOT NULL,
    signature   TEXT NOT NULL,
    found       TEXT NOT NULL,                   -- JSON: found_in and covers, as of an occurrence
    PRIMARY KEY (workflow_id, position)
) WITHOUT ROWID;
-- What a run's result line says by model: it counts in place of the run's calls, of which a stream shows a part.
CREATE TABLE IF NOT EXISTS flowmine_run_models (
    run                   TEXT NOT NULL,         -- adw:ADW_ID:AGENT, with which the keys of its calls begin
    position              INTEGER NOT NULL,      -- from 0, by the model's name
    workflow_id           TEXT NOT NULL,
    model                 TEXT,
    calls                 INTEGER NOT NULL,      -- that the stream shows
    input_tokens          INTEGER NOT NULL,
    output_tokens         INTEGER NOT NULL,
    cache_write_5m_tokens INTEGER NOT NULL,
    cache_write_1h_tokens INTEGER NOT NULL,
    cache_read_tokens     INTEGER NOT NULL,
    cost                  REAL,                  -- US dollars; NULL where the run's is unknown
    PRIMARY KEY (run, position)
) WITHOUT ROWID;
-- What the rows above were made with: one row.
CREATE TABLE IF NOT EXISTS flowmine_import_state (
    id          INTEGER PRIMARY KEY CHECK (id = 1),
    revision    INTEGER NOT NULL,                -- goes up with every change of flowmine_transcripts
    complete    INTEGER NOT NULL,                -- 1: the rows are those of the transcripts; 0: not yet
    since       TEXT,                            -- only of turns from then on (--since); NULL: of all
    detected    INTEGER NOT NULL,                -- 1: the patterns of all rows are recorded
    prices      TEXT,                            -- JSON: what --prices gave
    priced_with TEXT NOT NULL,                   -- SHA-256 of the prices
    named_with  TEXT NOT NULL,                   -- SHA-256 of the rules that named the commands
    categories  TEXT NOT NULL                    -- JSON: the categories of which those rules know commands
);
