//! What came of a run: what is shown of it, and how the command ends.

use flowmine::analysis::Analysis;
use flowmine::db::runs::Outcome;
use flowmine::pipeline::RunSummary;
use flowmine::render::run::{self, RunFacts};
use flowmine::render::{Document, DocumentOrigin};

use super::Exit;
use crate::terminal;

/// What came of it.
pub struct Answer {
    pub summary: RunSummary,
    pub analysis: Analysis,
    pub facts: RunFacts,
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
    pub fn document(&self, origin: &DocumentOrigin) -> Document {
        run::document(&self.summary, &self.analysis, &self.facts, origin)
    }
}
