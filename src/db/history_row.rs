//! One row of `workflow_history`: which columns are asked for, and what their values are.

use std::borrow::Cow;
use std::fmt::Write;

use jiff::Timestamp;
use rusqlite::Row;

use super::columns::Columns;
use super::layout::HistoryLayout;
use crate::snapshot::SnapshotRow;
use crate::value::{MAX_TEXT, Value, shown_text};
use crate::workflow::{MOST_COST, MOST_TOKENS, Measures, RowError, Status, ValueWarning, Workflow};

/// How much of each row a scan reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum RowParts {
    /// What statistics are computed from.
    Measures,
    /// When the row was last changed, too.
    Stamp,
    /// The request, the error message and the template, too.
    Texts,
}

/// One row as a scan sees it, not yet copied.
pub struct HistoryRow<'a> {
    /// Its rowid.
    pub rowid: i64,
    /// What occurrences are linked by, or why it cannot be read.
    pub key: Result<Option<&'a str>, RowError>,
    /// The id, where it is not the key: what links were made by before the row was given its `workflow_id`.
    pub former_key: Option<&'a str>,
    /// Cost, tokens, duration, errors, retries, time, status.
    pub measures: Measures,
    /// When the application last changed it, if it says so.
    pub updated_at: Option<&'a str>,
    /// The status, where it is no word that flowmine knows.
    pub unknown_status: Option<Cow<'a, str>>,
    /// Values taken as unknown.
    pub warnings: Vec<ValueWarning>,
    texts: Option<[Value<'a>; 3]>,
}

impl HistoryRow<'_> {
    /// The request, the error message and the template; an error where the key or one of them cannot be read.
    ///
    /// # Panics
    /// If the scan left out the texts.
    pub fn texts(&self) -> Result<[Option<Cow<'_, str>>; 3], RowError> {
        if let Err(error) = &self.key {
            return Err(error.clone());
        }
        let text = |column, value| {
            let unreadable =
                |problem: &str| RowError { workflow: self.name(), column, problem: problem.to_owned() };
            Value::text(value).map_err(unreadable)
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
    pub fn workflow(&self) -> Result<Workflow, RowError> {
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

    /// The key, if it has one that can be read.
    pub fn readable_key(&self) -> Option<&str> {
        self.key.as_ref().ok().copied().flatten()
    }

    /// What a snapshot takes of the row.
    pub fn in_snapshot(&self) -> SnapshotRow<'_> {
        SnapshotRow {
            rowid: self.rowid,
            key: self.readable_key(),
            former_key: self.former_key,
            measures: self.measures,
            updated_at: self.updated_at,
            has_odd_time: self.warnings.iter().any(ValueWarning::is_about_time),
            unknown_status: self.unknown_status.as_deref(),
        }
    }

    /// What to call the workflow in a message.
    pub fn name(&self) -> String {
        row_name(self.rowid, self.readable_key())
    }
}

/// A status that flowmine does not know, as it is listed: the word, its beginning where it is long, or what is there instead;
/// nothing where it is NULL.
fn shown_status(value: Value<'_>) -> Cow<'_, str> {
    match value.as_text().map(str::trim) {
        Some(word) if word.len() <= 40 => word.into(),
        None if value == Value::Null => "".into(),
        _ => value.shown().into(),
    }
}

fn row_name(rowid: i64, key: Option<&str>) -> String {
    key.map_or_else(|| format!("in row {rowid}"), |key| shown_text(key).trim_matches('\'').to_owned())
}

/// A query on the history (h) for the rowid and the [`COLUMNS`] of some parts, with NULL in place of those that the table
/// lacks.
pub(super) struct Query {
    pub list: String,
    /// The id is the rowid.
    id_is_rowid: bool,
    has_status: bool,
    parts: RowParts,
}

/// What a careful query gives for a value that is too long to be read.
const LONG: &str = "longer than flowmine reads";

/// How a query asks for the columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LengthCheck {
    /// As they are. SQLite refuses a row with a value beyond its limit.
    None,
    /// Their lengths first, which takes longer.
    First,
}

/// The columns that are read, and which part of a row each belongs to, the parts in their order.
const COLUMNS: [(&str, RowParts); 14] = [
    ("workflow_id", RowParts::Measures),
    ("id", RowParts::Measures),
    ("status", RowParts::Measures),
    ("start_time", RowParts::Measures),
    ("created_at", RowParts::Measures),
    ("actual_cost_total", RowParts::Measures),
    ("total_tokens", RowParts::Measures),
    ("duration_seconds", RowParts::Measures),
    ("error_count", RowParts::Measures),
    ("retry_count", RowParts::Measures),
    ("updated_at", RowParts::Stamp),
    ("nl_input", RowParts::Texts),
    ("error_message", RowParts::Texts),
    ("workflow_template", RowParts::Texts),
];

/// The values of [`COLUMNS`], NULL for those of parts that are not read.
type Values<'a> = [Value<'a>; COLUMNS.len()];

