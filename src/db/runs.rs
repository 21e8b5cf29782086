//! flowmine's own runs: what was asked, with which rules, what came of it, and how far a complete pass has read.

use std::ops::RangeInclusive;

use jiff::{SignedDuration, Timestamp};
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::error::Result;
use super::faults::missing_columns;
use super::open::{Database, Transaction};
use super::values::{stored_count, stored_text};
use crate::time::{parse_time, stored_time};

const TABLE: &str = "flowmine_runs";

const START: &str = "INSERT INTO flowmine_runs \
    (command, asked, rules_name, rules_hash, rules_path, started_at, outcome, rebuilt) \
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, 'running', 0)";
const FINISH: &str = "UPDATE flowmine_runs AS r SET finished_at = ?2, outcome = ?3, rebuilt = ?4, workflows = ?5, \
    matched = ?6, failed = ?7, new_occurrences = ?8, removed_occurrences = ?9, new_patterns = ?10, \
    removed_patterns = ?11, mark_rowid = ?12, mark_updated_at = ?13, mark_revisit = ?14, mark_counts = ?15 WHERE r.id = ?1";
const FORGET_MARKS: &str =
    "UPDATE flowmine_runs AS r SET mark_revisit = NULL WHERE r.id < ?1 AND r.mark_revisit IS NOT NULL";

/// The statements that `prepare.rs` checks before the first write.
pub(super) const STATEMENTS: [&str; 3] = [START, FINISH, FORGET_MARKS];

/// Which rules a run used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RulesUsed {
    /// The rule set's name.
    pub name: String,
    /// The hash of its text.
    pub hash: String,
    /// Where it was read, if it is not built in.
    pub path: Option<String>,
}

/// How far a complete pass has read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mark {
    /// The highest rowid there was.
    pub rowid: i64,
    /// Rows with this or a later `updated_at` may have changed since.
    pub updated_at: String,
    /// Rowids to look at again whatever their `updated_at` says: unfinished then, or failed.
    pub revisit: Rowids,
    /// What there was; `None` where an older version made the mark.
    pub counts: Option<MarkCounts>,
}

/// What there was when a complete pass ended, by which the next one notices what has been lost or restored.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct MarkCounts {
    /// Links of patterns with workflows.
    pub links: u64,
    /// Rows of the history.
    pub rows: u64,
    /// Of those, beyond the first of a `workflow_id`.
    pub repeated_rows: u64,
}

/// A pass that reads while the application writes sees the rows of its last moments only in part: one that was stamped
/// before the pass began, in a transaction that was open then, is committed after it. A transaction is taken to last no
/// longer than this, so rows stamped within it are looked at again by the next pass.
const LONGEST_TRANSACTION: SignedDuration = SignedDuration::from_mins(10);

impl Mark {
    /// The earliest `updated_at` that a pass begun at `started` cannot vouch for, where `newest` is the latest it saw.
    pub fn first_uncertain(newest: &str, started: Timestamp) -> String {
        let uncertain = stored_time(started - LONGEST_TRANSACTION);
        let after_newest = parse_time(newest)
            .filter(|time| stored_time(*time) == newest)
            .map_or_else(|| newest.to_owned(), |time| stored_time(time + SignedDuration::from_secs(1)));
        after_newest.min(uncertain)
    }
}

/// A set of rowids, kept as ranges: rows that are left open tend to be neighbours.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rowids(Vec<RangeInclusive<i64>>);

impl Rowids {
    /// The set of these rowids, in any order.
    pub fn of(mut rowids: Vec<i64>) -> Self {
        rowids.sort_unstable();
        let mut ranges: Vec<RangeInclusive<i64>> = Vec::new();
        for rowid in rowids {
            match ranges.last_mut() {
                Some(last) if last.contains(&rowid) => (),
                Some(last) if last.end().checked_add(1) == Some(rowid) => *last = *last.start()..=rowid,
                _ => ranges.push(rowid..=rowid),
            }
        }
        Self(ranges)
    }

    /// Whether the rowid is in the set.
    pub fn contains(&self, rowid: i64) -> bool {
        let after = self.0.partition_point(|range| *range.start() <= rowid);
        after > 0 && self.0[after - 1].contains(&rowid)
    }

