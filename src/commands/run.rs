//! A run of the pipeline with the rules in force, for `backfill`, `process`, `import` and `demo`, and what came of it.

use std::time::Instant;

use anyhow::Result;
use flowmine::analysis::Analysis;
use flowmine::db::Database;
use flowmine::detect::JudgementRules;
use flowmine::pipeline::rules_in_force::{RulesInForce, in_force, mixed_rules};
use flowmine::pipeline::{self, BATCH_SIZE, Plan, RunSummary, Scope, Selection};
use flowmine::render::run::{self, RunFacts};
use flowmine::render::{Document, DocumentOrigin};

use super::Exit;
use super::session::Session;
use crate::terminal;

/// A run that was interrupted after it had begun to record; it shows no summary.
#[derive(Debug, thiserror::Error)]
#[error("interrupted: {done} of {of} workflows with something new recorded; run again to go on")]
pub struct InterruptedRun {
    done: u64,
    of: u64,
}

impl Session<'_> {
    /// The rules in force for a file.
    pub fn rules_in_force(&self, db: &Database) -> Result<RulesInForce> {
        Ok(in_force(db, self.global.rules.as_deref())?)
    }

    /// To record what is new in the finished workflows of `scope`.
    pub fn plan<'a>(&self, command: &'a str, scope: Scope, in_force: &'a RulesInForce) -> Plan<'a> {
        Plan {
            command,
            selection: Selection::finished(scope),
            rules: &in_force.rules,
            rules_used: in_force.used.clone(),
            dry_run: false,
            rebuild: false,
            batch_size: BATCH_SIZE,
            now: self.now,
        }
    }

    /// Runs the pipeline on a database.
    pub fn run<'a>(&self, db: &mut Database, plan: Plan<'a>) -> Result<Answer<'a>> {
        let started = Instant::now();
        let mixture = mixed_rules(db, &plan.rules_used)?.filter(|_| !plan.rebuild);
        let mut summary = pipeline::run(db, &plan, &mut self.terminal.progress())?;
        if let Some(mixture) = mixture {
            self.warn(mixture);
        }
        if let Some((done, of)) = summary.stopped_at {
            return Err(InterruptedRun { done, of }.into());
        }
        let judgement = JudgementRules::from(plan.rules);
        summary.snapshot.mark_judgement(|signature| judgement.needs_judgement(signature));
        Ok(Answer { summary, plan, started })
    }
}

/// What came of a run: what is shown of it, and how the command ends.
pub struct Answer<'a> {
    pub summary: RunSummary,
    plan: Plan<'a>,
    started: Instant,
}

impl Answer<'_> {
    pub fn exit(&self) -> Exit {
        let failed = self.summary.counts.failed + self.summary.refused_patterns;
        if failed == 0 && self.summary.unknown_names.is_empty() { Exit::Done } else { Exit::SomeFailed }
    }

    /// The file's figures now. Not kept, since only some commands show them.
    pub fn analysis(&mut self, db: &Database) -> Result<Analysis> {
        let mut analysis = Analysis::of(db, &mut self.summary.snapshot)?;
        // The snapshot was taken before the run stored these very numbers.
        let is_stored = !self.plan.dry_run;
        analysis.patterns.iter_mut().for_each(|pattern| pattern.is_stored |= is_stored);
        Ok(analysis)
    }

    pub fn document(&mut self, db: &Database, origin: &DocumentOrigin) -> Result<Document> {
        let analysis = self.analysis(db)?;
        Ok(run::document(&self.summary, &analysis, &self.facts(), origin))
    }

    /// The one line of `process`.
    pub fn line(&mut self, db: &Database) -> Result<String> {
        let analysis = self.analysis(db)?;
        Ok(run::line(&self.summary, &analysis, &self.facts()))
    }

    /// Says the one line on stderr where something failed; for `--quiet`.
    pub fn say_if_not_done(&mut self, db: &Database) -> Result<()> {
        if self.exit() != Exit::Done {
            terminal::say(&self.line(db)?);
        }
        Ok(())
    }

    fn facts(&self) -> RunFacts<'_> {
        RunFacts {
            command: self.plan.command,
            rules: self.plan.rules.name().to_owned(),
            dry_run: self.plan.dry_run,
            asked_statuses: self.plan.selection.unknown_statuses.clone(),
            seconds: self.started.elapsed().as_secs_f64(),
        }
    }
}
