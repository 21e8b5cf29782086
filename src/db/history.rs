//! Reading `workflow_history`: all of it page by page, or single workflows. Nothing here ever writes to it.

use std::borrow::Cow;

use jiff::Timestamp;
use rusqlite::types::ValueRef;
use rusqlite::{OptionalExtension, Row, Statement};

use super::layout::HistoryLayout;
use super::{Database, Error, Result};
use crate::census::Census;
use crate::workflow::{self, Measures, RowError, Status, ValueWarning, Workflow};

/// Rows a statement reads before it lets go of the file, so that a writer never waits long for a reader.
const PAGE: usize = 4096;

/// Whether a scan reads the request, the error message and the template too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReadTexts {
    /// Detection needs them.
    Yes,
    /// The statistics need none.
    No,
}

/// One row as a scan sees it, not yet copied.
pub struct HistoryRow<'a> {
    /// Its rowid.
    pub rowid: i64,
    /// What occurrences are linked by, or why it cannot be read.
    pub key: std::result::Result<Option<&'a str>, RowError>,
    /// The id, where it is not the key: what links were made by before the row was given its workflow_id.
    pub former_key: Option<&'a str>,
    /// Cost, tokens, duration, errors, retries, time, status.
    pub measures: Measures,
    /// When the application last changed it, if it says so.
    pub updated_at: Option<&'a str>,
    /// Values taken as unknown.
    pub warnings: Vec<ValueWarning>,
    texts: Option<[ValueRef<'a>; 3]>,
}

impl HistoryRow<'_> {
    /// The request, the error message and the template; an error where the key or one of them cannot be read.
    ///
    /// # Panics
    /// If the scan left out the texts.
    pub fn texts(&self) -> std::result::Result<[Option<Cow<'_, str>>; 3], RowError> {
        if let Err(error) = &self.key {
            return Err(error.clone());
        }
        let text = |column, value| {
            let unreadable =
                |problem: &str| RowError { workflow: self.name(), column, problem: problem.to_owned() };
            workflow::text(value).map_err(unreadable)
        };
        let [request, error_message, template] = self.texts.expect("the scan reads the texts");
        Ok([
            text("nl_input", request)?,
            text("error_message", error_message)?,
            text("workflow_template", template)?,
        ])
    }

    /// The whole workflow, copied; an error where its key or one of its texts cannot be read.
    ///
    /// # Panics
    /// If the scan left out the texts.
    pub fn workflow(&self) -> std::result::Result<Workflow, RowError> {
        let [request, error_message, template] = self.texts()?.map(|text| text.map(Cow::into_owned));
        let key = self.key.as_ref().ok().copied().flatten().map(str::to_owned);
        Ok(Workflow {
            rowid: Some(self.rowid),
            key,
            request,
            error_message,
            template,
            measures: self.measures,
        })
    }

    /// Whether it has a key that can be read.
    pub fn has_key(&self) -> bool {
        matches!(self.key, Ok(Some(_)))
    }

    /// What to call the workflow in a message.
    pub fn name(&self) -> String {
        row_name(self.rowid, self.key.as_ref().ok().copied().flatten())
    }
}

/// A workflow that was read by its rowid.
pub struct ReadWorkflow {
    /// The workflow, or why it cannot be looked at.
    pub workflow: std::result::Result<Workflow, RowError>,
    /// Values taken as unknown.
    pub warnings: Vec<ValueWarning>,
}

fn row_name(rowid: i64, key: Option<&str>) -> String {
    key.map_or_else(
        || format!("in row {rowid}"),
        |key| workflow::shown_text(key).trim_matches('\'').to_owned(),
    )
}

/// The column list of every query on the history; [`decode`] reads it by position.
fn column_list(layout: &HistoryLayout, texts: ReadTexts) -> String {
    let column = |name| layout.columns.or_null(name);
    let errors = match (layout.columns.has("error_count"), layout.columns.has("error_message")) {
        (true, _) => column("error_count"),
        (false, true) => "(typeof(error_message) = 'text' AND error_message <> '')".to_owned(),
        (false, false) => "NULL".to_owned(),
    };
    let status = if layout.columns.has("status") { column("status") } else { "'completed'".to_owned() };
    let mut list = vec![layout.rowid.to_owned(), column("workflow_id"), column("id"), status];
    list.extend(
        ["start_time", "created_at", "actual_cost_total", "total_tokens", "duration_seconds"].map(column),
    );
    list.extend([errors, column("retry_count"), column("updated_at")]);
    if texts == ReadTexts::Yes {
        list.extend(["nl_input", "error_message", "workflow_template"].map(column));
    }
    list.join(", ")
}

