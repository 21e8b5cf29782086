//! Reading `workflow_history`: all of it page by page, or single workflows. Nothing here ever writes to it.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::error::{Error, Result};
pub use super::history_row::{HistoryRow, RowParts};
use super::history_row::{KeyTexts, LengthCheck, Query};
use super::layout::schema_version;
use super::open::Database;
use super::values::{each_row, stored_text};
use crate::workflow::{RowError, Workflow};

/// Rows a statement reads before it lets go of the file, so that a writer never waits long for a reader.
const PAGE: usize = 4096;

/// Which rows of the history are wanted, and what of each.
#[derive(Clone, Copy, Debug)]
pub struct HistoryScan {
    /// The highest rowid that is read.
    pub last: i64,
    /// How much of each.
    pub parts: RowParts,
    /// The present: times more than a day later count as unknown.
    pub now: Timestamp,
}

impl Database {
    /// The highest rowid of the history; `None` where it is empty.
    pub fn highest_rowid(&self) -> Result<Option<i64>> {
        let sql = format!("SELECT max(h.{}) FROM main.workflow_history AS h", self.layout.history.rowid);
        self.value(&sql, [])
    }

    /// Calls `visit` with every row up to `scan.last`, in rowid order. Between pages no statement is open, and an
    /// interrupt ends the scan.
    pub fn scan_history(&self, scan: HistoryScan, mut visit: impl FnMut(HistoryRow<'_>)) -> Result<()> {
        let mut pages = HistoryPages::new(self, scan);
        while pages.read_next(&mut visit)? {}
        Ok(())
    }

    /// A column that was renamed or dropped during a scan would make its rows differ from those before.
    fn check_history_columns(&self) -> Result<()> {
        if self.read(schema_version)? == self.layout.schema_version {
            return Ok(());
        }
        if self.inspect_layout()?.history == self.layout.history {
            return Ok(());
        }
        let path = self.path().display();
        Err(Error::Layout(format!("workflow_history in {path} was altered while it was read; run again")))
    }

    /// Shows `visit` the row with this rowid, texts and all, if there is one.
    pub fn visit_workflow(
        &self,
        rowid: i64,
        now: Timestamp,
        mut visit: impl FnMut(HistoryRow<'_>),
    ) -> Result<()> {
        let layout = &self.layout.history;
        let query = Query::new(layout, RowParts::Texts, LengthCheck::First);
        let sql =
            format!("SELECT {} FROM main.workflow_history AS h WHERE h.{} = ?1", query.list, layout.rowid);
        let mut keys = KeyTexts::default();
        self.read(|conn| {
            let mut statement = conn.prepare_cached(&sql)?;
            let mut rows = statement.query([rowid])?;
            if let Some(row) = rows.next()? {
                visit(query.decode(row, &mut keys, now)?);
            }
            Ok(())
        })
    }

    /// The workflow in the row with this rowid, or why it cannot be looked at; `None` where there is no such row.
    pub fn workflow_at(
        &self,
        rowid: i64,
        now: Timestamp,
    ) -> Result<Option<std::result::Result<Workflow, RowError>>> {
        let mut read = None;
        self.visit_workflow(rowid, now, |row| read = Some(row.workflow()))?;
        Ok(read)
    }

    /// The lowest rowid of the workflow that a person calls `name`: by its `workflow_id`, else its `adw_id`, else its id.
    pub fn rowid_named(&self, name: &str) -> Result<Option<i64>> {
        // Rows with an empty key are known by their id.
        if name.is_empty() {
            return Ok(None);
        }
        let layout = &self.layout.history;
        for column in ["workflow_id", "adw_id", "id"].into_iter().filter(|column| layout.columns.has(column))
        {
            // SQLite would take '1e1' for the number 10 in a column of numbers.
            if column == "id" && !is_whole_number(name) && layout.id_is_rowid {
                continue;
            }
            let sql = format!(
                "SELECT min(h.{}) FROM main.workflow_history AS h WHERE {} = ?1 COLLATE BINARY",
                layout.rowid,
                layout.columns.or_null("h", column)
            );
            let found: Option<i64> = self.value(&sql, [name])?;
            if found.is_some() {
                return Ok(found);
            }
        }
        Ok(None)
    }

    /// The key of the workflow that a person calls `name`, likewise.
    pub fn key_named(&self, name: &str) -> Result<Option<String>> {
        let Some(rowid) = self.rowid_named(name)? else { return Ok(None) };
        let mut key = None;
        self.visit_workflow(rowid, Timestamp::UNIX_EPOCH, |row| key = row.readable_key().map(str::to_owned))?;
        Ok(key)
    }

    /// The words in the status column, in lower case and without blanks around them, each once.
    pub fn status_words(&self) -> Result<BTreeSet<String>> {
        let status = self.layout.history.columns.or_null("h", "status");
        let sql = format!(
            "SELECT DISTINCT {status} FROM main.workflow_history AS h \
             WHERE typeof({status}) IN ('text', 'integer') LIMIT 1000"
        );
        self.read(|conn| {
            let mut words = BTreeSet::new();
            each_row(conn, &sql, [], |row| {
                words.extend(stored_text(row, 0)?.map(|word| word.trim().to_lowercase()));
                Ok(())
            })?;
            Ok(words)
        })
    }

    /// The rowids of the workflows without a request text, in order: NULL or nothing but white space. Only a short text is
    /// looked into, so that a long one need not be read.
    pub fn rows_without_request(&self) -> Result<Vec<i64>> {
        let layout = &self.layout.history;
        let (rowid, request) = (layout.rowid, layout.columns.or_null("h", "nl_input"));
        let sql = format!(
            "SELECT h.{rowid} FROM main.workflow_history AS h WHERE {request} IS NULL \
             OR octet_length({request}) < 64 AND typeof({request}) = 'text' \
             AND trim({request}, char(32, 9, 10, 11, 12, 13)) = '' COLLATE BINARY ORDER BY h.{rowid}"
        );
        self.read(|conn| conn.prepare_cached(&sql)?.query_map([], |row| row.get(0))?.collect())
    }
}

/// A pass over the history, a page at a time.
pub(super) struct HistoryPages<'d> {
    db: &'d Database,
    scan: HistoryScan,
    length_check: LengthCheck,
    keys: KeyTexts,
    /// Where the next page begins; `None` where nothing follows.
    next: Option<i64>,
}

impl<'d> HistoryPages<'d> {
    pub(super) fn new(db: &'d Database, scan: HistoryScan) -> Self {
        Self { db, scan, length_check: LengthCheck::None, keys: KeyTexts::default(), next: Some(i64::MIN) }
    }

