//! The rows of `pattern_occurrences`: this pattern was seen in this workflow.

use std::borrow::Cow;
use std::collections::HashSet;
use std::sync::LazyLock;

use rusqlite::{CachedStatement, OptionalExtension, Row, ToSql, params, params_from_iter};

use super::columns::Columns;
use super::error::{Error, Result};
use super::open::{Database, Transaction};
use super::patterns::{NewPattern, concerns_one_row, delete_unused, find_pattern, insert_pattern};
use crate::snapshot::{PatternIndex, Snapshot};
use crate::value::Value;

const TABLE: &str = "pattern_occurrences";

/// The similarity is 100: a workflow has a pattern's signature wholly or not at all.
const INSERT_OCCURRENCE: &str = "INSERT INTO pattern_occurrences \
    (detected_at, similarity_score, pattern_id, workflow_id, matched_characteristics) VALUES (?, 100.0, ?, ?, ?) \
    ON CONFLICT (pattern_id, workflow_id COLLATE BINARY) DO NOTHING";
const VALUES: &str = "(?, 100.0, ?, ?, ?)";
const FIND_OCCURRENCE: &str = "SELECT 1 FROM pattern_occurrences AS o \
    WHERE o.pattern_id = ?1 AND o.workflow_id = ?2 COLLATE BINARY";
const REKEY_OCCURRENCE: &str = "UPDATE pattern_occurrences AS o SET workflow_id = ?3 \
    WHERE o.pattern_id = ?1 AND o.workflow_id = ?2 COLLATE BINARY";
const DELETE_OCCURRENCE: &str = "DELETE FROM pattern_occurrences AS o \
    WHERE o.pattern_id = ?1 AND o.workflow_id = ?2 COLLATE BINARY";
const RESTATE_OCCURRENCE: &str = "UPDATE pattern_occurrences AS o SET matched_characteristics = ?3 \
    WHERE o.pattern_id = ?1 AND o.workflow_id = ?2 COLLATE BINARY AND o.matched_characteristics IS NOT ?3";
const CHARACTERISTICS: &str = "SELECT o.matched_characteristics FROM pattern_occurrences AS o \
    WHERE o.pattern_id = ?1 AND o.workflow_id = ?2 COLLATE BINARY";

/// Triggers may write elsewhere, which `OR FAIL` would leave half done, and a further unique index may take away rows that
/// were inserted before.
const ONE_BY_ONE: &str = "SELECT 1 FROM main.sqlite_schema AS s \
    WHERE s.type = 'trigger' AND s.tbl_name = 'pattern_occurrences' COLLATE NOCASE \
    UNION ALL SELECT 1 FROM pragma_index_list('pattern_occurrences') AS l \
    WHERE l.\"unique\" = 1 AND (SELECT count(*) FROM pragma_index_info(l.name) AS i \
        WHERE lower(i.name) IN ('pattern_id', 'workflow_id')) < 2";

/// Rows that one statement reads before it lets go of the file.
const ROWS_AT_ONCE: usize = 50_000;

/// Occurrences that one statement inserts. A statement opens the table and each of its indexes, and its next row goes
/// beside the one before: 32 rows a statement take about 0.65 times as long as 32 statements, and 64 no less.
const AT_ONCE: usize = 32;

/// [`INSERT_OCCURRENCE`] for [`AT_ONCE`] of them. With `OR FAIL` SQLite keeps no journal for the case that a later row is
/// refused (with which this is no faster): the rows before it stay.
static INSERT_OCCURRENCES: LazyLock<String> = LazyLock::new(|| {
    let rows = vec![VALUES; AT_ONCE].join(", ");
    INSERT_OCCURRENCE.replace("INSERT INTO", "INSERT OR FAIL INTO").replace(VALUES, &rows)
});

/// What must be prepared before the first write.
pub(super) fn statements() -> [&'static str; 7] {
    [
        INSERT_OCCURRENCE,
        &INSERT_OCCURRENCES,
        FIND_OCCURRENCE,
        REKEY_OCCURRENCE,
        DELETE_OCCURRENCE,
        RESTATE_OCCURRENCE,
        CHARACTERISTICS,
    ]
}

