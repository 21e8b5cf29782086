//! A run of the pipeline with the rules in force, for `backfill`, `process`, `import` and `demo`, and what came of it.

use std::num::NonZeroUsize;
use std::time::Instant;

use anyhow::Result;
use flowmine::analysis::Analysis;
use flowmine::db::Database;
use flowmine::detect::JudgementRules;
use flowmine::pipeline::rules::{RulesInForce, in_force, mixed_rules};
use flowmine::pipeline::{self, BATCH_SIZE, Plan, RunSummary, Scope, Selection};
use flowmine::render::run::{self, RunFacts};
use flowmine::render::{Document, DocumentOrigin};

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

impl Ask {
    /// To record what is new in finished workflows.
    pub fn new(command: &'static str, scope: Scope) -> Self {
        let selection = Selection::finished(scope);
        Self { command, selection, dry_run: false, rebuild: false, batch_size: BATCH_SIZE }
    }
}

/// A run that was interrupted after it had begun to record; it shows no summary.
#[derive(Debug, thiserror::Error)]
#[error("interrupted: {done} of {of} workflows with something new recorded; run again to go on")]
pub struct InterruptedRun {
    done: u64,
    of: u64,
}

impl Session<'_> {
    /// Runs the pipeline on a database with the rules in force.
    pub fn run(&self, db: &mut Database, ask: Ask) -> Result<Answer> {
        let rules = in_force(db, self.global.rules.as_deref())?;
        self.run_with(db, ask, &rules)
    }

    /// The same with the rules in force made before, since making a rule set takes a while.
    pub fn run_with(&self, db: &mut Database, ask: Ask, in_force: &RulesInForce) -> Result<Answer> {
        let started = Instant::now();
        let RulesInForce { rules, used } = in_force;
        let mixture = mixed_rules(db, used)?.filter(|_| !ask.rebuild);
        let plan = Plan {
            command: ask.command,
            selection: ask.selection,
            rules,
            rules_used: used.clone(),
            dry_run: ask.dry_run,
            rebuild: ask.rebuild,
            batch_size: ask.batch_size,
            now: self.now,
        };
        let mut summary = pipeline::run(db, &plan, &mut self.terminal.progress())?;
        if let Some(mixture) = mixture {
            self.warn(mixture);
        }
        if let Some((done, of)) = summary.stopped_at {
            return Err(InterruptedRun { done, of }.into());
        }
        let judgement = JudgementRules::from(rules);
        summary.snapshot.mark_judgement(|signature| judgement.needs_judgement(signature));
        let facts = RunFacts {
            command: ask.command,
            rules: rules.name().to_owned(),
            dry_run: ask.dry_run,
            taken: plan.selection.unknown_statuses,
            seconds: started.elapsed().as_secs_f64(),
        };
        Ok(Answer { summary, facts, started })
    }
}

/// What came of a run: what is shown of it, and how the command ends.
pub struct Answer {
    pub summary: RunSummary,
    pub facts: RunFacts,
    pub started: Instant,
}

impl Answer {
    pub fn exit(&self) -> Exit {
        let failed = self.summary.counts.failed + self.summary.refused_patterns;
        if failed == 0 && self.summary.unknown_names.is_empty() { Exit::Done } else { Exit::SomeFailed }
    }

    /// The file's figures now. Not kept, since only some commands show them.
    pub fn analysis(&mut self, db: &Database) -> Result<Analysis> {
        let mut analysis = Analysis::of(db, &mut self.summary.snapshot)?;
        // The snapshot was taken before the run stored these very numbers.
        let is_stored = !self.facts.dry_run;
        analysis.patterns.iter_mut().for_each(|pattern| pattern.is_stored |= is_stored);
        self.facts.seconds = self.started.elapsed().as_secs_f64();
        Ok(analysis)
    }

    pub fn document(&mut self, db: &Database, origin: &DocumentOrigin) -> Result<Document> {
        let analysis = self.analysis(db)?;
        Ok(run::document(&self.summary, &analysis, &self.facts, origin))
    }

    /// The one line of `process`.
    pub fn line(&mut self, db: &Database) -> Result<String> {
        let analysis = self.analysis(db)?;
        Ok(run::line(&self.summary, &analysis, &self.facts))
    }

    /// Says the one line on stderr where something failed; for `--quiet`.
    pub fn say_if_not_done(&mut self, db: &Database) -> Result<()> {
        if self.exit() != Exit::Done {
            terminal::say(&self.line(db)?);
        }
        Ok(())
    }
}
