//! What is wrong with a file's pattern data, and the mend.
//!
//! # What is wrong and what is not
//!
//! *Wrong* is what makes a number false or a statement fail: damage, a missing table or unique index once patterns have
//! been recorded, occurrences that stand there twice or point nowhere, statistics that are not section 4's, a pattern
//! without occurrences that no person has touched, a signature that no rules can give, characteristics that are no JSON.
//! *Information* is what happens in the ordinary course of things: a file nothing was ever recorded in, workflows that
//! were purged, runs that were killed, values the application did not record.
//!
//! # The mend
//!
//! [`mend`] makes a backup and then does everything in one transaction, so that it happens whole or not at all. What a
//! person entered stays. Two things it leaves to a person: damage, because only a backup helps there, and a signature
//! that no rules can give, because nobody but a person knows what it was to be; once a person has decided on such a
//! pattern (`patterns set-status`) it is information.
//!
//! `tests/faults/doctor.rs` and `backup.rs` hold these, and `kill.rs` that a mend killed at any write happened whole or not at all.

mod mend;

use jiff::Timestamp;

use crate::analysis::{Analysis, PatternAnalysis};
use crate::db::integrity::{Gaps, RepeatedLinks, is_damage};
use crate::db::{Database, Result, patterns};
use crate::snapshot::{StoredPattern, StoredStatistics};
use crate::time::stored_time;

pub use mend::{Mending, Step, Work, mend};

/// What a finding amounts to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// All is well.
    Ok,
    /// Something is wrong.
    Wrong,
    /// Worth knowing, and no fault.
    Info,
}

/// What was looked at, with what there is to say of it.
#[derive(Clone, Debug, PartialEq)]
pub enum Check {
    /// What the file is.
    Layout(String),
    /// SQLite's own check: whether all of it was done, and its messages.
    Integrity(bool, Vec<String>),
    /// Tables of flowmine's that are missing.
    MissingTables(Vec<&'static str>),
    /// Whether occurrences are unique by an index; none is needed yet where there are no occurrences.
    UniqueIndex,
    /// Occurrences that stand there more than once.
    Duplicates(Duplicates),
    /// Occurrences whose pattern is gone.
    LinksWithoutPattern,
    /// Occurrences that name no workflow.
    LinksWithoutWorkflow,
    /// Patterns whose stored statistics are not section 4's.
    Statistics,
    /// Patterns without an occurrence; of them, those that stay because a person has touched them or the application
    /// points to them.
    EmptyPatterns(u64),
    /// Signatures that no rules can give; of them, those that a person has decided on.
    Signatures(Vec<String>, u64),
    /// Characteristics that are no JSON: of patterns, and of occurrences.
    Json(u64, u64),
    /// Occurrences of workflows that are no longer in the history.
    Purged,
    /// Workflows linked under the id they had before they were given their workflow_id.
    Renamed,
    /// Runs that never came to an end.
    UnendedRuns,
    /// How much of the history has no request, cost, tokens or duration.
    Missing(Gaps),
}

/// What duplicates amount to.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Duplicates {
    /// Rows of the patterns concerned.
    pub rows: u64,
    /// Distinct workflows whose occurrence stands there more than once.
    pub workflows: u64,
    /// Patterns concerned.
    pub patterns: u64,
    /// What their stored counts add up to, and what section 4 gives.
    pub claimed_count: f64,
    /// See `claimed_count`.
    pub count: u64,
    /// What their stored savings add up to, and what section 4 gives.
    pub claimed_savings: f64,
    /// See `claimed_savings`.
    pub savings: f64,
}

/// One line of a diagnosis.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// What was looked at.
    pub check: Check,
    /// What it amounts to.
    pub state: State,
    /// How many there are of what the check looks for.
    pub count: u64,
}

/// A value of a pattern: a number or a text, `None` where it is neither.
#[derive(Clone, Debug, PartialEq)]
pub enum PatternValue {
    /// A number.
    Number(Option<f64>),
    /// A text.
    Text(Option<String>),
}

/// A column of a pattern in which two values differ: the stored and section 4's, or before and after a mend.
#[derive(Clone, Debug, PartialEq)]
pub struct Difference {
    /// The pattern's id.
    pub pattern_id: Option<i64>,
    /// The pattern's signature.
    pub signature: String,
    /// The column.
    pub column: &'static str,
    /// What is stored, or was before.
    pub stored: PatternValue,
    /// What section 4 gives, or is stored now.
    pub computed: PatternValue,
}

/// What `doctor` has to say about a file.
#[derive(Clone, Debug)]
pub struct Diagnosis {
    /// The findings, a check each.
    pub findings: Vec<Finding>,
    /// Where stored statistics are not section 4's.
    pub differences: Vec<Difference>,
}

