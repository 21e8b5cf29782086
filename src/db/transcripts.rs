//! What an import remembers: the transcripts that were read, and what the rows were made with.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row};

use super::calls::has_tables;
use super::import_tables::{STATE, TRANSCRIPTS, tables_are_there};
use super::{Database, Result, Transaction};

/// What is known of a transcript without its facts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KnownTranscript {
    /// The file.
    pub path: String,
    /// Who wrote it.
    pub source: String,
    /// Bytes on disk.
    pub size: i64,
    /// Nanoseconds since 1970.
    pub modified: i64,
    /// Bytes read, after decompression.
    pub read_to: i64,
    /// Lines that could not be read.
    pub unreadable: i64,
    /// The version of the facts' format.
    pub format: i64,
}

/// What the rows of an import were made with.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ImportState {
    /// Goes up with every change of the transcripts.
    pub revision: i64,
    /// Whether the rows are made from all transcripts that were read.
    pub is_complete: bool,
    /// Only of turns from this time on; `None`: of all.
    pub since: Option<Timestamp>,
    /// Whether the patterns of all rows are recorded.
    pub is_detected: bool,
    /// The prices that a person gave, as JSON.
    pub own_prices: Option<String>,
    /// The hash of the prices.
    pub priced_with: String,
    /// The hash of the rules that named the commands.
    pub named_with: String,
    /// The categories of which those rules know commands.
    pub categories: Vec<String>,
}

/// The transcripts that were read before, by path.
pub fn known_transcripts(db: &Database) -> Result<Vec<KnownTranscript>> {
    if !has_tables(db)? {
        return Ok(Vec::new());
    }
    let columns = TRANSCRIPTS.columns[..6].join(", ");
    let sql = format!("SELECT path, {columns} FROM {} ORDER BY path", TRANSCRIPTS.name);
    db.read(|conn| {
        let mut statement = conn.prepare(&sql)?;
        let rows = statement.query_map([], |row| {
            Ok(KnownTranscript {
                path: row.get(0)?,
                source: row.get(1)?,
                size: row.get(2)?,
                modified: row.get(3)?,
                read_to: row.get(4)?,
                unreadable: row.get(5)?,
                format: row.get(6)?,
            })
        })?;
        rows.collect()
    })
}

/// Calls `visit` with every transcript whose path is wanted, and its facts.
pub fn visit_facts(
    db: &Database,
    is_wanted: &dyn Fn(&str) -> bool,
    visit: &mut dyn FnMut(&KnownTranscript, &[u8]),
) -> Result<()> {
    for known in known_transcripts(db)?.iter().filter(|known| is_wanted(&known.path)) {
        db.read(|conn| {
            let mut statement =
                conn.prepare_cached("SELECT facts FROM flowmine_transcripts WHERE path = ?1")?;
            let mut rows = statement.query([&known.path])?;
            if let Some(row) = rows.next()? {
                visit(known, row.get_ref(0)?.as_blob().unwrap_or_default());
            }
            Ok(())
        })?;
    }
    Ok(())
}

/// What the rows were made with; `None` where nothing was imported yet.
pub fn import_state(db: &Database) -> Result<Option<ImportState>> {
    db.read(stored_state)
}

/// The same within a transaction: nobody else can change it then.
pub(crate) fn current_state(tx: &Transaction<'_>) -> Result<Option<ImportState>> {
    Ok(stored_state(tx.pass())?)
}

pub(super) fn stored_state(conn: &Connection) -> rusqlite::Result<Option<ImportState>> {
    if !tables_are_there(conn)? {
        return Ok(None);
    }
    let sql = format!("SELECT {} FROM {} WHERE id = 1", STATE.columns.join(", "), STATE.name);
    conn.query_row(&sql, [], decode_state).optional()
}

fn decode_state(row: &Row<'_>) -> rusqlite::Result<ImportState> {
    Ok(ImportState {
        revision: row.get(0)?,
        is_complete: row.get(1)?,
        since: row.get::<_, Option<String>>(2)?.and_then(|since| since.parse().ok()),
        is_detected: row.get(3)?,
        own_prices: row.get(4)?,
        priced_with: row.get(5)?,
        named_with: row.get(6)?,
        categories: serde_json::from_str(&row.get::<_, String>(7)?).unwrap_or_default(),
    })
}

/// Remembers what the rows were made with.
pub fn put_state(tx: &Transaction<'_>, state: &ImportState) -> Result<()> {
    tx.row(STATE.name).prepare_cached(&STATE.upsert())?.execute(rusqlite::params![
        1,
        state.revision,
        state.is_complete,
        state.since.map(|since| since.to_string()),
        state.is_detected,
        state.own_prices,
        state.priced_with,
        state.named_with,
        serde_json::json!(state.categories).to_string(),
    ])?;
    Ok(())
}

/// Writes what a transcript says.
pub fn put_transcript(tx: &Transaction<'_>, row: &KnownTranscript, facts: &[u8]) -> Result<()> {
    tx.row(TRANSCRIPTS.name).prepare_cached(&TRANSCRIPTS.upsert())?.execute(rusqlite::params![
        row.path,
        row.source,
        row.size,
        row.modified,
        row.read_to,
        row.unreadable,
        row.format,
        facts
    ])?;
    Ok(())
}

/// Keeps a transcript under another path: its own now holds another session.
pub fn set_aside(tx: &Transaction<'_>, path: &str, aside: &str) -> Result<()> {
    let sql = "UPDATE OR REPLACE flowmine_transcripts SET path = ?2 WHERE path = ?1";
    tx.row(TRANSCRIPTS.name).prepare_cached(sql)?.execute([path, aside])?;
    Ok(())
}

/// Notes a transcript's new size and time; what it says stays.
pub fn put_size(tx: &Transaction<'_>, row: &KnownTranscript) -> Result<()> {
    let sql = "UPDATE flowmine_transcripts SET size = ?2, modified = ?3 WHERE path = ?1";
    tx.row(TRANSCRIPTS.name).prepare_cached(sql)?.execute(rusqlite::params![
        row.path,
        row.size,
        row.modified
    ])?;
    Ok(())
}
