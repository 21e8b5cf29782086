//! What keeps flowmine from writing to one of its tables: judged before the first write.

use std::fmt;

use super::columns::Columns;

/// The columns that flowmine writes, or writes by, in each of its tables.
const NEEDED: [(&str, &[&str]); 4] = [
    (
        "operation_patterns",
        &[
            "id",
            "pattern_signature",
            "pattern_type",
            "occurrence_count",
            "avg_tokens_with_llm",
            "avg_cost_with_llm",
            "avg_tokens_with_tool",
            "avg_cost_with_tool",
            "typical_input_pattern",
            "automation_status",
            "confidence_score",
            "potential_monthly_savings",
            "created_at",
            "last_seen",
        ],
    ),
    (
        "pattern_occurrences",
        &["id", "pattern_id", "workflow_id", "similarity_score", "matched_characteristics", "detected_at"],
    ),
    (
        "flowmine_runs",
        &[
            "id",
            "command",
            "asked",
            "rules_name",
            "rules_hash",
            "rules_path",
            "started_at",
            "finished_at",
            "outcome",
            "rebuilt",
            "workflows",
            "matched",
            "failed",
            "new_occurrences",
            "removed_occurrences",
            "new_patterns",
            "removed_patterns",
            "mark_rowid",
            "mark_updated_at",
            "mark_revisit",
        ],
    ),
    ("flowmine_exclusions", &["id", "kind", "name", "excluded_by", "excluded_at", "note"]),
];

/// What keeps flowmine from writing to a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It lacks these columns, and who made the table is to add them.
    MissingColumns(&'static str, Vec<&'static str>),
    /// Its `id` is not its INTEGER PRIMARY KEY, so that rows get no ids.
    NoKey(&'static str),
    /// Its `workflow_id` has this type, so that SQLite stores other keys than it is given.
    ChangesKeys(&'static str, String),
}

impl Fault {
    /// The table.
    pub fn table(&self) -> &'static str {
        match self {
            Self::MissingColumns(table, _) | Self::NoKey(table) | Self::ChangesKeys(table, _) => table,
        }
    }

    /// Whether a table made anew has it no more.
    pub fn can_be_mended(&self) -> bool {
        match self {
            Self::MissingColumns(table, _) => is_flowmines(table),
            Self::NoKey(_) | Self::ChangesKeys(..) => true,
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::MissingColumns(table, columns) if is_flowmines(table) => {
                write!(f, "{table} has no column named {}", columns.join(", "))
            }
            Self::MissingColumns(table, columns) => {
                let columns = columns.join(", ");
                write!(
                    f,
                    "{table} has no column named {columns}; the program that made the table adds them (its later migrations do), \
                     or drop the table where nothing in it is needed, and flowmine makes its own"
                )
            }
            Self::NoKey(table) => {
                write!(f, "{table} has no INTEGER PRIMARY KEY named id, so what is added to it has no id")
            }
            Self::ChangesKeys(table, kind) => write!(
                f,
                "{table}.workflow_id is {}, so SQLite stores 00123456 as 123456 and no longer finds the workflow",
                kind.escape_debug()
            ),
        }
    }
}

/// Whether no other program makes a table of this name.
fn is_flowmines(table: &str) -> bool {
    table.starts_with("flowmine_")
}

/// The columns that flowmine needs of one of its tables.
pub(super) fn needed_columns(table: &str) -> &'static [&'static str] {
    NEEDED.iter().find(|(name, _)| *name == table).map_or(&[], |(_, needed)| needed)
}

/// What is wrong with a table of flowmine's. `has_key`: its `id` is its INTEGER PRIMARY KEY.
pub(super) fn faults_of(table: &'static str, columns: &Columns, has_key: bool) -> Vec<Fault> {
    let missing: Vec<&str> =
        needed_columns(table).iter().copied().filter(|column| !columns.has(column)).collect();
    let mut faults = Vec::new();
    if !missing.is_empty() {
        faults.push(Fault::MissingColumns(table, missing));
    } else if !has_key {
        faults.push(Fault::NoKey(table));
    }
    if let Some(kind) = columns.numeric_type("workflow_id").filter(|_| table == "pattern_occurrences") {
        faults.push(Fault::ChangesKeys(table, kind.to_owned()));
    }
    faults
}
