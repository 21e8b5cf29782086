//! What is wrong with a file's pattern data, and the mend.
//!
//! # What is wrong and what is not
//!
//! *Wrong* is what makes a number false or a statement fail: damage, a missing table or unique index once patterns have
//! been recorded, occurrences that stand there twice or point nowhere, statistics that are not what the history gives,
//! a pattern without occurrences that no person has touched, a signature that no rules can give, characteristics that
//! are no JSON. *Information* is what happens in the ordinary course of things: a file nothing was ever recorded in,
//! workflows that were purged, runs that were killed, values the application did not record.
//!
//! # The mend
//!
//! [`mend()`] makes a backup and then does everything in one transaction, so that it happens whole or not at all. What a
//! person entered stays. Two things it leaves to a person: damage, because only a backup helps there, and a signature
//! that no rules can give, because nobody but a person knows what it was to be; once a person has decided on such a
//! pattern (`patterns set-status`) it is information.
//!
//! `tests/faults/doctor.rs`, `mend.rs` and `backup.rs` hold these, and `kill.rs` that a mend killed at any write happened whole or not at all.

mod difference;
mod finding;
mod mend;

use std::collections::HashSet;

use jiff::Timestamp;

use crate::analysis::{Analysis, Overview, PatternAnalysis};
use crate::db::integrity::{Gaps, RepeatedLinks, is_damage, is_index_damage};
use crate::db::{Database, Result};
use crate::detect::RuleSet;
use crate::pipeline::lost_workflows;
use crate::signature::Signature;
use crate::snapshot::StoredPattern;

use difference::differences;
pub use difference::{Difference, PatternValue};
pub use finding::{Check, Diagnosis, Duplicates, Finding, State};
pub use mend::{MendStep, Mending, forget_mark, mend};

/// Looks at a file and changes nothing. `full` also checks the indexes against their tables. Where the file is damaged,
/// nothing else is looked at.
pub fn diagnose(db: &Database, full: bool, now: Timestamp) -> Result<Diagnosis> {
    let layout = Finding { check: Check::Layout(db.layout.describe()), state: State::Info, count: 0 };
    let integrity = integrity(db, full)?;
    let mut diagnosis = Diagnosis { findings: vec![layout, integrity], differences: Vec::new() };
    if !diagnosis.is_damaged() {
        let mut snapshot = db.snapshot(now)?;
        let renamed = snapshot.renamed_links().len() as u64;
        let analysis = Analysis::of(db, &mut snapshot)?;
        diagnosis.differences = analysis.patterns.iter().flat_map(differences).collect();
        let obstacles = db.obstacles()?;
        diagnosis.findings.push(wrong_if_any(Check::Writing(obstacles.clone()), obstacles.len() as u64));
        diagnosis.findings.extend(structure(db)?);
        diagnosis.findings.extend(occurrences(db, &analysis)?);
        diagnosis.findings.extend(patterns_found(db, &analysis, &diagnosis.differences)?);
        diagnosis.findings.push(info_if_any(Check::Purged, analysis.overview.purged_occurrences));
        diagnosis.findings.push(info_if_any(Check::Renamed, renamed));
        diagnosis.findings.push(wrong_if_any(Check::UnreadableRuns, db.unreadable_runs()?));
        let exclusions = db.unreadable_exclusions()?;
        diagnosis.findings.push(wrong_if_any(Check::UnreadableExclusions, exclusions));
        diagnosis.findings.push(info_if_any(Check::UnendedRuns, db.unended_runs()?));
        diagnosis.findings.extend(history(db, &analysis.overview, now)?);
        diagnosis.findings.extend(db.gaps()?.into_iter().map(missing));
    }
    Ok(diagnosis)
}

/// Adds to the diagnosis of a file that is not damaged what only the rules in force can tell: workflows that have lost their links.
pub fn diagnose_links(
    db: &Database,
    rules: &RuleSet,
    diagnosis: &mut Diagnosis,
    now: Timestamp,
) -> Result<()> {
    let lost = lost_workflows(db, rules, now)?;
    diagnosis.findings.push(wrong_if_any(Check::LostWorkflows(None), lost));
    Ok(())
}

/// A finding that is wrong where `count` is not 0.
fn wrong_if_any(check: Check, count: u64) -> Finding {
    Finding { check, count, state: if count > 0 { State::Wrong } else { State::Ok } }
}

/// A finding that is no fault, where `count` is not 0.
fn info_if_any(check: Check, count: u64) -> Finding {
    Finding { check, count, state: if count > 0 { State::Info } else { State::Ok } }
}

fn missing(gaps: Gaps) -> Finding {
    info_if_any(Check::Missing(gaps), gaps.missing + gaps.zero)
}

fn integrity(db: &Database, full: bool) -> Result<Finding> {
    let messages = db.integrity(full)?;
    let state = if messages.iter().any(|message| is_damage(message) || is_index_damage(message)) {
        State::Wrong
    } else if messages.is_empty() {
        State::Ok
    } else {
        State::Info
    };
    Ok(Finding { count: messages.len() as u64, check: Check::Integrity(full, messages), state })
}

