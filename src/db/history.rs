//! Reading `workflow_history`: all of it page by page, or single workflows. Nothing here ever writes to it.

use std::borrow::Cow;
use std::fmt::Write;

use jiff::Timestamp;
use rusqlite::types::ValueRef;
use rusqlite::{OptionalExtension, Row, Statement};

use super::layout::HistoryLayout;
use super::{Database, Error, Result};
use crate::snapshot::{RowKey, Snapshot};
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
    /// The key is a text from a column that has each text once.
    distinct: bool,
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
        let key = self.readable_key().map(str::to_owned);
        Ok(Workflow {
            rowid: Some(self.rowid),
            key,
            request,
            error_message,
            template,
            measures: self.measures,
        })
    }

    /// The key for a snapshot, if it has one that can be read.
    pub fn row_key(&self) -> Option<RowKey<'_>> {
        let key = self.readable_key()?.as_bytes();
        Some(if self.distinct { RowKey::Distinct(key) } else { RowKey::Any(key) })
    }

    /// The key, if it has one that can be read.
    pub fn readable_key(&self) -> Option<&str> {
        self.key.as_ref().ok().copied().flatten()
    }

    /// What to call the workflow in a message.
    pub fn name(&self) -> String {
        row_name(self.rowid, self.readable_key())
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

/// What is read of a row.
#[derive(Clone, Copy)]
enum Column {
    WorkflowId,
    Id,
    Status,
    StartTime,
    CreatedAt,
    Cost,
    Tokens,
    Duration,
    Errors,
    Retries,
    UpdatedAt,
    Request,
    ErrorMessage,
    Template,
}

/// The columns of a query on the history, after the rowid. What the table lacks is not asked for.
struct Query {
    list: String,
    /// By [`Column`]: where in the row it is.
    places: [Option<usize>; 14],
    /// The id is the rowid.
    id_is_rowid: bool,
    /// The workflow_id's column has each text once.
    is_unique: bool,
    texts: ReadTexts,
}

impl Query {
    fn new(layout: &HistoryLayout, texts: ReadTexts) -> Self {
        let mut list = layout.rowid.to_owned();
        let mut places = [None; 14];
        let mut last = 0;
        let mut add = |column: Column, expression: String| {
            last += 1;
            places[column as usize] = Some(last);
            list.push_str(", ");
            list.push_str(&expression);
        };
        let named = [
            (Column::WorkflowId, "workflow_id"),
            (Column::Id, "id"),
            (Column::Status, "status"),
            (Column::StartTime, "start_time"),
            (Column::CreatedAt, "created_at"),
            (Column::Cost, "actual_cost_total"),
            (Column::Tokens, "total_tokens"),
            (Column::Duration, "duration_seconds"),
            (Column::Errors, "error_count"),
            (Column::Retries, "retry_count"),
            (Column::UpdatedAt, "updated_at"),
            (Column::Request, "nl_input"),
            (Column::ErrorMessage, "error_message"),
            (Column::Template, "workflow_template"),
        ];
        for (column, name) in named {
            let is_text = matches!(column, Column::Request | Column::ErrorMessage | Column::Template);
            // An id that is the rowid need not be read twice.
            let is_known = matches!(column, Column::Id) && layout.id_is_rowid;
            if layout.columns.has(name) && !is_known && (!is_text || texts == ReadTexts::Yes) {
                add(column, layout.columns.or_null(name));
            }
        }
        if !layout.columns.has("error_count") && layout.columns.has("error_message") {
            add(Column::Errors, "(typeof(error_message) = 'text' AND error_message <> '')".to_owned());
        }
        Self { list, places, id_is_rowid: layout.id_is_rowid, is_unique: layout.unique_workflow_id, texts }
    }

    /// The value of a column; NULL where the table has none of that name.
    fn value<'a>(&self, row: &'a Row<'_>, column: Column) -> rusqlite::Result<ValueRef<'a>> {
        self.places[column as usize].map_or(Ok(ValueRef::Null), |place| row.get_ref(place))
    }

    fn decode<'a>(
        &self,
        row: &'a Row<'_>,
        keys: &'a mut KeyTexts,
        now: Timestamp,
    ) -> rusqlite::Result<HistoryRow<'a>> {
        let rowid: i64 = row.get(0)?;
        let unreadable = |column, problem: &str| RowError {
            workflow: row_name(rowid, None),
            column,
            problem: problem.to_owned(),
        };
        let KeyTexts { workflow_id, id } = keys;
        let value = self.value(row, Column::WorkflowId)?;
        let distinct = self.is_unique && matches!(value, ValueRef::Text(text) if !text.is_empty());
        let workflow_id = key_text(value, workflow_id).map_err(|problem| unreadable("workflow_id", problem));
        let id_value = match self.id_is_rowid {
            true => ValueRef::Integer(rowid),
            false => self.value(row, Column::Id)?,
        };
        let id = key_text(id_value, id).map_err(|problem| unreadable("id", problem));
        let (key, former_key) = match workflow_id {
            Ok(Some(key)) => (Ok(Some(key)), id.ok().flatten().filter(|id| *id != key)),
            Ok(None) => (id, None),
            Err(error) => (Err(error), None),
        };
        let mut warnings = Vec::new();
        let measures = self.decode_measures(row, now, |column, value, problem| {
            let workflow = row_name(rowid, key.as_ref().ok().copied().flatten());
            warnings.push(ValueWarning { workflow, column, value: workflow::shown(value), problem });
        })?;
        let updated_at = self.value(row, Column::UpdatedAt)?.as_str().ok();
        let texts = match self.texts {
            ReadTexts::No => None,
            ReadTexts::Yes => Some([
                self.value(row, Column::Request)?,
                self.value(row, Column::ErrorMessage)?,
                self.value(row, Column::Template)?,
            ]),
        };
        Ok(HistoryRow { rowid, key, former_key, measures, updated_at, warnings, distinct, texts })
    }

    fn decode_measures<'a>(
        &self,
        row: &'a Row<'_>,
        now: Timestamp,
        mut warn: impl FnMut(&'static str, ValueRef<'a>, &'static str),
    ) -> rusqlite::Result<Measures> {
        let value = |column| self.value(row, column);
        let time =
            crate::time::workflow_time(value(Column::StartTime)?, value(Column::CreatedAt)?, now, &mut warn);
        let (cost, duration) = (value(Column::Cost)?, value(Column::Duration)?);
        let mut number = |column, value| {
            workflow::number(value).unwrap_or_else(|problem| {
                warn(column, value, problem);
                None
            })
        };
        let cost = number("actual_cost_total", cost);
        let duration = number("duration_seconds", duration);
        let (tokens, errors) = (value(Column::Tokens)?, value(Column::Errors)?);
        let retries = value(Column::Retries)?;
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
            status: match self.places[Column::Status as usize] {
                Some(_) => Status::of(value(Column::Status)?),
                // A table without a status has finished workflows only.
                None => Status::Completed,
            },
        })
    }
}

