//! Files to test on, and what can be asked of them.

use std::path::{Path, PathBuf};

use jiff::Timestamp;
use rusqlite::types::Value;
use rusqlite::{Connection, params_from_iter};
use tempfile::TempDir;

use flowmine::db::runs::RulesUsed;
use flowmine::db::{Database, LockWait};
use flowmine::detect::RuleSet;
use flowmine::pipeline::{BATCH_SIZE, Plan, Scope, Selection};
use flowmine::workflow::{Measures, Workflow};

/// The application's layout.
pub const APPLICATION: &str = include_str!("../../fixtures/application.sql");
/// The minimal layout.
pub const MINIMAL: &str = include_str!("../../fixtures/minimal.sql");

/// What counts as the present in tests.
pub fn now() -> Timestamp {
    "2026-11-01T12:00:00Z".parse().unwrap()
}

/// A `workflow_history.db` in a directory of its own, which goes with it.
pub struct HistoryFile {
    directory: TempDir,
    path: PathBuf,
}

impl HistoryFile {
    /// A file made by this SQL.
    pub fn with_sql(sql: &str) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("workflow_history.db");
        let file = Self { directory, path };
        file.execute(sql);
        file
    }

    /// An empty history in the application's layout.
    pub fn application() -> Self {
        Self::with_sql(APPLICATION)
    }

    /// An empty history in the minimal layout.
    pub fn minimal() -> Self {
        Self::with_sql(MINIMAL)
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    pub fn directory(&self) -> &Path {
        self.directory.path()
    }

    /// A connection of somebody else's, as another program would open it: it enforces no foreign keys. What it writes
    /// need not survive a loss of power, and waiting for the disk would take half of the tests' time.
    pub fn connection(&self) -> Connection {
        let conn = Connection::open(&self.path).unwrap();
        conn.pragma_update(None, "foreign_keys", false).unwrap();
        conn.pragma_update(None, "synchronous", false).unwrap();
        conn
    }

    pub fn execute(&self, sql: &str) {
        self.connection().execute_batch(sql).unwrap();
    }

    /// A single value.
    pub fn value<T: rusqlite::types::FromSql>(&self, sql: &str) -> T {
        self.connection()
            .query_row(sql, [], |row| row.get(0))
            .unwrap_or_else(|error| panic!("{sql}: {error}"))
    }

    /// Adds a workflow with the columns that are given.
    pub fn add(&self, columns: &[(&str, Value)]) {
        insert(&self.connection(), columns);
    }

    /// Adds many workflows in one transaction.
    pub fn add_all(&self, rows: &[Vec<(&str, Value)>]) {
        let mut conn = self.connection();
        let transaction = conn.transaction().unwrap();
        for row in rows {
            insert(&transaction, row);
        }
        transaction.commit().unwrap();
    }

    pub fn open(&self) -> Database {
        Database::open_for_writing(&self.path, LockWait::default()).unwrap()
    }

    /// Opened, and with the tables that recording needs.
    pub fn open_prepared(&self) -> Database {
        let mut db = self.open();
        db.prepare_for_writing().unwrap();
        db
    }

    /// All rows of flowmine's two tables, to the last bit, without ids of patterns and occurrences and
    /// without the times of recording: what must not depend on how the history was split into runs.
    pub fn content(&self) -> String {
        let conn = self.connection();
        let patterns = "SELECT pattern_signature, pattern_type, occurrence_count, avg_tokens_with_llm, avg_cost_with_llm, \
            avg_tokens_with_tool, avg_cost_with_tool, typical_input_pattern, automation_status, confidence_score, \
            potential_monthly_savings, CASE WHEN last_seen = created_at THEN 'at recording' ELSE last_seen END \
            FROM operation_patterns ORDER BY 1";
        let occurrences = "SELECT p.pattern_signature, o.workflow_id, o.similarity_score, o.matched_characteristics \
            FROM pattern_occurrences o JOIN operation_patterns p ON p.id = o.pattern_id ORDER BY 1, 2";
        [patterns, occurrences].map(|sql| table(&conn, sql)).join("\n")
    }

    /// Every row of every table but `flowmine_runs`, ids and times included: what a second run must not change.
    pub fn dump_without_runs(&self) -> String {
        let conn = self.connection();
        let mut names = conn
            .prepare("SELECT name, sql FROM sqlite_schema WHERE name NOT LIKE 'flowmine%' ORDER BY name")
            .unwrap();
        let entries: Vec<(String, Option<String>)> =
            names.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap().map(Result::unwrap).collect();
        let mut dump = String::new();
        for (name, sql) in entries {
            let sql = sql.unwrap_or_default();
            dump.extend([name.as_str(), ": ", &sql, "\n"]);
            if sql.starts_with("CREATE TABLE") {
                dump.push_str(&table(&conn, &format!("SELECT * FROM {name} ORDER BY 1, 2")));
            }
        }
        dump
    }

    /// The links as (signature, workflow key), sorted.
    pub fn links(&self) -> Vec<(String, String)> {
        let conn = self.connection();
        let sql = "SELECT p.pattern_signature, o.workflow_id FROM pattern_occurrences o \
                   JOIN operation_patterns p ON p.id = o.pattern_id ORDER BY 1, 2";
        let mut statement = conn.prepare(sql).unwrap();
        statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap().map(Result::unwrap).collect()
    }

    /// A column of the pattern with this signature.
    pub fn pattern<T: rusqlite::types::FromSql>(&self, signature: &str, column: &str) -> T {
        let sql = format!("SELECT {column} FROM operation_patterns WHERE pattern_signature = ?1");
        self.connection()
            .query_row(&sql, [signature], |row| row.get(0))
            .unwrap_or_else(|error| panic!("{column} of {signature}: {error}"))
    }
}