impl Diagnosis {
    /// Whether nothing is wrong.
    pub fn is_healthy(&self) -> bool {
        self.findings.iter().all(|finding| finding.state != State::Wrong)
    }

    /// Whether the file itself is damaged, so that nothing else in it can be believed.
    pub fn is_damaged(&self) -> bool {
        self.wrong().any(|finding| matches!(finding.check, Check::Integrity(..)))
    }

    /// Whether [`mend`] has something to do.
    pub fn can_be_mended(&self) -> bool {
        !self.is_damaged() && self.wrong().any(|finding| !matches!(finding.check, Check::Signatures(..)))
    }

    fn wrong(&self) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(|finding| finding.state == State::Wrong)
    }
}

/// Looks at a file and changes nothing. `full` also checks the indexes against their tables. Where the file is damaged,
/// nothing else is looked at.
///
/// # Errors
/// Where the file cannot be read.
pub fn diagnose(db: &Database, full: bool, now: Timestamp) -> Result<Diagnosis> {
    let layout = Finding { check: Check::Layout(db.layout.describe()), state: State::Info, count: 0 };
    let integrity = integrity(db, full)?;
    let mut diagnosis = Diagnosis { findings: vec![layout, integrity], differences: Vec::new() };
    if !diagnosis.is_damaged() {
        let mut snapshot = db.snapshot(now)?;
        let renamed = snapshot.renamed_links().len() as u64;
        let analysis = Analysis::of(db, &mut snapshot)?;
        diagnosis.differences = analysis.patterns.iter().flat_map(differences).collect();
        diagnosis.findings.extend(structure(db)?);
        diagnosis.findings.extend(occurrences(db, &analysis)?);
        diagnosis.findings.extend(patterns_found(db, &analysis, &diagnosis.differences)?);
        diagnosis.findings.push(told(Check::Purged, analysis.overview.purged_occurrences));
        diagnosis.findings.push(told(Check::Renamed, renamed));
        diagnosis.findings.push(told(Check::UnendedRuns, db.unended_runs()?));
        diagnosis.findings.extend(db.gaps()?.into_iter().map(missing));
    }
    Ok(diagnosis)
}

/// A finding that is wrong where there is any.
fn wrong_if_any(check: Check, count: u64) -> Finding {
    Finding { check, count, state: if count > 0 { State::Wrong } else { State::Ok } }
}

/// A finding that is no fault.
fn told(check: Check, count: u64) -> Finding {
    Finding { check, count, state: if count > 0 { State::Info } else { State::Ok } }
}

fn missing(gaps: Gaps) -> Finding {
    told(Check::Missing(gaps), gaps.missing + gaps.zero)
}