/// The text forms of keys that are no texts, kept between rows to spare allocations.
#[derive(Default)]
struct KeyTexts {
    workflow_id: String,
    id: String,
}

/// The key in a column, if it holds one; an error where it holds something that cannot be one.
fn key_text<'a>(
    value: ValueRef<'a>,
    other: &'a mut String,
) -> std::result::Result<Option<&'a str>, &'static str> {
    let key = match value {
        ValueRef::Null => return Ok(None),
        ValueRef::Text(bytes) => std::str::from_utf8(bytes).map_err(|_| "is not valid UTF-8")?,
        ValueRef::Integer(whole) => {
            other.clear();
            // Writing to a String cannot fail.
            let _ = write!(other, "{whole}");
            other.as_str()
        }
        number_or_blob => {
            other.clear();
            other.push_str(workflow::text(number_or_blob)?.as_deref().unwrap_or_default());
            other.as_str()
        }
    };
    Ok(Some(key).filter(|key| !key.is_empty()))
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
        let (query, rowid) = (Query::new(layout, texts), layout.rowid);
        let sql = format!(
            "SELECT {} FROM main.workflow_history WHERE {rowid} >= ?1 AND {rowid} <= ?2 ORDER BY {rowid} LIMIT {PAGE}",
            query.list
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
                    let row = query.decode(row, &mut keys, now)?;
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
        let query = Query::new(layout, ReadTexts::Yes);
        let sql = format!("SELECT {} FROM main.workflow_history WHERE {} = ?1", query.list, layout.rowid);
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
    pub fn snapshot(&self, now: Timestamp) -> Result<Snapshot> {
        let mut snapshot = self.snapshot_of_links()?;
        let Some(last) = self.highest_rowid()? else { return Ok(snapshot) };
        self.scan_history(last, ReadTexts::No, now, |row| {
            snapshot.add_row(row.rowid, row.row_key(), row.former_key.map(str::as_bytes), row.measures);
            Ok(())
        })?;
        Ok(snapshot)
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
