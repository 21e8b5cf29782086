//! A table's columns, as far as they can be read without running the file's own code.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use regex::Regex;
use rusqlite::Connection;

/// A column.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Declared {
    name: String,
    /// The declared type, in upper case; empty where there is none.
    kind: String,
}

/// A table's columns, by lower-case name.
///
/// A generated column that is not stored is computed whenever it is read, by whatever the file says, and nothing can stop
/// that. It counts as missing, unless it only repeats another column.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Columns {
    declared: BTreeMap<String, Declared>,
    /// The lower-case names of those that count as missing.
    computed: Vec<String>,
}

impl Columns {
    /// A table's columns; none where there is no such table.
    pub(super) fn of(conn: &Connection, table: &str) -> rusqlite::Result<Self> {
        let mut statement =
            conn.prepare("SELECT x.name, x.type, x.hidden FROM pragma_table_xinfo(?1) AS x")?;
        let mut rows = statement.query([table])?;
        let mut columns = Self::default();
        while let Some(row) = rows.next()? {
            let name: String = row.get(0)?;
            let kind = row.get::<_, Option<String>>(1)?.unwrap_or_default().to_ascii_uppercase();
            let is_computed = row.get::<_, i64>(2)? == 2;
            if !is_computed || only_repeats_another(&sql_of(conn, table)?, &name) {
                columns.declared.insert(name.to_ascii_lowercase(), Declared { name, kind });
            } else {
                columns.computed.push(name.to_ascii_lowercase());
            }
        }
        Ok(columns)
    }

    /// Whether the table has the column; SQLite's column names ignore case.
    pub fn has(&self, column: &str) -> bool {
        self.declared.contains_key(column)
    }

    /// Whether the table has the column, but computes it whenever it is read.
    pub(super) fn computes(&self, column: &str) -> bool {
        self.computed.iter().any(|computed| computed == column)
    }

    /// The column of the table that a statement calls `alias`, as an SQL expression; `NULL` where there is none of that
    /// name. Without the alias a quoted name that no column has would be a text.
    pub fn or_null(&self, alias: &str, column: &str) -> String {
        self.declared
            .get(column)
            .map_or("NULL".to_owned(), |declared| format!("{alias}.{}", quoted(&declared.name)))
    }

    /// The column's name, quoted, to be assigned to.
    pub(super) fn assigned(&self, column: &str) -> Option<String> {
        self.declared.get(column).map(|declared| quoted(&declared.name))
    }

    /// The declared type of a column whose values SQLite turns into numbers where they look like some.
    pub(super) fn numeric_type(&self, column: &str) -> Option<&str> {
        let kind = self.declared.get(column)?.kind.as_str();
        let is_text = ["CHAR", "CLOB", "TEXT"].iter().any(|part| kind.contains(part));
        let is_number = kind.contains("INT") || !(is_text || kind.is_empty() || kind.contains("BLOB"));
        is_number.then_some(kind)
    }

    /// The lower-case names, in their order.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.declared.keys().map(String::as_str)
    }

    /// A name for the rowid that no column has taken over.
    pub(super) fn rowid(&self) -> Option<&'static str> {
        ["rowid", "_rowid_", "oid"].into_iter().find(|name| !self.has(name))
    }
}

/// A table's CREATE TABLE.
pub(super) fn sql_of(conn: &Connection, table: &str) -> rusqlite::Result<String> {
    let sql = "SELECT coalesce(s.sql, '') FROM main.sqlite_schema AS s WHERE s.type = 'table' AND s.name = ?1 COLLATE NOCASE";
    conn.query_row(sql, [table], |row| row.get(0))
}

/// A name as SQL, whatever is in it.
pub(super) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// Numbers as a statement takes many of them at once: `IN (SELECT j.value FROM json_each(?1) AS j)`.
pub(super) fn json_list(numbers: &[i64]) -> String {
    serde_json::json!(numbers).to_string()
}

/// Whether a generated column is nothing but another column's value: `key TEXT AS (id)`.
fn only_repeats_another(sql: &str, name: &str) -> bool {
    static PLAIN: LazyLock<Regex> = LazyLock::new(|| {
        // `regex` is built without the Unicode tables for \w, \s and \b (see Cargo.toml), so classes are spelled out.
        let name = r#"["`\[]?(?<name>[\p{L}\p{N}_]+)["`\]]?"#;
        let blank = r"[ \t\r\n]*";
        let pattern = format!(
            r#"(?s)[(,]{blank}{name}[^,()]*?(?i-u:\bAS){blank}\({blank}["`\[]?[\p{{L}}\p{{N}}_]+["`\]]?{blank}\)"#
        );
        Regex::new(&pattern).expect("the pattern is one")
    });
    PLAIN.captures_iter(sql).any(|found| found["name"].eq_ignore_ascii_case(name))
}

#[cfg(test)]
mod tests {
    use super::only_repeats_another;

    #[test]
    fn a_generated_column_that_only_repeats_another_is_told_from_one_that_computes() {
        let sql = "CREATE TABLE t (id INTEGER, a TEXT AS (id), \"b\" GENERATED ALWAYS AS ( \"id\" ) VIRTUAL, c AS (id + 1), d AS (f(id)))";
        assert!(only_repeats_another(sql, "a") && only_repeats_another(sql, "B"));
        assert!(
            !only_repeats_another(sql, "c")
                && !only_repeats_another(sql, "d")
                && !only_repeats_another(sql, "id")
        );
    }
}