/// The text forms of a row's workflow_id and id, kept between rows to spare allocations.
#[derive(Default)]
struct KeyTexts {
    workflow_id: String,
    id: String,
}

/// Whether a key column holds a key; an error where it holds something that cannot be one.
fn key_text(value: ValueRef<'_>, into: &mut String) -> std::result::Result<bool, &'static str> {
    into.clear();
    match value {
        ValueRef::Text(bytes) => into.push_str(std::str::from_utf8(bytes).map_err(|_| "is not valid UTF-8")?),
        other => into.push_str(workflow::text(other)?.as_deref().unwrap_or_default()),
    }
    Ok(!into.is_empty())
}

fn decode<'a>(row: &'a Row<'_>, keys: &'a mut KeyTexts, now: Timestamp) -> rusqlite::Result<HistoryRow<'a>> {
    let rowid: i64 = row.get(0)?;
    let unreadable = |column, problem: &str| RowError {
        workflow: row_name(rowid, None),
        column,
        problem: problem.to_owned(),
    };
    let workflow_id =
        key_text(row.get_ref(1)?, &mut keys.workflow_id).map_err(|p| unreadable("workflow_id", p));
    let id = key_text(row.get_ref(2)?, &mut keys.id).map_err(|p| unreadable("id", p));
    let id = id.map(|found| found.then_some(keys.id.as_str()));
    let (key, former_key) = match workflow_id {
        Ok(true) => {
            let key = keys.workflow_id.as_str();
            (Ok(Some(key)), id.ok().flatten().filter(|id| *id != key))
        }
        Ok(false) => (id, None),
        Err(error) => (Err(error), None),
    };
    let mut warnings = Vec::new();
    let measures = decode_measures(row, now, |column, value, problem| {
        let workflow = row_name(rowid, key.as_ref().ok().copied().flatten());
        warnings.push(ValueWarning { workflow, column, value: workflow::shown(value), problem });
    })?;
    let updated_at = row.get_ref(11)?.as_str().ok();
    let texts = match row.as_ref().column_count() {
        12 => None,
        _ => Some([row.get_ref(12)?, row.get_ref(13)?, row.get_ref(14)?]),
    };
    Ok(HistoryRow { rowid, key, former_key, measures, updated_at, warnings, texts })
}

fn decode_measures<'a>(
    row: &'a Row<'_>,
    now: Timestamp,
    mut warn: impl FnMut(&'static str, ValueRef<'a>, &'static str),
) -> rusqlite::Result<Measures> {
    let time = workflow::workflow_time(row.get_ref(4)?, row.get_ref(5)?, now, &mut warn);
    let (cost, tokens, duration) = (row.get_ref(6)?, row.get_ref(7)?, row.get_ref(8)?);
    let (errors, retries) = (row.get_ref(9)?, row.get_ref(10)?);
    let mut number = |column, value| {
        workflow::number(value).unwrap_or_else(|problem| {
            warn(column, value, problem);
            None
        })
    };
    let cost = number("actual_cost_total", cost);
    let duration = number("duration_seconds", duration);
    let mut count = |column, value| {
        workflow::count(value).unwrap_or_else(|problem| {
            warn(column, value, problem);
            None
        })
    };
    Ok(Measures {
        cost,
        tokens: count("total_tokens", tokens),
        duration,
        errors: count("error_count", errors).unwrap_or(0),
        retries: count("retry_count", retries).unwrap_or(0),
        time,
        status: Status::of(row.get_ref(3)?),
    })
}

impl Database {
    /// The highest rowid of the history; `None` where it is empty.
    pub fn highest_rowid(&self) -> Result<Option<i64>> {
        let sql = format!("SELECT max({}) FROM main.workflow_history", self.layout.history.rowid);
        self.read(|conn| conn.query_row(&sql, [], |row| row.get(0)))
    }

