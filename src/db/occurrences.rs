//! Writing the rows of `pattern_occurrences`: this pattern was seen in this workflow.

use std::borrow::Cow;
use std::collections::HashSet;
use std::sync::LazyLock;

use rusqlite::{CachedStatement, OptionalExtension, ToSql, params, params_from_iter};

use super::error::{Error, Result};
use super::open::{Database, Transaction};
use super::patterns::{concerns_one_row, delete_unused, find_pattern, insert_pattern};
use crate::snapshot::PatternIndex;
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

/// Whether each occurrence must be inserted by itself: a trigger may write elsewhere, which `OR FAIL` would leave half
/// done, and a further unique index may replace rows that were inserted before.
const ONE_BY_ONE: &str = "SELECT 1 FROM main.sqlite_schema AS s \
    WHERE s.type = 'trigger' AND s.tbl_name = 'pattern_occurrences' COLLATE NOCASE \
    UNION ALL SELECT 1 FROM pragma_index_list('pattern_occurrences') AS l \
    WHERE l.\"unique\" = 1 AND (SELECT count(*) FROM pragma_index_info(l.name) AS i \
        WHERE lower(i.name) IN ('pattern_id', 'workflow_id')) < 2";

/// Occurrences that one statement inserts. A statement opens the table and each of its indexes, and its next row goes
/// beside the one before: 32 rows a statement take about 0.65 times as long as 32 statements, and 64 no less.
const AT_ONCE: usize = 32;

/// [`INSERT_OCCURRENCE`] for [`AT_ONCE`] of them. With `OR FAIL` SQLite keeps no journal for the case that a later row is
/// refused (with which this is no faster): the rows before it stay.
static INSERT_OCCURRENCES: LazyLock<String> = LazyLock::new(|| {
    let rows = vec![VALUES; AT_ONCE].join(", ");
    INSERT_OCCURRENCE.replace("INSERT INTO", "INSERT OR FAIL INTO").replace(VALUES, &rows)
});

/// The statements that `prepare.rs` checks before the first write.
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

/// An occurrence that is to be written.
#[derive(Clone, Copy)]
pub struct NewOccurrence<'a> {
    /// A position in [`OccurrenceWriter::ids`].
    pub pattern: PatternIndex,
    /// The pattern's signature.
    pub signature: &'a str,
    /// The workflow's key.
    pub key: &'a str,
    /// JSON.
    pub characteristics: &'a str,
}

/// Writes occurrences within one transaction, and creates the patterns that they need.
pub struct OccurrenceWriter<'a> {
    tx: &'a Transaction<'a>,
    insert: CachedStatement<'a>,
    /// The same for [`AT_ONCE`] occurrences; `None` where each must be inserted for itself.
    insert_many: Option<CachedStatement<'a>>,
    now: &'a str,
    /// The patterns' ids; `None` where a pattern is to be found or created first.
    pub ids: Vec<Option<i64>>,
    /// How many patterns were created.
    pub new_patterns: u64,
    /// How many of the occurrences were not in the file before.
    pub new_occurrences: u64,
}

/// A row that is to be written.
struct OccurrenceRow<'a> {
    /// Which of the occurrences it is.
    position: usize,
    pattern_id: i64,
    key: &'a str,
    characteristics: &'a str,
}

impl<'a> OccurrenceWriter<'a> {
    /// A writer for this transaction. `now` is stored as it is: `YYYY-MM-DD HH:MM:SS` UTC.
    pub fn new(tx: &'a Transaction<'a>, now: &'a str, ids: Vec<Option<i64>>) -> Result<Self> {
        let conn = tx.row(TABLE);
        let insert = conn.prepare_cached(INSERT_OCCURRENCE)?;
        let one_by_one = conn.prepare_cached(ONE_BY_ONE)?.exists([])?;
        let insert_many = if one_by_one { None } else { Some(conn.prepare_cached(&INSERT_OCCURRENCES)?) };
        Ok(Self { tx, insert, insert_many, now, ids, new_patterns: 0, new_occurrences: 0 })
    }

