//! A run of the pipeline with the rules in force, as `backfill`, `process` and `demo` ask for it.

use std::num::NonZeroUsize;
use std::time::Instant;

use anyhow::Result;
use flowmine::db::Database;
use flowmine::detect::JudgementRules;
use flowmine::pipeline::rules::{RulesInForce, in_force, mixture};
use flowmine::pipeline::{self, Plan, Selection};
use flowmine::render::run::RunFacts;

use super::answer::Answer;
use super::session::Session;

/// What a command asks of the pipeline.
pub struct Ask {
    pub command: &'static str,
    pub selection: Selection,
    pub dry_run: bool,
    pub rebuild: bool,
    pub batch_size: NonZeroUsize,
}

/// A run that was interrupted once it had begun to record. What its summary would show is no longer read.
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

    /// The same with rules that are known to be those in force: to make a rule set takes a while.
    pub fn run_with(&self, db: &mut Database, ask: Ask, in_force: &RulesInForce) -> Result<Answer> {
        let started = Instant::now();
        let RulesInForce { rules, used } = in_force;
        let mixture = mixture(db, used)?.filter(|_| !ask.rebuild);
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
            tracing::warn!("[Pattern] {mixture}");
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
