//! What keeps flowmine from writing to one of its tables: judged before the first write.

use super::columns::Columns;
use super::definition::SCHEMA;

/// The columns that flowmine's own table of patterns got after its first version.
pub(super) const REVIEW_COLUMNS: [&str; 4] = ["reviewed_by", "reviewed_at", "review_notes", "updated_at"];

/// The column that `flowmine_runs` got after its first version.
const MARK_COUNTS: &str = "mark_counts";

/// What keeps flowmine from writing to a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableFault {
    /// The table.
    pub table: &'static str,
    /// What is wrong, in a sentence.
    pub what: String,
    /// Whether making the table anew removes it.
    pub can_be_mended: bool,
}

/// The columns that flowmine needs in one of its tables: those of `schema.sql`, which has one a line, without those
/// that are added to a table of an earlier version.
pub(super) fn needed_columns(table: &str) -> Vec<&'static str> {
    let start = format!("CREATE TABLE IF NOT EXISTS {table} (\n");
    let lines = SCHEMA.split_once(&start).and_then(|(_, rest)| rest.split_once("\n);"));
    let lines = lines.map_or("", |(lines, _)| lines).lines();
    let words = lines.filter_map(|line| line.strip_prefix("    ")?.split(' ').next());
    let is_column = |word: &&str| word.starts_with(|first: char| first.is_ascii_lowercase());
    let is_first = |column: &&str| !REVIEW_COLUMNS.contains(column) && *column != MARK_COUNTS;
    words.filter(is_column).filter(is_first).collect()
}

/// Those of them that a table lacks.
pub(super) fn missing_columns(table: &str, columns: &Columns) -> Vec<&'static str> {
    let mut missing = needed_columns(table);
    missing.retain(|column| !columns.has(column));
    missing
}

/// What is wrong with one of flowmine's tables. `has_key`: its `id` is its INTEGER PRIMARY KEY.
pub(super) fn faults_of(table: &'static str, columns: &Columns, has_key: bool) -> Vec<TableFault> {
    let missing = missing_columns(table, columns);
    let mut faults = Vec::new();
    if !missing.is_empty() {
        faults.push(lacks(table, &missing));
    } else if !has_key {
        let what = format!("{table} has no INTEGER PRIMARY KEY named id, so what is added to it has no id");
        faults.push(TableFault { table, what, can_be_mended: true });
    }
    if let Some(kind) = columns.numeric_type("workflow_id").filter(|_| table == "pattern_occurrences") {
        let what = format!(
            "{table}.workflow_id is {}, so SQLite stores 00123456 as 123456 and no longer finds the workflow",
            kind.escape_debug()
        );
        faults.push(TableFault { table, what, can_be_mended: true });
    }
    faults
}

fn lacks(table: &'static str, columns: &[&str]) -> TableFault {
    let is_flowmines_alone = table.starts_with("flowmine_");
    let advice = if is_flowmines_alone {
        ""
    } else {
        "; the program that made the table adds them (its later migrations do), or drop the table where nothing in it is \
         needed, and flowmine makes its own"
    };
    let what = format!("{table} has no column named {}{advice}", columns.join(", "));
    TableFault { table, what, can_be_mended: is_flowmines_alone }
}