/// Tables and index. Where nothing was ever recorded they are no fault: the first run makes them.
fn structure(db: &Database) -> Result<[Finding; 2]> {
    let layout = &db.layout;
    let missing: Vec<_> =
        layout.tables().into_iter().filter(|(_, is_there)| !is_there).map(|(name, _)| name).collect();
    let halved = layout.patterns.is_some() != layout.occurrences.is_some();
    let state = if halved {
        State::Wrong
    } else if missing.is_empty() {
        State::Ok
    } else {
        State::Info
    };
    let tables = Finding { count: missing.len() as u64, check: Check::MissingTables(missing), state };
    let without_index = u64::from(layout.occurrences.is_some() && !layout.unique_occurrences);
    let judge = if db.has_occurrences()? { wrong_if_any } else { info_if_any };
    let index = judge(Check::UniqueIndex, without_index);
    Ok([tables, index])
}

/// What is odd about the application's own rows: no fault, since only the application may change them.
fn history(db: &Database, overview: &Overview, now: Timestamp) -> Result<[Finding; 4]> {
    let odd = db.odd_values(now)?;
    let unknown = overview.unknown_statuses.iter().map(|(_, number)| number).sum();
    Ok([
        info_if_any(Check::UnreadableRows(odd.first_unreadable), odd.unreadable),
        info_if_any(Check::ImpossibleNumbers(odd.first_impossible), odd.impossible),
        info_if_any(Check::UnreadableTimes, overview.unreadable_times),
        info_if_any(Check::UnknownStatuses(overview.unknown_statuses.clone()), unknown),
    ])
}

fn occurrences(db: &Database, analysis: &Analysis) -> Result<[Finding; 3]> {
    let repeated = db.repeated_links()?;
    let too_many = repeated.iter().map(|links| links.rows - links.workflows).sum();
    let duplicates = duplicates(&repeated, db.workflows_with_repeated_links()?, analysis);
    Ok([
        wrong_if_any(Check::Duplicates(duplicates), too_many),
        wrong_if_any(Check::LinksWithoutPattern, db.links_without_pattern()?),
        wrong_if_any(Check::LinksWithoutWorkflow, db.links_without_workflow()?),
    ])
}

fn duplicates(repeated: &[RepeatedLinks], workflows: u64, analysis: &Analysis) -> Duplicates {
    let rows = repeated.iter().map(|links| links.rows).sum();
    let mut duplicates =
        Duplicates { rows, workflows, patterns: repeated.len() as u64, ..Duplicates::default() };
    let ids: HashSet<_> = repeated.iter().filter_map(|links| links.pattern_id).collect();
    let concerned = |pattern: &&PatternAnalysis| pattern.pattern.id.is_some_and(|id| ids.contains(&id));
    for pattern in analysis.patterns.iter().filter(concerned) {
        let stored = &pattern.pattern.stored;
        duplicates.claimed_count += stored.occurrence_count.unwrap_or(0.0);
        duplicates.claimed_savings += stored.potential_monthly_savings.unwrap_or(0.0);
        duplicates.count += pattern.statistics.occurrence_count;
        duplicates.savings += pattern.most_savings();
    }
    duplicates
}

fn patterns_found(db: &Database, analysis: &Analysis, differences: &[Difference]) -> Result<[Finding; 7]> {
    let mut off: Vec<_> = differences.iter().map(|difference| difference.pattern_id).collect();
    off.dedup();
    let (unused, kept) = empty_patterns(db, analysis)?;
    let empty = Check::EmptyPatterns(kept);
    let empty = if unused > 0 { wrong_if_any(empty, unused + kept) } else { info_if_any(empty, kept) };
    let wrong_types = analysis
        .patterns
        .iter()
        .filter_map(|pattern| with_wrong_type(&pattern.pattern, pattern.statistics.occurrence_count));
    let (patterns, links) = db.broken_json()?;
    Ok([
        wrong_if_any(Check::Statistics, off.len() as u64),
        empty,
        signatures(analysis),
        wrong_if_any(Check::PatternTypes, wrong_types.count() as u64),
        wrong_if_any(Check::NegativeAverages, db.negative_averages()?),
        wrong_if_any(Check::RepeatedSignatures, db.repeated_signatures()?),
        wrong_if_any(Check::Json(patterns, links), patterns + links),
    ])
}

/// Patterns without an occurrence: how many could go, and how many stay.
fn empty_patterns(db: &Database, analysis: &Analysis) -> Result<(u64, u64)> {
    let referred = db.patterns_referred_to()?;
    let is_kept = |pattern: &StoredPattern| {
        pattern.touched_by_human || pattern.id.is_none_or(|id| referred.contains(&id))
    };
    let empty = analysis.patterns.iter().filter(|pattern| pattern.statistics.occurrence_count == 0);
    let (kept, unused): (Vec<_>, Vec<_>) = empty.partition(|pattern| is_kept(&pattern.pattern));
    Ok((unused.len() as u64, kept.len() as u64))
}

fn signatures(analysis: &Analysis) -> Finding {
    let is_malformed = |pattern: &&PatternAnalysis| pattern.pattern.signature.parse::<Signature>().is_err();
    let malformed = analysis.patterns.iter().filter(is_malformed);
    let (decided, open): (Vec<_>, Vec<_>) = malformed.partition(|pattern| pattern.pattern.touched_by_human);
    let names = open.iter().chain(&decided).map(|pattern| pattern.pattern.signature.clone()).collect();
    let check = Check::Signatures(names, decided.len() as u64);
    let count = (open.len() + decided.len()) as u64;
    if open.is_empty() { info_if_any(check, count) } else { wrong_if_any(check, count) }
}

/// The signature of a pattern with occurrences whose type is not its category.
fn with_wrong_type(pattern: &StoredPattern, occurrences: u64) -> Option<Signature> {
    let signature: Signature = pattern.signature.parse().ok()?;
    (occurrences > 0 && signature.category() != pattern.pattern_type).then_some(signature)
}
