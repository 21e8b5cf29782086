//! What can stand for a value: what the file and the rules know. A file that cannot be read at once gives nothing.

use std::collections::BTreeSet;
use std::ffi::OsStr;

use clap::ValueEnum;
use clap_complete::engine::{CompletionCandidate, PathCompleter, ValueCompleter};
use flowmine::db::exclusions::Excludable;
use flowmine::detect::RuleSet;
use flowmine::render::patterns;
use flowmine::snapshot::{Exclusion, StoredPattern};

use super::file::{left_out, stored};
use crate::cli::{DecisionChoice, SourceChoice, word};

/// The signatures of the file's patterns, with their statuses.
pub fn signatures(typed: &OsStr) -> Vec<CompletionCandidate> {
    let candidate = |pattern: StoredPattern| {
        CompletionCandidate::new(&pattern.signature).help(Some(pattern.status.into()))
    };
    beginning(typed, stored().into_iter().map(candidate))
}

/// What was left out, with why.
pub fn excluded(typed: &OsStr) -> Vec<CompletionCandidate> {
    let candidate = |(what, exclusion): (Excludable, Exclusion)| {
        CompletionCandidate::new(what.name()).help(exclusion.note.map(Into::into))
    };
    beginning(typed, left_out().into_iter().map(candidate))
}

/// The types of the file's patterns.
pub fn types(typed: &OsStr) -> Vec<CompletionCandidate> {
    let types: BTreeSet<String> = stored().into_iter().map(|pattern| pattern.pattern_type).collect();
    beginning(typed, types.iter().map(CompletionCandidate::new))
}

/// The statuses that a person can give or the file's patterns have, and all of them.
pub fn statuses(typed: &OsStr) -> Vec<CompletionCandidate> {
    let met = stored().into_iter().map(|pattern| pattern.status);
    let statuses: BTreeSet<String> = decisions().into_iter().chain(met).chain(["all".to_owned()]).collect();
    beginning(typed, statuses.iter().map(CompletionCandidate::new))
}

/// The statuses that a workflow can have.
pub fn workflow_statuses(typed: &OsStr) -> Vec<CompletionCandidate> {
    let known = ["pending", "running", "completed", "failed"];
    beginning(typed, known.iter().map(CompletionCandidate::new))
}

/// The fields of the list.
pub fn fields(typed: &OsStr) -> Vec<CompletionCandidate> {
    beginning(typed, patterns::fields().map(CompletionCandidate::new))
}

/// The rule sets that are built in, and files.
pub fn rules(typed: &OsStr) -> Vec<CompletionCandidate> {
    let mut rules = beginning(typed, RuleSet::BUILTIN.iter().map(CompletionCandidate::new));
    rules.extend(PathCompleter::file().complete(typed));
    rules
}

/// The sources of an import, and files.
pub fn sources(typed: &OsStr) -> Vec<CompletionCandidate> {
    let mut sources =
        beginning(typed, SourceChoice::value_variants().iter().map(word).map(CompletionCandidate::new));
    sources.extend(PathCompleter::any().complete(typed));
    sources
}

/// The names of time zones.
pub fn time_zones(typed: &OsStr) -> Vec<CompletionCandidate> {
    beginning(typed, jiff::tz::db().available().map(|zone| CompletionCandidate::new(zone.as_str())))
}

fn beginning(
    typed: &OsStr,
    candidates: impl Iterator<Item = CompletionCandidate>,
) -> Vec<CompletionCandidate> {
    let typed = typed.to_string_lossy();
    candidates.filter(|candidate| candidate.get_value().to_string_lossy().starts_with(&*typed)).collect()
}

/// The decisions that `set-status` takes.
fn decisions() -> Vec<String> {
    DecisionChoice::value_variants().iter().map(word).collect()
}
