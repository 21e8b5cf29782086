//! What a person left out of the figures, with who, when and why: workflows and patterns.

use std::collections::HashMap;

use rusqlite::{Connection, OptionalExtension, Row, params};

use super::columns::Columns;
use super::error::Result;
use super::open::{Database, Transaction};
use super::values::{stored_count, stored_text};
use crate::snapshot::{Exclusion, Snapshot, StoredPattern};

const TABLE: &str = "flowmine_exclusions";

const FIND: &str = "SELECT x.kind, x.name, x.excluded_by, x.excluded_at, x.note FROM flowmine_exclusions AS x \
    WHERE x.kind = ?1 COLLATE BINARY AND x.name = ?2 COLLATE BINARY ORDER BY x.id LIMIT 1";
const INSERT: &str = "INSERT INTO flowmine_exclusions (kind, name, excluded_by, excluded_at, note) \
    VALUES (?1, ?2, ?3, ?4, ?5)";
const DELETE: &str =
    "DELETE FROM flowmine_exclusions AS x WHERE x.kind = ?1 COLLATE BINARY AND x.name = ?2 COLLATE BINARY";
const REKEY: &str = "UPDATE flowmine_exclusions AS x SET name = ?2 \
    WHERE x.kind = 'workflow' COLLATE BINARY AND x.name = ?1 COLLATE BINARY";

/// The statements that `prepare.rs` checks before the first write.
pub(super) const STATEMENTS: [&str; 4] = [FIND, INSERT, DELETE, REKEY];

/// Whether a row (x) can be read. Rows that cannot be read leave nothing out.
const READABLE: &str = "(typeof(x.kind) = 'text' AND x.kind IN ('workflow' COLLATE BINARY, 'pattern' COLLATE BINARY) \
    AND typeof(x.name) = 'text')";

/// What can be left out.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Excludable {
    /// The workflow with this key.
    Workflow(String),
    /// The pattern with this signature.
    Pattern(String),
}

impl Excludable {
    /// The word for what it is.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Workflow(_) => "workflow",
            Self::Pattern(_) => "pattern",
        }
    }

    /// The workflow's key, or the pattern's signature.
    pub fn name(&self) -> &str {
        match self {
            Self::Workflow(name) | Self::Pattern(name) => name,
        }
    }
}

/// Leaves something out. Where it is left out already, writes nothing and answers the earlier exclusion.
pub fn exclude(tx: &Transaction<'_>, what: &Excludable, exclusion: &Exclusion) -> Result<Option<Exclusion>> {
    let before = find(tx, what)?;
    if before.is_none() {
        let Exclusion { by, at, note } = exclusion;
        tx.row(TABLE).prepare_cached(INSERT)?.execute(params![what.kind(), what.name(), by, at, note])?;
    }
    Ok(before)
}

/// Lets something count again; answers its exclusion, `None` where it was not left out.
pub fn include(tx: &Transaction<'_>, what: &Excludable) -> Result<Option<Exclusion>> {
    let before = find(tx, what)?;
    if before.is_some() {
        tx.row(TABLE).prepare_cached(DELETE)?.execute([what.kind(), what.name()])?;
    }
    Ok(before)
}

/// Puts a workflow's exclusion under its new key; where it is excluded under both, the old one goes.
pub fn rekey(tx: &Transaction<'_>, old: &str, new: &str) -> Result<()> {
    if find(tx, &Excludable::Workflow(new.to_owned()))?.is_some() {
        return include(tx, &Excludable::Workflow(old.to_owned())).map(drop);
    }
    tx.row(TABLE).prepare_cached(REKEY)?.execute([old, new])?;
    Ok(())
}

/// Removes the rows that cannot be read. Answers how many there were.
pub fn remove_unreadable(tx: &Transaction<'_>) -> Result<u64> {
    let sql = format!("DELETE FROM flowmine_exclusions AS x WHERE NOT {READABLE}");
    Ok(tx.pass().execute(&sql, [])? as u64)
}

fn find(tx: &Transaction<'_>, what: &Excludable) -> Result<Option<Exclusion>> {
    let mut statement = tx.row(TABLE).prepare_cached(FIND)?;
    let found = statement.query_row([what.kind(), what.name()], decode).optional()?;
    Ok(found.flatten().map(|(_, exclusion)| exclusion))
}

/// A row; `None` where it leaves nothing out.
fn decode(row: &Row<'_>) -> rusqlite::Result<Option<(Excludable, Exclusion)>> {
    let text = |column| stored_text(row, column);
    let Some(name) = text(1)? else { return Ok(None) };
    let what = match text(0)?.as_deref() {
        Some("workflow") => Excludable::Workflow(name),
        Some("pattern") => Excludable::Pattern(name),
        _ => return Ok(None),
    };
    Ok(Some((what, Exclusion { by: text(2)?, at: text(3)?, note: text(4)? })))
}

/// The table's columns; `None` where it is missing or has no `kind` or `name`. Looked up each time: somebody may just
/// have made the table.
fn columns(conn: &Connection) -> rusqlite::Result<Option<Columns>> {
    let columns = Columns::of(conn, TABLE)?;
    Ok(Some(columns).filter(|columns| columns.has("kind") && columns.has("name")))
}

impl Database {
    /// What a person left out, in order. It need not be in the file any more.
    pub fn exclusions(&self) -> Result<Vec<(Excludable, Exclusion)>> {
        self.read(|conn| {
            let Some(columns) = columns(conn)? else { return Ok(Vec::new()) };
            let list = ["kind", "name", "excluded_by", "excluded_at", "note"]
                .map(|column| columns.or_null("x", column))
                .join(", ");
            let order = columns.or_null("x", "id");
            let sql =
                format!("SELECT {list} FROM flowmine_exclusions AS x WHERE {READABLE} ORDER BY {order}");
            let mut statement = conn.prepare_cached(&sql)?;
            let rows = statement.query_map([], decode)?;
            rows.filter_map(rusqlite::Result::transpose).collect()
        })
    }

    /// How many rows cannot be read.
    pub fn unreadable_exclusions(&self) -> Result<u64> {
        let sql = format!("SELECT count(*) FROM flowmine_exclusions AS x WHERE NOT {READABLE}");
        self.read(|conn| match columns(conn)? {
            Some(_) => conn.query_row(&sql, [], |row| stored_count(row, 0)),
            None => Ok(0),
        })
    }

    /// Adds their exclusions to stored patterns, which then count as touched by a person.
    pub(super) fn mark_excluded(&self, patterns: &mut [StoredPattern]) -> Result<()> {
        let exclusions = self.exclusions()?.into_iter().rev();
        let said: HashMap<String, Exclusion> = exclusions
            .filter_map(|(what, exclusion)| match what {
                Excludable::Pattern(signature) => Some((signature, exclusion)),
                Excludable::Workflow(_) => None,
            })
            .collect();
        for pattern in patterns.iter_mut().filter(|_| !said.is_empty()) {
            pattern.exclusion = said.get(&pattern.signature).cloned();
            pattern.touched_by_human |= pattern.is_excluded();
        }
        Ok(())
    }

    /// Reads into the snapshot which workflows a person left out.
    pub(super) fn read_excluded_workflows(&self, snapshot: &mut Snapshot) -> Result<()> {
        for (what, _) in self.exclusions()? {
            if let Excludable::Workflow(key) = what {
                snapshot.exclude_workflow(key.as_bytes());
            }
        }
        Ok(())
    }
}