    /// Shows `visit` every row up to the rowid `last`, in rowid order. Between pages nothing is held open, and an
    /// interrupt ends the scan.
    pub fn scan_history(
        &self,
        last: i64,
        texts: ReadTexts,
        now: Timestamp,
        mut visit: impl FnMut(HistoryRow<'_>) -> Result<()>,
    ) -> Result<()> {
        let layout = &self.layout.history;
        let (columns, rowid) = (column_list(layout, texts), layout.rowid);
        let sql = format!(
            "SELECT {columns} FROM main.workflow_history WHERE {rowid} >= ?1 AND {rowid} <= ?2 ORDER BY {rowid} LIMIT {PAGE}"
        );
        let mut keys = KeyTexts::default();
        let mut next = Some(i64::MIN);
        while let Some(first) = next {
            if self.interrupted() {
                return Err(Error::Interrupted);
            }
            // The page may have to be asked for again when the lock is refused; it goes on after the last row seen.
            let mut seen = (first, 0, Ok(()));
            self.read(|conn| {
                let mut statement = conn.prepare_cached(&sql)?;
                scan_page(&mut statement, &mut seen, last, |row| {
                    let row = decode(row, &mut keys, now)?;
                    Ok((row.rowid, visit(row)))
                })
            })?;
            seen.2?;
            next = (seen.1 > 0 && seen.0 <= last).then_some(seen.0);
        }
        Ok(())
    }

    /// Shows `visit` the row with this rowid, texts and all, if there is one.
    pub fn visit_workflow(
        &self,
        rowid: i64,
        now: Timestamp,
        mut visit: impl FnMut(HistoryRow<'_>),
    ) -> Result<()> {
        let layout = &self.layout.history;
        let columns = column_list(layout, ReadTexts::Yes);
        let sql = format!("SELECT {columns} FROM main.workflow_history WHERE {} = ?1", layout.rowid);
        let mut keys = KeyTexts::default();
        self.read(|conn| {
            let mut statement = conn.prepare_cached(&sql)?;
            let mut rows = statement.query([rowid])?;
            if let Some(row) = rows.next()? {
                visit(decode(row, &mut keys, now)?);
            }
            Ok(())
        })
    }

    /// The workflow in the row with this rowid, with the warnings its values give; `None` where there is no such row.
    pub fn workflow_at(&self, rowid: i64, now: Timestamp) -> Result<Option<ReadWorkflow>> {
        let mut read = None;
        self.visit_workflow(rowid, now, |row| {
            read = Some(ReadWorkflow { workflow: row.workflow(), warnings: row.warnings });
        })?;
        Ok(read)
    }

    /// The lowest rowid of the workflow that a person calls `name`: by its workflow_id, else its adw_id, else its id.
    pub fn rowid_named(&self, name: &str) -> Result<Option<i64>> {
        let layout = &self.layout.history;
        for column in ["workflow_id", "adw_id", "id"].into_iter().filter(|column| layout.columns.has(column))
        {
            let sql = format!(
                "SELECT min({}) FROM main.workflow_history WHERE {} = ?1",
                layout.rowid,
                layout.columns.or_null(column)
            );
            let found = self.read(|conn| conn.query_row(&sql, [name], |row| row.get(0)).optional())?;
            if let Some(Some(rowid)) = found {
                return Ok(Some(rowid));
            }
        }
        Ok(None)
    }

    /// The rowids of the workflows without a request text, in order: NULL or nothing but white space. Only a short text is
    /// looked into, so that a long one need not be read.
    pub fn rows_without_request(&self) -> Result<Vec<i64>> {
        let layout = &self.layout.history;
        let (rowid, request) = (layout.rowid, layout.columns.or_null("nl_input"));
        let sql = format!(
            "SELECT {rowid} FROM main.workflow_history WHERE {request} IS NULL \
             OR octet_length({request}) < 64 AND typeof({request}) = 'text' \
             AND trim({request}, char(32, 9, 10, 11, 12, 13)) = '' ORDER BY {rowid}"
        );
        self.read(|conn| conn.prepare_cached(&sql)?.query_map([], |row| row.get(0))?.collect())
    }

    /// All that the file says, as of now: patterns, occurrences and workflows. `now` is what times are judged by.
    pub fn census(&self, now: Timestamp) -> Result<Census> {
        let mut census = self.census_of_links()?;
        let Some(last) = self.highest_rowid()? else { return Ok(census) };
        self.scan_history(last, ReadTexts::No, now, |row| {
            census.add_row(
                row.rowid,
                row.key.ok().flatten().map(str::as_bytes),
                row.former_key.map(str::as_bytes),
                row.measures,
            );
            Ok(())
        })?;
        Ok(census)
    }
}

/// Runs one page from `seen.0` on and counts in `seen.1`; stops where a visit fails, whose answer is kept in `seen.2`.
fn scan_page(
    statement: &mut Statement<'_>,
    seen: &mut (i64, usize, Result<()>),
    last: i64,
    mut visit: impl FnMut(&Row<'_>) -> rusqlite::Result<(i64, Result<()>)>,
) -> rusqlite::Result<()> {
    let mut rows = statement.query([seen.0, last])?;
    while let Some(row) = rows.next()? {
        let (rowid, visited) = visit(row)?;
        seen.1 += 1;
        let Some(next) = rowid.checked_add(1) else {
            seen.1 = 0; // the highest rowid there can be: nothing follows
            seen.2 = visited;
            return Ok(());
        };
        seen.0 = next;
        seen.2 = visited;
        if seen.2.is_err() {
            return Ok(());
        }
    }
    Ok(())
}
