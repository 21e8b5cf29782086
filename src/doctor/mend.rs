//! The mend: a backup, and then everything in one transaction.

use std::collections::HashMap;
use std::path::PathBuf;

use jiff::Timestamp;

use super::difference::differences_of;
use super::{Difference, with_wrong_type};
use crate::db::layout::Layout;
use crate::db::{
    Database, Error, Result, Transaction, exclusions, indexes, integrity, prepare, remake, runs,
};
use crate::pipeline::{refresh_statistics, remove_unused};
use crate::snapshot::{PatternLinks, Snapshot, StoredPattern};

/// What was done, with how many there were.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MendStep {
    /// What, with what it counts in brackets.
    pub work: &'static str,
    /// How many before.
    pub before: u64,
    /// How many after.
    pub after: u64,
}

/// What a mend has done.
#[derive(Clone, Debug, Default)]
pub struct Mending {
    /// Where the backup is.
    pub backup: Option<PathBuf>,
    /// What was done, in order.
    pub steps: Vec<MendStep>,
    /// The statistics that have changed.
    pub changes: Vec<Difference>,
}

impl Mending {
    fn note(&mut self, work: &'static str, before: u64, after: u64) {
        if before != after {
            self.steps.push(MendStep { work, before, after });
        }
    }

    fn note_removed(&mut self, work: &'static str, removed: u64, left: u64) {
        self.note(work, left + removed, left);
    }
}

/// Mends what can be mended, after a backup if one is wanted. To be called on a file that is not damaged.
///
/// What the application commits between the backup and the mend is in the file and not in the backup; the mend touches
/// none of its rows.
///
/// # Errors
/// Where the backup cannot be made, or the file cannot be written; then nothing is changed, and the backup goes, unless it
/// is the commit that fails.
pub fn mend(db: &mut Database, backup: bool, now: Timestamp) -> Result<Mending> {
    db.refresh_layout()?;
    let mut mending = Mending::default();
    if backup {
        mending.backup = Some(db.back_up(now)?);
    }
    let mut is_to_be_committed = false;
    let layout = db.write(|tx| {
        mend_all(db, tx, &mut mending, now)?;
        let layout = tx.layout()?;
        is_to_be_committed = true;
        Ok(layout)
    });
    db.layout = layout.map_err(|error| match mending.backup.take() {
        Some(backup) if is_to_be_committed => Error::Uncommitted { error: Box::new(error), backup },
        backup => {
            // Nothing was changed, so nothing is to be restored. Where it cannot be removed, it does no harm.
            let _ = backup.map(std::fs::remove_file);
            error
        }
    })?;
    Ok(mending)
}

/// Makes the next run look at everything, where a mend is to bring lost links back.
pub fn forget_mark(db: &Database, mending: &mut Mending) -> Result<()> {
    let was_there = u64::from(db.write(runs::forget_mark)?);
    mending.note("how far runs had read forgotten: the next one looks at everything (marks)", was_there, 0);
    Ok(())
}

fn mend_all(db: &Database, tx: &Transaction<'_>, mending: &mut Mending, now: Timestamp) -> Result<()> {
    let found = db.damaged_indexes()?.len() as u64;
    let damaged = indexes::drop_damaged(tx)?;
    mending.note("damaged indexes made anew (indexes)", found, 0);
    mend_tables(tx, mending)?;
    let layout = tx.layout()?;
    let before = db.stored_patterns()?;
    mend_structure(tx, &layout, mending)?;
    indexes::make_again(tx, &damaged)?;
    mend_links(tx, mending)?;
    mend_patterns(db, tx, mending, now)?;
    note_changes(db, &before, mending)
}

/// Makes tables anew that cannot be written to, and drops an index that is in the way.
fn mend_tables(tx: &Transaction<'_>, mending: &mut Mending) -> Result<()> {
    let layout = tx.layout()?;
    let mut tables: Vec<_> =
        layout.faults.iter().filter(|fault| fault.can_be_mended).map(|fault| fault.table).collect();
    tables.dedup();
    for table in &tables {
        remake::remake(tx, table)?;
    }
    mending.note("tables made anew, with their rows (tables)", tables.len() as u64, 0);
    let dropped = prepare::drop_index_in_the_way(tx, &tx.layout()?)?;
    mending.note("index in the way dropped (indexes)", u64::from(dropped), 0);
    Ok(())
}