/// An occurrence of a pattern that is in the file.
#[derive(Clone, Copy, Debug)]
pub struct Occurrence<'a> {
    /// The pattern's id.
    pub pattern_id: i64,
    /// The workflow's key.
    pub key: &'a str,
    /// JSON.
    pub characteristics: &'a str,
}

/// Records occurrences within one transaction.
pub struct Recorder<'a> {
    tx: &'a Transaction<'a>,
    insert: CachedStatement<'a>,
    /// The same for [`AT_ONCE`] occurrences; `None` where each must be inserted for itself.
    insert_many: Option<CachedStatement<'a>>,
    now: &'a str,
}

impl<'a> Recorder<'a> {
    /// A recorder for this transaction. `now` is stored as it is: `YYYY-MM-DD HH:MM:SS` UTC.
    pub fn new(tx: &'a Transaction<'a>, now: &'a str) -> Result<Self> {
        let conn = tx.row(TABLE);
        let insert = conn.prepare_cached(INSERT_OCCURRENCE)?;
        let one_by_one = conn.prepare_cached(ONE_BY_ONE)?.exists([])?;
        let insert_many = if one_by_one { None } else { Some(conn.prepare_cached(&INSERT_OCCURRENCES)?) };
        Ok(Self { tx, insert, insert_many, now })
    }

    /// Whether an error is the file's refusal of one row, which stops no other.
    pub fn is_refusal(&self, error: &Error) -> bool {
        concerns_one_row(error, self.tx)
    }

    /// The pattern with this signature, which is found or created; whether it is new.
    ///
    /// # Errors
    /// Where the file refuses it, or cannot be written.
    pub fn find_or_create_pattern(&self, signature: &str, characteristics: &str) -> Result<(i64, bool)> {
        if let Some(id) = find_pattern(self.tx, signature)? {
            return Ok((id, false));
        }
        let pattern_type = signature.split(':').next().unwrap_or_default();
        let new = NewPattern { signature, pattern_type, characteristics, created_at: self.now };
        Ok((insert_pattern(self.tx, &new)?, true))
    }

    /// Takes away again those of some patterns that got no occurrence, and answers which.
    pub fn remove_unused(&self, created: &[i64]) -> Result<HashSet<i64>> {
        if created.is_empty() || self.tx.is_over() {
            return Ok(HashSet::new());
        }
        delete_unused(self.tx, created)
    }