fn integrity(db: &Database, full: bool) -> Result<Finding> {
    let messages = db.integrity(full)?;
    let state = if messages.iter().any(|message| is_damage(message)) {
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
    let tables = [
        ("operation_patterns", layout.patterns.is_some()),
        ("pattern_occurrences", layout.occurrences.is_some()),
        ("flowmine_runs", layout.runs),
    ];
    let missing: Vec<_> = tables.iter().filter(|(_, exists)| !exists).map(|(name, _)| *name).collect();
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
    let judge = if db.has_occurrences()? { wrong_if_any } else { told };
    let index = judge(Check::UniqueIndex, without_index);
    Ok([tables, index])
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
    let concerned = |pattern: &&PatternAnalysis| {
        repeated.iter().any(|links| links.pattern_id.is_some() && links.pattern_id == pattern.pattern.id)
    };
    for pattern in analysis.patterns.iter().filter(concerned) {
        let stored = &pattern.pattern.stored;
        duplicates.claimed_count += stored.occurrence_count.unwrap_or(0.0);
        duplicates.claimed_savings += stored.potential_monthly_savings.unwrap_or(0.0);
        duplicates.count += pattern.statistics.occurrence_count;
        duplicates.savings += pattern.savings();
    }
    duplicates
}

fn patterns_found(db: &Database, analysis: &Analysis, differences: &[Difference]) -> Result<[Finding; 4]> {
    let mut off: Vec<_> = differences.iter().map(|difference| difference.pattern_id).collect();
    off.dedup();
    let (unused, kept) = empty_patterns(db, analysis)?;
    let empty = Check::EmptyPatterns(kept);
    let empty = if unused > 0 { wrong_if_any(empty, unused + kept) } else { told(empty, kept) };
    let (patterns, links) = db.broken_json()?;
    Ok([
        wrong_if_any(Check::Statistics, off.len() as u64),
        empty,
        signatures(analysis),
        wrong_if_any(Check::Json(patterns, links), patterns + links),
    ])
}

/// Patterns without an occurrence: how many could go, and how many stay.
fn empty_patterns(db: &Database, analysis: &Analysis) -> Result<(u64, u64)> {
    let (mut unused, mut kept) = (0, 0);
    for pattern in analysis.patterns.iter().filter(|pattern| pattern.statistics.occurrence_count == 0) {
        if is_kept(db, &pattern.pattern)? {
            kept += 1;
        } else {
            unused += 1;
        }
    }
    Ok((unused, kept))
}

/// Whether a pattern stays even without an occurrence.
fn is_kept(db: &Database, pattern: &StoredPattern) -> Result<bool> {
    match pattern.id {
        Some(id) if !pattern.touched_by_human => db.is_referred_to(id),
        _ => Ok(true),
    }
}

fn signatures(analysis: &Analysis) -> Finding {
    let malformed = analysis.patterns.iter().filter(|pattern| !is_well_formed(&pattern.pattern.signature));
    let (decided, open): (Vec<_>, Vec<_>) = malformed.partition(|pattern| pattern.pattern.touched_by_human);
    let names = open.iter().chain(&decided).map(|pattern| pattern.pattern.signature.clone()).collect();
    let check = Check::Signatures(names, decided.len() as u64);
    let count = (open.len() + decided.len()) as u64;
    if open.is_empty() { told(check, count) } else { wrong_if_any(check, count) }
}

/// Whether rules can give a signature: three parts, none of them empty, in lower case, without blanks.
pub fn is_well_formed(signature: &str) -> bool {
    let parts: Vec<&str> = signature.split(':').collect();
    let is_part = |part: &&str| {
        !part.is_empty() && !part.chars().any(|c| c.is_whitespace() || c.is_control() || c.is_uppercase())
    };
    parts.len() == 3 && parts.iter().all(is_part)
}

/// The statistics with their columns' names.
fn fields(stored: &StoredStatistics) -> [(&'static str, Option<f64>); 7] {
    [
        ("occurrence_count", stored.occurrence_count),
        ("avg_tokens_with_llm", stored.avg_tokens_with_llm),
        ("avg_cost_with_llm", stored.avg_cost_with_llm),
        ("avg_tokens_with_tool", stored.avg_tokens_with_tool),
        ("avg_cost_with_tool", stored.avg_cost_with_tool),
        ("potential_monthly_savings", stored.potential_monthly_savings),
        ("confidence_score", stored.confidence_score),
    ]
}

/// Where a pattern's stored statistics are not section 4's.
fn differences(analysis: &PatternAnalysis) -> Vec<Difference> {
    let mut right = analysis.pattern.clone();
    right.stored = patterns::wanted(&analysis.pattern, &analysis.statistics);
    if let Some(time) = analysis.statistics.last_seen {
        right.last_seen = Some(stored_time(time));
    }
    differences_of(&analysis.pattern, &right)
}

/// The columns in which two states of a pattern differ.
fn differences_of(stored: &StoredPattern, right: &StoredPattern) -> Vec<Difference> {
    let numbers = fields(&stored.stored).into_iter().zip(fields(&right.stored));
    let numbers = numbers.filter(|((_, stored), (_, right))| !is_alike(*stored, *right));
    let numbers = numbers.map(|((column, stored), (_, right))| {
        (column, PatternValue::Number(stored), PatternValue::Number(right))
    });
    let seen = |pattern: &StoredPattern| PatternValue::Text(pattern.last_seen.clone());
    let last_seen = (stored.last_seen != right.last_seen).then(|| ("last_seen", seen(stored), seen(right)));
    let difference = |(column, value, computed)| Difference {
        pattern_id: stored.id,
        signature: stored.signature.clone(),
        column,
        stored: value,
        computed,
    };
    numbers.chain(last_seen).map(difference).collect()
}

/// Whether two numbers are the same but for how they were rounded on the way: a running average drifts in its last bits.
fn is_alike(a: Option<f64>, b: Option<f64>) -> bool {
    match (a, b) {
        (Some(a), Some(b)) => a == b || (a - b).abs() <= 1e-9 * a.abs().max(b.abs()),
        (a, b) => a == b,
    }
}

#[cfg(test)]
mod tests {
    use super::{is_alike, is_well_formed};

    #[test]
    fn a_signature_has_three_parts_in_lower_case() {
        for signature in ["test:pytest:backend", "a:b:c", "docs:generate:ré"] {
            assert!(is_well_formed(signature), "{signature}");
        }
        for signature in
            ["", "test", "a:b", "a::c", ":b:c", "a:b:", "a:b:c:d", "Test:pytest:all", "a:b: c", "a:b:c\n"]
        {
            assert!(!is_well_formed(signature), "{signature}");
        }
    }

    #[test]
    fn rounding_alone_is_no_difference() {
        assert!(is_alike(Some(0.1 + 0.2), Some(0.3)));
        assert!(is_alike(Some(0.0), Some(0.0)));
        assert!(is_alike(None, None));
        assert!(!is_alike(Some(0.30001), Some(0.3)));
        assert!(!is_alike(None, Some(0.0)));
    }
}
