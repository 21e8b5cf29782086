//! What keeps flowmine from writing to one of its tables: judged before the first write.

use std::fmt;

use super::columns::Columns;
use super::definition::SCHEMA;

/// The columns that flowmine's own table of patterns got after its first version.
pub(super) const REVIEW_COLUMNS: [&str; 4] = ["reviewed_by", "reviewed_at", "review_notes", "updated_at"];

/// The column that `flowmine_runs` got after its first version.
const MARK_COUNTS: &str = "mark_counts";

/// What keeps flowmine from writing to a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TableFault {
    /// It lacks these columns.
    MissingColumns(&'static str, Vec<&'static str>),
    /// Its `id` is not its INTEGER PRIMARY KEY, so that rows get no ids.
    NoKey(&'static str),
    /// Its `workflow_id` has this type, by which SQLite converts keys: 00123456 is stored as 123456.
    ChangesKeys(&'static str, String),
}

impl TableFault {
    /// The table.
    pub fn table(&self) -> &'static str {
        match self {
            Self::MissingColumns(table, _) | Self::NoKey(table) | Self::ChangesKeys(table, _) => table,
        }
    }

    /// Whether making the table anew removes it.
    pub fn can_be_mended(&self) -> bool {
        match self {
            Self::MissingColumns(table, _) => is_flowmines(table),
            Self::NoKey(_) | Self::ChangesKeys(..) => true,
        }
    }
}

impl fmt::Display for TableFault {
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

/// What is wrong with one of flowmine's tables. `has_key`: its `id` is its INTEGER PRIMARY KEY.
pub(super) fn faults_of(table: &'static str, columns: &Columns, has_key: bool) -> Vec<TableFault> {
    let mut missing = needed_columns(table);
    missing.retain(|column| !columns.has(column));
    let mut faults = Vec::new();
    if !missing.is_empty() {
        faults.push(TableFault::MissingColumns(table, missing));
    } else if !has_key {
        faults.push(TableFault::NoKey(table));
    }
    if let Some(kind) = columns.numeric_type("workflow_id").filter(|_| table == "pattern_occurrences") {
        faults.push(TableFault::ChangesKeys(table, kind.to_owned()));
    }
    faults
}