    fn parse(text: &str) -> Option<Self> {
        let range = |part: &str| match part.get(1..)?.find('-') {
            Some(dash) => Some(part[..=dash].parse().ok()?..=part[dash + 2..].parse().ok()?),
            None => part.parse().ok().map(|rowid| rowid..=rowid),
        };
        text.split(',').filter(|part| !part.is_empty()).map(range).collect::<Option<_>>().map(Self)
    }
}

impl std::fmt::Display for Rowids {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (index, range) in self.0.iter().enumerate() {
            let comma = if index == 0 { "" } else { "," };
            match (range.start(), range.end()) {
                (start, end) if start == end => write!(f, "{comma}{start}")?,
                (start, end) => write!(f, "{comma}{start}-{end}")?,
            }
        }
        Ok(())
    }
}

/// How a run ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Outcome {
    /// All that was asked for was done.
    #[default]
    Done,
    /// Somebody interrupted it.
    Interrupted,
}

impl Outcome {
    fn name(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Interrupted => "interrupted",
        }
    }
}

/// What is known of a run before it begins.
#[derive(Clone, Debug)]
pub struct RunStart<'a> {
    /// The command's name.
    pub command: &'a str,
    /// The selection and the options, as JSON.
    pub asked: &'a str,
    /// The rules in force.
    pub rules: &'a RulesUsed,
    /// When.
    pub started_at: Timestamp,
}

/// What a run did, in numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Counts {
    /// Workflows looked at.
    pub workflows: u64,
    /// Of those, with at least one pattern.
    pub matched: u64,
    /// Of those, that could not be read or recorded.
    pub failed: u64,
    /// Occurrences that were not there before.
    pub new_occurrences: u64,
    /// Occurrences taken away by a rebuild.
    pub removed_occurrences: u64,
    /// Patterns that were not there before.
    pub new_patterns: u64,
    /// Patterns taken away by a rebuild.
    pub removed_patterns: u64,
}

/// Enters a run that begins, and answers its id.
pub fn start(tx: &Transaction<'_>, run: &RunStart<'_>) -> Result<i64> {
    let RulesUsed { name, hash, path } = run.rules;
    let started_at = stored_time(run.started_at);
    let mut statement = tx.row(TABLE).prepare_cached(START)?;
    Ok(statement.insert(params![run.command, run.asked, name, hash, path, started_at])?)
}

/// What is known of a run when it ends.
#[derive(Clone, Copy, Debug)]
pub struct RunEnd<'a> {
    /// How it ended.
    pub outcome: Outcome,
    /// What it did.
    pub counts: &'a Counts,
    /// Every occurrence in the file was made by its rules.
    pub rebuilt: bool,
    /// How far it read, if it was a complete pass.
    pub mark: Option<&'a Mark>,
    /// When.
    pub finished_at: Timestamp,
}

/// Enters how a run ended. With a mark, the next `process` goes on from it, and the rowids of earlier marks are
/// cleared.
pub fn finish(tx: &Transaction<'_>, id: i64, end: &RunEnd<'_>) -> Result<()> {
    let RunEnd { outcome, counts, rebuilt, mark, finished_at } = *end;
    tx.row(TABLE).prepare_cached(FINISH)?.execute(params![
        id,
        stored_time(finished_at),
        outcome.name(),
        rebuilt,
        counts.workflows as i64,
        counts.matched as i64,
        counts.failed as i64,
        counts.new_occurrences as i64,
        counts.removed_occurrences as i64,
        counts.new_patterns as i64,
        counts.removed_patterns as i64,
        mark.map(|mark| mark.rowid),
        mark.map(|mark| &mark.updated_at),
        mark.map(|mark| mark.revisit.to_string()),
        mark.and_then(|mark| serde_json::to_string(&mark.counts?).ok()),
    ])?;
    if mark.is_some() {
        tx.row(TABLE).prepare_cached(FORGET_MARKS)?.execute([id])?;
    }
    Ok(())
}

