//! A pattern as it is stored, and the workflows it is linked with.

use super::{KeyId, WorkflowIndex};
use crate::signature::Signature;
use crate::statistics::{
    self, CostRange, FinishedSummary, Judgement, PatternStatistics, StoredAverages, Window,
};
use crate::time::parse_time;

/// The automation statuses of patterns that are automated, or never will be.
pub const SETTLED_STATUSES: [&str; 3] = ["implemented", "active", "deprecated"];

/// Whether a tool does the patterns of this automation status.
pub fn is_done_by_tool(status: &str) -> bool {
    ["implemented", "active"].contains(&status)
}

/// A pattern's position in [`Snapshot::patterns`](super::Snapshot::patterns).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PatternIndex(pub u32);

impl PatternIndex {
    /// The position.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// What a person said when leaving a workflow or a pattern out of the figures.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Exclusion {
    /// Who.
    pub by: Option<String>,
    /// When, as stored: `YYYY-MM-DD HH:MM:SS` UTC.
    pub at: Option<String>,
    /// Why.
    pub note: Option<String>,
}

/// A row of `operation_patterns` as it is stored; `None` is NULL or no number.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct StoredPattern {
    /// Its id; `None` while it is not in the file yet.
    pub id: Option<i64>,
    /// `category:subcategory:target`.
    pub signature: String,
    /// The category.
    pub pattern_type: String,
    /// The automation status: detected, candidate, approved, implemented, active or deprecated. Another program's row
    /// may have any other.
    pub status: String,
    /// Whether a person has touched it: decided on its status, reviewed it, named a tool or left it out.
    pub touched_by_human: bool,
    /// Who left it out of the figures, when and why; `None`: it counts.
    pub exclusion: Option<Exclusion>,
    /// JSON, the characteristics of its first workflow.
    pub typical_input: Option<String>,
    /// When it was first recorded, as stored.
    pub created_at: Option<String>,
    /// When it was last seen, as stored.
    pub last_seen: Option<String>,
    /// When a person decided on it last, as stored.
    pub reviewed_at: Option<String>,
    /// The stored statistics.
    pub stored: StoredStatistics,
    /// Whether it takes judgement rather than a script: see
    /// [`Snapshot::mark_judgement`](super::Snapshot::mark_judgement).
    pub judgement: Judgement,
}

impl StoredPattern {
    /// Its statistics by the workflows it is linked with. Where no time of them is known, it was last seen when it was
    /// recorded; where none of them is left, `detected` is the window of its links' `detected_at`.
    pub fn statistics(&self, links: &PatternLinks, detected: &Window) -> PatternStatistics {
        if let Some(statistics) = links.summary.statistics {
            let recorded = || self.created_at.as_deref().and_then(parse_time);
            return PatternStatistics { last_seen: statistics.last_seen.or_else(recorded), ..statistics };
        }
        let StoredStatistics { avg_tokens_with_llm: tokens, avg_cost_with_llm: cost, .. } = self.stored;
        let (linked, counted) = (links.count, links.count - links.excluded);
        statistics::without_history((linked, counted), StoredAverages { tokens, cost }, detected)
    }

    /// Whether a person left it out of the figures.
    pub fn is_excluded(&self) -> bool {
        self.exclusion.is_some()
    }

    /// Whether the operation takes judgement, so that a script alone cannot do it.
    pub fn takes_judgement(&self) -> bool {
        self.judgement == Judgement::Needed
    }

    /// Whether it may still be automated: it is neither implemented, active nor deprecated.
    pub fn is_open(&self) -> bool {
        !SETTLED_STATUSES.contains(&self.status.as_str())
    }

    /// Whether it adds to the totals: it is open, and nobody left it out.
    pub fn is_in_totals(&self) -> bool {
        self.is_open() && !self.is_excluded()
    }

    /// Whether it is another program's row: no workflow is linked with it, and its signature is none or does not begin
    /// with its type, so that flowmine has not made it. (The application keeps a cache of workflows among the
    /// patterns.)
    pub fn is_foreign(&self, links: &PatternLinks) -> bool {
        self.id.is_some() && links.count == 0 && !self.has_type_of_signature()
    }

    /// Whether its signature is one and begins with its type, as flowmine's are.
    pub fn has_type_of_signature(&self) -> bool {
        let signature = self.signature.parse::<Signature>();
        signature.is_ok_and(|signature| signature.category() == self.pattern_type)
    }
}

/// The statistics columns of a pattern as they are stored; `None` is NULL or no number.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[allow(missing_docs, reason = "each is the column of its name")]
pub struct StoredStatistics {
    pub occurrence_count: Option<f64>,
    pub avg_tokens_with_llm: Option<f64>,
    pub avg_cost_with_llm: Option<f64>,
    pub avg_tokens_with_tool: Option<f64>,
    pub avg_cost_with_tool: Option<f64>,
    pub potential_monthly_savings: Option<f64>,
    pub confidence_score: Option<f64>,
}

/// An occurrence: this pattern was seen in the workflow with this key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SnapshotLink {
    /// The workflow's key.
    pub key: KeyId,
    /// The pattern.
    pub pattern: PatternIndex,
    /// Whether the request asked for recorded operations and for nothing else.
    pub is_whole: bool,
}

/// Which workflows a pattern is linked with, and what they say.
#[derive(Clone, Debug, Default)]
pub struct PatternLinks {
    /// Distinct workflows, whether or not they are still in the history.
    pub count: u64,
    /// Of these, the ones that a person left out.
    pub excluded: u64,
    /// Those still in the history, finished or not, in rowid order.
    pub workflows: Vec<WorkflowIndex>,
    /// Of those, the ones whose request asked for recorded operations and for nothing else.
    pub whole: Vec<WorkflowIndex>,
    /// What the finished ones say, without those that a person left out.
    pub summary: FinishedSummary,
    /// What the workflows of the summary cost.
    pub cost: CostRange,
}

impl PatternLinks {
    pub(super) fn add(&mut self, workflow: WorkflowIndex, is_whole: bool) {
        self.workflows.push(workflow);
        self.whole.extend(is_whole.then_some(workflow));
    }

    /// Brings the workflows into rowid order, each once.
    pub(super) fn sort(&mut self) {
        for workflows in [&mut self.workflows, &mut self.whole] {
            workflows.sort();
            workflows.dedup();
        }
        self.count += self.workflows.len() as u64;
    }
}