impl HistoryLayout {
    /// The columns of a workflow that count as missing because they are computed whenever they are read.
    pub fn computed_columns(&self) -> impl Iterator<Item = &'static str> {
        COLUMNS.into_iter().map(|(name, _)| name).filter(|name| self.columns.computes(name))
    }
}

impl Query {
    pub fn new(layout: &HistoryLayout, parts: RowParts, length_check: LengthCheck) -> Self {
        let mut list = format!("h.{}", layout.rowid);
        for (name, _) in COLUMNS.into_iter().filter(|(_, part)| *part <= parts) {
            let expression = match name {
                // An id that is the rowid need not be read twice.
                "id" if layout.id_is_rowid => "NULL".to_owned(),
                "error_count" if !layout.columns.has(name) => errors_by_message(&layout.columns),
                _ => layout.columns.or_null("h", name),
            };
            list.push_str(", ");
            list.push_str(&match length_check {
                LengthCheck::None => expression,
                LengthCheck::First => length_first(&expression),
            });
        }
        let has_status = layout.columns.has("status");
        Self { list, id_is_rowid: layout.id_is_rowid, has_status, parts }
    }

    pub fn decode<'a>(
        &self,
        row: &'a Row<'_>,
        keys: &'a mut KeyTexts,
        now: Timestamp,
    ) -> rusqlite::Result<HistoryRow<'a>> {
        let rowid = row.get(0)?;
        let values = self.values(row, rowid)?;
        let [workflow_id, id, status, .., updated_at, request, error_message, template] = values;
        let (key, former_key) = keys.decode(rowid, workflow_id, id);
        let mut warnings = Vec::new();
        let measures = self.decode_measures(&values, now, |column, value, problem| {
            let workflow = row_name(rowid, key.as_ref().ok().copied().flatten());
            warnings.push(ValueWarning { workflow, column, value: value.shown(), problem });
        });
        Ok(HistoryRow {
            rowid,
            key,
            former_key,
            measures,
            updated_at: updated_at.as_text(),
            unknown_status: (measures.status == Status::Other).then(|| shown_status(status)),
            warnings,
            texts: (self.parts == RowParts::Texts).then_some([request, error_message, template]),
        })
    }

    fn values<'a>(&self, row: &'a Row<'_>, rowid: i64) -> rusqlite::Result<Values<'a>> {
        let mut values = [Value::Null; COLUMNS.len()];
        for (position, (_, part)) in COLUMNS.iter().enumerate() {
            if *part <= self.parts {
                values[position] = value_at(row, position + 1)?;
            }
        }
        if self.id_is_rowid {
            values[1] = Value::Integer(rowid);
        }
        Ok(values)
    }

    fn decode_measures<'a>(
        &self,
        values: &Values<'a>,
        now: Timestamp,
        mut warn: impl FnMut(&'static str, Value<'a>, &'static str),
    ) -> Measures {
        let [_, _, status, start_time, created_at, cost, tokens, duration, errors, retries, ..] = *values;
        let time = crate::time::workflow_time(start_time, created_at, now, &mut warn);
        // A table without a status has finished workflows only.
        let status = if self.has_status { Status::of(status) } else { Status::Completed };
        let known_cost = at_most(cost.number(), MOST_COST, "more than $1,000,000 for one workflow");
        let known_tokens =
            at_most(tokens.count(), MOST_TOKENS, "more than a million million tokens for one workflow");
        Measures {
            cost: known(known_cost, |problem| warn("actual_cost_total", cost, problem))
                .filter(|cost| *cost > 0.0),
            duration: known(duration.number(), |problem| warn("duration_seconds", duration, problem)),
            tokens: known(known_tokens, |problem| warn("total_tokens", tokens, problem))
                .filter(|tokens| *tokens > 0),
            errors: known(errors.count(), |problem| warn("error_count", errors, problem)).unwrap_or(0),
            retries: known(retries.count(), |problem| warn("retry_count", retries, problem)).unwrap_or(0),
            time,
            status,
        }
    }
}