/// Whether a row (r) can be read: every value is of its column's type. Rows that cannot be read stand for no run.
const READABLE: &str = "(typeof(r.id) = 'integer' AND typeof(r.command) = 'text' AND typeof(r.rules_name) = 'text' \
    AND typeof(r.rules_hash) = 'text' AND typeof(r.rules_path) IN ('text', 'null') AND typeof(r.started_at) = 'text' \
    AND typeof(r.finished_at) IN ('text', 'null') AND typeof(r.outcome) = 'text' AND typeof(r.rebuilt) = 'integer' \
    AND typeof(r.workflows) = 'integer' AND typeof(r.matched) = 'integer' AND typeof(r.failed) = 'integer' \
    AND typeof(r.new_occurrences) = 'integer' AND typeof(r.removed_occurrences) = 'integer' \
    AND typeof(r.new_patterns) = 'integer' AND typeof(r.removed_patterns) = 'integer' \
    AND typeof(r.mark_rowid) IN ('integer', 'null') AND typeof(r.mark_updated_at) IN ('text', 'null') \
    AND typeof(r.mark_revisit) IN ('text', 'null'))";

/// A run as `flowmine_runs` has it.
#[derive(Clone, Debug, serde::Serialize)]
#[allow(missing_docs, reason = "each is the column of its name")]
pub struct RecordedRun {
    pub id: i64,
    pub command: String,
    pub rules_name: String,
    pub started_at: String,
    pub finished_at: Option<String>,
    pub outcome: String,
    pub counts: Counts,
}

fn decode_run(row: &Row<'_>) -> rusqlite::Result<RecordedRun> {
    let count = |column| stored_count(row, column);
    let text = |column| stored_text(row, column);
    Ok(RecordedRun {
        id: row.get(0)?,
        command: text(1)?.unwrap_or_default(),
        rules_name: text(2)?.unwrap_or_default(),
        started_at: text(3)?.unwrap_or_default(),
        finished_at: text(4)?,
        outcome: text(5)?.unwrap_or_default(),
        counts: Counts {
            workflows: count(6)?,
            matched: count(7)?,
            failed: count(8)?,
            new_occurrences: count(9)?,
            removed_occurrences: count(10)?,
            new_patterns: count(11)?,
            removed_patterns: count(12)?,
        },
    })
}

impl Database {
    /// Whether the table is there now: another flowmine may have made it since this one looked at the file. One that lacks
    /// columns counts as missing until it is made anew.
    pub(super) fn has_runs_table(&self) -> Result<bool> {
        let lacks_columns = |columns| !missing_columns(TABLE, columns).is_empty();
        if self.layout.runs.as_ref().is_some_and(lacks_columns) {
            return Ok(false);
        }
        let sql = "SELECT EXISTS (SELECT 1 FROM main.sqlite_schema AS s WHERE s.type = 'table' AND s.name = 'flowmine_runs')";
        self.value(sql, [])
    }

    /// Asks the table; where it is missing, nothing is the answer.
    fn ask_runs<T: Default>(&self, ask: impl FnMut(&Connection) -> rusqlite::Result<T>) -> Result<T> {
        if self.has_runs_table()? { self.read(ask) } else { Ok(T::default()) }
    }

    /// How many rows cannot be read.
    pub fn unreadable_runs(&self) -> Result<u64> {
        let sql = format!("SELECT count(*) FROM flowmine_runs AS r WHERE NOT {READABLE}");
        self.ask_runs(|conn| conn.query_row(&sql, [], |row| stored_count(row, 0)))
    }

    /// Runs without an end: killed, or still at work.
    pub fn unended_runs(&self) -> Result<u64> {
        let sql = "SELECT count(*) FROM flowmine_runs AS r WHERE r.finished_at IS NULL";
        self.ask_runs(|conn| conn.query_row(sql, [], |row| stored_count(row, 0)))
    }

    /// The latest runs, newest first.
    pub fn last_runs(&self, most: u32) -> Result<Vec<RecordedRun>> {
        let sql = &format!(
            "SELECT r.id, r.command, r.rules_name, r.started_at, r.finished_at, r.outcome, r.workflows, r.matched, \
                   r.failed, r.new_occurrences, r.removed_occurrences, r.new_patterns, r.removed_patterns \
                   FROM flowmine_runs AS r WHERE {READABLE} ORDER BY r.id DESC LIMIT ?1"
        );
        self.ask_runs(|conn| conn.prepare_cached(sql)?.query_map([most], decode_run)?.collect())
    }

    /// The rules of the last run.
    pub fn last_rules(&self) -> Result<Option<RulesUsed>> {
        let sql = format!(
            "SELECT r.rules_name, r.rules_hash, r.rules_path FROM flowmine_runs AS r WHERE {READABLE} \
             ORDER BY r.id DESC LIMIT 1"
        );
        self.ask_runs(|conn| conn.query_row(&sql, [], decode_rules).optional())
    }