/// The first column of what a query gives.
pub fn column<T: rusqlite::types::FromSql>(conn: &Connection, sql: &str) -> Vec<T> {
    let mut statement = conn.prepare(sql).unwrap();
    statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
}

/// The plan of a run over all that is finished, by these rules.
pub fn plan(rules: &RuleSet) -> Plan<'_> {
    Plan {
        command: "backfill",
        selection: Selection::finished(Scope::All),
        rules,
        rules_used: RulesUsed { name: rules.name().to_owned(), hash: rules.hash().to_owned(), path: None },
        dry_run: false,
        rebuild: false,
        batch_size: BATCH_SIZE,
        now: now(),
    }
}

fn insert(conn: &Connection, columns: &[(&str, Value)]) {
    let names: Vec<&str> = columns.iter().map(|(name, _)| *name).collect();
    let marks = vec!["?"; columns.len()].join(", ");
    let sql = format!("INSERT INTO workflow_history ({}) VALUES ({marks})", names.join(", "));
    let values = columns.iter().map(|(_, value)| value.clone());
    conn.prepare_cached(&sql).unwrap().execute(params_from_iter(values)).unwrap();
}

fn table(conn: &Connection, sql: &str) -> String {
    let mut statement = conn.prepare(sql).unwrap();
    let columns = statement.column_count();
    let rows = statement.query_map([], |row| {
        let values = (0..columns).map(|column| Ok(format!("{:?}", row.get::<_, Value>(column)?)));
        Ok(values.collect::<rusqlite::Result<Vec<_>>>()?.join("|"))
    });
    rows.unwrap().map(|row| row.unwrap() + "\n").collect()
}

/// A text for [`HistoryFile::add`].
pub fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

/// A finished workflow that a library's caller has: 'wf-1', asks for the backend tests, costs $0.50 and 1000 tokens.
pub fn workflow(key: &str) -> Workflow {
    Workflow {
        key: Some(key.to_owned()),
        request: Some("Run the backend tests with pytest".to_owned()),
        measures: Measures {
            cost: Some(0.5),
            tokens: Some(1000),
            duration: Some(60.0),
            ..Measures::default()
        },
        ..Workflow::default()
    }
}

/// The row of a workflow in the minimal layout.
pub fn minimal_row(workflow: &Workflow) -> Vec<(&'static str, Value)> {
    let optional = |text: &Option<String>| text.clone().map_or(Value::Null, Value::Text);
    let measures = workflow.measures;
    vec![
        ("workflow_id", optional(&workflow.key)),
        ("nl_input", optional(&workflow.request)),
        ("error_message", optional(&workflow.error_message)),
        ("workflow_template", optional(&workflow.template)),
        ("error_count", Value::Integer(measures.errors as i64)),
        ("retry_count", Value::Integer(measures.retries as i64)),
        ("duration_seconds", measures.duration.map_or(Value::Null, Value::Real)),
        ("total_tokens", measures.tokens.map_or(Value::Null, |tokens| Value::Integer(tokens as i64))),
        ("actual_cost_total", measures.cost.map_or(Value::Null, Value::Real)),
    ]
}
