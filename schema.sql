-- The tables flowmine writes into a workflow_history.db, where they are missing. To a table that an earlier version
-- made it adds columns; 'doctor --fix' makes one anew that cannot be written to. It never touches workflow_history. The
-- application's own operation_patterns and pattern_occurrences have further columns; flowmine leaves those alone.

-- One row a signature ("category:subcategory:target"): an operation that keeps recurring. docs/numbers.md says how each
-- number follows from the occurrences and from workflow_history.
CREATE TABLE IF NOT EXISTS operation_patterns (
    id                        INTEGER PRIMARY KEY AUTOINCREMENT,
    pattern_signature         TEXT NOT NULL UNIQUE,
    pattern_type              TEXT NOT NULL,               -- the signature's category
    occurrence_count          INTEGER NOT NULL DEFAULT 0,  -- distinct workflows linked
    avg_tokens_with_llm       INTEGER DEFAULT 0,
    avg_cost_with_llm         REAL DEFAULT 0.0,            -- US dollars
    avg_tokens_with_tool      INTEGER DEFAULT 0,
    avg_cost_with_tool        REAL DEFAULT 0.0,            -- US dollars
    typical_input_pattern     TEXT,                        -- JSON: characteristics of the first workflow
    automation_status         TEXT DEFAULT 'detected' CHECK (
        automation_status IN ('detected', 'candidate', 'approved', 'implemented', 'active', 'deprecated')
    ),
    confidence_score          REAL DEFAULT 10.0,           -- 0 to 100
    potential_monthly_savings REAL DEFAULT 0.0,            -- US dollars
    created_at                TEXT DEFAULT CURRENT_TIMESTAMP,
    last_seen                 TEXT DEFAULT CURRENT_TIMESTAMP,
    -- What a person decided with 'patterns set-status'.
    reviewed_by               TEXT,
    reviewed_at               TEXT,                        -- YYYY-MM-DD HH:MM:SS UTC
    review_notes              TEXT,
    updated_at                TEXT                         -- when the decision was last changed, as reviewed_at
);

-- One row an occurrence: this pattern was seen in this workflow. workflow_id is the workflow's key: its workflow_id,
-- else its id as text. It is no foreign key, because the column it would point to is not unique.
CREATE TABLE IF NOT EXISTS pattern_occurrences (
    id                      INTEGER PRIMARY KEY AUTOINCREMENT,
    pattern_id              INTEGER NOT NULL REFERENCES operation_patterns (id),
    workflow_id             TEXT NOT NULL,
    similarity_score        REAL DEFAULT 0.0,              -- 0 to 100
    matched_characteristics TEXT,                          -- JSON
    detected_at             TEXT DEFAULT CURRENT_TIMESTAMP
);

-- A workflow counts once: the name is the one the application's own migration uses. Keys that differ in case are two, also
-- where the table was declared to ignore it.
CREATE UNIQUE INDEX IF NOT EXISTS idx_pattern_occurrence_unique ON pattern_occurrences (pattern_id, workflow_id COLLATE BINARY);

-- flowmine's runs: one row each.
CREATE TABLE IF NOT EXISTS flowmine_runs (
    id                  INTEGER PRIMARY KEY,
    command             TEXT NOT NULL,     -- backfill, process, import
    asked               TEXT NOT NULL,     -- JSON: the selection and the options
    rules_name          TEXT NOT NULL,
    rules_hash          TEXT NOT NULL,     -- SHA-256 of the rules' text
    rules_path          TEXT,              -- where a rules file of the user's own was read
    started_at          TEXT NOT NULL,     -- YYYY-MM-DD HH:MM:SS UTC
    finished_at         TEXT,              -- NULL: still at work, or it was killed
    outcome             TEXT NOT NULL,     -- running, done, interrupted
    rebuilt             INTEGER NOT NULL,  -- 1: every occurrence in the file was made by these rules
    workflows           INTEGER NOT NULL DEFAULT 0,  -- looked at
    matched             INTEGER NOT NULL DEFAULT 0,  -- of those, with at least one pattern
    failed              INTEGER NOT NULL DEFAULT 0,  -- of those, that could not be read or recorded
    new_occurrences     INTEGER NOT NULL DEFAULT 0,
    removed_occurrences INTEGER NOT NULL DEFAULT 0,
    new_patterns        INTEGER NOT NULL DEFAULT 0,
    removed_patterns    INTEGER NOT NULL DEFAULT 0,
    -- How far the last complete pass read; NULL for every other run.
    mark_rowid          INTEGER,           -- the highest rowid there was
    mark_updated_at     TEXT,              -- rows with this or a later updated_at may have changed since
    mark_revisit        TEXT,              -- rowids to look at again ("3,7-12"): unfinished then, or failed
    mark_counts         TEXT               -- JSON: the links and rows there were, to notice those that are lost or restored
);

-- What a person left out of the figures with 'patterns exclude': one row each.
CREATE TABLE IF NOT EXISTS flowmine_exclusions (
    id          INTEGER PRIMARY KEY,
    kind        TEXT NOT NULL,  -- workflow, pattern
    name        TEXT NOT NULL,  -- the workflow's key; the pattern's signature
    excluded_by TEXT,           -- who
    excluded_at TEXT,           -- YYYY-MM-DD HH:MM:SS UTC
    note        TEXT            -- why
);