    /// Writes occurrences. `told` is called for each, by its position, once it is in the file or the file has refused
    /// it; a refused one stops none of the others.
    pub fn write(
        &mut self,
        new: &[NewOccurrence<'_>],
        mut told: impl FnMut(usize, Result<()>),
    ) -> Result<()> {
        let (mut rows, mut created) = (Vec::with_capacity(new.len()), Vec::new());
        for (position, occurrence) in new.iter().enumerate() {
            let NewOccurrence { key, characteristics, .. } = *occurrence;
            match self.find_or_create_pattern(occurrence, &mut created) {
                Ok(pattern_id) => rows.push(OccurrenceRow { position, pattern_id, key, characteristics }),
                Err(error) if concerns_one_row(&error, self.tx) => told(position, Err(error)),
                Err(error) => return Err(error),
            }
        }
        for rows in rows.chunks(AT_ONCE) {
            if rows.len() == AT_ONCE && self.insert_many(rows)? {
                for row in rows {
                    told(row.position, Ok(()));
                }
            } else {
                self.insert_each(rows, &mut told)?;
            }
        }
        self.keep_used(&created)
    }

    /// The id of an occurrence's pattern, which is found, or created and added to `created`.
    fn find_or_create_pattern(
        &mut self,
        occurrence: &NewOccurrence<'_>,
        created: &mut Vec<PatternIndex>,
    ) -> Result<i64> {
        let NewOccurrence { pattern, signature, characteristics, .. } = *occurrence;
        if let Some(id) = self.ids[pattern.index()] {
            return Ok(id);
        }
        let id = if let Some(known) = find_pattern(self.tx, signature)? {
            known
        } else {
            let new = insert_pattern(self.tx, signature, characteristics, self.now)?;
            created.push(pattern);
            new
        };
        self.ids[pattern.index()] = Some(id);
        Ok(id)
    }

    /// Deletes patterns that were created for occurrences which the file then refused.
    fn keep_used(&mut self, created: &[PatternIndex]) -> Result<()> {
        let ids: Vec<i64> = created.iter().filter_map(|pattern| self.ids[pattern.index()]).collect();
        let has_unused = !ids.is_empty() && !self.tx.was_rolled_back();
        let unused = if has_unused { delete_unused(self.tx, &ids)? } else { HashSet::new() };
        self.new_patterns += (ids.len() - unused.len()) as u64;
        for pattern in created {
            let id = &mut self.ids[pattern.index()];
            *id = id.filter(|id| !unused.contains(id));
        }
        Ok(())
    }

    /// Inserts rows one by one, and looks afterwards whether they are there: a trigger may take away what was inserted, and a
    /// constraint what was inserted before.
    fn insert_each(
        &mut self,
        rows: &[OccurrenceRow<'_>],
        told: &mut impl FnMut(usize, Result<()>),
    ) -> Result<()> {
        let mut inserted = Vec::with_capacity(rows.len());
        for row in rows {
            // What concerns all rows ends here: a trigger that never ends would take its share for each of them.
            match self.insert(row) {
                Err(error) if !concerns_one_row(&error, self.tx) => return Err(error),
                outcome => inserted.push(outcome),
            }
        }
        for (row, inserted) in rows.iter().zip(inserted) {
            let kept = match inserted {
                Ok(_) if !has_occurrence(self.tx, row.pattern_id, row.key)? => {
                    Err(Error::NotKept { table: TABLE })
                }
                inserted => inserted,
            };
            self.new_occurrences += u64::from(kept.as_ref().is_ok_and(|is_new| *is_new));
            told(row.position, kept.map(drop));
        }
        Ok(())
    }

    /// Whether the row was not there before.
    fn insert(&mut self, row: &OccurrenceRow<'_>) -> Result<bool> {
        let OccurrenceRow { pattern_id, key, characteristics, .. } = *row;
        // Looked up, because even an insert that is ignored uses up an AUTOINCREMENT id, which changes the file.
        if has_occurrence(self.tx, pattern_id, key)? {
            return Ok(false);
        }
        self.tx.row(TABLE);
        Ok(self.insert.execute(params![self.now, pattern_id, key, characteristics])? > 0)
    }

    /// Inserts rows with one statement and counts the new ones. `false` where the caller must insert each: there is no
    /// such statement, a row was there already, or the file refused one, and those after it are missing.
    fn insert_many(&mut self, rows: &[OccurrenceRow<'_>]) -> Result<bool> {
        let Some(statement) = &mut self.insert_many else { return Ok(false) };
        let conn = self.tx.row(TABLE);
        let before = conn.total_changes();
        let inserted = statement.execute(params_from_iter(rows.iter().flat_map(|row| {
            let OccurrenceRow { pattern_id, key, characteristics, .. } = row;
            [&self.now as &dyn ToSql, pattern_id, key, characteristics]
        })));
        self.new_occurrences += conn.total_changes() - before;
        match inserted.map_err(Error::from) {
            Ok(inserted) => Ok(inserted == rows.len()),
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
pub fn restate_occurrence(
    tx: &Transaction<'_>,
    (pattern_id, key): (i64, &str),
    characteristics: &str,
) -> Result<bool> {
    let mut statement = tx.row(TABLE).prepare_cached(RESTATE_OCCURRENCE)?;
    Ok(statement.execute(params![pattern_id, key, characteristics])? > 0)
}

/// Deletes a link; `false` where there is none.
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
    /// Whether a trigger may write to the occurrences: one that does names the table.
    pub fn has_code_for_occurrences(&self) -> Result<bool> {
        let sql = "SELECT EXISTS (SELECT 1 FROM main.sqlite_schema AS s \
                   WHERE s.type = 'trigger' AND instr(lower(s.sql), 'pattern_occurrences') > 0)";
        self.value(sql, [])
    }

    /// The number of occurrences and the highest rowid among them: what differs once somebody has added or removed one.
    pub fn occurrences_fingerprint(&self) -> Result<(i64, Option<i64>)> {
        // In one statement over both, SQLite would go through all rows, which takes six times as long.
        let sql = "SELECT (SELECT count(*) FROM pattern_occurrences), (SELECT max(o.id) FROM pattern_occurrences AS o)";
        self.read(|conn| conn.query_row(sql, [], |row| Ok((row.get(0)?, row.get(1)?))))
    }

    /// Whether an occurrence is recorded of the workflow with this key, in the history or not.
    pub fn is_linked(&self, key: &str) -> Result<bool> {
        let sql =
            "SELECT EXISTS (SELECT 1 FROM pattern_occurrences AS o WHERE o.workflow_id = ?1 COLLATE BINARY)";
        Ok(self.layout.has_links() && self.value(sql, [key])?)
    }

    /// Whether any occurrence is recorded.
    pub fn has_occurrences(&self) -> Result<bool> {
        let sql = "SELECT EXISTS (SELECT 1 FROM pattern_occurrences AS o)";
        Ok(self.layout.occurrences.is_some() && self.value(sql, [])?)
    }
}