    /// Links workflows with patterns and answers how many of the links are new. `linked` hears of each occurrence, by
    /// its index, that it is in the file now or why the file refuses it.
    ///
    /// # Errors
    /// Where it is not one row that the file refuses.
    pub fn record_all(
        &mut self,
        occurrences: &[Occurrence<'_>],
        mut linked: impl FnMut(usize, Result<()>),
    ) -> Result<u64> {
        let mut new = 0;
        for (number, some) in occurrences.chunks(AT_ONCE).enumerate() {
            let first = number * AT_ONCE;
            if some.len() == AT_ONCE && self.insert_many(some, &mut new)? {
                (first..first + AT_ONCE).for_each(|index| linked(index, Ok(())));
            } else {
                new += self.insert_each(some, |index, outcome| linked(first + index, outcome))?;
            }
        }
        Ok(new)
    }

    /// Inserts occurrences one by one, and looks afterwards whether they are there: a trigger may take away what was
    /// inserted, and a constraint what was inserted before.
    fn insert_each(
        &mut self,
        occurrences: &[Occurrence<'_>],
        mut linked: impl FnMut(usize, Result<()>),
    ) -> Result<u64> {
        let mut inserted = Vec::with_capacity(occurrences.len());
        for occurrence in occurrences {
            // What concerns all rows ends here: a trigger that never ends would take its share for each of them.
            match self.insert(occurrence) {
                Err(error) if !concerns_one_row(&error, self.tx) => return Err(error),
                outcome => inserted.push(outcome),
            }
        }
        let mut new = 0;
        for (index, (occurrence, inserted)) in occurrences.iter().zip(inserted).enumerate() {
            match inserted {
                Ok(_) if !has_occurrence(self.tx, occurrence.pattern_id, occurrence.key)? => {
                    linked(index, Err(Error::NotKept { table: TABLE }));
                }
                Ok(inserted) => {
                    new += u64::from(inserted);
                    linked(index, Ok(()));
                }
                Err(error) => linked(index, Err(error)),
            }
        }
        Ok(new)
    }

    fn insert(&mut self, occurrence: &Occurrence<'_>) -> Result<bool> {
        let Occurrence { pattern_id, key, characteristics } = *occurrence;
        // Looked up, because even an insert that is ignored uses up an AUTOINCREMENT id, which changes the file.
        if has_occurrence(self.tx, pattern_id, key)? {
            return Ok(false);
        }
        self.tx.row(TABLE);
        Ok(self.insert.execute(params![self.now, pattern_id, key, characteristics])? > 0)
    }

    /// Inserts occurrences with one statement and adds to `new` how many were not there. `false`: it was not to be had,
    /// or the file refuses one of them, and none behind it has been inserted, or not all of them were new.
    fn insert_many(&mut self, occurrences: &[Occurrence<'_>], new: &mut u64) -> Result<bool> {
        let Some(statement) = &mut self.insert_many else { return Ok(false) };
        let conn = self.tx.row(TABLE);
        let before = conn.total_changes();
        let inserted = statement.execute(params_from_iter(occurrences.iter().flat_map(|occurrence| {
            let Occurrence { pattern_id, key, characteristics } = occurrence;
            [&self.now as &dyn ToSql, pattern_id, key, characteristics]
        })));
        *new += conn.total_changes() - before;
        match inserted.map_err(Error::from) {
            Ok(inserted) => Ok(inserted == occurrences.len()),
            Err(refused) if concerns_one_row(&refused, self.tx) => Ok(false),
            Err(error) => Err(error),
        }
    }
}

/// Whether the workflow is linked with the pattern.
pub fn has_occurrence(tx: &Transaction<'_>, pattern_id: i64, key: &str) -> Result<bool> {
    Ok(tx.row(TABLE).prepare_cached(FIND_OCCURRENCE)?.exists(params![pattern_id, key])?)
}

/// Puts a link under the workflow's new key; where it is linked under both, the old link goes.
pub fn rekey_occurrence(tx: &Transaction<'_>, pattern_id: i64, old: &str, new: &str) -> Result<()> {
    if has_occurrence(tx, pattern_id, new)? {
        return delete_occurrence(tx, pattern_id, old).map(|_| ());
    }
    tx.row(TABLE).prepare_cached(REKEY_OCCURRENCE)?.execute(params![pattern_id, old, new])?;
    Ok(())
}

/// Writes a link's characteristics anew; `false` where there is no such link, or it has them already.
pub fn restate_occurrence(tx: &Transaction<'_>, occurrence: Occurrence<'_>) -> Result<bool> {
    let Occurrence { pattern_id, key, characteristics } = occurrence;
    let mut statement = tx.row(TABLE).prepare_cached(RESTATE_OCCURRENCE)?;
    Ok(statement.execute(params![pattern_id, key, characteristics])? > 0)
}

/// Takes a link away; `false` where there is none.
pub fn delete_occurrence(tx: &Transaction<'_>, pattern_id: i64, key: &str) -> Result<bool> {
    Ok(tx.row(TABLE).prepare_cached(DELETE_OCCURRENCE)?.execute(params![pattern_id, key])? > 0)
}

/// The characteristics stored with a link, if they are JSON.
pub fn characteristics(tx: &Transaction<'_>, pattern_id: i64, key: &str) -> Result<Option<String>> {
    let mut statement = tx.row(TABLE).prepare_cached(CHARACTERISTICS)?;
    let stored = statement.query_row(params![pattern_id, key], |row| {
        Ok(Value::from(row.get_ref(0)?).text().ok().flatten().map(Cow::into_owned))
    });
    let stored = stored.optional()?.flatten();
    Ok(stored.filter(|json| serde_json::from_str::<serde::de::IgnoredAny>(json).is_ok()))
}

impl Database {
    /// A snapshot of the patterns and the occurrences, with no workflow yet. It reads a part at a time, so that no
    /// statement keeps the file to itself for long.
    pub fn snapshot_of_links(&self) -> Result<Snapshot> {
        let mut snapshot = Snapshot::default();
        snapshot.patterns = self.stored_patterns()?;
        self.read_measured(&mut snapshot)?;
        self.read_excluded_workflows(&mut snapshot)?;
        if !self.layout.has_links() {
            return Ok(snapshot);
        }
        if self.layout.occurrences.as_ref().and_then(Columns::rowid).is_some() {
            self.read_links_by_row(&mut snapshot)?;
        } else {
            self.read_links_by_pattern(&mut snapshot)?;
        }
        snapshot.sort_links();
        Ok(snapshot)
    }

    /// Reads these columns of every occurrence, after its rowid, in the order of the rowids and a part at a time.
    pub(super) fn each_occurrence(
        &self,
        rowid: &str,
        columns: &str,
        mut visit: impl FnMut(&Row<'_>) -> rusqlite::Result<()>,
    ) -> Result<()> {
        let sql = format!(
            "SELECT o.{rowid}, {columns} FROM pattern_occurrences AS o \
             WHERE o.{rowid} > ?1 ORDER BY o.{rowid} LIMIT {ROWS_AT_ONCE}"
        );
        let mut last = Some(i64::MIN);
        while let Some(after) = last.take() {
            if self.interrupted() {
                return Err(Error::Interrupted);
            }
            self.read(|conn| {
                let mut statement = conn.prepare_cached(&sql)?;
                let mut rows = statement.query([after])?;
                while let Some(row) = rows.next()? {
                    last = Some(row.get(0)?);
                    visit(row)?;
                }
                Ok(())
            })?;
        }
        Ok(())
    }

    fn read_links_by_pattern(&self, snapshot: &mut Snapshot) -> Result<()> {
        let ids: Vec<_> = snapshot.patterns.iter().map(|pattern| pattern.id).collect();
        for (position, id) in ids.into_iter().enumerate() {
            if self.interrupted() {
                return Err(Error::Interrupted);
            }
            let pattern = PatternIndex(position as u32);
            self.read(|conn| {
                let mut statement = conn.prepare_cached(
                    "SELECT o.workflow_id FROM pattern_occurrences AS o WHERE o.pattern_id = ?1",
                )?;
                let mut rows = statement.query([id])?;
                while let Some(row) = rows.next()? {
                    if let Some(key) = link_key(row.get_ref(0)?.into()) {
                        snapshot.add_link_of(&key, pattern, false);
                    }
                }
                Ok(())
            })?;
        }
        Ok(())
    }

    /// Whether code of the file's may write to the occurrences: whichever trigger does names them.
    pub fn has_code_for_occurrences(&self) -> Result<bool> {
        let sql = "SELECT EXISTS (SELECT 1 FROM main.sqlite_schema AS s \
                   WHERE s.type = 'trigger' AND instr(lower(s.sql), 'pattern_occurrences') > 0)";
        self.read(|conn| conn.query_row(sql, [], |row| row.get(0)))
    }

    /// The number of occurrences and the highest rowid among them: what differs once somebody has added or removed one.
    pub fn occurrences_fingerprint(&self) -> Result<(i64, Option<i64>)> {
        let sql = "SELECT count(*), max(o.id) FROM pattern_occurrences AS o";
        self.read(|conn| conn.query_row(sql, [], |row| Ok((row.get(0)?, row.get(1)?))))
    }

    /// Whether any occurrence is recorded.
    pub fn has_occurrences(&self) -> Result<bool> {
        if self.layout.occurrences.is_none() {
            return Ok(false);
        }
        self.read(|conn| {
            conn.query_row("SELECT EXISTS (SELECT 1 FROM pattern_occurrences AS o)", [], |row| row.get(0))
        })
    }
}

/// The key that a link's `workflow_id` is; a number is named as the history's keys that are numbers are.
pub(super) fn link_key(key: Value<'_>) -> Option<Cow<'_, [u8]>> {
    match key {
        Value::Null => None,
        Value::Text(key) | Value::Blob(key) => Some(key.into()),
        number => Some(number.text().ok().flatten().unwrap_or_default().into_owned().into_bytes().into()),
    }
}