    /// Shows `visit` the rows of the next page. Answers whether another may follow.
    pub(super) fn read_next(&mut self, visit: impl FnMut(HistoryRow<'_>)) -> Result<bool> {
        if self.db.interrupted() {
            return Err(Error::Interrupted);
        }
        let first = self.next;
        match self.read_page(visit) {
            Err(error) if error.is_too_long() && self.length_check == LengthCheck::None => {
                self.length_check = LengthCheck::First;
                return Ok(true);
            }
            read => read?,
        }
        let has_more = self.next != first && self.next.is_some_and(|next| next <= self.scan.last);
        if !has_more {
            self.db.check_history_columns()?;
        }
        Ok(has_more)
    }

    /// Reads a page. When a lock is refused, it is asked for again, from the row after the last one that was seen.
    fn read_page(&mut self, mut visit: impl FnMut(HistoryRow<'_>)) -> Result<()> {
        let Self { db, scan: HistoryScan { last, parts, now }, length_check, keys, next } = self;
        let layout = &db.layout.history;
        let (query, rowid) = (Query::new(layout, *parts, *length_check), layout.rowid);
        let sql = format!(
            "SELECT {} FROM main.workflow_history AS h WHERE h.{rowid} >= ?1 AND h.{rowid} <= ?2 \
             ORDER BY h.{rowid} LIMIT {PAGE}",
            query.list
        );
        db.read(|conn| {
            let Some(first) = *next else { return Ok(()) };
            let mut statement = conn.prepare_cached(&sql)?;
            let mut rows = statement.query([first, *last])?;
            while let Some(row) = rows.next()? {
                let row = query.decode(row, keys, *now)?;
                // After the highest rowid that there can be, nothing follows.
                *next = row.rowid.checked_add(1);
                visit(row);
            }
            Ok(())
        })
    }
}

/// Whether a text is a whole number, as ids are.
fn is_whole_number(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
}