/// Duplicates first, because the unique index cannot be made while there are any.
fn mend_structure(tx: &Transaction<'_>, layout: &Layout, mending: &mut Mending) -> Result<()> {
    if layout.occurrences.is_some() {
        let removed = integrity::remove_repeated_links(tx, layout)?;
        let what = "duplicate occurrences removed, one of each kept (occurrences)";
        mending.note_removed(what, removed, integrity::count_occurrences(tx)?);
    }
    prepare::create_missing(tx, layout)?;
    let tables = layout.tables();
    let there = tables.iter().filter(|(_, is_there)| *is_there).count() as u64;
    mending.note("missing tables made (tables)", there, tables.len() as u64);
    mending.note("unique index made (indexes)", u64::from(layout.unique_occurrences), 1);
    Ok(())
}

fn mend_links(tx: &Transaction<'_>, mending: &mut Mending) -> Result<()> {
    let removed = integrity::remove_links_without_pattern(tx)?;
    let what = "occurrences whose pattern is gone removed (occurrences)";
    mending.note_removed(what, removed, integrity::count_occurrences(tx)?);
    let removed = integrity::remove_links_without_workflow(tx)?;
    let what = "occurrences that name no workflow removed (occurrences)";
    mending.note_removed(what, removed, integrity::count_occurrences(tx)?);
    let cleared = integrity::clear_broken_json(tx)?;
    mending.note("characteristics that are no JSON set to NULL (such characteristics)", cleared, 0);
    Ok(())
}

fn mend_patterns(db: &Database, tx: &Transaction<'_>, mending: &mut Mending, now: Timestamp) -> Result<()> {
    let removed = runs::remove_unreadable(tx)?;
    mending.note("rows of flowmine_runs that cannot be read removed (rows)", removed, 0);
    let removed = exclusions::remove_unreadable(tx)?;
    mending.note("rows of flowmine_exclusions that cannot be read removed (rows)", removed, 0);
    let merged = integrity::merge_signatures(db, tx)?;
    let what = "occurrences of patterns with one signature brought together (patterns beyond the first)";
    mending.note(what, merged, 0);
    let cleared = integrity::clear_negative_averages(tx)?;
    mending.note("averages below 0 made unknown (patterns with one)", cleared, 0);
    let mut snapshot = db.snapshot(now)?;
    let pattern_links = snapshot.pattern_links();
    let corrected = correct_types(tx, &snapshot, &pattern_links)?;
    mending.note("types made their signatures' categories (patterns with another)", corrected, 0);
    let removed = remove_unused(db, tx, &mut snapshot)?;
    let what = "patterns without occurrences removed (patterns)";
    mending.note_removed(what, removed, integrity::count_patterns(tx)?);
    refresh_statistics(tx, &mut snapshot, None)?;
    Ok(())
}

/// Answers how many patterns had another type than their signature's category.
fn correct_types(tx: &Transaction<'_>, snapshot: &Snapshot, pattern_links: &[PatternLinks]) -> Result<u64> {
    let mut corrected = 0;
    for (pattern, links) in snapshot.patterns.iter().zip(pattern_links) {
        if let (Some(id), Some(signature)) = (pattern.id, with_wrong_type(pattern, links.count)) {
            integrity::correct_type(tx, id, signature.category())?;
            corrected += 1;
        }
    }
    Ok(corrected)
}

/// Compares the patterns with what they were; those that are gone are counted elsewhere.
fn note_changes(db: &Database, before: &[StoredPattern], mending: &mut Mending) -> Result<()> {
    let after = db.stored_patterns()?;
    let after: HashMap<_, _> = after.iter().map(|pattern| (pattern.id, pattern)).collect();
    let mut changed = 0;
    for pattern in before {
        let Some(now) = after.get(&pattern.id) else { continue };
        let differences = differences_of(pattern, now);
        changed += u64::from(!differences.is_empty());
        mending.changes.extend(differences);
    }
    mending.note("statistics computed anew (patterns with others)", changed, 0);
    Ok(())
}
