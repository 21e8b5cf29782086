//! Odd, damaged and hostile files, made by code, as other programs, crashes and attackers leave them.

use std::path::Path;
use std::sync::LazyLock;

use rusqlite::Connection;

use crate::bytes;
use crate::common::{Flowmine, HistoryFile};

/// What the odd file is called in its directory.
pub const NAME: &str = "h.db";

/// A file, or whatever stands in its place.
pub struct OddFile {
    pub name: &'static str,
    start: Start,
    change: Change,
}

/// What is there before it becomes odd.
#[derive(Clone, Copy)]
enum Start {
    /// No file.
    Nothing,
    /// Twelve workflows in the application's layout.
    Application,
    /// Twelve workflows in the minimal layout.
    Minimal,
    /// [`Start::Application`] after a backfill.
    Recorded,
}

/// What makes it odd.
#[derive(Clone, Copy)]
enum Change {
    Sql(&'static str),
    Bytes(fn(&mut Vec<u8>)),
    Place(fn(&Path)),
}

impl OddFile {
    const fn sql(name: &'static str, start: Start, sql: &'static str) -> Self {
        Self { name, start, change: Change::Sql(sql) }
    }

    const fn bytes(name: &'static str, start: Start, change: fn(&mut Vec<u8>)) -> Self {
        Self { name, start, change: Change::Bytes(change) }
    }

    const fn place(name: &'static str, start: Start, change: fn(&Path)) -> Self {
        Self { name, start, change: Change::Place(change) }
    }

    /// Makes it in an empty directory.
    pub fn make_in(&self, directory: &Path) {
        let path = directory.join(NAME);
        if let Some(content) = self.start.content() {
            std::fs::write(&path, content).unwrap();
        }
        match self.change {
            Change::Sql(sql) => execute(&path, sql),
            Change::Bytes(change) => {
                let mut content = std::fs::read(&path).unwrap_or_default();
                change(&mut content);
                std::fs::write(&path, content).unwrap();
            }
            Change::Place(change) => change(&path),
        }
    }
}

/// Runs SQL as another program would, which may write into the schema.
fn execute(path: &Path, sql: &str) {
    let conn = Connection::open(path).unwrap();
    conn.execute_batch("PRAGMA synchronous = OFF; PRAGMA foreign_keys = OFF").unwrap();
    conn.execute_batch(sql).unwrap_or_else(|error| panic!("{error}: {sql}"));
}

impl Start {
    fn content(self) -> Option<&'static [u8]> {
        static APPLICATION: LazyLock<Vec<u8>> =
            LazyLock::new(|| made(&format!("{}{TWELVE}", crate::common::APPLICATION)));
        static MINIMAL: LazyLock<Vec<u8>> =
            LazyLock::new(|| made(&format!("{}{TWELVE_MINIMAL}", crate::common::MINIMAL)));
        static RECORDED: LazyLock<Vec<u8>> = LazyLock::new(recorded);
        match self {
            Self::Nothing => None,
            Self::Application => Some(&APPLICATION),
            Self::Minimal => Some(&MINIMAL),
            Self::Recorded => Some(&RECORDED),
        }
    }
}

fn made(sql: &str) -> Vec<u8> {
    bytes(HistoryFile::with_sql(sql).path())
}

fn recorded() -> Vec<u8> {
    let file = HistoryFile::with_sql(&format!("{}{TWELVE}", crate::common::APPLICATION));
    Flowmine::by_few_rules(&file).args(["backfill"]).run().exits(0);
    bytes(file.path())
}

const TWELVE: &str = "
    WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 12)
    INSERT INTO workflow_history (id, adw_id, workflow_id, nl_input, status, start_time, duration_seconds, total_tokens,
        actual_cost_total, created_at, updated_at)
    SELECT i, 'adw-' || i, iif(i % 3, NULL, 'wf-' || i),
        CASE i % 3 WHEN 0 THEN 'Run the backend tests with pytest' WHEN 1 THEN 'Lint the frontend with eslint'
            ELSE 'Say hello' END,
        'completed', printf('2026-10-%02dT10:00:00', i), 60 + i, 1000 * i, i * 0.1,
        printf('2026-10-%02d 10:00:00', i), printf('2026-10-%02d 11:00:00', i) FROM n;";

const TWELVE_MINIMAL: &str = "
    WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 12)
    INSERT INTO workflow_history (workflow_id, nl_input, duration_seconds, total_tokens, actual_cost_total)
    SELECT 'wf-' || i, iif(i % 2, 'Run the backend tests with pytest', 'Lint the frontend with eslint'), 60, 1000, 0.5 FROM n;";

