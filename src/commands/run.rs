//! A run of the pipeline with the rules in force, as `backfill`, `process` and `demo` ask for it.

use std::num::NonZeroUsize;
use std::time::Instant;

use anyhow::Result;
use flowmine::analysis::Analysis;
use flowmine::db::Database;
use flowmine::db::runs::Outcome;
use flowmine::pipeline::rules::{RulesInForce, in_force, mixture};
use flowmine::pipeline::{self, Plan, RunSummary, Selection};
use flowmine::render::run::{self, RunFacts};
use flowmine::render::{Document, Origin};

use super::Exit;
use super::session::Session;
use crate::terminal;

/// What a command asks of the pipeline.
pub struct Ask {
    pub command: &'static str,
    pub selection: Selection,
    pub dry_run: bool,
    pub rebuild: bool,
    pub batch_size: NonZeroUsize,
}

/// What came of it.
pub struct Answer {
    pub summary: RunSummary,
    pub analysis: Analysis,
    pub facts: RunFacts,
}

impl Session<'_> {
    /// Runs the pipeline on a database with the rules in force.
    pub fn run(&self, db: &mut Database, ask: Ask) -> Result<Answer> {
        let started = Instant::now();
        let RulesInForce { rules, used } = in_force(db, self.global.rules.as_deref())?;
        if let Some(mixture) = mixture(db, &used)?.filter(|_| !ask.rebuild) {
            tracing::warn!("[Pattern] {mixture}");
        }
        let plan = Plan {
            command: ask.command,
            selection: ask.selection,
            rules: &rules,
            rules_used: used,
            dry_run: ask.dry_run,
            rebuild: ask.rebuild,
            batch_size: ask.batch_size,
            now: self.now,
        };
        let mut summary = pipeline::run(db, &plan, &mut self.terminal.progress())?;
        let mut analysis = Analysis::of(db, &mut summary.snapshot)?;
        // The snapshot was taken before the run stored these very numbers.
        let is_stored = !ask.dry_run && summary.outcome == Outcome::Done;
        analysis.patterns.iter_mut().for_each(|pattern| pattern.is_stored |= is_stored);
        let (rules, seconds) = (rules.name().to_owned(), started.elapsed().as_secs_f64());
        Ok(Answer {
            summary,
            analysis,
            facts: RunFacts { command: ask.command, rules, dry_run: ask.dry_run, seconds },
        })
    }
}

impl Answer {
    pub fn exit(&self) -> Exit {
        let failed = self.summary.counts.failed + self.summary.refused_patterns;
        match (&self.summary.outcome, failed) {
            (Outcome::Interrupted, _) => Exit::Interrupted,
            (_, 0) if self.summary.unknown_names.is_empty() => Exit::Done,
            _ => Exit::SomeFailed,
        }
    }

    /// One line on stderr, where stdout is to be quiet and not all went well.
    pub fn say_if_not_done(&self) {
        if self.exit() != Exit::Done {
            terminal::say(&run::line(&self.summary, &self.analysis, &self.facts));
        }
    }

    /// The document of the run.
    pub fn document(&self, origin: &Origin) -> Document {
        run::document(&self.summary, &self.analysis, &self.facts, origin)
    }
}
