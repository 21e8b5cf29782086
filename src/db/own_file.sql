-- flowmine's own file, made by 'flowmine import': one row a turn of a coding agent's transcript.
CREATE TABLE workflow_history (
    id                    INTEGER PRIMARY KEY AUTOINCREMENT,
    workflow_id           TEXT NOT NULL UNIQUE,  -- claude:<prompt uuid>, codex:<thread>:<turn>, adw:<adw_id>:<agent>
    nl_input              TEXT,                  -- what the person asked for
    workflow_template     TEXT,                  -- the slash command
    error_message         TEXT,
    status                TEXT NOT NULL,         -- completed, failed
    start_time            TEXT,                  -- ISO 8601, UTC: the prompt
    end_time              TEXT,                  -- the turn's last line
    duration_seconds      REAL,
    error_count           INTEGER NOT NULL,
    retry_count           INTEGER NOT NULL,
    total_tokens          INTEGER NOT NULL,      -- of all five kinds
    actual_cost_total     REAL,                  -- US dollars; NULL where a call has no price
    model_used            TEXT,                  -- the model of the greatest cost
    source                TEXT NOT NULL,         -- claude, codex, adw
    project               TEXT,                  -- the folder that the agent worked in
    session_id            TEXT,
    branch                TEXT,
    machine_written       INTEGER NOT NULL,      -- 1: a program asked
    input_tokens          INTEGER NOT NULL,
    output_tokens         INTEGER NOT NULL,
    cache_write_5m_tokens INTEGER NOT NULL,
    cache_write_1h_tokens INTEGER NOT NULL,
    cache_read_tokens     INTEGER NOT NULL
);
