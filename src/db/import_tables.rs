//! The tables of an import: their columns, and whether a file has them.

use std::collections::HashSet;

use rusqlite::Connection;

use super::values::each_row;

/// Columns, of which `tokens` stands for the five kinds of tokens.
macro_rules! columns {
    ($($before:literal)* tokens $($after:literal)*) => {
        [
            $($before,)*
            "input_tokens",
            "output_tokens",
            "cache_write_5m_tokens",
            "cache_write_1h_tokens",
            "cache_read_tokens",
            $($after,)*
        ]
    };
}

/// A table that an import writes, with `WIDTH` columns beside the key.
pub(super) struct ImportTable<const WIDTH: usize> {
    pub name: &'static str,
    pub key: &'static [&'static str],
    pub columns: [&'static str; WIDTH],
}

impl<const WIDTH: usize> ImportTable<WIDTH> {
    /// Its columns, those of the key first.
    pub fn all_columns(&self) -> impl Iterator<Item = &'static str> {
        self.key.iter().copied().chain(self.columns)
    }

    /// Inserts, or changes where a value differs.
    pub fn upsert(&self) -> String {
        let all: Vec<_> = self.all_columns().collect();
        let places: Vec<_> = (1..=all.len()).map(|position| format!("?{position}")).collect();
        let list = |render: fn(&str) -> String, separator| self.columns.map(render).join(separator);
        format!(
            "INSERT INTO {} AS known ({}) VALUES ({}) ON CONFLICT ({}) DO UPDATE SET {} WHERE {}",
            self.name,
            all.join(", "),
            places.join(", "),
            self.key.join(", "),
            list(|column| format!("{column} = excluded.{column}"), ", "),
            list(|column| format!("known.{column} IS NOT excluded.{column}"), " OR "),
        )
    }

    /// The columns that the file's table lacks; `None` where it has no such table.
    fn missing(&self, conn: &Connection) -> rusqlite::Result<Option<Vec<&'static str>>> {
        let sql = "SELECT lower(x.name) FROM main.sqlite_schema AS s, pragma_table_xinfo(s.name) AS x \
                   WHERE s.type = 'table' AND s.rootpage > 0 AND s.name = ?1 COLLATE NOCASE";
        let mut found = HashSet::new();
        each_row(conn, sql, [self.name], |row| {
            found.insert(row.get::<_, String>(0)?);
            Ok(())
        })?;
        let missing = self.all_columns().filter(|column| !found.contains(*column));
        Ok((!found.is_empty()).then(|| missing.collect()))
    }

    fn is_there(&self, conn: &Connection) -> rusqlite::Result<bool> {
        Ok(self.missing(conn)?.is_some_and(|missing| missing.is_empty()))
    }

    /// What to say where the file's table has another form.
    fn oddity(&self, conn: &Connection) -> rusqlite::Result<Option<String>> {
        let missing = self.missing(conn)?.filter(|missing| !missing.is_empty());
        Ok(missing.map(|missing| format!("{} has no column named {}", self.name, missing.join(", "))))
    }
}

/// `workflow_history` of flowmine's own file, a turn each. Key: `workflow_id`.
pub(super) static WORKFLOWS: ImportTable<21> = ImportTable {
    name: "workflow_history",
    key: &["workflow_id"],
    columns: columns![
        "nl_input" "workflow_template" "status" "start_time" "end_time" "duration_seconds" "error_count" "retry_count"
        "total_tokens" "actual_cost_total" "model_used" "source" "project" "session_id" "branch" "machine_written"
        tokens
    ],
};

/// `flowmine_calls`. Key: `call_key`.
pub(super) static CALLS: ImportTable<10> = ImportTable {
    name: "flowmine_calls",
    key: &["call_key"],
    columns: columns!["workflow_id" "source" "called_at" "model" tokens "cost"],
};

/// `flowmine_commands`. Key: `workflow_id`, `position`, `part`.
pub(super) static COMMANDS: ImportTable<7> = ImportTable {
    name: "flowmine_commands",
    key: &["workflow_id", "position", "part"],
    columns: ["program", "command", "signature", "exit_status", "calls", "tokens", "cost"],
};

/// `flowmine_asked`. Key: `workflow_id`, `position`.
pub(super) static ASKED: ImportTable<2> = ImportTable {
    name: "flowmine_asked",
    key: &["workflow_id", "position"],
    columns: ["signature", "found"],
};

/// `flowmine_run_models`. Key: `run`, `position`.
pub(super) static RUN_MODELS: ImportTable<9> = ImportTable {
    name: "flowmine_run_models",
    key: &["run", "position"],
    columns: columns!["workflow_id" "model" "calls" tokens "cost"],
};

/// `flowmine_transcripts`. Key: `path`; the facts are last.
pub(super) static TRANSCRIPTS: ImportTable<7> = ImportTable {
    name: "flowmine_transcripts",
    key: &["path"],
    columns: ["source", "size", "modified", "read_to", "unreadable", "format", "facts"],
};

/// `flowmine_import_state`, of one row. Key: `id`.
pub(super) static STATE: ImportTable<8> = ImportTable {
    name: "flowmine_import_state",
    key: &["id"],
    columns: [
        "revision",
        "complete",
        "since",
        "detected",
        "prices",
        "priced_with",
        "named_with",
        "categories",
    ],
};

/// Whether the tables of an import are there; `flowmine_asked` and `flowmine_run_models` may be missing in older files.
pub(super) fn tables_are_there(conn: &Connection) -> rusqlite::Result<bool> {
    Ok(calls_are_there(conn)? && TRANSCRIPTS.is_there(conn)? && STATE.is_there(conn)?)
}

/// Whether calls and commands are there.
pub(super) fn calls_are_there(conn: &Connection) -> rusqlite::Result<bool> {
    Ok(CALLS.is_there(conn)? && COMMANDS.is_there(conn)?)
}

/// Whether the table of what requests ask for is there.
pub(super) fn asked_is_there(conn: &Connection) -> rusqlite::Result<bool> {
    Ok(CALLS.is_there(conn)? && ASKED.is_there(conn)?)
}

/// Whether the table of what result lines say by model is there.
pub(super) fn run_models_are_there(conn: &Connection) -> rusqlite::Result<bool> {
    RUN_MODELS.is_there(conn)
}

/// A message for each table of an import that is there, but lacks columns: nothing in it counts.
pub(super) fn odd_tables(conn: &Connection) -> rusqlite::Result<Vec<String>> {
    let odd = [
        CALLS.oddity(conn)?,
        COMMANDS.oddity(conn)?,
        ASKED.oddity(conn)?,
        RUN_MODELS.oddity(conn)?,
        TRANSCRIPTS.oddity(conn)?,
        STATE.oddity(conn)?,
    ];
    Ok(odd.into_iter().flatten().collect())
}