/// What is no SQLite file at all, or one that cannot be read.
pub const UNUSABLE: &[OddFile] = &[
    OddFile::place("nothing", Start::Nothing, |_| ()),
    OddFile::bytes("an empty file", Start::Nothing, |_| ()),
    OddFile::place("a directory", Start::Nothing, |path| std::fs::create_dir(path).unwrap()),
    OddFile::place("a named pipe", Start::Nothing, named_pipe),
    OddFile::place("a symbolic link to nothing", Start::Nothing, |path| link("gone.db", path)),
    OddFile::place("a symbolic link to itself", Start::Nothing, |path| link(NAME, path)),
    OddFile::place("a symbolic link to an endless device", Start::Nothing, |path| link("/dev/zero", path)),
    OddFile::bytes("a text", Start::Nothing, |content| content.extend(b"id,cost\n1,0.5\n")),
    OddFile::bytes("zeros", Start::Nothing, |content| content.resize(8192, 0)),
    OddFile::bytes("noise", Start::Nothing, |content| content.extend(noise(40_000))),
    OddFile::bytes("a compressed file", Start::Application, |content| {
        content[..4].copy_from_slice(b"\x1f\x8b\x08\0");
    }),
    OddFile::bytes("a file of SQLite 2", Start::Nothing, |content| {
        content.extend(b"** This file contains an SQLite 2.1 database **\0");
        content.resize(4096, 0);
    }),
    OddFile::bytes("a file cut within its header", Start::Application, |content| content.truncate(60)),
    OddFile::bytes("a file cut within a page", Start::Application, |content| content.truncate(9000)),
    OddFile::bytes("a file of one page", Start::Recorded, |content| content.truncate(4096)),
    OddFile::bytes("a header overwritten", Start::Application, |content| content[..16].fill(b'x')),
    OddFile::bytes("a first page overwritten", Start::Application, |content| content[100..4096].fill(0)),
    OddFile::bytes("a page size of 3", Start::Application, |content| {
        content[16..18].copy_from_slice(&[0, 3]);
    }),
    OddFile::bytes("another page size", Start::Application, |content| {
        content[16..18].copy_from_slice(&[2, 0]);
    }),
    OddFile::bytes("file format 3", Start::Application, |content| content[18..20].fill(3)),
    OddFile::bytes("schema format 9", Start::Application, |content| content[47] = 9),
    OddFile::bytes("text encoding 7", Start::Application, |content| content[59] = 7),
    OddFile::bytes("a plain header before encrypted pages", Start::Application, |content| {
        let rest = noise(content.len() - 32);
        content[32..].copy_from_slice(&rest);
    }),
    OddFile::place("a journal that is a named pipe", Start::Application, |path| {
        named_pipe(&path.with_file_name("h.db-journal"));
    }),
];