fn value_at<'a>(row: &'a Row<'_>, position: usize) -> rusqlite::Result<Value<'a>> {
    Ok(match row.get_ref(position)?.into() {
        Value::Blob(bytes) if bytes == LONG.as_bytes() => Value::Long,
        value => value,
    })
}

/// Without a column `error_count`, a message that is not empty counts as one error.
fn errors_by_message(columns: &Columns) -> String {
    let message = columns.or_null("h", "error_message");
    format!(
        "CASE WHEN {message} IS NOT NULL THEN typeof({message}) = 'text' AND octet_length({message}) > 0 END"
    )
}

/// The value; `None`, with a warning, where it cannot be used.
fn known<T>(read: Result<Option<T>, &'static str>, warn: impl FnOnce(&'static str)) -> Option<T> {
    read.unwrap_or_else(|problem| {
        warn(problem);
        None
    })
}

/// The value; `problem` where it is more than `most`.
fn at_most<T: PartialOrd + Copy>(
    read: Result<Option<T>, &'static str>,
    most: T,
    problem: &'static str,
) -> Result<Option<T>, &'static str> {
    match read? {
        Some(number) if number > most => Err(problem),
        number => Ok(number),
    }
}

fn length_first(expression: &str) -> String {
    format!(
        "CASE WHEN octet_length({expression}) > {MAX_TEXT} THEN CAST('{LONG}' AS BLOB) ELSE {expression} END"
    )
}

/// Buffers for the text forms of keys that are not stored as text, reused from row to row.
#[derive(Default)]
pub(super) struct KeyTexts {
    workflow_id: String,
    id: String,
}

impl KeyTexts {
    /// A row's key, and its id where that is not the key.
    fn decode<'a>(
        &'a mut self,
        rowid: i64,
        workflow_id: Value<'a>,
        id: Value<'a>,
    ) -> (Result<Option<&'a str>, RowError>, Option<&'a str>) {
        let unreadable = |column, problem: &str| RowError {
            workflow: row_name(rowid, None),
            column,
            problem: problem.to_owned(),
        };
        let id = key_text(id, &mut self.id);
        match key_text(workflow_id, &mut self.workflow_id) {
            Ok(Some(key)) => (Ok(Some(key)), id.ok().flatten().filter(|id| *id != key)),
            Ok(None) => (id.map_err(|problem| unreadable("id", problem)), None),
            Err(problem) => (Err(unreadable("workflow_id", problem)), None),
        }
    }
}

/// The key in a column, if it holds one; an error where it holds something that cannot be one.
fn key_text<'a>(value: Value<'a>, other: &'a mut String) -> Result<Option<&'a str>, &'static str> {
    let key = match value {
        Value::Null => return Ok(None),
        Value::Text(bytes) => std::str::from_utf8(bytes).map_err(|_| "is not valid UTF-8")?,
        Value::Integer(whole) => {
            other.clear();
            // Writing to a String cannot fail.
            let _ = write!(other, "{whole}");
            other.as_str()
        }
        number_or_blob => {
            other.clear();
            other.push_str(number_or_blob.text()?.as_deref().unwrap_or_default());
            other.as_str()
        }
    };
    Ok(Some(key).filter(|key| !key.is_empty()))
}
