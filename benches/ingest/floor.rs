//! The floor: how long SQLite alone takes to write the rows that flowmine has written.
//!
//! They are sorted in memory before the clock starts. One prepared statement, 10,000 rows a transaction, the same
//! schema, the same durability (`synchronous` and the journal are the file's own, as flowmine leaves them), a cache
//! that holds what is written.
//!
//! That is how rows are commonly inserted, but not the fastest way. So the same is measured once more as flowmine
//! writes: many rows a statement, and more of them a transaction.

use std::path::Path;
use std::time::{Duration, Instant};

use flowmine::db::occurrences::{NewOccurrence, OccurrenceWriter};
use flowmine::db::{self, Database, LockWait};
use flowmine::pipeline::BATCH_SIZE;
use flowmine::snapshot::PatternIndex;
use rusqlite::{Connection, params};

/// Rows a transaction of the floor holds.
const BATCH: usize = 10_000;

/// How the rows are written.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// One row a statement.
    Floor,
    /// With flowmine's own statements and as many rows a transaction as a backfill takes workflows.
    Flowmine,
}

/// A row of `pattern_occurrences` but for its id.
struct Occurrence {
    pattern_id: i64,
    workflow_id: String,
    similarity: f64,
    characteristics: String,
    detected_at: String,
}

/// What flowmine wrote into a file.
pub struct Written {
    occurrences: Vec<Occurrence>,
    patterns: Vec<(i64, String, String)>,
}

impl Written {
    /// Takes it from the file, sorted.
    pub fn read(path: &Path) -> rusqlite::Result<Self> {
        let conn = Connection::open(path)?;
        let mut select = conn.prepare(
            "SELECT pattern_id, workflow_id, similarity_score, matched_characteristics, detected_at FROM pattern_occurrences",
        )?;
        let occurrence = |row: &rusqlite::Row<'_>| {
            Ok(Occurrence {
                pattern_id: row.get(0)?,
                workflow_id: row.get(1)?,
                similarity: row.get(2)?,
                characteristics: row.get(3)?,
                detected_at: row.get(4)?,
            })
        };
        let mut occurrences: Vec<_> = select.query_map([], occurrence)?.collect::<Result<_, _>>()?;
        occurrences.sort_unstable_by(|a, b| {
            a.workflow_id.cmp(&b.workflow_id).then_with(|| a.pattern_id.cmp(&b.pattern_id))
        });
        let mut select =
            conn.prepare("SELECT id, pattern_signature, pattern_type FROM operation_patterns ORDER BY id")?;
        let pattern = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get(2)?));
        let patterns = select.query_map([], pattern)?.collect::<Result<_, _>>()?;
        Ok(Self { occurrences, patterns })
    }

    pub fn occurrences(&self) -> usize {
        self.occurrences.len()
    }

    /// Writes it into a file that has none of it yet. Tables, index and patterns are made before the clock starts.
    pub fn write(&self, path: &Path, way: Way) -> anyhow::Result<Duration> {
        self.prepare(path)?;
        super::disk::settle(path);
        let started = Instant::now();
        match way {
            Way::Floor => self.write_one_by_one(path)?,
            Way::Flowmine => self.write_as_flowmine(path)?,
        }
        Ok(started.elapsed())
    }

    fn write_one_by_one(&self, path: &Path) -> rusqlite::Result<()> {
        let conn = connect(path)?;
        conn.execute_batch("PRAGMA cache_size = -65536; PRAGMA cache_spill = OFF")?;
        for rows in self.occurrences.chunks(BATCH) {
            conn.execute_batch("BEGIN IMMEDIATE")?;
            insert_one_by_one(&conn, rows)?;
            conn.execute_batch("COMMIT")?;
        }
        conn.close().map_err(|(_, error)| error)
    }

    fn write_as_flowmine(&self, path: &Path) -> db::Result<()> {
        let db = Database::open_for_writing(path, LockWait::default())?;
        let ids: Vec<_> = self.patterns.iter().map(|(id, ..)| Some(*id)).collect();
        for rows in self.occurrences.chunks(BATCH_SIZE.get()) {
            let occurrences: Vec<_> = rows.iter().map(|row| self.as_flowmines(row)).collect();
            let now = &rows[0].detected_at;
            let new = db.write(|tx| {
                let mut writer = OccurrenceWriter::new(tx, now, ids.clone())?;
                writer.write(&occurrences, |_, _| ()).map(|()| writer.new_occurrences)
            })?;
            assert_eq!(new, rows.len() as u64, "every row is new");
        }
        Ok(())
    }

    fn as_flowmines<'a>(&'a self, row: &'a Occurrence) -> NewOccurrence<'a> {
        let is_its = |(id, ..): &(i64, String, String)| *id == row.pattern_id;
        let position = self.patterns.iter().position(is_its).expect("its pattern is there");
        NewOccurrence {
            pattern: PatternIndex(position as u32),
            signature: &self.patterns[position].1,
            key: &row.workflow_id,
            characteristics: &row.characteristics,
        }
    }

    fn prepare(&self, path: &Path) -> rusqlite::Result<()> {
        let conn = connect(path)?;
        conn.execute_batch("BEGIN IMMEDIATE")?;
        conn.execute_batch(include_str!("../../schema.sql"))?;
        for pattern in &self.patterns {
            conn.execute(
                "INSERT INTO operation_patterns (id, pattern_signature, pattern_type) VALUES (?1, ?2, ?3)",
                params![pattern.0, pattern.1, pattern.2],
            )?;
        }
        conn.execute_batch("COMMIT")
    }
}

fn insert_one_by_one(conn: &Connection, rows: &[Occurrence]) -> rusqlite::Result<()> {
    let mut insert = conn.prepare_cached(
        "INSERT INTO pattern_occurrences \
         (pattern_id, workflow_id, similarity_score, matched_characteristics, detected_at) VALUES (?1, ?2, ?3, ?4, ?5)",
    )?;
    for row in rows {
        insert.execute(params![
            row.pattern_id,
            row.workflow_id,
            row.similarity,
            row.characteristics,
            row.detected_at
        ])?;
    }
    Ok(())
}

/// The application's schema has a foreign key that SQLite cannot enforce.
fn connect(path: &Path) -> rusqlite::Result<Connection> {
    let conn = Connection::open(path)?;
    conn.pragma_update(None, "foreign_keys", false)?;
    Ok(conn)
}