    /// The rules that the file's occurrences were made with since the last complete rebuild, each once.
    pub fn rules_of_occurrences(&self) -> Result<Vec<RulesUsed>> {
        let sql = &format!(
            "SELECT r.rules_name, r.rules_hash, max(r.rules_path) FROM flowmine_runs AS r \
                   WHERE {READABLE} AND r.id >= coalesce((SELECT max(b.id) FROM flowmine_runs AS b WHERE b.rebuilt = 1), 0) \
                   AND (r.new_occurrences > 0 OR r.finished_at IS NULL OR r.rebuilt = 1) \
                   GROUP BY r.rules_hash ORDER BY max(r.id) DESC"
        );
        self.ask_runs(|conn| conn.prepare_cached(sql)?.query_map([], decode_rules)?.collect())
    }

    /// How far the last complete pass read; `None` where there was none, or nothing in this file tells a change.
    pub fn mark(&self) -> Result<Option<Mark>> {
        if !self.has_runs_table()? || !self.layout.history.tells_changes() {
            return Ok(None);
        }
        let unreadable = self.unreadable_runs()?;
        if unreadable > 0 {
            tracing::warn!(
                "[Pattern] {unreadable} rows of flowmine_runs cannot be read, so all workflows are looked at; \
                 'flowmine doctor --fix' removes those rows"
            );
            return Ok(None);
        }
        let counts = if self.layout.runs_have_counts() { "r.mark_counts" } else { "NULL" };
        let sql = format!(
            "SELECT r.mark_rowid, r.mark_updated_at, r.mark_revisit, {counts}, r.id FROM flowmine_runs AS r \
             WHERE r.mark_rowid IS NOT NULL AND r.mark_updated_at IS NOT NULL ORDER BY r.id DESC LIMIT 1"
        );
        self.read(|conn| {
            let mark = conn.query_row(&sql, [], |row| decode_mark(row, links_since(conn, row.get(4)?)?));
            Ok(mark.optional()?.flatten())
        })
    }
}

/// How many links the runs after this one have added, less those that they have taken away.
fn links_since(conn: &Connection, run: i64) -> rusqlite::Result<i64> {
    let sql = "SELECT l.new_occurrences, l.removed_occurrences FROM flowmine_runs AS l WHERE l.id > ?1 ORDER BY l.id";
    let mut statement = conn.prepare_cached(sql)?;
    let counts = statement.query_map([run], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?)))?;
    counts.into_iter().try_fold(0_i64, |links, counts| {
        counts.map(|(added, removed)| links.saturating_add(added).saturating_sub(removed))
    })
}

/// The mark, since which `since` links were added; `None` where its rowids cannot be read.
fn decode_mark(row: &Row<'_>, since: i64) -> rusqlite::Result<Option<Mark>> {
    let [updated_at, revisit, counts] =
        [stored_text(row, 1)?, stored_text(row, 2)?, stored_text(row, 3)?].map(Option::unwrap_or_default);
    let Some(revisit) = Rowids::parse(&revisit) else { return Ok(None) };
    let counts: Option<MarkCounts> = serde_json::from_str(&counts).ok();
    let counts =
        counts.map(|counts| MarkCounts { links: counts.links.saturating_add_signed(since), ..counts });
    Ok(Some(Mark { rowid: row.get(0)?, updated_at, revisit, counts }))
}

fn decode_rules(row: &Row<'_>) -> rusqlite::Result<RulesUsed> {
    let [name, hash, path] = [stored_text(row, 0)?, stored_text(row, 1)?, stored_text(row, 2)?];
    Ok(RulesUsed { name: name.unwrap_or_default(), hash: hash.unwrap_or_default(), path })
}

/// Forgets how far runs have read, so that the next one looks at everything. Answers whether there was a mark.
pub fn forget_mark(tx: &Transaction<'_>) -> Result<bool> {
    let sql = "UPDATE flowmine_runs AS r SET mark_rowid = NULL WHERE r.mark_rowid IS NOT NULL";
    Ok(tx.pass().execute(sql, [])? > 0)
}

/// Removes the rows that cannot be read. Answers how many there were.
pub fn remove_unreadable(tx: &Transaction<'_>) -> Result<u64> {
    let sql = format!("DELETE FROM flowmine_runs AS r WHERE NOT {READABLE}");
    Ok(tx.pass().execute(&sql, [])? as u64)
}
