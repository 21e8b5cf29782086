//! What came of a run: what is shown of it, and how the command ends.

use std::time::Instant;

use anyhow::Result;
use flowmine::analysis::Analysis;
use flowmine::db::Database;
use flowmine::pipeline::RunSummary;
use flowmine::render::run::{self, RunFacts};
use flowmine::render::{Document, DocumentOrigin};

use super::Exit;
use crate::terminal;

/// What came of it.
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

    /// What there is to say of the file now. Only what is shown needs it, and reads what it takes.
    pub fn analysis(&mut self, db: &Database) -> Result<Analysis> {
        let mut analysis = Analysis::of(db, &mut self.summary.snapshot)?;
        // The snapshot was taken before the run stored these very numbers.
        let is_stored = !self.facts.dry_run;
        analysis.patterns.iter_mut().for_each(|pattern| pattern.is_stored |= is_stored);
        self.facts.seconds = self.started.elapsed().as_secs_f64();
        Ok(analysis)
    }

    /// The document of the run.
    pub fn document(&mut self, db: &Database, origin: &DocumentOrigin) -> Result<Document> {
        let analysis = self.analysis(db)?;
        Ok(run::document(&self.summary, &analysis, &self.facts, origin))
    }

    /// The one line of `process`.
    pub fn line(&mut self, db: &Database) -> Result<String> {
        let analysis = self.analysis(db)?;
        Ok(run::line(&self.summary, &analysis, &self.facts))
    }

    /// One line on stderr, where stdout is to be quiet and not all went well.
    pub fn say_if_not_done(&mut self, db: &Database) -> Result<()> {
        if self.exit() != Exit::Done {
            terminal::say(&self.line(db)?);
        }
        Ok(())
    }
}