/// A `workflow_history` of another program's, or one that is none.
pub const OTHER_PROGRAMS: &[OddFile] = &[
    OddFile::sql("a file without tables", Start::Nothing, "CREATE TABLE t (x); DROP TABLE t"),
    OddFile::sql("a file with other tables", Start::Nothing, "CREATE TABLE notes (t); CREATE TABLE tags (n)"),
    OddFile::sql("a workflow_history that is a view", Start::Nothing,
        "CREATE TABLE t (workflow_id); CREATE VIEW workflow_history AS SELECT * FROM t"),
    OddFile::sql("a virtual workflow_history", Start::Nothing,
        "CREATE VIRTUAL TABLE workflow_history USING fts5 (workflow_id, nl_input)"),
    OddFile::sql("a workflow_history without rowid", Start::Nothing,
        "CREATE TABLE workflow_history (workflow_id TEXT PRIMARY KEY, nl_input TEXT) WITHOUT ROWID"),
    OddFile::sql("a workflow_history without a key", Start::Nothing, "CREATE TABLE workflow_history (nl_input TEXT)"),
    OddFile::sql("a history that hides its rowid", Start::Nothing, "CREATE TABLE workflow_history (id, rowid, _rowid_, oid)"),
    OddFile::sql("a workflow_history of n8n", Start::Nothing,
        "CREATE TABLE workflow_history (versionId TEXT PRIMARY KEY, workflowId TEXT NOT NULL, authors TEXT, createdAt TEXT,
             updatedAt TEXT, nodes TEXT, connections TEXT);
         INSERT INTO workflow_history VALUES ('v1', 'w1', 'a', '2026-01-01', '2026-01-01', '[]', '{}')"),
    OddFile::sql("eighteen views, each of the one before twice", Start::Application,
        "CREATE VIEW v0 AS SELECT * FROM workflow_history;
         CREATE VIEW v1 AS SELECT a.id FROM v0 a, v0 b; CREATE VIEW v2 AS SELECT a.id FROM v1 a, v1 b;
         CREATE VIEW v3 AS SELECT a.id FROM v2 a, v2 b; CREATE VIEW v4 AS SELECT a.id FROM v3 a, v3 b;
         CREATE VIEW v5 AS SELECT a.id FROM v4 a, v4 b; CREATE VIEW v6 AS SELECT a.id FROM v5 a, v5 b;
         CREATE VIEW v7 AS SELECT a.id FROM v6 a, v6 b; CREATE VIEW v8 AS SELECT a.id FROM v7 a, v7 b;
         CREATE VIEW v9 AS SELECT a.id FROM v8 a, v8 b; CREATE VIEW v10 AS SELECT a.id FROM v9 a, v9 b;
         CREATE VIEW v11 AS SELECT a.id FROM v10 a, v10 b; CREATE VIEW v12 AS SELECT a.id FROM v11 a, v11 b;
         CREATE VIEW v13 AS SELECT a.id FROM v12 a, v12 b; CREATE VIEW v14 AS SELECT a.id FROM v13 a, v13 b;
         CREATE VIEW v15 AS SELECT a.id FROM v14 a, v14 b; CREATE VIEW v16 AS SELECT a.id FROM v15 a, v15 b;
         CREATE VIEW v17 AS SELECT a.id FROM v16 a, v16 b; CREATE VIEW v18 AS SELECT a.id FROM v17 a, v17 b;"),
    OddFile::sql("a table in words of libSQL", Start::Application,
        "CREATE TABLE other (id INTEGER); PRAGMA writable_schema = ON;
         UPDATE sqlite_schema SET sql = 'CREATE TABLE other (id INTEGER) RANDOM ROWID' WHERE name = 'other'"),
    OddFile::sql("a virtual table of a module that is not there", Start::Application,
        "PRAGMA writable_schema = ON; INSERT INTO sqlite_schema (type, name, tbl_name, rootpage, sql)
         VALUES ('table', 'v', 'v', 0, 'CREATE VIRTUAL TABLE v USING vec0 (e float[3])')"),
    OddFile::sql("a function that is not there, in another table's check", Start::Recorded,
        "CREATE TABLE other (a TEXT); INSERT INTO other VALUES ('x'); PRAGMA writable_schema = ON;
         UPDATE sqlite_schema SET sql = 'CREATE TABLE other (a TEXT CHECK (norm(a) <> ''''))' WHERE name = 'other'"),
    OddFile::sql("a collation that is not there, on the history's texts", Start::Application,
        "PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = replace(replace(sql, 'nl_input TEXT', 'nl_input TEXT COLLATE LOCALIZED'),
             'status TEXT NOT NULL', 'status TEXT COLLATE LOCALIZED NOT NULL') WHERE name = 'workflow_history'"),
    OddFile::sql("a damaged shadow table of another module", Start::Recorded,
        "CREATE VIRTUAL TABLE notes USING fts5 (body); INSERT INTO notes VALUES ('hello'); DELETE FROM notes_data"),
    OddFile::sql("texts in UTF-16", Start::Nothing,
        "PRAGMA encoding = 'UTF-16le'; CREATE TABLE workflow_history (workflow_id TEXT PRIMARY KEY, nl_input TEXT);
         INSERT INTO workflow_history VALUES ('wf-1', 'Run the backend tests with pytest')"),
];

/// Tables of ours that are made otherwise.
pub const LAYOUTS: &[OddFile] = &[
    OddFile::sql("the application's layout", Start::Application, ""),
    OddFile::sql("the application's layout, recorded", Start::Recorded, ""),
    OddFile::sql("the minimal layout", Start::Minimal, ""),
    OddFile::sql("an empty history", Start::Application, "DELETE FROM workflow_history"),
    OddFile::sql("a purged history", Start::Recorded, "DELETE FROM workflow_history"),
    OddFile::sql("patterns without their key", Start::Recorded,
        "CREATE TABLE t AS SELECT * FROM operation_patterns; DROP TABLE operation_patterns; ALTER TABLE t RENAME TO operation_patterns"),
    OddFile::sql("occurrences without their key", Start::Recorded,
        "CREATE TABLE t AS SELECT * FROM pattern_occurrences; DROP TABLE pattern_occurrences; ALTER TABLE t RENAME TO pattern_occurrences"),
    OddFile::sql("runs without their key", Start::Recorded,
        "CREATE TABLE t AS SELECT * FROM flowmine_runs; DROP TABLE flowmine_runs; ALTER TABLE t RENAME TO flowmine_runs"),
    OddFile::sql("patterns whose ids are texts", Start::Recorded,
        "CREATE TABLE t AS SELECT * FROM operation_patterns; UPDATE t SET id = CAST(id AS TEXT) || 'x'; DROP TABLE operation_patterns;
         ALTER TABLE t RENAME TO operation_patterns"),
    OddFile::sql("occurrences whose keys are numbers", Start::Application,
        "DROP TABLE pattern_occurrences; CREATE TABLE pattern_occurrences (id INTEGER PRIMARY KEY, pattern_id INTEGER, workflow_id INTEGER,
             similarity_score REAL, matched_characteristics TEXT, detected_at TEXT);
         UPDATE workflow_history SET workflow_id = '00123456' WHERE id = 3; UPDATE workflow_history SET workflow_id = '12e34567' WHERE id = 6"),
    OddFile::sql("workflow ids in a column of numbers", Start::Minimal,
        "CREATE TABLE t (workflow_id INTEGER, nl_input TEXT, actual_cost_total REAL); INSERT INTO t SELECT '00' || rowid, nl_input, 1.0 FROM workflow_history;
         DROP TABLE workflow_history; ALTER TABLE t RENAME TO workflow_history"),
    OddFile::sql("patterns that are a view", Start::Minimal, "CREATE VIEW operation_patterns AS SELECT 1 AS id"),
    OddFile::sql("occurrences that are a view", Start::Minimal, "CREATE VIEW pattern_occurrences AS SELECT 1 AS id"),
    OddFile::sql("occurrences without rowid", Start::Application,
        "DROP TABLE pattern_occurrences; CREATE TABLE pattern_occurrences (pattern_id, workflow_id, similarity_score,
             matched_characteristics, detected_at, PRIMARY KEY (pattern_id, workflow_id)) WITHOUT ROWID"),
    OddFile::sql("patterns that lack columns", Start::Minimal,
        "CREATE TABLE operation_patterns (id INTEGER PRIMARY KEY, pattern_signature TEXT UNIQUE, pattern_type TEXT)"),
    OddFile::sql("patterns with a column that must be filled", Start::Application,
        "PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = replace(sql, 'tool_name TEXT', 'tool_name TEXT NOT NULL')
         WHERE name = 'operation_patterns'"),
    OddFile::sql("columns named like ours and like SQLite's",
        Start::Application,
        "ALTER TABLE operation_patterns ADD COLUMN pattern_id INTEGER; ALTER TABLE operation_patterns ADD COLUMN x INTEGER;
         ALTER TABLE operation_patterns ADD COLUMN workflow_id TEXT; ALTER TABLE pattern_occurrences ADD COLUMN x INTEGER;
         ALTER TABLE pattern_occurrences ADD COLUMN pattern_signature TEXT; ALTER TABLE workflow_history ADD COLUMN x TEXT;
         ALTER TABLE workflow_history ADD COLUMN pattern_id TEXT; PRAGMA writable_schema = ON;
         UPDATE sqlite_schema SET sql = replace(sql, ' x INTEGER', ' rowid INTEGER') WHERE name = 'operation_patterns';
         UPDATE sqlite_schema SET sql = replace(sql, ' x INTEGER', ' oid INTEGER') WHERE name = 'pattern_occurrences';
         UPDATE sqlite_schema SET sql = replace(sql, ' x TEXT', ' _rowid_ TEXT') WHERE name = 'workflow_history'",
    ),
    OddFile::sql("duplicates and no unique index", Start::Recorded,
        "DROP INDEX idx_pattern_occurrence_unique; INSERT INTO pattern_occurrences (pattern_id, workflow_id)
             SELECT pattern_id, workflow_id FROM pattern_occurrences"),
    OddFile::sql("an index of our name on another column", Start::Application,
        "CREATE INDEX idx_pattern_occurrence_unique ON pattern_occurrences (workflow_id)"),
    OddFile::sql("an index of our name on some rows", Start::Application,
        "CREATE UNIQUE INDEX idx_pattern_occurrence_unique ON pattern_occurrences (pattern_id, workflow_id) WHERE id < 7"),
    OddFile::sql("a unique index that ignores case", Start::Application,
        "CREATE UNIQUE INDEX idx_pattern_occurrence_unique ON pattern_occurrences (pattern_id, workflow_id COLLATE NOCASE)"),
    OddFile::sql("strict tables", Start::Nothing,
        "CREATE TABLE workflow_history (id INTEGER PRIMARY KEY, nl_input TEXT, actual_cost_total REAL, status TEXT) STRICT;
         INSERT INTO workflow_history VALUES (1, 'Run the backend tests with pytest', 0.5, 'completed')"),
    OddFile::sql("ids that are exhausted", Start::Recorded,
        "DELETE FROM pattern_occurrences WHERE id > 2; UPDATE sqlite_sequence SET seq = 9223372036854775807"),
    OddFile::sql("rowids at both ends", Start::Minimal,
        "INSERT INTO workflow_history (rowid, workflow_id, nl_input) VALUES (-9223372036854775808, 'low', 'Run the backend tests'),
             (9223372036854775807, 'high', 'Run the backend tests'), (0, 'zero', 'Run the backend tests')"),
    OddFile::sql("generated columns that are plain", Start::Minimal,
        "ALTER TABLE workflow_history ADD COLUMN status TEXT AS ('completed')"),
    OddFile::sql("generated columns that take for ever", Start::Application,
        "CREATE TABLE t (id INTEGER PRIMARY KEY, workflow_id TEXT, adw_id TEXT, nl_input TEXT AS (hex(zeroblob(200000000))), status TEXT);
         INSERT INTO t (id, workflow_id, adw_id, status) SELECT id, workflow_id, adw_id, status FROM workflow_history;
         DROP TABLE workflow_history; ALTER TABLE t RENAME TO workflow_history"),
    OddFile::sql("patterns of another program's", Start::Recorded,
        "INSERT INTO operation_patterns (pattern_signature, pattern_type, occurrence_count, confidence_score)
             VALUES ('add_dark_mode_5_phases', 'workflow', 4, 85)"),
    OddFile::sql("a check that takes a gigabyte", Start::Application,
        "PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = replace(sql, 'similarity_score REAL',
             'similarity_score REAL CHECK (length(hex(randomblob(400000000))) > 0)') WHERE name = 'pattern_occurrences'"),
    OddFile::sql("an index that takes a gigabyte", Start::Application,
        "CREATE INDEX heavy ON pattern_occurrences (length(hex(zeroblob(400000000))))"),
    OddFile::sql("a default that takes a gigabyte", Start::Application,
        "ALTER TABLE operation_patterns ADD COLUMN heavy TEXT; PRAGMA writable_schema = ON;
         UPDATE sqlite_schema SET sql = replace(sql, 'heavy TEXT', 'heavy TEXT DEFAULT (hex(randomblob(400000000)))') WHERE name = 'operation_patterns'"),
];

/// Triggers that stand on our tables.
pub const TRIGGERS: &[OddFile] = &[
    OddFile::sql("a trigger on occurrences that changes the history", Start::Application,
        "CREATE TRIGGER t AFTER INSERT ON pattern_occurrences BEGIN UPDATE workflow_history SET nl_input = 'changed'; END"),
    OddFile::sql("a trigger on occurrences that empties the history", Start::Application,
        "CREATE TRIGGER t AFTER INSERT ON pattern_occurrences BEGIN DELETE FROM workflow_history; END"),
    OddFile::sql("a trigger on occurrences that adds to the history", Start::Application,
        "CREATE TRIGGER t AFTER INSERT ON pattern_occurrences BEGIN
             INSERT INTO workflow_history (adw_id, nl_input) VALUES (hex(randomblob(8)), 'Run the tests'); END"),
    OddFile::sql("a trigger on patterns that empties the history", Start::Application,
        "CREATE TRIGGER t AFTER INSERT ON operation_patterns BEGIN DELETE FROM workflow_history; END"),
    OddFile::sql("a trigger on updated patterns that empties the history", Start::Recorded,
        "UPDATE operation_patterns SET occurrence_count = 77; DROP TRIGGER stamp_pattern;
         CREATE TRIGGER t AFTER UPDATE ON operation_patterns BEGIN DELETE FROM workflow_history; END"),
    OddFile::sql("a trigger on deleted occurrences that empties the history", Start::Recorded,
        "DROP INDEX idx_pattern_occurrence_unique; INSERT INTO pattern_occurrences (pattern_id, workflow_id)
             SELECT pattern_id, workflow_id FROM pattern_occurrences;
         CREATE TRIGGER t AFTER DELETE ON pattern_occurrences BEGIN DELETE FROM workflow_history; END"),
    OddFile::sql("a trigger on runs that empties the history", Start::Recorded,
        "CREATE TRIGGER t AFTER INSERT ON flowmine_runs BEGIN DELETE FROM workflow_history; END"),
    OddFile::sql("a trigger on runs that changes the history by two steps", Start::Recorded,
        "CREATE TABLE log (x); CREATE TRIGGER t AFTER INSERT ON flowmine_runs BEGIN INSERT INTO log VALUES (1); END;
         CREATE TRIGGER u AFTER INSERT ON log BEGIN UPDATE workflow_history SET status = 'failed'; END"),
    OddFile::sql("a trigger that never ends", Start::Application,
        "CREATE TRIGGER t AFTER INSERT ON pattern_occurrences BEGIN
             SELECT count(*) FROM (WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n); END"),
    OddFile::sql("a trigger on patterns that never ends", Start::Application,
        "CREATE TRIGGER t AFTER INSERT ON operation_patterns BEGIN
             SELECT count(*) FROM (WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n); END"),
    OddFile::sql("a trigger on runs that never ends", Start::Recorded,
        "CREATE TRIGGER t AFTER INSERT ON flowmine_runs BEGIN
             SELECT count(*) FROM (WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n); END"),
    OddFile::sql("a trigger that takes a gigabyte", Start::Application,
        "CREATE TRIGGER t AFTER INSERT ON pattern_occurrences BEGIN SELECT length(hex(randomblob(400000000))); END"),
    OddFile::sql("a trigger that ignores occurrences", Start::Application,
        "CREATE TRIGGER t BEFORE INSERT ON pattern_occurrences BEGIN SELECT RAISE(IGNORE); END"),
    OddFile::sql("a trigger that ignores patterns", Start::Application,
        "CREATE TRIGGER t BEFORE INSERT ON operation_patterns BEGIN SELECT RAISE(IGNORE); END"),
    OddFile::sql("a trigger that ignores runs", Start::Recorded,
        "CREATE TRIGGER t BEFORE INSERT ON flowmine_runs BEGIN SELECT RAISE(IGNORE); END"),
    OddFile::sql("a trigger that ignores updates", Start::Recorded,
        "UPDATE operation_patterns SET occurrence_count = 77; CREATE TRIGGER t BEFORE UPDATE ON operation_patterns BEGIN SELECT RAISE(IGNORE); END"),
    OddFile::sql("a trigger that refuses every occurrence", Start::Application,
        "CREATE TRIGGER t BEFORE INSERT ON pattern_occurrences BEGIN SELECT RAISE(ABORT, 'no'); END"),
    OddFile::sql("a trigger that rolls back", Start::Application,
        "CREATE TRIGGER t BEFORE INSERT ON pattern_occurrences BEGIN SELECT RAISE(ROLLBACK, 'back'); END"),
    OddFile::sql("a trigger that refuses updates of one pattern", Start::Recorded,
        "UPDATE operation_patterns SET occurrence_count = 77; CREATE TRIGGER t BEFORE UPDATE ON operation_patterns WHEN NEW.id = 1
         BEGIN SELECT RAISE(ABORT, 'not this'); END"),
    OddFile::sql("a trigger that takes occurrences away again", Start::Application,
        "CREATE TRIGGER t AFTER INSERT ON pattern_occurrences BEGIN DELETE FROM pattern_occurrences WHERE id = NEW.id; END"),
    OddFile::sql("a trigger that asks for a function that is not there", Start::Application,
        "CREATE TRIGGER t AFTER INSERT ON pattern_occurrences BEGIN SELECT notify(NEW.id); END"),
    OddFile::sql("a trigger that asks for a table that is not there", Start::Application,
        "CREATE TRIGGER t AFTER INSERT ON pattern_occurrences BEGIN INSERT INTO gone VALUES (NEW.id); END"),
    OddFile::sql("a trigger that calls itself", Start::Application,
        "PRAGMA recursive_triggers = ON; CREATE TRIGGER t AFTER INSERT ON pattern_occurrences BEGIN
             INSERT INTO pattern_occurrences (pattern_id, workflow_id) VALUES (NEW.pattern_id, NEW.workflow_id || 'x'); END"),
    OddFile::sql("a conflict clause that replaces occurrences", Start::Application,
        "DROP TABLE pattern_occurrences; CREATE TABLE pattern_occurrences (id INTEGER PRIMARY KEY, pattern_id INTEGER UNIQUE ON CONFLICT REPLACE,
             workflow_id TEXT, similarity_score REAL, matched_characteristics TEXT, detected_at TEXT)"),
    OddFile::sql("a conflict clause that ignores occurrences", Start::Application,
        "DROP TABLE pattern_occurrences; CREATE TABLE pattern_occurrences (id INTEGER PRIMARY KEY, pattern_id INTEGER UNIQUE ON CONFLICT IGNORE,
             workflow_id TEXT, similarity_score REAL, matched_characteristics TEXT, detected_at TEXT)"),
];

/// Values that cannot be what their columns say.
pub const VALUES: &[OddFile] = &[
    OddFile::sql("requests that are bytes", Start::Application, "UPDATE workflow_history SET nl_input = x'00ff'"),
    OddFile::sql("texts that are no UTF-8", Start::Application,
        "UPDATE workflow_history SET nl_input = CAST(x'52756eff' AS TEXT), workflow_template = CAST(x'ff' AS TEXT)"),
    OddFile::sql("keys that are no UTF-8", Start::Application, "UPDATE workflow_history SET workflow_id = CAST(x'77ff' AS TEXT) WHERE id < 4"),
    OddFile::sql("texts where numbers should stand", Start::Application,
        "UPDATE workflow_history SET duration_seconds = 'long', retry_count = 'often', total_tokens = x'00', actual_cost_total = 'dear'"),
    OddFile::sql("numbers without end", Start::Application,
        "UPDATE workflow_history SET duration_seconds = 9e999, retry_count = 9223372036854775807, total_tokens = 9223372036854775807,
             actual_cost_total = 1.7e308"),
    OddFile::sql("numbers below zero", Start::Application,
        "UPDATE workflow_history SET duration_seconds = -1, retry_count = -1, total_tokens = -9223372036854775808, actual_cost_total = -9e999"),
    OddFile::sql("empty texts everywhere", Start::Application,
        "UPDATE workflow_history SET nl_input = '', workflow_id = '', duration_seconds = '', retry_count = '', total_tokens = '',
             actual_cost_total = '', start_time = '', created_at = '', updated_at = ''"),
    OddFile::sql("nulls everywhere", Start::Minimal,
        "UPDATE workflow_history SET workflow_id = NULL, nl_input = NULL, duration_seconds = NULL, total_tokens = NULL, actual_cost_total = NULL"),
    OddFile::sql("one key for all", Start::Application, "UPDATE workflow_history SET workflow_id = 'wf-1'"),
    OddFile::sql("control characters in every text", Start::Application,
        "UPDATE workflow_history SET adw_id = adw_id || char(27) || '[31m' || char(13, 10, 8238), workflow_id = 'wf' || id || char(27, 7),
             nl_input = nl_input || char(27) || ']0;owned' || char(7), start_time = char(27) || 'now', total_tokens = char(27, 8238),
             error_message = 'pytest' || char(155, 10) || 'flowmine: all is well'"),
    OddFile::sql("control characters in patterns", Start::Recorded,
        "UPDATE operation_patterns SET pattern_signature = 'a:b:' || id || char(27, 10, 8238), pattern_type = char(27),
             typical_input_pattern = char(27), last_seen = char(27), reviewed_by = char(27, 10), review_notes = char(8238)"),
    OddFile::sql("characters of zero", Start::Application, "UPDATE workflow_history SET nl_input = 'Run the' || char(0) || 'tests', adw_id = adw_id || char(0)"),
    OddFile::sql("absurd times", Start::Application,
        "UPDATE workflow_history SET start_time = '9999-12-31T23:59:59', created_at = '0000-00-00 00:00:00', updated_at = '99999-99-99'"),
    OddFile::sql("times that nobody can read", Start::Application, "UPDATE workflow_history SET start_time = 'soon', created_at = 'x', updated_at = 'y'"),
    OddFile::sql("statuses that nobody knows", Start::Application,
        "PRAGMA ignore_check_constraints = ON; UPDATE workflow_history SET status = CASE id % 4 WHEN 0 THEN 'success' WHEN 1 THEN ' Completed'
             WHEN 2 THEN x'00' ELSE 'abandoned' END"),
    OddFile::sql("automation statuses that nobody knows", Start::Recorded,
        "PRAGMA ignore_check_constraints = ON; UPDATE operation_patterns SET automation_status = 'rejected' || char(27)"),
    OddFile::sql("patterns whose every column is wrong", Start::Recorded,
        "PRAGMA ignore_check_constraints = ON; UPDATE operation_patterns SET pattern_type = x'ff', occurrence_count = 'many', avg_tokens_with_llm = -1,
             avg_cost_with_llm = 9e999, avg_tokens_with_tool = 'x', avg_cost_with_tool = x'00', typical_input_pattern = x'ff',
             automation_status = NULL, confidence_score = -9e999, potential_monthly_savings = 'all', last_seen = 7, created_at = NULL"),
    OddFile::sql("signatures that are none", Start::Recorded,
        "UPDATE operation_patterns SET pattern_signature = CASE id % 3 WHEN 0 THEN '' WHEN 1 THEN x'00ff' ELSE ':::' || id END"),
    OddFile::sql("occurrences that point nowhere", Start::Recorded,
        "UPDATE pattern_occurrences SET pattern_id = 999 WHERE id = 1; UPDATE pattern_occurrences SET workflow_id = 'gone' || id, similarity_score = 'x',
             matched_characteristics = '{', detected_at = x'00' WHERE id > 4"),
    OddFile::sql("occurrences whose pattern is a text", Start::Recorded,
        "UPDATE pattern_occurrences SET pattern_id = 'one' WHERE id = 1; UPDATE pattern_occurrences SET workflow_id = x'00' WHERE id = 2"),
    OddFile::sql("a request of 20 MB", Start::Application,
        "UPDATE workflow_history SET nl_input = replace(hex(zeroblob(700000)), '00', 'run src/a.py then pytest ') WHERE id = 3"),
    OddFile::sql("a request of 100 MB", Start::Application, "UPDATE workflow_history SET nl_input = hex(zeroblob(50000000)) WHERE id = 3"),
    OddFile::sql("a key of 5 MB", Start::Application, "UPDATE workflow_history SET workflow_id = hex(zeroblob(2500000)) WHERE id = 3"),
];

/// A record of flowmine's runs that is not as flowmine writes it.
pub const RUNS: &[OddFile] = &[
    OddFile::sql("runs with nulls", Start::Recorded,
        "PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = replace(sql, ' NOT NULL', '') WHERE name = 'flowmine_runs';
         PRAGMA writable_schema = RESET;
         UPDATE flowmine_runs SET rules_hash = NULL, rules_name = NULL, outcome = NULL, started_at = NULL, asked = NULL"),
    OddFile::sql("runs with numbers for texts and texts for numbers", Start::Recorded,
        "UPDATE flowmine_runs SET rules_name = x'00', rules_hash = 7, outcome = x'ff', started_at = x'00', workflows = 'many', mark_rowid = 'x',
             mark_revisit = x'00', mark_updated_at = x'ff'"),
    OddFile::sql("runs that never ended", Start::Recorded, "UPDATE flowmine_runs SET outcome = 'running', finished_at = NULL"),
    OddFile::sql("runs of the far future", Start::Recorded,
        "UPDATE flowmine_runs SET started_at = '9999-12-31 23:59:59', mark_rowid = 9223372036854775807, mark_updated_at = '9999-12-31 23:59:59'"),
    OddFile::sql("a mark that asks for a million rows again", Start::Recorded, "UPDATE flowmine_runs SET mark_revisit = '1-9223372036854775807'"),
    OddFile::sql("a mark that is nonsense", Start::Recorded, "UPDATE flowmine_runs SET mark_revisit = '7-3,,x,-' || char(27)"),
    OddFile::sql("counts of runs below zero", Start::Recorded, "UPDATE flowmine_runs SET workflows = -1, matched = -9223372036854775808, new_occurrences = 9e999"),
    OddFile::sql("rules that are gone", Start::Recorded, "UPDATE flowmine_runs SET rules_name = 'ours', rules_path = '/nowhere/rules.toml', rules_hash = 'x'"),
    OddFile::sql("rules at an endless device", Start::Recorded, "UPDATE flowmine_runs SET rules_name = 'ours', rules_path = '/dev/zero', rules_hash = 'x'"),
    OddFile::sql("rules in a directory", Start::Recorded, "UPDATE flowmine_runs SET rules_name = 'ours', rules_path = '/', rules_hash = 'x'"),
    OddFile::sql("rules in somebody's file", Start::Recorded, "UPDATE flowmine_runs SET rules_name = 'ours', rules_path = '/etc/passwd', rules_hash = 'x'"),
    OddFile::place("rules in a named pipe", Start::Recorded, |path| {
        let pipe = path.with_file_name("pipe");
        named_pipe(&pipe);
        execute(path, &format!("UPDATE flowmine_runs SET rules_name = 'ours', rules_path = '{}', rules_hash = 'x'", pipe.display()));
    }),
    OddFile::sql("rules with a name of control characters", Start::Recorded, "UPDATE flowmine_runs SET rules_name = char(27, 10, 8238), rules_hash = 'x'"),
    OddFile::sql("runs that are a view", Start::Application, "CREATE VIEW flowmine_runs AS SELECT 1 AS id"),
    OddFile::sql("runs that lack columns", Start::Application, "CREATE TABLE flowmine_runs (id INTEGER PRIMARY KEY, command TEXT)"),
];

/// Files that SQLite opens and that are damaged.
pub const DAMAGED: &[OddFile] = &[
    OddFile::sql("two tables with one root page", Start::Recorded,
        "PRAGMA writable_schema = ON; UPDATE sqlite_schema SET rootpage = (SELECT rootpage FROM sqlite_schema WHERE name = 'workflow_history')
         WHERE name = 'operation_patterns'"),
    OddFile::sql("occurrences and history with one root page", Start::Application,
        "PRAGMA writable_schema = ON; UPDATE sqlite_schema SET rootpage = (SELECT rootpage FROM sqlite_schema WHERE name = 'workflow_history')
         WHERE name = 'pattern_occurrences'"),
    OddFile::sql("an index and a table with one root page", Start::Recorded,
        "PRAGMA writable_schema = ON; UPDATE sqlite_schema SET rootpage = (SELECT rootpage FROM sqlite_schema WHERE name = 'workflow_history')
         WHERE name = 'idx_pattern_occurrence_unique'"),
    OddFile::sql("a root page behind the end", Start::Recorded,
        "PRAGMA writable_schema = ON; UPDATE sqlite_schema SET rootpage = 99999 WHERE name = 'operation_patterns'"),
    OddFile::sql("a root page that is the schema's", Start::Recorded,
        "PRAGMA writable_schema = ON; UPDATE sqlite_schema SET rootpage = 1 WHERE name = 'pattern_occurrences'"),
    OddFile::sql("a unique index that lacks rows", Start::Recorded,
        "DROP INDEX idx_pattern_occurrence_unique; CREATE INDEX idx_pattern_occurrence_unique ON pattern_occurrences (pattern_id, workflow_id)
             WHERE id < 4; PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = 'CREATE UNIQUE INDEX idx_pattern_occurrence_unique ON
             pattern_occurrences (pattern_id, workflow_id)' WHERE name = 'idx_pattern_occurrence_unique'"),
    OddFile::sql("a schema row that is no SQL", Start::Application,
        "CREATE TABLE other (x); PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = 'CREATE TABLE' WHERE name = 'other'"),
    OddFile::sql("a schema row without SQL", Start::Application,
        "CREATE TABLE other (x); PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = NULL WHERE name = 'other'"),
    OddFile::sql("a schema row of another type", Start::Application,
        "CREATE TABLE other (x); PRAGMA writable_schema = ON; UPDATE sqlite_schema SET type = 'thing' || char(27) WHERE name = 'other'"),
    OddFile::bytes("a live page on the free list", Start::Recorded, |content| {
        let last = u32::try_from(content.len() / 4096).unwrap();
        content[32..36].copy_from_slice(&last.to_be_bytes());
        content[36..40].copy_from_slice(&1_u32.to_be_bytes());
    }),
    OddFile::bytes("a free list that leads behind the end", Start::Recorded, |content| {
        content[32..36].copy_from_slice(&9999_u32.to_be_bytes());
        content[36..40].copy_from_slice(&5_u32.to_be_bytes());
    }),
    OddFile::bytes("a third page of zeros", Start::Recorded, |content| content[8192..12288].fill(0)),
    OddFile::bytes("a last page of zeros", Start::Recorded, |content| {
        let last = content.len() - 4096;
        content[last..].fill(0);
    }),
    OddFile::bytes("every second page of noise", Start::Recorded, |content| {
        for page in content.chunks_mut(4096).skip(1).step_by(2) {
            let length = page.len();
            page.copy_from_slice(&noise(length));
        }
    }),
    OddFile::bytes("bytes behind the last page", Start::Recorded, |content| content.extend([7; 777])),
    OddFile::place("a journal of noise", Start::Recorded, |path| {
        std::fs::write(path.with_file_name("h.db-journal"), noise(5000)).unwrap();
    }),
    OddFile::place("a log of noise", Start::Recorded, |path| {
        execute(path, "PRAGMA journal_mode = WAL");
        std::fs::write(path.with_file_name("h.db-wal"), noise(5000)).unwrap();
    }),
];

fn named_pipe(path: &Path) {
    assert!(std::process::Command::new("mkfifo").arg(path).status().unwrap().success());
}

fn link(target: &str, path: &Path) {
    std::os::unix::fs::symlink(target, path).unwrap();
}

/// The same bytes every time, of no pattern.
pub fn noise(length: usize) -> Vec<u8> {
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let byte = |_| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 40) as u8
    };
    (0..length).map(byte).collect()
}
